"""Episodes: weekly prevalence, mean cumulative number and days, duration, and their panels."""

from __future__ import annotations

import pandas as pd
import pytest

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes
from csrbook.displays.episode_chart import mean_cumulative_panel, prevalence_panel, week_axis
from csrbook.displays.episodes import (
    EpisodeParameters,
    add_duration,
    add_mean_cumulative,
    add_prevalence,
    read_episodes,
)
from tests.displays.small_study import Frames, events, small_plan, subjects

NAN = float("nan")
CHOSEN = EpisodeParameters(
    name="rash",
    kinds={"ANY": {"label": "any"}, "G3": {"label": "severe", "where": [["ATOXGRN", "GE", 3]]}},
    weeks=3,
    ticks=(1, 2, 3),
    at_risk=(1, 3),
)


def made(arms: str, days: list[float], episodes: list[tuple], number: int = 2):
    """Subjects at risk for so many days; episodes as (subject, grade, first day, last day)."""
    people = subjects(
        arms,
        TRTSDT=[1001.0] * len(arms),
        TRTEDT=[1000.0] * len(arms),
        DTHDT=[1000.0 + d for d in days],
        DCUTDT=[9999.0] * len(arms),
    )
    people["TRTEDT"] = 9000.0  # death ends the time at risk
    adae = events(*((who, "S", "Rash", grade) for who, grade, _, _ in episodes))
    adae["ASTDT"] = pd.Series([1000.0 + first for *_, first, _ in episodes], dtype=float)
    adae["AENDT"] = pd.Series([1000.0 + last for *_, last in episodes], dtype=float)
    plan = small_plan(number)
    found = read_episodes(Frames(ADSL=people, ADAE=adae), plan, "SAF", CHOSEN)
    ard = Ard("F14.3.9.9", dataset="ADAE")
    add_sizes(ard, found.groups, found.sizes)
    add_prevalence(ard, found, CHOSEN.weeks)
    add_mean_cumulative(ard, found, CHOSEN.weeks, 0.95, 2)
    add_duration(ard, found, 0.95)
    ard.frame()
    return ard, found


EPISODES = [
    (1, 1, 3, 8),  # weeks 1 and 2
    (1, 3, 7, 9),  # overlaps: days 3 to 9 are seven days in all
    (2, 1, 20, NAN),  # goes on to day 21, its subject's last
    (4, 1, -2, 1),  # began before the first dose: day 1
    (4, 1, 12, 14),  # after its subject's end on day 10: left out
]


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_prevalence_of_each_week(arms):
    ard, _ = made("AAAC", [21.0, 21.0, 7.0, 10.0], EPISODES, arms)

    def row(name, stat, arm):
        return [ard.text(stat, analysis_id=name, group1_level=arm, variable_level=week) for week in "123"]

    assert row("AT_RISK", "n", "A") == ["3", "2", "2"]
    assert row("PREVALENCE.ANY", "n", "A") == ["1", "1", "1"]
    assert row("PREVALENCE.ANY", "p", "A") == ["33.3", "50.0", "50.0"]
    assert row("PREVALENCE.G3", "n", "A") == ["1", "1", "0"]
    # C: one subject, at risk on days 8 to 10 of week 2, gone in week 3
    assert row("AT_RISK", "n", "C") == ["1", "1", "0"]
    assert row("PREVALENCE.ANY", "p", "C") == ["100.0", "0.0", "NE"]


def test_mean_cumulative_number_and_days():
    ard, _ = made("AAAC", [21.0, 21.0, 7.0, 10.0], EPISODES)

    def curve(name, arm):
        rows = ard.select(analysis_id=name, stat_name="estimate", group1_level=arm)
        return {float(row["variable_level"]): row["value"] for row in rows}

    # A, episodes: day 3 and day 7 of three subjects, day 20 of the two left
    assert curve("MCF.EPISODES", "A") == pytest.approx({3: 1 / 3, 7: 2 / 3, 20: 7 / 6, 21: 7 / 6})
    # days: 3 to 7 of three subjects, 8 and 9 of two, 20 and 21 of two
    days = curve("MCF.DAYS", "A")
    assert list(days) == [3, 4, 5, 6, 7, 8, 9, 20, 21]
    assert days[21.0] == pytest.approx(5 / 3 + 2 / 2 + 2 / 2)
    assert curve("MCF.EPISODES", "C") == {1.0: 1.0, 10.0: 1.0}


def test_duration_with_an_episode_that_goes_on():
    ard, found = made("AAAC", [21.0, 21.0, 7.0, 10.0], EPISODES)
    assert found.resolved.tolist() == [True, True, False, True]
    # A: 6, 3 and 2+ days; Kaplan-Meier falls to 1/2 at 3 days and to 0 at 6: median (3 + 6) / 2
    assert ard.value("median", analysis_id="DURATION.ANY", group1_level="A") == 4.5
    assert ard.text("n", analysis_id="DURATION.G3", group1_level="C") == "0"
    assert ard.text("median", analysis_id="DURATION.G3", group1_level="C") == "NE"


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_panels_without_any_episode_and_with_an_empty_arm(arms):
    ard, found = made("AA", [21.0, 5.0], [], arms)
    axis = week_axis(CHOSEN.ticks, CHOSEN.weeks)
    prevalence = prevalence_panel(ard, found.groups, "ANY", "Prevalence", axis, 3, CHOSEN.at_risk)
    assert prevalence.table[0] == ("A+B", 0, ("2", "", "1"))
    assert prevalence.table[1] == ("Ctrl", 1, ("0", "", "0"))
    assert prevalence.layers[0].y == (0.0, 0.0, 0.0)
    panel = mean_cumulative_panel(ard, found.groups, "DAYS", "Days", "Mean", axis)
    assert [layer.y for layer in panel.layers if layer.mark == "step"] == [(0.0, 0.0)]


def test_the_band_begins_where_it_is_known():
    ard, found = made("AAC", [21.0, 21.0, 21.0], [(1, 1, 8, 9)])
    panel = mean_cumulative_panel(ard, found.groups, "EPISODES", "E", "M", week_axis((1,), 3))
    band = next(layer for layer in panel.layers if layer.mark == "band")
    assert band.x == (8 / 7, 3.0)
    # estimate 1/2, standard error sqrt(2 * (1/4)^2): each of two subjects is 1/2 from the mean, over 2
    assert ard.value("lower", analysis_id="MCF.EPISODES", group1_level="A", variable_level="8") == pytest.approx(
        0.5 / 3.99818, rel=1e-4  # exp(1.959964 * 0.3535534 / 0.5)
    )  # fmt: skip
