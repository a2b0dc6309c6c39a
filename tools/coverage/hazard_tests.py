"""Tests of equal hazards, of a margin, of proportional hazards and of an interaction."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.special import chdtrc
from scipy.stats import multivariate_normal

from csrbook.stats.arm_by_time import arm_by_time
from csrbook.stats.cox import cox, cox_arm
from csrbook.stats.interaction import treatment_by_marker
from csrbook.stats.interval_censoring import interval_score_test
from csrbook.stats.log_rank import log_rank
from csrbook.stats.noninferiority import noninferiority
from csrbook.stats.proportional_hazards import proportional_hazards
from csrbook.stats.weibull import weibull_arm
from csrbook.stats.weighted_log_rank import max_combo, weighted_log_rank
from tools.coverage.draws import Trial, halves, trial
from tools.coverage.harness import HIT, MISS, Scenario, each, rejected, rejection

__all__ = ["SCENARIOS"]

_MARGIN: Final = 1.3
_UNSTRATIFIED: Final = "it leaves out strata within which the arms are balanced"
_APPROXIMATE: Final = "chi-square is an approximation; 0.053 at n = 400"
_COMBINATION: Final = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))


def _equal(rng: np.random.Generator) -> tuple[int, ...]:
    t = trial(rng, 100, stratum_ratio=2.0)
    data = (t.time, t.event, t.arm)
    fit = cox_arm(*data, strata=t.stratum)
    weighted = [
        weighted_log_rank(*data, strata=t.stratum, weight=weight, rho=rho, gamma=gamma).p
        for weight, rho, gamma in (
            ("fleming-harrington", 1.0, 0.0),
            ("fleming-harrington", 0.0, 1.0),
            ("fleming-harrington", 1.0, 1.0),
            ("gehan-breslow", 0.0, 0.0),
            ("tarone-ware", 0.0, 0.0),
        )
    ]
    return (
        rejected(log_rank(*data).p),
        rejected(log_rank(*data, strata=t.stratum).p),
        *(rejected(p) for p in weighted),
        rejected(fit.p),
        rejected(fit.score_p),
        rejected(fit.lr_p),
        _max_combo(t),
    )


def _max_combo(t: Trial) -> int:
    """Whether MaxCombo rejects. Bounds are quicker than its integral, which is asked for where two leave that open.

    With A_j the event |Z_j| ≥ m, P(A_i ∪ A_j) ≤ p for every pair, and p ≤ Σ P(A_j) − Σ P(A_i ∩ A_j) over the edges of
    a tree (Hunter 1976).
    """

    def whole() -> int:
        return rejected(max_combo(t.time, t.event, t.arm, strata=t.stratum).p)

    single = [
        weighted_log_rank(t.time, t.event, t.arm, rho=rho, gamma=gamma, strata=t.stratum) for rho, gamma in _COMBINATION
    ]
    if any(s.status != "ok" for s in single):
        return whole()
    m = max(abs(s.z) for s in single)
    alone = math.erfc(m / math.sqrt(2.0))
    if alone >= 0.05:
        return MISS
    both = {}
    for i, j in ((0, 1), (0, 2), (0, 3)):
        pair = max_combo(t.time, t.event, t.arm, weights=(_COMBINATION[i], _COMBINATION[j]), strata=t.stratum)
        r = float(pair.correlation[0, 1])
        box = np.full(2, m)
        inner = float(multivariate_normal.cdf(box, cov=[[1.0, r], [r, 1.0]], lower_limit=-box, allow_singular=True))
        both[i, j] = 2.0 * alone - (1.0 - inner)
    slack = 1e-4  # far above the error of the bivariate integrals
    if 2.0 * alone - min(both.values()) > 0.05 + slack:
        return MISS
    if 4.0 * alone - sum(both.values()) < 0.05 - slack:
        return HIT
    return whole()


def _margin(rng: np.random.Generator) -> tuple[int, ...]:
    t = trial(rng, 200, hazard_ratio=_MARGIN, stratum_ratio=2.0)
    fit = cox_arm(t.time, t.event, t.arm, strata=t.stratum)
    result = noninferiority(fit.log_hr, fit.se, _MARGIN, alpha_one_sided=0.025, status=fit.status)
    return (rejected(result.p, 0.025),)


def _proportional(rng: np.random.Generator) -> tuple[int, ...]:
    t = trial(rng, 200, hazard_ratio=0.7, x_ratio=1.4)
    x = np.column_stack((t.arm, t.x))
    found = []
    for transform in ("km", "rank", "identity", "log"):
        tested = proportional_hazards(t.time, t.event, x, transform=transform)
        found += [rejected(float(tested.p[0])), rejected(tested.global_p)]
    by_time = arm_by_time(t.time, t.event, t.arm)
    return (*found, rejected(by_time.slope_p), rejected(by_time.lr_p))


def _several(rng: np.random.Generator) -> tuple[int, ...]:
    """Three covariates without effect, in two strata."""
    t = trial(rng, 100, stratum_ratio=2.0)
    x = np.column_stack((t.arm, t.x, rng.standard_normal(len(t.x))))
    fit = cox(t.time, t.event, x, strata=t.stratum)
    wald = float(fit.coef @ np.linalg.solve(fit.cov, fit.coef)) if fit.status == "ok" else math.nan
    return rejected(fit.lr_p), rejected(fit.score_p), rejected(float(chdtrc(3, wald)))


def _interaction(rng: np.random.Generator) -> tuple[int, ...]:
    n = 200
    arm, marker = halves(n), rng.integers(0, 3, n)
    hazard = 0.7**arm * 1.4**marker
    limit = rng.uniform(0.5, 2.5, n)
    time = rng.exponential(size=n) / hazard
    seen, event = np.minimum(time, limit), time <= limit
    return (
        rejected(treatment_by_marker(seen, event, arm, np.minimum(marker, 1)).p),
        rejected(treatment_by_marker(seen, event, arm, marker).p),
    )


def _scheduled(rng: np.random.Generator) -> tuple[int, ...]:
    """Events known to lie between two visits, the schedule the same in both arms."""
    t = trial(rng, 100, stratum_ratio=2.0)
    visits = 0.25
    low = np.floor(t.time / visits) * visits
    high = np.where(t.event, low + visits, np.inf)
    return (
        rejected(interval_score_test(low, high, t.arm).p),
        rejected(interval_score_test(low, high, t.arm, strata=t.stratum).p),
        rejected(interval_score_test(low, high, t.arm, scores="finkelstein").p),
        rejected(weibull_arm(low, high, t.arm).p),
    )


_ARMS: Final = "two equal arms, 2 strata (hazards 1 and 2), follow-up uniform on (0.5, 2.5)"
SCENARIOS: Final = (
    Scenario(
        "equal arms",
        _ARMS,
        "100",
        (
            rejection("Log-rank", why=_UNSTRATIFIED),
            rejection("Log-rank, stratified"),
            rejection("Fleming–Harrington (1, 0), stratified"),
            rejection("Fleming–Harrington (0, 1), stratified"),
            rejection("Fleming–Harrington (1, 1), stratified"),
            rejection("Gehan–Breslow, stratified"),
            rejection("Tarone–Ware, stratified"),
            rejection("Cox, stratified, Wald test"),
            rejection("Cox, stratified, score test"),
            rejection("Cox, stratified, likelihood-ratio test"),
            rejection("MaxCombo of four weights, stratified"),
        ),
        each(_equal),
    ),
    Scenario(
        "margin",
        f"two arms at the margin, hazard ratio {_MARGIN}, 2 strata, follow-up uniform on (0.5, 2.5)",
        "200",
        (rejection("Non-inferiority of the hazard ratio, one-sided", 0.025),),
        each(_margin),
    ),
    Scenario(
        "proportional",
        "two arms (hazard ratio 0.7), a normal covariate (1.4), follow-up uniform on (0.5, 2.5)",
        "200",
        (
            *(
                rejection(f"Grambsch–Therneau (cox.zph), {transform}, {what}")
                for transform in ("km", "rank", "identity", "log")
                for what in ("arm", "global")
            ),
            rejection("Arm × log t, Wald test"),
            rejection("Arm × log t, likelihood-ratio test"),
        ),
        each(_proportional),
    ),
    Scenario(
        "cox several",
        "three covariates without effect, 2 strata, follow-up uniform on (0.5, 2.5)",
        "100",
        (
            rejection(
                "Cox, three covariates, likelihood-ratio test",
                why=_APPROXIMATE,
            ),
            rejection("Cox, three covariates, score test", why=_APPROXIMATE),
            rejection("Cox, three covariates, Wald test", why=_APPROXIMATE),
        ),
        each(_several),
    ),
    Scenario(
        "interaction null",
        "two arms (hazard ratio 0.7 at every level), marker prognostic (1.4 a level), follow-up uniform on (0.5, 2.5)",
        "200",
        (
            rejection("Treatment × marker, two levels, likelihood-ratio test"),
            rejection("Treatment × marker, three levels, likelihood-ratio test"),
        ),
        each(_interaction),
    ),
    Scenario(
        "scheduled",
        f"{_ARMS}; visits four times a unit of time",
        "100",
        (
            rejection("Interval-censored score test (Sun)", why=_UNSTRATIFIED),
            rejection("Interval-censored score test (Sun), stratified"),
            rejection("Interval-censored score test (Finkelstein)", why=_UNSTRATIFIED),
            rejection("Weibull of interval-censored times, Wald test", why=_UNSTRATIFIED),
        ),
        each(_scheduled),
    ),
)
