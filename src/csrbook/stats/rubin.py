"""Rubin's rules: one estimate from those of several imputed data sets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr, stdtrit

from csrbook.errors import StatisticsError
from csrbook.stats._checks import confidence_level, positive, same_length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Pooled", "rubin"]


@dataclass(frozen=True, slots=True)
class Pooled:
    """An estimate over imputations.

    Attributes
    ----------
    estimate, se : float
    lower, upper : float
        Limits by the t distribution with ``df`` degrees of freedom.
    t, p : float
        Test of 0, two-sided p-value.
    df : float
        Degrees of freedom; infinity where the imputations do not differ and none were given for complete data.
    within, between : float
        Mean of the variances, and variance of the estimates.
    missing_information : float
        Share of the variance that the missing data bring, (1 + 1/m)·between / total.
    imputations : int
    status : str
        ``"ok"``, or how many imputations have no estimate (all numbers are NaN then).
    """

    estimate: float
    se: float
    lower: float
    upper: float
    t: float
    p: float
    df: float
    within: float
    between: float
    missing_information: float
    imputations: int
    status: str


def rubin(
    estimates: ArrayLike, standard_errors: ArrayLike, *, confidence: float = 0.95, df_complete: float = math.inf
) -> Pooled:
    r"""Pool m estimates by Rubin's rules.

    .. math:: \bar q = \tfrac1m\sum q_i,\quad W = \tfrac1m\sum s_i^2,\quad B = \tfrac1{m-1}\sum (q_i - \bar q)^2,\quad
        T = W + (1 + \tfrac1m) B

    .. math:: \nu_m = (m - 1)/\lambda^2,\quad \lambda = (1 + \tfrac1m) B / T,\qquad
        \nu = \Bigl(\frac1{\nu_m} + \frac{\nu_0 + 3}{(\nu_0 + 1)\,\nu_0 (1 - \lambda)}\Bigr)^{-1}

    with :math:`\nu_0` the degrees of freedom of the complete data; :math:`\nu = \nu_m` where they are infinite.

    Parameters
    ----------
    estimates, standard_errors : array_like, shape (m,)
        At least two; NaN where an imputation has no estimate, and then nothing is pooled.
    confidence : float
    df_complete : float
        Degrees of freedom that complete data would have; infinite for large samples (Cox models).

    Returns
    -------
    Pooled

    Raises
    ------
    StatisticsError
        On fewer than two estimates, unequal lengths, infinite values or standard errors not above 0.

    Notes
    -----
    Source: Rubin 1987, chapter 3; Barnard and Rubin, Biometrika 1999 (small samples). SAS: ``proc mianalyze``
    (``edf=`` is ``df_complete``). R: ``mice::pool.scalar(q, s^2)`` (its default n is infinite).

    Examples
    --------
    >>> pooled = rubin([1, 2, 3], [1, 1, 1])
    >>> round(pooled.estimate, 4), round(pooled.se**2, 4), round(pooled.df, 4)
    (2.0, 2.3333, 6.125)
    """
    confidence_level(confidence)
    if not (isinstance(df_complete, float) and math.isinf(df_complete)):
        positive(df_complete, "df_complete")
    q, s = (np.asarray(v, dtype=np.float64) for v in (estimates, standard_errors))
    m = len(q)
    if m < 2:
        raise StatisticsError(
            f"there are {m} estimates", "argument 'estimates'", "give those of two imputations or more"
        )
    same_length(m, standard_errors=s)
    lost = np.isnan(q) | np.isnan(s)
    if bool(np.isinf(q).any()) or not bool((np.isfinite(s[~lost]) & (s[~lost] > 0.0)).all()):
        raise StatisticsError(
            "an estimate is infinite or a standard error not above 0",
            "arguments 'estimates' and 'standard_errors'",
            "give NaN where an imputation has no estimate",
        )
    if bool(lost.any()):
        nan = math.nan
        status = f"{int(lost.sum())} of {m} imputations have no estimate"
        return Pooled(nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, m, status)
    estimate, within, between = float(q.mean()), float((s * s).mean()), float(q.var(ddof=1))
    extra = (1.0 + 1.0 / m) * between
    total = within + extra
    share = extra / total
    df = (m - 1) / share**2 if share > 0.0 else math.inf
    if math.isfinite(df_complete):
        observed = (df_complete + 1.0) / (df_complete + 3.0) * df_complete * (1.0 - share)
        df = 1.0 / (1.0 / df + 1.0 / observed)
    se = math.sqrt(total)
    # A t distribution with this many degrees of freedom is normal to the last digit.
    reach = min(df, 1e15)
    half = float(stdtrit(reach, 0.5 + confidence / 2.0)) * se
    t = estimate / se
    p = float(2.0 * stdtr(reach, -abs(t)))
    return Pooled(estimate, se, estimate - half, estimate + half, t, p, df, within, between, share, m, "ok")
