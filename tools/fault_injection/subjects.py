"""Faults of ADSL: consent, randomisation, treatment, arms, strata, analysis sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.fault_injection.injection import Catalogue

if TYPE_CHECKING:
    from csrbook.plan.models import Plan
    from tools.fault_injection.damaged import Damaged

__all__ = ["SUBJECTS"]

SUBJECTS = Catalogue("Subjects, arms and analysis sets")

DAY = 1.0


def randomised(db: Damaged) -> int:
    """The first randomised and treated subject."""
    return db.first("ADSL", ITTFL="Y", SAFFL="Y")


def untreated(db: Damaged) -> int:
    """The first subject who was randomised and never treated."""
    return db.first("ADSL", ITTFL="Y", SAFFL="N")


def screen_failure(db: Damaged) -> int:
    """The first subject who was not randomised."""
    return db.first("ADSL", ITTFL="N")


@SUBJECTS.fault("ADSL", "R05")
def consent_a_day_after_randomisation(db: Damaged) -> None:
    """A consent is dated the day after randomisation."""
    row = randomised(db)
    db.put("ADSL", row, RFICDT=db.value("ADSL", row, "RANDDT") + DAY)


@SUBJECTS.fault("ADSL", "R05")
def consent_and_randomisation_swapped(db: Damaged) -> None:
    """The columns RFICDT and RANDDT are swapped."""
    adsl = db["ADSL"]
    db.swap("ADSL", db.find("ADSL", adsl.RFICDT < adsl.RANDDT), "RFICDT", "RANDDT")


@SUBJECTS.fault("ADSL", "R06")
def treated_before_randomisation(db: Damaged) -> None:
    """A first dose is dated the day before randomisation."""
    row = randomised(db)
    db.put("ADSL", row, TRTSDT=db.value("ADSL", row, "RANDDT") - DAY)


@SUBJECTS.fault("ADSL", "R06")
def first_dose_after_the_window(db: Damaged) -> None:
    """A first dose is one day later than the window after randomisation allows."""
    row = randomised(db)
    window = db.plan.study.data_rules["treatment_start_days"]
    db.put("ADSL", row, TRTSDT=db.value("ADSL", row, "RANDDT") + window + DAY)


@SUBJECTS.fault("ADSL", "R07")
def treatment_dates_swapped(db: Damaged) -> None:
    """First and last dose of a subject are swapped."""
    adsl = db["ADSL"]
    db.swap("ADSL", db.first("ADSL", adsl.TRTSDT < adsl.TRTEDT), "TRTSDT", "TRTEDT")


@SUBJECTS.fault("ADSL", "R07")
def last_dose_missing(db: Damaged) -> None:
    """A treated subject has no date of the last dose."""
    db.put("ADSL", randomised(db), TRTEDT=np.nan, TRTDURD=np.nan)


@SUBJECTS.fault("ADSL", "R08")
def duration_without_the_first_day(db: Damaged) -> None:
    """The durations of treatment do not count the first day."""
    adsl = db["ADSL"]
    rows = db.find("ADSL", adsl.TRTDURD > 1)
    db.put("ADSL", rows, TRTDURD=adsl.TRTDURD.to_numpy()[rows] - 1)


@SUBJECTS.fault("ADSL", "R08")
def duration_in_weeks(db: Damaged) -> None:
    """A duration of treatment is in weeks."""
    adsl = db["ADSL"]
    row = db.first("ADSL", adsl.TRTDURD > 14)
    db.put("ADSL", row, TRTDURD=adsl.TRTDURD.iloc[row] / 7)


@SUBJECTS.fault("ADSL", "R10")
def randomised_without_a_date(db: Damaged) -> None:
    """A randomised subject has no date of randomisation."""
    db.put("ADSL", randomised(db), RANDDT=np.nan)


@SUBJECTS.fault("ADSL", "R10")
def screen_failure_in_the_intention_to_treat_set(db: Damaged) -> None:
    """A screen failure is in the intention-to-treat set."""
    db.put("ADSL", screen_failure(db), ITTFL="Y")


@SUBJECTS.fault("ADSL", "R10")
def randomised_outside_the_intention_to_treat_set(db: Damaged) -> None:
    """A randomised subject is left out of the intention-to-treat set, in every dataset."""
    db.everywhere(db.value("ADSL", randomised(db), "USUBJID"), ITTFL="N")


@SUBJECTS.fault("ADSL", "R11")
def untreated_in_the_per_protocol_set(db: Damaged) -> None:
    """An untreated subject is in the per-protocol set, in every dataset."""
    row = untreated(db)
    db.everywhere(db.value("ADSL", row, "USUBJID"), PPROTFL="Y", PPEXRS="")


@SUBJECTS.fault("ADSL", "R11")
def screen_failure_in_the_per_protocol_set(db: Damaged) -> None:
    """A screen failure is in the per-protocol set."""
    db.put("ADSL", screen_failure(db), PPROTFL="Y")


@SUBJECTS.fault("ADSL", "R12")
def treated_outside_the_safety_set(db: Damaged) -> None:
    """A treated subject is left out of the safety set, in every dataset."""
    row = db.first("ADSL", SAFFL="Y", PPROTFL="N")
    db.everywhere(db.value("ADSL", row, "USUBJID"), SAFFL="N")


@SUBJECTS.fault("ADSL", "R12")
def untreated_in_the_safety_set(db: Damaged) -> None:
    """An untreated subject is in the safety set, in every dataset."""
    db.everywhere(db.value("ADSL", untreated(db), "USUBJID"), SAFFL="Y")


@SUBJECTS.fault("ADSL", "R12")
def treatment_dates_missing(db: Damaged) -> None:
    """A subject of the safety set has lost all dates of treatment."""
    db.put("ADSL", randomised(db), TRTSDT=np.nan, TRTEDT=np.nan, TRTDURD=np.nan)


@SUBJECTS.fault("ADSL", "R13")
def exclusion_without_a_reason(db: Damaged) -> None:
    """A subject outside the per-protocol set has no reason for it."""
    db.put("ADSL", db.first("ADSL", ITTFL="Y", PPROTFL="N"), PPEXRS="")


@SUBJECTS.fault("ADSL", "R13")
def reason_without_an_exclusion(db: Damaged) -> None:
    """A subject of the per-protocol set has a reason for exclusion from it."""
    db.put("ADSL", db.first("ADSL", PPROTFL="Y"), PPEXRS="PROHIBITED THERAPY IN CYCLES 1 OR 2")


@SUBJECTS.fault("ADTTE", "R14")
def arm_relabelled_in_efficacy_data(db: Damaged) -> None:
    """A subject has the other planned arm in ADTTE."""
    row = randomised(db)
    subject, label = (db.value("ADSL", row, variable) for variable in ("USUBJID", "TRT01P"))
    other = next(arm for arm in db.plan.study.arms if arm.label != label)
    db.put("ADTTE", db.find("ADTTE", USUBJID=subject), TRT01P=other.label, TRT01PN=float(other.code))


@SUBJECTS.fault("ADAE", "R14")
def arm_received_relabelled_in_safety_data(db: Damaged) -> None:
    """A site's subjects have the other arm received in ADAE."""
    adae, (one, other) = db["ADAE"], db.plan.study.arms
    rows = db.find("ADAE", SITEID=db.value("ADAE", 0, "SITEID"))
    received = adae.TRT01A.to_numpy()[rows] == one.label
    db.put(
        "ADAE",
        rows,
        TRT01A=np.where(received, other.label, one.label).astype(object),
        TRT01AN=np.where(received, float(other.code), float(one.code)),
    )


