from __future__ import annotations

import pandas as pd

from analyses.listings import records as listing
from analyses.population import occurrences
from analyses.safety import adverse_event_overview
from tests.analyses.trial import run, three_arm_plan

NAN = float("nan")
GUT = "Gastrointestinal disorders"
SKIN = "Skin and subcutaneous tissue disorders"
HFS = "Palmar-plantar erythrodysaesthesia syndrome"


def adae() -> pd.DataFrame:
    """By treatment received FUL has 001-0001, 001-0002, 002-0002 and CAP has 002-0001."""
    names = ["SUBJID", "AESEQ", "AEBODSYS", "AEDECOD", "AETERM", "ASTDT", "ASTDY", "AENDT", "AENDY", "ATOXGRN", "AESER",
             "AREL", "AREL1", "AREL2", "AEACN1", "AEACN2", "AEOUT", "TRTEMFL", "CQ01NAM", "CQ02NAM"]  # fmt: skip
    none, red, out = "DOSE NOT CHANGED", "DOSE REDUCED", "DRUG WITHDRAWN"
    yes, no, well, ill = "RELATED", "NOT RELATED", "RECOVERED/RESOLVED", "NOT RECOVERED/NOT RESOLVED"
    loose, hand, dia = "DIARRHOEA", "HAND-FOOT SYNDROME", "Diarrhoea"
    rows = [
        ["001-0001", 1, GUT, dia, "loose stools", 0, 2, 3, 5, 1, "N", yes, yes, no, none, none, well, "Y", loose, ""],
        ["001-0001", 2, GUT, dia, "#stools", 9, 11, NAN, NAN, 3, "N", yes, yes, no, red, none, ill, "Y", loose, ""],
        ["002-0001", 1, GUT, dia, "diarrhoea", 5, 1, 6, 2, 2, "N", yes, yes, yes, none, none, well, "Y", loose, ""],
        ["002-0001", 2, SKIN, HFS, "hand-foot", 8, 4, NAN, NAN, 3, "Y", yes, no, yes, none, out, ill, "Y", "", hand],
        ["002-0002", 1, GUT, "Nausea", "sick", -4, -1, -2, 1, 1, "N", no, no, no, none, none, well, "", "", ""],
        ["001-0003", 1, GUT, "Nausea", "sick", 1, NAN, 2, NAN, 1, "N", no, no, no, none, none, well, "", "", ""],
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=names)
    frame["USUBJID"] = "NCT04646759-" + frame["SUBJID"]
    for name in ("CQ03NAM", "CQ04NAM", "CQ05NAM"):
        frame[name] = ""
    return frame.drop(columns="SUBJID")


def test_overview_by_treatment_received():
    rows, _, display = run(adverse_event_overview, "T14.3.1.1", ADAE=adae())
    # n (%) and events of FUL (N=3), of CAP (N=1)
    counts = [row[:5] for row in rows if len(row) == 1 or set(row[1:5]) != {"0"}]
    assert counts == [
        ("Any TEAE", "1 (33.3)", "2", "1 (100.0)", "2"),
        ("TEAE of grade ≥3", "1 (33.3)", "1", "1 (100.0)", "1"),
        ("Serious TEAE", "0", "0", "1 (100.0)", "1"),
        ("TEAE related to study treatment",),
        ("  Any study drug", "1 (33.3)", "2", "1 (100.0)", "2"),
        ("  Any study drug, grade ≥3", "1 (33.3)", "1", "1 (100.0)", "1"),
        ("  Any study drug, serious", "0", "0", "1 (100.0)", "1"),
        ("  Pyrotinib", "1 (33.3)", "2", "1 (100.0)", "1"),
        ("  Partner drug", "0", "0", "1 (100.0)", "2"),
        ("TEAE leading to dose reduction",),
        ("  Any study drug", "1 (33.3)", "1", "0", "0"),
        ("  Pyrotinib", "1 (33.3)", "1", "0", "0"),
        ("TEAE leading to interruption",),
        ("TEAE leading to discontinuation",),
        ("  Any study drug", "0", "0", "1 (100.0)", "1"),
        ("  Partner drug", "0", "0", "1 (100.0)", "1"),
        ("TEAE of special interest",),
        ("  Diarrhoea", "1 (33.3)", "2", "1 (100.0)", "1"),
        ("    Grade ≥3", "1 (33.3)", "1", "0", "0"),
        ("  Hand-foot syndrome", "0", "0", "1 (100.0)", "1"),
        ("    Grade ≥3", "0", "0", "1 (100.0)", "1"),
    ]
    assert display.numbers["serious_CAP"] == "1 (100.0)"
    assert display.header[0][-1].text == "Risk difference\nFUL+PYR\n− CAP+PYR"


