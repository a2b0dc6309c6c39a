"""Faults of ADTTE."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.fault_injection.injection import Catalogue

if TYPE_CHECKING:
    from tools.fault_injection.damaged import Damaged

__all__ = ["TIME_TO_EVENT"]

TIME_TO_EVENT = Catalogue("Time to event")

UNIX_DAYS = 3653.0
"""Days from 1960-01-01 to 1970-01-01."""


def end_at(db: Damaged, row: int, day: float) -> None:
    """Let a time end on another day, with the duration that belongs to it."""
    months = (day - db.value("ADTTE", row, "STARTDT") + 1) / db.plan.study.days_per_month
    db.put("ADTTE", row, ADT=day, AVAL=months)


def record_of(db: Damaged, code: str, subject: str) -> int:
    """A subject's record of a parameter."""
    return db.first("ADTTE", PARAMCD=code, USUBJID=subject)


@TIME_TO_EVENT.fault("ADTTE", "R21", found_in="ADSL")
def no_overall_survival(db: Damaged) -> None:
    """A randomised subject has no record of overall survival."""
    db.drop("ADTTE", db.first("ADTTE", PARAMCD="OS"))


@TIME_TO_EVENT.fault("ADTTE", "R21", found_in="ADSL")
def parameter_lost(db: Damaged) -> None:
    """Progression-free survival by independent review is missing for all subjects."""
    db.drop("ADTTE", db.find("ADTTE", PARAMCD="PFSBICR"))


@TIME_TO_EVENT.fault("ADTTE", "R21", found_in="ADSL")
def screen_failure_with_a_survival_time(db: Damaged) -> None:
    """A screen failure has a record of overall survival."""
    subject = db.value("ADSL", db.first("ADSL", ITTFL="N"), "USUBJID")
    db.append("ADTTE", db.first("ADTTE", PARAMCD="OS"), USUBJID=subject)


@TIME_TO_EVENT.fault("ADTTE", "R22")
def time_from_the_first_dose(db: Damaged) -> None:
    """Times of overall survival start with the first dose."""
    start = db.subject("ADTTE", "TRTSDT")
    rows = db.find("ADTTE", start > db["ADTTE"].STARTDT, PARAMCD="OS")
    db.put("ADTTE", rows, STARTDT=start.to_numpy()[rows])


@TIME_TO_EVENT.fault("ADTTE", "R22")
def start_a_day_off(db: Damaged) -> None:
    """All start dates of progression-free survival are a day early."""
    rows = db.find("ADTTE", PARAMCD="PFSINV")
    db.put("ADTTE", rows, STARTDT=db["ADTTE"].STARTDT.to_numpy()[rows] - 1)


@TIME_TO_EVENT.fault("ADTTE", "R22")
def response_from_randomisation(db: Damaged) -> None:
    """A duration of response starts at randomisation."""
    row = db.first("ADTTE", PARAMCD="DOR")
    db.put("ADTTE", row, STARTDT=db.subject("ADTTE", "RANDDT").iloc[row])


@TIME_TO_EVENT.fault("ADTTE", "R23")
def start_and_end_swapped(db: Damaged) -> None:
    """Start and end of a subject's overall survival are swapped."""
    db.swap("ADTTE", db.first("ADTTE", PARAMCD="OS"), "STARTDT", "ADT")


@TIME_TO_EVENT.fault("ADTTE", "R23")
def dates_counted_from_1970(db: Damaged) -> None:
    """The end dates of ADTTE are counted from 1970-01-01."""
    db.put("ADTTE", slice(None), ADT=db["ADTTE"].ADT.to_numpy() - UNIX_DAYS)


@TIME_TO_EVENT.fault("ADTTE", "R24")
def first_day_not_counted(db: Damaged) -> None:
    """The times of overall survival do not count the first day."""
    rows = db.find("ADTTE", PARAMCD="OS")
    db.put("ADTTE", rows, AVAL=db["ADTTE"].AVAL.to_numpy()[rows] - 1 / db.plan.study.days_per_month)


