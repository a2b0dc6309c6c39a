"""Mixed model for repeated measures (MMRM): LS means and differences by visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._cell_design import adjustments, arms_and_control, interactions
from csrbook.stats._checks import encode, numbers, same_length
from csrbook.stats._student import LinearEstimate, not_estimable
from csrbook.stats.mmrm_fit import MmrmFit, fit_mmrm

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import ArrayLike

__all__ = ["LsDifference", "LsMean", "Mmrm", "mmrm"]


@dataclass(frozen=True, slots=True)
class LsMean:
    """Least-squares mean of an arm at a visit; ``n`` counts the subjects observed there."""

    arm: str
    visit: str
    n: int
    estimate: LinearEstimate


@dataclass(frozen=True, slots=True)
class LsDifference:
    """Least-squares mean of an arm less that of the control at a visit."""

    arm: str
    control: str
    visit: str
    estimate: LinearEstimate


@dataclass(frozen=True, slots=True)
class Mmrm:
    """A fitted trial model.

    Attributes
    ----------
    ls_means : tuple of LsMean
        Visits in order, arms in order within a visit.
    differences : tuple of LsDifference
        Each arm less the control, by visit.
    fit : MmrmFit
        Covariance structure that was used, covariance matrix, likelihood, counts.
    control : str
    status : str
        ``"ok"``, or why there is no fit, or which structure stood in for the one asked for and why. A cell that is not
        estimable says so in the ``status`` of its own estimate.
    cells : mapping
        Position of each (arm, visit) among the coefficients of ``fit``.
    """

    ls_means: tuple[LsMean, ...]
    differences: tuple[LsDifference, ...]
    fit: MmrmFit
    control: str
    status: str
    cells: Mapping[tuple[str, str], int]

    def combination(self, weights: Mapping[tuple[str, str], float]) -> LinearEstimate:
        """Estimate a weighted sum of LS means, given by (arm, visit): a mean over visits, a change between two."""
        unknown = [cell for cell in weights if cell not in {(m.arm, m.visit) for m in self.ls_means}]
        if unknown:
            raise StatisticsError(f"weights name the cell {unknown[0]!r}", "argument 'weights'", "give (arm, visit)")
        absent = [cell for cell, weight in weights.items() if weight != 0.0 and cell not in self.cells]
        if absent:
            return not_estimable(self.fit.confidence, f"no observation of {absent[0][0]} at {absent[0][1]}")
        vector = np.zeros(len(self.fit.names))
        for cell, weight in weights.items():
            if weight != 0.0:
                vector[self.cells[cell]] += weight
        return self.fit.linear(vector)


def mmrm(
    response: ArrayLike,
    subject: ArrayLike,
    visit: ArrayLike,
    arm: ArrayLike,
    *,
    covariates: Mapping[str, ArrayLike] | None = None,
    factors: Mapping[str, ArrayLike] | None = None,
    by_visit: Collection[str] = (),
    arms: Sequence[Any] | None = None,
    control: Any = None,
    visits: Sequence[Any] | None = None,
    weights: str = "equal",
    at: Mapping[str, float] | None = None,
    covariance: str = "UN",
    fallbacks: Sequence[str] = ("TOEPH", "ARH1", "CS"),
    method: str = "kenward-roger",
    information: str = "observed",
    confidence: float = 0.95,
) -> Mmrm:
    r"""MMRM with arm, visit and their interaction, by restricted maximum likelihood.

    .. math:: y_{ij} = \mu_{a(i)j} + x_{ij}^T\beta_{(j)} + e_{ij}, \qquad e_i \sim N(0, \Sigma_{\mathrm{obs}(i)})

    Parameters
    ----------
    response, subject, visit, arm : array_like
        One record an observed visit: a visit without a value has no record (a NaN is refused).
    covariates, factors : mapping of str to array_like, optional
        Numeric covariates and categorical factors by name, one value a record.
    by_visit : collection of str
        Those of them whose effect differs by visit (the interaction with visit, usual for the baseline value).
    arms, visits : sequence, optional
        Levels in order; by default the sorted ones found. A level without records keeps its rows in the result.
    control : optional
        The arm to compare with; by default the last.
    weights : {"equal", "observed"}
        How LS means weigh the levels of the factors. Covariates stand at their mean over the records, or at ``at``.
    at : mapping of str to float, optional
    covariance : {"UN", "TOEPH", "ARH1", "CS"}
    fallbacks : sequence of str
        Structures to try, in this order, where the fit does not converge; ``status`` names the one used.
    method : {"kenward-roger", "kenward-roger-linear", "kenward-roger-cholesky", "satterthwaite", "sandwich"}
    information : {"observed", "expected"}
        See :func:`csrbook.stats.mmrm_fit.fit_mmrm`.
    confidence : float

    Notes
    -----
    Source: Mallinckrodt et al. 2008; Kenward and Roger 1997; Fai and Cornelius 1996. SAS: ``proc mixed method=reml;
    class subject arm visit; model y = arm*visit base*visit / ddfm=kr; repeated visit / subject=subject type=un; lsmeans
    arm*visit / diff cl`` (``weights="observed"``: ``lsmeans / om``). R: ``mmrm::mmrm(y ~ arm * visit + base * visit +
    us(visit | subject), method = "Kenward-Roger", vcov = "Kenward-Roger-Linear")`` with ``emmeans`` (``weights =
    "proportional"``); ``nlme::gls(correlation = corSymm(), weights = varIdent())`` for the estimates.

    Known differences: under UN, SAS's ``ddfm=kr`` and ``ddfm=kr(linear)`` are the same, and R's mmrm gives them as
    "Kenward-Roger-Linear"; its "Kenward-Roger" takes second derivatives by the Cholesky factor and has standard errors
    smaller by some percent: ``method="kenward-roger-cholesky"``.

    By default the covariance of the covariance parameters comes from the observed information. A structure has not
    converged where the information matrix is singular or the likelihood rises towards a singular covariance matrix.
    With the sandwich, Satterthwaite's degrees of freedom take the model-based variance. No model is fitted where the
    design is not of full rank apart from empty cells of arm and visit, and in the outputs where the control or every
    other arm has no change.

    Examples
    --------
    >>> y = [5.0, 6.1, 4.2, 5.9, 6.8, 5.1, 4.0, 4.4, 6.0, 6.9, 5.2, 5.3, 4.9, 6.2, 5.5, 5.8]
    >>> fit = mmrm(y, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8], [1, 2] * 8, ["T", "T", "C", "C"] * 4,
    ...            arms=["T", "C"])
    >>> last = fit.differences[-1]
    >>> last.arm, last.visit, round(last.estimate.estimate, 4), round(last.estimate.df, 4)
    ('T', '2', 0.725, 6.0)
    """
    y = numbers(response, "response")
    n = len(y)
    subjects, subject_labels = encode(subject, "subject", n)
    visit_codes, visit_labels = encode(visit, "visit", n, visits)
    arm_codes, arm_labels, control_code = arms_and_control(arm, n, arms, control)
    found = adjustments(n, covariates, factors, weights, at)
    extra, extra_labels = interactions(found, by_visit, "by_visit", visit_codes, visit_labels)
    same_length(n, subject=subjects)
    counts = np.zeros((len(arm_labels), len(visit_labels)), dtype=np.int64)
    np.add.at(counts, (arm_codes, visit_codes), 1)
    present = [(a, v) for v in range(len(visit_labels)) for a in range(len(arm_labels)) if counts[a, v]]
    used = np.array([(arm_codes == a) & (visit_codes == v) for a, v in present], dtype=np.float64).T
    if not n:
        used = np.empty((0, 0))
    labels = tuple(f"{arm_labels[a]} at {visit_labels[v]}" for a, v in present) + extra_labels
    fit = fit_mmrm(
        y,
        [subject_labels[code] for code in subjects.tolist()],
        [visit_labels[code] for code in visit_codes.tolist()],
        np.hstack((used, extra)),
        names=labels,
        visits=visit_labels,
        covariance=covariance,
        fallbacks=fallbacks,
        method=method,
        information=information,
        confidence=confidence,
    )
    cells = {(arm_labels[a], visit_labels[v]): index for index, (a, v) in enumerate(present)}
    means, differences = [], []
    for v, visit_label in enumerate(visit_labels):
        reference = (arm_labels[control_code], visit_label)
        for a, arm_label in enumerate(arm_labels):
            cell = (arm_label, visit_label)
            means.append(LsMean(arm_label, visit_label, int(counts[a, v]), _cell_estimate(fit, cells, {cell: 1.0})))
            if a != control_code:
                difference = _cell_estimate(fit, cells, {cell: 1.0, reference: -1.0})
                differences.append(LsDifference(arm_label, reference[0], visit_label, difference))
    name = arm_labels[control_code] if arm_labels else ""
    return Mmrm(tuple(means), tuple(differences), fit, name, fit.status, cells)


def _cell_estimate(
    fit: MmrmFit, cells: Mapping[tuple[str, str], int], weights: Mapping[tuple[str, str], float]
) -> LinearEstimate:
    for arm, visit in weights:
        if (arm, visit) not in cells:
            return not_estimable(fit.confidence, f"no observation of {arm} at {visit}")
    vector = np.zeros(len(fit.names))
    for cell, weight in weights.items():
        vector[cells[cell]] = weight
    return fit.linear(vector)
