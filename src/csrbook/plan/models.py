"""What the plan says, typed. One class for each thing that ``sap/*.yaml`` may state.

The models know no file and no YAML (see :mod:`csrbook.plan.load`) and no particular trial.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from csrbook.plan.double_programming import DoubleProgramming
from csrbook.plan.history import PlanVersion, history_fault
from csrbook.plan.lock_models import Blinding, Model, Shuffle, Signatory, Waiver

__all__ = [
    "AnalysisSet",
    "Arm",
    "Biomarker",
    "Biomarkers",
    "Blinding",
    "Catalogue",
    "CensoringRow",
    "Endpoint",
    "Endpoints",
    "Estimand",
    "GateStep",
    "IntercurrentEvent",
    "Model",
    "NonInferiority",
    "Objective",
    "Output",
    "Plan",
    "PlanVersion",
    "SampleSize",
    "Section",
    "Shuffle",
    "Signatory",
    "StratificationFactor",
    "Study",
    "Waiver",
]

Identifier = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
OUTPUT_ID = re.compile(r"^[TFLD]\d+(\.\d+)+$")
KINDS = {"T": "table", "F": "figure", "L": "listing", "D": "document"}


class Arm(Model):
    """A randomised treatment arm."""

    id: Identifier
    code: int
    """Value of ``TRT01PN`` and ``TRT01AN``."""
    label: str
    """Value of ``TRT01P`` and ``TRT01A``; also the column header (``+`` may break a line)."""
    short: str
    role: Literal["test", "control"]
    drugs: tuple[str, ...] = ()


class StratificationFactor(Model):
    """A stratification factor of the randomisation."""

    variable: str
    """Variable with the value used by the randomisation system (``STRAT1R``)."""
    verified: str | None = None
    """Variable with the value found at the site (``STRAT1V``)."""
    label: str
    levels: tuple[str, ...]


class AnalysisSet(Model):
    """An analysis set: a flag in ADSL, or all screened subjects where ``flag`` is absent."""

    id: Identifier
    label: str
    flag: str | None = None
    treatment: Literal["planned", "actual"] = "planned"
    definition: str


class NonInferiority(Model):
    """The non-inferiority hypothesis of the primary endpoint."""

    endpoint: str
    margin: float = Field(gt=1.0)
    alpha_one_sided: float = Field(gt=0.0, lt=0.5)
    analysis_sets: tuple[str, ...]
    rationale: str

    @property
    def confidence(self) -> float:
        """Level of the two-sided interval whose upper limit is held against the margin."""
        return 1.0 - 2.0 * self.alpha_one_sided


class SampleSize(Model):
    """Assumptions from which events and subjects follow, and what was planned."""

    true_hazard_ratio: float = Field(gt=0.0)
    control_median: float = Field(gt=0.0)
    test_median: float = Field(gt=0.0)
    power: float = Field(gt=0.0, lt=1.0)
    allocation: float = Field(default=1.0, gt=0.0)
    """Test to control."""
    accrual_months: float
    follow_up_months: float
    dropout_per_year: float
    events: int
    subjects: int


class GateStep(Model):
    """A step of the fixed-sequence gate; it is tested only when every earlier step was met."""

    id: Identifier
    label: str
    hypothesis: str
    test: Literal["non-inferiority", "superiority", "risk difference"] | None = None
    endpoint: str | None = None
    """Id of the endpoint that is tested."""
    analysis_sets: tuple[str, ...] = ()
    """Ids of the sets in which it is tested."""
    outputs: tuple[str, ...]
    combine: Literal["all"] = "all"
    alpha: float
    sided: Literal["one", "two"]


class DataCut(Model):
    """When the analysis is triggered."""

    trigger: str
    events: int
    variable: str = "DCUTDT"


class Study(Model):
    """Identity and design of the trial (``study.yaml``)."""

    protocol: str
    registry: str
    title: str
    short_title: str
    sponsor: str
    phase: str
    indication: str
    sap_version: str
    sap_date: str
    versions: tuple[PlanVersion, ...] = ()
    """History of the plan, oldest first; the last is that of ``sap_version`` and ``sap_date``."""
    status: str
    """Printed on every page made from received data, such as ``DRAFT`` or ``FINAL``."""
    language: Literal["en", "zh"] = "en"
    design: str
    arms: tuple[Arm, ...] = Field(min_length=2)
    strata: tuple[StratificationFactor, ...] = ()
    strata_combined: str | None = None
    """Variable that joins the factors (``STRATAR``)."""
    analysis_sets: tuple[AnalysisSet, ...]
    noninferiority: NonInferiority | None = None
    gate: tuple[GateStep, ...] = ()
    sample_size: SampleSize | None = None
    data_cut: DataCut
    days_per_month: float = 30.4375
    confidence: float = 0.95
    treatment_emergent_days: int
    """Last day after the end of treatment on which an adverse event counts as treatment-emergent."""
    scan_interval_weeks: int | None = None
    """Weeks between tumour assessments; absent in a trial without."""
    scan_window_days: int | None = None
    meddra_version: str
    ctcae_version: str | None = None
    datasets: tuple[str, ...]
    """Names of the datasets that a transfer must hold."""
    data_rules: dict[str, float] = Field(default={})
    """Limits that the rules across datasets (``schemas/consistency.py``) hold data against, by name."""
    waivers: tuple[Waiver, ...] = ()
    """Findings of validation that are admitted. They do not reject; report, console and manifest print them."""
    seeds: dict[str, int] = Field(default={})
    signatories: tuple[Signatory, ...] = ()
    """Who must sign a lock, and by which keys; where there are none, any key may sign and none must."""
    double_programming: DoubleProgramming = DoubleProgramming()
    """When two programmers' numbers agree."""
    blinding: Blinding | None = None
    """Absent where the plan says nothing of it: there is then no dry run, and codes are refused at no time."""

    @model_validator(mode="after")
    def _a_dry_run_has_a_seed(self) -> Study:
        if self.blinding is not None and "dry_run" not in self.seeds:
            msg = "blinding without seeds.dry_run, from which a dry run draws its dummy codes"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _the_history_ends_with_this_version(self) -> Study:
        if fault := history_fault(self.versions, self.sap_version, self.sap_date):
            raise ValueError(fault)
        return self

    @property
    def test_arms(self) -> tuple[Arm, ...]:
        """The arms that are compared with control, in plan order."""
        return tuple(arm for arm in self.arms if arm.role == "test")

    def arm(self, role: Literal["test", "control"]) -> Arm:
        """The arm with this role."""
        return next(arm for arm in self.arms if arm.role == role)

    def analysis_set(self, identifier: str) -> AnalysisSet:
        """The analysis set with this id."""
        return next(item for item in self.analysis_sets if item.id == identifier)


