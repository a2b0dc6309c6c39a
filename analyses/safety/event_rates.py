"""Adverse events per patient-years of exposure by arm, and their ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.displays.event_rates import RateParameters, rates_display, summarise_rates
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Data, Results

if TYPE_CHECKING:
    from csrbook.displays.model import Display
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Rates of the kinds of events and of the terms that the plan row names."""
    return Results(summarise_rates(data, output, plan, read_parameters(output, RateParameters)))


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A block a measure."""
    return rates_display(results.ard, output, plan, read_parameters(output, RateParameters))
