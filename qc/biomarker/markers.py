"""Results of biomarkers by patient, and the effects of a marker on times to an event (plan, section 14.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import chi2, norm

from qc.contract import event_times
from qc.cox_newton import fit
from qc.survival import Limits, cox, tied

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from csrbook.plan.models import Biomarker, Biomarkers, Plan
    from qc.contract import Data

__all__ = [
    "NOT_EVALUABLE",
    "Interaction",
    "MarkerTimes",
    "biomarkers",
    "false_discovery_rate",
    "marker_times",
    "status",
]

NOT_EVALUABLE = "NE"
"""Status of a patient without sample, with a failed assay or with a result that is neither level."""

NOTHING = Limits(math.nan, math.nan, math.nan)


def biomarkers(plan: Plan) -> Biomarkers:
    """Take the biomarker programme of the plan, which an output on markers needs."""
    programme = plan.endpoints.biomarkers
    if programme is None:
        raise LookupError("the plan has no biomarkers")
    return programme


def status(data: Data, marker: Biomarker, subject: pd.Series, visit: str | None = None) -> pd.Series:
    """Level of a marker at its visit (baseline) or another one, in its specimen, for each ``USUBJID``."""
    adbm = data.dataset("ADBM")
    chosen = (
        adbm["PARAMCD"].eq(marker.parameter)
        & adbm["AVISIT"].eq(visit or marker.visit)
        & adbm["BMSPEC"].eq(marker.specimen)
        & adbm["AVALC"].isin([marker.positive, marker.negative])
    )
    result = adbm[chosen].set_index("USUBJID", verify_integrity=True)["AVALC"]
    return subject.map(result).fillna(NOT_EVALUABLE)


@dataclass(frozen=True)
class Interaction:
    """Ratio of the arm's hazard ratios, positive to negative, and the likelihood-ratio test that it is 1."""

    ratio: Limits
    chi_square: float
    p: float


@dataclass(frozen=True)
class MarkerTimes:
    """Times of the patients of all arms, with ``STATUS`` of one marker."""

    marker: Biomarker
    frame: pd.DataFrame
    minimum: int
    confidence: float

    @property
    def levels(self) -> tuple[str, str]:
        """Positive level first."""
        return self.marker.positive, self.marker.negative

    def at(self, level: str) -> pd.DataFrame:
        """Take the patients with a level."""
        return self.frame[self.frame["STATUS"].eq(level)]

    def arms(self, chosen: Iterable[str]) -> MarkerTimes:
        """Take the patients of some arms with a valid result."""
        inside = self.frame["ARM"].isin(list(chosen)) & self.frame["STATUS"].isin(self.levels)
        return MarkerTimes(self.marker, self.frame[inside], self.minimum, self.confidence)

    def enough(self, level: str) -> bool:
        """Whether the level has the events that a model needs."""
        return int(self.at(level)["CNSR"].eq(0).sum()) >= self.minimum

    def treatment(self, level: str, test: str) -> Limits:
        """Hazard ratio of the test arm within a level."""
        if not self.enough(level):
            return NOTHING
        inside = self.at(level)
        return cox(*_outcome(inside), inside["ARM"].eq(test).to_numpy(), _strata(inside)).limits(self.confidence)

    def prognosis(self) -> tuple[Limits, float]:
        """Hazard ratio of the positive to the negative level with its Wald p-value."""
        if not all(map(self.enough, self.levels)):
            return NOTHING, math.nan
        positive = self.frame["STATUS"].eq(self.marker.positive).to_numpy()
        model = cox(*_outcome(self.frame), positive, _strata(self.frame))
        return model.limits(self.confidence), model.p_not_one()

    def interaction(self, test: str) -> Interaction:
        """Product of arm and marker beside both, against the model without it."""
        nothing = Interaction(NOTHING, math.nan, math.nan)
        if not all(map(self.enough, self.levels)):
            return nothing
        arm = self.frame["ARM"].eq(test).to_numpy(float)
        positive = self.frame["STATUS"].eq(self.marker.positive).to_numpy(float)
        time, event = _outcome(self.frame)
        strata = _strata(self.frame)
        full = fit(time, event, np.column_stack([arm, positive, arm * positive]), stratum=strata)
        reduced = fit(time, event, np.column_stack([arm, positive]), stratum=strata)
        chi_square = max(2.0 * (full.log_likelihood - reduced.log_likelihood), 0.0)
        if math.isnan(full.log_likelihood - reduced.log_likelihood):
            return nothing
        log_ratio, half = full.coefficients[2], norm.ppf((1.0 + self.confidence) / 2.0) * full.errors[2]
        ratio = Limits(math.exp(log_ratio), math.exp(log_ratio - half), math.exp(log_ratio + half))
        return Interaction(ratio, chi_square, float(chi2.sf(chi_square, 1)))


def _outcome(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return frame["AVAL"].to_numpy(float), frame["CNSR"].eq(0).to_numpy()


def _strata(frame: pd.DataFrame) -> np.ndarray:
    return frame["STRATUM"].to_numpy(object)


def marker_times(data: Data, plan: Plan, analysis_set: str, parameter: str) -> list[MarkerTimes]:
    """Join the times of a set with the status of each marker of the plan, in its order."""
    times = event_times(data, plan, analysis_set, parameter)
    times["AVAL"] = tied(times["AVAL"].to_numpy(float))
    programme = biomarkers(plan)
    return [
        MarkerTimes(
            marker,
            times.assign(STATUS=status(data, marker, times["USUBJID"])),
            programme.minimum_events,
            plan.study.confidence,
        )
        for marker in programme.markers
    ]


def false_discovery_rate(p: Sequence[float]) -> list[float]:
    """Adjust p-values after Benjamini and Hochberg, by statsmodels; NaN stays and does not count."""
    from statsmodels.stats.multitest import multipletests

    known = [value for value in p if not math.isnan(value)]
    adjusted = iter(multipletests(known, method="fdr_bh")[1]) if known else iter(())
    return [value if math.isnan(value) else float(next(adjusted)) for value in p]
