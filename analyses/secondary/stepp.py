"""F14.2.3.3 Subpopulation treatment effect pattern plot over continuous baseline variables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from csrbook.ard import Ard
from csrbook.displays.estimates import add_count, add_number, add_pvalue, add_warnings, confidence_label, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Display
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.plot import Layer, Panel, Plot, Reference, linear_axis, log_axis
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.stats.stepp import stepp
from csrbook.stats.stepp_windows import sliding_windows

if TYPE_CHECKING:
    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.program import Data
    from csrbook.plan.models import Arm, Output, Plan


class Covariate(Parameters):
    """A continuous variable of ADSL."""

    variable: str
    label: str
    digits: int = 0


class SteppParameters(Digits):
    """What the plan row says: the variables, the size and overlap of the windows, and the permutations."""

    paramcd: str
    covariates: tuple[Covariate, ...]
    window: int
    """Patients in a window."""
    overlap: int
    """Patients that neighbouring windows share."""
    permutations: int
    seed: int
    ticks: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0)


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Hazard ratio in each window with pointwise limits and a simultaneous band; the supremum test."""
    chosen = read_parameters(output, SteppParameters)
    source = EventTimesSource(data, plan)
    times = source.select(output.population[0], chosen.paramcd)
    subjects = source.subjects(output.population[0]).set_index("USUBJID")
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    for covariate in chosen.covariates:
        for test, control in times.comparisons():
            two = times.of(test, control)
            values = subjects[covariate.variable].reindex(list(two.subject)).to_numpy(dtype=float)
            _add_pattern(ard, two, values, covariate, test, chosen, plan.study.confidence)
    return Results(ard)


def _add_pattern(
    ard: Ard, two: EventTimes, values: np.ndarray, covariate: Covariate, test: Arm, chosen: SteppParameters,
    confidence: float,
) -> None:  # fmt: skip
    keys = {**two.keys, "group1_level": test.id, "variable": covariate.variable, "method": "STEPP, sliding windows"}
    known = values[np.isfinite(values)]
    test_keys = {**keys, "analysis_id": "STEPP_TEST"}
    if len(known) < chosen.window or len(np.unique(known)) < 2:
        reason = "too few patients for a window"
        add_number(ard, "supremum", None, chosen.digits_statistic, reason=reason, **test_keys)
        add_pvalue(ard, "p", None, chosen.digits_p, reason=reason, **test_keys)
        return
    windows = sliding_windows(known, size=chosen.window, overlap=chosen.overlap)
    found = stepp(
        two.time, two.event, two.arm == two.arms.index(test), values, windows,
        strata=list(two.stratum) if two.factors else None, confidence=confidence,
        permutations=chosen.permutations, seed=chosen.seed,
    )  # fmt: skip
    add_number(ard, "supremum", found.supremum, chosen.digits_statistic, reason=found.test_status, **test_keys)
    add_pvalue(ard, "p", found.supremum_p, chosen.digits_p, reason=found.test_status, **test_keys)
    add_number(ard, "hr", math.exp(found.overall), chosen.digits_hr, reason="no estimate", **test_keys)
    add_count(ard, found.missing, **{**keys, "analysis_id": "STEPP_MISSING"})
    for index, centre in enumerate(windows.median.tolist()):
        row = {**keys, "analysis_id": "STEPP", "variable_level": f"WINDOW {index + 1}"}
        add_number(ard, "median", centre, covariate.digits, **row)
        add_count(ard, int(found.n_test[index] + found.n_control[index]), **row)
        for name, value in (
            ("hr", found.estimate), ("lower", found.lower), ("upper", found.upper),
            ("band_lower", found.band_lower), ("band_upper", found.band_upper),
        ):  # fmt: skip
            add_number(ard, name, math.exp(value[index]), chosen.digits_hr, reason=found.status[index], **row)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A panel a variable (and test arm)."""
    chosen = read_parameters(output, SteppParameters)
    ard = results.ard
    tests = plan.study.test_arms
    panels = [
        _panel(ard, covariate, test, chosen, plan, len(tests) > 1) for covariate in chosen.covariates for test in tests
    ]
    columns = 2 if len(panels) > 1 else 1
    verdicts = "; ".join(
        f"{c.label}{f', {t.short}' if len(tests) > 1 else ''}: "
        f"p {ard.text('p', analysis_id='STEPP_TEST', variable=c.variable, group1_level=t.id)}"
        for c in chosen.covariates
        for t in tests
    )
    alt = (
        f"Hazard ratio in overlapping windows of {chosen.window} patients over "
        f"{' and '.join(c.label.lower() for c in chosen.covariates)}, with limits of each window and of all together. "
        f"Permutation tests that the effect is the same everywhere: {verdicts}."
    )
    return Display(
        figure=Plot(tuple(panels), columns, max(1, math.ceil(len(panels) / columns / 2))),
        alt=alt,
        footnotes=page_notes(ard),
    )


def _panel(ard: Ard, covariate: Covariate, test: Arm, chosen: SteppParameters, plan: Plan, named: bool) -> Panel:
    keys = {"analysis_id": "STEPP", "variable": covariate.variable, "group1_level": test.id}
    levels = dict.fromkeys(str(row["variable_level"]) for row in ard.select(stat_name="median", **keys))

    def values(stat: str) -> list[float]:
        return [float(ard.value(stat, variable_level=level, **keys)) for level in levels]

    x, hr = values("median"), values("hr")
    lower, upper, low, high = (values(s) for s in ("lower", "upper", "band_lower", "band_upper"))
    shown = [i for i in range(len(x)) if all(math.isfinite(v[i]) for v in (hr, lower, upper, low, high))]

    def pick(column: list[float]) -> tuple[float, ...]:
        return tuple(column[i] for i in shown)

    level = confidence_label(plan.study.confidence)
    layers = (
        Layer("band", pick(x), pick(low), (), pick(high), series=0, name=f"{level} band, all windows together"),
        Layer("segments", pick(x), pick(lower), pick(x), pick(upper), series=2, name=f"{level} limits, each window"),
        Layer("line", pick(x), pick(hr), series=0, name="Hazard ratio"),
        Layer("points", pick(x), pick(hr), series=0),
    ) if shown else ()  # fmt: skip
    about = {"analysis_id": "STEPP_TEST", "variable": covariate.variable, "group1_level": test.id}
    references = [Reference("y", 1.0, dashed=False)]
    if overall := [row for row in ard.select(stat_name="hr", **about) if row["value"] is not None]:
        references.append(Reference("y", float(str(overall[0]["value"])), f"Overall {overall[0]['formatted']}"))
    counts = [ard.text("n", variable_level=level, **keys) for level in levels]
    inset = [f"Supremum test, permutation p {ard.text('p', **about)}"]
    inset += [f"{min(counts, key=int)} to {max(counts, key=int)} patients a window"] if counts else []
    title = f"{covariate.label}{f', {test.short}' if named else ''}"
    return Panel(
        linear_axis(f"{covariate.label}, median of the window", x),
        log_axis("Hazard ratio (log scale)", [*pick(low), *pick(high)], ticks=chosen.ticks),
        layers,
        tuple(references),
        title,
        inset=tuple(inset),
    )
