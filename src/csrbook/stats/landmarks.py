"""Difference of two arms' survival at given times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.stats._checks import two_arm_times
from csrbook.stats._normal import two_sided_p, z_critical
from csrbook.stats.kaplan_meier import Landmarks, kaplan_meier, survival_at

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["LandmarkDifference", "landmark_difference"]


@dataclass(frozen=True, slots=True)
class LandmarkDifference:
    """Survival of the test arm less that of the control arm at each time, with Wald limits and test."""

    time: NDArray[np.float64]
    difference: NDArray[np.float64]
    std_err: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    z: NDArray[np.float64]
    p: NDArray[np.float64]
    test: Landmarks
    control: Landmarks
    confidence: float
    status: tuple[str, ...]


def landmark_difference(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike, at: ArrayLike, *, confidence: float = 0.95
) -> LandmarkDifference:
    r"""Difference of Kaplan–Meier estimates at given times.

    .. math:: z = \frac{\hat S_1(t) - \hat S_0(t)}{\sqrt{\widehat{\mathrm{Var}}\,\hat S_1(t) +
        \widehat{\mathrm{Var}}\,\hat S_0(t)}}

    with Greenwood's variances.

    Parameters
    ----------
    time, event : array_like
    arm : array_like
        1 for the test arm, 0 for the control arm.
    at : array_like
        Times of the landmarks, fixed before the data were seen.
    confidence : float

    Notes
    -----
    Source: Klein et al., Stat Med 2007 (the naive test there). SAS: ``proc lifetest timelist=`` and a data step. R:
    from ``summary(survfit(), times = )``. No estimate where an arm has none (NaN and a status). The limits are cut at
    −1 and 1. Where a curve is 0 its variance counts as 0 (the limit of Greenwood's formula); no limits and no test
    where no arm has a variance, as before the first event.
    """
    t, d, a = two_arm_times(time, event, arm)
    z_limit = z_critical(confidence)
    test, control = (survival_at(kaplan_meier(t[k], d[k], confidence=confidence), at) for k in (a, ~a))
    difference = test.survival - control.survival
    # An arm that has come down to 0 has no variance of its own left (NaN in its curve).
    known = ~np.isnan(difference)
    parts = [np.where(known & np.isnan(x.std_err), 0.0, x.std_err) for x in (test, control)]
    std_err = np.hypot(parts[0], parts[1])
    z = np.divide(difference, std_err, out=np.full(len(difference), np.nan), where=known & (std_err > 0.0))
    status = []
    for one, other in zip(test.status, control.status, strict=True):
        problems = [f"{name} arm: {s}" for name, s in (("test", one), ("control", other)) if s != "ok"]
        status.append("; ".join(problems) if problems else "ok")
    return LandmarkDifference(
        time=test.time,
        difference=difference,
        std_err=std_err,
        lower=np.where(std_err > 0.0, np.maximum(difference - z_limit * std_err, -1.0), np.nan),
        upper=np.where(std_err > 0.0, np.minimum(difference + z_limit * std_err, 1.0), np.nan),
        z=z,
        p=np.array([two_sided_p(value) for value in z.tolist()]),
        test=test,
        control=control,
        confidence=confidence,
        status=tuple(status),
    )
