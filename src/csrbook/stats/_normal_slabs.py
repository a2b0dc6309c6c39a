"""Probability that combinations of independent standard normal variables all stay between two limits."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["all_within"]

# A standard normal variable is further from 0 than this with a probability of 1.2e-15.
_REACH: Final = 8.0
# Gauss-Legendre rule between two corners, fine enough where they are as far apart as the reach allows.
_NODE, _WEIGHT = np.polynomial.legendre.leggauss(48)
# What is flatter, or nearer to parallel, than this is taken as such.
_FLAT: Final = 1e-11


def all_within(limit: float, loadings: NDArray[np.float64]) -> float:
    r"""P(|loadings @ u| ≤ limit in every row) for independent standard normal u, to 1e-10.

    The region is a polytope, cut off where a variable is out of reach. The probability is an iterated integral: over
    the last variable in closed form; over each other one by Gauss-Legendre quadrature between the corners of what the
    variables before it leave of the polytope, since the integrand is smooth from corner to corner. Three variables
    take a tenth of a second; each further one takes some hundred times as long.
    """
    variables = loadings.shape[1]
    walls = np.vstack((loadings, np.eye(variables)))
    distance = np.concatenate((np.full(len(loadings), limit), np.full(variables, _REACH)))
    return _integral(np.vstack((walls, -walls)), np.concatenate((distance, distance)))


def _integral(walls: NDArray[np.float64], distance: NDArray[np.float64]) -> float:
    """P(walls @ u ≤ distance), over the first variable from corner to corner."""
    if walls.shape[1] == 1:
        return float(_inside(walls, distance[:, np.newaxis])[0])
    corners = _corners(walls, distance)
    half = np.diff(corners)[:, np.newaxis] / 2.0
    u = (corners[:-1, np.newaxis] + half * (1.0 + _NODE)).ravel()
    density = (half * _WEIGHT).ravel() * np.exp(-u * u / 2.0) / math.sqrt(2.0 * math.pi)
    return float(density @ _inside(walls[:, 1:], distance[:, np.newaxis] - walls[:, :1] * u))


def _inside(walls: NDArray[np.float64], distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(walls @ u ≤ d) for each column d of the distances."""
    if walls.shape[1] > 1:
        return np.array([_integral(walls, distance) for distance in distances.T])
    slope = walls[:, 0]
    above, below, flat = slope > _FLAT, slope < -_FLAT, np.abs(slope) <= _FLAT
    highest = (distances[above] / slope[above, np.newaxis]).min(axis=0)
    lowest = (distances[below] / slope[below, np.newaxis]).max(axis=0)
    possible = (distances[flat] >= 0.0).all(axis=0)
    inside: NDArray[np.float64] = np.where(possible, np.maximum(ndtr(highest) - ndtr(lowest), 0.0), 0.0)
    return inside


def _corners(walls: NDArray[np.float64], distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """First coordinates of the points of {walls @ u ≤ distance} where as many walls meet as there are variables."""
    meeting = np.array(list(combinations(range(len(walls)), walls.shape[1])))
    meeting = meeting[np.abs(np.linalg.det(walls[meeting])) > _FLAT]
    points = np.linalg.solve(walls[meeting], distance[meeting][:, :, np.newaxis])[:, :, 0]
    # One too many does no harm: the quadrature has a break more there.
    reached = (points @ walls.T <= distance + 1e-9).all(axis=1)
    corners: NDArray[np.float64] = np.unique(points[reached, 0].round(12))
    return corners
