"""Faults that any dataset may have: keys, identifiers, flags, pairs of text and number, merged variables, dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.fault_injection.injection import Catalogue

if TYPE_CHECKING:
    from tools.fault_injection.damaged import Damaged

__all__ = ["STRUCTURE"]

STRUCTURE = Catalogue("Keys, identifiers, flags, codes and dates")

EXCEL_DAYS = 21_916.0
"""Days from 1899-12-30, from which Excel counts, to 1960-01-01."""
UNIX_DAYS = 3653.0
"""Days from 1960-01-01 to 1970-01-01."""
SECONDS = 86_400.0


@STRUCTURE.fault("ADSL", "R01")
def subject_twice(db: Damaged) -> None:
    """A subject's record in ADSL is there twice."""
    db.append("ADSL", 3)


@STRUCTURE.fault("ADSL", "R01")
def subject_number_given_twice(db: Damaged) -> None:
    """Two subjects have one identifier."""
    db.put("ADSL", 1, USUBJID=db.value("ADSL", 0, "USUBJID"))


@STRUCTURE.fault("ADSL", "R02", found_in="ADLB")
def subject_lost_from_adsl(db: Damaged) -> None:
    """A randomised subject is missing from ADSL."""
    db.drop("ADSL", db.first("ADSL", SAFFL="Y"))


@STRUCTURE.fault("ADAE", "R02")
def leading_zeros_lost(db: Damaged) -> None:
    """The subject identifiers of ADAE have lost their leading zeros in a spreadsheet."""
    identifiers = ["-".join([part.lstrip("0") for part in text.split("-")]) for text in db["ADAE"].USUBJID]
    db.put("ADAE", slice(None), USUBJID=np.array(identifiers, dtype=object))


@STRUCTURE.fault("ADQS", "R02")
def dashes_from_a_text_processor(db: Damaged) -> None:
    """A subject identifier in ADQS has en dashes in place of hyphens."""
    rows = db.find("ADQS", USUBJID=db.value("ADQS", 0, "USUBJID"))
    db.put("ADQS", rows, USUBJID=db.value("ADQS", 0, "USUBJID").replace("-", "–"))


@STRUCTURE.fault("ADVS", "R03")
def record_of_another_study(db: Damaged) -> None:
    """A record of another study is in ADVS."""
    db.put("ADVS", 5, STUDYID="NCT03080805")


@STRUCTURE.fault("ADCM", "R03")
def study_in_lower_case(db: Damaged) -> None:
    """The study identifier of ADCM is in lower case."""
    db.put("ADCM", slice(None), STUDYID=db.plan.study.registry.lower())


@STRUCTURE.fault("ADLB", "R04")
def laboratory_record_twice(db: Damaged) -> None:
    """A laboratory record is there twice."""
    db.append("ADLB", 10)


@STRUCTURE.fault("ADAE", "R04")
def sequence_number_used_twice(db: Damaged) -> None:
    """Two adverse events of a subject have one sequence number."""
    subject = db.value("ADAE", db.first("ADAE", AESEQ=2.0), "USUBJID")
    db.put("ADAE", db.first("ADAE", USUBJID=subject, AESEQ=2.0), AESEQ=1.0)


@STRUCTURE.fault("ADVS", "R04")
def batch_loaded_twice(db: Damaged) -> None:
    """A hundred records of vital signs were loaded twice."""
    db.append("ADVS", np.arange(100, 200))


@STRUCTURE.fault("ADRS", "R04")
def response_twice_with_another_value(db: Damaged) -> None:
    """A response was corrected, and the record from before the correction is still there."""
    db.append("ADRS", db.first("ADRS", PARAMCD="NTRGRESP", AVALC="NON-CR/NON-PD"), AVALC="CR", AVAL=1)


@STRUCTURE.fault("ADVS", "R09")
def visit_in_the_future(db: Damaged) -> None:
    """A visit is dated the day after the data cut-off."""
    db.put("ADVS", db.first("ADVS", ABLFL=""), ADT=db["ADSL"].DCUTDT.iloc[0] + 1)


