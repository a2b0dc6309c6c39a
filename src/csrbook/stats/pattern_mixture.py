"""Repeated measures with visits missing not at random: multiple imputation by pattern, with a shift after dropout."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._cell_design import adjustments, arms_and_control, dependent_columns
from csrbook.stats._checks import confidence_level, count, one_of
from csrbook.stats._visit_imputation import draw_after, draw_gaps, last_visits, too_few
from csrbook.stats.rubin import Pooled, rubin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from csrbook.stats._visit_imputation import Regression

__all__ = ["PatternMixture", "PooledDifference", "PooledMean", "pattern_mixture"]

REFERENCES: Final = ("own", "control")


@dataclass(frozen=True, slots=True)
class PooledMean:
    """Least-squares mean of an arm over the imputations; ``imputed`` of its ``n`` subjects had no value there."""

    arm: str
    n: int
    imputed: int
    shifted: int
    pooled: Pooled


@dataclass(frozen=True, slots=True)
class PooledDifference:
    """Least-squares mean of an arm less that of the control over the imputations."""

    arm: str
    control: str
    pooled: Pooled


@dataclass(frozen=True, slots=True)
class PatternMixture:
    """Estimates under one assumption about the missing visits.

    Attributes
    ----------
    shift_test, shift_control : float
        Added to the imputed values after dropout, in the arms to be compared and in the control.
    reference : str
        Whose course a subject follows after dropout.
    means : tuple of PooledMean
        Arms in their order; ``shifted`` counts those whose value was imputed after dropout.
    differences : tuple of PooledDifference
        Each arm less the control.
    status : str
        ``"ok"``, or why nothing is estimated.
    """

    shift_test: float
    shift_control: float
    reference: str
    means: tuple[PooledMean, ...]
    differences: tuple[PooledDifference, ...]
    status: str


def pattern_mixture(
    values: ArrayLike,
    arm: ArrayLike,
    *,
    shifts: Sequence[tuple[float, float]] = ((0.0, 0.0),),
    reference: str = "own",
    at: int = -1,
    covariates: Mapping[str, ArrayLike] | None = None,
    factors: Mapping[str, ArrayLike] | None = None,
    arms: Sequence[Any] | None = None,
    control: Any = None,
    imputations: int = 100,
    cycles: int = 20,
    seed: int = 1,
    confidence: float = 0.95,
) -> tuple[PatternMixture, ...]:
    r"""Impute missing visits, shift those after dropout, compare the arms at a visit, pool by Rubin's rules.

    Within each arm a visit has a normal regression on the covariates and all visits before it:

    .. math:: y_{ij} = x_i^T\beta_j + \sum_{k<j} \gamma_{jk} y_{ik} + e_{ij}, \qquad e_{ij} \sim N(0, \sigma_j^2)

    A gap (a missing visit before one that was observed) is missing at random: it is drawn given all other visits of
    the subject. Visits after the last observed one are drawn in order. The pattern-mixture assumption bears on these:
    δ is added to each of them, once all are drawn, so that it neither accumulates nor spreads. Each imputed data set is
    analysed by an analysis of covariance at one visit.

    Parameters
    ----------
    values : array_like, shape (n, visits)
        Response at each visit in order, NaN where missing.
    arm : array_like, shape (n,)
    shifts : sequence of (float, float)
        δ of the arms to be compared, and of the control. (0, 0) is missing at random. All share their random numbers.
    reference : {"own", "control"}
        Whose regressions a subject follows after dropout: those of its arm, or those of the control given the
        subject's own earlier visits (copy reference).
    at : int
        Position of the visit that is compared; the last one by default.
    covariates, factors : mapping of str to array_like, optional
        Numeric covariates and categorical factors, of the imputation and of the analysis. Least-squares means stand at
        the mean of the covariates and weigh the levels of the factors equally.
    arms, control
        Levels in order, and the arm to compare with (the last by default).
    imputations : int
        From 2.
    cycles : int
        Of the draws of gaps and regressions in turn; one is enough where there is no gap.
    seed : int
        One stream an arm.
    confidence : float

    Returns
    -------
    tuple of PatternMixture
        One a pair of shifts.

    Raises
    ------
    StatisticsError
        On bad arguments.

    Notes
    -----
    Source: Little, JASA 1993; Carpenter, Roger and Kenward 2013 (copy reference); O'Kelly and Ratitch 2014; Schafer
    1997, section 6.5 (monotone data augmentation); Barnard and Rubin 1999. The degrees of freedom of complete data are
    the residual ones of the analysis of covariance. SAS: ``proc mi; class arm; by arm; mcmc impute=monotone`` for the
    gaps, ``proc mi; monotone reg; mnar adjust(y6 / shift=-5 adjustobs=(arm='T'))`` or ``mnar model(y6 /
    modelobs=(arm='C'))``, then ``proc glm`` by imputation and ``proc mianalyze``. R: ``mice::mice(method = "norm",
    visitSequence = "monotone")`` with ``post`` for the shift; ``rbmi`` (copy reference).

    Known differences: SAS's shift of a visit enters the regressions of the visits after it, this one does not.

    A gap starts at the arm's observed mean of the visit. The covariates of a regression stand in the order intercept,
    numeric covariates, factors (levels sorted, the first left out), earlier visits; in the outputs baseline, then the
    strata.

    Random numbers: each arm, in the order of ``arms``, has a Philox generator of its own child of
    ``SeedSequence(seed).spawn(len(arms))``. In each cycle, for each visit in order, chi-square variates (imputations),
    then standard normal ones (imputations × terms); then, for each visit with gaps in order, standard normal ones
    (imputations × subjects). After the last cycle standard normal ones (imputations × subjects × visits). A draw of
    coefficients is the estimate plus σ times the inverse of the triangular factor R (LAPACK's QR) times the normal
    variates.

    Examples
    --------
    >>> complete = [[1.0, 2.0], [2.0, 2.5], [0.5, 1.0], [1.5, 3.0], [2.5, 3.5], [1.0, 1.5]]
    >>> result = pattern_mixture(complete, ["T", "T", "T", "C", "C", "C"], arms=["T", "C"], imputations=2)[0]
    >>> round(result.differences[0].pooled.estimate, 4)
    -0.8333
    """
    y = _visits(values)
    n, visits = y.shape
    codes, labels, reference_code = arms_and_control(arm, n, arms, control)
    one_of(reference, "reference", REFERENCES)
    confidence_level(confidence)
    if count(imputations, "imputations") < 2:
        raise StatisticsError(f"imputations is {imputations}", "argument 'imputations'", "give 2 or more")
    if count(cycles, "cycles") < 1:
        raise StatisticsError(f"cycles is {cycles}", "argument 'cycles'", "give 1 or more")
    if not -visits <= at < visits:
        raise StatisticsError(f"at is {at}, but there are {visits} visits", "argument 'at'", "give a position")
    position = at % visits
    extra = np.hstack([np.empty((n, 0)), *(a.columns for a in adjustments(n, covariates, factors, "equal", None))])
    cells = np.flatnonzero(np.bincount(codes, minlength=len(labels)))
    design = np.hstack(((codes[:, None] == cells).astype(np.float64), extra))
    status = _reason(y, codes, labels, design, extra, reference_code if reference == "control" else None)
    last = last_visits(y)
    dropped = last < position
    drawn = np.empty((0, n))
    if not status:
        drawn = _imputed(y, extra, codes, last, reference, reference_code, imputations, cycles, seed)[:, :, position]
    results = []
    for test, own in shifts:
        shift = np.where(codes == reference_code, float(own), float(test)) * dropped
        pooled = _Pooling(drawn + shift, design, confidence, status)
        lost = np.isnan(y[:, position])
        results.append(
            PatternMixture(
                shift_test=float(test),
                shift_control=float(own),
                reference=reference,
                means=tuple(
                    PooledMean(
                        label,
                        int((codes == a).sum()),
                        int((lost & (codes == a)).sum()),
                        int((dropped & (codes == a)).sum()),
                        pooled.of(cells == a, None, label),
                    )
                    for a, label in enumerate(labels)
                ),
                differences=tuple(
                    PooledDifference(
                        label,
                        labels[reference_code],
                        pooled.of(cells == a, cells == reference_code, f"{label} or {labels[reference_code]}"),
                    )
                    for a, label in enumerate(labels)
                    if a != reference_code
                ),
                status=status or "ok",
            )
        )
    return tuple(results)


def _visits(values: ArrayLike) -> NDArray[np.float64]:
    y = np.asarray(values, dtype=np.float64)
    if y.ndim != 2 or not y.shape[1] or bool(np.isinf(y).any()):
        raise StatisticsError(
            f"values have shape {y.shape}, or one is infinite",
            "argument 'values'",
            "give subjects by visits, NaN missing",
        )
    return y


def _reason(
    y: NDArray[np.float64],
    codes: NDArray[np.intp],
    labels: tuple[str, ...],
    design: NDArray[np.float64],
    extra: NDArray[np.float64],
    shared: int | None,
) -> str:
    """Why nothing can be imputed or estimated; empty where it can. ``shared`` is the arm that all follow."""
    if not len(y):
        return "no subjects"
    if len(y) <= design.shape[1] or dependent_columns(design):
        return "the analysis of covariance has no unique estimate"
    for a, label in enumerate(labels):
        own = codes == a
        if not own.any():
            if a == shared:
                return f"no subjects in {label}"
            continue
        x = _own_columns(extra[own])
        if shared is not None and x.shape[1] <= extra.shape[1]:
            return f"a covariate does not vary within {label}"
        if (np.isnan(y[own]).any() or a == shared) and (short := too_few(y[own], x)):
            j, n, terms = short
            return f"{label}: {n} subjects up to visit {j + 1} are too few for a regression with {terms} terms"
        if np.isnan(y[own]).any() or a == shared:
            # A level of a factor may be empty among those who reach a late visit.
            last = last_visits(y[own])
            for j in range(y.shape[1]):
                if dependent_columns(x[last >= j]):
                    return f"{label}: a covariate does not vary independently among the subjects up to visit {j + 1}"
    return ""


def _own_columns(extra: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intercept and those columns that vary independently within the arm."""
    x = np.column_stack((np.ones(len(extra)), extra))
    spare = set(dependent_columns(x)) - {0}
    return x[:, [j for j in range(x.shape[1]) if j not in spare]]


def _imputed(
    y: NDArray[np.float64],
    extra: NDArray[np.float64],
    codes: NDArray[np.intp],
    last: NDArray[np.intp],
    reference: str,
    control: int,
    imputations: int,
    cycles: int,
    seed: int,
) -> NDArray[np.float64]:
    """All visits of all subjects, shape (imputations, n, visits)."""
    arms = int(codes.max()) + 1
    result = np.repeat(y[None], imputations, axis=0)
    seeds = np.random.SeedSequence(count(seed, "seed")).spawn(arms)
    streams = [np.random.Generator(np.random.Philox(s)) for s in seeds]
    regressions: dict[int, list[Regression]] = {}
    # Copying the control needs columns that vary in every arm, so that its regressions fit the others' covariates.
    shared = reference == "control"
    columns = {a: _own_columns(extra[codes == a]) for a in range(arms)}
    if shared:
        columns = {a: np.column_stack((np.ones((codes == a).sum()), extra[codes == a])) for a in range(arms)}
    for a in range(arms):
        own = codes == a
        if own.any() and (np.isnan(y[own]).any() or (shared and a == control)):
            result[:, own], regressions[a] = draw_gaps(y[own], columns[a], imputations, cycles, streams[a])
    for a in regressions:
        own = codes == a
        z = streams[a].standard_normal((imputations, int(own.sum()), y.shape[1]))
        followed = regressions[control if shared else a]
        result[:, own] = draw_after(result[:, own], columns[a], last[own], followed, z)
    return result


class _Pooling:
    """Least squares of all imputed data sets at once: they share their design."""

    def __init__(self, drawn: NDArray[np.float64], design: NDArray[np.float64], confidence: float, status: str) -> None:
        self._confidence, self._status = confidence, status
        self._m = max(len(drawn), 2)
        if status:
            return
        n, p = design.shape
        q, r = np.linalg.qr(design)
        projected = drawn @ q
        residual = drawn - projected @ q.T
        self._coef = np.linalg.solve(r, projected.T)
        self._variance = (residual**2).sum(axis=1) / (n - p)
        inverse = np.linalg.inv(r)
        self._cov = inverse @ inverse.T
        self._df = float(n - p)

    def of(self, plus: NDArray[np.bool_], minus: NDArray[np.bool_] | None, name: str) -> Pooled:
        """Pool the coefficient of an arm, or the difference of two; ``name`` is what a reason calls them."""
        if self._status:
            return self._none(self._status)
        if not plus.any() or (minus is not None and not minus.any()):
            return self._none(f"no subjects in {name}")
        vector = np.zeros(len(self._coef))
        vector[: len(plus)] += plus
        if minus is not None:
            vector[: len(minus)] -= minus
        se = np.sqrt(self._variance * float(vector @ self._cov @ vector))
        if not bool((se > 0.0).all()):
            return self._none("no residual variance")
        return rubin(vector @ self._coef, se, confidence=self._confidence, df_complete=self._df)

    def _none(self, reason: str) -> Pooled:
        nan = math.nan
        return Pooled(nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, self._m, reason)
