"""A prognostic signature by penalised Cox regression, with what it is worth outside the data it was made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, count, encode, matrix, one_of, same_length, times
from csrbook.stats._elastic_net import mixing
from csrbook.stats._signature_fit import FINAL, Procedure, SignatureData, choose, outer_fold, resample
from csrbook.stats.cox import COX_TIES
from csrbook.stats.parallel import spread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from numpy.typing import ArrayLike, NDArray

    from csrbook.stats.parallel import Progress

__all__ = ["HonestConcordance", "Signature", "cox_signature"]

RULES: Final = ("best", "one-se")
# Fewer resamples say too little of the optimism to correct by.
_FEWEST: Final = 10


@dataclass(frozen=True, slots=True)
class HonestConcordance:
    """Concordance of a signature, never the apparent one alone.

    Attributes
    ----------
    apparent : float
        In the data that the signature was made of: too high.
    optimism : float
        Mean over bootstrap samples of C in the sample less C in the data, of the signature made of the sample.
    corrected : float
        ``apparent − optimism``.
    nested : float
        Pooled over the outer folds of the nested cross-validation.

    Raises
    ------
    StatisticsError
        If ``apparent`` is given without the others.
    """

    apparent: float
    optimism: float
    corrected: float
    nested: float

    def __post_init__(self) -> None:
        rest = (self.optimism, self.corrected, self.nested)
        if not math.isnan(self.apparent) and any(math.isnan(value) for value in rest):
            raise StatisticsError(
                "an apparent concordance without its correction", "argument 'apparent'", "give all four, or none"
            )


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature and its concordance.

    Attributes
    ----------
    names : tuple of str
        Of all covariates offered.
    coef : ndarray, shape (p,)
        Log hazard ratio for one unit; 0 for a covariate that was not selected.
    penalty, l1_ratio : float
        Chosen λ, and α.
    penalties, cross_validated : ndarray, shape (steps,)
        Path, and cross-validated partial log-likelihood at each λ.
    selection : ndarray, shape (p,)
        Share of the bootstrap signatures that hold the covariate.
    harrell, uno : HonestConcordance
    outer_folds, outer_used : int
        Outer folds of all repeats, and those in which a signature could be made.
    resamples, resamples_used : int
        Bootstrap samples, and those in which a signature could be made.
    n, events : int
    ties, status : str
        ``"ok"`` or why there is no signature, or why it has no concordance.
    """

    names: tuple[str, ...]
    coef: NDArray[np.float64]
    penalty: float
    l1_ratio: float
    penalties: NDArray[np.float64]
    cross_validated: NDArray[np.float64]
    selection: NDArray[np.float64]
    harrell: HonestConcordance
    uno: HonestConcordance
    outer_folds: int
    outer_used: int
    resamples: int
    resamples_used: int
    n: int
    events: int
    ties: str
    status: str

    @property
    def selected(self) -> tuple[str, ...]:
        """Covariates of the signature."""
        return tuple(name for name, b in zip(self.names, self.coef.tolist(), strict=True) if b != 0.0)

    def score(self, x: ArrayLike) -> NDArray[np.float64]:
        """Linear predictor of subjects, shape (n, p), higher for a higher risk."""
        array = np.asarray(x)
        result: NDArray[np.float64] = matrix(array, "x", len(array) if array.ndim else 0) @ self.coef
        return result