@SUBJECTS.fault("ADSL", "R14")
def arm_received_unknown(db: Damaged) -> None:
    """A subject of the safety set has no arm received, in any dataset."""
    db.everywhere(db.value("ADSL", randomised(db), "USUBJID"), TRT01A="", TRT01AN=np.nan)


@SUBJECTS.fault("plan", "R14", found_in="sap/study.yaml: analysis_sets")
def safety_set_by_planned_arm(db: Damaged) -> None:
    """The plan analyses the safety set by the arm planned."""
    db.plan = by_other_arm(db, "SAF", "planned")


@SUBJECTS.fault("plan", "R14", found_in="sap/outputs.yaml")
def efficacy_by_arm_received(db: Damaged) -> None:
    """The plan analyses the intention-to-treat set, and so efficacy, by the arm received."""
    db.plan = by_other_arm(db, "ITT", "actual")
    db.victims = {output.id for output in db.plan.catalogue.outputs if output.id.startswith("T14.2")}


def by_other_arm(db: Damaged, identifier: str, treatment: str) -> Plan:
    """The plan with another arm of an analysis set."""
    db.victims = {identifier}
    study = db.plan.study
    sets = tuple(
        item.model_copy(update={"treatment": treatment}) if item.id == identifier else item
        for item in study.analysis_sets
    )
    return db.plan.model_copy(update={"study": study.model_copy(update={"analysis_sets": sets})})


@SUBJECTS.fault("ADSL", "R15")
def arm_codes_reversed(db: Damaged) -> None:
    """The numbers of the two arms are exchanged, in every dataset."""
    total = sum(arm.code for arm in db.plan.study.arms)
    for name, frame in list(db.frames.items()):
        codes = {variable: total - frame[variable].to_numpy() for variable in ("TRT01PN", "TRT01AN")}
        db.put(name, slice(None), **codes)


@SUBJECTS.fault("ADSL", "R15")
def arms_spelt_otherwise(db: Damaged) -> None:
    """An arm is called FUL+PYR, in every dataset."""
    arm = db.plan.study.arms[0]
    for name, frame in list(db.frames.items()):
        changed = {
            variable: frame[variable].replace(arm.label, arm.short).to_numpy() for variable in ("TRT01P", "TRT01A")
        }
        db.put(name, slice(None), **changed)


@SUBJECTS.fault("ADSL", "R15")
def combined_stratum_of_another_subject(db: Damaged) -> None:
    """STRATAR is shifted by one record against the stratification factors."""
    rows = db.find("ADSL", ITTFL="Y")
    db.put("ADSL", rows, STRATAR=np.roll(db["ADSL"].STRATAR.to_numpy()[rows], 1))


