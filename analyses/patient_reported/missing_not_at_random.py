"""T14.2.5.6 Change from baseline where missing scores are not missing at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.columns import add_sizes, arm_heading, treatment_groups
from csrbook.displays.estimates import add_warnings, confidence_label, page_notes
from csrbook.displays.missing_visits import MissingVisitParameters, add_missing_visits, missing_visit_rows
from csrbook.displays.model import Cell, Column, Display, Row
from csrbook.displays.parameters import named_seed, read_parameters
from csrbook.displays.program import Results
from csrbook.displays.repeated_measures import visit_scores

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Estimates under each assumption, for each parameter of the plan row."""
    chosen = read_parameters(output, MissingVisitParameters)
    analysis_set = output.population[0]
    ard = Ard(output.id, dataset=chosen.dataset, analysis_set=analysis_set)
    scores = visit_scores(data, plan, analysis_set, chosen)
    add_sizes(ard, scores.groups, scores.groups.sizes(scores.subjects["ARM"]))
    add_warnings(ard, scores.warnings, group1=scores.groups.variable)
    seed = named_seed(plan, output, chosen.seed)
    for parameter in chosen.paramcd:
        add_missing_visits(ard, scores, parameter, chosen, seed, plan.study.confidence)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block an assumption, shifts as rows."""
    chosen = read_parameters(output, MissingVisitParameters)
    ard = results.ard
    groups = treatment_groups(plan, output.population[0], total=False)
    level = confidence_label(plan.study.confidence)
    tests = plan.study.test_arms
    control = plan.study.arm("control").short
    header = [Cell("Assumption\n  Shift (points)", rowspan=2, align="left")]
    header += [Cell(arm_heading(ard, groups, arm.id), rule=True) for arm in groups.arms]
    header += [Cell(f"{arm.short} less\n{control}", colspan=2, rule=True) for arm in tests]
    second = [Cell(f"LS mean\n({level} CI)") for _ in groups.arms]
    second += [Cell(text) for _ in tests for text in (f"Difference\n({level} CI)", "p")]
    rows: list[Row] = []
    for parameter, label in chosen.paramcd.items():
        rows += [Row(label=label, kind="group")] if len(chosen.paramcd) > 1 else []
        rows += missing_visit_rows(ard, plan, chosen, parameter)
    missing = [_missing(ard, plan, parameter, chosen) for parameter in chosen.paramcd]
    return Display(
        columns=(
            Column(4.0),
            *(Column(1.4, "decimal") for _ in groups.arms),
            *(c for _ in tests for c in (Column(1.4, "decimal"), Column(0.7, "decimal"))),
        ),
        header=(tuple(header), tuple(second)),
        rows=tuple(rows),
        footnotes=(*missing, *page_notes(ard)),
    )


def _missing(ard: Ard, plan: Plan, parameter: str, chosen: MissingVisitParameters) -> str:
    """Who has no value at the key visit."""
    parts = []
    for arm in plan.study.arms:
        keys = {"analysis_id": "MISSING", "group1_level": arm.id, "group2_level": parameter}
        lost, gone = (ard.text("n", variable_level=level, **keys) for level in ("NO VALUE", "DROPOUT"))
        share = ard.text("p", variable_level="NO VALUE", **keys)
        parts.append(f"{arm.short} {lost} ({share}%), {gone} of them after dropout")
    visit = chosen.visits.get(chosen.key_visit, f"{chosen.key_visit:g}").lower()
    return f"Without a {chosen.paramcd[parameter].lower()} score at {visit}: {'; '.join(parts)}."