@STRUCTURE.fault("ADSL", "R09")
def another_cutoff_for_one_subject(db: Damaged) -> None:
    """One subject has a data cut-off a month later."""
    db.put("ADSL", 0, DCUTDT=db["ADSL"].DCUTDT.iloc[0] + 30)


@STRUCTURE.fault("ADLB", "R09")
def dates_as_excel_counts_them(db: Damaged) -> None:
    """The dates of ADLB are counted from 1899-12-30."""
    db.put("ADLB", slice(None), ADT=db["ADLB"].ADT.to_numpy() + EXCEL_DAYS)


@STRUCTURE.fault("ADQS", "R09")
def dates_in_seconds(db: Damaged) -> None:
    """The dates of ADQS are SAS datetimes, in seconds."""
    db.put("ADQS", slice(None), ADT=db["ADQS"].ADT.to_numpy() * SECONDS)


@STRUCTURE.fault("ADMH", "R09")
def year_mistyped(db: Damaged) -> None:
    """A diagnosis is dated ten years too late."""
    admh = db["ADMH"]
    row = db.first("ADMH", admh.AENDT.isna(), admh.ASTDT > db["ADSL"].DCUTDT.iloc[0] - UNIX_DAYS)
    db.put("ADMH", row, ASTDT=admh.ASTDT.iloc[row] + UNIX_DAYS)


@STRUCTURE.fault("ADSL", "R17")
def flag_in_lower_case(db: Damaged) -> None:
    """A population flag is in lower case, in every dataset."""
    db.everywhere(db.value("ADSL", 0, "USUBJID"), ITTFL="y")


@STRUCTURE.fault("ADAE", "R17")
def no_in_a_flag_of_yes_or_blank(db: Damaged) -> None:
    """TRTEMFL is N where an event is not treatment-emergent."""
    db.put("ADAE", db.find("ADAE", TRTEMFL=""), TRTEMFL="N")


@STRUCTURE.fault("ADSL", "R17")
def flags_as_digits(db: Damaged) -> None:
    """VISCFL is 1 and 0 in place of Y and N."""
    db.put("ADSL", slice(None), VISCFL=db["ADSL"].VISCFL.map({"Y": "1", "N": "0"}).to_numpy())


@STRUCTURE.fault("ADSL", "R17")
def flag_from_a_chinese_keyboard(db: Damaged) -> None:
    """A flag holds the full-width letter Ｙ."""
    db.put("ADSL", db.first("ADSL", QOLEVFL="Y"), QOLEVFL="Ｙ")


@STRUCTURE.fault("ADLB", "R17")
def flag_with_a_blank_before_it(db: Damaged) -> None:
    """A baseline flag has a blank before it."""
    db.put("ADLB", db.first("ADLB", ABLFL="Y"), ABLFL=" Y")


@STRUCTURE.fault("ADSL", "R18")
def stratum_number_of_another_level(db: Damaged) -> None:
    """The number of a subject's stratum is that of the other level."""
    db.put("ADSL", db.first("ADSL", STRAT1R="Y"), STRAT1RN=2)


@STRUCTURE.fault("ADSL", "R18")
def number_missing_beside_its_text(db: Damaged) -> None:
    """The number of a verified stratum is missing."""
    db.put("ADSL", db.first("ADSL", STRAT2V="(NEO)ADJUVANT"), STRAT2VN=np.nan)


@STRUCTURE.fault("ADRS", "R18")
def response_number_of_another_response(db: Damaged) -> None:
    """A stable disease has the number of a partial response."""
    db.put("ADRS", db.first("ADRS", PARAMCD="OVRINV", AVALC="SD"), AVAL=2)


@STRUCTURE.fault("ADQS", "R18")
def visit_number_off_by_one(db: Damaged) -> None:
    """One questionnaire of week 8 has the visit number 9."""
    db.put("ADQS", db.first("ADQS", AVISIT="WEEK 8"), AVISITN=9)


