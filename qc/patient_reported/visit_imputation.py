r"""Imputation of missing visits by sequential normal regressions within an arm, all imputations side by side.

A visit has the regression :math:`y_j = x^T\beta_j + \sum_{k<j} \gamma_{jk} y_k + e_j`, so that the visits together
have the residuals :math:`A y - B x` with ``A`` lower triangular and 1 on its diagonal, independent with the variances
:math:`\sigma_j^2`. Regressions and gaps are drawn from these.

The numbers come in this order from the stream of the arm: in each cycle, for each visit in order, a chi-square for
each imputation (subjects that reach the visit less terms), then the normal deviates of the coefficients (imputations
by terms: covariates, earlier visits); then, for each visit with gaps in order, normal deviates (imputations by
subjects); after the last cycle normal deviates for the visits after dropout (imputations by subjects by visits).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Sample", "impute", "last_visit"]

Floats = NDArray[np.float64]


def last_visit(values: Floats) -> NDArray[np.intp]:
    """Position of the last visit with a value of each subject; -1 where there is none."""
    positions = np.arange(values.shape[1])
    return np.asarray(np.max(np.where(np.isnan(values), -1, positions), axis=1, initial=-1), dtype=np.intp)


class Sample:
    """Subjects of an arm with their values by visit and their covariates, and the draws made for them.

    Parameters
    ----------
    values : ndarray, shape (subjects, visits)
        NaN where missing.
    covariates : ndarray, shape (subjects, p)
        With the constant.
    imputations : int
    stream : Generator
        Of the arm.
    """

    def __init__(self, values: Floats, covariates: Floats, imputations: int, stream: np.random.Generator) -> None:
        self.size, self.visits = values.shape
        self.covariates, self.stream = covariates, stream
        self.last = last_visit(values)
        reached = np.arange(self.visits) <= self.last[:, None]
        self.gaps = np.isnan(values) & reached
        known = ~np.isnan(values)
        mean = np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        start = np.where(self.gaps, mean, values)
        self.reached = reached
        self.drawn = np.repeat(np.where(reached, start, 0.0)[None], imputations, axis=0)
        # By imputation: the coefficients of the covariates, A of the module's head, and the residual variances.
        self.beta = np.zeros((imputations, self.visits, covariates.shape[1]))
        self.lower = np.tile(np.eye(self.visits), (imputations, 1, 1))
        self.variance = np.ones((imputations, self.visits))

    def estimable(self) -> bool:
        """Whether every visit has a value, and its regression full rank and a degree of freedom."""
        return all(self._has_regression(visit) for visit in range(self.visits))

    def _has_regression(self, visit: int) -> bool:
        rows = self.reached[:, visit]
        terms = np.column_stack([self.covariates[rows], self.drawn[0, rows, :visit]])
        seen = bool((rows & ~self.gaps[:, visit]).any())
        return seen and len(terms) > terms.shape[1] == np.linalg.matrix_rank(terms)

    def augment(self, cycles: int) -> None:
        """Draw regressions and gaps in turn (monotone data augmentation, Schafer 1997); once where there is no gap."""
        for _ in range(cycles if self.gaps.any() else 1):
            for visit in range(self.visits):
                self._draw_regression(visit)
            for gap in np.flatnonzero(self.gaps.any(axis=0)):
                self._draw_gaps(int(gap))

    def _draw_regression(self, visit: int) -> None:
        """Draw from the posterior under the prior 1/σ².

        The triangular factor of the terms and the response together holds that of the terms, the projections of the
        response on its rows, and the root of the residual sum of squares.
        """
        rows = np.flatnonzero(self.reached[:, visit])
        terms = self.covariates.shape[1] + visit
        fixed = np.broadcast_to(self.covariates[rows], (len(self.drawn), len(rows), self.covariates.shape[1]))
        factor = np.asarray(np.linalg.qr(np.concatenate([fixed, self.drawn[:, rows, : visit + 1]], axis=2), mode="r"))
        scale = self.stream.chisquare(len(rows) - terms, size=len(factor))
        variance = factor[:, terms, terms] ** 2 / scale
        noise = np.sqrt(variance)[:, None] * self.stream.standard_normal((len(factor), terms))
        right = factor[:, :terms, terms] + noise
        found = np.linalg.solve(factor[:, :terms, :terms], right[..., None])[..., 0]
        self.beta[:, visit] = found[:, : self.covariates.shape[1]]
        self.lower[:, visit, :visit] = -found[:, self.covariates.shape[1] :]
        self.variance[:, visit] = variance

    def _draw_gaps(self, visit: int) -> None:
        """Draw a visit from its normal distribution given all other visits of the subject up to the last one."""
        rows = np.flatnonzero(self.gaps[:, visit])
        whitened = self.drawn[:, rows] @ self.lower.transpose(0, 2, 1) - self.covariates[rows] @ self.beta.transpose(
            0, 2, 1
        )
        weight = self.lower[:, :, visit] / self.variance
        seen = self.reached[rows].astype(float)
        precision = (weight * self.lower[:, :, visit]) @ seen.T
        slope = np.einsum("mnk,mk,nk->mn", whitened, weight, seen)
        noise = self.stream.standard_normal(precision.shape)
        self.drawn[:, rows, visit] += noise / np.sqrt(precision) - slope / precision

    def complete(self, reference: Sample) -> Floats:
        """Values of all visits: those after dropout in order by the regressions of a sample, its own or another."""
        values = self.drawn.copy()
        deviates = self.stream.standard_normal(values.shape)
        for visit in range(self.visits):
            rows = np.flatnonzero(~self.reached[:, visit])
            mean = self.covariates[rows] @ reference.beta[:, visit].T
            earlier = np.einsum("mnk,mk->nm", values[:, rows, :visit], -reference.lower[:, visit, :visit])
            spread = np.sqrt(reference.variance[:, visit])[:, None]
            values[:, rows, visit] = (mean + earlier).T + spread * deviates[:, rows, visit]
        return values


def impute(
    values: Sequence[Floats],
    covariates: Sequence[Floats],
    imputations: int,
    cycles: int,
    seed: int,
    reference: int | None = None,
) -> list[Floats] | None:
    """Impute the missing visits of each arm; None where a regression has no degree of freedom.

    Parameters
    ----------
    values, covariates : sequence of ndarray
        By arm, as :class:`Sample` takes them; without columns that are constant or dependent within the arm unless a
        reference is given.
    imputations, cycles : int
    seed : int
        Seed sequence from which each arm, in order, has a child and a Philox generator.
    reference : int, optional
        Position of the arm whose regressions all arms follow after dropout; by default each follows its own.
    """
    streams = [np.random.Generator(np.random.Philox(s)) for s in np.random.SeedSequence(seed).spawn(len(values))]
    samples = [Sample(y, x, imputations, s) for y, x, s in zip(values, covariates, streams, strict=True)]
    needed = [bool(np.isnan(y).any()) or i == reference for i, y in enumerate(values)]
    for sample, due in zip(samples, needed, strict=True):
        if due and not sample.estimable():
            return None
        if due:
            sample.augment(cycles)
    leads = [sample if reference is None else samples[reference] for sample in samples]
    return [s.complete(lead) if due else s.drawn for s, lead, due in zip(samples, leads, needed, strict=True)]