class Objective(Model):
    """An objective and the endpoints that answer it."""

    level: Literal["primary", "co-primary", "key secondary", "secondary", "exploratory"]
    text: str
    endpoints: tuple[str, ...]


class Endpoint(Model):
    """An endpoint and where its data stand."""

    id: Identifier
    label: str
    type: Literal["time-to-event", "response", "continuous", "count", "category", "rate"]
    dataset: str
    parameter: str | None = None
    """``PARAMCD``."""
    definition: str


class IntercurrentEvent(Model):
    """An intercurrent event and the strategy for it (ICH E9(R1))."""

    event: str
    strategy: Literal["treatment policy", "hypothetical", "composite", "while on treatment", "principal stratum"]
    handling: str


class Estimand(Model):
    """The five attributes of an estimand (ICH E9(R1)), and the output that estimates it."""

    id: Identifier
    label: str
    role: Literal["primary", "co-primary", "supplementary"]
    treatment: str
    population: str
    analysis_set: str
    variable: str
    endpoint: str
    intercurrent_events: tuple[IntercurrentEvent, ...]
    summary: str
    outputs: tuple[str, ...]


class CensoringRow(Model):
    """A situation and the date and status that each analysis gives it."""

    situation: str
    primary: str
    fda: str
    ema: str


class Biomarker(Model):
    """A baseline biomarker with two levels."""

    id: Identifier
    label: str
    parameter: str
    positive: str
    negative: str
    visit: str = "BASELINE"
    specimen: str
    assumption: str
    """What is assumed of it before any data exist."""


