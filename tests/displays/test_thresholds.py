"""Values side by side, patients beyond thresholds, and the chart of peak liver values."""

from __future__ import annotations

import pandas as pd
import pytest

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, treatment_groups
from csrbook.displays.edish import EdishParameters, add_edish, edish_display
from csrbook.displays.program import analysis_subjects
from csrbook.displays.thresholds import (
    Measure,
    ThresholdBlock,
    Values,
    add_thresholds,
    side_by_side,
    threshold_columns,
    threshold_header,
    threshold_rows,
)
from csrbook.errors import ProgramError
from tests.displays.small_study import Frames, row, small_plan, subjects

ON = [["ONTRTFL", "EQ", "Y"]]
MEASURES = {"ALT": {"paramcd": "ALT", "variable": "R2A1HI"}, "BILI": {"paramcd": "BILI", "variable": "R2A1HI"}}
BOTH = {"id": "BOTH", "label": "Both", "where": [["ALT", "GE", 3], ["BILI", "GE", 2]]}
# (subject, parameter, day, multiple of ULN); a negative day is before treatment
RECORDS = [
    (1, "ALT", 8, 3.0), (1, "BILI", 8, 2.0),  # both on one day, on the limits
    (2, "ALT", 8, 4.0), (2, "BILI", 15, 5.0), (2, "ALT", 15, 1.0),  # both, on different days
    (3, "ALT", -1, 9.0), (3, "BILI", -1, 9.0),  # before treatment only
    (4, "BILI", 8, 2.5),  # one of the two alone
]  # fmt: skip


def laboratory(records=RECORDS) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "USUBJID": pd.Series([f"S{who:02d}" for who, *_ in records], dtype=object),
            "PARAMCD": pd.Series([name for _, name, _, _ in records], dtype=object),
            "ADT": [1000.0 + day for _, _, day, _ in records],
            "R2A1HI": [value for *_, value in records],
            "BASE": [2.0] * len(records),
            "ONTRTFL": ["Y" if day > 0 else "" for _, _, day, _ in records],
        }
    )


def counted(arms: str, records, number: int = 2, **block: object):
    plan = small_plan(number)
    data = Frames(ADSL=subjects(arms), ADLB=laboratory(records))
    people = analysis_subjects(data, plan, "SAF")
    groups = treatment_groups(plan, "SAF", total=False)
    ard = Ard("T14.3.9.9", analysis_set="SAF")
    add_sizes(ard, groups, groups.tally(groups.codes(people["ARM"])))
    chosen = ThresholdBlock.model_validate(
        {"id": "L", "label": "Liver", "dataset": "ADLB", "where": ON, "measures": MEASURES, "rows": [BOTH], **block}
    )
    add_thresholds(ard, data, plan, people, groups, chosen)
    ard.frame()
    header = threshold_header(ard, groups, plan, "Category")
    assert len(threshold_columns(groups)) == len(header[0]) == 2 * number
    return [(r.label, *r.cells) for r in threshold_rows(ard, groups, chosen)]


@pytest.mark.parametrize("number", [2, 3, 4])
def test_same_day_and_any_time(number):
    rows = counted("AAAC", RECORDS, number, line="day")
    assert rows[0] == ("Liver",)
    assert rows[1][1:3] == ("2", "1")
    assert rows[2][1:3] == ("1 (50.0)", "0")
    assert counted("AAAC", RECORDS, number, line="highest")[2][1:3] == ("2 (100.0)", "0")
    assert counted("AAAC", RECORDS, number, line="lowest")[2][1:3] == ("1 (50.0)", "0")


def test_required_measures_narrow_the_denominator():
    assert counted("AAAC", RECORDS, line="highest", required=["ALT"])[1][1:3] == ("2", "0")


def test_no_record_and_a_heading():
    rows = counted("AC", [], line="day", rows=[{"label": "Heading"}, BOTH])
    assert rows[1:] == [("Patients with a value on treatment, n", "0", "0", ""), ("Heading",), ("Both", "0", "0", "NE")]


def test_percent_of_another_variable_and_a_wrong_one():
    data = Frames(ADLB=laboratory())
    people = pd.DataFrame({"USUBJID": ["S01"], "ARM": ["A"]})
    values = {"dataset": "ADLB", "where": ON, "line": "highest"}
    share = Measure(paramcd="ALT", variable="R2A1HI", percent_of="BASE")
    found = side_by_side(data, people, Values(**values, measures={"SHARE": share}))
    assert found[["SHARE", "ARM"]].to_numpy().tolist() == [[150.0, "A"]]
    with pytest.raises(ProgramError, match="no variable NOWHERE"):
        side_by_side(data, people, Values(**values, measures={"X": Measure(paramcd="ALT", variable="NOWHERE")}))


EDISH = {
    "where": ON,
    "x": {"paramcd": "ALT", "label": "ALT", "limit": 3, "ticks": [0.1, 1, 10]},
    "y": {"paramcd": "BILI", "label": "Bilirubin", "limit": 2, "ticks": [0.1, 1, 3]},
}


@pytest.mark.parametrize("number", [2, 3, 4])
def test_edish_counts_quadrants_and_names_who_is_in_the_range(number):
    plan, output = small_plan(number), row("F14.3.9.9", "SAF", **EDISH)
    chosen = EdishParameters.model_validate(EDISH)
    people = subjects("AAAC", SUBJID=["1", "2", "3", "4"])
    ard = Ard(output.id, analysis_set="SAF")
    points = add_edish(ard, Frames(ADSL=people, ADLB=laboratory()), output, plan, chosen)
    ard.frame()
    assert points[["SUBJID", "X", "Y"]].to_numpy().tolist() == [["1", 3.0, 2.0], ["2", 4.0, 5.0]]
    assert ard.text("n", analysis_id="EDISH.HYS_LAW", group1_level="A") == "2"
    display = edish_display(ard, points, output, plan, chosen)
    (panel,) = display.figure.panels
    assert panel.layers[0].labels == ("1", "2")
    assert (panel.y.low, panel.y.high) == (0.1, 5.0)  # moved out to the highest value
    assert display.footnotes[0].startswith("Patients without both values on treatment, not shown: 1 (A+B), 1 (Ctrl)")
    assert "Hy's law: Alpha+Base 2 (100.0), Control 0" in display.alt


def test_edish_without_any_value():
    plan, output = small_plan(), row("F14.3.9.9", "SAF", **EDISH)
    chosen = EdishParameters.model_validate(EDISH)
    ard = Ard(output.id, analysis_set="SAF")
    points = add_edish(ard, Frames(ADSL=subjects("AC", SUBJID=["1", "2"]), ADLB=laboratory([])), output, plan, chosen)
    display = edish_display(ard, points, output, plan, chosen)
    assert [layer.x for layer in display.figure.panels[0].layers[:2]] == [(), ()]
    assert "1 (A+B), 1 (Ctrl)" in display.footnotes[0]
