r"""Linear model of repeated measures by restricted maximum likelihood, for a normal response with missing visits.

The restricted likelihood is minimised over an unconstrained parametrisation of the covariance matrix (logarithm of the
Cholesky factor for the unstructured one) by BFGS, then by Newton's method with the exact Hessian until the step is at
the level of rounding. Derivatives of the matrix itself are by complex steps. A design need not have full rank.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.stats import t as student

from qc.covariance_structures import START_CORRELATION, STRUCTURES, Array, Numbers, Structure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Estimate", "MixedModel", "fit"]

STEP = 1e-30
"""Imaginary step of a derivative."""

CURVATURE_STEP = 1e-5
"""Step of the second derivatives of the covariance matrix, which matter only where they do not vanish."""

ROUNDING = 1e-16
"""Newton decrement of -2 log likelihood below which the step just taken was the last."""

RANK = 1e-10
"""Singular values below this part of the largest are 0."""

FLAT = 1e-8
"""A Hessian or a correlation matrix with a smaller part of its largest eigenvalue is singular: no optimum."""

ROUGHLY = 1.0
"""Largest derivative at which BFGS hands over to Newton."""

ITERATIONS = 25
"""Newton steps at most: near a regular optimum a few are enough, towards a singular matrix none are."""

NOWHERE = 1e10
"""-2 log likelihood where the matrix is not positive definite."""


class Estimate(NamedTuple):
    """A linear combination of the coefficients with its t test of 0; NaN where the data do not determine it."""

    estimate: float
    se: float
    df: float
    lower: float
    upper: float
    p: float


@dataclass(frozen=True)
class Records:
    """Observations by subject and visit: 0 where a visit is missing, in the response and in the design."""

    response: Array
    design: Array
    seen: NDArray[np.bool_]

    @cached_property
    def patterns(self) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Visits of each pattern of attendance, and its subjects."""
        kinds, which = np.unique(self.seen, axis=0, return_inverse=True)
        return [(np.flatnonzero(kind), np.flatnonzero(which.ravel() == i)) for i, kind in enumerate(kinds)]


class Point:
    """The restricted likelihood and what it is made of at one covariance matrix.

    With P the projector and u = P y by subject, a change H of the matrix changes -2 log likelihood by
    ``tr(P H) - u'H u``, and its derivative in turn by ``-tr(P H P K) + 2 u'H P K u``.
    """

    def __init__(self, records: Records, sigma: Array) -> None:
        if not np.isfinite(sigma).all():
            raise np.linalg.LinAlgError("the covariance matrix is not finite")
        subjects, size, _ = records.design.shape
        self.inverse = np.zeros((subjects, size, size))
        log_determinant = 0.0
        for visits, members in records.patterns:
            block = sigma[np.ix_(visits, visits)]
            factor = np.linalg.cholesky(block)
            log_determinant += len(members) * 2.0 * float(np.sum(np.log(np.diagonal(factor))))
            self.inverse[np.ix_(members, visits, visits)] = np.linalg.inv(block)
        self.weighted = self.inverse @ records.design
        information = np.einsum("smp,smq->pq", records.design, self.weighted, optimize=True)
        self.vcov = np.linalg.inv(information)
        self.beta = self.vcov @ np.einsum("smp,sm->p", self.weighted, records.response)
        residual = (records.response - records.design @ self.beta) * records.seen
        self.u = np.einsum("smn,sn->sm", self.inverse, residual)
        self.minus2 = log_determinant + float(np.linalg.slogdet(information)[1]) + float(np.sum(residual * self.u))

    def slope(self) -> Array:
        """Derivatives by the elements of the matrix: those of a change H are the sum of the products with H."""
        projector = self.inverse.sum(axis=0)
        projector -= np.einsum("smp,pq,snq->mn", self.weighted, self.vcov, self.weighted, optimize=True)
        return np.asarray(projector - self.u.T @ self.u)

    def along(self, directions: Array) -> tuple[Array, Array, Array]:
        """Hessian along changes of the matrix, with P_k and Q_kl of Kenward and Roger (1997), signs as there."""
        q, p = len(directions), len(self.vcov)
        changed = np.einsum("kmn,snp->smkp", directions, self.weighted, optimize=True)
        through = np.einsum("smn,snkp->smkp", self.inverse, changed, optimize=True)
        first = -np.einsum("smp,smkq->kpq", self.weighted, changed, optimize=True)
        flat = (-1, q * p)
        second = (changed.reshape(flat).T @ through.reshape(flat)).reshape(q, p, q, p).transpose(0, 2, 1, 3)

        pull = np.einsum("kmn,sn->smk", directions, self.u)
        onto = np.einsum("smp,smk->kp", self.weighted, pull)
        quadratic = np.einsum("smk,smn,snl->kl", pull, self.inverse, pull, optimize=True) - onto @ self.vcov @ onto.T
        spread = np.einsum("smn,kno->smko", self.inverse, directions, optimize=True)
        trace = np.einsum("smko,solm->kl", spread, spread, optimize=True)
        trace -= 2.0 * np.einsum("klpq,qp->kl", second, self.vcov)
        moved = self.vcov @ first
        trace += np.einsum("kpq,lqp->kl", moved, moved)
        return 2.0 * quadratic - trace, first, second


