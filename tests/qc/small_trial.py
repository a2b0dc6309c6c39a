"""Twenty patients, two arms, two strata, with ties, and a plan for them."""

from __future__ import annotations

import pandas as pd

from csrbook.plan.models import Catalogue, Endpoints, Output, Plan, Study

RECORDS = """
subject arm visceral months cnsr reason
01 1 Y  2 0 PD
02 1 Y  4 0 PD
03 1 Y  4 0 DEATH
04 1 Y  7 1 ONGOING
05 1 Y  9 0 PD
06 1 N  3 0 PD
07 1 N  6 0 PD
08 1 N  6 1 ONGOING
09 1 N 11 0 DEATH
10 1 N 14 5 LOST
11 2 Y  1 0 PD
12 2 Y  2 0 PD
13 2 Y  4 0 PD
14 2 Y  6 1 ONGOING
15 2 Y  8 0 PD
16 2 N  2 0 DEATH
17 2 N  5 0 PD
18 2 N  9 0 PD
19 2 N 10 1 ONGOING
20 2 N 12 1 ONGOING
"""


class Datasets:
    """Frames by name, each handed out as a copy."""

    def __init__(self, **frames: pd.DataFrame) -> None:
        self.frames = frames

    def dataset(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        frame = self.frames[name]
        return (frame if columns is None else frame[columns]).copy()


def records() -> pd.DataFrame:
    lines = [line.split() for line in RECORDS.strip().splitlines()]
    frame = pd.DataFrame(lines[1:], columns=lines[0])
    return frame.astype({"arm": float, "months": float, "cnsr": float})


def datasets(table: pd.DataFrame, excluded: tuple[str, ...] = ()) -> Datasets:
    """ADSL and ADTTE of a table like :func:`records`; a screening failure, a second parameter, who is out of PP."""
    adsl = pd.DataFrame(
        {
            "USUBJID": table["subject"],
            "TRT01PN": table["arm"],
            "STRAT1R": table["visceral"],
            "ITTFL": "Y",
            "PPROTFL": ["N" if subject in excluded else "Y" for subject in table["subject"]],
        }
    )
    adsl.loc[len(adsl)] = ["99", float("nan"), "", "N", "N"]
    adtte = pd.DataFrame(
        {
            "USUBJID": table["subject"],
            "PARAMCD": "PFSX",
            "AVAL": table["months"],
            "CNSR": table["cnsr"],
            "EVNTDESC": table["reason"],
        }
    )
    other = adtte.assign(PARAMCD="OS", AVAL=99.0, CNSR=1.0, EVNTDESC="ALIVE")
    return Datasets(ADSL=adsl, ADTTE=pd.concat([other, adtte], ignore_index=True))


def output(identifier: str = "T1.1", analysis_set: str = "ITT", **parameters: object) -> Output:
    return Output(
        id=identifier,
        title="PFS",
        population=(analysis_set,),
        datasets=("ADSL", "ADTTE"),
        method="Cox",
        reader_checks="margin",
        parameters={"paramcd": "PFSX", "landmarks_months": [3, 6, 9], **parameters},
    )


def plan() -> Plan:
    arms = [
        {"id": "NEW", "code": 1, "label": "New", "short": "NEW", "role": "test"},
        {"id": "OLD", "code": 2, "label": "Old", "short": "OLD", "role": "control"},
    ]
    sets = [
        {"id": "ITT", "label": "All", "flag": "ITTFL", "definition": "All randomised."},
        {"id": "PP", "label": "Adherent", "flag": "PPROTFL", "definition": "All that adhered."},
    ]
    study = Study.model_validate(
        {
            **dict.fromkeys(("protocol", "registry", "title", "short_title", "sponsor", "phase", "indication"), "x"),
            **dict.fromkeys(("sap_version", "sap_date", "status", "design", "meddra_version", "ctcae_version"), "x"),
            "arms": arms,
            "strata": [{"variable": "STRAT1R", "label": "Visceral disease", "levels": ["Y", "N"]}],
            "analysis_sets": sets,
            "noninferiority": {
                "endpoint": "PFSX",
                "margin": 1.3,
                "alpha_one_sided": 0.025,
                "analysis_sets": ["ITT", "PP"],
                "rationale": "x",
            },
            "data_cut": {"trigger": "x", "events": 14},
            "treatment_emergent_days": 28,
            "scan_interval_weeks": 8,
            "scan_window_days": 7,
            "datasets": ["ADSL", "ADTTE"],
        }
    )
    endpoints = Endpoints(objectives=(), endpoints=(), estimands=(), censoring=())
    return Plan(study=study, endpoints=endpoints, catalogue=Catalogue(sections=(), outputs=()), hash="sha256:0")
