"""Time at risk, rates and their ratios, and the rates beside counts in the overview."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from csrbook.displays.event_overview import OverviewParameters, overview_display, summarise_events
from csrbook.displays.event_rates import RateParameters, rates_display, summarise_rates
from csrbook.displays.parameters import read_parameters
from csrbook.displays.patient_years import days_at_risk, days_to_first
from csrbook.errors import ProgramError
from tests.displays.small_study import Frames, events, printed, row, small_plan, subjects

NAN = float("nan")
YEAR = 12 * 30.4375
RATES = {
    "measures": {"PATIENTS": "First events", "EVENTS": "All events"},
    "rows": [
        {"id": "ANY", "label": "Any"},
        {"label": "Severity"},
        {"id": "SEVERE", "label": "Severe", "where": [["ATOXGRN", "GE", 3]], "indent": 1},
    ],
}


def treated(arms: str, days: list[float]) -> pd.DataFrame:
    """Subjects treated from day 1001 for so many days (NaN: not treated), alive, long before the cut-off.

    The small study's treatment-emergent period is 30 days.
    """
    start = [NAN if math.isnan(d) else 1001.0 for d in days]
    end = [1000.0 + d for d in days]
    return subjects(arms, TRTSDT=start, TRTEDT=end, DTHDT=[NAN] * len(days), DCUTDT=[9999.0] * len(days))


def onset(adae: pd.DataFrame, *days: float) -> pd.DataFrame:
    return adae.assign(ASTDT=[1000.0 + day for day in days])


def rates(adsl, adae, arms=2, **parameters):
    plan, output = small_plan(arms), row("T14.3.9.9", "SAF", **{**RATES, **parameters})
    chosen = read_parameters(output, RateParameters)
    ard = summarise_rates(Frames(ADSL=adsl, ADAE=adae), output, plan, chosen)
    ard.frame()
    return ard, rates_display(ard, output, plan, chosen)


def test_time_at_risk_ends_with_the_period_death_or_cut_off():
    frame = treated("AAAA-", [10.0, 10.0, 10.0, 500.0, NAN])
    frame.loc[1, "DTHDT"] = 1015.0
    frame.loc[2, "TRTEDT"] = NAN
    frame["DCUTDT"] = [9999.0, 9999.0, 1100.0, 1200.0, 9999.0]
    # 10 + 30 days; to death on day 15; no last dose: to the cut-off on day 100; cut-off on day 200; not treated
    assert days_at_risk(frame, small_plan()).tolist() == [40.0, 15.0, 100.0, 200.0, 0.0]


def test_a_time_at_risk_before_the_first_dose_is_refused():
    frame = treated("A", [10.0]).assign(DTHDT=[990.0])
    with pytest.raises(ProgramError, match="S01 ends before the first dose"):
        days_at_risk(frame, small_plan())


def test_days_to_the_first_event():
    days = pd.Series([40.0, 40.0, 5.0]).to_numpy()
    had, until = days_to_first(days, pd.Series([0, 0, 2]).to_numpy(), pd.Series([12.0, 7.0, NAN]).to_numpy())
    assert had.tolist() == [True, False, True]
    assert until.tolist() == [7.0, 40.0, 1.0]


def test_rates_by_hand():
    # A: 335.25 + 30 days is a year each; events on days 1 and 101 of the first subject, on day 201 of the second.
    adsl = treated("AAC", [335.25, 335.25, 700.5])
    adae = onset(
        events((1, "S", "Rash", 1), (1, "S", "Rash", 3), (2, "S", "Ileus", 1), (3, "S", "Rash", 1)), 1, 101, 201, 731
    )
    ard, display = rates(adsl, adae)
    own = {"analysis_id": "EVENTS.ANY", "group1_level": "A", "method": "Rate, Garwood"}
    assert ard.value("years", **own) == pytest.approx(2.0)
    # 3 events in 2 patient-years. R: 100 * poisson.test(3, 2)$conf.int
    assert ard.value("rate", **own) == pytest.approx(150.0)
    assert (ard.value("lower", **own), ard.value("upper", **own)) == pytest.approx(
        (30.93360614, 438.36365349), rel=1e-9
    )
    # First events: subject 1 after 1 day, subject 2 after 201 days.
    own["analysis_id"] = "PATIENTS.ANY"
    assert (ard.value("n", **own), ard.value("years", **own)) == (2, pytest.approx(202 / YEAR))
    # R: poisson.test(c(3, 1), c(2, 2))$estimate and $conf.int; 700.5 + 30 days are two years
    keys = {"analysis_id": "EVENTS.ANY", "method": "Rate ratio, exact", "group1_level": "A"}
    ratio = [ard.value(name, **keys) for name in ("ratio", "lower", "upper")]
    assert ratio == pytest.approx([3.0, 0.2408802278, 157.4920882748], rel=1e-9)
    rows = printed(display)
    assert rows[0] == ("First events",)
    assert rows[2] == ("  Severity",)
    assert rows[6][:1] + rows[6][1:4] == ("  Any", "3", "2.0", "150.0 (30.9, 438.4)")
    assert rows[8] == ("    Severe", "1", "2.0", "50.0 (1.3, 278.6)", "0", "2.0", "0.0 (0.0, 184.4)", "NE (0.03, NE)")
    assert display.footnotes == ("NE = not estimable: no event in the control arm.",)


def test_terms_are_those_frequent_in_one_arm():
    adsl = treated("AAAAC", [100.0] * 5)
    adae = onset(
        events((1, "S", "Rash", 1), (2, "S", "Rash", 1), (3, "S", "Ileus", 1), (5, "S", "Cough", 1)), 1, 2, 3, 4
    )
    terms = {"variable": "AEDECOD", "heading": "Terms", "minimum_percent": 50}
    _, display = rates(adsl, adae, measures={"EVENTS": "All"}, rows=[], terms=terms)
    assert [r.label for r in display.rows] == ["All", "Terms", "Rash", "Cough"]


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_no_event_and_an_arm_without_subjects(arms):
    _, display = rates(treated("AA", [50.0, 50.0]), events().assign(ASTDT=pd.Series([], dtype=float)), arms)
    cells = printed(display)[1]
    assert cells[1:4] == ("0", "0.4", "0.0 (0.0, 842.1)")  # R: 100 * poisson.test(0, 160 / 365.25)$conf.int
    assert cells[4:7] == ("0", "0.0", "NE")
    assert set(cells[-(arms - 1) :]) == {"NE"}
    assert "a rate needs time at risk" in display.footnotes[0]


OVERVIEW = [{"id": "ANY", "label": "Any", "by": "AEDECOD", "test": True}]


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_overview_with_rates_terms_and_test(arms):

    adsl = treated("A" * 34 + "C" * 34, [335.25] * 68)
    adae = onset(events(*((i, "S", "Rash", 1) for i in range(1, 8)), (40, "S", "Ileus", 1)), *range(1, 9))
    plan = small_plan(arms)
    output = row("T14.3.9.9", "SAF", rows=OVERVIEW, rates={"per": 100})
    chosen = read_parameters(output, OverviewParameters)
    ard = summarise_events(Frames(ADSL=adsl, ADAE=adae), output, plan, chosen)
    ard.frame()
    rows = printed(overview_display(ard, output, plan, chosen))
    assert [r[0] for r in rows] == ["Any", "  Two-sided p-value of the score test", "  Rash", "  Ileus"]
    # 7 events in 34 years. R: 100 * poisson.test(7, 34)$conf.int
    assert rows[0][1:7] == ("7 (20.6)", "7", "20.6 (8.3, 42.4)", "1 (2.9)", "1", "2.9 (0.1, 16.4)")
    # z = (7/34 - 1/34) / sqrt(p (1 - p) (2/34) N/(N-1)), p = 8/68, N = 68
    z = (6 / 34) / math.sqrt(8 / 68 * 60 / 68 * 2 / 34 * 68 / 67)
    assert ard.value("z", analysis_id="ANY", group1_level="A") == pytest.approx(z)
    assert rows[1][-(arms - 1)] == "0.0250"  # R: 2 * pnorm(-2.24165117715)
