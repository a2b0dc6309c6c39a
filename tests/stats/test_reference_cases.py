"""The 35 reference cases, each with its source: numbers in print, held to the last digit printed."""

from __future__ import annotations

import pytest

from tools.crosscheck.reference_cases import CASES, Check, of


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"F{case.number}")
def test_the_numbers_in_print(case):
    found = of(case)
    assert found
    assert [f"{c.quantity}: {c.ours!r}, in print {c.printed}" for c in found if not c.passed] == []


def test_every_case_is_there():
    assert [int(case.number) for case in CASES] == list(range(1, 36))
    assert all(case.source for case in CASES)


def test_a_number_passes_only_where_it_rounds_to_the_print():
    def passed(ours, printed):
        return Check("F0", "a number", ours, printed, "here", 0.5).passed

    assert passed(10.32674, "10.3267")
    assert not passed(10.32676, "10.3267")
    assert passed(4.553e-5, "4.55e-5")
    assert not passed(4.556e-5, "4.55e-5")
    assert passed(537.0, "537")
    assert not passed(float("nan"), "537")