@TIME_TO_EVENT.fault("ADTTE", "R24")
def time_in_days(db: Damaged) -> None:
    """The times of one subject are in days."""
    rows = db.find("ADTTE", USUBJID=db.value("ADTTE", 0, "USUBJID"))
    db.put("ADTTE", rows, AVAL=db["ADTTE"].AVAL.to_numpy()[rows] * db.plan.study.days_per_month)


@TIME_TO_EVENT.fault("ADTTE", "R24")
def months_of_thirty_days(db: Damaged) -> None:
    """The times are in months of 30 days."""
    db.put("ADTTE", slice(None), AVAL=db["ADTTE"].AVAL.to_numpy() * db.plan.study.days_per_month / 30)


@TIME_TO_EVENT.fault("ADTTE", "R24")
def times_rounded(db: Damaged) -> None:
    """The times are rounded to one decimal."""
    db.put("ADTTE", slice(None), AVAL=db["ADTTE"].AVAL.round(1).to_numpy())


@TIME_TO_EVENT.fault("ADTTE", "R25")
def censoring_code_unknown(db: Damaged) -> None:
    """A censoring has the code 7."""
    db.put("ADTTE", db.first("ADTTE", CNSR=1.0), CNSR=7)


@TIME_TO_EVENT.fault("ADTTE", "R25")
def censoring_code_for_missing(db: Damaged) -> None:
    """Censored overall survival has the code 99."""
    db.put("ADTTE", db.find("ADTTE", PARAMCD="OS", CNSR=1.0), CNSR=99)


@TIME_TO_EVENT.fault("ADTTE", "R26")
def event_in_other_words(db: Damaged) -> None:
    """A progression is called DISEASE PROGRESSION."""
    db.put("ADTTE", db.first("ADTTE", PARAMCD="PFSINV", EVNTDESC="PD"), EVNTDESC="DISEASE PROGRESSION")


@TIME_TO_EVENT.fault("ADTTE", "R26")
def event_of_another_definition(db: Damaged) -> None:
    """A new therapy is an event of progression-free survival by the investigator."""
    row = db.first("ADTTE", PARAMCD="PFSINV", EVNTDESC="PD")
    db.put("ADTTE", row, EVNTDESC="NEW ANTICANCER THERAPY")


@TIME_TO_EVENT.fault("ADTTE", "R26")
def event_coded_as_censored(db: Damaged) -> None:
    """An event of progression-free survival is coded as censored."""
    db.put("ADTTE", db.first("ADTTE", PARAMCD="PFSPP", EVNTDESC="PD"), CNSR=1)


@TIME_TO_EVENT.fault("ADTTE", "R26")
def censoring_not_described(db: Damaged) -> None:
    """A censored time does not say what its date is."""
    db.put("ADTTE", db.first("ADTTE", PARAMCD="TTF", CNSR=1.0), CNSDTDSC="")


@TIME_TO_EVENT.fault("ADTTE", "R27")
def source_number_off_by_one(db: Damaged) -> None:
    """Progressions refer to the record after their own."""
    rows = db.find("ADTTE", PARAMCD="PFSINV", EVNTDESC="PD")
    db.put("ADTTE", rows, SRCSEQ=db["ADTTE"].SRCSEQ.to_numpy()[rows] + 1)


@TIME_TO_EVENT.fault("ADRS", "R27", found_in="ADTTE")
def responses_renumbered(db: Damaged) -> None:
    """The records of ADRS were numbered anew after ADTTE was derived."""
    db.put("ADRS", slice(None), RSSEQ=db["ADRS"].RSSEQ.to_numpy() + 1)


