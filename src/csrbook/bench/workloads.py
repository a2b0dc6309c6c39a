"""What is timed: simulated data of fixed seeds, and what csrbook does with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats.cox import cox_arm
from csrbook.stats.cox_replicates import bootstrap_cox_arm, refit_cox_arm
from csrbook.stats.decision_rule import DecisionRule
from csrbook.stats.imputation import tipping_point
from csrbook.stats.marker_interactions import marker_interactions
from csrbook.stats.mmrm import mmrm
from csrbook.stats.operating_characteristics import operating_characteristics
from csrbook.stats.trial_assumptions import Accrual, Stratum, TrialAssumptions, Weibull

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["FULL", "Sizes", "Workloads"]

_STRATA: Final = ((0.5, 0.7), (0.3, 1.0), (0.2, 1.4))
_DELTAS: Final = (1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.5)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done of each; ``single`` pairs a number of subjects with a number of fits."""

    n: int
    bootstrap: int
    refits: int
    trials: int
    trial_events: int
    permutations: int
    single: tuple[tuple[int, int], ...]
    repeated: tuple[int, int, int]


FULL: Final = Sizes(
    n=400,
    bootstrap=2000,
    refits=1000,
    trials=10_000,
    trial_events=375,
    permutations=1024,
    single=((400, 500), (5_000, 100), (50_000, 10), (500_000, 1)),
    repeated=(460, 6, 24),
)


class Workloads:
    """Data of the sizes asked for, and a method for each thing that is timed; it returns its estimates."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.trial = _trial(sizes.n, 1)
        self.imputed_time, self.imputed_event = _imputed(self.trial, sizes.refits)
        self.marker = _rng(3).normal(size=sizes.n)
        self.single = {n: _trial(n, 4) for n, _ in sizes.single}
        self.repeated = _repeated(*sizes.repeated)

    def write(self, folder: Path) -> None:
        """Write the data for R: float64, column by column."""
        tables = {"trial": self.trial, "imputed_time": self.imputed_time, "imputed_event": self.imputed_event}
        tables |= {"marker": self.marker, "repeated": self.repeated}
        tables |= {f"single_{n}": data for n, data in self.single.items()}
        for name, data in tables.items():
            (folder / f"{name}.f64").write_bytes(data.astype("<f8").tobytes(order="F"))

    def bootstrap(self) -> NDArray[np.float64]:
        """Bootstrap fits of the trial."""
        time, event, arm, stratum = self.trial.T
        return bootstrap_cox_arm(time, event, arm, strata=stratum, replicates=self.sizes.bootstrap).log_hr

    def tipping(self) -> NDArray[np.float64]:
        """Imputations and refits over a grid of ten δ."""
        time, event, arm, stratum = self.trial.T
        found = tipping_point(
            time,
            event,
            arm,
            strata=stratum,
            margin=1.3,
            deltas_test=_DELTAS,
            imputations=self.sizes.refits // len(_DELTAS),
        )
        return np.concatenate([result.log_hr for result in found.grid])

    def refit(self) -> NDArray[np.float64]:
        """Refits of given imputed data sets."""
        return refit_cox_arm(self.imputed_time, self.imputed_event, self.trial[:, 2], strata=self.trial[:, 3]).log_hr

    def simulate(self) -> NDArray[np.float64]:
        """Trials simulated on the margin, with Cox model and log-rank test."""
        assumptions = TrialAssumptions(
            subjects=round(self.sizes.trial_events * 460 / 375),
            control=Weibull(11.0),
            accrual=Accrual((24.0,)),
            dropout_hazard=0.0043,
            strata=tuple(Stratum(*stratum) for stratum in _STRATA),
        )
        rule = DecisionRule(1.3, 0.025, events=self.sizes.trial_events)
        found = operating_characteristics(assumptions, rule, 1.3, trials=self.sizes.trials)
        return np.array([found.noninferior.estimate])

    def interaction(self) -> NDArray[np.float64]:
        """Permutations of the test of a treatment × marker interaction."""
        time, event, arm, stratum = self.trial.T
        found = marker_interactions(
            time, event, arm, self.marker[:, np.newaxis], strata=stratum, permutations=self.sizes.permutations
        )
        return found.permutation_p

    def one(self, n: int, fits: int) -> NDArray[np.float64]:
        """Single fits of a trial of n subjects."""
        time, event, arm, stratum = self.single[n].T
        return np.array([cox_arm(time, event, arm, strata=stratum).log_hr for _ in range(fits)])

    def repeated_measures(self) -> NDArray[np.float64]:
        """MMRM with an unstructured covariance and Satterthwaite's degrees of freedom."""
        y, subject, visit, arm, base = self.repeated.T
        found = mmrm(y, subject, visit, arm, covariates={"base": base}, by_visit=["base"], method="satterthwaite")
        return np.array([found.fit.minus2_reml])


def _rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def _trial(n: int, seed: int) -> NDArray[np.float64]:
    """Time in months (whole days), event, arm, stratum, each without gaps: exponential, a third censored."""
    rng = _rng(seed)
    arm = np.arange(n) % 2
    stratum = rng.choice(len(_STRATA), n, p=[share for share, _ in _STRATA])
    hazard = np.array([ratio for _, ratio in _STRATA])[stratum] * np.where(arm == 1, 0.85, 1.0) / 12.0
    event_time = rng.exponential(1.0 / hazard)
    censoring = np.minimum(rng.exponential(20.0, n) + 4.0, 30.0)
    days = np.maximum(np.ceil(np.minimum(event_time, censoring) * 30.4375), 1.0)
    return np.asfortranarray(np.column_stack((days / 30.4375, event_time <= censoring, arm, stratum)))


def _imputed(trial: NDArray[np.float64], rows: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Data sets in which the censored subjects have exponential times more, up to 30 months."""
    rng = _rng(2)
    time, event = trial[:, 0], trial[:, 1] == 1.0
    later = time + rng.exponential(12.0, (rows, len(time)))
    imputed = np.where(event, time, np.minimum(later, np.maximum(time, 30.0)))
    return imputed, (event | (later <= 30.0)).astype(np.float64)


def _repeated(n: int, visits: int, patterns: int) -> NDArray[np.float64]:
    """Response, subject, visit, arm, baseline of subjects seen in so many patterns of visits."""
    rng = _rng(5)
    # Every visit, then the patterns that lack most of the last ones or some between, in the order of binary numbers.
    every = (np.arange(2**visits - 1, 0, -1)[:, np.newaxis] >> np.arange(visits)) & 1
    seen = every[(every.sum(axis=1) >= 2)][:patterns]
    kind = np.where(rng.random(n) < 0.5, 0, rng.integers(0, len(seen), n))
    kind[: len(seen)] = np.arange(len(seen))
    lag = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    sd = np.linspace(10.0, 16.0, visits)
    error = rng.normal(size=(n, visits)) @ np.linalg.cholesky(0.6**lag * np.outer(sd, sd)).T
    arm, base = np.arange(n) % 2, rng.normal(size=n)
    y = 50.0 + error + 5.0 * base[:, np.newaxis] + arm[:, np.newaxis] * np.arange(visits)
    i, j = np.nonzero(seen[kind])
    return np.column_stack((y[i, j], i, j + 1, arm[i], base[i]))
