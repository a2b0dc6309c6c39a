"""F14.3.1.10 Course of an adverse event over the weeks: prevalence, number of episodes, days with one, duration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, treatment_groups
from csrbook.displays.episode_chart import mean_cumulative_panel, prevalence_panel, week_axis
from csrbook.displays.episodes import (
    EpisodeParameters,
    add_duration,
    add_mean_cumulative,
    add_prevalence,
    read_episodes,
)
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.plot import Plot
from csrbook.displays.program import Results

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Everything from the episodes of the arms."""
    chosen = read_parameters(output, EpisodeParameters)
    analysis_set = output.population[0]
    episodes = read_episodes(data, plan, analysis_set, chosen)
    ard = Ard(output.id, dataset="ADAE", analysis_set=analysis_set)
    add_sizes(ard, episodes.groups, episodes.sizes)
    add_prevalence(ard, episodes, chosen.weeks)
    add_mean_cumulative(ard, episodes, chosen.weeks, plan.study.confidence, chosen.digits)
    add_duration(ard, episodes, plan.study.confidence)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Prevalence above, mean cumulative functions below."""
    chosen = read_parameters(output, EpisodeParameters)
    ard = results.ard
    groups = treatment_groups(plan, output.population[0], total=False)
    axis = week_axis(chosen.ticks, chosen.weeks)
    durations = [
        f"{kind.label}, {arm.short}: {_days(ard.text('median', analysis_id=f'DURATION.{name}', group1_level=arm.id))}"
        for name, kind in chosen.kinds.items()
        for arm in groups.arms
    ]
    name = chosen.name
    panels = (
        *(
            prevalence_panel(ard, groups, kind, f"Weekly prevalence, {about.label}", axis, chosen.weeks, chosen.at_risk)
            for kind, about in chosen.kinds.items()
        ),
        mean_cumulative_panel(ard, groups, "EPISODES", f"Episodes of {name}", "Mean number per patient", axis),
        mean_cumulative_panel(
            ard,
            groups,
            "DAYS",
            f"Days with {name}",
            "Mean days per patient",
            axis,
            ("Median duration of an episode", *durations),
        ),
    )
    return Display(figure=Plot(panels, columns=2, rows=2), alt=_finding(results, chosen, plan, output))


def _days(text: str) -> str:
    return f"{text} day" if text == "1" else text if text == "NE" else f"{text} days"


def _finding(results: Results, chosen: EpisodeParameters, plan: Plan, output: Output) -> str:
    """What the chart shows, from the ARD: prevalence in the first week with a tick and the last, days of each arm."""
    ard = results.ard
    parts = []
    for arm in treatment_groups(plan, output.population[0], total=False).arms:
        kind = next(iter(chosen.kinds))
        first, last = (
            ard.text("p", analysis_id=f"PREVALENCE.{kind}", group1_level=arm.id, variable_level=str(week))
            for week in (chosen.ticks[0], chosen.weeks)
        )
        days = ard.select(analysis_id="MCF.DAYS", stat_name="estimate", group1_level=arm.id)
        total = str(days[-1]["formatted"]) if days else "NE"
        parts.append(
            f"{arm.label}: prevalence {first}% in week {chosen.ticks[0]}, {last}% in week {chosen.weeks}; "
            f"{total} mean days with {chosen.name} up to week {chosen.weeks}."
        )
    return " ".join([f"Weekly prevalence and mean cumulative number and days of {chosen.name}.", *parts])
