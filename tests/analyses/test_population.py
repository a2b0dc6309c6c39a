from __future__ import annotations

import re

import pytest

from analyses.population import analysis_sets, consort_flow, disposition
from analyses.population import summary as demography
from tests.analyses.trial import adsl, run, three_arm_plan, trial_plan


def test_disposition_of_six_subjects():
    rows, _, display = run(disposition, "T14.1.1.1")
    counted = [row for row in rows if len(row) == 1 or set(row[1:]) - {"0", ""}]
    assert counted == [
        ("Screening",),
        ("  Screened", "", "", "6"),
        ("  Screen failures", "", "", "1 (16.7)"),
        ("    Exclusion criteria met", "", "", "1 (16.7)"),
        ("Randomisation",),
        ("  Randomised", "3", "2", "5"),
        ("  Treated (at least one dose)", "2 (66.7)", "2 (100.0)", "4 (80.0)"),
        ("  Not treated", "1 (33.3)", "0", "1 (20.0)"),
        ("Study treatment",),
        ("  Ongoing at data cut-off", "1 (33.3)", "0", "1 (20.0)"),
        ("  Discontinued treatment", "1 (33.3)", "2 (100.0)", "3 (60.0)"),
        ("    Progressive disease", "1 (33.3)", "1 (50.0)", "2 (40.0)"),
        ("    Adverse event", "0", "1 (50.0)", "1 (20.0)"),
        ("Pyrotinib",),
        ("  Ongoing at data cut-off", "1 (33.3)", "1 (50.0)", "2 (40.0)"),
        ("  Discontinued", "1 (33.3)", "1 (50.0)", "2 (40.0)"),
        ("Partner drug (fulvestrant or capecitabine)",),
        ("  Discontinued", "2 (66.7)", "1 (50.0)", "3 (60.0)"),
        ("  Never taken", "0", "1 (50.0)", "1 (20.0)"),
        ("Trial participation",),
        ("  Ongoing at data cut-off", "1 (33.3)", "1 (50.0)", "2 (40.0)"),
        ("  Discontinued trial", "2 (66.7)", "1 (50.0)", "3 (60.0)"),
        ("    Death", "1 (33.3)", "0", "1 (20.0)"),
        ("    Lost to follow-up", "0", "1 (50.0)", "1 (20.0)"),
        ("    Withdrawal by patient", "1 (33.3)", "0", "1 (20.0)"),
        ("Survival",),
        ("  Died", "1 (33.3)", "0", "1 (20.0)"),
    ]
    assert display.numbers["randomised_TOTAL"] == "5"
    assert [cell.text.splitlines()[-1] for cell in display.header[0]] == ["Disposition", "(N=3)", "(N=2)", "(N=5)"]


@pytest.mark.parametrize("plan", [trial_plan, three_arm_plan])
def test_the_rows_below_a_row_sum_to_it(plan):
    frame = adsl()
    frame.loc[1, "DCTREAS"] = ""  # a reason that nobody recorded
    frame.loc[3, "DCTREAS"] = "SOMETHING NEW"  # a reason that the plan does not name
    rows, _, _ = run(disposition, "T14.1.1.1", plan(), ADSL=frame)
    for column in range(1, len(rows[1])):
        counts = [(row[0], int(row[column].split()[0])) for row in rows if len(row) > 1 and row[column]]
        for head, below in (("  Screen failures", "    "), ("  Discontinued treatment", "    ")):
            at = next((i for i, (label, _) in enumerate(counts) if label == head), None)
            if at is None:
                continue
            parts = []
            for label, count in counts[at + 1 :]:
                if not label.startswith(below):
                    break
                parts.append(count)
            assert sum(parts) == counts[at][1]
    assert next(row[1] for row in rows if row[0] == "    Not recorded") == "1 (33.3)"


def test_analysis_sets_with_reasons_for_exclusion():
    rows, results, _ = run(analysis_sets, "T14.1.2.1")
    assert rows == [
        ("Intention-to-Treat Set", "3 (100.0)", "2 (100.0)", "5 (100.0)"),
        ("Per-Protocol Set", "2 (66.7)", "1 (50.0)", "3 (60.0)"),
        ("  Excluded from the Per-Protocol Set", "1 (33.3)", "1 (50.0)", "2 (40.0)"),
        ("    Less than one cycle", "1 (33.3)", "0", "1 (20.0)"),
        ("    Wrong treatment", "0", "1 (50.0)", "1 (20.0)"),
        ("Safety Set", "2 (66.7)", "2 (100.0)", "4 (80.0)"),
        ("  By treatment actually received", "3", "1", "4"),
        ("Measurable-Disease Set", "2 (66.7)", "2 (100.0)", "4 (80.0)"),
        ("Biomarker-Evaluable Set", "2 (66.7)", "0", "2 (40.0)"),
        ("Patient-Reported-Outcomes Set", "0", "0", "0"),
    ]
    assert results.ard.value("n", analysis_id="SAF_AS_TREATED", group1="TRT01A", group1_level="FUL") == 3


