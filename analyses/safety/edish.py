"""F14.3.4.3 Evaluation of drug-induced serious hepatotoxicity: highest aminotransferase against highest bilirubin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.ard import Ard
from csrbook.displays.edish import EdishParameters, add_edish, edish_display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Data, Results

if TYPE_CHECKING:
    from csrbook.displays.model import Display
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Counts of the quadrants, and the points."""
    ard = Ard(output.id, analysis_set=output.population[0])
    points = add_edish(ard, data, output, plan, read_parameters(output, EdishParameters))
    return Results(ard, points)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """The chart."""
    assert results.records is not None  # noqa: S101 - analyse() of this program returns them
    return edish_display(results.ard, results.records, output, plan, read_parameters(output, EdishParameters))
