"""Recomputes the tipping-point analysis and its surface: multiple imputation of censored times, Cox, Rubin's rules.

Random stream of a comparison: imputations in blocks of 64, block b from Philox with the seed sequence of the plan's
seed and the spawn key (b,). In each block, for the strata in the order of their names and in each for the control arm
before the test arm, where somebody is to be imputed: standard gamma variates (64 by pieces, shape the events of the
piece), then standard exponential ones (64 by subjects in the order of the data). Rows left over in the last block are
not used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from qc.contract import (
    Data,
    Row,
    against_control,
    as_frame,
    event_times,
    members,
    named,
    of_parameter,
    share,
    subjects,
)
from qc.cox_newton import fit_arms

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import NonInferiority, Output, Plan

__all__ = ["recompute", "rubin"]

Floats = NDArray[np.float64]

BLOCK = 64


@dataclass(frozen=True)
class Open:
    """Subjects of one arm and stratum whose times are to be imputed, with rates of the pieces and unit exponentials.

    ``rates`` has the shape (imputations, pieces) and ``growth`` (imputations, subjects).
    """

    subject: NDArray[np.intp]
    in_test: bool
    rates: Floats
    growth: Floats


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table or of the surface: with ``deltas_control`` both arms' factors vary.

    A factor that tips has a number only where there is one.
    """
    chosen, parameters = output.population[0], output.parameters
    rule = plan.study.noninferiority
    if rule is None:
        raise ValueError("the plan has no margin")
    adsl = members(data, plan, chosen)
    frame = event_times(data, plan, chosen, parameters["paramcd"])
    to_impute = frame["CNSR"].gt(0) & ~frame["CNSR"].isin(parameters["administrative"])
    cutoff = frame[plan.study.data_cut.variable] - frame["RANDDT"] + 1.0
    frame = frame.assign(IMPUTE=to_impute, HORIZON=cutoff / plan.study.days_per_month)
    keys = of_parameter(plan, chosen, parameters["paramcd"])
    rows = list(subjects(plan, chosen, adsl))
    for arm in plan.study.arms:
        mine = frame.loc[frame["ARM"].eq(arm.id), "IMPUTE"]
        row = {**keys, "group1_level": arm.id, "analysis_id": "IMPUTED", "method": "Count and percentage"}
        rows += share(row, int(mine.sum()), len(mine))
    seed = plan.study.seeds[parameters["seed"]]
    for arm, pair in against_control(plan, frame):
        rows += _tipping({**keys, "group1_level": arm.id}, pair, parameters, seed, rule)
    return as_frame(output, rows)


def _tipping(
    keys: Row, pair: pd.DataFrame, parameters: dict[str, Any], seed: int, rule: NonInferiority
) -> Iterator[Row]:
    """Pooled results for every pair of factors, and the first factor that tips for each factor of control."""
    imputations = parameters["imputations"]
    cuts = np.array([0.0, np.median(pair.loc[pair["CNSR"].eq(0), "AVAL"])])
    groups = _draws(pair, cuts, imputations, seed)
    for control in parameters.get("deltas_control", [1]):
        tipping = math.nan
        for test in parameters["deltas_test"]:
            time, event = _imputed(pair, groups, cuts, (float(control), float(test)), imputations)
            pooled = _analysed(pair, time, event, rule)
            if math.isnan(tipping) and pooled["upper"] >= rule.margin:
                tipping = float(test)
            level = {"variable": "DELTA", "variable_level": f"TEST {test:g} CONTROL {control:g}"}
            method = "Multiple imputation after censoring, Cox, Rubin's rules"
            yield from named({**keys, **level, "analysis_id": "TIPPING", "method": method}, pooled)
        if math.isnan(tipping):
            continue
        level = {"variable": "DELTA_CONTROL", "variable_level": f"{control:g}"}
        method = "First factor with the upper limit at or above the margin"
        yield from named({**keys, **level, "analysis_id": "TIPPING_POINT", "method": method}, {"delta": tipping})


