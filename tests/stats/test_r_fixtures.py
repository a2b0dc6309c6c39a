"""R's results, kept by ``nox -s crosscheck -- --fixtures tests/stats/data/r``, hold the gates without R."""

from __future__ import annotations

import pytest

from tools.crosscheck.comparison import compare
from tools.crosscheck.exchange import FIXTURES, kept
from tools.crosscheck.parts import PARTS


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.key)
def test_every_gate_holds(part):
    cases, answers = kept(part)
    own = {case.name: part.ours(case.data) for case in cases}
    # Long vectors, as the residuals of a large data set, are compared by the command only.
    sides = {
        name: ({key: value for key, value in found.items() if key in answers.results[name]}, answers.results[name])
        for name, found in own.items()
    }
    rows = compare(sides, part.quantities)
    assert [f"{r.quantity.label}: {r.worst:.1e} in {r.where}" for r in rows if r.worst > r.quantity.gate] == []
    assert [line for row in rows for line in row.disagreements] == []
    assert [row.quantity.label for row in rows if not row.compared] == []


def test_the_files_are_small_and_name_the_versions():
    files = sorted(FIXTURES.glob("*.json"))
    assert [f.stem for f in files] == sorted(p.key for p in PARTS)
    assert sum(f.stat().st_size for f in files) < 700_000
    for part in PARTS:
        versions = kept(part)[1].versions
        assert {"R", *part.packages} <= set(versions)
