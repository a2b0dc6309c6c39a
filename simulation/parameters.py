"""What ``sap/simulation.yaml`` may state, typed and checked."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from csrbook.errors import PlanError
from csrbook.plan import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["AdverseEventTerm", "ByArm", "Parameters", "read_parameters"]

Proportion = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
FILE = "sap/simulation.yaml"


class Model(BaseModel):
    """Refuses unknown fields, cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ByArm(Model):
    """A value for each arm, named by the arm's role."""

    test: float = Field(ge=0.0)
    control: float = Field(ge=0.0)

    @property
    def array(self) -> NDArray[np.float64]:
        """Values by arm index: 0 test, 1 control."""
        return np.array([self.test, self.control])


class ProgressionFreeSurvival(Model):
    """Marginal distribution and covariate effects."""

    medians: ByArm
    shape: Positive
    true_hazard_ratio: Positive
    death_first: Proportion
    symptomatic_only: Proportion
    site_sd: float = Field(ge=0.0)
    hazard_ratios: dict[Literal["visceral", "trastuzumab_metastatic", "ecog_1"], Positive]

    @model_validator(mode="after")
    def _hazard_ratio_follows_from_medians(self) -> ProgressionFreeSurvival:
        if min(self.medians.test, self.medians.control) <= 0:
            msg = "medians must be positive"
            raise ValueError(msg)
        implied = (self.medians.control / self.medians.test) ** self.shape
        if abs(implied - self.true_hazard_ratio) > 0.0005:
            msg = (
                f"true_hazard_ratio {self.true_hazard_ratio:g} is not (control median / test median)^shape = "
                f"{implied:.7g}; with proportional hazards these three cannot be chosen freely"
            )
            raise ValueError(msg)
        return self


class OverallSurvival(Model):
    """Marginal medians of overall survival."""

    medians: ByArm
    prognostic_share: Proportion


class TumourResponse(Model):
    """Best response, and how progression shows."""

    confirmed_response: ByArm
    complete: Proportion
    duration_weight: Proportion
    measurable: Proportion
    target_lesions: tuple[float, float, float, float, float]
    progression_by: dict[Literal["target", "new_lesion", "non_target"], Proportion]
    brain: Proportion
    independent_agreement: Proportion
    independent_same_date: Proportion


class FollowUp(Model):
    """Scans, losses and new therapy."""

    scan_jitter_days: float = Field(ge=0.0)
    missed_scan: Proportion
    two_missed_scans: ByArm
    not_evaluable_scan: Proportion
    no_baseline_follow_up: Proportion
    loss_per_year: Annotated[float, Field(ge=0.0, lt=1.0)]
    withdrawal_share: Proportion
    new_therapy_before_progression: ByArm
    new_therapy_after_progression: Proportion
    symptomatic_before_progression: Proportion


class Age(Model):
    """Truncated normal distribution of age in years."""

    mean: float
    sd: Positive
    low: int
    high: int


class Subjects(Model):
    """Screening, randomisation and baseline."""

    screen_failure_rate: Annotated[float, Field(ge=0.0, lt=0.9)]
    sites: int = Field(ge=1, le=999)
    first_consent: str
    accrual_months: Positive
    block_size: int = Field(ge=2)
    stratum_discordance: Proportion
    visceral: Proportion
    trastuzumab_metastatic: Proportion
    age: Age
    ecog_1: Proportion
    de_novo: Proportion

    @property
    def first_day(self) -> dt.date:
        """Date of the first informed consent."""
        return dt.date.fromisoformat(self.first_consent)

    @model_validator(mode="after")
    def _date_and_block(self) -> Subjects:
        try:
            dt.date.fromisoformat(self.first_consent)
        except ValueError:
            msg = f"first_consent '{self.first_consent}' is not a date such as 2021-01-04"
            raise ValueError(msg) from None
        if self.block_size % 2:
            msg = f"block_size {self.block_size} is not a multiple of the two arms"
            raise ValueError(msg)
        return self


