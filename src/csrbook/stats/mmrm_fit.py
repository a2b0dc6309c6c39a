"""Linear model of repeated measures with any design matrix, by restricted maximum likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._cell_design import dependent_columns
from csrbook.stats._checks import confidence_level, encode, matrix, numbers, one_of, same_length
from csrbook.stats._cholesky import cholesky_curvature
from csrbook.stats._covariance import STRUCTURES, Structure
from csrbook.stats._reml import Failure, Moments, Reml, fit_reml, kenward_roger, moments
from csrbook.stats._student import LinearEstimate, linear_estimate, not_estimable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["MmrmFit", "fit_mmrm"]

METHODS: Final = ("kenward-roger", "kenward-roger-linear", "kenward-roger-cholesky", "satterthwaite", "sandwich")
INFORMATION: Final = ("observed", "expected")


@dataclass(frozen=True, slots=True)
class MmrmFit:
    """A fitted model.

    Attributes
    ----------
    names : tuple of str
        Columns of the design matrix.
    coefficients : ndarray
    vcov : ndarray
        Their covariance, by Kenward–Roger where that is the method.
    model_vcov : ndarray
        The same without that adjustment: :math:`(X^TV^{-1}X)^{-1}`.
    vcov_gradient, parameter_vcov : ndarray
        Derivatives of ``model_vcov`` by the covariance parameters (q, p, p), and their covariance: what the degrees of
        freedom are made of.
    parameters : ndarray
        Covariance parameters as SAS names them: elements of the lower triangle by rows (UN), variances and correlations
        (TOEPH, ARH1), covariance and residual variance (CS).
    covariance : str
        The structure that was used.
    sigma : ndarray
        Covariance matrix over ``visits``.
    minus2_reml, aic : float
        −2 restricted log likelihood, and the same with 2 for each covariance parameter added.
    observations, subjects, patterns, iterations : int
    status : str
        ``"ok"``, a reason, or the structures that did not converge and the one that stands in.
    """

    names: tuple[str, ...]
    coefficients: NDArray[np.float64]
    vcov: NDArray[np.float64]
    model_vcov: NDArray[np.float64]
    vcov_gradient: NDArray[np.float64]
    parameter_vcov: NDArray[np.float64]
    parameters: NDArray[np.float64]
    covariance: str
    visits: tuple[str, ...]
    sigma: NDArray[np.float64]
    minus2_reml: float
    aic: float
    observations: int
    subjects: int
    patterns: int
    iterations: int
    method: str
    confidence: float
    status: str

    @property
    def fitted(self) -> bool:
        """Whether there is a fit (a fallback's, too)."""
        return bool(len(self.coefficients))

    def linear(self, weights: ArrayLike) -> LinearEstimate:
        r"""Estimate :math:`\ell^T\beta` with :math:`2v^2 / (g^T W g)` degrees of freedom.

        Here :math:`v = \ell^T\Phi\ell`, :math:`g` its derivatives by the covariance parameters and :math:`W` their
        covariance. For one combination Kenward and Roger's degrees of freedom reduce to the same formula.
        """
        vector = numbers(weights, "weights")
        same_length(len(self.names), weights=vector)
        if not self.fitted:
            return not_estimable(self.confidence, self.status)
        gradient = np.einsum("a,kab,b->k", vector, self.vcov_gradient, vector)
        v = float(vector @ self.model_vcov @ vector)
        spread = float(gradient @ self.parameter_vcov @ gradient)
        df = 2.0 * v * v / spread if spread > 0.0 else math.nan
        return linear_estimate(
            float(vector @ self.coefficients), float(vector @ self.vcov @ vector), df, self.confidence
        )


def fit_mmrm(
    response: ArrayLike,
    subject: ArrayLike,
    visit: ArrayLike,
    x: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    visits: Sequence[Any] | None = None,
    covariance: str = "UN",
    fallbacks: Sequence[str] = ("TOEPH", "ARH1", "CS"),
    method: str = "kenward-roger",
    information: str = "observed",
    confidence: float = 0.95,
) -> MmrmFit:
    r"""Fit :math:`y = X\beta + e` with one covariance matrix of the visits of a subject.

    .. math:: -2\ell_R = \sum_i \log|V_i| + \log|X^TV^{-1}X| + r^TV^{-1}r + (N - p)\log 2\pi

    Parameters
    ----------
    response, subject, visit : array_like
        One record an observed visit.
    x : array_like, shape (records, p)
        Design matrix of full rank, with its intercept.
    names : sequence of str, optional
        Names of its columns.
    visits : sequence, optional
        Visits in order (TOEPH and ARH1 take them as equally spaced); one that nobody attended has no row in ``sigma``.
    covariance, fallbacks : str, sequence of str
        ``UN`` unstructured, ``TOEPH`` heterogeneous Toeplitz, ``ARH1`` heterogeneous autoregressive, ``CS`` compound
        symmetry; the fallbacks are tried in turn where the fit before did not converge.
    method : {"kenward-roger", "kenward-roger-linear", "kenward-roger-cholesky", "satterthwaite", "sandwich"}
        Kenward and Roger's standard error depends on second derivatives of the covariance matrix by its parameters.
        The first takes SAS's parameters (the derivatives are 0 for UN and CS), the second leaves them out, and the
        third takes R's mmrm's for UN, logarithms and ratios of the Cholesky factor (and SAS's for the others). The
        sandwich, :math:`(X^TV^{-1}X)^{-1} \sum_i s_i s_i^T (X^TV^{-1}X)^{-1}` with the scores of the subjects, holds
        whatever their covariance is, and has Satterthwaite's degrees of freedom: for a structured covariance.
    information : {"observed", "expected"}
        Covariance of the covariance parameters: from the Hessian (SAS, R's mmrm and lmerTest), or from Fisher's
        information (Kenward and Roger's paper, R's pbkrtest).
    confidence : float

    Notes
    -----
    Source: Patterson and Thompson 1971; Kenward and Roger, Biometrics 1997; Fai and Cornelius 1996; Liang and Zeger
    1986 (sandwich). SAS: ``proc mixed method=reml; model y = x1-xp / noint ddfm=kr`` (or ``kr(linear)``,
    ``satterthwaite``; ``proc mixed empirical`` for the sandwich); ``repeated visit / subject=subject type=un``. R:
    ``mmrm::mmrm`` (``vcov = "Empirical"``); ``nlme::gls`` for the estimates. The likelihood is SAS's and R's for any
    full-rank coding of the same factors by indicators.
    """
    y = numbers(response, "response")
    n = len(y)
    subjects, subject_labels = encode(subject, "subject", n)
    visit_codes, visit_labels = encode(visit, "visit", n, visits)
    design = matrix(x, "x", n)
    one_of(method, "method", METHODS)
    one_of(information, "information", INFORMATION)
    confidence_level(confidence)
    for name in (covariance, *fallbacks):
        one_of(name, "covariance" if name == covariance else "fallbacks", STRUCTURES)
    columns = tuple(names) if names is not None else tuple(f"x{j + 1}" for j in range(design.shape[1]))
    same_length(design.shape[1], names=columns)
    _refuse_two_records(subjects, visit_codes, subject_labels, visit_labels)
    seen = np.unique(visit_codes)
    compact = np.searchsorted(seen, visit_codes)
    kept = tuple(visit_labels[v] for v in seen.tolist())

    def nothing(reason: str) -> MmrmFit:
        e1, e2, e3 = np.empty(0), np.empty((0, 0)), np.empty((0, 0, 0))
        nan = math.nan
        tail = (nan, nan, n, len(np.unique(subjects)), 0, 0, method, confidence, reason)
        return MmrmFit(columns, e1, e2, e2, e3, e2, e1, "", kept, e2, *tail)

    if not n:
        return nothing("no observations")
    dependent = dependent_columns(design)
    if dependent:
        return nothing(f"singular design: {', '.join(columns[j] for j in dependent)}")
    if n <= design.shape[1]:
        return nothing("no residual degrees of freedom")
    # Columns of length 1 and residuals in place of the response keep the sums of products well conditioned.
    scale = np.sqrt((design**2).sum(axis=0))
    start = np.linalg.lstsq(design / scale, y, rcond=None)[0]
    residual = y - (design / scale) @ start
    unit = float(np.sqrt((residual**2).mean()))
    if not unit > 1e-12 * max(1.0, float(np.abs(y).max())):
        return nothing("the model fits the data exactly")
    data = moments(design / scale, residual / unit, subjects, compact, len(seen))
    sd = np.sqrt([max(float((residual[compact == v] ** 2).mean()), 1e-6 * unit**2) for v in range(len(seen))]) / unit
    fit, structure, status = _first_that_converges(data, seen, kept, sd, (covariance, *fallbacks))
    if fit is None:
        return nothing(status)
    d = fit.derivatives
    w = np.linalg.inv(d.observed if information == "observed" else d.expected)
    w = (w + w.T) / 2.0
    phi = fit.at.vcov
    back = unit**2 / np.outer(scale, scale)
    if method == "satterthwaite":
        adjusted = phi
    elif method == "sandwich":
        left = residual / unit - (design / scale) @ fit.at.beta
        scores = _scores(design / scale, left, subjects, compact, fit.sigma)
        adjusted = phi @ (scores.T @ scores) @ phi
    else:
        adjusted = kenward_roger(data, fit, w, _curvature(fit, structure, w, method))
    # The covariance parameters that are variances or covariances come back to the unit of the response.
    power = structure.unit_powers()
    units = unit**power
    minus2 = -2.0 * fit.at.loglik + 2.0 * (n - design.shape[1]) * math.log(unit) + 2.0 * float(np.log(scale).sum())
    return MmrmFit(
        names=columns,
        coefficients=(start + unit * fit.at.beta) / scale,
        vcov=adjusted * back,
        model_vcov=phi * back,
        vcov_gradient=(phi @ d.q @ phi) * back / units[:, None, None],
        parameter_vcov=w * np.outer(units, units),
        parameters=fit.theta * units,
        covariance=structure.name,
        visits=kept,
        sigma=fit.sigma * unit**2,
        minus2_reml=minus2,
        aic=minus2 + 2.0 * structure.parameters,
        observations=n,
        subjects=int(data.subjects.sum()),
        patterns=len(data.subjects),
        iterations=fit.iterations,
        method=method,
        confidence=confidence,
        status=status,
    )


def _scores(
    x: NDArray[np.float64],
    residual: NDArray[np.float64],
    subjects: NDArray[np.intp],
    visits: NDArray[np.intp],
    sigma: NDArray[np.float64],
) -> NDArray[np.float64]:
    """:math:`X_i^T V_i^{-1} r_i` of each subject."""
    order = np.argsort(subjects, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(subjects[order])) + 1)
    return np.array([x[g].T @ np.linalg.solve(sigma[np.ix_(visits[g], visits[g])], residual[g]) for g in groups])


