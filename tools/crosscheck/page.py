"""The page ``docs/crosscheck.md``: reference cases in print, every quantity on one data set, and the worst over all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tools.crosscheck.comparison import RULES, differences
from tools.crosscheck.datasets import SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.crosscheck.comparison import Row
    from tools.crosscheck.exchange import Answers
    from tools.crosscheck.quantities import Case, Part, Quantity, Result
    from tools.crosscheck.reference_cases import Check


@dataclass(frozen=True, slots=True)
class Compared:
    """A part with its data sets, what was found, R's results (None where R has not the packages) and ours."""

    part: Part
    cases: tuple[Case, ...]
    rows: tuple[Row, ...]
    answers: Answers | None
    own: dict[str, dict[str, Result]]


def reference_table(found: Sequence[Check]) -> str:
    """One row a number in print."""
    head = ("Case", "Quantity", "Ours", "In print", "Relative difference", "Verdict", "Source")
    body = [
        (c.case, c.quantity, _shown(c.ours), c.printed, f"{c.difference:.0e}", _verdict(c.passed), c.source)
        for c in found
    ]
    return _table(head, body)


def value_table(part: Compared) -> str:
    """Ours and R's value of every quantity on one data set of the literature."""
    head = ("Quantity", "Data set", "Values", "Ours", "R", "Relative difference")
    body = []
    for row in part.rows:
        example = _example(part, row.quantity)
        if example is not None:
            body.append((row.quantity.label, *example))
    return _table(head, body)


def worst_table(part: Compared) -> str:
    """The worst relative difference of each quantity over all data sets."""
    head = (
        "Quantity", "Data sets", "Values", "Degenerate in both", "R stops", "Disagree", "Worst relative difference",
        "In", "Gate", "Verdict",
    )  # fmt: skip
    body = []
    for row in part.rows:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(row.degenerate.items()))
        degenerate = f"{row.degenerate.total()} ({reasons})" if reasons else "0"
        stops = ", ".join(f"{count}: {message}" for message, count in sorted(row.stopped.items())) or "0"
        body.append(
            (
                row.quantity.label, row.compared, f"{row.values:,}", degenerate, stops, len(row.disagreements),
                f"{row.worst:.1e}", row.where or "–", f"{row.quantity.gate:.0e}", _verdict(row.passed),
            )
        )  # fmt: skip
    return _table(head, body)


def page(found: Sequence[Check], parts: Sequence[Compared], count: int) -> str:
    """Write the whole page."""
    versions: dict[str, str] = {}
    for part in parts:
        versions |= part.answers.versions if part.answers else {}
    software = ", ".join(f"{name} {version}" for name, version in versions.items())
    absent = [p for p in parts if p.answers is None]
    skipped = "".join(f"\nNot compared, since R lacks a package: {p.part.title}.\n" for p in absent)
    there = [p for p in parts if p.answers is not None]
    values = "\n\n".join(f"### {p.part.title}\n\n{value_table(p)}" for p in there)
    worst = "\n\n".join(f"### {p.part.title}\n\n{_extent(p)}\n\n{worst_table(p)}" for p in there)
    return f"""\
# csrbook.stats against R, SAS and print

Made by

```sh
nox -s crosscheck -- --random {count} --write docs/crosscheck.md --fixtures tests/stats/data/r
```

which exits with 1 where a gate fails. R's code is `tools/crosscheck/r/`. What R says of the named and some random data
sets is kept in `tests/stats/data/r/`, so that the tests hold the same gates without R.

Compared with {software}.
{skipped}
## A. Reference cases in print

F1 to F35 are cases with a published number; a value passes where it rounds to the one in print (F27: within a unit of
the last digit, since the program that printed it stops there). Data and numbers stand in `tools/crosscheck/`
(`reference_survival.py`, `reference_counts.py`), and `tests/stats/test_reference_cases.py` holds them.

{reference_table(found)}

## B. Every quantity on one data set

Of a quantity of several values the one is shown that differs most; the data sets are those of the literature
(`tests/stats/data`), or the first random one where it has no estimate there.

{values}

## C. Worst over all data sets

Random data (Philox, seed {SEED}) have heavy ties, tiny arms, strata that are empty or have one arm only, and hazard
ratios from exp(−3) to exp(5). Where R takes long, fewer of them are compared.

{worst}

{RULES}"""


def _extent(part: Compared) -> str:
    named = sum(case.named for case in part.cases)
    return f"{named} named and {len(part.cases) - named} random data sets."


def _example(part: Compared, quantity: Quantity) -> tuple[str, int, str, str, str] | None:
    """Data set, number of values, and the pair of values that differs most, of the first data set that has a pair."""
    results = part.answers.results if part.answers else {}
    for case in part.cases:
        own, r = part.own[case.name].get(quantity.key), results.get(case.name, {})
        other = r.get(quantity.key)
        if own is None or other is None or own.note or own.values.shape != other.values.shape:
            continue
        known = np.isfinite(own.values) & np.isfinite(other.values)
        if not known.any():
            continue
        apart = np.where(known, differences(quantity, own, r), -1.0)
        worst = int(np.argmax(apart))
        mine, theirs = float(own.values[worst]), float(other.values[worst])
        return case.name, int(known.sum()), _shown(mine), _shown(theirs), f"{apart[worst]:.0e}"
    return None


def _shown(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value:.0f}" if value == round(value) and abs(value) < 1e9 else f"{value:.10g}"


def _verdict(passed: bool) -> str:
    return "pass" if passed else "FAIL"


def _table(head: Sequence[str], body: Sequence[Sequence[object]]) -> str:
    # One space around a cell: the page changes by the lines that changed.
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join(['---'] * len(head))}|"]
    lines += [f"| {' | '.join(str(cell).replace('|', '¦') for cell in row)} |" for row in body]
    return "\n".join(lines)
