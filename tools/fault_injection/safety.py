"""Faults of adverse events and exposure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.fault_injection.injection import Catalogue

if TYPE_CHECKING:
    from tools.fault_injection.damaged import Damaged

__all__ = ["SAFETY"]

SAFETY = Catalogue("Adverse events and exposure")

EPOCH = np.datetime64("1960-01-01")


@SAFETY.fault("ADAE", "R44")
def grade_5_but_recovered(db: Damaged) -> None:
    """An event of grade 5 has recovered."""
    db.put("ADAE", db.first("ADAE", AEOUT="RECOVERED/RESOLVED"), ATOXGR="5", ATOXGRN=5, AETOXGR="5")


@SAFETY.fault("ADAE", "R44")
def fatal_of_grade_3(db: Damaged) -> None:
    """A fatal event is of grade 3."""
    db.put("ADAE", db.first("ADAE", AEOUT="FATAL"), ATOXGR="3", ATOXGRN=3)


@SAFETY.fault("ADAE", "R44")
def fatal_event_of_a_living_subject(db: Damaged) -> None:
    """A subject who is alive has a fatal event of grade 5."""
    row = db.first("ADAE", db.subject("ADAE", "DTHFL") == "")
    db.put("ADAE", row, AEOUT="FATAL", ATOXGR="5", ATOXGRN=5, AESDTH="Y")


@SAFETY.fault("ADAE", "R44", "ATOXGR is one of")
def grade_in_words(db: Damaged) -> None:
    """Grades are written as GRADE 3."""
    db.put("ADAE", db.find("ADAE", ATOXGR="3"), ATOXGR="GRADE 3")


@SAFETY.fault("ADAE", "R44", "ATOXGRN is one of")
def grade_zero(db: Damaged) -> None:
    """A grade is 0."""
    db.put("ADAE", 0, ATOXGRN=0)


@SAFETY.fault("ADAE", "R45")
def event_ends_before_it_starts(db: Damaged) -> None:
    """Start and end of an adverse event are swapped, as collected too."""
    adae = db["ADAE"]
    row = db.first("ADAE", adae.ASTDT < adae.AENDT, ASTDTF="", AENDTF="")
    db.swap("ADAE", row, "ASTDT", "AENDT")
    db.swap("ADAE", row, "AESTDTC", "AEENDTC")


@SAFETY.fault("ADCM", "R45")
def therapy_dates_swapped(db: Damaged) -> None:
    """The columns of start and end of therapies are swapped."""
    adcm = db["ADCM"]
    db.swap("ADCM", db.find("ADCM", adcm.ASTDT < adcm.AENDT), "ASTDT", "AENDT")


@SAFETY.fault("ADMH", "R45")
def diagnosis_ends_before_it_starts(db: Damaged) -> None:
    """A diagnosis ends the day before it starts."""
    row = db.first("ADMH", db["ADMH"].AENDT.notna())
    db.put("ADMH", row, AENDT=db.value("ADMH", row, "ASTDT") - 1)


@SAFETY.fault("ADAE", "R46")
def emergent_event_not_flagged(db: Damaged) -> None:
    """An event under treatment is not flagged as treatment-emergent."""
    db.put("ADAE", db.first("ADAE", TRTEMFL="Y", AOCCFL="", AOCCSFL="", AOCCPFL="", AOCCPIFL=""), TRTEMFL="")


@SAFETY.fault("ADAE", "R46")
def event_before_treatment_flagged(db: Damaged) -> None:
    """An event from before treatment is flagged as treatment-emergent."""
    row = db.first("ADAE", db["ADAE"].ASTDT < db.subject("ADAE", "TRTSDT"), TRTEMFL="")
    db.put("ADAE", row, TRTEMFL="Y")


@SAFETY.fault("ADSL", "R46", found_in="ADAE")
def last_dose_after_the_derivation(db: Damaged) -> None:
    """The last dose of a subject was moved 200 days earlier after ADAE was derived."""
    adsl, latest = db["ADSL"], db["ADAE"][db["ADAE"].TRTEMFL == "Y"].groupby("USUBJID").ASTDT.max()
    last = adsl.TRTEDT - 200
    window = db.plan.study.treatment_emergent_days
    row = db.first("ADSL", last >= adsl.TRTSDT, adsl.USUBJID.map(latest) > last + window)
    db.put("ADSL", row, TRTEDT=last.iloc[row], TRTDURD=adsl.TRTDURD.iloc[row] - 200)


@SAFETY.fault("ADAE", "R47")
def imputed_but_complete(db: Damaged) -> None:
    """A complete start date is flagged as imputed."""
    db.put("ADAE", db.first("ADAE", ASTDTF=""), ASTDTF="D")


@SAFETY.fault("ADAE", "R47")
def imputation_not_flagged(db: Damaged) -> None:
    """An imputed start date is not flagged."""
    db.put("ADAE", db.first("ADAE", ASTDTF="D"), ASTDTF="")


@SAFETY.fault("ADAE", "R47")
def imputed_to_another_month(db: Damaged) -> None:
    """An end date is imputed outside the month that was collected."""
    row = db.first("ADAE", AENDTF="D")
    db.put("ADAE", row, AENDT=db.value("ADAE", row, "AENDT") + 40)


@SAFETY.fault("ADAE", "R47")
def imputed_before_treatment(db: Damaged) -> None:
    """A start in the month of the first dose is imputed to the first day of that month, before treatment."""
    adae, start = db["ADAE"], db.subject("ADAE", "TRTSDT")
    days = EPOCH + start.fillna(0).to_numpy().astype("timedelta64[D]")
    month = days.astype("datetime64[M]")
    first = (month.astype("datetime64[D]") - EPOCH).astype(float)
    row = db.first("ADAE", start > first + 1, adae.ASTDT >= start, ~(adae.AENDT < start), ASTDTF="")
    db.put("ADAE", row, AESTDTC=str(month[row]), ASTDTF="D", ASTDT=first[row])


@SAFETY.fault("ADAE", "R47")
def day_and_month_swapped(db: Damaged) -> None:
    """Day and month of a collected start date were swapped when it became a date."""
    parts = db["ADAE"].AESTDTC.str.split("-", expand=True)
    row = db.first("ADAE", parts[2].notna(), parts[2] != parts[1], parts[2] <= "12")
    year, month, day = parts.iloc[row]
    swapped = np.datetime64(f"{year}-{day}-{month}") - EPOCH
    db.put("ADAE", row, ASTDT=float(swapped.astype(int)))


@SAFETY.fault("ADAE", "R48")
def first_occurrence_twice(db: Damaged) -> None:
    """A subject has two first adverse events."""
    db.put("ADAE", db.first("ADAE", TRTEMFL="Y", AOCCFL=""), AOCCFL="Y")


@SAFETY.fault("ADAE", "R48")
def first_occurrence_lost(db: Damaged) -> None:
    """A system organ class of a subject has no first occurrence."""
    db.put("ADAE", db.first("ADAE", AOCCSFL="Y"), AOCCSFL="")


@SAFETY.fault("ADAE", "R48")
def occurrence_flag_of_worst_grade_on_another(db: Damaged) -> None:
    """The flag of the worst grade stands on a milder event of the same preferred term."""
    adae = db["ADAE"]
    worst = adae.groupby(["USUBJID", "AEBODSYS", "AEDECOD"]).ATOXGRN.transform("max")
    row = db.first("ADAE", adae.ATOXGRN < worst, TRTEMFL="Y", AOCCPIFL="")
    own = db.find("ADAE", AOCCPIFL="Y", **{name: adae[name].iloc[row] for name in ("USUBJID", "AEBODSYS", "AEDECOD")})
    db.put("ADAE", own, AOCCPIFL="")
    db.put("ADAE", row, AOCCPIFL="Y")


@SAFETY.fault("ADAE", "R48")
def term_coded_anew(db: Damaged) -> None:
    """An event got another preferred term after the occurrence flags were derived."""
    row = db.first("ADAE", TRTEMFL="Y", AOCCPFL="", AOCCPIFL="")
    db.put("ADAE", row, AEDECOD="Gastritis erosive", AELLT="Gastritis erosive")


@SAFETY.fault("ADAE", "R49")
def withdrawn_but_ongoing(db: Damaged) -> None:
    """Pyrotinib was withdrawn for an event, and the subject still takes it."""
    db.put("ADAE", db.first("ADAE", db.subject("ADAE", "EOT1STT") == "ONGOING"), AEACN1="DRUG WITHDRAWN")


@SAFETY.fault("ADSL", "R49", found_in="ADAE")
def withdrawn_but_completed(db: Damaged) -> None:
    """The partner drug was withdrawn for an event, and its treatment counts as completed."""
    subject = db.value("ADAE", db.first("ADAE", AEACN2="DRUG WITHDRAWN"), "USUBJID")
    db.put("ADSL", db.first("ADSL", USUBJID=subject), EOT2STT="COMPLETED")


@SAFETY.fault("ADAE", "R50")
def hand_foot_syndrome_of_fulvestrant(db: Damaged) -> None:
    """Hand-foot syndrome is related to fulvestrant."""
    row = db.first("ADAE", TRT01A=db.plan.study.arms[0].label)
    db.put("ADAE", row, CQ02NAM="HAND-FOOT SYNDROME", AREL2="RELATED", AREL="RELATED")


@SAFETY.fault("ADAE", "R50")
def hand_foot_syndrome_in_the_wrong_arm(db: Damaged) -> None:
    """A subject whose hand-foot syndrome is related to capecitabine has the arm of fulvestrant, in every dataset."""
    arm = db.plan.study.arms[0]
    subject = db.value("ADAE", db.first("ADAE", CQ02NAM="HAND-FOOT SYNDROME", AREL2="RELATED"), "USUBJID")
    db.everywhere(subject, TRT01A=arm.label, TRT01AN=float(arm.code), TRT01P=arm.label, TRT01PN=float(arm.code))


@SAFETY.fault("ADEX", "R56")
def drug_of_the_other_arm(db: Damaged) -> None:
    """A subject of the fulvestrant arm has doses of capecitabine."""
    row = db.first("ADEX", PARCAT1="FULVESTRANT")
    rows = db.find("ADEX", USUBJID=db.value("ADEX", row, "USUBJID"), PARCAT1="FULVESTRANT")
    db.put("ADEX", rows, PARCAT1="CAPECITABINE")


@SAFETY.fault("ADEX", "R56")
def arms_received_exchanged(db: Damaged) -> None:
    """The arms received are exchanged, in every dataset."""
    one, other = db.plan.study.arms
    labels = {one.label: other.label, other.label: one.label, "": ""}
    total = float(one.code + other.code)
    for name, frame in list(db.frames.items()):
        db.put(name, slice(None), TRT01A=frame.TRT01A.map(labels).to_numpy(), TRT01AN=total - frame.TRT01AN.to_numpy())


@SAFETY.fault("ADEX", "R57")
def dose_intensity_as_a_fraction(db: Damaged) -> None:
    """The relative dose intensities are fractions of 1."""
    rows = db.find("ADEX", PARAMCD="RDI")
    db.put("ADEX", rows, AVAL=db["ADEX"].AVAL.to_numpy()[rows] / 100)


@SAFETY.fault("ADEX", "R57")
def total_dose_in_grams(db: Damaged) -> None:
    """A total dose is in g where the planned dose is in mg."""
    row = db.first("ADEX", PARAMCD="TDOSE")
    db.put("ADEX", row, AVAL=db.value("ADEX", row, "AVAL") / 1000)


@SAFETY.fault("ADEX", "R57", severity="review")
def overdose(db: Damaged) -> None:
    """A subject took half as much again as planned, and her dose intensity says so."""
    row = db.first("ADEX", PARAMCD="PLDOSE")
    own = {"USUBJID": db.value("ADEX", row, "USUBJID"), "PARCAT1": db.value("ADEX", row, "PARCAT1")}
    db.put("ADEX", db.first("ADEX", PARAMCD="TDOSE", **own), AVAL=1.5 * db.value("ADEX", row, "AVAL"))
    db.put("ADEX", db.first("ADEX", PARAMCD="RDI", **own), AVAL=150.0)
