"""F14.2.1.4 and F14.2.1.6: the pictures are the numbers."""

from __future__ import annotations

import pytest

from analyses.primary import margin_plot, pfs_kaplan_meier
from csrbook.displays.model import Forest, KaplanMeier
from csrbook.plan.models import Arm
from tests.displays.small_efficacy import plan_row, plan_with_arms, small_data, trial_plan

PLAN = trial_plan()


def test_the_curve_is_the_kaplan_meier_estimate_step_by_step() -> None:
    # R: summary(survfit(Surv(t, e) ~ 1, subset(d, a == 0))): times 112, 140, 154, 224, 238, 252, 308 days,
    # surv 10/11, 9/11, 8/11, 7/11 * ... ; hand: 11/12 is not at risk at 112 (98 is censored), so n = 11.
    row = plan_row(PLAN, "F14.2.1.4")
    results = pfs_kaplan_meier.analyse(small_data(), row, PLAN)
    figure = pfs_kaplan_meier.display(results, row, PLAN).figure
    assert isinstance(figure, KaplanMeier)
    control = figure.curves[1]
    days = [round(time * 30.4375) for time in control.times]
    # The last point carries the curve on to the last observed time, 490 days.
    assert days == [0, 112, 140, 154, 224, 238, 252, 308, 490]
    expected = [1, 10 / 11, 9 / 11, 8 / 11, 7 / 11, 6 / 11, 5 / 11, 5 / 11 * 2 / 3, 5 / 11 * 2 / 3]
    assert control.values == pytest.approx(expected, rel=1e-9)
    assert [round(time * 30.4375) for time in control.censored_times] == [98, 280, 294, 476, 490]


def test_numbers_at_risk_count_those_with_a_time_of_at_least_the_month() -> None:
    # Months 0, 3, 6, 9, 12, 15, 18 are 0, 91.3, 182.6, 273.9, 365.3, 456.6, 547.9 days; counted by hand in the table.
    row = plan_row(PLAN, "F14.2.1.4")
    figure = pfs_kaplan_meier.display(pfs_kaplan_meier.analyse(small_data(), row, PLAN), row, PLAN).figure
    assert isinstance(figure, KaplanMeier)
    assert figure.grid == (0, 3, 6, 9, 12, 15, 18)
    assert figure.curves[0].at_risk == (12, 10, 10, 10, 8, 3, 0)
    assert figure.curves[1].at_risk == (12, 12, 8, 5, 2, 2, 0)


def test_the_text_for_readers_who_cannot_see_it_states_the_finding() -> None:
    row = plan_row(PLAN, "F14.2.1.4")
    shown = pfs_kaplan_meier.display(pfs_kaplan_meier.analyse(small_data(), row, PLAN), row, PLAN)
    assert shown.alt.split(". ") == [
        "Kaplan–Meier curves of progression-free survival with numbers at risk",
        "Fulvestrant+Pyrotinib: median 16.6 (95% CI 11.0, NE) months; 80.8% without event at 12 months",
        "Capecitabine+Pyrotinib: median 8.3 (95% CI 4.6, NE) months; 30.3% without event at 12 months",
        "Hazard ratio of Fulvestrant+Pyrotinib to Capecitabine+Pyrotinib: 0.305 (95% CI 0.075, 1.248)",
        "Non-inferiority shown: the upper limit of the 95% CI (1.248) is below 1.30.",
    ]
    assert isinstance(shown.figure, KaplanMeier)
    assert "Non-inferiority (margin 1.30): one-sided p = 0.0218" in shown.figure.inset


def test_a_third_arm_without_subjects_has_no_curve_and_zeros_at_risk() -> None:
    plan = plan_with_arms(PLAN, *PLAN.study.arms, Arm(id="NONE", code=9, label="Nobody", short="NB", role="test"))
    row = plan_row(PLAN, "F14.2.1.4")
    figure = pfs_kaplan_meier.display(pfs_kaplan_meier.analyse(small_data(), row, plan), row, plan).figure
    assert isinstance(figure, KaplanMeier)
    assert figure.curves[2].times == ()
    assert set(figure.curves[2].at_risk) == {0}


def test_the_margin_plot_shows_every_analysis_with_its_upper_limit_and_verdict() -> None:
    row = plan_row(PLAN, "F14.2.1.6")
    results = margin_plot.analyse(small_data(), row, PLAN)
    results.ard.frame()
    figure = margin_plot.display(results, row, PLAN).figure
    assert isinstance(figure, Forest)
    shown = {line.label: line for line in figure.rows}
    assert len(shown) == len(row.parameters["analyses"])
    primary = shown["Primary: treatment policy, ITT"]
    assert primary.cells == ("6/12", "7/12", "0.305 (0.075, 1.248)", "Met")
    assert (primary.estimate, primary.upper) == (pytest.approx(0.305317447209), pytest.approx(1.2475211674))
    assert shown["Co-primary: per-protocol-aligned, PP"].cells[-2:] == ("0.445 (0.103, 1.928)", "Not met")
    assert shown["Unstratified, ITT"].cells[-2:] == ("0.320 (0.089, 1.144)", "Met")
    assert [line.bold for line in figure.rows[:3]] == [True, True, False]
    assert figure.lines == ((1.0, "1"), (1.3, "Margin 1.30"))
    # Every estimate lies within the axis: 0.305 is left of the first tick asked for.
    assert figure.ticks[0] <= min(line.estimate for line in figure.rows if line.estimate is not None)


def test_the_margin_plot_counts_the_verdicts_in_its_text() -> None:
    row = plan_row(PLAN, "F14.2.1.6")
    alt = margin_plot.display(margin_plot.analyse(small_data(), row, PLAN), row, PLAN).alt
    # All parameters but those analysed in PP are copies of PFSINV here: ten analyses, two of them in PP.
    assert "The upper limit is below the margin in 8 of 10 analyses." in alt


def test_an_analysis_without_events_is_a_row_without_a_mark() -> None:
    data = small_data().with_values("ADTTE", "CNSR", 1.0, "PARAMCD == 'PFSBICR'")
    row = plan_row(PLAN, "F14.2.1.6")
    shown = margin_plot.display(margin_plot.analyse(data, row, PLAN), row, PLAN)
    assert isinstance(shown.figure, Forest)
    line = next(item for item in shown.figure.rows if item.label.startswith("Independent review"))
    assert (line.estimate, line.cells) == (None, ("0/12", "0/12", "NE", "Not met"))
    assert shown.footnotes == ("NE = not estimable (no events).",)