@TIME_TO_EVENT.fault("ADTTE", "R27")
def source_by_its_collected_name(db: Damaged) -> None:
    """A source is named as in the collected data, RS and RSDTC."""
    db.put("ADTTE", db.first("ADTTE", SRCDOM="ADRS"), SRCDOM="RS", SRCVAR="RSDTC")


@TIME_TO_EVENT.fault("ADRS", "R27", found_in="ADTTE")
def responses_a_day_later(db: Damaged) -> None:
    """All dates of ADRS are shifted by a day."""
    db.put("ADRS", slice(None), ADT=db["ADRS"].ADT.to_numpy() + 1)


@TIME_TO_EVENT.fault("ADTTE", "R28")
def progression_after_death(db: Damaged) -> None:
    """Progression-free survival by independent review ends a day after overall survival."""
    subject = db.value("ADTTE", db.first("ADTTE", PARAMCD="OS", CNSR=0.0), "USUBJID")
    last = db.value("ADTTE", record_of(db, "OS", subject), "ADT")
    end_at(db, record_of(db, "PFSBICR", subject), last + 1)


@TIME_TO_EVENT.fault("ADTTE", "R28")
def survival_ends_with_progression(db: Damaged) -> None:
    """Overall survival ends the day before progression."""
    subject = db.value("ADTTE", db.first("ADTTE", PARAMCD="PFSINV", EVNTDESC="PD"), "USUBJID")
    first = db.value("ADTTE", record_of(db, "PFSINV", subject), "ADT")
    end_at(db, record_of(db, "OS", subject), first - 1)


@TIME_TO_EVENT.fault("ADTTE", "R29")
def death_censored(db: Damaged) -> None:
    """Overall survival of a subject who died is censored."""
    row = db.first("ADTTE", PARAMCD="OS", CNSR=0.0)
    db.put("ADTTE", row, CNSR=1, EVNTDESC="ONGOING AT DATA CUT-OFF", CNSDTDSC="LAST KNOWN ALIVE")


@TIME_TO_EVENT.fault("ADSL", "R29")
def death_without_a_date(db: Damaged) -> None:
    """A subject died and has no date of death."""
    db.put("ADSL", db.first("ADSL", DTHFL="Y"), DTHDT=np.nan)


@TIME_TO_EVENT.fault("ADTTE", "R29")
def survival_ends_before_death(db: Damaged) -> None:
    """Overall survival ends the day before death."""
    row = db.first("ADTTE", PARAMCD="OS", CNSR=0.0)
    end_at(db, row, db.value("ADTTE", row, "ADT") - 1)


@TIME_TO_EVENT.fault("ADTTE", "R29")
def codes_of_censoring_reversed(db: Damaged) -> None:
    """CNSR of overall survival is 1 for an event and 0 for a censored time."""
    rows = db.find("ADTTE", PARAMCD="OS")
    db.put("ADTTE", rows, CNSR=np.where(db["ADTTE"].CNSR.to_numpy()[rows] == 0, 1.0, 0.0))


@TIME_TO_EVENT.fault("ADTTE", "R30")
def censored_at_the_cutoff(db: Damaged) -> None:
    """Overall survival is censored at the data cut-off and not when the subject was last known alive."""
    last, cutoff = db.subject("ADTTE", "LSTALVDT"), db.subject("ADTTE", "DCUTDT")
    row = db.first("ADTTE", last < cutoff, PARAMCD="OS", CNSR=1.0)
    end_at(db, row, cutoff.iloc[row])


@TIME_TO_EVENT.fault("ADSL", "R30", found_in="ADTTE")
def last_contact_updated_alone(db: Damaged) -> None:
    """The date last known alive was updated after ADTTE was derived."""
    adsl = db["ADSL"]
    row = db.first("ADSL", adsl.LSTALVDT < adsl.DCUTDT - 2, ITTFL="Y", DTHFL="")
    db.put("ADSL", row, LSTALVDT=adsl.LSTALVDT.iloc[row] + 2)


