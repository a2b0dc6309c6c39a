"""Test of non-inferiority of a log hazard ratio against a margin."""

from __future__ import annotations

import math
from dataclasses import dataclass

from csrbook.errors import StatisticsError
from csrbook.stats._checks import positive, probability
from csrbook.stats._normal import normal_cdf, normal_quantile

__all__ = ["NonInferiorityTest", "noninferiority"]


@dataclass(frozen=True, slots=True)
class NonInferiorityTest:
    """Non-inferiority of a hazard ratio (test over control; lower is better).

    Attributes
    ----------
    hazard_ratio : float
    margin : float
    alpha_one_sided : float
    z, p : float
        Wald statistic and its one-sided p-value.
    lower, upper : float
        Limits of the hazard ratio at level 1 − 2·alpha_one_sided.
    met : bool
        Whether ``upper`` is below the margin, which is the same as p < alpha_one_sided.
    status : str
        ``"ok"``, or why there is no test; ``met`` is False then.
    """

    hazard_ratio: float
    margin: float
    alpha_one_sided: float
    z: float
    p: float
    lower: float
    upper: float
    met: bool
    status: str


def noninferiority(
    log_hr: float, se: float, margin: float, *, alpha_one_sided: float, status: str = "ok"
) -> NonInferiorityTest:
    r"""Test H0: HR ≥ margin against H1: HR < margin.

    .. math:: z = \frac{\log\widehat{HR} - \log\delta}{\mathrm{SE}}, \qquad p = \Phi(z)

    Parameters
    ----------
    log_hr, se : float
        Log hazard ratio of test over control and its standard error; NaN where it was not estimable.
    margin : float
        The margin δ as a hazard ratio, above 0.
    alpha_one_sided : float
        One-sided level; the interval has level 1 − 2α.
    status : str
        The status of the estimate, handed on where it is NaN.

    Returns
    -------
    NonInferiorityTest

    Raises
    ------
    StatisticsError
        On an infinite estimate, a standard error not above 0, a margin not above 0, or a level outside (0, 1/2).

    Notes
    -----
    Source: Schoenfeld 1981; Rothmann et al., Stat Med 2003. SAS: ``proc phreg; hazardratio``, with the upper limit read
    against the margin. R: ``pnorm((coef(m) - log(margin)) / sqrt(vcov(m)))``.
    """
    positive(margin, "margin")
    probability(2.0 * probability(alpha_one_sided, "alpha_one_sided"), "alpha_one_sided")
    if math.isnan(log_hr) or math.isnan(se):
        reason = status if status != "ok" else "the hazard ratio is not estimable"
        nan = math.nan
        return NonInferiorityTest(nan, margin, alpha_one_sided, nan, nan, nan, nan, False, reason)
    if not math.isfinite(log_hr):
        raise StatisticsError("log_hr is infinite", "argument 'log_hr'", "give NaN where it is not estimable")
    positive(se, "se")
    z = (log_hr - math.log(margin)) / se
    half = normal_quantile(1.0 - alpha_one_sided) * se
    upper = math.exp(log_hr + half)
    return NonInferiorityTest(
        hazard_ratio=math.exp(log_hr),
        margin=margin,
        alpha_one_sided=alpha_one_sided,
        z=z,
        p=normal_cdf(z),
        lower=math.exp(log_hr - half),
        upper=upper,
        met=upper < margin,
        status="ok",
    )