class Treatment(Model):
    """Stopping and changing study drugs."""

    not_treated: Proportion
    wrong_arm: Proportion
    stopped_for_adverse_event: ByArm
    partner_stopped_alone: ByArm
    pyrotinib_reduced: ByArm
    partner_reduced: ByArm
    stopped_for_other_reason: Proportion
    missed_doses: Proportion


class Deviations(Model):
    """Protocol deviations."""

    eligibility: Proportion
    prohibited_therapy: Proportion
    less_than_one_cycle: Proportion
    minor: Proportion


class Clearance(Model):
    """Clearance of circulating tumour DNA at C3D1."""

    prevalence: Proportion
    hazard_ratio: Positive


class Correlation(Model):
    """Latent correlation of two markers."""

    between: tuple[str, str]
    value: float = Field(gt=-1.0, lt=1.0)


class Marker(Model):
    """A baseline marker and its effect on progression-free survival."""

    id: str
    prevalence: Annotated[float, Field(gt=0.0, lt=1.0)]
    hazard_ratio: Positive = 1.0
    interaction: Positive = 1.0


class Biomarkers(Model):
    """Markers and their assays."""

    sample: Proportion
    shedding: Proportion
    tissue_evaluable: Proportion
    follow_up_sample: Proportion
    limit_of_detection: Positive
    clearance: Clearance
    correlations: tuple[Correlation, ...]
    markers: tuple[Marker, ...]


class Questionnaires(Model):
    """Patient-reported outcomes."""

    compliance: Proportion


class AdverseEventTerm(Model):
    """A preferred term and how often, when and how badly it occurs."""

    term: str
    any: tuple[Proportion, Proportion]
    severe: tuple[Proportion, Proportion] = (0.0, 0.0)
    onset: Positive = 100.0
    days: Positive
    more: float = Field(default=0.05, ge=0.0)
    related: tuple[Proportion, Proportion]
    related_in_test: Proportion | None = None
    query: str = ""
    group: str = ""
    weight: float = 0.0
    reported: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _severe_is_part_of_any(self) -> AdverseEventTerm:
        if any(severe > total for severe, total in zip(self.severe, self.any, strict=True)):
            msg = f"{self.term}: more subjects with grade 3 or worse than with any grade"
            raise ValueError(msg)
        return self


class AdverseEvents(Model):
    """Adverse events by preferred term."""

    shared_frailty: Annotated[float, Field(ge=0.0, lt=1.0)]
    grade_2: Proportion
    grade_4: Proportion
    grade_4_classes: tuple[str, ...]
    partial_date: Proportion
    before_treatment: Proportion
    after_treatment: Proportion
    fatal_share: Proportion
    severe_groups: dict[str, ByArm]
    terms: dict[str, tuple[AdverseEventTerm, ...]]
    fatal_terms: dict[str, tuple[str, ...]]


class Parameters(Model):
    """The whole of ``simulation.yaml``."""

    progression_free_survival: ProgressionFreeSurvival
    overall_survival: OverallSurvival
    tumour_response: TumourResponse
    follow_up: FollowUp
    subjects: Subjects
    treatment: Treatment
    deviations: Deviations
    biomarkers: Biomarkers
    questionnaires: Questionnaires
    adverse_events: AdverseEvents


def read_parameters(source: Mapping[str, Any] | Path | Parameters) -> Parameters:
    """Validated parameters from the content of ``simulation.yaml`` or from its path.

    Raises
    ------
    PlanError
        The first field that is wrong, with the value found and what was expected.
    """
    if isinstance(source, Parameters):
        return source
    content: Mapping[str, Any]
    if isinstance(source, Path):
        file = read_yaml(source, source.parents[1])
        content, where = file.data, file.where
    else:
        content = source

        def where(path: tuple[str | int, ...]) -> str:
            return f"{FILE}, {'.'.join(map(str, path))}"

    try:
        return Parameters.model_validate_json(json.dumps(content), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = str(first["msg"]).removeprefix("Value error, ")
        shown = first["input"] if isinstance(first["input"], str | int | float) else "this entry"
        raise PlanError(
            f"{message} (found {shown})", where(first["loc"]), "correct the parameter and simulate again"
        ) from None
