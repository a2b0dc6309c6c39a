"""A block of simulated trials, analysed look by look."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from csrbook.stats.cox_replicates import CoxReplicates, refit_cox_arm
from csrbook.stats.decision_rule import AnalysedTrials
from csrbook.stats.trial_assumptions import DrawnTrials

if TYPE_CHECKING:
    from csrbook.stats.decision_rule import Decide, DecisionRule
    from csrbook.stats.trial_assumptions import Piecewise, TrialAssumptions

__all__ = ["Block", "simulate_block"]

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(slots=True)
class Block:
    """One value a trial; ``each`` has one row a set, ``efficacy`` and ``futility`` one row a look."""

    log_hr: Floats
    se: Floats
    events: Floats
    when: Floats
    enrolled: Floats
    short: Flags
    each: Flags
    superior: Flags
    efficacy: Flags
    futility: Flags
    decisions: dict[str, Flags]


def simulate_block(
    assumptions: TrialAssumptions,
    rule: DecisionRule,
    hazard_ratio: float | Piecewise,
    seed: int,
    decide: Decide | None,
    task: tuple[int, int],
) -> Block:
    block, trials = task
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(block,))))
    drawn = assumptions.draw(rng, trials, hazard_ratio)
    stratum, test = assumptions.layout()
    member = [rng.random(drawn.time.shape) < share for share in rule.subset_shares]
    looks = len(rule.critical_z)
    result = Block(
        log_hr=np.full(trials, np.nan),
        se=np.full(trials, np.nan),
        events=np.zeros(trials),
        when=np.zeros(trials),
        enrolled=np.zeros(trials),
        short=np.zeros(trials, dtype=bool),
        each=np.zeros((1 + len(member), trials), dtype=bool),
        superior=np.zeros(trials, dtype=bool),
        efficacy=np.zeros((looks, trials), dtype=bool),
        futility=np.zeros((looks, trials), dtype=bool),
        decisions={},
    )
    codes = stratum if rule.stratified else None
    last_time, last_event = np.zeros(drawn.time.shape), np.zeros(drawn.time.shape, dtype=bool)
    log_rank_z = np.full(trials, np.nan)
    active = np.arange(trials)
    for look, (critical, number) in enumerate(zip(rule.critical_z, rule.events_at_looks, strict=True)):
        part = DrawnTrials(drawn.entry[active], drawn.time[active], drawn.dropout[active])
        at, short = _cut_off(part, rule, number)
        time, event = part.observed(at)
        fits = refit_cox_arm(time, event, test, strata=codes)
        z = _margin_z(fits, rule.margin)
        # A trial whose estimate does not exist has shown nothing: NaN compares false.
        subsets = [_shown(time, event, test, codes, m[active], rule, critical) for m in member]
        shown = np.stack([z >= critical, *subsets])
        every: Flags = np.logical_and.reduce(shown)
        superior = every & (-fits.log_rank_z >= critical)
        result.log_hr[active], result.se[active] = fits.log_hr, fits.se
        result.events[active] = event.sum(axis=1)
        result.when[active], result.short[active] = at, short
        result.enrolled[active] = (part.entry <= at[:, np.newaxis]).sum(axis=1)
        result.each[:, active], result.superior[active] = shown, superior
        last_time[active], last_event[active], log_rank_z[active] = time, event, fits.log_rank_z
        result.efficacy[look, active] = every
        if look < looks - 1 and rule.futility_z is not None:
            result.futility[look, active] = ~every & (z < rule.futility_z[look])
        active = active[~(result.efficacy[look, active] | result.futility[look, active])]
        if not len(active):
            break
    if decide is not None:
        estimable = int(np.count_nonzero(~np.isnan(result.log_hr)))
        replicates = CoxReplicates(result.log_hr, result.se, log_rank_z, estimable)
        noninferior: Flags = np.logical_and.reduce(result.each)
        analysed = AnalysedTrials(last_time, last_event, test, stratum, replicates, noninferior, result.superior)
        result.decisions = dict(decide(analysed))
    return result


def _cut_off(drawn: DrawnTrials, rule: DecisionRule, number: int | None) -> tuple[Floats, Flags]:
    """Calendar time of the analysis, and whether the planned number of events is missing then."""
    latest = math.inf if rule.cut_off is None else rule.cut_off
    if number is None:
        return np.full(len(drawn.time), latest), np.zeros(len(drawn.time), dtype=bool)
    reached = drawn.time_of_event(number)
    return np.minimum(reached, latest), reached > latest if math.isfinite(latest) else np.isinf(reached)


def _margin_z(fits: CoxReplicates, margin: float) -> Floats:
    result: Floats = (math.log(margin) - fits.log_hr) / fits.se
    return result


def _shown(
    time: Floats,
    event: Flags,
    test: Flags,
    codes: NDArray[np.intp] | None,
    member: Flags,
    rule: DecisionRule,
    critical: float,
) -> Flags:
    """Non-inferiority in a subset; who is not in it is never at risk."""
    fits = refit_cox_arm(np.where(member, time, 0.0), event & member, test, strata=codes)
    result: Flags = _margin_z(fits, rule.margin) >= critical
    return result
