"""Rule R62: two subjects in the first arm, one in the second, one screened only; page, ARD and ADSL must agree."""

from __future__ import annotations

import pandas as pd
import pytest

from csrbook.lock.population_counts import check_population_counts, read_from_adsl

ADSL = pd.DataFrame(
    {
        "ITTFL": ["Y", "Y", "Y", "N"],
        "SAFFL": ["Y", "N", "Y", "N"],
        "TRT01P": ["Fulvestrant+Pyrotinib"] * 2 + ["Capecitabine+Pyrotinib", ""],
        "TRT01A": ["Fulvestrant+Pyrotinib", "", "Capecitabine+Pyrotinib", ""],
    }
)


def results(sizes, *, group="TRT01P", analysis_set="ITT", printed=None):
    """The ARD and the display of one table with these sizes by level."""
    rows = [
        {
            "output_id": "T14.1.1.1", "analysis_id": "SUBJECTS", "stat_name": "N", "analysis_set": analysis_set,
            "group1": group, "group1_level": level, "value": float(size),
        }
        for level, size in sizes.items()
    ]  # fmt: skip
    labels = {"FUL": "Fulvestrant\n+ Pyrotinib", "CAP": "CAP+PYR", "TOTAL": "Total", "Y": "Evaluable", "N": "Not"}
    cells = [{"text": f"{labels[level]}\n(N={size})\nevents"} for level, size in (printed or sizes).items()]
    display = {"header": [[{"text": "Characteristic"}, *cells]]}
    return {"T14.1.1.1": display}, pd.DataFrame(rows)


def check(sizes, plan, **arguments):
    displays, ard = results(sizes, **arguments)
    return check_population_counts(displays, ard, ADSL, plan)


@pytest.mark.parametrize(
    ("sizes", "group", "analysis_set"),
    [
        ({"FUL": 2, "CAP": 1, "TOTAL": 3}, "TRT01P", "ITT"),
        ({"FUL": 1, "CAP": 1}, "TRT01A", "SAF"),
        ({"FUL": 2, "CAP": 1, "TOTAL": 3}, "TRT01P", "SCR"),
        ({"TOTAL": 4}, "TRT01P", "SCR"),
        ({"Y": 2, "N": 1}, "SAFFL", "ITT"),
    ],
)
def test_numbers_that_agree_have_no_finding(plan, sizes, group, analysis_set):
    assert check(sizes, plan, group=group, analysis_set=analysis_set) == []


def test_an_ard_that_counts_other_subjects_than_adsl(plan):
    (finding,) = check({"FUL": 2, "CAP": 2}, plan)
    assert (finding.rule, finding.severity, finding.dataset) == ("R62", "reject", "T14.1.1.1")
    assert finding.first == ("CAP in ITT: ARD 2, ADSL 1",)


def test_planned_arms_over_received_ones(plan):
    (finding,) = check({"FUL": 2, "CAP": 1}, plan, group="TRT01A", analysis_set="SAF")
    assert finding.first == ("FUL in SAF: ARD 2, ADSL 1",)


def test_a_page_that_prints_another_number_than_the_ard(plan):
    (finding,) = check({"FUL": 2, "CAP": 1}, plan, printed={"FUL": 1, "CAP": 2})
    assert finding.first == ("Fulvestrant + Pyrotinib: printed 1, ARD 2", "CAP+PYR: printed 2, ARD 1")


def test_a_page_that_prints_a_number_that_the_ard_does_not_have(plan):
    displays, _ = results({"FUL": 2})
    empty = results({"FUL": 2})[1].iloc[:0]
    (finding,) = check_population_counts(displays, empty, ADSL, plan)
    assert finding.first == ("Fulvestrant + Pyrotinib: printed 2, ARD no number",)


def test_a_column_of_another_grouping_prints_a_number_of_the_ard(plan):
    (finding,) = check({"Y": 2, "N": 1}, plan, group="SAFFL", printed={"Y": 2, "N": 7})
    assert finding.first == ("Not: printed 7, ARD 1, 2",)


def test_what_is_read_from_adsl(plan):
    assert {"ITTFL", "SAFFL", "TRT01P"} <= set(read_from_adsl(results({"FUL": 2})[1], plan))
