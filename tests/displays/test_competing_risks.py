"""Competing risks: counts, incidence, Gray's test and the Fine–Gray model against R (cmprsk), and the chart."""

from __future__ import annotations

import pandas as pd
import pytest

from csrbook.ard import Ard
from csrbook.displays.competing_risk_chart import add_incidence_curves, incidence_panel
from csrbook.displays.competing_risks import (
    CompetingRiskParameters,
    add_competing_risks,
    competing_causes,
    competing_risk_rows,
)
from csrbook.displays.event_times import EventTimesSource
from csrbook.errors import DataError
from tests.displays.small_study import Frames, small_plan, subjects

# Months and COMPEV of eight subjects in each of two arms.
A = [(1, 1), (2, 2), (2.5, 1), (4, 0), (5, 1), (6, 2), (7, 0), (8, 0)]
C = [(0.5, 1), (1, 1), (1.5, 2), (2, 1), (3, 1), (3.5, 1), (6, 2), (9, 0)]
REASONS = {0: "ONGOING", 1: "EVENT", 2: "STOPPED"}
CHOSEN = CompetingRiskParameters(paramcd={"TTX": "X"}, landmarks_months=(1, 3, 6), digits_hr=2)


def frames(**arms: list[tuple[float, int]]) -> Frames:
    ends = [end for arm in arms.values() for end in arm]
    people = subjects("".join(arm * len(ends) for arm, ends in arms.items()))
    times = pd.DataFrame(
        {
            "USUBJID": people["USUBJID"],
            "PARAMCD": "TTX",
            "AVAL": [float(month) for month, _ in ends],
            "COMPEV": [float(code) for _, code in ends],
            "CNSR": [0.0 if code == 1 else 1.0 for _, code in ends],
            "EVNTDESC": [REASONS[code] for _, code in ends],
        }
    )
    return Frames(ADSL=people, ADTTE=times)


def analysed(data: Frames, arms: int = 2):
    plan = small_plan(arms)
    times = EventTimesSource(data, plan).select("SAF", "TTX", ())
    ard = Ard("T14.3.9.9", dataset="ADTTE")
    causes = competing_causes(data, times)
    add_competing_risks(ard, times, causes, CHOSEN, 0.95)
    add_incidence_curves(ard, times, causes, (0, 3, 6, 9), 0.95)
    ard.frame()
    return ard, competing_risk_rows(ard, plan, CHOSEN.landmarks_months, {}, group2_level="TTX"), plan


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_estimates_of_cmprsk(arms):
    ard, rows, _ = analysed(frames(A=A, C=C), arms)
    # R: f <- cuminc(t, e, a); timepoints(f, c(1, 3, 6))$est["1 1", ], ["0 1", ]
    for arm, expected in (("A", [12.5, 25.0, 40.625]), ("C", [25.0, 50.0, 62.5])):
        found = [ard.value("estimate", analysis_id="INCIDENCE", variable_level=m, group1_level=arm) for m in "136"]
        assert found == pytest.approx(expected)
    # v <- timepoints(f, 3)$var["1 1", ]; F^exp(c(1, -1) * qnorm(0.975) * sqrt(v) / (F * log(F)))
    limits = [ard.value(n, analysis_id="INCIDENCE", variable_level="3", group1_level="A") for n in ("lower", "upper")]
    assert limits == pytest.approx([2.89123181029, 58.13801414773])
    # R: f$Tests[1, ] and crr(t, e, cbind(a))
    assert ard.value("chi2", analysis_id="GRAY", group1_level="A") == pytest.approx(1.07946560814767)
    assert ard.value("p", analysis_id="GRAY", group1_level="A") == pytest.approx(0.298817133848)
    model = [ard.value(n, analysis_id="FINE_GRAY", group1_level="A") for n in ("hr", "lower", "upper", "p")]
    assert model == pytest.approx([0.473075080707, 0.124593946225, 1.796235200558, 0.271520975966], rel=1e-6)
    texts = {row.label: row.cells[:2] for row in rows}
    assert texts["Event, n (%)"] == ("3 (37.5)", "5 (62.5)")
    assert texts["Competing event, n (%)"] == ("2 (25.0)", "2 (25.0)")
    assert texts["Censored, n (%)"] == ("3 (37.5)", "1 (12.5)")
    assert texts["Cumulative incidence at 1 month, % (95% CI)"][0].startswith("12.5 (")
    assert texts["Subdistribution hazard ratio (95% CI)"] == ("0.47 (0.12, 1.80)", "")
    assert texts["Gray test p-value (two-sided)"] == ("0.2988", "")


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        ({"A": [(1, 0), (2, 2)], "C": [(1, 2)]}, "no events of the cause"),
        ({"A": [(1, 1), (2, 2)]}, "no subjects in the control arm"),
        ({"C": [(1, 1)]}, "no subjects in the test arm"),
    ],
)
def test_what_cannot_be_compared_is_ne_with_its_reason(ends, reason):
    ard, rows, plan = analysed(frames(**ends))
    (hazard,) = ard.select(analysis_id="FINE_GRAY", stat_name="hr")
    assert (hazard["formatted"], hazard["error"]) == ("NE", reason)
    assert rows[-1].cells == ("NE", "")
    assert incidence_panel(ard, plan, (0, 3, 6, 9), group2_level="TTX").table[0][0] == "A+B"


def test_one_event_in_an_arm_of_one_subject():
    ard, _, _ = analysed(frames(A=[(1, 1)], C=[(2, 0), (3, 2)]))
    assert ard.text("estimate", analysis_id="INCIDENCE", variable_level="1", group1_level="A") == "100.0"
    assert ard.text("lower", analysis_id="INCIDENCE", variable_level="1", group1_level="A") == "NE"


def test_reasons_stand_below_where_there_are_several():
    data = frames(A=A, C=C)
    data._frames["ADTTE"].loc[1, "EVNTDESC"] = "DEATH"
    _, rows, _ = analysed(data)
    assert [row.label for row in rows[:5]] == [
        "Event, n (%)", "Competing event, n (%)", "Death", "Stopped", "Censored, n (%)",
    ]  # fmt: skip


@pytest.mark.parametrize(("code", "status"), [(1.0, 1.0), (0.0, 0.0), (3.0, 1.0), (float("nan"), 1.0)])
def test_codes_that_contradict_the_censoring_are_refused(code, status):
    data = frames(A=A, C=C)
    data._frames["ADTTE"].loc[3, ["COMPEV", "CNSR"]] = [code, status]
    with pytest.raises(DataError, match="S04"):
        analysed(data)


def test_the_chart_has_the_steps_of_the_estimate_and_those_at_risk():
    ard, _, plan = analysed(frames(A=A, C=C))
    panel = incidence_panel(ard, plan, (0, 3, 6, 9), group2_level="TTX")
    step = next(layer for layer in panel.layers if layer.mark == "step")
    assert step.x == (0.0, 1.0, 2.5, 5.0, 8.0)  # events of A, and its last month
    assert step.y == pytest.approx((0.0, 12.5, 25.0, 40.625, 40.625))
    assert panel.table == (("A+B", 0, ("8", "5", "3", "0")), ("Ctrl", 1, ("8", "4", "2", "1")))
