"""Event times with a planned marginal distribution in spite of covariates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "exponential_rate",
    "marginal_weibull",
    "mixture_survival",
    "scale_for_median",
    "weibull_quantile",
    "weibull_scale",
]

Floats = NDArray[np.float64]


def weibull_scale(median: float, shape: float) -> float:
    """Scale of the Weibull distribution with this median: ``median / (ln 2)^(1/shape)``.

    Parameterised as S(t) = exp(−(t/scale)^shape), as in SAS ``RAND('WEIBULL', shape, scale)`` and in R
    ``rweibull(n, shape, scale)``.
    """
    return float(median / np.log(2.0) ** (1.0 / shape))


def weibull_quantile(survival: Floats, median: float, shape: float) -> Floats:
    """Time at which a Weibull survival function takes the given value."""
    return np.asarray(weibull_scale(median, shape) * (-np.log(survival)) ** (1.0 / shape), dtype=np.float64)


def exponential_rate(proportion: float, period: float = 1.0) -> float:
    """Hazard at which ``proportion`` of subjects have the event within ``period``: ``−ln(1 − proportion) / period``."""
    return float(-np.log1p(-proportion) / period)


def mixture_survival(cumulative: Floats, log_hazard: Floats, bins: int = 400) -> Floats:
    """Marginal survival at cumulative baseline hazards, averaged over a population's relative hazards.

    G(h) = mean over subjects of exp(−h·exp(η)), the Laplace transform of the relative hazard. The subjects are
    binned by η (width about 0.01 for the usual spread), which changes G by less than 1e−4.
    """
    counts, edges = np.histogram(log_hazard, bins=bins)
    centre = np.exp(0.5 * (edges[:-1] + edges[1:]))
    return np.asarray(np.exp(-np.outer(cumulative, centre)) @ (counts / counts.sum()), dtype=np.float64)


def marginal_weibull(
    exponential: Floats, log_hazard: Floats, reference: Floats, median: float, shape: float, points: int = 600
) -> Floats:
    """Event times whose hazards are proportional in the covariates and whose marginal distribution is Weibull.

    Parameters
    ----------
    exponential : array
        Unit exponential draws, one a subject.
    log_hazard : array
        Linear predictor η of each subject.
    reference : array
        Linear predictors of a large reference population of the same arm; it defines "marginal".
    median, shape : float
        Of the marginal Weibull distribution.

    Returns
    -------
    array
        Times in the unit of ``median``.

    Notes
    -----
    h = E·exp(−η) has survival exp(−h·exp(η)) given η and G(h) over the population. The time is the common monotone
    transform T = S⁻¹(G(h)), so that subjects of one arm keep their hazard ratios exp(η_i − η_j) exactly while S is the
    survival function of the arm as a whole. Drawing Weibull times with η in the scale instead would shift the
    marginal median and, by non-collapsibility, draw the marginal hazard ratio towards one.
    """
    baseline = exponential * np.exp(-log_hazard)
    grid = np.exp(np.linspace(np.log(1e-6), np.log(60.0 * np.exp(np.max(np.abs(reference)))), points))
    log_survival = np.log(np.maximum(mixture_survival(grid, reference), 1e-300))
    # log(-log G) is nearly linear in log h, so that linear interpolation between 600 points is accurate to about 1e-5
    transformed = np.interp(np.log(baseline), np.log(grid), np.log(-log_survival))
    return weibull_quantile(np.exp(-np.exp(transformed)), median, shape)


def scale_for_median(
    times: Callable[[float], Floats], median: float, low: float, high: float, steps: int = 40
) -> float:
    """Scale for which the median of ``times(scale)`` is the planned one, by bisection.

    Raises
    ------
    ValueError
        If the planned median does not lie between the medians at ``low`` and ``high``.
    """
    if not np.median(times(low)) <= median <= np.median(times(high)):
        msg = f"a median of {median:g} cannot be reached with a scale between {low:g} and {high:g}"
        raise ValueError(msg)
    for _ in range(steps):
        middle = 0.5 * (low + high)
        if np.median(times(middle)) < median:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