@STRUCTURE.fault("ADTTE", "R19")
def label_of_another_parameter(db: Damaged) -> None:
    """A record of progression-free survival bears the label of overall survival."""
    label = db.value("ADTTE", db.first("ADTTE", PARAMCD="OS"), "PARAM")
    db.put("ADTTE", db.first("ADTTE", PARAMCD="PFSINV"), PARAM=label)


@STRUCTURE.fault("ADLB", "R19")
def parameters_share_a_number(db: Damaged) -> None:
    """Two laboratory parameters have one number."""
    number = db.value("ADLB", db.first("ADLB", PARAMCD="ALT"), "PARAMN")
    db.put("ADLB", db.find("ADLB", PARAMCD="AST"), PARAMN=number)


@STRUCTURE.fault("ADVS", "R19")
def code_of_another_parameter(db: Damaged) -> None:
    """A record of systolic blood pressure has the code of the diastolic."""
    db.put("ADVS", db.first("ADVS", PARAMCD="SYSBP", ABLFL=""), PARAMCD="DIABP")


@STRUCTURE.fault("ADCM", "R20")
def site_not_updated(db: Damaged) -> None:
    """A subject who moved to another site has the former one in ADCM."""
    subject = db.value("ADCM", 0, "USUBJID")
    db.put("ADCM", db.find("ADCM", USUBJID=subject), SITEID="099")


@STRUCTURE.fault("ADQS", "R20")
def population_flag_not_updated(db: Damaged) -> None:
    """A subject's per-protocol flag in ADQS is from before the last derivation of ADSL."""
    row = db.first("ADQS", PPROTFL="Y")
    db.put("ADQS", db.find("ADQS", USUBJID=db.value("ADQS", row, "USUBJID")), PPROTFL="N")


@STRUCTURE.fault("ADTTE", "R20")
def stratum_not_updated(db: Damaged) -> None:
    """A subject's stratum in ADTTE is not that of ADSL."""
    row = db.first("ADTTE", STRAT1R="Y")
    rows = db.find("ADTTE", USUBJID=db.value("ADTTE", row, "USUBJID"))
    db.put("ADTTE", rows, STRAT1R="N", STRATAR=db.value("ADTTE", row, "STRATAR").replace("Y/", "N/"))


@STRUCTURE.fault("ADEX", "R20")
def subjects_shifted_by_a_record(db: Damaged) -> None:
    """The column SUBJID of ADEX is shifted by one record."""
    db.put("ADEX", slice(None), SUBJID=np.roll(db["ADEX"].SUBJID.to_numpy(), 1))


@STRUCTURE.fault("ADLB", "R43")
def sample_after_death(db: Damaged) -> None:
    """A laboratory sample is dated the day after death."""
    death = db.subject("ADLB", "DTHDT")
    row = db.first("ADLB", death.notna(), ABLFL="")
    db.put("ADLB", row, ADT=death.iloc[row] + 1)


@STRUCTURE.fault("ADAE", "R43")
def event_ends_after_death(db: Damaged) -> None:
    """An adverse event ends after the death of its subject."""
    adae, death = db["ADAE"], db.subject("ADAE", "DTHDT")
    row = db.first("ADAE", death.notna(), adae.AENDT.notna(), AENDTF="")
    db.put("ADAE", row, AENDT=death.iloc[row] + 1)


@STRUCTURE.fault("ADCM", "R43")
def therapy_after_death(db: Damaged) -> None:
    """A subsequent therapy starts after the death of its subject."""
    death = db.subject("ADCM", "DTHDT")
    row = db.first("ADCM", death.notna(), CMCAT="SUBSEQUENT ANTICANCER THERAPY")
    db.put("ADCM", row, ASTDT=death.iloc[row] + 1, AENDT=np.nan)


@STRUCTURE.fault("ADSL", "R43")
def death_dated_a_year_early(db: Damaged) -> None:
    """A death is dated a year too early, in ADSL."""
    adsl = db["ADSL"]
    row = db.first("ADSL", adsl.DTHDT - 365 > adsl.RANDDT)
    db.put("ADSL", row, DTHDT=adsl.DTHDT.iloc[row] - 365)
