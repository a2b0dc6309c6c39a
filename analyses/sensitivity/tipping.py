"""What table and figure of the tipping point share: imputation after censoring with changed hazards, on a grid."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from csrbook.ard import Ard
from csrbook.displays.analysis_rows import noninferiority_rule
from csrbook.displays.columns import add_sizes
from csrbook.displays.estimates import add_count, add_number, add_pvalue, add_text, add_warnings
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.parameters import named_seed
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.stats.imputation import tipping_point
from csrbook.stats.rubin import rubin

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.program import Data
    from csrbook.plan.models import Arm, NonInferiority, Output, Plan
    from csrbook.stats.imputation import DeltaImputation

__all__ = ["TippingParameters", "pair_level", "tipping_grid"]


class TippingParameters(Digits):
    """What the plan row says."""

    paramcd: str
    administrative: tuple[int, ...]
    """Values of ``CNSR`` that stand for the data cut-off: these patients stay censored."""
    deltas_test: tuple[float, ...]
    deltas_control: tuple[float, ...] = (1.0,)
    imputations: int
    seed: str
    """Name of the seed in the plan."""
    cuts_months: tuple[float, ...] = ()
    """Cuts of the piecewise-exponential hazard; the median of the event times where there is none."""
    start: str = "RANDDT"
    """Variable of ADSL with day 1."""


def pair_level(delta_test: float, delta_control: float) -> str:
    """``variable_level`` of a pair of factors."""
    return f"TEST {delta_test:g} CONTROL {delta_control:g}"


def tipping_grid(data: Data, output: Output, plan: Plan, chosen: TippingParameters) -> Results:
    """Pooled hazard ratio of each pair of factors, and the first factor that tips, for each test arm.

    ``IMPUTED`` counts the patients whose time is imputed; ``TIPPING`` holds ``hr``, ``lower``, ``upper``, ``t``, ``p``
    (one-sided, against the margin), ``met``, and the mean number of events added in each arm; ``TIPPING_POINT`` holds
    ``delta`` and the finding in words for each factor of the control arm.
    """
    rule = noninferiority_rule(output, plan)
    seed = named_seed(plan, output, chosen.seed)
    source = EventTimesSource(data, plan)
    times = source.select(output.population[0], chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    add_sizes(ard, times.groups, times.subjects, analysis_set=times.analysis_set)
    impute = ~times.event & ~np.isin(times.status, chosen.administrative)
    for position, arm in enumerate(times.arms):
        here = times.arm == position
        keys = {**times.keys, "group1_level": arm.id, "analysis_id": "IMPUTED", "method": "Count and percentage"}
        add_count(ard, int((here & impute).sum()), int(here.sum()), chosen.digits_percent, **keys)
    horizon = _horizon(source.subjects(output.population[0]), times, chosen, plan)
    for test, control in times.comparisons():
        pair = np.isin(times.arm, [times.arms.index(test), times.arms.index(control)])
        two = times.where(pair)
        found = tipping_point(
            two.time, two.event, two.arm == two.arms.index(test), margin=rule.margin,
            deltas_test=chosen.deltas_test, deltas_control=chosen.deltas_control,
            strata=list(two.stratum) if two.factors else None, impute=impute[pair], horizon=horizon[pair],
            model="piecewise_exponential", cuts=chosen.cuts_months or None, imputations=chosen.imputations,
            seed=seed, confidence=rule.confidence,
        )  # fmt: skip
        for result in found.grid:
            _add_pair(ard, times, test, result, rule, chosen)
        keys = {**times.keys, "group1_level": test.id, "analysis_id": "TIPPING_POINT", "variable": "DELTA_CONTROL"}
        keys["method"] = "First factor with the upper limit at or above the margin"
        for delta, tip, status in zip(chosen.deltas_control, found.tipping, found.status, strict=True):
            own = {**keys, "variable_level": f"{delta:g}"}
            if status == "ok":
                add_number(ard, "delta", tip, 2, **own)
            else:
                # Not tipping is a finding, told in words; only an upper limit that does not exist is not estimable.
                stays = not any(math.isnan(r.upper) for r in found.grid if r.delta_control == delta)
                text = f">{chosen.deltas_test[-1]:g}" if stays else "NE"
                add_text(ard, "delta", text, **{**own, "error": "" if stays else status})
    return Results(ard)


def _horizon(subjects: pd.DataFrame, times: EventTimes, chosen: TippingParameters, plan: Plan) -> NDArray[np.float64]:
    """Months from the start to the data cut-off, or to the patient's own time where that is later or has no date."""
    dates = subjects.set_index("USUBJID").reindex(list(times.subject))
    days = (dates[plan.study.data_cut.variable] - dates[chosen.start]).to_numpy(dtype=np.float64) + 1.0
    months: NDArray[np.float64] = np.fmax(days / plan.study.days_per_month, times.time)
    return months


def _add_pair(
    ard: Ard, times: EventTimes, test: Arm, result: DeltaImputation, rule: NonInferiority, chosen: TippingParameters
) -> None:
    keys = {
        **times.keys, "group1_level": test.id, "analysis_id": "TIPPING", "variable": "DELTA",
        "variable_level": pair_level(result.delta_test, result.delta_control),
        "method": "Multiple imputation after censoring, Cox, Rubin's rules",
    }  # fmt: skip
    for name, value in (("hr", result.hr), ("lower", result.lower), ("upper", result.upper)):
        add_number(ard, name, value, chosen.digits_hr, reason=result.status, **keys)
    t = p = math.nan
    if result.status == "ok":
        against = rubin(result.log_hr - math.log(rule.margin), result.se)
        t, p = against.t, against.p / 2.0 if against.t < 0.0 else 1.0 - against.p / 2.0
    add_number(ard, "t", t, chosen.digits_statistic, reason=result.status, **keys)
    add_pvalue(ard, "p", p, chosen.digits_p, reason=result.status, **keys)
    met = result.upper < rule.margin
    add_text(ard, "met", "Yes" if met else "No", float(met), **keys)
    for name, added in (("added_test", result.imputed_test), ("added_control", result.imputed_control)):
        add_number(ard, name, added, 1, **keys)