@dataclass(frozen=True)
class MixedModel:
    """A fitted model.

    Attributes
    ----------
    structure : str
        The covariance structure that converged; empty if none did.
    sigma : ndarray
        Covariance matrix of the visits that were attended.
    minus2 : float
        -2 restricted log likelihood, as for any coding of a full-rank design by indicators.
    """

    structure: str
    sigma: Array
    minus2: float
    coordinates: Coordinates
    beta: Array
    vcov: Array
    model_vcov: Array
    gradient: Array
    parameter_vcov: Array
    confidence: float

    def linear(self, weights: ArrayLike) -> Estimate:
        r"""Estimate a combination of the columns of the design, with :math:`2 v^2 / (g^T W g)` degrees of freedom.

        Here v is its variance by the model, g the derivatives of v by the covariance parameters and W their
        covariance. For one combination Kenward and Roger's scale is 1 and their degrees of freedom are these.
        """
        inside = self.coordinates.of(np.asarray(weights, dtype=float)) if self.structure else None
        if inside is None:
            return Estimate(*(6 * [math.nan]))
        estimate = float(inside @ self.beta)
        se = math.sqrt(float(inside @ self.vcov @ inside))
        variance = float(inside @ self.model_vcov @ inside)
        slope = np.einsum("p,kpq,q->k", inside, self.gradient, inside)
        df = 2.0 * variance**2 / float(slope @ self.parameter_vcov @ slope)
        half = float(student.ppf((1.0 + self.confidence) / 2.0, df)) * se
        p = 2.0 * float(student.sf(abs(estimate) / se, df))
        return Estimate(estimate, se, df, estimate - half, estimate + half, p)


class Coordinates:
    """Orthonormal coordinates of the row space of a design with its columns brought to one length."""

    def __init__(self, design: Array) -> None:
        lengths = np.linalg.norm(design, axis=0)
        self.scale = 1.0 / np.where(lengths > 0.0, lengths, 1.0)
        _, values, rows = np.linalg.svd(design * self.scale, full_matrices=False)
        self.rows = rows[values > RANK * values.max(initial=0.0)]

    @property
    def rank(self) -> int:
        """Dimension of the row space."""
        return len(self.rows)

    def of(self, combination: Array) -> Array | None:
        """Coordinates of a combination of columns; None where it is not in the row space, so not estimable."""
        scaled = combination * self.scale
        inside = self.rows @ scaled
        rest = scaled - inside @ self.rows
        return inside if np.linalg.norm(rest) <= math.sqrt(RANK) * np.linalg.norm(scaled) else None

    def design(self, design: Array) -> Array:
        """Give the design in these coordinates."""
        return np.asarray(design * self.scale @ self.rows.T)

    @property
    def log_volume(self) -> float:
        """What -2 restricted log likelihood loses by the coordinates where the design has full rank."""
        return -2.0 * float(np.sum(np.log(self.scale)))


