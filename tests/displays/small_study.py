"""A small study that is not the repository's own: any number of arms, data as frames."""

from __future__ import annotations

import pandas as pd

from csrbook.plan.models import Arm, Catalogue, DataCut, Endpoints, Output, Plan, Section, Study

ARMS = (
    Arm(id="A", code=1, label="Alpha+Base", short="A+B", role="test"),
    Arm(id="C", code=2, label="Control", short="Ctrl", role="control"),
    Arm(id="D", code=3, label="Delta", short="D", role="test"),
    Arm(id="E", code=4, label="Epsilon", short="E", role="test"),
)


def small_plan(arms: int = 2) -> Plan:
    study = Study(
        protocol="P",
        registry="R",
        title="T",
        short_title="T",
        sponsor="S",
        phase="II",
        indication="I",
        sap_version="1",
        sap_date="1 January 2025",
        status="TEST",
        design="parallel",
        arms=ARMS[:arms],
        analysis_sets=(
            {"id": "ALL", "label": "All Subjects", "definition": "all"},
            {"id": "ITT", "label": "Randomised Set", "flag": "ITTFL", "definition": "randomised"},
            {"id": "PP", "label": "Protocol Set", "flag": "PPROTFL", "definition": "followed the protocol"},
            {"id": "SAF", "label": "Safety Set", "flag": "SAFFL", "treatment": "actual", "definition": "treated"},
        ),
        data_cut=DataCut(trigger="date", events=1),
        treatment_emergent_days=30,
        scan_interval_weeks=8,
        scan_window_days=7,
        meddra_version="27.1",
        ctcae_version="5.0",
        datasets=("ADSL",),
    )
    endpoints = Endpoints(objectives=(), endpoints=(), estimands=(), censoring=())
    catalogue = Catalogue(sections=(Section(number="14.1", title="Demographic Data"),), outputs=())
    return Plan(study=study, endpoints=endpoints, catalogue=catalogue, hash="sha256:0")


def row(output_id: str = "T14.1.9.9", *population: str, **parameters: object) -> Output:
    return Output(
        id=output_id,
        title="A table",
        population=population,
        method="counts",
        reader_checks="none",
        parameters=parameters,
    )


class Frames:
    """Locked data from frames."""

    def __init__(self, **frames: pd.DataFrame) -> None:
        self._frames = frames

    def dataset(self, name, columns=None):
        frame = self._frames[name]
        return (frame if columns is None else frame[list(columns)]).copy()


def subjects(arms: str, **variables: list) -> pd.DataFrame:
    """ADSL with one subject a letter: ``AAC-`` is two in arm A, one in C, one not randomised."""
    codes = {arm.id: float(arm.code) for arm in ARMS}
    number = [codes.get(letter, float("nan")) for letter in arms]
    randomised = ["N" if letter == "-" else "Y" for letter in arms]
    frame = pd.DataFrame({"USUBJID": [f"S{i:02d}" for i in range(1, len(arms) + 1)], "TRT01PN": number})
    frame["TRT01AN"] = number
    for flag in ("ITTFL", "PPROTFL", "SAFFL"):
        frame[flag] = randomised
    return frame.assign(**variables)


def events(*records: tuple) -> pd.DataFrame:
    """ADAE from (subject, SOC, PT, grade): all treatment-emergent."""
    names = ["USUBJID", "AEBODSYS", "AEDECOD", "ATOXGRN"]
    frame = pd.DataFrame(list(records), columns=names)
    frame["USUBJID"] = [f"S{number:02d}" for number in frame["USUBJID"]]
    for name in names[:3]:
        frame[name] = frame[name].astype(object)
    frame["ATOXGRN"] = frame["ATOXGRN"].astype(float)
    frame["TRTEMFL"] = pd.Series(["Y"] * len(frame), dtype=object)
    return frame


def printed(display) -> list[tuple[str, ...]]:
    """Rows as (label, cells…), headings as (label,), labels indented by two blanks a step."""
    return [("  " * row.indent + row.label, *row.cells) for row in display.rows]
