"""ANCOVA, repeated measures, logistic regression, Rubin's rules, multiplicity, group-sequential tests."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit

from csrbook.stats.ancova import ancova
from csrbook.stats.logistic import logistic
from csrbook.stats.mmrm import mmrm
from csrbook.stats.multiplicity import benjamini_hochberg
from csrbook.stats.rubin import rubin
from tools.coverage.draws import halves
from tools.coverage.harness import Scenario, each, inside, interval, rejected, rejection

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SCENARIOS"]

_VISITS: Final = 4
_SPREAD: Final = np.array([1.0, 1.2, 1.4, 1.6])
# Unstructured: neither autoregressive nor compound symmetric.
_SIGMA: Final = np.outer(_SPREAD, _SPREAD) * np.array(
    [[1.0, 0.6, 0.5, 0.3], [0.6, 1.0, 0.7, 0.5], [0.5, 0.7, 1.0, 0.6], [0.3, 0.5, 0.6, 1.0]]
)
# Under an unstructured covariance "kenward-roger-linear" is "kenward-roger".
_METHODS: Final = {
    "kenward-roger": "Kenward–Roger (linear)",
    "kenward-roger-cholesky": "Kenward–Roger (Cholesky)",
    "satterthwaite": "Satterthwaite",
    "sandwich": "sandwich",
}
_CHOLESKY: Final = (
    "its correction takes the standard error down, not up (R's mmrm does the same); the linear form does not"
)
_SANDWICH: Final = "the sandwich is too small in small samples"
_STRUCTURE: Final = "the covariance is not compound symmetric; shown for contrast"


def _ancova(rng: np.random.Generator) -> tuple[int, ...]:
    n = 45
    arm = np.arange(n) % 3
    base, centre = rng.standard_normal(n), rng.integers(0, 2, n)
    y = 0.7 * base + 0.5 * centre + rng.standard_normal(n)
    fit = ancova(y, arm, covariates={"base": base}, factors={"centre": centre}, control=0)
    first = fit.differences[0].estimate
    return inside(first.lower, first.upper, 0.0), rejected(fit.f_p)


def _repeated(rng: np.random.Generator, n: int, methods: tuple[str, ...], covariance: str) -> tuple[int, ...]:
    """Visits lost by monotone dropout, at random given the response at the visit before."""
    arm = halves(n)
    base = rng.standard_normal(n)
    y = rng.multivariate_normal(np.zeros(_VISITS), _SIGMA, n, method="cholesky") + 0.5 * base[:, np.newaxis]
    stays = np.ones((n, _VISITS), dtype=bool)
    for visit in range(1, _VISITS):
        gone = rng.random(n) < expit(-2.8 + 0.5 * y[:, visit - 1])
        stays[:, visit] = stays[:, visit - 1] & ~gone
    row, visit = np.nonzero(stays)
    found: list[int] = []
    for method in methods:
        fit = mmrm(
            y[row, visit], row, visit, arm[row], covariates={"base": base[row]}, by_visit=["base"], control=0,
            covariance=covariance, method=method,
        )  # fmt: skip
        last = fit.differences[-1].estimate
        found += [inside(last.lower, last.upper, 0.0), rejected(last.p)]
    return tuple(found)


def _mmrm(n: int, methods: dict[str, str], covariance: str = "UN") -> Scenario:
    """``methods`` has the reason of a departure, or "", by method."""
    return Scenario(
        f"mmrm {n}" if covariance == "UN" else f"mmrm {covariance} {n}",
        "two equal arms, 4 visits, unstructured covariance, baseline × visit, monotone dropout at random (a fifth)",
        str(n),
        tuple(
            kind(f"MMRM ({covariance}) contrast at the last visit, {_METHODS[method]}", why=why)
            for method, why in methods.items()
            for kind in (interval, rejection)
        ),
        each(partial(_repeated, n=n, methods=tuple(methods), covariance=covariance)),
    )


def _logistic(rng: np.random.Generator, log_odds_ratio: float) -> tuple[int, ...]:
    n = 200
    arm, x = halves(n), rng.standard_normal(n)
    eta = -0.4 + 0.8 * x
    y = rng.random(n) < expit(eta + log_odds_ratio * arm)
    found = logistic(y, arm, covariates={"x": x}, arms=[1, 0])
    if found.status != "ok":
        raise AssertionError(found.status)
    effect = found.contrasts[0]
    if log_odds_ratio == 0.0:
        return rejected(effect.odds_ratio_p), rejected(effect.risk_difference_p), rejected(effect.risk_ratio_p)
    # The covariates count as fixed, so the truth is that of the subjects drawn.
    test, control = float(expit(eta + log_odds_ratio).mean()), float(expit(eta).mean())
    risk = found.risks[0].risk
    return (
        inside(effect.odds_ratio.lower, effect.odds_ratio.upper, float(np.exp(log_odds_ratio))),
        inside(risk.lower, risk.upper, test),
        inside(effect.risk_difference.lower, effect.risk_difference.upper, test - control),
        inside(effect.risk_ratio.lower, effect.risk_ratio.upper, test / control),
    )


def _pooled(rng: np.random.Generator) -> tuple[int, ...]:
    """Mean of normal values of which 30% are missing; proper imputation from the posterior, 10 times."""
    n, lost, m = 40, 12, 10
    seen = rng.standard_normal(n - lost)
    variance = seen.var(ddof=1) * (len(seen) - 1) / rng.chisquare(len(seen) - 1, m)
    mean = seen.mean() + np.sqrt(variance / len(seen)) * rng.standard_normal(m)
    drawn = mean[:, np.newaxis] + np.sqrt(variance)[:, np.newaxis] * rng.standard_normal((m, lost))
    complete: NDArray[np.float64] = np.hstack((np.broadcast_to(seen, (m, len(seen))), drawn))
    q, s = complete.mean(axis=1), complete.std(axis=1, ddof=1) / np.sqrt(n)
    found = rubin(q, s, df_complete=n - 1.0), rubin(q, s)
    return tuple(inside(f.lower, f.upper, 0.0) for f in found)


def _discoveries(rng: np.random.Generator) -> tuple[int, ...]:
    """Twenty true null hypotheses, independent: any rejection is a false discovery."""
    return (int(bool((benjamini_hochberg(rng.random(20)) <= 0.05).any())),)


SCENARIOS: Final = (
    Scenario(
        "ancova",
        "three equal arms, covariate and factor, normal errors",
        "45",
        (interval("ANCOVA, difference of LS means"), rejection("ANCOVA, F test of the arms")),
        each(_ancova),
    ),
    _mmrm(60, {"kenward-roger": "", "kenward-roger-cholesky": _CHOLESKY, "satterthwaite": ""}),
    _mmrm(24, {"kenward-roger": "", "kenward-roger-cholesky": _CHOLESKY, "satterthwaite": ""}),
    _mmrm(60, {"sandwich": _SANDWICH, "satterthwaite": _STRUCTURE}, "CS"),
    Scenario(
        "logistic",
        "two arms, covariate, conditional odds ratio 2",
        "200",
        (
            interval("Logistic, odds ratio, Wald limits"),
            interval("Logistic, standardised risk of an arm (g-computation)", why="symmetric limits; 0.950 at n = 800"),
            interval("Logistic, standardised risk difference"),
            interval("Logistic, standardised risk ratio"),
        ),
        each(partial(_logistic, log_odds_ratio=float(np.log(2.0)))),
    ),
    Scenario(
        "logistic null",
        "two equal arms, covariate",
        "200",
        (
            rejection("Logistic, odds ratio, Wald test"),
            rejection("Logistic, standardised risk difference, Wald test"),
            rejection("Logistic, standardised risk ratio, Wald test"),
        ),
        each(partial(_logistic, log_odds_ratio=0.0)),
    ),
    Scenario(
        "rubin",
        "mean of normal values, 30% missing, 10 proper imputations",
        "40",
        (
            interval("Rubin's rules, degrees of freedom of Barnard and Rubin"),
            interval("Rubin's rules, large-sample degrees of freedom"),
        ),
        each(_pooled),
    ),
    Scenario(
        "discoveries",
        "twenty independent true null hypotheses",
        "20 tests",
        (rejection("Benjamini–Hochberg, any false discovery"),),
        each(_discoveries),
    ),
)
