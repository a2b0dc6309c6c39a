"""Hazard ratio of the arms as a smooth function of a continuous marker: restricted cubic splines × arm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import (
    confidence_level,
    encode,
    numbers,
    numbers_or_missing,
    one_of,
    same_length,
    two_arm_times,
)
from csrbook.stats._normal import chi2_sf, z_critical
from csrbook.stats.cox import COX_TIES, cox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from csrbook.stats.cox import CoxFit

__all__ = ["SplineInteraction", "SplineTest", "harrell_knots", "restricted_cubic_spline", "spline_interaction"]

# Harrell 2015, table 2.3: quantiles of the marker at which the knots lie.
_QUANTILES: Final = {
    3: (0.10, 0.50, 0.90),
    4: (0.05, 0.35, 0.65, 0.95),
    5: (0.05, 0.275, 0.50, 0.725, 0.95),
    6: (0.05, 0.23, 0.41, 0.59, 0.77, 0.95),
    7: (0.025, 0.1833, 0.3417, 0.50, 0.6583, 0.8167, 0.975),
}


@dataclass(frozen=True, slots=True)
class SplineTest:
    """Likelihood-ratio test of some coefficients being 0."""

    chi2: float
    df: int
    p: float
    status: str


@dataclass(frozen=True, slots=True)
class SplineInteraction:
    """Cox model arm + spline + arm × spline.

    Attributes
    ----------
    knots : tuple of float
    coef, cov : ndarray, shapes (p,) and (p, p)
        Arm, the k − 1 columns of the spline, and their products with the arm; p = 2k − 1.
    interaction : SplineTest
        All products with the arm: does the hazard ratio depend on the marker at all? k − 1 degrees of freedom.
    nonlinear : SplineTest
        All curved columns, of the marker and of the interaction; 2(k − 2) degrees of freedom.
    nonlinear_interaction : SplineTest
        Curved columns of the interaction beside its linear one; k − 2 degrees of freedom.
    at : ndarray, shape (values,)
        Values of the marker at which the arms are compared.
    log_hr, se, hr, lower, upper : ndarray, shape (values,)
        Hazard ratio, test over control, there, with Wald limits at each value alone.
    inside : ndarray of bool, shape (values,)
        Whether the marker has been observed on both sides of the value, in both arms; elsewhere the curve is
        extrapolated.
    n, missing, events : int
        Subjects with and without the marker, and events among the former.
    confidence : float
    ties, status : str
    """

    knots: tuple[float, ...]
    coef: NDArray[np.float64]
    cov: NDArray[np.float64]
    interaction: SplineTest
    nonlinear: SplineTest
    nonlinear_interaction: SplineTest
    at: NDArray[np.float64]
    log_hr: NDArray[np.float64]
    se: NDArray[np.float64]
    hr: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    inside: NDArray[np.bool_]
    n: int
    missing: int
    events: int
    confidence: float
    ties: str
    status: str


def harrell_knots(marker: ArrayLike, *, knots: int = 4) -> tuple[float, ...]:
    """Knots at Harrell's quantiles of the known values.

    Parameters
    ----------
    marker : array_like
        NaN where missing.
    knots : int
        3 to 7. With fewer than 100 values the outer knots are Harrell's fifth smallest and fifth largest values.

    Raises
    ------
    StatisticsError
        If two knots fall on one value: the marker has too few distinct values for so many knots.

    Notes
    -----
    Source: Harrell, Regression Modeling Strategies, 2nd edition 2015, section 2.4.6. R: ``Hmisc::rcspline.eval(x, nk =
    4, knots.only = TRUE)``, and ``quantile(x, c(.05, .35, .65, .95))``. SAS: ``effect s = spline(x / basis=tpf(noint)
    naturalcubic knotmethod=percentilelist(5 35 65 95));``, whose percentiles are of another definition.
    """
    z = numbers_or_missing(marker, "marker")
    z = np.sort(z[~np.isnan(z)])
    if knots not in _QUANTILES:
        raise StatisticsError(f"knots is {knots!r}", "argument 'knots'", "give a number from 3 to 7")
    if len(z) < 2 * knots:
        raise StatisticsError(
            f"marker has {len(z)} known values for {knots} knots", "argument 'marker'", "take fewer knots"
        )
    found = np.quantile(z, _QUANTILES[knots])
    if len(z) < 100:
        outer = min(4, (len(z) - 1) // 2)
        found[0], found[-1] = z[outer], z[-1 - outer]
    if bool((np.diff(found) <= 0.0).any()):
        raise StatisticsError(
            f"knots fall on one value: {', '.join(f'{value:g}' for value in found)}",
            "argument 'marker'",
            "take fewer knots, or give them",
        )
    return tuple(found.tolist())


def restricted_cubic_spline(x: ArrayLike, knots: ArrayLike) -> NDArray[np.float64]:
    r"""Columns of a cubic spline that is linear beyond the outer knots: x, and k − 2 curved ones.

    .. math:: B_{j+1}(x) = \frac{(x - t_j)_+^3 - (x - t_{k-1})_+^3 \frac{t_k - t_j}{t_k - t_{k-1}} +
        (x - t_k)_+^3 \frac{t_{k-1} - t_j}{t_k - t_{k-1}}}{(t_k - t_1)^2}, \qquad j = 1, \dots, k - 2

    Parameters
    ----------
    x : array_like, shape (n,)
    knots : array_like
        Three or more, rising.

    Returns
    -------
    ndarray, shape (n, k − 1)

    Notes
    -----
    Source: Devlin and Weeks 1986; Harrell 2015, section 2.4.5. R: ``Hmisc::rcspline.eval(x, knots, inclx = TRUE)``.
    SAS: ``effect s = spline(x / basis=tpf(noint) naturalcubic knotmethod=list(...));``, another basis of the same
    curves.

    Examples
    --------
    >>> restricted_cubic_spline([0, 1, 2, 3], [0, 1, 2])[:, 1].tolist()
    [0.0, 0.25, 1.5, 3.0]
    """
    z = numbers(x, "x")
    t = numbers(knots, "knots")
    if len(t) < 3 or bool((np.diff(t) <= 0.0).any()):
        raise StatisticsError(f"knots are {t.tolist()}", "argument 'knots'", "give three or more rising values")

    def cube(knot: float) -> NDArray[np.float64]:
        result: NDArray[np.float64] = np.maximum(z - knot, 0.0) ** 3
        return result

    width = float(t[-1] - t[-2])
    last, before = cube(float(t[-1])), cube(float(t[-2]))
    curved = [
        (cube(knot) - before * (float(t[-1]) - knot) / width + last * (float(t[-2]) - knot) / width)
        / float(t[-1] - t[0]) ** 2
        for knot in t[:-2].tolist()
    ]
    return np.column_stack([z, *curved])


def spline_interaction(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    marker: ArrayLike,
    *,
    at: ArrayLike | None = None,
    knots: int | Sequence[float] = 4,
    strata: ArrayLike | None = None,
    ties: str = "efron",
    confidence: float = 0.95,
) -> SplineInteraction:
    r"""Cox model in which the arm's log hazard ratio is a restricted cubic spline of the marker.

    .. math:: h_s(t) = h_{0s}(t) \exp\{\mathrm{arm}\,\beta + B(m)'\gamma + \mathrm{arm}\,B(m)'\theta\}, \qquad
        \log \mathrm{HR}(m) = \beta + B(m)'\theta

    Parameters
    ----------
    time, event, arm : array_like, shape (n,)
        As in :func:`csrbook.stats.cox.cox_arm`.
    marker : array_like, shape (n,)
        NaN where missing: counted, and left out.
    at : array_like, optional
        Values of the marker at which the hazard ratio is given; the knots by default.
    knots : int or sequence of float
        Number of knots at Harrell's quantiles (:func:`harrell_knots`), or the knots.
    strata : array_like, optional
        Strata of the baseline hazard.
    ties : {"efron", "breslow"}
    confidence : float

    Returns
    -------
    SplineInteraction
        ``status`` tells why there is no estimate; a test has the status of the smaller model if that one failed.

    Raises
    ------
    StatisticsError
        On a bad argument.

    Notes
    -----
    Source: Harrell 2015, sections 2.4 and 2.7. R: ``f1 <- coxph(S ~ arm * B + strata(s))`` with B =
    ``Hmisc::rcspline.eval(m, knots, inclx = TRUE)``, ``anova(coxph(S ~ arm + B + strata(s)), f1)``, and the linear
    models likewise; or ``rms::cph(S ~ arm * rcs(m, 4) + strat(s))`` with ``contrast``. SAS: ``proc phreg; effect s =
    spline(m / naturalcubic knotmethod=list(...)); model t*cnsr(1)=arm|s / ties=efron; hazardratio arm / at (m=...);``.
    """
    t, d, a = two_arm_times(time, event, arm)
    codes, _ = encode(strata, "strata", len(t))
    one_of(ties, "ties", COX_TIES)
    confidence_level(confidence)
    z = numbers_or_missing(marker, "marker")
    same_length(len(t), marker=z)
    known = ~np.isnan(z)
    places = harrell_knots(z, knots=knots) if isinstance(knots, int) else tuple(float(value) for value in knots)
    points = np.array(places) if at is None else numbers(at, "at")
    t, d, a, codes, z = t[known], d[known], a[known], codes[known], z[known]
    # Another origin and unit of the marker: cubes of a marker far from 0 would cost Newton's method its digits.
    origin, unit = places[0], places[-1] - places[0]
    basis = restricted_cubic_spline((z - origin) / unit, (np.array(places) - origin) / unit)
    curve = restricted_cubic_spline((points - origin) / unit, (np.array(places) - origin) / unit)
    side = a.astype(np.float64)[:, np.newaxis]
    width = basis.shape[1]

    def fit(*parts: NDArray[np.float64]) -> CoxFit:
        return cox(t, d, np.hstack(parts), strata=codes, ties=ties)

    full = fit(side, basis, side * basis)
    log_hr = np.full(len(points), np.nan)
    se = np.full(len(points), np.nan)
    coef, cov = full.coef, full.cov
    if full.status == "ok":
        contrast = np.hstack([np.ones((len(points), 1)), np.zeros((len(points), width)), curve])
        log_hr = contrast @ full.coef
        se = np.sqrt(np.einsum("ij,jk,ik->i", contrast, full.cov, contrast))
        back = _original(width, origin, unit)
        coef, cov = back @ full.coef, back @ full.cov @ back.T
    half = z_critical(confidence) * se
    with np.errstate(over="ignore"):
        hr, lower, upper = np.exp(log_hr), np.exp(log_hr - half), np.exp(log_hr + half)
    linear = basis[:, :1]
    return SplineInteraction(
        knots=places,
        coef=coef,
        cov=cov,
        interaction=_test(full, fit(side, basis), width),
        nonlinear=_test(full, fit(side, linear, side * linear), 2 * (width - 1)),
        nonlinear_interaction=_test(full, fit(side, basis, side * linear), width - 1),
        at=points,
        log_hr=log_hr,
        se=se,
        hr=hr,
        lower=lower,
        upper=upper,
        inside=_inside(points, z, a),
        n=len(t),
        missing=int((~known).sum()),
        events=int(d.sum()),
        confidence=confidence,
        ties=ties,
        status=full.status,
    )


def _original(width: int, origin: float, unit: float) -> NDArray[np.float64]:
    """Coefficients of the columns in the marker's own unit, from those of the columns in (marker − origin)/unit.

    The linear column shifts and scales; a curved one, of third degree over a square, only scales.
    """
    size = 1 + 2 * width
    back = np.eye(size)
    scaled = list(range(1, size))
    back[scaled, scaled] = 1.0 / unit
    back[0, 1 + width] = -origin / unit
    return back


def _test(full: CoxFit, smaller: CoxFit, df: int) -> SplineTest:
    status = full.status if full.status != "ok" else smaller.status
    chi2 = max(2.0 * (full.loglik - smaller.loglik), 0.0) if status == "ok" else math.nan
    return SplineTest(chi2, df, chi2_sf(chi2, df), status)


def _inside(points: NDArray[np.float64], z: NDArray[np.float64], arm: NDArray[np.bool_]) -> NDArray[np.bool_]:
    result = np.ones(len(points), dtype=bool)
    for side in (arm, ~arm):
        if not bool(side.any()):
            return np.zeros(len(points), dtype=bool)
        result &= (points >= z[side].min()) & (points <= z[side].max())
    return result
