"""Rules of ADSL: consent, randomisation, treatment, strata and analysis sets, and who is analysed in which arm."""

from __future__ import annotations

from typing import Any

import numpy as np

from .rule import EVERY, Broken, each, rule, same

__all__ = ["RULES"]

OUTPUTS, SETS = "sap/outputs.yaml", "sap/study.yaml: analysis_sets"
EFFICACY, SAFETY = "14.2.", "14.3."
"""Sections of ICH E3."""
RECORD_DATES = {"ADEX": "AENDT", "ADAE": "ASTDT"}
"""The last date on which a record shows its subject alive, where it is not ADT."""


@rule("R05", "Informed consent is not after randomisation.", {"ADSL": "RFICDT RANDDT"})
def consent_first(data: Any) -> Broken:
    yield "ADSL", data["ADSL"].RFICDT > data["ADSL"].RANDDT


@rule("R06", "Treatment starts on the day of randomisation or within the window after it.", {"ADSL": "RANDDT TRTSDT"})
def treatment_starts_in_window(data: Any) -> Broken:
    wait = data["ADSL"].TRTSDT - data["ADSL"].RANDDT
    yield "ADSL", (wait < 0) | (wait > data.parameter("treatment_start_days"))


@rule("R07", "Treatment does not end before it starts.", {"ADSL": "TRTSDT TRTEDT"})
def treatment_ends_after_start(data: Any) -> Broken:
    adsl = data["ADSL"]
    yield "ADSL", (adsl.TRTSDT > adsl.TRTEDT) | (adsl.TRTSDT.isna() != adsl.TRTEDT.isna())


@rule("R08", "TRTDURD is TRTEDT - TRTSDT + 1.", {"ADSL": "TRTSDT TRTEDT TRTDURD"})
def duration_of_treatment(data: Any) -> Broken:
    adsl = data["ADSL"]
    yield "ADSL", ~same(adsl.TRTDURD, adsl.TRTEDT - adsl.TRTSDT + 1)


@rule("R10", "ITTFL is Y if and only if the subject was randomised.", {"ADSL": "ITTFL RANDDT"})
def randomised_are_itt(data: Any) -> Broken:
    yield "ADSL", (data["ADSL"].ITTFL == "Y") != data["ADSL"].RANDDT.notna()


@rule("R11", "A per-protocol subject is in the intention-to-treat and the safety set.", {"ADSL": "PPROTFL ITTFL SAFFL"})
def per_protocol_is_subset(data: Any) -> Broken:
    adsl = data["ADSL"]
    yield "ADSL", (adsl.PPROTFL == "Y") & ((adsl.ITTFL != "Y") | (adsl.SAFFL != "Y"))


@rule("R12", "SAFFL is Y if and only if treatment started.", {"ADSL": "SAFFL TRTSDT TRT01A"})
def treated_are_safety(data: Any) -> Broken:
    adsl = data["ADSL"]
    yield "ADSL", (adsl.SAFFL == "Y") != adsl.TRTSDT.notna()
    yield "ADSL", (adsl.SAFFL == "Y") != (adsl.TRT01A != "")


@rule(
    "R13",
    "A randomised subject outside the per-protocol set, and no other, has a reason for it.",
    {"ADSL": "PPROTFL PPEXRS ITTFL"},
)
def exclusion_has_reason(data: Any) -> Broken:
    adsl = data["ADSL"]
    yield "ADSL", ((adsl.PPROTFL == "N") & (adsl.ITTFL == "Y")) != (adsl.PPEXRS != "")


