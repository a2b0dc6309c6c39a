"""Curves, medians, landmarks, restricted means, cumulative incidence."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats.competing_risks import cumulative_incidence, gray_test
from csrbook.stats.fine_gray import fine_gray
from csrbook.stats.ipcw import censoring_weights
from csrbook.stats.kaplan_meier import kaplan_meier, quantile, reverse_kaplan_meier, survival_at
from csrbook.stats.landmarks import landmark_difference
from csrbook.stats.rmst import compare_rmst
from csrbook.stats.weighted_curves import weighted_kaplan_meier
from tools.coverage.draws import censored, halves, trial
from tools.coverage.harness import Scenario, each, inside, interval, rejected, rejection

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SCENARIOS"]

_TYPES: Final = ("log-log", "log", "plain")
_TAU: Final = 1.5
_HR: Final = 0.7
_CURED: Final = 0.6  # share that ever has the cause of interest in the Fine–Gray model
_SHR: Final = 0.7
_LOG: Final = "log S is skewed at small n: nearly all misses are on one side"
_PLAIN: Final = "symmetric limits of a skewed estimate at small n"


def _curve(rng: np.random.Generator, n: int) -> tuple[int, ...]:
    time, event = censored(rng, rng.exponential(size=n))
    fits = [kaplan_meier(time, event, conf_type=kind) for kind in _TYPES]
    at = [survival_at(fit, [1.0]) for fit in fits]
    medians = [quantile(fit) for fit in fits]
    follow_up = quantile(reverse_kaplan_meier(time, event))
    return (
        *(inside(float(x.lower[0]), float(x.upper[0]), math.exp(-1.0)) for x in at),
        *(inside(m.lower, m.upper, math.log(2.0)) for m in medians),
        inside(follow_up.lower, follow_up.upper, 1.5),
    )


def _curves(n: int, why: dict[str, str]) -> Scenario:
    """``why`` has a reason by type of limits."""
    return Scenario(
        f"curve {n}",
        "one arm, exponential times (hazard 1), follow-up uniform on (0.5, 2.5); S(1) = 0.368, median 0.693",
        str(n),
        (
            *(interval(f"Kaplan–Meier at a landmark, {kind} limits", why=why.get(kind, "")) for kind in _TYPES),
            *(interval(f"Median, {kind} limits", why=why.get(kind, "")) for kind in _TYPES),
            interval("Median follow-up (reverse Kaplan–Meier), log-log limits", why=why.get("reverse", "")),
        ),
        each(partial(_curve, n=n)),
    )


def _two_arms(rng: np.random.Generator, hazard_ratio: float) -> tuple[int, ...]:
    t = trial(rng, 100, hazard_ratio=hazard_ratio, low=1.0, high=3.0)
    gap = landmark_difference(t.time, t.event, t.arm, [1.0])
    rm = compare_rmst(t.time, t.event, t.arm, tau=_TAU)
    if hazard_ratio == 1.0:
        return (
            rejected(float(gap.p[0])), rejected(rm.difference.p), rejected(rm.ratio.p), rejected(rm.lost_ratio.p),
        )  # fmt: skip
    test, control = _mean(hazard_ratio), _mean(1.0)
    lost = (_TAU - test) / (_TAU - control)
    return (
        inside(float(gap.lower[0]), float(gap.upper[0]), math.exp(-hazard_ratio) - math.exp(-1.0)),
        inside(rm.control.lower, rm.control.upper, control),
        inside(rm.difference.lower, rm.difference.upper, test - control),
        inside(rm.ratio.lower, rm.ratio.upper, test / control),
        inside(rm.lost_ratio.lower, rm.lost_ratio.upper, lost),
    )


def _mean(hazard: float) -> float:
    """Restricted mean of an exponential time."""
    return -math.expm1(-hazard * _TAU) / hazard


def _competing(rng: np.random.Generator, n: int, hazard_2: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Cause 1 with hazard 0.7, cause 2 with a hazard a subject, follow-up uniform on (0.5, 2.5)."""
    total = 0.7 + hazard_2
    time = rng.exponential(size=n) / total
    cause = np.where(rng.random(n) < 0.7 / total, 1, 2)
    cut, seen = censored(rng, time)
    return cut, np.where(seen, cause, 0)


def _incidence(rng: np.random.Generator) -> tuple[int, ...]:
    time, cause = _competing(rng, 100, np.full(100, 0.3))
    truth = 0.7 * -math.expm1(-1.0)
    found = [cumulative_incidence(time, cause, variance=v).at([1.0])[0] for v in ("aalen", "delta")]
    return tuple(inside(float(row[3]), float(row[4]), truth) for row in found)


