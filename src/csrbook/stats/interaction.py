"""Treatment-by-marker interaction on a hazard ratio: predictive against prognostic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import confidence_level, encode, same_length, two_arm_times
from csrbook.stats._normal import chi2_sf, z_critical
from csrbook.stats.cox import CoxArm, cox, cox_arm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["MarkerLevel", "TreatmentByMarker", "treatment_by_marker"]


@dataclass(frozen=True, slots=True)
class MarkerLevel:
    """One level of the marker: the effect of the arm in it, and its prognosis in the control arm.

    ``arm`` is test over control within the level; ``prognostic`` is this level over the first one among control
    subjects, None for the first level itself.
    """

    label: str
    arm: CoxArm
    prognostic: CoxArm | None


@dataclass(frozen=True, slots=True)
class TreatmentByMarker:
    """Likelihood-ratio test of arm × marker.

    Attributes
    ----------
    chi2, df, p : float, int, float
        Likelihood-ratio test of the model with the interaction against the model with arm and marker.
    ratio, ratio_lower, ratio_upper : float
        Hazard ratio (test over control) in the second level over that in the first, with Wald limits; NaN where the
        marker has more than two levels.
    levels : tuple of MarkerLevel
        In the order of the levels.
    n, events : int
    status : str
        ``"ok"`` or why there is no test; the levels are given all the same.
    """

    chi2: float
    df: int
    p: float
    ratio: float
    ratio_lower: float
    ratio_upper: float
    levels: tuple[MarkerLevel, ...]
    n: int
    events: int
    confidence: float
    status: str

    @property
    def prognostic(self) -> CoxArm | None:
        """Second level over first level in the control arm; None where the marker has only one level."""
        return self.levels[1].prognostic if len(self.levels) > 1 else None


def treatment_by_marker(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    marker: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    marker_levels: Sequence[Any] | None = None,
    ties: str = "efron",
    confidence: float = 0.95,
) -> TreatmentByMarker:
    r"""Test whether the hazard ratio of the arms depends on a marker.

    .. math:: h_s(t) = h_{0s}(t) \exp(\beta\,\mathrm{arm} + \gamma_k + \theta_k\,\mathrm{arm})

    with :math:`\theta` tested by the likelihood ratio. The marker's prognostic effect is its hazard ratio among control
    subjects; the arm's effect within each level comes from that level alone.

    Parameters
    ----------
    time, event, arm : array_like
        As in :func:`csrbook.stats.cox.cox_arm`.
    marker : array_like
        A level a subject (text or numbers).
    strata : array_like, optional
        Strata of the baseline hazard.
    marker_levels : sequence, optional
        Levels in order, reference first; by default those present, sorted.
    ties : {"efron", "breslow"}
    confidence : float

    Notes
    -----
    Source: Polley et al., J Natl Cancer Inst 2013. SAS: ``proc phreg; class arm marker; model
    t*cnsr(1)=arm|marker / ties=efron type3(lr)``. R: ``anova(coxph(S ~ arm + m + strata(s)), coxph(S ~ arm * m +
    strata(s)))``.
    """
    t, d, a = two_arm_times(time, event, arm)
    confidence_level(confidence)
    if strata is not None:
        same_length(len(t), strata=np.asarray(strata))
    if ties == "exact":
        raise StatisticsError("ties is 'exact'", "argument 'ties'", "one of efron, breslow")
    codes, labels = encode(marker, "marker", len(t), marker_levels)
    s = None if strata is None else np.asarray(strata)
    levels = _levels(t, d, a, codes, labels, s, ties, confidence)
    nan = math.nan
    counts = np.bincount(codes, minlength=len(labels))
    thin = [label for label, n in zip(labels, counts, strict=True) if n == 0]
    chi2, df, ratio, lower, upper = nan, max(len(labels) - 1, 0), nan, nan, nan
    if len(t) == 0:
        status = "no subjects"
    elif len(labels) < 2:
        status = f"the marker has one level only: {labels[0]}"
    elif thin:
        status = f"no subjects at level {', '.join(thin)}"
    else:
        dummies = np.equal.outer(codes, np.arange(1, len(labels))).astype(np.float64)
        treated = a.astype(np.float64)[:, np.newaxis]
        main = np.hstack([treated, dummies])
        without = cox(t, d, main, strata=s, ties=ties)
        full = cox(t, d, np.hstack([main, dummies * treated]), strata=s, ties=ties)
        status = without.status if without.status != "ok" else full.status
        if status == "ok":
            chi2 = max(2.0 * (full.loglik - without.loglik), 0.0)
            if df == 1:
                half = z_critical(confidence) * float(full.se[2])
                ratio = math.exp(full.coef[2])
                lower, upper = math.exp(full.coef[2] - half), math.exp(full.coef[2] + half)
        else:
            status = _reason(levels, status)
    return TreatmentByMarker(
        chi2=chi2,
        df=df,
        p=chi2_sf(chi2, df),
        ratio=ratio,
        ratio_lower=lower,
        ratio_upper=upper,
        levels=levels,
        n=len(t),
        events=int(d.sum()),
        confidence=confidence,
        status=status,
    )


def _levels(
    t: NDArray[np.float64],
    d: NDArray[np.bool_],
    a: NDArray[np.bool_],
    codes: NDArray[np.intp],
    labels: tuple[str, ...],
    strata: NDArray[Any] | None,
    ties: str,
    confidence: float,
) -> tuple[MarkerLevel, ...]:
    """Fit the arm's hazard ratio in each level, and each level's prognosis in the control arm."""

    def fit(keep: NDArray[np.bool_], covariate: NDArray[np.bool_]) -> CoxArm:
        part = None if strata is None else strata[keep]
        return cox_arm(t[keep], d[keep], covariate[keep], strata=part, ties=ties, confidence=confidence)

    result = []
    for level, label in enumerate(labels):
        here = codes == level
        prognostic = None if level == 0 else fit(~a & (here | (codes == 0)), here)
        result.append(MarkerLevel(label, fit(here, a), prognostic))
    return tuple(result)


def _reason(levels: tuple[MarkerLevel, ...], status: str) -> str:
    """Say in the trial's terms why the model has no estimate, where a level shows it."""
    named = [f"level {level.label}: {level.arm.status}" for level in levels if level.arm.status != "ok"]
    return "; ".join(named) if named else status
