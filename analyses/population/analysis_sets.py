"""T14.1.2.1 Analysis sets, and the reasons for exclusion from the per-protocol set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from analyses.population.conditions import differs, equals
from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, arm_heading, plain_header, treatment_groups
from csrbook.displays.counts import add_counts
from csrbook.displays.model import Column, Display
from csrbook.displays.parameters import Labels, Parameters, read_parameters
from csrbook.displays.program import Data, Results, analysis_subjects
from csrbook.displays.subject_lines import Line, add_lines, line_numbers, line_rows

if TYPE_CHECKING:
    from csrbook.plan.models import AnalysisSet, Output, Plan


class AnalysisSetParameters(Parameters):
    """What the plan row says: the sets, and of those with reasons for exclusion the variable that holds them."""

    sets: tuple[str, ...]
    reasons: dict[str, str] = Field(default_factory=dict)
    labels: Labels = Field(default_factory=dict)


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Count each set by randomised arm; a set by actual treatment also by that."""
    parameters = read_parameters(output, AnalysisSetParameters)
    base = output.population[0]
    subjects = analysis_subjects(data, plan, base)
    groups = treatment_groups(plan, base)
    ard = Ard(output.id, dataset="ADSL", analysis_set=base)
    add_sizes(ard, groups, groups.sizes(subjects["ARM"]))
    add_lines(ard, subjects, groups, _lines(plan, parameters, base), parameters.labels)
    for chosen in _as_treated(plan, parameters):
        treated = treatment_groups(plan, chosen.id)
        counts = treated.sizes(analysis_subjects(data, plan, chosen.id)["ARM"])
        keys = {"analysis_id": f"{chosen.id}_AS_TREATED", "analysis_set": chosen.id}
        add_counts(ard, treated, counts, None, **keys)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Lay the counts out by arm and in total."""
    parameters = read_parameters(output, AnalysisSetParameters)
    groups = treatment_groups(plan, output.population[0])
    as_treated = {chosen.id for chosen in _as_treated(plan, parameters)}
    lines = _lines(plan, parameters, output.population[0])
    rows = []
    for line in lines:
        rows += line_rows(results.ard, groups, [line], parameters.labels)
        if line.id in as_treated:
            below = Line(f"{line.id}_AS_TREATED", "By treatment actually received", indent=1)
            rows += line_rows(results.ard, groups, [below], parameters.labels)
    headings = [arm_heading(results.ard, groups, level) for level in groups.levels]
    return Display(
        columns=(Column(2.6), *(Column(1.0, "decimal") for _ in headings)),
        header=plain_header("Analysis set\n  Reason for exclusion", headings),
        rows=tuple(rows),
        numbers=line_numbers(results.ard, groups, lines),
    )


def _lines(plan: Plan, parameters: AnalysisSetParameters, base: str) -> list[Line]:
    lines = []
    for name in parameters.sets:
        chosen = plan.study.analysis_set(name)
        flag = chosen.flag or ""
        lines.append(Line(name, chosen.label, equals(**{flag: "Y"}) if flag else (), base))
        if name in parameters.reasons:
            excluded = f"{name}_EXCLUDED"
            lines.append(
                Line(
                    excluded,
                    f"Excluded from the {chosen.label}",
                    (differs(flag, "Y"),),
                    base,
                    parameters.reasons[name],
                    1,
                )
            )
    return lines


def _as_treated(plan: Plan, parameters: AnalysisSetParameters) -> list[AnalysisSet]:
    sets = [plan.study.analysis_set(name) for name in parameters.sets]
    return [chosen for chosen in sets if chosen.treatment == "actual"]
