"""Penalised Cox regression (lasso, elastic net, ridge) along a path of penalties."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, count, encode, matrix, numbers, one_of, same_length, times
from csrbook.stats._elastic_net import loglik_at, mixing, penalised_problem, penalty_path, solve_path
from csrbook.stats.cox import COX_TIES

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["PenalisedCox", "penalised_cox"]


@dataclass(frozen=True, slots=True)
class PenalisedCox:
    """Coefficients at each penalty.

    Attributes
    ----------
    penalties : ndarray, shape (k,)
        Falling.
    coef : ndarray, shape (k, p)
        Log hazard ratio for one unit of each covariate.
    nonzero : ndarray of int, shape (k,)
    loglik : ndarray, shape (k,)
        Partial log-likelihood, without the penalty.
    l1_ratio : float
    n, events : int
    ties, status : str
    """

    penalties: NDArray[np.float64]
    coef: NDArray[np.float64]
    nonzero: NDArray[np.intp]
    loglik: NDArray[np.float64]
    l1_ratio: float
    n: int
    events: int
    ties: str
    status: str


def penalised_cox(
    time: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    penalties: ArrayLike | None = None,
    steps: int = 50,
    l1_ratio: float = 1.0,
    ties: str = "efron",
) -> PenalisedCox:
    r"""Cox model with an elastic-net penalty.

    .. math:: \min_\beta\; -\frac{1}{n}\ell(\beta) + \lambda \sum_j \left\{\alpha\,|s_j\beta_j| +
        \frac{1-\alpha}{2}\,(s_j\beta_j)^2\right\}

    with :math:`s_j` the standard deviation of covariate j (divisor n), so that the unit of a covariate does not matter;
    α = 1 is the lasso, α = 0 the ridge. The minimum is exact: the Karush–Kuhn–Tucker conditions hold to rounding, and
    a coefficient that is 0 is exactly 0.

    Parameters
    ----------
    time, event : array_like, shape (n,)
    x : array_like, shape (n, p)
        Covariates without missing values.
    strata : array_like, optional
        Strata of the baseline hazard.
    penalties : array_like, optional
        Values of λ; by default ``steps`` values from the smallest λ at which all coefficients are 0 down to a hundredth
        of it (a twentieth if there are more covariates than subjects), evenly on the log scale; for a ridge from 1,000
        times the largest gradient down to a ten-thousandth of that.
    steps : int
    l1_ratio : float
        α, from 0 to 1.
    ties : {"efron", "breslow"}

    Returns
    -------
    PenalisedCox
        No concordance: how well the model predicts is the matter of :func:`csrbook.stats.signature.cox_signature`.

    Raises
    ------
    StatisticsError
        On a bad argument.

    Notes
    -----
    Source: Tibshirani, Stat Med 1997; Simon et al., J Stat Softw 2011; strong rules: Tibshirani et al., JRSS B 2012. R:
    ``glmnet(x, Surv(t, d), family = "cox", alpha = 1, lambda = )``, with ``stratifySurv``. SAS: no procedure for the
    Cox model. Known differences: glmnet takes Breslow's ties; at λ = 0 this is :func:`csrbook.stats.cox.cox`.
    """
    t = times(time)
    d = binary(event, "event")
    same_length(len(t), event=d)
    z = matrix(x, "x", len(t))
    codes, _ = encode(strata, "strata", len(t))
    one_of(ties, "ties", COX_TIES)
    alpha = mixing(l1_ratio)
    wanted = None if penalties is None else _penalties(penalties)
    if not bool(d.any()):
        length = 0 if wanted is None else len(wanted)
        nothing = np.full((length, z.shape[1]), math.nan)
        status = "no events" if len(t) else "no subjects"
        return PenalisedCox(
            penalties=np.empty(0) if wanted is None else wanted,
            coef=nothing,
            nonzero=np.zeros(length, dtype=np.intp),
            loglik=np.full(length, math.nan),
            l1_ratio=alpha,
            n=len(t),
            events=0,
            ties=ties,
            status=status,
        )
    problem = penalised_problem(t, d, z, codes, ties)
    path = penalty_path(problem, count(steps, "steps"), alpha) if wanted is None else wanted
    scaled = solve_path(problem, path, alpha)
    return PenalisedCox(
        penalties=path,
        coef=scaled / problem.scale,
        nonzero=np.count_nonzero(scaled, axis=1),
        loglik=np.array([loglik_at(problem.sets, problem.x @ row) for row in scaled]),
        l1_ratio=alpha,
        n=len(t),
        events=int(d.sum()),
        ties=ties,
        status="ok",
    )


def _penalties(value: ArrayLike) -> NDArray[np.float64]:
    result = np.sort(numbers(value, "penalties"))[::-1]
    if not len(result) or bool((result < 0.0).any()):
        raise StatisticsError("penalties are empty or below 0", "argument 'penalties'", "give numbers from 0")
    return result
