"""F14.2.1 Time to first exacerbation."""

from __future__ import annotations

from csrbook.ard import Ard
from csrbook.displays.estimates import estimate_interval, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.kaplan_meier import add_curves, kaplan_meier_figure
from csrbook.displays.model import Display
from csrbook.displays.parameters import read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.displays.time_to_event import add_cox, add_events, add_kaplan_meier


class Parameters(Digits):
    paramcd: str
    landmark: float
    grid: int


def analyse(data, output, plan):
    chosen = read_parameters(output, Parameters)
    times = EventTimesSource(data, plan).select(output.population[0], chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    add_events(ard, times, chosen)
    confidence = plan.study.confidence
    landmarks = (chosen.landmark,)
    add_kaplan_meier(ard, times, quantiles=(0.5,), landmarks=landmarks, digits=chosen, confidence=confidence)
    add_curves(ard, times, chosen.grid)
    add_cox(ard, times, chosen, confidence)
    return Results(ard)


def display(results, output, plan):
    ard = results.ard
    arms = plan.study.arms
    medians = {arm.id: estimate_interval(ard, analysis_id="KM_MEDIAN", group1_level=arm.id) for arm in arms}
    inset = [f"{arm.short}: median {medians[arm.id]} months" for arm in arms]
    ratios = [(arm, {"analysis_id": "COX_UNSTRATIFIED", "group1_level": arm.id}) for arm in arms if arm.role == "test"]
    inset += [f"Hazard ratio, {arm.short}: {estimate_interval(ard, 'hr', **keys)}" for arm, keys in ratios]
    axes = {"x_label": "Months from randomisation", "y_label": "Without exacerbation"}
    return Display(
        figure=kaplan_meier_figure(ard, plan, inset=inset, **axes),
        alt=f"Kaplan–Meier curves of three arms. {'; '.join(inset)}.",
        numbers={
            f"median_{arm.id}": ard.text("estimate", analysis_id="KM_MEDIAN", group1_level=arm.id) for arm in arms
        },
        footnotes=page_notes(ard),
    )
