"""Summaries of one value a patient by arm: demography, disease history, tumour burden, enrolment, exposure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Data, Results
from csrbook.displays.summary import SummaryParameters, summarise_sets, summary_display

if TYPE_CHECKING:
    from csrbook.displays.model import Display
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Summarise the variables that the plan row names."""
    return Results(summarise_sets(data, output, plan, read_parameters(output, SummaryParameters)))


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Lay the summary out."""
    return summary_display(results.ard, output, plan, read_parameters(output, SummaryParameters))
