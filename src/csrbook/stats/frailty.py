"""Cox model with a gamma frailty shared by the subjects of a group (a site)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats._checks import confidence_level, encode, one_of, two_arm_times
from csrbook.stats._cox_newton import evaluate
from csrbook.stats._normal import chi2_sf, two_sided_p, z_critical
from csrbook.stats._risk_sets import risk_sets
from csrbook.stats._roots import falling_root
from csrbook.stats.cox import COX_TIES, cox_arm

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from csrbook.stats._risk_sets import RiskSets

__all__ = ["FrailtyArm", "frailty_arm"]

_SMALLEST: Final = 1e-6
_LARGEST: Final = 20.0
# A gain of the integrated log-likelihood below this is none: the variance is then 0.
_GAIN: Final = 1e-8


@dataclass(frozen=True, slots=True)
class FrailtyArm:
    """Hazard ratio of the test arm over the control arm, given the frailty of the group.

    Attributes
    ----------
    log_hr, se : float
        The standard error takes the variance of the frailty as known.
    hr, lower, upper, z, p : float
        Hazard ratio with Wald limits and test.
    theta : float
        Variance of the frailty (its mean is 1); 0 where the groups do not differ by more than chance.
    frailty : ndarray, shape (groups,)
        Predicted frailty of each group, in the order of the sorted names.
    groups : int
    loglik, loglik_null : float
        Integrated log-likelihood at ``theta``, and the partial one without frailty.
    lr_chi2, lr_p : float
        Likelihood-ratio test of ``theta`` = 0; its null distribution is a half of chi-square with 1 df and a half of 0.
    confidence : float
    ties, status : str
        ``status`` is ``"ok"``, or why there is no estimate (all estimates are NaN then).
    """

    log_hr: float
    se: float
    hr: float
    lower: float
    upper: float
    z: float
    p: float
    theta: float
    frailty: NDArray[np.float64]
    groups: int
    loglik: float
    loglik_null: float
    lr_chi2: float
    lr_p: float
    confidence: float
    ties: str
    status: str


def frailty_arm(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    group: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    ties: str = "efron",
    confidence: float = 0.95,
) -> FrailtyArm:
    r"""Cox model with the arm and a gamma frailty of the group, plain or stratified.

    .. math:: h_{sj}(t) = h_{0s}(t)\, u_j\, e^{\beta\,\mathrm{arm}}, \qquad
        u_j \sim \Gamma(1/\theta, 1/\theta)

    For a given θ the penalised partial likelihood :math:`\ell(\beta, \omega) + \sum_j(\omega_j - e^{\omega_j})/\theta`
    with :math:`\omega = \log u` is maximised; θ maximises the likelihood with the frailties integrated out, which is,
    with ν = 1/θ and d_j events in group j,

    .. math:: \ell(\hat\beta, \hat\omega) + \nu\sum_j \hat\omega_j + \sum_j\Bigl\{d_j
        + \nu\log\frac{\nu}{\nu + d_j} + \log\frac{\Gamma(\nu + d_j)}{\Gamma(\nu)} - d_j\log(\nu + d_j)\Bigr\}

    Parameters
    ----------
    time, event : array_like
        Times (not negative), and 1 for an event, 0 for a censored time.
    arm : array_like
        1 for the test arm, 0 for the control arm.
    group : array_like
        One label a subject (text or numbers): the site.
    strata : array_like, optional
        One label a subject.
    ties : {"efron", "breslow"}
    confidence : float

    Returns
    -------
    FrailtyArm
        ``status`` as that of :func:`csrbook.stats.cox.cox_arm`, or that there is one group only.

    Raises
    ------
    StatisticsError
        On a bad argument; see :func:`csrbook.stats.cox.cox_arm`.

    Notes
    -----
    Source: Therneau, Grambsch and Pankratz, J Comput Graph Stat 2003 (penalised form and integrated likelihood);
    Nielsen et al., Scand J Stat 1992; Self and Liang, JASA 1987 (test of a variance of 0). R: ``coxph(Surv(t, d) ~ arm
    + strata(s) + frailty(site, sparse = FALSE))``, whose standard error ``sqrt(var)`` this is. SAS: ``proc phreg;
    class site; model t*cnsr(1)=arm; random site / dist=gamma;``. Known differences: ``frailty(site)`` of more than five
    groups takes a sparse approximation of the information (standard error a little off) and stops its search for θ at a
    tolerance of 1e-5 or so.
    """
    one_of(ties, "ties", COX_TIES)
    half = z_critical(confidence_level(confidence))
    t, d, a = two_arm_times(time, event, arm)
    codes, _ = encode(strata, "strata", len(t))
    members, names = encode(group, "group", len(t))
    plain = cox_arm(t, d, a, strata=strata, ties=ties, confidence=confidence)
    status = plain.status if plain.status != "ok" else "one group only" if len(names) < 2 else "ok"
    if status != "ok":
        return _result(math.nan, math.nan, half, math.nan, np.full(len(names), math.nan), math.nan, plain.loglik,
                       confidence, ties, status)  # fmt: skip
    sets = risk_sets(t, d, codes, ties)
    design = np.column_stack([a.astype(np.float64), np.eye(len(names))[members]])[sets.order]
    model = _Penalised(sets, design, np.bincount(members[d], minlength=len(names)).astype(np.float64), plain.log_hr)
    theta = model.best()
    if model.integrated(theta) <= plain.loglik + _GAIN:
        return _result(plain.log_hr, plain.se, half, 0.0, np.ones(len(names)), plain.loglik, plain.loglik, confidence,
                       ties, "ok")  # fmt: skip
    loglik = model.integrated(theta)
    beta, variance = model.estimate, model.variance
    return _result(float(beta[0]), math.sqrt(variance), half, theta, np.exp(beta[1:]), loglik, plain.loglik, confidence,
                   ties, "ok")  # fmt: skip


class _Penalised:
    """The penalised likelihood of one data set; each fit starts at the estimate without frailty."""

    def __init__(self, sets: RiskSets, design: NDArray[np.float64], deaths: NDArray[np.float64], log_hr: float) -> None:
        self._sets, self._design, self._deaths = sets, design, deaths
        self._start = np.concatenate(([log_hr], np.zeros(len(deaths))))
        self.estimate, self.variance = self._start, math.nan

    def integrated(self, theta: float) -> float:
        """Integrated log-likelihood; leaves ``estimate`` and the ``variance`` of its first part."""
        from scipy.special import gammaln

        nu, deaths = 1.0 / theta, self._deaths
        loglik = self._fit(nu)
        terms = deaths + nu * np.log(nu / (nu + deaths)) - deaths * np.log(nu + deaths)
        terms += gammaln(nu + deaths) - gammaln(nu)
        return loglik + nu * float(self.estimate[1:].sum()) + float(terms.sum())

    def _fit(self, nu: float) -> float:
        """Newton's steps, halved while the penalised likelihood falls; the partial log-likelihood at the end."""
        beta = self._start
        loglik, score, curvature = self._at(beta, nu)
        for _ in range(60):
            step = np.linalg.solve(curvature, score)
            for _ in range(30):
                # Far off, where a risk set's weight underflows, the likelihood is not finite: that is a step too far.
                with np.errstate(over="ignore", invalid="ignore"):
                    trial = self._at(beta + step, nu)
                if math.isfinite(trial[0]) and trial[0] >= loglik - 1e-10 * (1.0 + abs(loglik)):
                    break
                step /= 2.0
            beta = beta + step
            loglik, score, curvature = trial
            if float(np.abs(step).max()) <= 1e-10:
                break
        self.estimate, self.variance = beta, float(np.linalg.inv(curvature)[0, 0])
        return loglik - self._penalty(beta, nu)

    def _penalty(self, beta: NDArray[np.float64], nu: float) -> float:
        return nu * float((beta[1:] - np.expm1(beta[1:])).sum())

    def _at(self, beta: NDArray[np.float64], nu: float) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        loglik, score, curvature = evaluate(self._sets, self._design, beta)
        u = np.exp(beta[1:])
        score = score.copy()
        score[1:] += nu * (1.0 - u)
        curvature = curvature + np.diag(np.concatenate(([0.0], nu * u)))
        return loglik + self._penalty(beta, nu), score, curvature

    def slope(self, log_theta: float) -> float:
        """Derivative of the integrated log-likelihood in log θ; that of the estimates within it is 0."""
        from scipy.special import digamma

        nu, deaths = math.exp(-log_theta), self._deaths
        self._fit(nu)
        omega = self.estimate[1:]
        terms = omega - np.expm1(omega) + np.log(nu / (nu + deaths)) + digamma(nu + deaths) - digamma(nu)
        return -nu * float(terms.sum())

    def best(self) -> float:
        """θ at the maximum: the root of the slope next to the best point of a coarse grid."""
        grid = np.linspace(math.log(_SMALLEST), math.log(_LARGEST), 18)
        values = [self.integrated(math.exp(point)) for point in grid.tolist()]
        place = int(np.argmax(values))
        low, high = float(grid[max(place - 1, 0)]), float(grid[min(place + 1, len(grid) - 1)])
        return math.exp(falling_root(self.slope, 0.0, low, high))


def _result(
    log_hr: float, se: float, half: float, theta: float, frailty: NDArray[np.float64], loglik: float, null: float,
    confidence: float, ties: str, status: str,
) -> FrailtyArm:  # fmt: skip
    z = log_hr / se
    chi2 = max(2.0 * (loglik - null), 0.0) if status == "ok" else math.nan
    return FrailtyArm(
        log_hr=log_hr,
        se=se,
        hr=math.exp(log_hr),
        lower=math.exp(log_hr - half * se),
        upper=math.exp(log_hr + half * se),
        z=z,
        p=two_sided_p(z),
        theta=theta,
        frailty=frailty,
        groups=len(frailty),
        loglik=loglik,
        loglik_null=null,
        lr_chi2=chi2,
        lr_p=1.0 if chi2 == 0.0 else chi2_sf(chi2, 1) / 2.0,
        confidence=confidence,
        ties=ties,
        status=status,
    )