def test_the_flow_chart_is_counted_from_the_data():
    _, _, display = run(consort_flow, "F14.1.1.2")
    lines = {box.id: box.lines for box in display.figure.boxes}
    assert lines == {
        "assessed": ("Assessed for eligibility (n=6)",),
        "excluded": ("Excluded (n=1)", "  Exclusion criteria met (n=1)"),
        "randomised": ("Randomised (n=5)",),
        "FUL-allocation": (
            "Fulvestrant + Pyrotinib",
            "Allocated (n=3)",
            "Received allocated treatment (n=2)",
            "Did not receive allocated treatment (n=1)",
        ),
        "FUL-follow-up": (
            "Discontinued treatment (n=1)",
            "  Progressive disease (n=1)",
            "  Adverse event (n=0)",
            "Treatment ongoing (n=1)",
            "Lost to follow-up (n=0)",
            "Withdrew from the trial (n=1)",
            "Died (n=1)",
        ),
        "FUL-analysis": (
            "Intention-to-Treat Set (n=3)",
            "Per-Protocol Set (n=2)",
            "Excluded from the Per-Protocol Set (n=1)",
            "  Less than one cycle (n=1)",
            "  Wrong treatment (n=0)",
            "Safety Set, as treated (n=3)",
        ),
        "CAP-allocation": (
            "Capecitabine + Pyrotinib",
            "Allocated (n=2)",
            "Received allocated treatment (n=1)",
            "Did not receive allocated treatment (n=1)",
        ),
        "CAP-follow-up": (
            "Discontinued treatment (n=2)",
            "  Progressive disease (n=1)",
            "  Adverse event (n=1)",
            "Treatment ongoing (n=0)",
            "Lost to follow-up (n=1)",
            "Withdrew from the trial (n=0)",
            "Died (n=0)",
        ),
        "CAP-analysis": (
            "Intention-to-Treat Set (n=2)",
            "Per-Protocol Set (n=1)",
            "Excluded from the Per-Protocol Set (n=1)",
            "  Less than one cycle (n=0)",
            "  Wrong treatment (n=1)",
            "Safety Set, as treated (n=1)",
        ),
    }


def test_the_alternative_text_says_every_number_of_the_chart():
    _, _, display = run(consort_flow, "F14.1.1.2")
    drawn = [line.strip() for box in display.figure.boxes for line in box.lines]
    assert all(line in display.alt for line in drawn)
    assert "Excluded (n=1): Exclusion criteria met (n=1). Randomised (n=5)." in display.alt
    assert len(re.findall(r"\(n=\d+\)", display.alt)) == sum("(n=" in line for line in drawn)


def test_the_flow_chart_takes_a_third_arm():
    _, _, display = run(consort_flow, "F14.1.1.2", three_arm_plan())
    lines = {box.id: box.lines for box in display.figure.boxes}
    assert lines["LET-allocation"][:2] == ("Letrozole + Pyrotinib", "Allocated (n=0)")


def test_demography_of_both_sets_without_any_test():
    frame = adsl()
    for name in ("HEIGHTBL", "WEIGHTBL", "BMIBL", "ERPCT", "PRPCT", "KI67", "DFIMO", "ECOGBL"):
        frame[name] = 1.0
    for name in ("AGEGR1", "RACE", "MENOP", "HER2IHC", "HER2ISH", "VISCFL", "DENOVOFL"):
        frame[name] = "Y"
    rows, results, _ = run(demography, "T14.1.3.1", ADSL=frame)
    # ITT: 50, 60, 70 and 40, 44; PP: 50, 60 and 40.
    assert rows[1] == ("  n", "3", "2", "5", "2", "1", "3")
    assert rows[2][1:3] == ("60.0 (10.00)", "42.0 (2.83)")
    assert rows[2][4:6] == ("55.0 (7.07)", "40.0 (NE)")
    assert {row["stat_name"] for row in results.ard.select()} == {
        "N", "n", "p", "mean", "sd", "median", "q1", "q3", "min", "max",
    }  # fmt: skip
