"""Faults of ADRS and ADTR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.fault_injection.injection import Catalogue

if TYPE_CHECKING:
    import numpy as np

    from tools.fault_injection.damaged import Damaged

__all__ = ["TUMOUR"]

TUMOUR = Catalogue("Tumour measurements and responses")


def same_visit(db: Damaged, name: str, row: int, wanted: str, **equal: object) -> np.ndarray:
    """Records of a dataset at the visit of a record of another."""
    subject, date = (db.value(name, row, variable) for variable in ("USUBJID", "ADT"))
    return db.find(wanted, USUBJID=subject, ADT=date, **equal)


@TUMOUR.fault("ADRS", "R37")
def best_response_too_good(db: Damaged) -> None:
    """A best response is better than the best of the visits."""
    db.put("ADRS", db.first("ADRS", PARAMCD="BOR", AVALC="PR"), AVALC="CR", AVAL=1)


@TUMOUR.fault("ADRS", "R37")
def best_response_too_bad(db: Damaged) -> None:
    """A best response of stable disease is given as progression."""
    db.put("ADRS", db.first("ADRS", PARAMCD="BOR", AVALC="SD"), AVALC="PD", AVAL=5)


@TUMOUR.fault("ADSL ADTTE", "R37", found_in="ADRS")
def stable_disease_too_short(db: Damaged) -> None:
    """A subject was randomised later than ADRS was derived with, so that her stable disease lasted too short a time."""
    adrs, study = db["ADRS"], db.plan.study
    stable = db.find("ADRS", PARAMCD="BOR", AVALC="SD")
    visits = adrs[(adrs.PARAMCD == "OVRINV") & (adrs.AVALC == "SD") & adrs.USUBJID.isin(adrs.USUBJID.iloc[stable])]
    lasted = (visits.ADT - db.subject("ADRS", "RANDDT")[visits.index]).groupby(visits.USUBJID).max()
    subject = lasted.idxmin()
    last = visits.ADT[visits.USUBJID == subject].max()
    start = last - (7 * study.scan_interval_weeks - study.scan_window_days) + 1
    db.put("ADSL", db.first("ADSL", USUBJID=subject), RANDDT=start)
    rows = db.find("ADTTE", USUBJID=subject)
    ends = db["ADTTE"].ADT.to_numpy()[rows]
    db.put("ADTTE", rows, STARTDT=start, AVAL=(ends - start + 1) / study.days_per_month)


@TUMOUR.fault("ADRS", "R38")
def target_progression_missed(db: Damaged) -> None:
    """Target lesions grew by 20 % and 5 mm above their nadir, and their response is stable disease."""
    db.put("ADRS", db.first("ADRS", PARAMCD="TRGRESP", AVALC="PD"), AVALC="SD", AVAL=3)


@TUMOUR.fault("ADRS", "R38")
def target_progression_without_growth(db: Damaged) -> None:
    """Target lesions that did not grow progressed."""
    db.put("ADRS", db.first("ADRS", PARAMCD="TRGRESP", AVALC="SD"), AVALC="PD", AVAL=5)


@TUMOUR.fault("ADTR", "R38", found_in="ADRS")
def diameters_in_centimetres(db: Damaged) -> None:
    """The diameters of a visit with target progression are in cm."""
    row = db.first("ADRS", PARAMCD="TRGRESP", AVALC="PD")
    rows = same_visit(db, "ADRS", row, "ADTR", PARAMCD=["LDIAM", "SDIAM"])
    db.put("ADTR", rows, AVAL=db["ADTR"].AVAL.to_numpy()[rows] / 10)


@TUMOUR.fault("ADTR", "R38", found_in="ADRS")
def nadir_of_the_wrong_visit(db: Damaged) -> None:
    """The nadir of a sum with progression is the sum itself."""
    row = db.first("ADRS", PARAMCD="TRGRESP", AVALC="PD")
    rows = same_visit(db, "ADRS", row, "ADTR", PARAMCD="SDIAM")
    db.put("ADTR", rows, NADIR=db["ADTR"].AVAL.to_numpy()[rows])


@TUMOUR.fault("ADTR", "R39")
def diameter_mistyped(db: Damaged) -> None:
    """A diameter has one digit too many."""
    row = db.first("ADTR", db["ADTR"].AVAL > 0, PARAMCD="LDIAM")
    db.put("ADTR", row, AVAL=db.value("ADTR", row, "AVAL") * 10)


@TUMOUR.fault("ADTR", "R39")
def lesion_lost(db: Damaged) -> None:
    """A target lesion is missing at one visit."""
    db.drop("ADTR", db.first("ADTR", db["ADTR"].AVAL > 0, PARAMCD="LDIAM", TRLNKID="T02"))


@TUMOUR.fault("ADRS", "R39")
def partial_response_without_decrease(db: Damaged) -> None:
    """A target response is partial without a decrease of 30 %."""
    db.put("ADRS", db.first("ADRS", PARAMCD="TRGRESP", AVALC="SD"), AVALC="PR", AVAL=2)


@TUMOUR.fault("ADTR", "R39", found_in="ADRS")
def scans_a_day_later(db: Damaged) -> None:
    """All dates of ADTR are shifted by a day against ADRS."""
    db.put("ADTR", slice(None), ADT=db["ADTR"].ADT.to_numpy() + 1)


@TUMOUR.fault("ADRS", "R40")
def new_lesion_without_progression(db: Damaged) -> None:
    """A new lesion was found at a visit whose overall response is no progression."""
    adrs = db["ADRS"]
    stable = adrs[(adrs.PARAMCD == "OVRINV") & adrs.AVALC.isin(["SD", "PR"])]
    visits = set(zip(stable.USUBJID, stable.ADT, strict=True))
    there = [visit in visits for visit in zip(adrs.USUBJID, adrs.ADT, strict=True)]
    db.put("ADRS", db.first("ADRS", there, PARAMCD="NEWLFL", AVALC="N"), AVALC="Y", AVAL=1)


@TUMOUR.fault("ADRS", "R40")
def progression_by_new_lesion_withdrawn(db: Damaged) -> None:
    """The overall response at a visit with a new lesion was corrected to stable disease."""
    row = db.first("ADRS", PARAMCD="NEWLFL", AVALC="Y")
    db.put("ADRS", same_visit(db, "ADRS", row, "ADRS", PARAMCD="OVRINV"), AVALC="SD", AVAL=3)


@TUMOUR.fault("ADSL", "R41", found_in="ADRS")
def new_therapy_before_counted_responses(db: Damaged) -> None:
    """A new anticancer therapy began on the day of a response that is flagged for analysis."""
    row = db.first("ADRS", PARAMCD="OVRINV", ANL01FL="Y", AVALC="PR")
    subject, date = (db.value("ADRS", row, variable) for variable in ("USUBJID", "ADT"))
    db.put("ADSL", db.first("ADSL", USUBJID=subject), NACTDT=date)


@TUMOUR.fault("ADRS", "R41")
def response_after_progression_counted(db: Damaged) -> None:
    """A response four weeks after the first progression is flagged for analysis."""
    row = db.first("ADRS", PARAMCD="OVRINV", AVALC="PD", ANL01FL="Y")
    db.append("ADRS", row, ADT=db.value("ADRS", row, "ADT") + 28, AVALC="SD", AVAL=3)


@TUMOUR.fault("ADRS", "R41")
def progression_inserted_before_counted_responses(db: Damaged) -> None:
    """The first of several responses flagged for analysis was corrected to progression."""
    adrs = db["ADRS"]
    counted = adrs[(adrs.PARAMCD == "OVRBICR") & (adrs.ANL01FL == "Y")]
    last = adrs.USUBJID.map(counted.groupby("USUBJID").ADT.max())
    row = db.first("ADRS", adrs.ADT < last, PARAMCD="OVRBICR", ANL01FL="Y", AVALC=["PR", "SD"])
    db.put("ADRS", row, AVALC="PD", AVAL=5)