def fit(
    response: ArrayLike,
    subject: ArrayLike,
    visit: ArrayLike,
    design: ArrayLike,
    structures: Sequence[str] = ("UN", "TOEPH", "ARH1", "CS"),
    confidence: float = 0.95,
) -> MixedModel:
    """Fit the first covariance structure that converges.

    Parameters
    ----------
    response, subject, visit : array_like
        One record an observed visit.
    design : array_like, shape (records, p)
        Any design matrix with the constant in its span.
    structures : sequence of str
        Of :data:`qc.covariance_structures.STRUCTURES`. The unstructured one has the covariance of the coefficients of
        Kenward and Roger (Biometrics 1997; the second derivatives vanish), the others that of Liang and Zeger
        (sandwich).
    confidence : float

    Notes
    -----
    The covariance of the covariance parameters is the inverse observed information. SAS: ``PROC MIXED METHOD=REML``,
    ``REPEATED TYPE=UN``, ``DDFM=KR``; R: ``mmrm`` with ``Kenward-Roger-Linear``.
    """
    x = np.asarray(design, dtype=float)
    y = np.asarray(response, dtype=float)
    coordinates = Coordinates(x)
    records = _by_subject(y, coordinates.design(x), np.asarray(subject), np.asarray(visit))
    start = _first_guess(records) if len(y) else np.empty((0, 0))
    for name in structures if len(y) > coordinates.rank else ():
        # A step may try a matrix beyond all bounds, which is then refused.
        with np.errstate(all="ignore"):
            found = _maximum(records, STRUCTURES[name], start)
        if found is not None:
            constant = (len(y) - coordinates.rank) * math.log(2.0 * math.pi) + coordinates.log_volume
            return _model(records, name, found, coordinates, constant, confidence)
    nothing = np.empty(0)
    return MixedModel("", nothing, math.nan, coordinates, nothing, nothing, nothing, nothing, nothing, confidence)


def _by_subject(y: Array, x: Array, subject: Numbers, visit: Numbers) -> Records:
    """Put the records on a grid of subjects and attended visits."""
    people, row = np.unique(subject, return_inverse=True)
    visits, column = np.unique(visit, return_inverse=True)
    seen = np.zeros((len(people), len(visits)), dtype=bool)
    response, design = np.zeros(seen.shape), np.zeros((*seen.shape, x.shape[1]))
    seen[row, column], response[row, column], design[row, column] = True, y, x
    if seen.sum() != len(y):
        raise ValueError("a subject has two records at a visit")
    return Records(response, design, seen)


def _first_guess(records: Records) -> Array:
    """Variances of the residuals of least squares by visit, and a moderate correlation."""
    x, y = records.design[records.seen], records.response[records.seen]
    residual = np.zeros(records.seen.shape)
    residual[records.seen] = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    variance = np.sum(residual**2, axis=0) / records.seen.sum(axis=0)
    variance = np.maximum(variance, RANK + 0.01 * variance.mean())
    correlation = np.full((len(variance), len(variance)), START_CORRELATION)
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation * np.sqrt(np.outer(variance, variance)))


def _jacobian(structure: Structure, phi: Array, size: int) -> Array:
    """Derivatives of the matrix by the parameters, to machine precision, by complex steps."""
    steps = phi + 1j * STEP * np.eye(len(phi))
    return np.array([structure.sigma(step, size).imag / STEP for step in steps])


def _hessian(point: Point, structure: Structure, phi: Array, size: int) -> Array:
    """Second derivatives of -2 log likelihood by the parameters."""
    along, _, _ = point.along(_jacobian(structure, phi, size))
    steps = CURVATURE_STEP * np.eye(len(phi))
    ahead = np.array([_jacobian(structure, phi + step, size) for step in steps])
    behind = np.array([_jacobian(structure, phi - step, size) for step in steps])
    curvature = np.einsum("klmn,mn->kl", (ahead - behind) / (2.0 * CURVATURE_STEP), point.slope())
    return np.asarray(along + 0.5 * (curvature + curvature.T))


