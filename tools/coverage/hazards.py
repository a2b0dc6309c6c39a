"""Intervals of hazard ratios: Cox, profile, robust, clustered, late entry, Weibull, imputation, bootstrap."""

from __future__ import annotations

import math
from functools import partial
from typing import Final

import numpy as np

from csrbook.stats.arm_by_time import arm_by_time
from csrbook.stats.counting_process import cox_counting
from csrbook.stats.cox import cox, cox_arm
from csrbook.stats.cox_profile import profile_limits
from csrbook.stats.cox_replicates import bootstrap_cox_arm
from csrbook.stats.cox_residuals import robust_covariance
from csrbook.stats.imputation import delta_imputation
from csrbook.stats.interaction import treatment_by_marker
from csrbook.stats.weibull import censoring_intervals, weibull_arm
from tools.coverage.draws import halves, positive_stable, trial
from tools.coverage.harness import Scenario, each, inside, interval

__all__ = ["SCENARIOS"]

_HR: Final = 0.7
_Z: Final = 1.959963984540054
_INDEX: Final = 0.6
_SLOPE: Final = 0.4
_SANDWICH: Final = "the sandwich is too small in small samples"
_FOLLOW_UP: Final = "follow-up uniform on (0.5, 2.5)"


def _wald(estimate: float, se: float, truth: float) -> int:
    return inside(estimate - _Z * se, estimate + _Z * se, truth)


def _cox(rng: np.random.Generator, n: int) -> tuple[int, ...]:
    t = trial(rng, n, hazard_ratio=_HR, stratum_ratio=2.0)
    wald = cox_arm(t.time, t.event, t.arm, strata=t.stratum)
    profile = profile_limits(t.time, t.event, t.arm, strata=t.stratum)
    found = [inside(limits.lower, limits.upper, _HR) for limits in (wald, profile)]
    x = t.arm.astype(np.float64)
    several = cox(t.time, t.event, x, strata=t.stratum)
    log = math.log(_HR)
    if several.status != "ok":
        return (*found, inside(math.nan, math.nan, log))
    robust = math.sqrt(float(robust_covariance(several, t.time, t.event, x, strata=t.stratum)[0, 0]))
    return (*found, _wald(float(several.coef[0]), robust, log))


def _coxes(n: int, robust_why: str) -> Scenario:
    return Scenario(
        f"cox {n}",
        f"two arms, 2 strata (hazards 1 and 2), hazard ratio {_HR}, {_FOLLOW_UP}, no ties",
        str(n),
        (
            interval("Cox, stratified, Wald limits"),
            interval("Cox, stratified, profile limits"),
            interval("Cox, stratified, robust limits", why=robust_why),
        ),
        each(partial(_cox, n=n)),
    )


def _covariates(rng: np.random.Generator) -> tuple[int, ...]:
    t = trial(rng, 200, hazard_ratio=_HR, x_ratio=1.4)
    fit = cox(t.time, t.event, np.column_stack((t.arm, t.x)))
    truth = (math.log(_HR), math.log(1.4))
    return tuple(_wald(float(b), float(s), x) for b, s, x in zip(fit.coef, fit.se, truth, strict=True))


def _tied(rng: np.random.Generator) -> tuple[int, ...]:
    """Times rounded up to a schedule of visits, which both arms share."""
    t = trial(rng, 200, hazard_ratio=_HR, low=1.0, high=3.0)
    seen = np.where(t.event, np.ceil(t.time * 6.0) / 6.0, np.floor(t.time * 6.0) / 6.0)
    fits = [cox_arm(seen, t.event, t.arm, ties=ties) for ties in ("efron", "breslow", "exact")]
    return tuple(inside(fit.lower, fit.upper, _HR) for fit in fits)


