"""The whole procedure that makes a signature, so that resampling can repeat all of it: scaling, path, choice of λ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.stats._elastic_net import loglik_at, penalised_problem, penalty_path, solve_path
from csrbook.stats._risk_sets import risk_sets
from csrbook.stats.concordance import concordance

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

__all__ = ["Chosen", "Procedure", "SignatureData", "choose", "fold_numbers", "outer_fold", "resample"]

# Purposes of the streams of random numbers: first element of their spawn key.
FINAL, OUTER_FOLDS, OUTER_FIT, BOOTSTRAP = range(4)


@dataclass(frozen=True, slots=True)
class Procedure:
    """Settings of the procedure."""

    l1_ratio: float
    steps: int
    folds: int
    rule: str
    ties: str
    seed: int

    def stream(self, *key: int) -> np.random.Generator:
        """Random numbers of a task."""
        return np.random.Generator(np.random.Philox(np.random.SeedSequence(self.seed, spawn_key=key)))


@dataclass(frozen=True, slots=True)
class SignatureData:
    """Subjects; ``subject`` is equal for the copies that a bootstrap sample holds of one."""

    time: Array
    event: NDArray[np.bool_]
    x: Array
    codes: NDArray[np.intp]
    subject: NDArray[np.intp]

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> SignatureData:
        """Some subjects, or copies of some."""
        return SignatureData(self.time[rows], self.event[rows], self.x[rows], self.codes[rows], self.subject[rows])

    def pairs(self, score: Array, weights: str) -> tuple[float, float]:
        """Concordant pairs, ties counting one half, and comparable pairs."""
        found = concordance(self.time, self.event, score, strata=self.codes, weights=weights)
        half = found.tied_score / 2.0
        return found.concordant + half, found.concordant + found.discordant + found.tied_score


@dataclass(frozen=True, slots=True)
class Chosen:
    """The signature of some data: penalties, cross-validated log-likelihood at each, chosen one, coefficients."""

    penalties: Array
    cross_validated: Array
    position: int
    coef: Array


def fold_numbers(data: SignatureData, folds: int, generator: np.random.Generator) -> NDArray[np.intp]:
    """Fold of each subject: events and censored subjects dealt out in turn, copies of a subject together."""
    subjects, first, back = np.unique(data.subject, return_index=True, return_inverse=True)
    order = generator.permutation(len(subjects))
    order = order[np.argsort(~data.event[first][order], kind="stable")]
    fold = np.empty(len(subjects), dtype=np.intp)
    fold[order] = np.arange(len(subjects)) % folds
    result: NDArray[np.intp] = fold[back]
    return result


def choose(data: SignatureData, procedure: Procedure, generator: np.random.Generator) -> Chosen | None:
    """Fit the path, choose λ by cross-validated partial likelihood; None if a fold leaves no event to learn from.

    A fold adds ℓ(β₋ₖ) of all subjects less ℓ₋ₖ(β₋ₖ) of those it was learnt from: what the left-out subjects say.
    """
    fold = fold_numbers(data, procedure.folds, generator)
    if any(not bool(data.event[fold != k].any()) for k in range(procedure.folds)):
        return None
    problem = penalised_problem(data.time, data.event, data.x, data.codes, procedure.ties)
    penalties = penalty_path(problem, procedure.steps, procedure.l1_ratio)
    if not penalties[0] > 0.0:
        return None
    gain = np.empty((procedure.folds, procedure.steps))
    sets = risk_sets(data.time, data.event, data.codes, procedure.ties)
    for k in range(procedure.folds):
        part = data.take(fold != k)
        learnt = penalised_problem(part.time, part.event, part.x, part.codes, procedure.ties)
        for i, row in enumerate(solve_path(learnt, penalties, procedure.l1_ratio)):
            score = data.x[sets.order] @ (row / learnt.scale)
            gain[k, i] = loglik_at(sets, score) - loglik_at(learnt.sets, learnt.x @ row)
    total = gain.sum(axis=0)
    position = int(np.argmax(total))
    if procedure.rule == "one-se":
        spread = gain[:, position].std(ddof=1) * np.sqrt(procedure.folds)
        position = int(np.flatnonzero(total >= total[position] - spread)[0])
    coef = solve_path(problem, penalties[: position + 1], procedure.l1_ratio)[-1] / problem.scale
    return Chosen(penalties, total, position, coef)


def outer_fold(data: SignatureData, procedure: Procedure, outer: int, task: tuple[int, int]) -> Array | None:
    """Pairs in one outer fold, scored by the signature of the others: (2, 2), Harrell and Uno by pairs as above."""
    repeat, number = task
    fold = fold_numbers(data, outer, procedure.stream(OUTER_FOLDS, repeat))
    chosen = choose(data.take(fold != number), procedure, procedure.stream(OUTER_FIT, repeat, number))
    if chosen is None:
        return None
    left = data.take(fold == number)
    score = left.x @ chosen.coef
    return np.array([left.pairs(score, weights) for weights in ("harrell", "uno")])


def resample(data: SignatureData, procedure: Procedure, number: int) -> tuple[Array, NDArray[np.bool_]] | None:
    """C of one bootstrap sample's signature in the sample and in the data, (2, 2), and its covariates."""
    generator = procedure.stream(BOOTSTRAP, number)
    sample = data.take(generator.integers(0, len(data.time), len(data.time)))
    chosen = choose(sample, procedure, generator) if bool(sample.event.any()) else None
    if chosen is None:
        return None
    result = np.empty((2, 2))
    for i, weights in enumerate(("harrell", "uno")):
        for j, where in enumerate((sample, data)):
            agree, comparable = where.pairs(where.x @ chosen.coef, weights)
            if not comparable > 0.0:
                return None
            result[i, j] = agree / comparable
    return result, chosen.coef != 0.0