class Maximum(NamedTuple):
    """Parameters at the maximum of the restricted likelihood, what it is made of there, and its Hessian."""

    phi: Array
    point: Point
    hessian: Array


def _maximum(records: Records, structure: Structure, start: Array) -> Maximum | None:
    """Search for the maximum; None where there is none with a regular Hessian."""
    size = len(start)

    def at(phi: Array) -> Point:
        return Point(records, np.real(structure.sigma(phi, size)))

    def objective(phi: Array) -> tuple[float, Array]:
        try:
            point = at(phi)
        except np.linalg.LinAlgError:
            return NOWHERE, np.zeros(len(phi))
        return point.minus2, np.einsum("kmn,mn->k", _jacobian(structure, phi, size), point.slope())

    phi = structure.start(start)
    try:
        phi = minimize(objective, phi, jac=True, method="BFGS", options={"gtol": ROUGHLY}).x
        for _ in range(ITERATIONS):
            point = at(phi)
            hessian = _hessian(point, structure, phi, size)
            gradient = np.einsum("kmn,mn->k", _jacobian(structure, phi, size), point.slope())
            values, vectors = np.linalg.eigh(hessian)
            # Uphill curvature far from the optimum is turned round, as the likelihood need not be convex there.
            step = vectors @ ((vectors.T @ gradient) / np.maximum(np.abs(values), RANK * np.abs(values).max()))
            phi = phi - _length(at, phi, step, point.minus2) * step
            if float(gradient @ step) < ROUNDING:
                point = at(phi)
                hessian = _hessian(point, structure, phi, size)
                sigma = np.real(structure.sigma(phi, size))
                return Maximum(phi, point, hessian) if _regular(hessian) and _regular(_correlation(sigma)) else None
    except np.linalg.LinAlgError:
        pass
    return None


def _regular(matrix: Array) -> bool:
    """Whether a matrix is positive definite beyond rounding."""
    values = np.linalg.eigvalsh(matrix)
    return bool(values[0] > FLAT * values[-1])


def _correlation(sigma: Array) -> Array:
    """Correlations of a covariance matrix."""
    scale = np.sqrt(np.diagonal(sigma))
    return np.asarray(sigma / np.outer(scale, scale))


def _length(at: Callable[[Array], Point], phi: Array, step: Array, value: float) -> float:
    """Part of a Newton step that does not lead uphill, beyond what rounding may."""
    part = 1.0
    while part > RANK:
        try:
            if at(phi - part * step).minus2 <= value + 1e-9 * abs(value):
                return part
        except np.linalg.LinAlgError:
            pass
        part /= 2.0
    return part


def _model(
    records: Records, name: str, found: Maximum, coordinates: Coordinates, constant: float, confidence: float
) -> MixedModel:
    """Standard errors and what the degrees of freedom are made of."""
    size, phi = records.seen.shape[1], found.point.vcov
    jacobian = _jacobian(STRUCTURES[name], found.phi, size)
    _, first, second = found.point.along(jacobian)
    covariance = np.asarray(2.0 * np.linalg.inv(found.hessian))
    if name == "UN":
        inner = np.einsum("kl,klpq->pq", covariance, second)
        inner -= np.einsum("kl,kpr,rs,lsq->pq", covariance, first, phi, first, optimize=True)
        vcov = phi + 2.0 * phi @ inner @ phi
    else:
        scores = np.einsum("smp,sm->sp", records.design, found.point.u)
        vcov = phi @ (scores.T @ scores) @ phi
    return MixedModel(
        structure=name,
        sigma=np.real(STRUCTURES[name].sigma(found.phi, size)),
        minus2=found.point.minus2 + constant,
        coordinates=coordinates,
        beta=found.point.beta,
        vcov=vcov,
        model_vcov=phi,
        gradient=-phi @ first @ phi,
        parameter_vcov=covariance,
        confidence=confidence,
    )