def _subdistribution(
    rng: np.random.Generator, n: int, ratio: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Fine and Gray's own model: F1(t) = 1 − {1 − p(1 − e^−t)}^(ratio^arm), the other cause exponential."""
    arm = halves(n)
    power = ratio**arm
    ever = 1.0 - (1.0 - _CURED) ** power
    u = rng.random(n)
    own = u < ever
    with np.errstate(invalid="ignore"):
        first = -np.log1p(-(1.0 - (1.0 - u) ** (1.0 / power)) / _CURED)
    time = np.where(own, first, rng.exponential(size=n))
    cut, seen = censored(rng, time)
    return cut, np.where(seen, np.where(own, 1, 2), 0), arm


def _fine_gray(rng: np.random.Generator) -> tuple[int, ...]:
    fit = fine_gray(*_subdistribution(rng, 200, _SHR))
    return (inside(float(fit.lower[0]), float(fit.upper[0]), _SHR),)


def _competing_tests(rng: np.random.Generator) -> tuple[int, ...]:
    time, cause, arm = _subdistribution(rng, 100, 1.0)
    stratum = np.arange(100) // 2 % 2
    return (
        rejected(gray_test(time, cause, arm).p),
        rejected(gray_test(time, cause, arm, strata=stratum).p),
        rejected(float(fine_gray(time, cause, arm).p[0])),
    )


def _weighted(rng: np.random.Generator) -> tuple[int, ...]:
    """Censoring and event depend on x: censoring weights from a Cox model of the censoring on x."""
    n = 100
    x = (rng.random(n) < 0.5).astype(np.float64)
    event_time = rng.exponential(size=n) / np.where(x > 0, 1.6, 0.6)
    loss = rng.exponential(size=n) / np.where(x > 0, 0.8, 0.2)
    time = np.minimum(np.minimum(event_time, loss), 2.0)
    event = event_time <= np.minimum(loss, 2.0)
    administrative = time >= 2.0
    w = censoring_weights(time, event, np.zeros(n), x=x, administrative=administrative & ~event)
    truth = 0.5 * (math.exp(-1.6) + math.exp(-0.6))
    plain = survival_at(kaplan_meier(time, event), [1.0])
    naive = inside(float(plain.lower[0]), float(plain.upper[0]), truth)
    if w.status != "ok":
        return (inside(math.nan, math.nan, truth), naive)
    km = weighted_kaplan_meier(w.start, w.stop, w.event, w.weight, cluster=w.subject)
    at = int(np.searchsorted(km.time, 1.0, side="right")) - 1
    return (inside(float(km.lower[at]), float(km.upper[at]), truth), naive)


_ARMS = "two arms, exponential times, follow-up uniform on (1, 3)"
SCENARIOS: Final = (
    _curves(100, {}),
    _curves(25, {"log": _LOG, "plain": _PLAIN, "reverse": "limits are observed times, and there are few"}),
    Scenario(
        "two arms",
        f"{_ARMS}; hazard ratio {_HR}, landmark 1, tau {_TAU}",
        "100",
        (
            interval("Difference of Kaplan–Meier at a landmark (Greenwood)"),
            interval("Restricted mean of one arm"),
            interval("Restricted mean, difference"),
            interval("Restricted mean, ratio"),
            interval("Restricted mean time lost, ratio"),
        ),
        each(partial(_two_arms, hazard_ratio=_HR)),
    ),
    Scenario(
        "two arms null",
        f"{_ARMS}; equal arms, landmark 1, tau {_TAU}",
        "100",
        (
            rejection("Difference at a landmark, z test"),
            rejection("Restricted mean, difference, z test"),
            rejection("Restricted mean, ratio, z test"),
            rejection("Restricted mean time lost, ratio, z test"),
        ),
        each(partial(_two_arms, hazard_ratio=1.0)),
    ),
    Scenario(
        "incidence",
        "one arm, hazards 0.7 and 0.3 of two causes, follow-up uniform on (0.5, 2.5); F(1) = 0.442",
        "100",
        (
            interval("Cumulative incidence (Aalen–Johansen), Aalen variance, log-log limits"),
            interval("Cumulative incidence (Aalen–Johansen), delta variance, log-log limits"),
        ),
        each(_incidence),
    ),
    Scenario(
        "fine gray",
        f"two arms, Fine–Gray model, subdistribution hazard ratio {_SHR}, 60% of the control arm ever with the cause",
        "200",
        (interval("Fine–Gray subdistribution hazard ratio"),),
        each(_fine_gray),
    ),
    Scenario(
        "competing null",
        "two equal arms, two causes, follow-up uniform on (0.5, 2.5)",
        "100",
        (
            rejection("Gray's test"),
            rejection("Gray's test, stratified (2 strata)"),
            rejection("Fine–Gray, Wald test"),
        ),
        each(_competing_tests),
    ),
    Scenario(
        "weighted curve",
        "one arm; a binary covariate drives event (hazards 0.6, 1.6) and loss (0.2, 0.8); S(1) = 0.375",
        "100",
        (
            interval("Kaplan–Meier with censoring weights (IPCW) at a landmark"),
            interval(
                "The same without weights (what informative censoring does)",
                why="the censoring is informative: the curve is biased; shown for contrast",
            ),
        ),
        each(_weighted),
    ),
)