def _clustered(rng: np.random.Generator) -> tuple[int, ...]:
    """Sites of four with a positive stable frailty, the whole site in one arm: the margin has hazard ratio _HR."""
    sites, size = 50, 4
    frailty = np.repeat(positive_stable(rng, sites, _INDEX), size)
    arm = np.repeat(halves(sites), size).astype(np.float64)
    cluster = np.repeat(np.arange(sites), size)
    # Cumulative hazard t^(1/index) makes the margin exponential.
    total = rng.exponential(size=sites * size) / (frailty * _HR ** (arm / _INDEX))
    limit = rng.uniform(0.5, 2.5, sites * size)
    raw = total**_INDEX
    time, event = np.minimum(raw, limit), raw <= limit
    fit = cox(time, event, arm)
    log = math.log(_HR)
    if fit.status != "ok":
        nothing = inside(math.nan, math.nan, log)
        return nothing, nothing
    robust = robust_covariance(fit, time, event, arm, cluster=cluster)
    estimate = float(fit.coef[0])
    return _wald(estimate, math.sqrt(float(robust[0, 0])), log), _wald(estimate, float(fit.se[0]), log)


def _recurrent(rng: np.random.Generator) -> tuple[int, ...]:
    """Andersen–Gill model of repeated events with a gamma frailty (variance 0.5), followed to time 2."""
    n = 100
    arm = halves(n)
    rate = rng.gamma(2.0, 0.5, n) * _HR**arm
    number = rng.poisson(2.0 * rate)
    subject = np.repeat(np.arange(n), number + 1)
    stop = np.concatenate([np.append(np.sort(rng.uniform(0.0, 2.0, k)), 2.0) for k in number.tolist()])
    last = np.concatenate((subject[1:] != subject[:-1], [True]))
    start = np.concatenate(([0.0], np.where(last[:-1], 0.0, stop[:-1])))
    fit = cox_counting(start, stop, ~last, arm[subject].astype(np.float64), cluster=subject)
    return (_wald(float(fit.coef[0]), float(fit.robust_se[0]), math.log(_HR)),)


def _late(rng: np.random.Generator) -> tuple[int, ...]:
    t = trial(rng, 300, hazard_ratio=_HR)
    entry = rng.uniform(0.0, 0.6, len(t.time))
    here = entry < t.time
    fit = cox_arm(t.time[here], t.event[here], t.arm[here], entry=entry[here])
    return (inside(fit.lower, fit.upper, _HR),)


def _interaction(rng: np.random.Generator) -> tuple[int, ...]:
    n = 200
    arm, marker = halves(n), (rng.random(n) < 0.4).astype(np.int64)
    hazard = 0.8**arm * 1.5**marker * 0.6 ** (arm * marker)
    limit = rng.uniform(0.5, 2.5, n)
    time = rng.exponential(size=n) / hazard
    fit = treatment_by_marker(np.minimum(time, limit), time <= limit, arm, marker)
    return (inside(fit.ratio_lower, fit.ratio_upper, 0.6),)


def _by_time(rng: np.random.Generator) -> tuple[int, ...]:
    """Hazard 1 in the control arm and 0.8·t^slope in the test arm."""
    n = 200
    arm = halves(n)
    power = 1.0 + _SLOPE * arm
    time = (rng.exponential(size=n) * power / 0.8**arm) ** (1.0 / power)
    limit = rng.uniform(0.5, 2.5, n)
    fit = arm_by_time(np.minimum(time, limit), time <= limit, arm)
    later = fit.hazard_ratio([1.5])[0]
    return (
        _wald(fit.slope, fit.slope_se, _SLOPE),
        inside(float(later[1]), float(later[2]), 0.8 * 1.5**_SLOPE),
    )


def _weibull(rng: np.random.Generator) -> tuple[int, ...]:
    t = trial(rng, 100, hazard_ratio=_HR, shape=1.3)
    exact = weibull_arm(*censoring_intervals(t.time, t.event), t.arm)
    visits = 0.25
    low = np.floor(t.time / visits) * visits
    high = np.where(t.event, low + visits, np.inf)
    scheduled = weibull_arm(low, high, t.arm)
    return inside(exact.lower, exact.upper, _HR), inside(scheduled.lower, scheduled.upper, _HR)


def _imputed(rng: np.random.Generator) -> tuple[int, ...]:
    """Loss to follow-up at random, imputed to the cut-off at time 2."""
    n = 100
    arm = halves(n)
    time, loss = rng.exponential(size=n) / _HR**arm, rng.exponential(size=n) / 0.4
    cut = np.minimum(loss, 2.0)
    observed, event = np.minimum(time, cut), time <= cut
    seed = int(rng.integers(2**31))
    found = []
    for model in ("kaplan_meier", "piecewise_exponential"):
        fit = delta_imputation(
            observed, event, arm, impute=~event & (loss < 2.0), horizon=2.0, model=model, imputations=20, seed=seed
        )
        found.append(inside(fit.lower, fit.upper, _HR))
    return tuple(found)