@each(
    "R14",
    "Efficacy is analysed by the treatment planned (TRT01P) and safety by the treatment received (TRT01A).",
    {"ADSL": "ITTFL SAFFL TRT01P TRT01A", EVERY: "TRT01P TRT01A"},
)
def arms_of_analyses(data: Any, name: str) -> Broken:
    if name != "ADSL":
        # Programs take the arm from ADSL; a reader of the dataset must find the same.
        known = data.positions(name) >= 0
        for variable in ("TRT01P", "TRT01A"):
            yield name, known & ~data.same_text(name, variable)
        return
    plan, adsl = data.plan, data["ADSL"]
    yield name, ((adsl.ITTFL == "Y") & (adsl.TRT01P == "")) | ((adsl.SAFFL == "Y") & (adsl.TRT01A == ""))
    treatment = {item.id: item.treatment for item in plan.study.analysis_sets}
    by_flag = {"ITTFL": "planned", "PPROTFL": "planned", "SAFFL": "actual"}
    yield (
        SETS,
        np.array([item.treatment != by_flag.get(item.flag, item.treatment) for item in plan.study.analysis_sets]),
    )
    wrong = []
    for output in plan.catalogue.outputs:
        used = [treatment[identifier] for identifier in output.population]
        # An efficacy output may add the arm received as a sensitivity analysis, never take it alone.
        efficacy = output.id[1:].startswith(EFFICACY) and "planned" not in used
        wrong.append(efficacy or (output.id[1:].startswith(SAFETY) and "planned" in used))
    yield OUTPUTS, np.array(wrong, dtype=bool)


@rule(
    "R15",
    "Arms and strata have the codes of the plan, and the combined stratum joins the factors.",
    {"ADSL": "ITTFL TRT01P TRT01PN TRT01A TRT01AN"},
)
def arms_and_strata_of_plan(data: Any) -> Broken:
    study, adsl = data.plan.study, data["ADSL"]
    itt = (adsl.ITTFL == "Y").to_numpy()
    codes = {"": np.nan} | {arm.label: float(arm.code) for arm in study.arms}
    for variable in ("TRT01P", "TRT01A"):
        yield "ADSL", ~adsl[variable].isin(codes)
        yield "ADSL", ~same(adsl[f"{variable}N"], adsl[variable].map(codes).astype(float))
    yield "ADSL", itt != (adsl.TRT01P != "").to_numpy()
    for factor in study.strata:
        for variable in (factor.variable, factor.verified):
            if variable is not None:
                yield "ADSL", ~np.where(itt, adsl[variable].isin(factor.levels), adsl[variable] == "")
    if study.strata_combined is not None and study.strata:
        joined = adsl[study.strata[0].variable]
        for factor in study.strata[1:]:
            joined = joined + "/" + adsl[factor.variable]
        yield "ADSL", adsl[study.strata_combined] != np.where(itt, joined, "")


@rule(
    "R16",
    "A stratum used for randomisation is the one verified at the site; a difference is reported, not overwritten.",
    {"ADSL": "ITTFL"},
    severity="review",
)
def strata_verified(data: Any) -> Broken:
    adsl = data["ADSL"]
    for factor in data.plan.study.strata:
        if factor.verified is not None:
            yield "ADSL", (adsl.ITTFL == "Y") & (adsl[factor.variable] != adsl[factor.verified])


@each(
    "R42",
    "A subject is known to be alive on the date of every adverse event, laboratory test, response and dose.",
    {"ADSL": "LSTALVDT", "ADAE": "ASTDT", "ADLB": "ADT", "ADRS": "ADT", "ADEX": "AENDT"},
)
def last_alive_after_records(data: Any, name: str) -> Broken:
    yield name, data[name][RECORD_DATES.get(name, "ADT")].to_numpy() > data.subject(name, "LSTALVDT")


@rule(
    "R60",
    "BMEVLFL is Y if and only if the subject has a valid baseline biomarker result.",
    {"ADSL": "BMEVLFL", "ADBM": "AVISIT AVALC"},
)
def evaluable_have_marker(data: Any) -> Broken:
    valid = data.count("ADBM", (data["ADBM"].AVISIT == "BASELINE") & ~data["ADBM"].AVALC.isin(["NE", ""])) > 0
    yield "ADSL", (data["ADSL"].BMEVLFL == "Y") != valid


RULES = (
    consent_first,
    treatment_starts_in_window,
    treatment_ends_after_start,
    duration_of_treatment,
    randomised_are_itt,
    per_protocol_is_subset,
    treated_are_safety,
    exclusion_has_reason,
    arms_of_analyses,
    arms_and_strata_of_plan,
    strata_verified,
    last_alive_after_records,
    evaluable_have_marker,
)