@SUBJECTS.fault("ADSL", "R15")
def stratum_level_outside_the_plan(db: Damaged) -> None:
    """A subject has a level of prior trastuzumab that the plan does not know, also in STRATAR."""
    row = db.first("ADSL", STRAT2R="(NEO)ADJUVANT", STRAT2V="(NEO)ADJUVANT")
    stratum = db.value("ADSL", row, "STRATAR").replace("(NEO)ADJUVANT", "ADJUVANT")
    db.everywhere(db.value("ADSL", row, "USUBJID"), STRAT2R="ADJUVANT", STRAT2V="ADJUVANT", STRATAR=stratum)


@SUBJECTS.fault("ADSL", "R15")
def screen_failure_with_an_arm(db: Damaged) -> None:
    """A screen failure has a planned arm."""
    arm = db.plan.study.arms[0]
    db.put("ADSL", screen_failure(db), TRT01P=arm.label, TRT01PN=float(arm.code))


@SUBJECTS.fault("ADSL", "R16", severity="review")
def visceral_disease_differs_at_site(db: Damaged) -> None:
    """The site verified no visceral disease where randomisation used visceral disease."""
    adsl = db["ADSL"]
    db.put("ADSL", db.first("ADSL", adsl.STRAT2R == adsl.STRAT2V, STRAT1R="Y", STRAT1V="Y"), STRAT1V="N", STRAT1VN=2)


@SUBJECTS.fault("ADSL", "R16", severity="review")
def prior_trastuzumab_differs_at_site(db: Damaged) -> None:
    """The site verified another setting of prior trastuzumab."""
    adsl = db["ADSL"]
    row = db.first("ADSL", adsl.STRAT1R == adsl.STRAT1V, STRAT2R="(NEO)ADJUVANT", STRAT2V="(NEO)ADJUVANT")
    db.put("ADSL", row, STRAT2V="FIRST-LINE METASTATIC", STRAT2VN=2)


@SUBJECTS.fault("ADSL", "R16", severity="review")
def verified_strata_swapped(db: Damaged) -> None:
    """The site's answers on visceral disease were read the other way round."""
    adsl = db["ADSL"]
    flipped = adsl.STRAT1V.map({"Y": "N", "N": "Y", "": ""}).to_numpy()
    db.put("ADSL", slice(None), STRAT1V=flipped, STRAT1VN=3 - adsl.STRAT1VN.to_numpy())


@SUBJECTS.fault("ADSL", "R42", found_in="ADLB")
def last_contact_not_updated(db: Damaged) -> None:
    """A subject was last known alive the day before her last laboratory test."""
    adlb = db["ADLB"]
    subject = db.value("ADLB", 0, "USUBJID")
    last = adlb.ADT[adlb.USUBJID == subject].max()
    db.put("ADSL", db.first("ADSL", USUBJID=subject), LSTALVDT=last - DAY)


@SUBJECTS.fault("ADRS", "R42")
def response_after_the_last_contact(db: Damaged) -> None:
    """A response is dated after the day on which the subject was last known alive."""
    adrs, last = db["ADRS"], db.subject("ADRS", "LSTALVDT")
    row = db.first("ADRS", adrs.ADT < last, last < db.subject("ADRS", "DCUTDT"), PARAMCD="NTRGRESP")
    db.put("ADRS", row, ADT=last.iloc[row] + DAY)


@SUBJECTS.fault("ADEX", "R42")
def dose_after_the_last_contact(db: Damaged) -> None:
    """A dose is dated after the day on which the subject was last known alive."""
    last = db.subject("ADEX", "LSTALVDT")
    row = db.first("ADEX", last < db.subject("ADEX", "DCUTDT"))
    db.put("ADEX", row, AENDT=last.iloc[row] + DAY)


@SUBJECTS.fault("ADBM", "R60", found_in="ADSL")
def baseline_markers_not_evaluable(db: Damaged) -> None:
    """No baseline biomarker result of a biomarker-evaluable subject is valid."""
    subject = db.value("ADSL", db.first("ADSL", BMEVLFL="Y"), "USUBJID")
    db.put("ADBM", db.find("ADBM", USUBJID=subject, AVISIT="BASELINE"), AVALC="NE", AVAL=np.nan)


@SUBJECTS.fault("ADBM", "R60", found_in="ADSL")
def baseline_sample_under_another_visit(db: Damaged) -> None:
    """A subject's baseline samples stand under another name of the visit."""
    subject = db.value("ADSL", db.first("ADSL", BMEVLFL="Y"), "USUBJID")
    db.put("ADBM", db.find("ADBM", USUBJID=subject, AVISIT="BASELINE"), AVISIT="C1D1")


@SUBJECTS.fault("ADSL", "R60")
def marker_result_but_not_evaluable(db: Damaged) -> None:
    """A subject with valid baseline biomarkers is not biomarker-evaluable, in any dataset."""
    db.everywhere(db.value("ADSL", db.first("ADSL", BMEVLFL="Y"), "USUBJID"), BMEVLFL="N")