def _bootstrap(rng: np.random.Generator) -> tuple[int, ...]:
    t = trial(rng, 100, hazard_ratio=_HR)
    fits = bootstrap_cox_arm(t.time, t.event, t.arm, replicates=399, seed=int(rng.integers(2**31)))
    low, high = np.nanquantile(fits.log_hr, (0.025, 0.975))
    return (inside(float(low), float(high), math.log(_HR)),)


SCENARIOS: Final = (
    _coxes(100, ""),
    _coxes(40, _SANDWICH),
    Scenario(
        "cox covariates",
        f"two arms (hazard ratio {_HR}) and a normal covariate (1.4 a standard deviation), {_FOLLOW_UP}",
        "200",
        (
            interval("Cox with a covariate, arm, Wald limits"),
            interval("Cox with a covariate, the covariate, Wald limits"),
        ),
        each(_covariates),
    ),
    Scenario(
        "cox tied",
        f"two arms, hazard ratio {_HR}, events found at visits six times a unit of time",
        "200",
        (
            interval("Cox under heavy ties, Wald limits, Efron"),
            interval("Cox under heavy ties, Wald limits, Breslow", why="Breslow's estimate is drawn to 1 under ties"),
            interval("Cox under heavy ties, Wald limits, exact"),
        ),
        each(_tied),
    ),
    Scenario(
        "cox clustered",
        f"50 sites of 4, the site in one arm, positive stable frailty (index {_INDEX}), marginal hazard ratio {_HR}",
        "200",
        (
            interval("Cox, clustered robust limits"),
            interval(
                "The same, Wald limits without clusters (what they are for)",
                why="subjects of a site are alike; shown for contrast",
            ),
        ),
        each(_clustered),
    ),
    Scenario(
        "recurrent",
        f"repeated events, gamma frailty of variance 0.5, rate ratio {_HR}, followed to time 2",
        "100",
        (interval("Counting-process Cox (Andersen–Gill), robust limits", why=_SANDWICH),),
        each(_recurrent),
    ),
    Scenario(
        "late entry",
        f"two arms, hazard ratio {_HR}, entry uniform on (0, 0.6), those with an earlier event never seen",
        "300 before late entry",
        (interval("Cox with late entry, Wald limits"),),
        each(_late),
    ),
    Scenario(
        "interaction",
        f"two arms, binary marker (40%), ratio of hazard ratios 0.6, {_FOLLOW_UP}",
        "200",
        (interval("Treatment × marker, ratio of hazard ratios, Wald limits"),),
        each(_interaction),
    ),
    Scenario(
        "arm by time",
        f"two arms, hazard ratio 0.8·t^{_SLOPE}, {_FOLLOW_UP}",
        "200",
        (interval("Arm × log t, slope, Wald limits"), interval("Arm × log t, hazard ratio at 1.5, Wald limits")),
        each(_by_time),
    ),
    Scenario(
        "weibull",
        f"two arms, Weibull times (shape 1.3), hazard ratio {_HR}, {_FOLLOW_UP}; visits four times a unit of time",
        "100",
        (
            interval("Weibull hazard ratio, right-censored"),
            interval("Weibull hazard ratio, interval-censored"),
        ),
        each(_weibull),
    ),
    Scenario(
        "imputation",
        f"two arms, hazard ratio {_HR}, cut-off at 2, losses (hazard 0.4) imputed 20 times, delta 1",
        "100",
        (
            interval("Imputation of censored times (Kaplan–Meier), Rubin's rules"),
            interval(
                "Imputation of censored times (piecewise exponential), Rubin's rules",
            ),
        ),
        each(_imputed),
    ),
    Scenario(
        "bootstrap",
        f"two arms, hazard ratio {_HR}, {_FOLLOW_UP}",
        "100",
        (interval("Cox, percentiles of 399 bootstrap samples", why="percentile limits are short in small samples"),),
        each(_bootstrap),
    ),
)
