"""Synthesis test: whether the test treatment preserves a fraction of the control's effect over the reference."""

from __future__ import annotations

import math
from dataclasses import dataclass

from csrbook.errors import StatisticsError
from csrbook.stats._normal import normal_cdf

__all__ = ["PreservedFraction", "preserved_fraction"]


@dataclass(frozen=True, slots=True)
class PreservedFraction:
    """Synthesis test of one fraction.

    Attributes
    ----------
    fraction, log_hr_control, se_control : float
        The fraction preserved, and the assumed log hazard ratio of control to reference with its standard error.
    z, p : float
        Statistic and one-sided p-value; a small p speaks for preservation.
    status : str
        ``"ok"``, or why there is no test.
    """

    fraction: float
    log_hr_control: float
    se_control: float
    z: float
    p: float
    status: str


def preserved_fraction(
    log_hr: float, se: float, log_hr_control: float, se_control: float, fraction: float, *, status: str = "ok"
) -> PreservedFraction:
    r"""Test that more than a fraction of the control's effect is preserved.

    .. math:: z = \frac{\hat\beta + (1 - \lambda)\gamma}
        {\sqrt{\mathrm{SE}_\beta^2 + (1 - \lambda)^2\mathrm{SE}_\gamma^2}}

    Parameters
    ----------
    log_hr, se : float
        Log hazard ratio :math:`\hat\beta` of test to control and its standard error.
    log_hr_control, se_control : float
        Log hazard ratio :math:`\gamma` of control to reference (below 0 where control is better), and its standard
        error.
    fraction : float
        :math:`\lambda` from 0 to 1.
    status : str
        Of the fit that gave ``log_hr``; anything but ``"ok"`` gives no test.

    Notes
    -----
    The hypothesis is :math:`\beta \ge -(1 - \lambda)\gamma`: the test treatment loses more than :math:`1 - \lambda` of
    the effect. It rests on the constancy of the control's effect between the historical trials and this one. Source:
    Rothmann et al. 2003, Statistics in Medicine 22:239. SAS: a data step from ``PHREG``'s estimate. R: ``pnorm`` of the
    same expression.

    Examples
    --------
    >>> result = preserved_fraction(-0.1, 0.12, -0.3, 0.1, 0.5)
    >>> round(result.z, 4), round(result.p, 4)
    (-1.9231, 0.0272)
    """
    if not 0.0 <= fraction <= 1.0:
        raise StatisticsError(f"fraction is {fraction}", "argument 'fraction'", "give a fraction from 0 to 1")
    if not (se_control >= 0.0 and math.isfinite(se_control) and math.isfinite(log_hr_control)):
        raise StatisticsError(
            f"se_control is {se_control}, log_hr_control {log_hr_control}",
            "argument 'se_control'",
            "give a finite effect and a standard error from 0",
        )
    if status == "ok" and not (math.isfinite(log_hr) and se > 0.0):
        status = "the hazard ratio has no standard error"
    if status != "ok":
        return PreservedFraction(fraction, log_hr_control, se_control, math.nan, math.nan, status)
    z = (log_hr + (1.0 - fraction) * log_hr_control) / math.hypot(se, (1.0 - fraction) * se_control)
    return PreservedFraction(fraction, log_hr_control, se_control, z, normal_cdf(z), "ok")
