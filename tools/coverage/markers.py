"""Biomarkers: interactions in batches, splines, subpopulations, concordance."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from csrbook.stats.concordance import concordance
from csrbook.stats.marker_interactions import marker_interactions
from csrbook.stats.spline_interaction import spline_interaction
from csrbook.stats.stepp import stepp
from csrbook.stats.stepp_windows import sliding_windows
from tools.coverage.draws import halves, trial
from tools.coverage.harness import HIT, MISS, Scenario, each, inside, interval, rejected, rejection

__all__ = ["SCENARIOS"]

_HR: Final = 0.7
_SLOPE: Final = 0.5  # of the log hazard in the score


def _batch(rng: np.random.Generator) -> tuple[int, ...]:
    """Four markers without any effect, two of them correlated: exchangeable, as the permutations assume."""
    t = trial(rng, 120, hazard_ratio=_HR, stratum_ratio=2.0)
    z = rng.standard_normal((120, 4))
    z[:, 1] = 0.7 * z[:, 0] + math.sqrt(0.51) * z[:, 1]
    markers = np.where(np.arange(4) < 2, z > 0.3, z).astype(np.float64)
    found = marker_interactions(
        t.time, t.event, t.arm, markers, strata=t.stratum, permutations=39, seed=int(rng.integers(2**31))
    )
    return (
        inside(float(found.ratio_lower[0]), float(found.ratio_upper[0]), 1.0),
        inside(float(found.ratio_lower[3]), float(found.ratio_upper[3]), 1.0),
        rejected(float(found.p[0])),
        rejected(float(found.p[3])),
        rejected(float(found.permutation_p[0]), 0.0501),
        rejected(float(found.permutation_p[3]), 0.0501),
        rejected(float(np.nanmin(found.family_p)), 0.0501),
        rejected(float(np.nanmin(found.q))),
    )


def _spline(rng: np.random.Generator) -> tuple[int, ...]:
    """Prognostic marker, its effect on the log hazard curved; no interaction."""
    n = 300
    arm, m = halves(n), rng.uniform(-1.5, 1.5, n)
    hazard = _HR**arm * np.exp(0.4 * m * m)
    limit = rng.uniform(0.5, 2.5, n)
    time = rng.exponential(size=n) / hazard
    found = spline_interaction(np.minimum(time, limit), time <= limit, arm, m, at=[-1.0, 0.0])
    return (
        *(inside(float(found.lower[i]), float(found.upper[i]), _HR) for i in (0, 1)),
        rejected(found.interaction.p),
        rejected(found.nonlinear_interaction.p),
    )


def _subpopulations(rng: np.random.Generator) -> tuple[int, ...]:
    t = trial(rng, 200, hazard_ratio=_HR)
    windows = sliding_windows(t.x, size=80, overlap=60)
    found = stepp(t.time, t.event, t.arm, t.x, windows, permutations=39, draws=500, seed=int(rng.integers(2**31)))
    log = math.log(_HR)
    within = bool(((found.band_lower <= log) & (log <= found.band_upper)).all())
    return (
        inside(float(found.lower[1]), float(found.upper[1]), log),
        HIT if within else MISS,
        rejected(found.supremum_p, 0.0501),
    )


def _true_concordance(end: float) -> float:
    """P(s_i > s_j | T_i < T_j, T_i < end) with normal scores and exponential times."""
    u, weight_u = np.polynomial.hermite_e.hermegauss(60)
    node, weight = np.polynomial.legendre.leggauss(60)
    v, weight_v = 4.0 * (node + 1.0), weight * np.exp(-8.0 * (node + 1.0) ** 2)
    # Scores (u + v)/√2 and (u − v)/√2 with v > 0: the higher one first, and the lower one first.
    high, low = (np.exp(_SLOPE * (u[:, np.newaxis] + sign * v) / math.sqrt(2.0)) for sign in (1.0, -1.0))
    seen = -np.expm1(-(high + low) * end) / (high + low) * np.outer(weight_u, weight_v)
    return float((high * seen).sum() / ((high + low) * seen).sum())


def _concordance(rng: np.random.Generator) -> tuple[int, ...]:
    """Everybody is followed to time 1 at most; loss before that is uniform."""
    n = 150
    score = rng.standard_normal(n)
    time = rng.exponential(size=n) / np.exp(_SLOPE * score)
    limit = np.minimum(rng.uniform(0.0, 4.0, n), 1.0)
    seen, event = np.minimum(time, limit), time <= limit
    found = [concordance(seen, event, score, weights=kind) for kind in ("uno", "harrell")]
    return tuple(inside(c.lower, c.upper, _TRUTH) for c in found)


_TRUTH: Final = _true_concordance(1.0)
SCENARIOS: Final = (
    Scenario(
        "marker batch",
        f"two arms (hazard ratio {_HR}), 2 strata, 2 binary and 2 continuous markers without effect; 39 permutations",
        "120",
        (
            interval("Marker interactions in a batch, binary marker, Wald limits"),
            interval("Marker interactions in a batch, continuous marker, Wald limits"),
            rejection("Marker interactions in a batch, binary marker, likelihood-ratio test"),
            rejection("Marker interactions in a batch, continuous marker, likelihood-ratio test"),
            rejection("Marker interactions, binary marker, permutation test"),
            rejection("Marker interactions, continuous marker, permutation test"),
            rejection("Marker interactions, any of 4, family-wise permutation test"),
            rejection("Marker interactions, any of 4, Benjamini–Hochberg"),
        ),
        each(_batch),
    ),
    Scenario(
        "spline",
        f"two arms (hazard ratio {_HR} throughout), marker with a curved effect on the hazard, 4 knots",
        "300",
        (
            interval("Spline interaction, hazard ratio at −1 (off the centre)"),
            interval("Spline interaction, hazard ratio at 0 (the centre)"),
            rejection(
                "Spline interaction, likelihood-ratio test", why="chi-square is an approximation; 0.053 at n = 1,200"
            ),
            rejection("Spline interaction, non-linear part, likelihood-ratio test"),
        ),
        each(_spline),
    ),
    Scenario(
        "subpopulations",
        f"two arms (hazard ratio {_HR} throughout), windows of 80 moved by 20; 39 permutations",
        "200",
        (
            interval("STEPP, one window, Wald limits"),
            interval("STEPP, simultaneous band over the windows"),
            rejection("STEPP, permutation test of the supremum"),
        ),
        each(_subpopulations),
    ),
    Scenario(
        "concordance",
        f"a score with log hazard ratio {_SLOPE} a standard deviation, follow-up to 1, losses before; C = {_TRUTH:.4f}",
        "150",
        (interval("Concordance, Uno's weights"), interval("Concordance, Harrell's")),
        each(_concordance),
    ),
)
