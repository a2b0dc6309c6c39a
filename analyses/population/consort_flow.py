"""F14.1.1.2 CONSORT flow chart, every number counted from ADSL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from analyses.population.conditions import differs, equals
from csrbook.ard import Ard
from csrbook.displays.columns import MISSING, TOTAL, treatment_groups
from csrbook.displays.counts import add_counts
from csrbook.displays.flow import ArmFlow, consort_flow
from csrbook.displays.model import Display
from csrbook.displays.parameters import Labels, Parameters, label_of, read_parameters
from csrbook.displays.program import Data, Results, analysis_subjects
from csrbook.displays.subject_lines import Line, add_lines, line_levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.plan.models import AnalysisSet, Output, Plan


class FlowParameters(Parameters):
    """What the plan row says: the sets of the analysis box, and of those with reasons the variable that holds them."""

    sets: tuple[str, ...]
    reasons: dict[str, str] = Field(default_factory=dict)
    labels: Labels = Field(default_factory=dict)


_REASON: Final = "  "
_TREATED = equals(ITTFL="Y", SAFFL="Y")
_TOP = (
    Line("ASSESSED", "Assessed for eligibility"),
    Line("EXCLUDED", "Excluded", (differs("ITTFL", "Y"),), by="SCRFREAS"),
    Line("RANDOMISED", "Randomised", equals(ITTFL="Y")),
)
_FOLLOW_UP = (
    Line("DISCONTINUED", "Discontinued treatment", (*_TREATED, *equals(EOTSTT="DISCONTINUED")), by="DCTREAS"),
    Line("ONGOING", "Treatment ongoing", (*_TREATED, *equals(EOTSTT="ONGOING"))),
    Line("LOST", "Lost to follow-up", equals(ITTFL="Y", DCSREAS="LOST TO FOLLOW-UP")),
    Line("WITHDREW", "Withdrew from the trial", equals(ITTFL="Y", DCSREAS="WITHDRAWAL BY SUBJECT")),
    Line("DIED", "Died", equals(ITTFL="Y", DTHFL="Y")),
)


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Count every line of every box, by arm and in total."""
    parameters = read_parameters(output, FlowParameters)
    base = output.population[0]
    subjects = analysis_subjects(data, plan, base)
    # Whether the treatment received is the one allocated is a comparison of two variables: a flag of its own.
    as_allocated = (subjects["SAFFL"] == "Y") & (subjects["TRT01AN"] == subjects["TRT01PN"])
    subjects["RECEIVED"] = as_allocated.map({True: "Y", False: "N"})
    groups = treatment_groups(plan, base)
    ard = Ard(output.id, dataset="ADSL", analysis_set=base)
    lines = [*_TOP, *_allocation(), *_FOLLOW_UP, *_analysed(plan, parameters)]
    add_lines(ard, subjects, groups, lines, parameters.labels)
    for name in parameters.sets:
        if plan.study.analysis_set(name).treatment == "actual":
            treated = treatment_groups(plan, name)
            counts = treated.sizes(analysis_subjects(data, plan, name)["ARM"])
            add_counts(ard, treated, counts, None, analysis_id=name, analysis_set=name)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Boxes and arrows, and the same in words."""
    parameters = read_parameters(output, FlowParameters)
    ard = results.ard
    total = {line.id: _box_lines(ard, plan, output, [line], TOTAL, parameters.labels) for line in _TOP}
    arms = [
        ArmFlow(
            arm.id,
            (arm.label.replace("+", " + "), *_box_lines(ard, plan, output, _allocation(), arm.id, parameters.labels)),
            _box_lines(ard, plan, output, _FOLLOW_UP, arm.id, parameters.labels),
            _box_lines(ard, plan, output, _analysed(plan, parameters, actual=True), arm.id, parameters.labels),
        )
        for arm in plan.study.arms
    ]
    flow = consort_flow(total["ASSESSED"], total["EXCLUDED"], total["RANDOMISED"], arms)
    words = [
        f"{_words(total['ASSESSED'])}. {_words(total['EXCLUDED'])}. {_words(total['RANDOMISED'])}.",
        *(f"{a.allocation[0]}: {_words((*a.allocation[1:], *a.follow_up, *a.analysis))}." for a in arms),
    ]
    return Display(figure=flow, alt=f"CONSORT flow chart. {' '.join(words)}")


def _allocation() -> tuple[Line, ...]:
    randomised = equals(ITTFL="Y")
    return (
        Line("ALLOCATED", "Allocated", randomised),
        Line("RECEIVED", "Received allocated treatment", (*randomised, *equals(RECEIVED="Y"))),
        Line("NOT_RECEIVED", "Did not receive allocated treatment", (*randomised, *equals(RECEIVED="N"))),
    )


def _analysed(plan: Plan, parameters: FlowParameters, *, actual: bool = False) -> list[Line]:
    """Lines of the analysis box; sets by actual treatment are counted apart and join with ``actual``."""
    lines = []
    for name in parameters.sets:
        chosen = plan.study.analysis_set(name)
        if chosen.treatment == "actual":
            lines += [Line(name, f"{chosen.label}, as treated")] if actual else []
            continue
        flag = _flag(chosen)
        lines.append(Line(name, chosen.label, equals(**{"ITTFL": "Y", flag: "Y"})))
        if name in parameters.reasons:
            left_out = (*equals(ITTFL="Y"), differs(flag, "Y"))
            label = f"Excluded from the {chosen.label}"
            lines.append(Line(f"{name}_EXCLUDED", label, left_out, by=parameters.reasons[name]))
    return lines


def _flag(chosen: AnalysisSet) -> str:
    return chosen.flag or "ITTFL"


def _box_lines(
    ard: Ard, plan: Plan, output: Output, lines: Sequence[Line], level: str, labels: Labels
) -> tuple[str, ...]:
    """``Label (n=…)`` for each line, and an indented one for each reason that occurs in any arm."""
    groups = treatment_groups(plan, output.population[0])
    texts = []
    for line in lines:
        levels = line_levels(ard, groups, line) if line.by else []
        rows = ard.select(analysis_id=line.id, stat_name="n", group1_level=level)
        own = next(str(row["formatted"]) for row in rows if row["variable"] != line.by)
        texts.append(f"{line.label} (n={own})")
        for reason in levels:
            keys = {"analysis_id": line.id, "variable": line.by or "", "variable_level": reason}
            # A reason of one arm stands in the box of every arm, so that the arms can be compared line by line.
            if ard.text("n", group1_level=TOTAL, **keys) != "0":
                name = "Not recorded" if reason == MISSING else label_of(labels, line.by or "", reason)
                texts.append(f"{_REASON}{name} (n={ard.text('n', group1_level=level, **keys)})")
    return tuple(texts)


def _words(lines: Sequence[str]) -> str:
    """Lines of a box as a clause: ``Excluded (n=60): Other (n=3), …``."""
    text, after_reason = "", False
    for line in lines:
        reason = line.startswith(_REASON)
        if text:
            text += (", " if after_reason else ": ") if reason else "; "
        text += line.removeprefix(_REASON)
        after_reason = reason
    return text
