"""Analysis of covariance: least-squares means of the arms and their differences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from csrbook.stats._cell_design import adjustments, arms_and_control, dependent_columns, interactions
from csrbook.stats._checks import confidence_level, numbers
from csrbook.stats._student import LinearEstimate, f_sf, linear_estimate, not_estimable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Ancova", "ArmDifference", "ArmMean", "ancova"]


@dataclass(frozen=True, slots=True)
class ArmMean:
    """Least-squares mean of an arm of ``n`` subjects."""

    arm: str
    n: int
    estimate: LinearEstimate


@dataclass(frozen=True, slots=True)
class ArmDifference:
    """Least-squares mean of an arm less that of the control."""

    arm: str
    control: str
    estimate: LinearEstimate


@dataclass(frozen=True, slots=True)
class Ancova:
    """A fitted model.

    Attributes
    ----------
    ls_means : tuple of ArmMean
        Arms in their order.
    differences : tuple of ArmDifference
        Each arm less the control.
    f, f_df, f_p : float
        Test that all LS means are equal; with ``f_df`` and ``df`` degrees of freedom.
    names, coefficients, vcov : tuple of str, ndarray, ndarray
        Columns of the design (LS means of the arms first) with their coefficients.
    sigma, r_squared : float
        Residual standard deviation; share of the variance about the mean explained.
    df, n : int
        Residual degrees of freedom, subjects.
    status : str
    """

    ls_means: tuple[ArmMean, ...]
    differences: tuple[ArmDifference, ...]
    f: float
    f_df: int
    f_p: float
    names: tuple[str, ...]
    coefficients: NDArray[np.float64]
    vcov: NDArray[np.float64]
    sigma: float
    r_squared: float
    df: int
    n: int
    confidence: float
    status: str


@dataclass(frozen=True, slots=True)
class _Fit:
    """Least squares with ``cells`` arm columns first; ``status`` tells why there is none."""

    coefficients: NDArray[np.float64]
    vcov: NDArray[np.float64]
    sigma: float
    r_squared: float
    df: int
    status: str


def ancova(
    response: ArrayLike,
    arm: ArrayLike,
    *,
    covariates: Mapping[str, ArrayLike] | None = None,
    factors: Mapping[str, ArrayLike] | None = None,
    by_arm: Collection[str] = (),
    arms: Sequence[Any] | None = None,
    control: Any = None,
    weights: str = "equal",
    at: Mapping[str, float] | None = None,
    confidence: float = 0.95,
) -> Ancova:
    r"""Linear model of arm, covariates and factors, with LS means over a reference population.

    .. math:: y_i = \mu_{a(i)} + (x_i - x_0)^T\beta + e_i, \qquad \widehat{LSM}_a = \hat\mu_a

    Parameters
    ----------
    response, arm : array_like
        One record a subject.
    covariates, factors : mapping of str to array_like, optional
        Numeric covariates and categorical factors by name.
    by_arm : collection of str
        Those of them whose effect differs by arm.
    arms : sequence, optional
        Levels in order; by default the sorted ones found.
    control : optional
        The arm to compare with; by default the last.
    weights : {"equal", "observed"}
        Whether the reference population has the levels of each factor equally often or as often as the subjects have.
    at : mapping of str to float, optional
        Values of covariates in the reference population, in place of their means.
    confidence : float

    Notes
    -----
    Source: Searle, Speed and Milliken 1980; Lenth 2016. SAS: ``proc glm; class arm sex; model y = arm base sex; lsmeans
    arm / diff cl`` (``weights="observed"``: ``lsmeans arm / om``). R: ``emmeans(lm(y ~ arm + base + sex), "arm")``
    (``weights = "proportional"``), ``pairs()`` without adjustment for multiplicity.

    Known differences: R's ``pairs`` adjusts the p-values of three arms or more for multiplicity unless told not to.

    Examples
    --------
    >>> fit = ancova([5.1, 6.0, 7.2, 4.0, 4.4, 6.1], ["T", "T", "T", "C", "C", "C"], arms=["T", "C"],
    ...              covariates={"base": [1.0, 2.0, 3.0, 1.0, 2.0, 3.5]})
    >>> change = fit.differences[0].estimate
    >>> round(change.estimate, 4), round(change.se, 4), change.df
    (1.4226, 0.2037, 3.0)
    """
    y = numbers(response, "response")
    n = len(y)
    codes, labels, reference = arms_and_control(arm, n, arms, control)
    confidence_level(confidence)
    found = adjustments(n, covariates, factors, weights, at)
    extra, extra_labels = interactions(found, by_arm, "by_arm", codes, labels)
    counts = np.bincount(codes, minlength=len(labels))
    present = np.flatnonzero(counts)
    x = np.hstack(((codes[:, None] == present).astype(np.float64), extra))
    names = tuple(labels[a] for a in present.tolist()) + extra_labels
    fit = _least_squares(x, y, names)

    def estimate(*signs: tuple[int, float]) -> LinearEstimate:
        for a, _ in signs:
            if not counts[a]:
                return not_estimable(confidence, f"no subjects in {labels[a]}")
        if fit.status != "ok":
            return not_estimable(confidence, fit.status)
        vector = np.zeros(len(names))
        for a, sign in signs:
            vector[int(np.searchsorted(present, a))] = sign
        variance = float(vector @ fit.vcov @ vector)
        return linear_estimate(float(vector @ fit.coefficients), variance, float(fit.df), confidence)

    f_df = max(len(present) - 1, 0)
    f = _equal_means(fit, f_df) if fit.status == "ok" and f_df else math.nan
    others = [a for a in range(len(labels)) if a != reference]
    return Ancova(
        ls_means=tuple(ArmMean(labels[a], int(counts[a]), estimate((a, 1.0))) for a in range(len(labels))),
        differences=tuple(
            ArmDifference(labels[a], labels[reference], estimate((a, 1.0), (reference, -1.0))) for a in others
        ),
        f=f,
        f_df=f_df,
        f_p=f_sf(f, f_df, fit.df),
        names=names,
        coefficients=fit.coefficients,
        vcov=fit.vcov,
        sigma=fit.sigma,
        r_squared=fit.r_squared,
        df=fit.df,
        n=n,
        confidence=confidence,
        status=fit.status,
    )


def _least_squares(x: NDArray[np.float64], y: NDArray[np.float64], names: tuple[str, ...]) -> _Fit:
    n, p = x.shape
    nan = math.nan
    dependent = dependent_columns(x) if n else []
    if not n or dependent or n <= p:
        reason = "no subjects" if not n else f"singular design: {', '.join(names[j] for j in dependent)}"
        if n and not dependent:
            reason = "no residual degrees of freedom"
        return _Fit(np.full(p, nan), np.full((p, p), nan), nan, nan, max(n - p, 0), reason)
    scale = np.sqrt((x**2).sum(axis=0))
    q, r = np.linalg.qr(x / scale)
    beta = np.linalg.solve(r, q.T @ y)
    residual = y - (x / scale) @ beta
    about_mean = float(((y - y.mean()) ** 2).sum())
    rss = float(residual @ residual)
    inverse = np.linalg.inv(r)
    sigma2 = rss / (n - p)
    vcov = sigma2 * (inverse @ inverse.T) / np.outer(scale, scale)
    if not rss > 1e-24 * float(y @ y):
        return _Fit(beta / scale, vcov, 0.0, nan, n - p, "the model fits the data exactly")
    return _Fit(beta / scale, vcov, math.sqrt(sigma2), 1.0 - rss / about_mean, n - p, "ok")


def _equal_means(fit: _Fit, f_df: int) -> float:
    """F statistic of the differences of the first ``f_df`` + 1 coefficients."""
    contrast = np.zeros((f_df, len(fit.coefficients)))
    contrast[:, 0] = -1.0
    contrast[np.arange(f_df), np.arange(1, f_df + 1)] = 1.0
    value = contrast @ fit.coefficients
    return float(value @ np.linalg.solve(contrast @ fit.vcov @ contrast.T, value)) / f_df
