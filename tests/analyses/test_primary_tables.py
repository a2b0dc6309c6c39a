"""Tables around the primary analysis on the trial of 24 subjects; counts by hand, R survival 3.5-3 for the rest."""

from __future__ import annotations

import pytest

from analyses.primary import event_reasons, landmark_rates, pfs_noninferiority, preserved_fraction, superiority
from tests.displays.small_efficacy import plan_row, small_data, trial_plan

PLAN = trial_plan()


def made(program, output_id, data=None):
    output = plan_row(PLAN, output_id)
    results = program.analyse(data or small_data(), output, PLAN)
    page = program.display(results, output, PLAN)
    return results.ard, page, {row.label: row.cells for row in page.rows}


def test_differences_at_landmarks_are_those_of_greenwood():
    # f <- summary(survfit(Surv(t, e) ~ a, d), times = 12): difference of surv, root of the sum of std.err squared
    ard, _, _ = made(landmark_rates, "T14.2.1.10")
    keys = {"group1_level": "FUL", "variable_level": "12"}
    rates = [ard.value("estimate", analysis_id="KM_RATE", group1_level=a, variable_level="12") for a in ("FUL", "CAP")]
    found = ard.value("estimate", analysis_id="RATE_DIFFERENCE", **keys)
    assert found == pytest.approx(rates[0] - rates[1], rel=1e-12)
    lower, upper = (ard.value(s, analysis_id="RATE_DIFFERENCE", **keys) for s in ("lower", "upper"))
    z = ard.value("z", analysis_id="RATE_DIFFERENCE", **keys)
    assert z == pytest.approx(found / ((upper - lower) / (2 * 1.959963984540054)), rel=1e-9)


def test_events_and_reasons_of_both_sets_side_by_side():
    # ITT: 12 and 12 patients; PP leaves out 05 and 21 of the test arm, 14 of the control arm
    _, page, rows = made(event_reasons, "T14.2.1.9")
    assert [cell.text.split("\n")[-1] for cell in page.header[1][1:]] == ["(N=12)", "(N=12)", "(N=10)", "(N=11)"]
    assert rows["Patients with an event"][:2] == ("6 (50.0)", "7 (58.3)")
    for column in range(4):
        parts = [int(rows[label][column].split()[0]) for label in ("Patients with an event", "Patients censored")]
        assert sum(parts) == (12, 12, 10, 11)[column]


def test_superiority_is_not_tested_before_non_inferiority_is_met():
    ard, _, rows = made(superiority, "T14.2.1.8")
    before = ard.text("status", analysis_id="GATE", variable_level="NI", group1_level="FUL")
    assert rows["Status in the sequence"][0] == ("Not met" if before == "Met" else "Not tested")
    assert rows["Criterion by the numbers alone"][0] == "Not met"  # log-rank p 0.0835 (T14.2.1.1)
    # an arm without events: nothing is estimable, so that the sequence stops at its first step
    _, _, rows = made(superiority, "T14.2.1.8", small_data().with_values("ADTTE", "CNSR", 1.0))
    assert rows["Status in the sequence"][0] == "Not tested"


def test_the_grid_of_preserved_fractions():
    ard, page, _ = made(preserved_fraction, "T14.2.1.7")
    # with nothing to preserve and a known effect z is (b + ln .5) / SE(b); b and SE from T14.2.1.1 by coxph
    z = ard.value("z", analysis_id="PRESERVED", variable_level="HR 0.5, SE 0, fraction 0")
    assert z == pytest.approx((-1.18640323312 - 0.69314718056) / 0.718156946036, rel=1e-9)
    assert len([row for row in page.rows if row.kind == "row"]) == 15


def test_changes_against_the_primary_analysis_are_counted():
    # one event of the control arm becomes censored, one censored patient of the test arm has the event, one is later
    data = small_data()
    chosen = "PARAMCD == 'PFSFDA' and USUBJID == 'NCT04646759-001-{}'"
    data = data.with_values("ADTTE", "CNSR", 3.0, chosen.format("0004"))
    data = data.with_values("ADTTE", "CNSR", 0.0, chosen.format("0001"))
    data = data.with_values("ADTTE", "AVAL", 15.0, chosen.format("0003"))
    _, _, rows = made(pfs_noninferiority, "T14.2.2.1", data)
    assert rows["Event there, censored here"] == ("0", "1 (8.3)")
    assert rows["Censored there, event here"] == ("1 (8.3)", "0")
    assert rows["Same status, later here"] == ("1 (8.3)", "0")
    assert rows["Same status, earlier here"] == ("0", "0")
    assert rows["Patients with an event there"] == ("6 (50.0)", "7 (58.3)")