def cox_signature(
    time: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    strata: ArrayLike | None = None,
    l1_ratio: float = 1.0,
    steps: int = 50,
    rule: str = "best",
    inner_folds: int = 5,
    outer_folds: int = 5,
    repeats: int = 1,
    resamples: int = 100,
    ties: str = "efron",
    seed: int = 1,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Signature:
    r"""Make a signature and estimate its concordance in two honest ways.

    The procedure: scale the covariates, fit the path of :func:`csrbook.stats.penalised_cox.penalised_cox`, choose λ by
    the cross-validated partial likelihood

    .. math:: \mathrm{CVL}(\lambda) = \sum_k \{\ell(\hat\beta_{-k}) - \ell_{-k}(\hat\beta_{-k})\}

    The *nested* cross-validation repeats the whole procedure, choice of λ included, without each outer fold and scores
    the fold by it; pairs are compared within folds, since scores of different signatures have no common scale, and
    added up. The *bootstrap* repeats the procedure in samples with replacement:

    .. math:: C_{\mathrm{corrected}} = C_{\mathrm{apparent}} - \frac1B \sum_b \{C_b(\text{sample } b) -
        C_b(\text{data})\}

    Copies of a subject stay in one inner fold, so that no sample is tested on what it was learnt from. Folds are
    balanced by events.

    Parameters
    ----------
    time, event : array_like, shape (n,)
    x : array_like, shape (n, p)
        Covariates without missing values: decide on them before, for imputation belongs in the procedure.
    names : sequence of str, optional
        One a column; numbers from 0 by default.
    strata : array_like, optional
        Strata of the baseline hazard; pairs are compared within them.
    l1_ratio : float
        1 lasso, 0 ridge.
    steps : int
        Penalties on the path.
    rule : {"best", "one-se"}
        λ with the largest CVL, or the largest λ within one standard error (over the folds) of it.
    inner_folds, outer_folds, repeats : int
        Folds, and repeats of the outer division.
    resamples : int
        Bootstrap samples, 10 or more.
    ties : {"efron", "breslow"}
    seed : int
    workers, executor, progress
        How folds and samples are spread; see :func:`csrbook.stats.parallel.spread`. The result does not depend on it.

    Returns
    -------
    Signature

    Raises
    ------
    StatisticsError
        On a bad argument, such as missing values or fewer than 10 resamples.

    Notes
    -----
    Source: Verweij and van Houwelingen, Stat Med 1993 (CVL); Varma and Simon, BMC Bioinformatics 2006 (nested
    cross-validation); Harrell, Lee and Mark, Stat Med 1996 (optimism). R: ``cv.glmnet(x, S, family = "cox", grouped =
    TRUE)`` inside loops over folds and samples, ``concordance(S ~ score, reverse = TRUE)``; ``rms::validate`` for
    models without a choice of λ. SAS: no procedure for the penalised Cox model. Known differences: glmnet takes
    Breslow's ties.

    Each fit scales the covariates by its own standard deviations; the inner folds use the penalties of the sample that
    they divide. The path begins at (1 + 1e-9) times the smallest penalty at which all coefficients are 0; of equal
    cross-validated values the largest penalty is taken. Uno's weights are estimated by stratum within the sample or the
    fold.

    Random numbers: ``Generator(Philox(SeedSequence(seed, spawn_key=key)))``, with the key (0) for the signature, (1,
    repeat) for the outer folds, (2, repeat, fold) for the choice in an outer fold, and (3, number) for a bootstrap
    sample, which first draws n rows by ``integers(0, n, n)`` and then its inner folds; all count from 0. Folds: one
    permutation of the subjects in the order given (in the outputs that of USUBJID; copies as one), those with an event
    first, dealt out in turn.
    """
    t = times(time)
    d = binary(event, "event")
    same_length(len(t), event=d)
    z = matrix(x, "x", len(t))
    codes, _ = encode(strata, "strata", len(t))
    one_of(ties, "ties", COX_TIES)
    one_of(rule, "rule", RULES)
    inner = _at_least(inner_folds, "inner_folds", 2)
    outer = _at_least(outer_folds, "outer_folds", 2)
    again, samples = _at_least(repeats, "repeats", 1), _at_least(resamples, "resamples", _FEWEST)
    labels = tuple(str(j) for j in range(z.shape[1])) if names is None else tuple(str(name) for name in names)
    if len(labels) != z.shape[1] or len(set(labels)) != len(labels):
        raise StatisticsError(
            f"names are {len(labels)} ({len(set(labels))} distinct) for {z.shape[1]} columns",
            "argument 'names'",
            "give one name of its own to each column",
        )
    procedure = Procedure(mixing(l1_ratio), _at_least(steps, "steps", 2), inner, rule, ties, count(seed, "seed"))
    data = SignatureData(t, d, z, codes, np.arange(len(t), dtype=np.intp))
    events = int(d.sum())
    chosen = None
    status = "no covariates" if not z.shape[1] else "ok"
    if events < 2 * max(inner, outer):
        status = f"{events} events are too few for {max(inner, outer)} folds"
    if status == "ok":
        chosen = choose(data, procedure, procedure.stream(FINAL))
        status = "ok" if chosen is not None else "no covariate varies within the strata"
    none = HonestConcordance(math.nan, math.nan, math.nan, math.nan)
    harrell = uno = none
    selection = np.full(z.shape[1], math.nan)
    folds = [(repeat, fold) for repeat in range(again) for fold in range(outer)]
    outer_used = used = 0
    if chosen is not None:
        task = partial(outer_fold, data, procedure, outer)
        pairs = [p for p in spread(task, folds, workers=workers, executor=executor, progress=progress) if p is not None]
        drawn = spread(
            partial(resample, data, procedure),
            range(samples),
            workers=workers,
            executor=executor,
            progress=progress,
        )
        resampled = [r for r in drawn if r is not None]
        outer_used, used = len(pairs), len(resampled)
        nested = np.sum(pairs, axis=0) if pairs else np.zeros((2, 2))
        if used >= _FEWEST and float(nested[:, 1].min()) > 0.0:
            optimism = np.mean([c[:, 0] - c[:, 1] for c, _ in resampled], axis=0)
            selection = np.mean([held for _, held in resampled], axis=0)
            harrell, uno = (
                _honest(data, chosen.coef, weights, float(optimism[i]), nested[i])
                for i, weights in enumerate(("harrell", "uno"))
            )
        else:
            status = f"no concordance: signatures in {outer_used} outer folds and {used} bootstrap samples only"
    return Signature(
        names=labels,
        coef=np.full(z.shape[1], math.nan) if chosen is None else chosen.coef,
        penalty=math.nan if chosen is None else float(chosen.penalties[chosen.position]),
        l1_ratio=procedure.l1_ratio,
        penalties=np.empty(0) if chosen is None else chosen.penalties,
        cross_validated=np.empty(0) if chosen is None else chosen.cross_validated,
        selection=selection,
        harrell=harrell,
        uno=uno,
        outer_folds=len(folds),
        outer_used=outer_used,
        resamples=samples,
        resamples_used=used,
        n=len(t),
        events=events,
        ties=ties,
        status=status,
    )


def _honest(
    data: SignatureData, coef: NDArray[np.float64], weights: str, optimism: float, nested: NDArray[np.float64]
) -> HonestConcordance:
    agree, comparable = data.pairs(data.x @ coef, weights)
    apparent = agree / comparable
    return HonestConcordance(apparent, optimism, apparent - optimism, float(nested[0] / nested[1]))


def _at_least(value: int, name: str, smallest: int) -> int:
    found = count(value, name)
    if found < smallest:
        raise StatisticsError(f"{name} is {value!r}", f"argument {name!r}", f"give a whole number from {smallest}")
    return found