def _curvature(fit: Reml, structure: Structure, w: NDArray[np.float64], method: str) -> NDArray[np.float64] | None:
    if method == "kenward-roger-cholesky" and structure.name == "UN":
        return cholesky_curvature(fit.sigma, w)
    if method == "kenward-roger-linear" or fit.derivatives.second is None:
        return None
    return np.asarray(np.tensordot(w, fit.derivatives.second, axes=2))


def _first_that_converges(
    data: Moments,
    positions: NDArray[np.intp],
    visits: tuple[str, ...],
    sd: NDArray[np.float64],
    names: tuple[str, ...],
) -> tuple[Reml | None, Structure, str]:
    """Try each structure once, in order; the status tells of those that failed."""
    failed: list[str] = []
    structure = Structure(names[0], positions)
    for name in dict.fromkeys(names):
        structure = Structure(name, positions)
        fit: Reml | Failure = Failure("")
        pair = _pair_never_seen(data.seen, visits) if structure.name == "UN" else ""
        if pair:
            fit = Failure(pair)
        else:
            for correlation in (0.5, 0.0):
                fit = fit_reml(data, structure, sd, correlation)
                if isinstance(fit, Reml):
                    break
        if isinstance(fit, Reml):
            return fit, structure, "ok" if not failed else f"{'; '.join(failed)}; {name} used"
        failed.append(f"{name}: {fit.reason}")
    return None, structure, "; ".join(failed)


def _pair_never_seen(seen: NDArray[np.float64], visits: tuple[str, ...]) -> str:
    """Name a pair of visits whose covariance the data cannot tell."""
    apart = np.argwhere(seen.T @ seen == 0.0)
    return f"no subject was seen at {visits[apart[0, 0]]} and at {visits[apart[0, 1]]}" if len(apart) else ""


def _refuse_two_records(
    subjects: NDArray[np.intp], visits: NDArray[np.intp], names: tuple[str, ...], visit_names: tuple[str, ...]
) -> None:
    key = subjects.astype(np.int64) * max(len(visit_names), 1) + visits
    distinct, count = np.unique(key, return_counts=True)
    twice = distinct[count > 1]
    if twice.size:
        who, when = divmod(int(twice[0]), len(visit_names))
        raise StatisticsError(
            f"subject {names[who]} has two records at visit {visit_names[when]}",
            "argument 'visit'",
            "give one record a subject and visit",
        )