@TIME_TO_EVENT.fault("ADTTE", "R31")
def death_counted_after_progression(db: Damaged) -> None:
    """Progression-free survival ends with death, though a progression came before."""
    death = db.subject("ADTTE", "DTHDT")
    row = db.first("ADTTE", death > db["ADTTE"].ADT, PARAMCD="PFSINV", EVNTDESC="PD")
    end_at(db, row, death.iloc[row])
    db.put(
        "ADTTE", row, EVNTDESC="DEATH", SRCDOM="ADSL", SRCVAR="DTHDT", SRCSEQ=np.nan, INTLDT=death.iloc[row],
        INTRDT=death.iloc[row],
    )  # fmt: skip


@TIME_TO_EVENT.fault("ADRS", "R31", found_in="ADTTE")
def progression_entered_late(db: Damaged) -> None:
    """A progression before death came in after ADTTE was derived."""
    deaths = db.find("ADTTE", PARAMCD="PFSINV", EVNTDESC="DEATH")
    subjects = db["ADTTE"].USUBJID.to_numpy()[deaths].tolist()
    db.put("ADRS", db.first("ADRS", PARAMCD="OVRINV", USUBJID=subjects), AVALC="PD", AVAL=5)


@TIME_TO_EVENT.fault("ADTTE", "R32")
def progression_a_day_late(db: Damaged) -> None:
    """Progression-free survival ends the day after the scan that showed progression."""
    row = db.first("ADTTE", PARAMCD="PFSINV", EVNTDESC="PD")
    end_at(db, row, db.value("ADTTE", row, "ADT") + 1)


@TIME_TO_EVENT.fault("ADRS", "R32")
def derived_progression_not_updated(db: Damaged) -> None:
    """The derived progression says that there was none."""
    row = db.first("ADRS", PARAMCD="PD", EVAL="INVESTIGATOR", AVALC="Y")
    db.put("ADRS", row, AVALC="N", AVAL=0)


@TIME_TO_EVENT.fault("ADRS", "R32", found_in="ADTTE")
def earlier_scan_read_again(db: Damaged) -> None:
    """An earlier scan was read again as progression by the independent assessor, and nothing was derived anew."""
    progressed = db["ADTTE"].USUBJID[(db["ADTTE"].PARAMCD == "PFSBICR") & (db["ADTTE"].EVNTDESC == "PD")]
    row = db.first("ADRS", PARAMCD="OVRBICR", AVALC=["PR", "SD"], USUBJID=progressed.tolist())
    db.put("ADRS", row, AVALC="PD", AVAL=5)


@TIME_TO_EVENT.fault("ADTTE", "R33")
def not_censored_at_the_new_therapy(db: Damaged) -> None:
    """With the FDA's censoring, time goes on past a new anticancer therapy."""
    row = db.first("ADTTE", PARAMCD="PFSFDA", CNSR=3.0)
    end_at(db, row, db.subject("ADTTE", "NACTDT").iloc[row] + 1)


@TIME_TO_EVENT.fault("ADTTE", "R33")
def event_only_with_the_fda_censoring(db: Damaged) -> None:
    """An event with the FDA's censoring is none by the investigator."""
    censored = db["ADTTE"].USUBJID[(db["ADTTE"].PARAMCD == "PFSINV") & (db["ADTTE"].CNSR == 1)]
    row = db.first("ADTTE", PARAMCD="PFSFDA", CNSR=1.0, USUBJID=censored.tolist())
    db.put("ADTTE", row, CNSR=0, EVNTDESC="PD", CNSDTDSC="")


@TIME_TO_EVENT.fault("ADSL", "R33", found_in="ADTTE")
def new_therapy_dated_early(db: Damaged) -> None:
    """A new anticancer therapy is dated before the progression that led to it."""
    row = db.first("ADTTE", PARAMCD="PFSFDA", EVNTDESC="PD")
    subject = db.value("ADTTE", row, "USUBJID")
    db.put("ADSL", db.first("ADSL", USUBJID=subject), NACTDT=db.value("ADTTE", row, "ADT") - 10)


