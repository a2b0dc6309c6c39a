"""T14.2.6.5 Multivariable biomarker signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyses.biomarker.marker_curves import key_markers
from analyses.biomarker.marker_effects import biomarkers
from csrbook.ard import Ard
from csrbook.displays.estimates import add_warnings, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.marker_levels import MARKER_VARIABLES, absent_markers, marker_levels
from csrbook.displays.model import Display
from csrbook.displays.parameters import named_seed, read_parameters
from csrbook.displays.program import Results
from csrbook.displays.signature_table import HEADER, WIDTHS, SignatureParameters, add_signature, signature_rows

if TYPE_CHECKING:
    from csrbook.displays.program import Data
    from csrbook.plan.models import Biomarker, Output, Plan


def _markers(output: Output, plan: Plan, chosen: SignatureParameters) -> list[Biomarker]:
    return key_markers(output, plan, chosen.markers or tuple(m.id for m in biomarkers(output, plan).markers))


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """The signature of the patients with a valid result of every marker."""
    chosen = read_parameters(output, SignatureParameters)
    markers = _markers(output, plan, chosen)
    times = EventTimesSource(data, plan).select(output.population[0], chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    records = data.dataset("ADBM", list(MARKER_VARIABLES))
    add_warnings(ard, [*times.warnings, *absent_markers(records, markers)], **times.keys)
    levels = marker_levels(records, markers, times.subject)
    add_signature(ard, times, levels, markers, chosen, named_seed(plan, output, chosen.seed))
    return Results(ard)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """Coefficients, then concordance."""
    chosen = read_parameters(output, SignatureParameters)
    ard = results.ard
    every, complete, events = (
        ard.text("n", analysis_id="SUBJECTS_USED", variable=name) for name in ("ALL", "COMPLETE", "EVENTS")
    )
    about = {name: ard.text(name, analysis_id="PROCEDURE") for name in
             ("penalty", "n_selected", "outer_used", "outer_folds", "resamples_used", "resamples")}  # fmt: skip
    used = (
        f"Patients with a valid result of every marker: {complete} of {every}, with {events} events. "
        f"Penalty {about['penalty']}; {about['n_selected']} covariates selected."
    )
    made = (
        f"Signatures could be made in {about['outer_used']} of {about['outer_folds']} outer folds and "
        f"{about['resamples_used']} of {about['resamples']} bootstrap samples."
    )
    return Display(
        columns=WIDTHS,
        header=HEADER,
        rows=tuple(signature_rows(ard, _markers(output, plan, chosen))),
        numbers={
            "corrected": ard.text("corrected", analysis_id="CONCORDANCE", variable="HARRELL"),
            "nested": ard.text("nested", analysis_id="CONCORDANCE", variable="HARRELL"),
        },
        footnotes=(used, made, *page_notes(ard)),
    )
