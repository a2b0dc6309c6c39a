"""T14.2.5.1 Completion of the questionnaires by visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.completion import CompletionParameters, add_completion, completion_display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results

if TYPE_CHECKING:
    from csrbook.displays.model import Display
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Forms expected and received."""
    ard = Ard(output.id, analysis_set=output.population[0])
    add_completion(ard, data, plan, output.population[0], read_parameters(output, CompletionParameters))
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A section a questionnaire, visits as rows."""
    chosen = read_parameters(output, CompletionParameters)
    return completion_display(results.ard, plan, output.population[0], chosen)
