"""A second study, as small as a plan can be: three arms, no strata, no non-inferiority, no gate, no biomarkers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

STUDY = """\
protocol: XY-2
registry: NCT00000002
title: A Second Study
short_title: Second study
sponsor: A Sponsor
phase: II
indication: Hypertension
sap_version: "0.1"
sap_date: 1 March 2030
status: DRAFT
design: Randomised, three arms
arms:
  - {id: LOW, code: 1, label: Drug 5 mg, short: Low, role: test}
  - {id: HIGH, code: 2, label: Drug 10 mg, short: High, role: test}
  - {id: PBO, code: 3, label: Placebo, short: Placebo, role: control}
analysis_sets:
  - {id: FAS, label: Full Analysis Set, flag: FASFL, definition: All randomised patients.}
data_cut:
  trigger: Last visit of the last patient
  events: 0
treatment_emergent_days: 30
scan_interval_weeks: 12
scan_window_days: 14
meddra_version: "28.0"
ctcae_version: "5.0"
datasets: [ADSL, ADVS]
"""

ENDPOINTS = """\
objectives:
  - level: primary
    text: To lower systolic blood pressure.
    endpoints: [SBP]
endpoints:
  - id: SBP
    label: Systolic blood pressure
    type: continuous
    dataset: ADVS
    parameter: SYSBP
    definition: Change from baseline at week 12.
estimands:
  - id: E1
    label: Primary
    role: primary
    treatment: Each dose against placebo
    population: Patients with hypertension
    analysis_set: FAS
    variable: Change from baseline
    endpoint: SBP
    intercurrent_events:
      - {event: Rescue medication, strategy: hypothetical, handling: Values after it are set to missing.}
    summary: Difference of means
    outputs: [T14.2.1.1]
censoring: []
"""

OUTPUTS = """\
sections:
  - {number: "14.1", title: Demographic Data}
  - {number: "14.2.1", title: Efficacy Data}
outputs:
  - id: T14.1.1.1
    title: Demographic Characteristics
    population: [FAS]
    datasets: [ADSL]
    method: Descriptive statistics
    reader_checks: Column N
    program: analyses/demography.py
  - id: T14.2.1.1
    title: Systolic Blood Pressure
    population: [FAS]
    datasets: [ADSL, ADVS]
    method: ANCOVA
    reader_checks: Direction
    parameters: {paramcd: SYSBP, weeks: [4, 8, 12]}
    footnotes:
      - Visits at weeks {parameters.weeks}; {study.confidence:.0%} intervals.
"""

FILES = {"study.yaml": STUDY, "endpoints.yaml": ENDPOINTS, "outputs.yaml": OUTPUTS}


def write_study(root: Path, **changed: str | bytes) -> Path:
    """Write the second study under a folder, some files with other content (``study=…``), and return the folder."""
    (root / "sap").mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        content = changed.get(name.removesuffix(".yaml"), text)
        (root / "sap" / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    program = root / "analyses" / "demography.py"
    program.parent.mkdir(exist_ok=True)
    program.write_text("", "utf-8")
    return root


def line_of(text: str, part: str) -> int:
    """Line on which a part of a text stands, found by counting newlines."""
    assert text.count(part) == 1, part
    return text[: text.index(part)].count("\n") + 1
