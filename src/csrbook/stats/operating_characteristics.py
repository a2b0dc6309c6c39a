"""Operating characteristics of a trial with a hazard ratio, by simulation of the analysis code itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._normal import normal_quantile
from csrbook.stats._trial_blocks import Block, simulate_block
from csrbook.stats.design import schoenfeld_power
from csrbook.stats.parallel import spread
from csrbook.stats.proportions import clopper_pearson
from csrbook.stats.trial_assumptions import Piecewise, TrialAssumptions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from csrbook.stats.decision_rule import Decide, DecisionRule
    from csrbook.stats.parallel import Progress

__all__ = ["Distribution", "OperatingCharacteristics", "SimulatedProbability", "operating_characteristics"]

# Trials drawn from one stream of random numbers.
_BLOCK: Final = 500
_QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class SimulatedProbability:
    """A share of simulated trials with its Monte Carlo standard error and exact (Clopper–Pearson) 95% limits."""

    count: int
    trials: int
    estimate: float
    se: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """Mean, standard deviation and the 5%, 25%, 50%, 75%, 95% quantiles over the trials."""

    mean: float
    sd: float
    quantiles: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class OperatingCharacteristics:
    """What a design does at one true hazard ratio.

    Attributes
    ----------
    hazard_ratio : float
        NaN where it changes with time; bias and coverage are NaN then, too.
    trials, estimable, short : int
        Trials simulated; those with a hazard ratio at their last analysis (the others show nothing); those that never
        had the planned number of events.
    noninferior : SimulatedProbability
        Non-inferiority shown in every analysis set.
    noninferior_each : tuple of SimulatedProbability
        In all subjects, then in each subset, alone.
    superior : SimulatedProbability
        Non-inferiority shown and then superiority (log-rank) with the same critical value at the same analysis.
    predicted : float
        Schoenfeld's power for non-inferiority in all subjects at the mean number of events; NaN with several looks.
    decisions : mapping of str to SimulatedProbability
        Those of ``decide``.
    stopped_efficacy, stopped_futility : tuple of SimulatedProbability
        At each look.
    events, analysis_time, enrolled : Distribution
        At the last analysis; the time is infinite where all were followed to the end.
    bias, bias_se : float
        Mean log hazard ratio less the true one, and its Monte Carlo standard error.
    sd_log_hr, mean_se : float
        Standard deviation of the estimates, and the mean of their standard errors, which should be alike.
    coverage : SimulatedProbability
        Of the interval at level 1 − 2·alpha_one_sided.
    """

    hazard_ratio: float
    trials: int
    estimable: int
    short: int
    noninferior: SimulatedProbability
    noninferior_each: tuple[SimulatedProbability, ...]
    superior: SimulatedProbability
    predicted: float
    decisions: Mapping[str, SimulatedProbability]
    stopped_efficacy: tuple[SimulatedProbability, ...]
    stopped_futility: tuple[SimulatedProbability, ...]
    events: Distribution
    analysis_time: Distribution
    enrolled: Distribution
    bias: float
    bias_se: float
    sd_log_hr: float
    mean_se: float
    coverage: SimulatedProbability


def operating_characteristics(
    assumptions: TrialAssumptions,
    rule: DecisionRule,
    hazard_ratio: float | Piecewise,
    *,
    trials: int = 10_000,
    seed: int = 1,
    decide: Decide | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> OperatingCharacteristics:
    r"""Simulate trials, analyse each as its report will (Cox model by Efron, log-rank), count the decisions.

    .. math:: z = \frac{\log\delta - \log\widehat{HR}}{\mathrm{SE}} \ge z_{1-\alpha}

    is non-inferiority, as in :func:`csrbook.stats.noninferiority.noninferiority`.

    Parameters
    ----------
    assumptions : TrialAssumptions
    rule : DecisionRule
    hazard_ratio : float or Piecewise
        The truth, test over control.
    trials : int
    seed : int
        Trials come in blocks with a Philox stream each: the first thousand of two thousand are those of a run of one
        thousand, the same at every hazard ratio (common random numbers), for every number of workers.
    decide : callable, optional
        Further decisions of the study's own, by name, of each block of analysed trials; a function of a module where
        there are several workers.
    workers, executor, progress
        As in :func:`csrbook.stats.parallel.spread`.

    Returns
    -------
    OperatingCharacteristics

    Raises
    ------
    StatisticsError
        On wrong arguments, or more events planned than subjects.

    Notes
    -----
    Source: Schoenfeld 1981 (prediction); ICH E9, 3.5, and E20 draft (simulation of operating characteristics). R:
    ``rpact::getSimulationSurvival``, ``simtrial``. SAS: a data step and ``proc phreg; by trial``. Known differences:
    rpact tests with the log-rank statistic alone, shifted by the margin.

    Examples
    --------
    >>> from csrbook.stats.decision_rule import DecisionRule
    >>> from csrbook.stats.trial_assumptions import Accrual, TrialAssumptions, Weibull
    >>> trial = TrialAssumptions(326, Weibull(11.0), Accrual((24.0,)), dropout_hazard=0.0043)
    >>> found = operating_characteristics(trial, DecisionRule(1.3, 0.025, events=228), 11 / 13, trials=500)
    >>> 0.85 < found.noninferior.estimate < 0.95, found.estimable
    (True, 500)
    """
    for name, value, least in (("trials", trials, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise StatisticsError(f"{name} is {value!r}", f"argument {name!r}", f"give a whole number from {least}")
    if rule.events is not None and rule.events > assumptions.subjects:
        raise StatisticsError(
            f"{rule.events} events are planned in {assumptions.subjects} subjects",
            "arguments 'events' and 'subjects'",
            "plan more subjects or fewer events",
        )
    tasks = [(block, min(_BLOCK, trials - block * _BLOCK)) for block in range(-(-trials // _BLOCK))]
    work = partial(simulate_block, assumptions, rule, hazard_ratio, seed, decide)
    blocks = spread(work, tasks, workers=workers, executor=executor, progress=progress)
    return _summary(assumptions, rule, hazard_ratio, blocks)


def _summary(
    assumptions: TrialAssumptions, rule: DecisionRule, hazard_ratio: float | Piecewise, blocks: list[Block]
) -> OperatingCharacteristics:
    log_hr, se, events, when, enrolled = (
        np.concatenate([getattr(b, name) for b in blocks]) for name in ("log_hr", "se", "events", "when", "enrolled")
    )
    each, efficacy, futility = (
        np.concatenate([getattr(b, name) for b in blocks], axis=1) for name in ("each", "efficacy", "futility")
    )
    truth = math.nan if isinstance(hazard_ratio, Piecewise) else math.log(hazard_ratio)
    known = ~np.isnan(log_hr)
    error = log_hr[known] - truth
    half = normal_quantile(1.0 - rule.alpha_one_sided)
    estimable = int(known.sum())
    sd = float(log_hr[known].std(ddof=1)) if estimable > 1 else math.nan
    constant = not math.isnan(truth)
    predicted = math.nan
    if constant and len(rule.critical_z) == 1 and events.mean() > 0.0:
        predicted = schoenfeld_power(
            math.exp(truth),
            float(events.mean()),
            alpha_one_sided=rule.alpha_one_sided,
            margin=rule.margin,
            allocation=assumptions.allocation,
        )
    names = list(blocks[0].decisions)
    return OperatingCharacteristics(
        hazard_ratio=math.exp(truth) if constant else math.nan,
        trials=len(log_hr),
        estimable=estimable,
        short=int(sum(b.short.sum() for b in blocks)),
        noninferior=_probability(np.logical_and.reduce(each)),
        noninferior_each=tuple(_probability(row) for row in each),
        superior=_probability(np.concatenate([b.superior for b in blocks])),
        predicted=predicted,
        decisions={name: _probability(np.concatenate([b.decisions[name] for b in blocks])) for name in names},
        stopped_efficacy=tuple(_probability(row) for row in efficacy),
        stopped_futility=tuple(_probability(row) for row in futility),
        events=_distribution(events),
        analysis_time=_distribution(when),
        enrolled=_distribution(enrolled),
        bias=float(error.mean()) if constant and estimable else math.nan,
        bias_se=sd / math.sqrt(estimable) if constant and estimable > 1 else math.nan,
        sd_log_hr=sd,
        mean_se=float(se[known].mean()) if estimable else math.nan,
        coverage=_probability(np.abs(error) <= half * se[known] if constant else np.zeros(0, dtype=bool)),
    )


def _probability(hits: NDArray[np.bool_]) -> SimulatedProbability:
    count, trials = int(np.count_nonzero(hits)), len(hits)
    if not trials:
        return SimulatedProbability(0, 0, math.nan, math.nan, math.nan, math.nan)
    limits = clopper_pearson(count, trials)
    share = count / trials
    return SimulatedProbability(
        count, trials, share, math.sqrt(share * (1.0 - share) / trials), limits.lower, limits.upper
    )


def _distribution(values: NDArray[np.float64]) -> Distribution:
    finite = bool(np.isfinite(values).all())
    return Distribution(
        mean=float(values.mean()),
        sd=float(values.std(ddof=1)) if finite and len(values) > 1 else math.nan,
        quantiles=tuple(np.quantile(values, _QUANTILES, method="lower").tolist()),
    )