class Biomarkers(Model):
    """The biomarker programme."""

    fdr: float = Field(gt=0.0, lt=1.0)
    minimum_events: int
    """Fewest events in a marker level for a model to be fitted in it."""
    markers: tuple[Biomarker, ...]


class Endpoints(Model):
    """Objectives, endpoints, estimands and biomarkers (``endpoints.yaml``)."""

    objectives: tuple[Objective, ...]
    endpoints: tuple[Endpoint, ...]
    estimands: tuple[Estimand, ...]
    censoring: tuple[CensoringRow, ...]
    biomarkers: Biomarkers | None = None

    def endpoint(self, identifier: str) -> Endpoint:
        """The endpoint with this id."""
        return next(item for item in self.endpoints if item.id == identifier)


class Section(Model):
    """A heading of the appendix, such as 14.2.1."""

    number: str
    title: str
    sap: str = ""
    """Number of the SAP's section that specifies its outputs, such as ``9.2``."""


class Output(Model):
    """A row of the catalogue: one table, figure, listing or document."""

    id: str
    title: str
    population: tuple[str, ...] = ()
    """Ids of analysis sets; empty for documents."""
    datasets: tuple[str, ...] = ()
    method: str
    reader_checks: str
    program: str | None = None
    """Path of the program in the study (``analyses/…/….py``); absent while it is not programmed."""
    parameters: dict[str, Any] = Field(default={})
    footnotes: tuple[str, ...] = ()
    proposal: bool = False
    """True where a parameter is a proposal that the sponsor has not confirmed."""
    sap: str = ""
    """The SAP's section that specifies it, where that is not the one of its section of the catalogue."""
    qc_level: Literal[1, 2, 3] = 2

    @model_validator(mode="after")
    def _id_is_an_output_number(self) -> Output:
        if not OUTPUT_ID.match(self.id):
            msg = f"'{self.id}' is not an output number such as T14.1.1.1"
            raise ValueError(msg)
        return self

    @property
    def kind(self) -> str:
        """Table, figure, listing or document."""
        return KINDS[self.id[0]]

    @property
    def number(self) -> str:
        """Number with its kind, such as ``Table 14.1.1.1``."""
        return f"{self.kind.capitalize()} {self.id[1:]}"

    @property
    def anchor(self) -> str:
        """Name of the link target, such as ``t-14-1-1-1``."""
        return f"{self.id[0].lower()}-{self.id[1:].replace('.', '-')}"

    @property
    def programmed(self) -> bool:
        """Whether a program exists for it."""
        return self.program is not None


class Catalogue(Model):
    """All outputs of the report in their order (``outputs.yaml``)."""

    sections: tuple[Section, ...]
    outputs: tuple[Output, ...]

    def output(self, identifier: str) -> Output:
        """The output with this id."""
        return next(item for item in self.outputs if item.id == identifier)

    def section(self, output: Output) -> Section:
        """The longest section whose number begins the output's number."""
        number = output.id[1:]
        fitting = [s for s in self.sections if number.startswith(f"{s.number}.")]
        return max(fitting, key=lambda s: len(s.number))

    def sap_section(self, output: Output) -> str:
        """Number of the SAP's section that specifies an output; empty where the plan names none."""
        return output.sap or self.section(output).sap


class Plan(Model):
    """The whole plan and the hash of its files."""

    study: Study
    endpoints: Endpoints
    catalogue: Catalogue
    hash: str
    """``sha256:`` and 64 hex digits over the canonical content of the YAML files and the SAP's prose."""
