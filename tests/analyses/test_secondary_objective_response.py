"""T14.2.4.3 on the trial of 24 subjects.

R 4.2.2, table as in ``tests/displays/small_efficacy.py``::

    d$r <- as.integer(d$resp %in% c("CR", "PR"))
    binom.test(8, 12)$conf.int; binom.test(5, 12)$conf.int
    x <- table(factor(d$a, c(1, 0)), factor(d$r, c(1, 0)), d$s); mantelhaen.test(x, correct = FALSE)

The stratified Miettinen–Nurminen limits come from a brute-force constrained likelihood in R (``optimize`` within each
stratum, ``uniroot`` over the common difference).
"""

from __future__ import annotations

import pytest

from analyses.secondary.objective_response import analyse, display
from csrbook.errors import DataError
from tests.displays.small_efficacy import plan_row, small_data, trial_plan

PLAN = trial_plan()
ROW = plan_row(PLAN, "T14.2.4.3")
ITT = {"analysis_set": "ITT"}
LEVELS = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE")


def test_best_responses_are_counted_and_add_up_to_the_set() -> None:
    ard = analyse(small_data(), ROW, PLAN).ard
    found = {
        arm: [
            int(ard.text("n", analysis_id="BEST_RESPONSE", group1_level=arm, variable_level=level, **ITT))
            for level in LEVELS
        ]
        for arm in ("FUL", "CAP")
    }
    assert found == {"FUL": [1, 7, 1, 0, 2, 1], "CAP": [2, 3, 1, 0, 1, 5]}
    assert [sum(counts) for counts in found.values()] == [12, 12]


def test_rates_and_exact_limits_agree_with_r() -> None:
    ard = analyse(small_data(), ROW, PLAN).ard
    for arm, expected in (
        ("FUL", (100 * 8 / 12, 34.8875506419, 90.0753908850)),
        ("CAP", (100 * 5 / 12, 15.1652229808, 72.3330314318)),
    ):
        keys = {"analysis_id": "RESPONSE_RATE", "group1_level": arm, **ITT}
        assert [ard.value(name, **keys) for name in ("estimate", "lower", "upper")] == pytest.approx(expected, rel=1e-9)


def test_the_comparison_agrees_with_r() -> None:
    ard = analyse(small_data(), ROW, PLAN).ard
    cmh = {"analysis_id": "CMH", **ITT}
    assert ard.value("p", **cmh) == pytest.approx(0.246776057, rel=1e-8)
    found = [ard.value(name, **cmh) for name in ("odds_ratio", "lower", "upper")]
    assert found == pytest.approx([2.63636363636, 0.511390353764, 13.591209087128], rel=1e-9)
    difference = [
        ard.value(name, analysis_id="RISK_DIFFERENCE_STRATIFIED", **ITT) for name in ("difference", "lower", "upper")
    ]
    assert difference == pytest.approx([25.0, -17.3636025002, 59.3365394769], rel=1e-6)


def test_each_set_has_its_own_section_and_n() -> None:
    page = display(analyse(small_data(), ROW, PLAN), ROW, PLAN)
    sections = [(row.label, row.cells) for row in page.rows if row.kind == "section"]
    assert sections == [
        ("Intention-to-Treat Set", ("N=12", "N=12")),
        ("Measurable-Disease Set", ("N=12", "N=11")),
    ]
    assert page.header[0][1].text == "Fulvestrant\n+ Pyrotinib"
    assert page.numbers["rate_test"] == "66.7"


def test_a_subject_without_a_record_stays_in_the_denominator() -> None:
    data = small_data().without(ADRS="USUBJID.str.endswith('0001')")
    page = display(analyse(data, ROW, PLAN), ROW, PLAN)
    rows = [(row.label, row.cells) for row in page.rows]
    assert ("Not assessed", ("1 (8.3)", "0")) in rows
    assert ("Objective response, n (%)", ("8 (66.7)", "5 (41.7)")) in rows


def test_without_responders_the_odds_ratio_is_ne_and_the_rest_is_a_number() -> None:
    data = small_data().with_values("ADRS", "AVALC", "PD")
    results = analyse(data, ROW, PLAN)
    results.ard.frame()
    assert results.ard.text("odds_ratio", analysis_id="CMH", **ITT) == "NE"
    assert results.ard.text("estimate", analysis_id="RESPONSE_RATE", group1_level="FUL", **ITT) == "0.0"
    # R: 100 * binom.test(0, 12)$conf.int: 0, 26.46485
    upper = results.ard.value("upper", analysis_id="RESPONSE_RATE", group1_level="FUL", **ITT)
    assert upper == pytest.approx(26.46485, abs=1e-4)
    assert results.ard.text("difference", analysis_id="RISK_DIFFERENCE_STRATIFIED", **ITT) == "0.0"


def test_another_evaluator_is_not_mixed_in_and_two_records_are_refused() -> None:
    data = small_data()
    double = data.frames["ADRS"].copy()
    double["EVAL"] = "INDEPENDENT ASSESSOR"
    data.frames["ADRS"] = data.frames["ADRS"]._append(double, ignore_index=True)
    assert analyse(data, ROW, PLAN).ard.text("n", analysis_id="RESPONSE_RATE", group1_level="FUL", **ITT) == "8"
    data.frames["ADRS"]["EVAL"] = "INVESTIGATOR"
    with pytest.raises(DataError, match="24 subjects have more than one record of CBOR"):
        analyse(data, ROW, PLAN)
