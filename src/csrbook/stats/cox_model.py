"""Cox model with named covariates, fitted by lifelines."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, confidence_level, encode, numbers, same_length, times
from csrbook.stats._normal import chi2_sf, two_sided_p, z_critical
from csrbook.stats.cox import cox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

__all__ = ["CoxModel", "CoxTerm", "cox_model"]


@dataclass(frozen=True, slots=True)
class CoxTerm:
    """Hazard ratio for one unit of a covariate, others held fixed, with Wald limits and test."""

    name: str
    coef: float
    se: float
    hr: float
    lower: float
    upper: float
    z: float
    p: float


@dataclass(frozen=True, slots=True)
class CoxModel:
    """A fitted model: one term a covariate, likelihood-ratio test of all of them, Harrell's concordance."""

    terms: tuple[CoxTerm, ...]
    loglik: float
    lr_chi2: float
    lr_p: float
    df: int
    concordance: float
    n: int
    events: int
    confidence: float
    status: str


def cox_model(
    time: ArrayLike,
    event: ArrayLike,
    covariates: Mapping[str, ArrayLike],
    *,
    strata: ArrayLike | None = None,
    confidence: float = 0.95,
) -> CoxModel:
    r"""Cox model with several covariates (Efron ties), for tables of adjusted hazard ratios.

    Parameters
    ----------
    time, event : array_like
        Times (not negative), and 1 for an event, 0 for a censored time.
    covariates : mapping of str to array_like
        Numeric covariates by name, in the order of the table; code a factor as indicators.
    strata : array_like, optional
        One label a subject.
    confidence : float

    Returns
    -------
    CoxModel
        ``status`` holds the reason of :func:`csrbook.stats.cox.cox` where there is no finite estimate, or lifelines'
        reason where its fit did not converge (all numbers are NaN then).

    Notes
    -----
    The estimates are lifelines' ``CoxPHFitter`` with the tolerance tightened until they agree with R to ten digits; at
    its default they are good to 2e-4. Import of lifelines takes more than a second, so that
    :func:`csrbook.stats.cox.cox` serves where only coefficients and likelihoods are needed. SAS: ``proc phreg; model
    t*cnsr(1)=x1 x2 / ties=efron``. R: ``coxph(Surv(t, d) ~ x1 + x2)``.
    """
    t = times(time)
    d = binary(event, "event")
    same_length(len(t), event=d)
    confidence_level(confidence)
    codes, labels = encode(strata, "strata", len(t))
    if not covariates:
        raise StatisticsError("covariates is empty", "argument 'covariates'", "name at least one covariate")
    columns = {name: numbers(values, name) for name, values in covariates.items()}
    same_length(len(t), **columns)
    if not bool(d.any()):
        return _none(columns, len(t), 0, confidence, "no events" if len(t) else "no subjects")
    # lifelines takes the end of its steps for an estimate where the likelihood is monotone.
    finite = cox(t, d, np.column_stack(list(columns.values())), strata=codes)
    if finite.status != "ok":
        return _none(columns, len(t), int(d.sum()), confidence, finite.status)

    import pandas as pd
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning

    # Names of our own: a covariate may be called as lifelines' columns are.
    names = {f"x{i}": name for i, name in enumerate(columns)}
    frame = pd.DataFrame({"t": t, "d": d, "s": codes} | {key: columns[name] for key, name in names.items()})
    fitter = CoxPHFitter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            fitter.fit(
                frame if len(labels) > 1 else frame.drop(columns="s"),
                duration_col="t",
                event_col="d",
                strata=["s"] if len(labels) > 1 else None,
                fit_options={"precision": 1e-20, "r_precision": 1e-17, "max_steps": 200},
            )
    except (ConvergenceError, ConvergenceWarning) as problem:
        return _none(columns, len(t), int(d.sum()), confidence, f"no convergence: {str(problem).splitlines()[0]}")
    z_limit = z_critical(confidence)
    coef = np.asarray(fitter.params_, dtype=np.float64)
    se = np.asarray(fitter.standard_errors_, dtype=np.float64)
    terms = []
    for name, b, s in zip(columns, coef.tolist(), se.tolist(), strict=True):
        z = b / s
        half = z_limit * s
        terms.append(CoxTerm(name, b, s, math.exp(b), math.exp(b - half), math.exp(b + half), z, two_sided_p(z)))
    lr = float(fitter.log_likelihood_ratio_test().test_statistic)
    return CoxModel(
        terms=tuple(terms),
        loglik=float(fitter.log_likelihood_),
        lr_chi2=lr,
        lr_p=chi2_sf(lr, len(columns)),
        df=len(columns),
        concordance=float(fitter.concordance_index_),
        n=len(t),
        events=int(d.sum()),
        confidence=confidence,
        status="ok",
    )


def _none(columns: Mapping[str, object], n: int, events: int, confidence: float, status: str) -> CoxModel:
    nan = math.nan
    terms = tuple(CoxTerm(name, nan, nan, nan, nan, nan, nan, nan) for name in columns)
    return CoxModel(terms, nan, nan, nan, len(columns), nan, n, events, confidence, status)
