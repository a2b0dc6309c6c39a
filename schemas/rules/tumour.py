"""Rules of ADRS and ADTR: measurements, responses by RECIST 1.1, and best response.

Reference: Eisenhauer et al., "New response evaluation criteria in solid tumours: revised RECIST guideline (version
1.1)", Eur J Cancer 45 (2009) 228-247. Its limits of 30 %, 20 %, 5 mm and 10 mm are those of the criteria, not of a
plan.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .rule import Broken, rule, same

__all__ = ["RULES"]

RESPONSE_DECREASE = 30.0
PROGRESSION_INCREASE = 20.0
PROGRESSION_MM = 5.0
NORMAL_NODE_MM = 10.0
RANKS = {"CR": 1, "PR": 2, "SD": 3, "NON-CR/NON-PD": 4, "PD": 5, "NE": 6}


def visit_keys(data: Any, dataset: str) -> pd.Index:
    """Subject and date of each record, as one number."""
    return pd.Index(data.positions(dataset) * 1e6 + data[dataset].ADT.to_numpy())


def at_visit(data: Any, dataset: str, rows: pd.Series, values: np.ndarray, wanted: str) -> np.ndarray:
    """The value of the chosen records of a dataset along the records of another, by subject and date."""
    chosen = np.flatnonzero(rows)
    index = visit_keys(data, dataset)[chosen]
    first = ~index.duplicated()
    place = index[first].get_indexer(visit_keys(data, wanted))
    blank: Any = "" if values.dtype == object else np.nan
    return np.append(values[chosen][first], np.array([blank], dtype=values.dtype))[place]


@rule(
    "R37",
    "The best response is the best of the investigator's flagged responses; stable disease must last.",
    {"ADSL": "RANDDT", "ADRS": "PARAMCD AVALC ADT ANL01FL"},
)
def best_response_recomputed(data: Any) -> Broken:
    study, adrs = data.plan.study, data["ADRS"]
    visits = (adrs.PARAMCD == "OVRINV") & (adrs.ANL01FL == "Y")
    minimum = 7 * study.scan_interval_weeks - study.scan_window_days
    early = adrs.ADT - data.subject("ADRS", "RANDDT") < minimum
    counted = adrs.AVALC.where(~(early & adrs.AVALC.isin(["SD", "NON-CR/NON-PD"])), "NE")
    place, rank = data.positions("ADRS")[visits], counted.map(RANKS).to_numpy(dtype=float)[visits]
    best = np.full(len(data["ADSL"]), float(RANKS["NE"]))
    np.fmin.at(best, place[place >= 0], rank[place >= 0])
    yield "ADRS", (adrs.PARAMCD == "BOR") & (adrs.AVALC.map(RANKS) != data.subject("ADRS", best))


@rule(
    "R38",
    "Target lesions progress where their sum is 20 % and 5 mm above its nadir and one of them is not normal.",
    {"ADRS": "PARAMCD AVALC ADT", "ADTR": "PARAMCD ADT AVAL NADIR ABLFL LNODEFL"},
)
def progression_by_sum(data: Any) -> Broken:
    adrs, adtr = data["ADRS"], data["ADTR"]
    limit = (100 + PROGRESSION_INCREASE) / 100
    grown = (adtr.AVAL >= limit * adtr.NADIR - 1e-9) & (adtr.AVAL - adtr.NADIR >= PROGRESSION_MM - 1e-9)
    # Nodes that stay below 10 mm are normal: they remain a complete response, whatever their sum.
    normal = (adtr.AVAL == 0) | ((adtr.LNODEFL == "Y") & (adtr.AVAL < NORMAL_NODE_MM))
    visits, _ = pd.factorize(visit_keys(data, "ADTR"))
    present = np.bincount(visits, (adtr.PARAMCD == "LDIAM") & ~normal, minlength=visits.max(initial=-1) + 1)[visits] > 0
    sums = (adtr.PARAMCD == "SDIAM") & (adtr.ABLFL != "Y")
    expected = at_visit(data, "ADTR", sums, (grown & present).to_numpy(dtype=float), "ADRS")
    target = (adrs.PARAMCD == "TRGRESP") & ~np.isnan(expected)
    yield "ADRS", target & ((adrs.AVALC == "PD") != (expected == 1.0))


@rule(
    "R39",
    "The sum of diameters adds up, and a partial response is a decrease of 30 % from baseline.",
    {"ADRS": "PARAMCD AVALC ADT", "ADTR": "PARAMCD TRGRP ADT AVAL PCHG"},
)
def sums_add_up(data: Any) -> Broken:
    adrs, adtr = data["ADRS"], data["ADTR"]
    codes, _ = pd.factorize(visit_keys(data, "ADTR"))
    lesions = (adtr.PARAMCD == "LDIAM").to_numpy()
    total = np.bincount(codes[lesions], adtr.AVAL.to_numpy()[lesions], minlength=codes.max(initial=-1) + 1)[codes]
    sums = adtr.PARAMCD == "SDIAM"
    yield "ADTR", sums & ~same(adtr.AVAL, total, 1e-6)
    change = at_visit(data, "ADTR", sums, adtr.PCHG.to_numpy(), "ADRS")
    yield "ADRS", (adrs.PARAMCD == "TRGRESP") & (adrs.AVALC == "PR") & ~(change <= -RESPONSE_DECREASE + 1e-9)


@rule("R40", "A new lesion is progression.", {"ADRS": "PARAMCD AVALC ADT"})
def new_lesion_progresses(data: Any) -> Broken:
    adrs = data["ADRS"]
    overall = at_visit(data, "ADRS", adrs.PARAMCD == "OVRINV", adrs.AVALC.to_numpy(), "ADRS")
    yield "ADRS", (adrs.PARAMCD == "NEWLFL") & (adrs.AVALC == "Y") & (overall != "PD")


@rule(
    "R41",
    "A response flagged for analysis is not after the first progression, nor on or after a new anticancer therapy.",
    {"ADSL": "NACTDT", "ADRS": "PARAMCD AVALC ADT ANL01FL AVISIT"},
)
def flagged_before_new_therapy(data: Any) -> Broken:
    adrs = data["ADRS"]
    flagged = adrs.PARAMCD.isin(["OVRINV", "OVRBICR"]) & (adrs.ANL01FL == "Y")
    yield "ADRS", flagged & (adrs.ADT >= data.subject("ADRS", "NACTDT"))
    for overall in ("OVRINV", "OVRBICR"):
        own = adrs.PARAMCD == overall
        first = data.earliest("ADRS", "ADT", own & (adrs.AVALC == "PD"))
        yield "ADRS", flagged & own & (adrs.ADT > data.subject("ADRS", first))


RULES = (
    best_response_recomputed,
    progression_by_sum,
    sums_add_up,
    new_lesion_progresses,
    flagged_before_new_therapy,
)
