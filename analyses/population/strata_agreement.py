"""T14.1.2.3 Stratification factors as randomised against those of the case report form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.agreement_table import RatingPair, add_agreement, agreement_display
from csrbook.displays.columns import add_sizes, treatment_groups
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.program import Results, analysis_subjects

if TYPE_CHECKING:
    from csrbook.displays.model import Display
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class StrataParameters(Parameters):
    """What the plan row says."""

    pairs: tuple[RatingPair, ...]


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Cross-tabulate each factor by arm."""
    analysis_set = output.population[0]
    subjects = analysis_subjects(data, plan, analysis_set)
    groups = treatment_groups(plan, analysis_set)
    ard = Ard(output.id, dataset="ADSL", analysis_set=analysis_set)
    add_sizes(ard, groups, groups.sizes(subjects["ARM"]))
    add_agreement(ard, subjects, groups, read_parameters(output, StrataParameters).pairs, plan.study.confidence)
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """One block a factor."""
    groups = treatment_groups(plan, output.population[0])
    pairs = read_parameters(output, StrataParameters).pairs
    return agreement_display(results.ard, groups, pairs, plan.study.confidence, "Factor\n  As randomised / verified")
