"""A trial of 24 randomised subjects, small enough to be read, for the tests of efficacy displays.

Arm 1 is the test arm, 2 the control arm. ``A``: trastuzumab (neo)adjuvant, ``M``: metastatic. Times are days (first day
counted), ``c`` is CNSR. The R snippets beside expected numbers read this table with::

    d <- read.table(text = TABLE, header = TRUE, colClasses = c(id = "character"))
    d$t <- d$days / 30.4375; d$e <- as.integer(d$c == 0); d$a <- as.integer(d$arm == 1)
    d$s <- paste(d$visc, d$tras)
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from csrbook.plan import load_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.plan.models import Arm, Output, Plan

ROOT = Path(__file__).resolve().parents[2]

TABLE = """
id arm visc tras pp meas days c resp bm hfs osdays death
01 1 Y M Y Y  518 1 SD ? 0 768 1
02 2 Y M Y Y  140 0 NE ? 0 141 0
03 1 N A Y Y   84 0 PD - 0 299 0
04 2 Y A Y Y  154 0 PR - 0 320 0
05 1 Y A N Y  392 1 PR ? 0 645 0
06 2 N A Y Y  112 0 CR - 0 122 0
07 1 Y A Y Y  448 5 PD - 0 527 1
08 2 Y A Y N  280 5 CR + 0 337 1
09 1 N M Y Y  406 0 PR + 0 605 1
10 2 Y M Y Y   98 5 NE + 0 250 0
11 1 Y A Y Y   42 1 PR + 0 260 0
12 2 N A Y Y  294 1 PR - 1 473 1
13 1 Y A Y Y  336 0 PR + 0 456 0
14 2 Y A N Y  224 0 SD - 0 405 0
15 1 N A Y Y  532 0 PR - 0 547 1
16 2 Y A Y Y  238 0 NE ? 0 302 1
17 1 Y M Y Y  280 5 CR - 0 533 0
18 2 N M Y Y  476 1 NE ? 1 646 1
19 1 Y A Y Y  420 5 PR - 0 533 0
20 2 Y A Y Y  490 1 PR + 1 602 1
21 1 N A N Y  406 0 NE ? 0 634 1
22 2 Y A Y Y  308 0 PD + 1 315 1
23 1 Y A Y Y  504 0 PR ? 0 722 0
24 2 N A Y Y  252 0 NE - 0 355 0
"""

DAYS_PER_MONTH = 30.4375
START = 22000.0
"""SAS date to which the number of a subject is added for its randomisation."""
TIMES = ("PFSINV", "PFSPP", "PFSBICR", "PFSFDA", "PFSNACT", "PFSMISS", "PFSSCH", "PFSSYMP")
_TRASTUZUMAB = {"A": "(NEO)ADJUVANT", "M": "FIRST-LINE METASTATIC"}
_REASON = {1: "ONGOING AT DATA CUT-OFF", 5: "WITHDRAWAL OR LOST TO FOLLOW-UP"}


class Frames:
    """Data held in memory: what :class:`csrbook.displays.program.Data` asks for."""

    def __init__(self, **frames: pd.DataFrame) -> None:
        self.frames = frames

    def dataset(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        frame = self.frames[name]
        return frame.copy() if columns is None else frame[list(columns)].copy()

    def without(self, **queries: str) -> Frames:
        """The same data with the records that a query names removed."""
        kept = {
            name: frame.drop(frame.query(queries[name]).index) if name in queries else frame
            for name, frame in self.frames.items()
        }
        return Frames(**{name: frame.reset_index(drop=True) for name, frame in kept.items()})

    def with_values(self, name: str, variable: str, value: object, query: str = "index >= 0") -> Frames:
        """The same data with one variable set where the query holds."""
        frame = self.frames[name].copy()
        frame.loc[frame.query(query).index, variable] = value
        return Frames(**{**self.frames, name: frame})


def table() -> pd.DataFrame:
    """The table above."""
    return pd.read_csv(io.StringIO(TABLE), sep=r"\s+", dtype={"id": str})


def small_data() -> Frames:
    """ADSL, ADTTE, ADRS, ADAE, ADBM and ADTR of the table."""
    raw = table()
    identifier = "NCT04646759-001-00" + raw["id"]
    arm = raw["arm"].astype("float64")
    adsl = pd.DataFrame(
        {
            "USUBJID": identifier,
            "TRT01PN": arm,
            "TRT01AN": arm,
            "STRAT1R": raw["visc"],
            "STRAT2R": raw["tras"].map(_TRASTUZUMAB),
            # One patient is in another stratum when verified.
            "STRAT1V": raw["visc"].where(raw["id"] != "03", "Y"),
            "STRAT2V": raw["tras"].map(_TRASTUZUMAB),
            "SITEID": (raw["id"].astype(int) // 2 % 2).map({1: "101", 0: "102"}),
            "AGE": 40.0 + raw["days"] % 37,
            "ECOGBL": (raw["osdays"] % 2).astype("float64"),
            "ERPCT": 10.0 * (raw["days"] % 9 + 1),
            "DFIMO": (raw["osdays"] % 60).astype("float64").where(raw["id"].astype(int) % 5 > 0),
            "RANDDT": START + raw["id"].astype("float64"),
            "DCUTDT": START + 800.0,
            "ITTFL": "Y",
            "PPROTFL": raw["pp"],
            "SAFFL": "Y",
            "RESEVFL": raw["meas"],
            "BMEVLFL": "Y",
        }
    )
    times = pd.concat([_times(raw, identifier, name) for name in (*TIMES, "OS")], ignore_index=True)
    responses = pd.DataFrame({"USUBJID": identifier, "PARAMCD": "CBOR", "EVAL": "INVESTIGATOR", "AVALC": raw["resp"]})
    had = raw["hfs"] == 1
    responses = pd.concat([responses, *_readings(raw, identifier)], ignore_index=True)
    sizes = pd.DataFrame({"USUBJID": identifier, "PARAMCD": "SDIAM", "ABLFL": "Y", "AVAL": 20.0 + raw["osdays"] % 50})[
        raw["id"] != "02"
    ]
    events = pd.DataFrame({"USUBJID": identifier[had], "TRTEMFL": "Y", "CQ02NAM": "HAND-FOOT SYNDROME", "ATOXGRN": 3.0})
    plan = trial_plan()
    assert plan.endpoints.biomarkers is not None
    markers = [
        pd.DataFrame(
            {
                "USUBJID": identifier,
                "PARAMCD": marker.parameter,
                "AVISIT": marker.visit,
                "BMSPEC": marker.specimen,
                "AVALC": raw["bm"].map({"+": marker.positive, "-": marker.negative, "?": "NE"}),
            }
        )
        for marker in plan.endpoints.biomarkers.markers
    ]
    return Frames(
        ADSL=adsl, ADTTE=times, ADRS=responses, ADAE=events, ADBM=pd.concat(markers, ignore_index=True),
        ADTR=sizes.reset_index(drop=True),
    )  # fmt: skip


def _readings(raw: pd.DataFrame, identifier: pd.Series[str]) -> list[pd.DataFrame]:
    """Progression by the investigator (that of the table) and by the review, and an assessment every 56 days.

    The review does not see the progressions of 06, 18 and 24 and sees one more in 05; it is 28 days later in 02 and 14.
    """
    number = raw["id"].astype(int)
    day = START + number.astype("float64") + raw["days"] - 1
    seen = raw["c"] == 0
    reviewed = (seen & (number % 6 > 0)) | (number == 5)
    later = number.isin([2, 14])
    readings = [
        pd.DataFrame(
            {"USUBJID": identifier, "PARAMCD": "PD", "EVAL": reader, "AVALC": found.map({True: "Y", False: "N"}),
             "ADT": date}
        )
        for reader, found, date in (
            ("INVESTIGATOR", seen, day),
            ("INDEPENDENT ASSESSOR", reviewed, day + 28.0 * later),
        )
    ]  # fmt: skip
    visits = [
        (who, START + float(place) + 56.0 * visit)
        for who, place, days in zip(identifier, number, raw["days"], strict=True)
        for visit in range(1, int(days) // 56 + 1)
    ]
    scans = pd.DataFrame(visits, columns=["USUBJID", "ADT"]).assign(PARAMCD="OVRINV", EVAL="INVESTIGATOR", AVALC="SD")
    return [*readings, scans]


def _times(raw: pd.DataFrame, identifier: pd.Series[str], name: str) -> pd.DataFrame:
    overall = name == "OS"
    days = raw["osdays"] if overall else raw["days"]
    status = 1 - raw["death"] if overall else raw["c"]
    event = "DEATH" if overall else "PD"
    start = START + raw["id"].astype("float64")
    date = start + days - 1
    return pd.DataFrame(
        {
            "USUBJID": identifier,
            "PARAMCD": name,
            "AVAL": days / DAYS_PER_MONTH,
            "CNSR": status.astype("float64"),
            "EVNTDESC": [event if code == 0 else _REASON[code] for code in status],
            "STARTDT": start,
            "ADT": date,
            # Progression is seen 56 days after the last assessment without it.
            "INTLDT": (date - 56.0).clip(lower=start).where(status == 0, date),
            "INTRDT": date.where(status == 0),
        }
    )


def trial_plan() -> Plan:
    """The plan of the trial."""
    return load_plan(ROOT)


def plan_with_arms(plan: Plan, *arms: Arm) -> Plan:
    """The plan with other arms."""
    return plan.model_copy(update={"study": plan.study.model_copy(update={"arms": arms})})


def plan_row(plan: Plan, identifier: str, **parameters: object) -> Output:
    """A row of the catalogue, with some of its parameters changed."""
    row = plan.catalogue.output(identifier)
    return row.model_copy(update={"parameters": {**row.parameters, **parameters}})