@TIME_TO_EVENT.fault("ADTTE", "R34")
def interval_without_length(db: Damaged) -> None:
    """A progression lies in an interval of one day."""
    row = db.first("ADTTE", PARAMCD="PFSINV", EVNTDESC="PD")
    db.put("ADTTE", row, INTLDT=db.value("ADTTE", row, "INTRDT"))


@TIME_TO_EVENT.fault("ADTTE", "R34")
def interval_limits_swapped(db: Damaged) -> None:
    """Left and right limits of the intervals are swapped."""
    db.swap("ADTTE", db.find("ADTTE", PARAMCD="PFSBICR", EVNTDESC="PD"), "INTLDT", "INTRDT")


@TIME_TO_EVENT.fault("ADTTE", "R34")
def death_in_an_interval(db: Damaged) -> None:
    """A death lies in an interval though its date is known."""
    row = db.first("ADTTE", PARAMCD="PFSINV", EVNTDESC="DEATH")
    db.put("ADTTE", row, INTLDT=db.value("ADTTE", row, "STARTDT"))


@TIME_TO_EVENT.fault("ADTTE", "R34")
def censored_with_a_right_limit(db: Damaged) -> None:
    """A censored time has a right limit."""
    row = db.first("ADTTE", PARAMCD="PFSINV", CNSR=1.0)
    db.put("ADTTE", row, INTRDT=db.value("ADTTE", row, "ADT") + 56)


@TIME_TO_EVENT.fault("ADTTE", "R35")
def never_assessed_but_ongoing(db: Damaged) -> None:
    """A subject who was never assessed is censored as ongoing."""
    db.put("ADTTE", db.first("ADTTE", PARAMCD="PFSINV", CNSR=2.0), CNSR=1)


@TIME_TO_EVENT.fault("ADTTE", "R35")
def never_assessed_with_follow_up(db: Damaged) -> None:
    """A subject who was never assessed is censored a month after randomisation."""
    row = db.first("ADTTE", PARAMCD="PFSINV", CNSR=2.0)
    end_at(db, row, db.value("ADTTE", row, "STARTDT") + 30)


@TIME_TO_EVENT.fault("ADTR", "R35", found_in="ADTTE")
def baseline_scan_lost(db: Damaged) -> None:
    """The baseline scan of a subject is missing from ADTR, and her time is not censored on its first day."""
    row = db.first("ADTTE", db.subject("ADTTE", "DTHDT").isna(), PARAMCD="PFSINV", CNSR=1.0)
    db.drop("ADTR", db.find("ADTR", USUBJID=db.value("ADTTE", row, "USUBJID"), AVISIT="BASELINE"))


@TIME_TO_EVENT.fault("ADTTE", "R36", found_in="ADSL")
def responder_without_duration(db: Damaged) -> None:
    """A subject with a confirmed response has no duration of response."""
    db.drop("ADTTE", db.first("ADTTE", PARAMCD="DOR"))


@TIME_TO_EVENT.fault("ADRS", "R36", found_in="ADSL")
def confirmation_withdrawn(db: Damaged) -> None:
    """A confirmed response was corrected to stable disease, and its duration is still there."""
    db.put("ADRS", db.first("ADRS", PARAMCD="CBOR", AVALC="PR"), AVALC="SD", AVAL=3)


@TIME_TO_EVENT.fault("ADTTE", "R36", found_in="ADSL")
def duration_without_a_response(db: Damaged) -> None:
    """A subject without a confirmed response has a duration of response."""
    subject = db.value("ADRS", db.first("ADRS", PARAMCD="CBOR", AVALC=["SD", "PD", "NE"]), "USUBJID")
    db.append("ADTTE", db.first("ADTTE", PARAMCD="DOR"), USUBJID=subject)
