"""Group-sequential designs: error spending, boundaries, their exit probabilities, conditional power."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr

from csrbook.errors import StatisticsError
from csrbook.stats._checks import numbers, one_of, positive, probability
from csrbook.stats._normal import normal_cdf, normal_quantile
from csrbook.stats._roots import falling_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Boundaries",
    "classical_boundaries",
    "conditional_power",
    "drift_for_power",
    "exit_probabilities",
    "spending",
    "spending_boundaries",
]

SPENDING: Final = ("obrien-fleming", "pocock", "hwang-shih-decani")
# Statistics below −_FAR or a boundary above _FAR have no weight that a float could hold.
_FAR: Final = 9.0
_NODES: Final = 500


@dataclass(frozen=True, slots=True)
class Boundaries:
    """One-sided efficacy boundaries: stop at look k where Z_k ≥ ``critical_z[k]``.

    Attributes
    ----------
    information : ndarray
        Information fractions of the looks, the last 1 (or less, where the last look has not come).
    critical_z, nominal_p : ndarray
        Boundary and its one-sided nominal p-value.
    alpha_spent : ndarray
        Type I error spent up to each look.
    alpha_one_sided : float
    kind : str
    """

    information: NDArray[np.float64]
    critical_z: NDArray[np.float64]
    nominal_p: NDArray[np.float64]
    alpha_spent: NDArray[np.float64]
    alpha_one_sided: float
    kind: str


def spending(fraction: float, *, alpha_one_sided: float, kind: str = "obrien-fleming", gamma: float = -4.0) -> float:
    r"""Type I error spent at an information fraction t.

    ``obrien-fleming``: :math:`2 - 2\Phi(z_{1-\alpha/2}/\sqrt t)`; ``pocock``: :math:`\alpha\log(1 + (e-1)t)`;
    ``hwang-shih-decani``: :math:`\alpha(1-e^{-\gamma t})/(1-e^{-\gamma})`.

    Source: Lan and DeMets, Biometrika 1983; Hwang, Shih and DeCani, Stat Med 1990. R: ``gsDesign::sfLDOF``,
    ``sfLDPocock``, ``sfHSD``. SAS: ``proc seqdesign; errspend``.
    """
    alpha = probability(alpha_one_sided, "alpha_one_sided")
    one_of(kind, "kind", SPENDING)
    if not math.isfinite(gamma):
        raise StatisticsError(f"gamma is {gamma!r}", "argument 'gamma'", "give a finite number")
    if not fraction > 0.0:
        return 0.0
    t = min(fraction, 1.0)
    if kind == "obrien-fleming":
        return 2.0 * normal_cdf(-normal_quantile(1.0 - alpha / 2.0) / math.sqrt(t))
    if kind == "pocock":
        return alpha * math.log1p(math.expm1(1.0) * t)
    return alpha * t if gamma == 0.0 else alpha * math.expm1(-gamma * t) / math.expm1(-gamma)


def spending_boundaries(
    information: ArrayLike, *, alpha_one_sided: float, kind: str = "obrien-fleming", gamma: float = -4.0
) -> Boundaries:
    """Boundaries of an error-spending design, by numerical integration.

    Parameters
    ----------
    information : array_like
        Information fractions of the looks, rising, above 0 and at most 1 (events so far over events planned).
    alpha_one_sided : float
    kind : {"obrien-fleming", "pocock", "hwang-shih-decani"}
    gamma : float
        Parameter of Hwang, Shih and DeCani.

    Notes
    -----
    Source: Armitage, McPherson and Rowe 1969; Jennison and Turnbull 2000, chapter 19. R: ``gsDesign(sfu = sfLDOF)``,
    ``rpact::getDesignGroupSequential(typeOfDesign = "asOF")``.

    Examples
    --------
    >>> spending_boundaries([1 / 3, 2 / 3, 1], alpha_one_sided=0.025).critical_z.round(4).tolist()
    [3.7103, 2.5114, 1.993]
    """
    t = _information(information)
    spent = np.array(
        [spending(x, alpha_one_sided=alpha_one_sided, kind=kind, gamma=gamma) for x in t.tolist()], dtype=np.float64
    )
    critical = np.empty(len(t))
    density = _Density(t, 0.0)
    before = 0.0
    for k, total in enumerate(spent.tolist()):
        now, before = total - before, total
        critical[k] = falling_root(density.exit_at(k), now, -_FAR, _FAR)
        density.advance(k, float(critical[k]))
    return Boundaries(t, critical, ndtr(-critical), spent, alpha_one_sided, kind)


def classical_boundaries(looks: int, *, alpha_one_sided: float, kind: str = "obrien-fleming") -> Boundaries:
    r"""Boundaries of Pocock (constant) and of O'Brien and Fleming (:math:`c\sqrt{K/k}`) at equally spaced looks.

    Notes
    -----
    Source: Pocock 1977; O'Brien and Fleming 1979; Jennison and Turnbull 2000, tables 2.1 and 2.3. R:
    ``rpact::getDesignGroupSequential(typeOfDesign = "OF")`` or ``"P"``.
    """
    alpha = probability(alpha_one_sided, "alpha_one_sided")
    one_of(kind, "kind", ("obrien-fleming", "pocock"))
    if not isinstance(looks, int) or not 1 <= looks <= 50:
        raise StatisticsError(f"looks is {looks!r}", "argument 'looks'", "give a whole number from 1 to 50")
    t = np.arange(1, looks + 1) / looks
    shape = 1.0 / np.sqrt(t) if kind == "obrien-fleming" else np.ones(looks)
    constant = falling_root(lambda c: float(exit_probabilities(c * shape, t).sum()), alpha, 0.0, _FAR)
    critical = constant * shape
    return Boundaries(t, critical, ndtr(-critical), np.cumsum(exit_probabilities(critical, t)), alpha, kind)


def exit_probabilities(critical_z: ArrayLike, information: ArrayLike, *, drift: float = 0.0) -> NDArray[np.float64]:
    r"""Probability of stopping at each look, where :math:`Z_k \sim N(\theta\sqrt{t_k}, 1)` with θ = ``drift``.

    Their sum is the type I error at drift 0 and the power at the drift of the alternative: for a hazard ratio,
    :math:`\theta = |\log\delta - \log HR|\sqrt{w(1-w)d}` with d the events at full information.
    """
    t = _information(information)
    critical = numbers(critical_z, "critical_z")
    if len(critical) != len(t):
        raise StatisticsError(
            f"critical_z has {len(critical)} values, information {len(t)}", "argument 'critical_z'", "one for each look"
        )
    if not math.isfinite(drift):
        raise StatisticsError(f"drift is {drift!r}", "argument 'drift'", "give a finite number")
    density = _Density(t, drift)
    result = np.empty(len(t))
    for k, limit in enumerate(critical.tolist()):
        result[k] = density.exit_at(k)(limit)
        density.advance(k, limit)
    return result


def drift_for_power(boundaries: Boundaries, power: float) -> float:
    """Drift at which a design has a power; its square over that of the fixed design is the inflation of the events.

    Notes
    -----
    Source: Jennison and Turnbull 2000, section 7.2. R: ``rpact::getDesignCharacteristics(design)`` (``shift`` is its
    square). SAS: ``proc seqdesign`` (Drift of the method information).

    Examples
    --------
    >>> design = spending_boundaries([0.6, 1.0], alpha_one_sided=0.025)
    >>> round(drift_for_power(design, 0.8), 4)
    2.8135
    """
    wanted = probability(power, "power")
    critical, t = boundaries.critical_z, boundaries.information
    return -falling_root(lambda x: float(exit_probabilities(critical, t, drift=-x).sum()), wanted, -12.0, 0.0)


def conditional_power(z: float, information: float, *, critical_z: float, drift: float | None = None) -> float:
    r"""Probability that the final statistic crosses ``critical_z``, given the interim one.

    .. math:: \Phi\left(\frac{z\sqrt t + \theta(1-t) - c}{\sqrt{1-t}}\right)

    Parameters
    ----------
    z : float
        Interim statistic, large where the test arm is better.
    information : float
        Information fraction t, between 0 and 1.
    critical_z : float
        Final boundary.
    drift : float, optional
        θ for the rest of the trial: 0 under the null, :math:`z_{1-\alpha}+z_{1-\beta}` under the design; by default the
        current trend :math:`z/\sqrt t`.

    Notes
    -----
    Source: Lan and Wittes, Biometrics 1988 (B-value). R: ``gsDesign::gsCP``, ``rpact::getConditionalPower``.
    SAS: ``proc seqtest condpower``.
    """
    t = probability(information, "information")
    theta = z / math.sqrt(t) if drift is None else drift
    for name, value in (("z", z), ("critical_z", critical_z), ("drift", theta)):
        if not math.isfinite(value):
            raise StatisticsError(f"{name} is {value!r}", f"argument {name!r}", "give a finite number")
    return normal_cdf((z * math.sqrt(t) + theta * (1.0 - t) - critical_z) / math.sqrt(1.0 - t))


class _Density:
    """Sub-density of Z_k among trials that have not stopped, on Gauss–Legendre nodes, carried from look to look."""

    def __init__(self, information: NDArray[np.float64], drift: float) -> None:
        self._t = information
        self._drift = drift
        self._z = np.empty(0)
        self._mass = np.empty(0)

    def exit_at(self, k: int) -> Callable[[float], float]:
        """Probability of reaching look k and being at or above a limit there, as a function of the limit."""
        t, drift = self._t, self._drift
        if k == 0:
            shift = drift * math.sqrt(t[0])
            return lambda limit: normal_cdf(shift - limit)
        step = float(t[k] - t[k - 1])
        mean = self._z * math.sqrt(t[k - 1]) + drift * step
        return lambda limit: float(np.dot(self._mass, ndtr((mean - limit * math.sqrt(t[k])) / math.sqrt(step))))

    def advance(self, k: int, limit: float) -> None:
        """Go on to look k: density of Z_k below its limit."""
        t, drift = self._t, self._drift
        centre = drift * math.sqrt(t[k])
        low, high = centre - _FAR, min(limit, centre + _FAR)
        node, weight = _legendre()
        if high <= low:
            self._z, self._mass = np.array([low]), np.array([0.0])
            return
        z = low + (high - low) * (node + 1.0) / 2.0
        width = weight * (high - low) / 2.0
        if k == 0:
            density = np.exp(-0.5 * (z - centre) ** 2) / math.sqrt(2.0 * math.pi)
        else:
            step = float(t[k] - t[k - 1])
            mean = self._z * math.sqrt(t[k - 1]) + drift * step
            gap = (z[:, np.newaxis] * math.sqrt(t[k]) - mean) / math.sqrt(step)
            kernel = np.exp(-0.5 * gap**2) * math.sqrt(t[k] / step / (2.0 * math.pi))
            density = kernel @ self._mass
        self._z, self._mass = z, width * density


@cache
def _legendre() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    return node, weight


def _information(value: ArrayLike) -> NDArray[np.float64]:
    t = numbers(value, "information")
    rising = len(t) > 0 and bool((np.diff(t) >= 0.01).all())
    if not rising or t[0] < 0.01 or t[-1] > 1.0:
        raise StatisticsError(
            "information does not rise from above 0 to at most 1 by steps of at least 0.01",
            "argument 'information'",
            "give fractions like 0.6 and 1",
        )
    positive(float(t[0]), "information")
    return t