def test_no_count_exceeds_its_column():
    _, results, _ = run(adverse_event_overview, "T14.3.1.1", ADAE=adae())
    for arm, size in (("FUL", 3), ("CAP", 1)):
        assert max(row["value"] for row in results.ard.select(stat_name="n", group1_level=arm)) <= size


def test_hierarchy_shows_worst_grades_and_no_term_exceeds_its_class():
    rows, results, display = run(occurrences, "T14.3.1.2", ADAE=adae())
    assert [row[0] for row in rows] == ["Patients with at least one TEAE", GUT, "  Diarrhoea", SKIN, f"  {HFS}"]
    # any grade, grades 1 to 5, grade 3 or worse of FUL (N=3) and of CAP (N=1)
    assert rows[2][1:15] == ("1 (33.3)", "0", "0", "1", "0", "0", "1 (33.3)", "1 (100.0)", "0", "1", "0", "0", "0", "0")
    assert rows[0][1:15] == (
        "1 (33.3)", "0", "0", "1", "0", "0", "1 (33.3)", "1 (100.0)", "0", "0", "1", "0", "0", "1 (100.0)",
    )  # fmt: skip
    classes = {
        r["variable_level"]: r["value"]
        for r in results.ard.select(analysis_id="AEBODSYS.ANY", group1_level="CAP", stat_name="n")
    }
    for term in results.ard.select(analysis_id="AEDECOD.ANY", group1_level="CAP", stat_name="n"):
        assert term["value"] <= classes[term["group2_level"]]
    assert len(display.columns) == len(rows[0])


def test_both_tables_take_a_third_arm():
    for program, output in ((adverse_event_overview, "T14.3.1.1"), (occurrences, "T14.3.1.2")):
        rows, _, display = run(program, output, three_arm_plan(), ADAE=adae())
        assert rows[0][-1] == "NE"
        assert len(display.columns) == len(rows[0])
        assert "(LET+PYR: none)" in display.footnotes[-1]


def test_listing_of_all_events_of_the_safety_set():
    rows, results, display = run(listing, "L16.2.7.1", ADAE=adae())
    assert [row[1:] for row in rows] == [
        ("001-0001", "FUL", "50/F", GUT, "Diarrhoea", "loose stools", "01JAN1960 (2)", "04JAN1960 (5)", "1", "N", "Y",
         "Y/N", "NC/NC", "Recovered"),
        ("001-0001", "FUL", "50/F", GUT, "Diarrhoea", "#stools", "10JAN1960 (11)", "", "3", "N", "Y",
         "Y/N", "Red/NC", "Not recovered"),
        ("002-0002", "FUL", "44/F", GUT, "Nausea", "sick", "28DEC1959 (-1)", "30DEC1959 (1)", "1", "N", "N",
         "N/N", "NC/NC", "Recovered"),
        ("002-0001", "CAP", "40/F", GUT, "Diarrhoea", "diarrhoea", "06JAN1960 (1)", "07JAN1960 (2)", "2", "N", "Y",
         "Y/Y", "NC/NC", "Recovered"),
        ("002-0001", "CAP", "40/F", SKIN, HFS, "hand-foot", "09JAN1960 (4)", "", "3", "Y", "Y",
         "N/Y", "NC/Wdr", "Not recovered"),
    ]  # fmt: skip
    assert display.group_by == 1
    assert results.ard.value("records", group1_level="FUL") == 3
    assert results.ard.value("subjects", group1_level="TOTAL") == 3


def test_listing_without_any_event():
    rows, results, _ = run(listing, "L16.2.7.1", ADAE=adae().iloc[:0])
    assert rows == []
    assert results.ard.value("records", group1_level="TOTAL") == 0