def _draws(pair: pd.DataFrame, cuts: Floats, imputations: int, seed: int) -> list[Open]:
    """Rates from Gamma(events, follow-up) of arm and stratum, and growth of the cumulative hazard up to the event."""
    cells = []
    for _, in_stratum in pair.reset_index(drop=True).groupby("STRATUM", sort=True):
        for side in (0.0, 1.0):
            cell = in_stratum[in_stratum["TEST"].eq(side)]
            if cell["IMPUTE"].any():
                cells.append((cell.index[cell["IMPUTE"]].to_numpy(), bool(side), *_history(cell, cuts)))
    rates: list[list[Floats]] = [[] for _ in cells]
    growth: list[list[Floats]] = [[] for _ in cells]
    for block in range(math.ceil(imputations / BLOCK)):
        stream = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(block,))))
        for number, (subject, _, events, follow_up) in enumerate(cells):
            shape = stream.standard_gamma(events, size=(BLOCK, len(cuts)))
            rates[number].append(np.divide(shape, follow_up, out=np.zeros_like(shape), where=follow_up > 0.0))
            growth[number].append(stream.standard_exponential((BLOCK, len(subject))))
    return [
        Open(subject, side, np.concatenate(of_rates)[:imputations], np.concatenate(of_growth)[:imputations])
        for (subject, side, _, _), of_rates, of_growth in zip(cells, rates, growth, strict=True)
    ]


def _history(cell: pd.DataFrame, cuts: Floats) -> tuple[Floats, Floats]:
    """Events and follow-up in each piece; an event at a cut belongs to the piece that ends there."""
    time, event = cell["AVAL"].to_numpy(float), cell["CNSR"].eq(0).to_numpy()
    ends = np.append(cuts[1:], np.inf)
    events = [np.sum(event & (time > start) & (time <= end)) for start, end in zip(cuts, ends, strict=True)]
    follow_up = [np.sum(np.clip(time, start, end) - start) for start, end in zip(cuts, ends, strict=True)]
    return np.array(events, dtype=float), np.array(follow_up)


def _imputed(
    pair: pd.DataFrame, groups: list[Open], cuts: Floats, factors: tuple[float, float], imputations: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Times and events of all subjects in each imputation, with the factors of control and test arm."""
    time = np.tile(pair["AVAL"].to_numpy(float), (imputations, 1))
    event = np.tile(pair["CNSR"].eq(0).to_numpy(), (imputations, 1))
    horizon = pair["HORIZON"].to_numpy(float)
    for group in groups:
        drawn = _event_time(time[:, group.subject], group, cuts, factors[group.in_test])
        event[:, group.subject] = drawn <= horizon[group.subject]
        time[:, group.subject] = np.minimum(drawn, horizon[group.subject])
    return time, event


def _event_time(censored: Floats, group: Open, cuts: Floats, factor: float) -> Floats:
    """Time at which the cumulative hazard has grown by the draw since the censoring; infinite if it never does."""
    left, result = group.growth.copy(), np.full(censored.shape, np.inf)
    for piece, (start, end) in enumerate(zip(cuts, np.append(cuts[1:], np.inf), strict=True)):
        begin = np.maximum(censored, start)
        rate = factor * group.rates[:, [piece]] * np.ones_like(begin)
        needed = np.divide(left, rate, out=np.full(begin.shape, np.inf), where=rate > 0.0)
        here = np.isinf(result) & (begin < end) & (begin + needed <= end)
        result = np.where(here & np.isfinite(needed), begin + needed, result)
        if end < np.inf:
            left = left - rate * np.maximum(end - begin, 0.0)
    return result


def _analysed(pair: pd.DataFrame, time: Floats, event: NDArray[np.bool_], rule: NonInferiority) -> dict[str, float]:
    """Stratified Cox models of the imputed data sets, pooled, against the margin; mean number of events added."""
    test = pair["TEST"].to_numpy()
    strata = np.unique(pair["STRATUM"], return_inverse=True)[1]
    estimate, error, df = rubin(*fit_arms(time, event, test, strata))
    half = student.isf(rule.alpha_one_sided, df) * error
    t = (estimate - math.log(rule.margin)) / error
    upper = math.exp(estimate + half)
    added = (event & ~pair["CNSR"].eq(0).to_numpy()).mean(axis=0)
    return {
        "hr": math.exp(estimate),
        "lower": math.exp(estimate - half),
        "upper": upper,
        "t": t,
        "p": student.cdf(t, df),
        "met": float(upper < rule.margin),
        "added_test": added[test == 1.0].sum(),
        "added_control": added[test == 0.0].sum(),
    }


def rubin(estimates: Floats, errors: Floats) -> tuple[float, float, float]:
    """Pooled estimate, standard error and degrees of freedom (infinite if the estimates do not differ)."""
    m = len(estimates)
    within, between = np.mean(errors**2), np.var(estimates, ddof=1)
    extra = (1.0 + 1.0 / m) * between
    df = (m - 1) * (1.0 + within / extra) ** 2 if extra > 0.0 else math.inf
    return float(np.mean(estimates)), math.sqrt(within + extra), float(df)
