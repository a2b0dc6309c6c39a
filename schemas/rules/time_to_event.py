"""Rules of ADTTE: one record a subject, dates and durations, reasons of censoring, and the records they come from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .rule import Broken, in_schema, rule, same

__all__ = ["RULES"]

PD_OR_DEATH = ["PD", "DEATH"]
OTHER_EVENTS = {"PFSNACT": ["NEW ANTICANCER THERAPY"], "PFSSYMP": ["SYMPTOMATIC DETERIORATION"]}
"""Events that an analysis counts besides progression and death."""
SEQUENCES = {"ADRS": "RSSEQ", "ADTR": "TRSEQ", "ADAE": "AESEQ", "ADQS": "QSSEQ", "ADCM": "CMSEQ", "ADBM": "BMSEQ"}
OWN_SETS = {"PFS2"}
"""A second progression is an endpoint of its own, and not a definition of the first."""
OWN_START = ["DOR"]
"""Parameters whose time does not start at randomisation."""
EVALUATORS = {"PFSINV": ("OVRINV", "INVESTIGATOR"), "PFSBICR": ("OVRBICR", "INDEPENDENT ASSESSOR")}


CENSORING_CODES = in_schema("R25", "CNSR is a code from 0 to 6.", {"ADTTE": "CNSR"})


def is_pfs(frame: pd.DataFrame) -> pd.Series:
    """Records of progression-free survival by any definition."""
    return frame.PARAMCD.isin(
        [code for code in frame.PARAMCD.unique() if code.startswith("PFS") and code[3:].isalpha()]
    )


@rule(
    "R21",
    "A randomised subject, and no other, has one record of overall survival and of each progression-free survival.",
    {"ADSL": "ITTFL", "ADTTE": "PARAMCD"},
)
def one_record_a_subject(data: Any) -> Broken:
    adtte, itt = data["ADTTE"], (data["ADSL"].ITTFL == "Y").to_numpy()
    planned = [item.parameter for item in data.plan.endpoints.endpoints if item.dataset == "ADTTE" and item.parameter]
    found = adtte.PARAMCD[is_pfs(adtte)].unique()
    for code in sorted({*found, *(code for code in planned if code == "OS" or code.startswith("PFS"))} - OWN_SETS):
        yield "ADSL", data.count("ADTTE", adtte.PARAMCD == code) != itt


@rule(
    "R22",
    "Time starts at randomisation; the duration of response starts later.",
    {"ADSL": "RANDDT", "ADTTE": "PARAMCD STARTDT"},
)
def starts_at_randomisation(data: Any) -> Broken:
    adtte, randomised = data["ADTTE"], data.subject("ADTTE", "RANDDT")
    own = adtte.PARAMCD.isin(OWN_START)
    yield "ADTTE", np.where(own, adtte.STARTDT <= randomised, adtte.STARTDT != randomised)


@rule("R23", "Time does not end before it starts.", {"ADTTE": "STARTDT ADT"})
def ends_after_start(data: Any) -> Broken:
    yield "ADTTE", data["ADTTE"].ADT < data["ADTTE"].STARTDT


@rule("R24", "AVAL is the time from STARTDT to ADT, both days counted, in months.", {"ADTTE": "STARTDT ADT AVAL"})
def duration_in_months(data: Any) -> Broken:
    adtte = data["ADTTE"]
    yield "ADTTE", ~same(adtte.AVAL, (adtte.ADT - adtte.STARTDT + 1) / data.plan.study.days_per_month)


@rule(
    "R26",
    "An event has a description and no description of a censoring date; a censored record has both.",
    {"ADTTE": "PARAMCD CNSR EVNTDESC CNSDTDSC"},
)
def described(data: Any) -> Broken:
    adtte = data["ADTTE"]
    event, pfs = adtte.CNSR == 0, is_pfs(adtte)
    yield "ADTTE", event & ((adtte.CNSDTDSC != "") | (adtte.EVNTDESC == ""))
    yield "ADTTE", ~event & ((adtte.CNSDTDSC == "") | (adtte.EVNTDESC == ""))
    known = adtte.EVNTDESC.isin(PD_OR_DEATH)
    for code, others in OTHER_EVENTS.items():
        known |= (adtte.PARAMCD == code) & adtte.EVNTDESC.isin(others)
    yield "ADTTE", event & pfs & ~known
    yield "ADTTE", ~event & pfs & adtte.EVNTDESC.isin(PD_OR_DEATH)


@rule(
    "R27",
    "SRCDOM, SRCVAR and SRCSEQ name a record and a variable with the date ADT.",
    {"ADTTE": "ADT SRCDOM SRCVAR SRCSEQ", "ADSL": "*DT"} | {name: f"{key} *DT" for name, key in SEQUENCES.items()},
)
def source_resolves(data: Any) -> Broken:
    adtte, positions = data["ADTTE"], data.positions("ADTTE")
    resolved = np.zeros(len(adtte), dtype=bool)
    for (domain, variable), rows in adtte.groupby(["SRCDOM", "SRCVAR"], sort=False).indices.items():
        if domain not in data.names or variable not in data[domain]:
            continue
        if domain == "ADSL":
            found = data.subject("ADTTE", variable)[rows]
        elif domain in SEQUENCES:
            source = data[domain]
            keys = pd.MultiIndex.from_arrays([data.positions(domain), source[SEQUENCES[domain]]])
            wanted = pd.MultiIndex.from_arrays([positions[rows], adtte.SRCSEQ.iloc[rows]])
            first = ~keys.duplicated()
            place = keys[first].get_indexer(wanted)
            found = np.where(place >= 0, source[variable].to_numpy()[first][place], np.nan)
        else:
            continue
        resolved[rows] = found == adtte.ADT.iloc[rows]
    yield "ADTTE", ~resolved


@rule("R28", "Progression-free survival does not end after overall survival.", {"ADTTE": "PARAMCD ADT"})
def pfs_before_os(data: Any) -> Broken:
    adtte = data["ADTTE"]
    last = data.subject("ADTTE", data.per_subject("ADTTE", "ADT", adtte.PARAMCD == "OS"))
    yield "ADTTE", is_pfs(adtte) & (adtte.ADT > last)


@rule(
    "R29",
    "Overall survival is an event if and only if the subject died, on the date of death.",
    {"ADSL": "DTHFL DTHDT", "ADTTE": "PARAMCD CNSR ADT"},
)
def os_event_is_death(data: Any) -> Broken:
    adsl, adtte = data["ADSL"], data["ADTTE"]
    yield "ADSL", (adsl.DTHFL == "Y") != adsl.DTHDT.notna()
    survival, event = adtte.PARAMCD == "OS", adtte.CNSR == 0
    yield "ADTTE", survival & (event != (data.subject("ADTTE", "DTHFL") == "Y"))
    yield "ADTTE", survival & event & (adtte.ADT != data.subject("ADTTE", "DTHDT"))


@rule(
    "R30",
    "Overall survival is censored at the date last known alive, or at the data cut-off where that is earlier.",
    {"ADSL": "LSTALVDT DCUTDT", "ADTTE": "PARAMCD CNSR ADT"},
)
def os_censored_last_alive(data: Any) -> Broken:
    adtte = data["ADTTE"]
    expected = np.fmin(data.subject("ADTTE", "LSTALVDT"), data.subject("ADTTE", "DCUTDT"))
    yield "ADTTE", (adtte.PARAMCD == "OS") & (adtte.CNSR > 0) & (adtte.ADT != expected)


@rule(
    "R31",
    "Progression-free survival ends with death only where no progression came before it.",
    {"ADTTE": "PARAMCD CNSR EVNTDESC ADT", "ADRS": "PARAMCD AVALC ADT"},
)
def no_progression_before_death(data: Any) -> Broken:
    adtte = data["ADTTE"]
    for code, (overall, _) in EVALUATORS.items():
        progression = data.subject("ADTTE", first_progression(data, overall))
        death = (adtte.PARAMCD == code) & (adtte.CNSR == 0) & (adtte.EVNTDESC == "DEATH")
        yield "ADTTE", death & (progression <= adtte.ADT)


@rule(
    "R32",
    "Progression-free survival ends with the first progression that ADRS has.",
    {"ADTTE": "PARAMCD CNSR EVNTDESC ADT", "ADRS": "PARAMCD AVALC ADT EVAL"},
)
def progression_is_first(data: Any) -> Broken:
    adtte, adrs = data["ADTTE"], data["ADRS"]
    for code, (overall, evaluator) in EVALUATORS.items():
        first = first_progression(data, overall)
        progression = (adtte.PARAMCD == code) & (adtte.CNSR == 0) & (adtte.EVNTDESC == "PD")
        yield "ADTTE", progression & (adtte.ADT != data.subject("ADTTE", first))
        derived = (adrs.PARAMCD == "PD") & (adrs.EVAL == evaluator)
        yield "ADRS", derived & (adrs.AVALC == "Y") & (adrs.ADT != data.subject("ADRS", first))
        yield "ADRS", derived & (adrs.AVALC != "Y") & ~np.isnan(data.subject("ADRS", first))


@rule(
    "R33",
    "With the FDA's censoring, time does not pass a new anticancer therapy and no event is added.",
    {"ADSL": "NACTDT", "ADTTE": "PARAMCD CNSR ADT"},
)
def fda_censoring(data: Any) -> Broken:
    adtte = data["ADTTE"]
    fda = adtte.PARAMCD == "PFSFDA"
    yield "ADTTE", fda & (adtte.ADT > data.subject("ADTTE", "NACTDT"))
    primary = data.subject("ADTTE", data.per_subject("ADTTE", "CNSR", adtte.PARAMCD == "PFSINV"))
    yield "ADTTE", fda & (adtte.CNSR == 0) & (primary != 0)


@rule(
    "R34",
    "A progression lies in an interval that ends on its date; a death is exact; a censored time has no right limit.",
    {"ADTTE": "PARAMCD CNSR EVNTDESC ADT INTLDT INTRDT"},
)
def event_intervals(data: Any) -> Broken:
    adtte = data["ADTTE"]
    pfs, event = is_pfs(adtte), adtte.CNSR == 0
    progression, death = pfs & event & (adtte.EVNTDESC == "PD"), pfs & event & (adtte.EVNTDESC == "DEATH")
    # With scheduled dates, ADT is the date of the visit and the interval is that of the actual dates.
    actual = adtte.PARAMCD != "PFSSCH"
    yield "ADTTE", progression & ~(adtte.INTLDT < adtte.INTRDT)
    yield "ADTTE", progression & actual & (adtte.INTRDT != adtte.ADT)
    yield "ADTTE", death & ((adtte.INTLDT != adtte.INTRDT) | (actual & (adtte.INTRDT != adtte.ADT)))
    yield "ADTTE", pfs & ~event & adtte.INTRDT.notna()


@rule(
    "R35",
    "Without an adequate assessment and without death within two scan intervals, time is censored on its first day.",
    {"ADSL": "RANDDT DTHDT", "ADTTE": "PARAMCD CNSR AVAL", "ADRS": "PARAMCD AVALC ADT", "ADTR": "ADT"},
)
def not_assessed_is_censored(data: Any) -> Broken:
    study, adsl, adtte, adrs = data.plan.study, data["ADSL"], data["ADTTE"], data["ADRS"]
    adequate = (adrs.PARAMCD == "OVRINV") & (adrs.AVALC != "NE") & (adrs.ADT > data.subject("ADRS", "RANDDT"))
    baseline = data["ADTR"].ADT <= data.subject("ADTR", "RANDDT")
    assessed = (data.count("ADRS", adequate) > 0) & (data.count("ADTR", baseline) > 0)
    died = (adsl.DTHDT - adsl.RANDDT <= 2 * 7 * study.scan_interval_weeks + study.scan_window_days).to_numpy()
    unassessed = data.subject("ADTTE", ~assessed & ~died) == 1.0
    primary = adtte.PARAMCD == "PFSINV"
    yield "ADTTE", primary & unassessed & (adtte.CNSR != 2)
    yield "ADTTE", primary & (adtte.CNSR == 2) & ~same(adtte.AVAL, np.full(len(adtte), 1 / study.days_per_month))


@rule(
    "R36",
    "Duration of response is recorded for the subjects with a confirmed response, and no others.",
    {"ADTTE": "PARAMCD", "ADRS": "PARAMCD AVALC"},
)
def duration_of_responders(data: Any) -> Broken:
    adrs = data["ADRS"]
    confirmed = data.count("ADRS", (adrs.PARAMCD == "CBOR") & adrs.AVALC.isin(["CR", "PR"])) > 0
    yield "ADSL", confirmed != (data.count("ADTTE", data["ADTTE"].PARAMCD == "DOR") > 0)


def first_progression(data: Any, overall: str) -> np.ndarray:
    """Date of the first overall response PD, as a subject array."""
    adrs = data["ADRS"]
    return data.earliest("ADRS", "ADT", (adrs.PARAMCD == overall) & (adrs.AVALC == "PD"))


RULES = (
    CENSORING_CODES,
    one_record_a_subject,
    starts_at_randomisation,
    ends_after_start,
    duration_in_months,
    described,
    source_resolves,
    pfs_before_os,
    os_event_is_death,
    os_censored_last_alive,
    no_progression_before_death,
    progression_is_first,
    fda_censoring,
    event_intervals,
    not_assessed_is_censored,
    duration_of_responders,
)
