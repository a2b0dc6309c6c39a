"""Estimates in the ARD: formatted or NE with a reason, and the notes that follow from them."""

from __future__ import annotations

import pytest

from csrbook.ard import Ard
from csrbook.displays.estimates import (
    add_count,
    add_number,
    add_pvalue,
    add_warnings,
    confidence_label,
    equals,
    estimate_interval,
    page_notes,
)
from csrbook.displays.format import pvalue


@pytest.mark.parametrize(
    ("value", "text"), [(1.2345, "1.235"), (None, "NE"), (float("nan"), "NE"), (float("inf"), "NE")]
)
def test_a_number_is_rounded_once_and_an_absent_one_has_its_reason(value: float | None, text: str) -> None:
    ard = Ard("T1.1")
    add_number(ard, "hr", value, 3, reason="no events", analysis_id="COX")
    line = ard.frame().iloc[0]
    assert (line["formatted"], line["error"]) == (text, "" if text != "NE" else "no events")


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.00009999, 4, "<0.0001"),
        (0.0001, 4, "0.0001"),
        (0.04995, 4, "0.0500"),
        (0.99995, 4, ">0.9999"),
        (0.0005, 3, "<0.001"),
        (0.0015, 3, "0.002"),
        (float("nan"), 4, "NE"),
    ],
)
def test_p_values_end_at_their_digits(value: float, digits: int, text: str) -> None:
    assert pvalue(value, digits) == text


@pytest.mark.parametrize(
    ("numbers", "level", "text"),
    [
        ((0.85, 0.65, 1.1), "", "0.85 (0.65, 1.10)"),
        ((0.85, 0.65, 1.1), "95%", "0.85 (95% CI 0.65, 1.10)"),
        ((None, 0.65, None), "", "NE (0.65, NE)"),
        ((None, None, None), "95%", "NE"),
    ],
)
def test_an_interval_is_ne_alone_only_where_nothing_is_known(
    numbers: tuple[float | None, ...], level: str, text: str
) -> None:
    ard = Ard("T1.1")
    for name, value in zip(("estimate", "lower", "upper"), numbers, strict=True):
        add_number(ard, name, value, 2)
    assert estimate_interval(ard, level=level) == text


def test_each_reason_and_warning_is_printed_once() -> None:
    ard = Ard("T1.1")
    add_number(ard, "hr", None, 2, reason="no events", analysis_id="A")
    add_number(ard, "hr", None, 2, reason="no events; one level", analysis_id="B")
    add_pvalue(ard, "p", 0.5, 4, analysis_id="C", warning="Stratum s is empty.")
    add_warnings(ard, ["Two subjects left out."], analysis_set="ITT")
    assert page_notes(ard) == (
        "NE = not estimable (no events; one level).",
        "Stratum s is empty.",
        "Two subjects left out.",
    )
    ard.frame()


def test_the_percentage_of_nobody_needs_no_note() -> None:
    ard = Ard("T1.1")
    add_count(ard, 0, 0, analysis_id="EVENTS")
    assert ard.text("p", analysis_id="EVENTS") == "NE"
    assert page_notes(ard) == ()


@pytest.mark.parametrize(("level", "text"), [(0.95, "95%"), (0.975, "97.5%"), (0.9, "90%"), (1 - 2 * 0.025, "95%")])
def test_levels_are_printed_without_the_dust_of_floats(level: float, text: str) -> None:
    assert confidence_label(level) == text


@pytest.mark.parametrize(("p", "text"), [("0.0123", "= 0.0123"), ("<0.0001", "<0.0001"), (">0.9999", ">0.9999")])
def test_a_p_value_in_a_sentence_has_one_sign(p: str, text: str) -> None:
    assert equals(p) == text
