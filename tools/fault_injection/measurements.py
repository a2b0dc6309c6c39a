"""Faults of measurements by visit: laboratory, vital signs, questionnaires, biomarkers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.fault_injection.injection import Catalogue

if TYPE_CHECKING:
    from tools.fault_injection.damaged import Damaged

__all__ = ["MEASUREMENTS"]

MEASUREMENTS = Catalogue("Measurements by visit")

POUNDS = 2.20462262
"""In a kilogram."""
BILIRUBIN = 17.1
"""Micromoles a litre in a milligram a decilitre."""


def last_of_parameter(db: Damaged, name: str) -> int:
    """The last record of the first subject's first parameter, which is not her baseline."""
    frame = db[name]
    rows = db.find(name, USUBJID=frame.USUBJID.iloc[0], PARAMCD=frame.PARAMCD.iloc[0], ABLFL="")
    return int(rows[-1])


@MEASUREMENTS.fault("ADLB", "R51")
def two_baselines(db: Damaged) -> None:
    """A subject has two baseline records of a laboratory parameter."""
    db.put("ADLB", last_of_parameter(db, "ADLB"), ABLFL="Y")


@MEASUREMENTS.fault("ADVS", "R51")
def baseline_after_the_first_dose(db: Damaged) -> None:
    """A baseline of vital signs was measured the day after the first dose."""
    row = db.first("ADVS", db.subject("ADVS", "TRTSDT").notna(), ABLFL="Y")
    db.put("ADVS", row, ADT=db.subject("ADVS", "TRTSDT").iloc[row] + 1)


@MEASUREMENTS.fault("ADEG", "R51")
def baseline_flag_on_every_visit(db: Damaged) -> None:
    """Every electrocardiogram is flagged as baseline."""
    db.put("ADEG", slice(None), ABLFL="Y")


@MEASUREMENTS.fault("ADLB", "R52")
def change_with_the_other_sign(db: Damaged) -> None:
    """Changes from baseline have the other sign."""
    db.put("ADLB", slice(None), CHG=-db["ADLB"].CHG.to_numpy())


@MEASUREMENTS.fault("ADQS", "R52")
def change_not_derived_anew(db: Damaged) -> None:
    """A questionnaire's score was corrected, and its change was not."""
    row = db.first("ADQS", db["ADQS"].AVAL < 50, db["ADQS"].CHG.notna())
    db.put("ADQS", row, AVAL=db.value("ADQS", row, "AVAL") + 25)


@MEASUREMENTS.fault("ADVS", "R52")
def baseline_of_the_visit_before(db: Damaged) -> None:
    """BASE and CHG of vital signs refer to the visit before."""
    advs = db["ADVS"]
    base = advs.groupby(["USUBJID", "PARAMCD"]).AVAL.shift()
    rows = db.find("ADVS", base.notna(), advs.CHG.notna())
    db.put("ADVS", rows, BASE=base.to_numpy()[rows], CHG=(advs.AVAL - base).to_numpy()[rows])


@MEASUREMENTS.fault("ADVS", "R52")
def changes_lost(db: Damaged) -> None:
    """A subject's changes from baseline are missing."""
    db.put("ADVS", db.find("ADVS", db["ADVS"].CHG.notna(), USUBJID=db.value("ADVS", 0, "USUBJID")), CHG=np.nan)


@MEASUREMENTS.fault("ADTR", "R52")
def percent_changes_lost(db: Damaged) -> None:
    """All percent changes of ADTR are missing."""
    db.put("ADTR", slice(None), PCHG=np.nan)


@MEASUREMENTS.fault("ADTR", "R52")
def percent_change_as_a_fraction(db: Damaged) -> None:
    """The percent changes of ADTR are fractions of 1."""
    db.put("ADTR", slice(None), PCHG=db["ADTR"].PCHG.to_numpy() / 100)


@MEASUREMENTS.fault("ADLB", "R53")
def high_and_low_swapped(db: Damaged) -> None:
    """LOW and HIGH are swapped in the range indicator."""
    db.put("ADLB", slice(None), ANRIND=db["ADLB"].ANRIND.replace({"LOW": "HIGH", "HIGH": "LOW"}).to_numpy())


@MEASUREMENTS.fault("ADLB", "R53")
def range_limits_swapped(db: Damaged) -> None:
    """The columns of the lower and the upper limit of normal are swapped."""
    adlb = db["ADLB"]
    db.swap("ADLB", db.find("ADLB", adlb.ANRLO.notna(), adlb.ANRHI.notna()), "ANRLO", "ANRHI")


@MEASUREMENTS.fault("ADLB", "R53")
def indicator_not_derived_anew(db: Damaged) -> None:
    """An abnormal value is called normal."""
    db.put("ADLB", db.first("ADLB", ANRIND="HIGH"), ANRIND="NORMAL")


@MEASUREMENTS.fault("ADLB", "R53")
def bilirubin_in_other_units(db: Damaged) -> None:
    """Bilirubin is in mg/dL, with its range and its unit in umol/L."""
    adlb = db["ADLB"]
    rows = db.find("ADLB", PARAMCD="BILI")
    db.put("ADLB", rows, **{name: adlb[name].to_numpy()[rows] / BILIRUBIN for name in ("AVAL", "BASE", "CHG")})


@MEASUREMENTS.fault("ADLB", "R54")
def grade_too_high(db: Damaged) -> None:
    """A grade is one too high."""
    db.put("ADLB", db.first("ADLB", ATOXGRH="1"), ATOXGRH="2")


@MEASUREMENTS.fault("ADLB", "R54")
def grades_of_low_and_high_swapped(db: Damaged) -> None:
    """The columns of low and high grades are swapped."""
    db.swap("ADLB", slice(None), "ATOXGRL", "ATOXGRH")


@MEASUREMENTS.fault("ADLB", "R54")
def grade_missing(db: Damaged) -> None:
    """A value has no grade."""
    db.put("ADLB", db.first("ADLB", PARAMCD="NEUT", ATOXGRL="0"), ATOXGRL="")


@MEASUREMENTS.fault("ADLB", "R54")
def haemoglobin_graded_in_other_units(db: Damaged) -> None:
    """Haemoglobin is graded by limits in g/dL, so that every value is of grade 0."""
    db.put("ADLB", db.find("ADLB", PARAMCD="HGB"), ATOXGRL="0")


@MEASUREMENTS.fault("ADLB", "R55")
def haemoglobin_of_a_site_in_other_units(db: Damaged) -> None:
    """A site sends haemoglobin in g/dL, and says so."""
    adlb = db["ADLB"]
    rows = db.find("ADLB", PARAMCD="HGB", SITEID=adlb.SITEID.iloc[0])
    scaled = {name: adlb[name].to_numpy()[rows] / 10 for name in ("AVAL", "BASE", "CHG", "ANRLO", "ANRHI")}
    db.put("ADLB", rows, AVALU="g/dL", **scaled)


@MEASUREMENTS.fault("ADVS", "R55")
def weight_in_pounds(db: Damaged) -> None:
    """A weight is in pounds."""
    row = db.first("ADVS", PARAMCD="WEIGHT", ABLFL="")
    db.put("ADVS", row, AVAL=db.value("ADVS", row, "AVAL") * POUNDS, AVALU="lb")


@MEASUREMENTS.fault("ADEG", "R55")
def unit_in_capitals(db: Damaged) -> None:
    """The unit of a QTcF interval is written MS."""
    db.put("ADEG", db.first("ADEG", PARAMCD="QTCF"), AVALU="MS")


@MEASUREMENTS.fault("ADQS", "R58")
def visits_one_off(db: Damaged) -> None:
    """The dates of a subject's questionnaires are those of the visit before."""
    adqs = db["ADQS"]
    rows = db.find("ADQS", USUBJID=adqs.USUBJID.iloc[0], PARAMCD=adqs.PARAMCD.iloc[0])
    dates = adqs.ADT.to_numpy()[rows]
    db.put("ADQS", rows[1:], ADT=dates[:-1])


@MEASUREMENTS.fault("ADQS", "R58")
def visits_exchanged(db: Damaged) -> None:
    """Two questionnaires of a subject are under each other's visit."""
    row = last_of_parameter(db, "ADQS")
    dates = db["ADQS"].ADT.to_numpy()
    db.put("ADQS", np.array([row - 1, row]), ADT=np.array([dates[row], dates[row - 1]]))


@MEASUREMENTS.fault("ADQS", "R58", "AVAL is at most 100")
def score_above_its_scale(db: Damaged) -> None:
    """A score is above 100, in its change too."""
    row = db.first("ADQS", db["ADQS"].CHG.notna(), db["ADQS"].BASE > 20)
    db.put("ADQS", row, AVAL=110.0, CHG=110.0 - db.value("ADQS", row, "BASE"))


@MEASUREMENTS.fault("ADQS", "R58", "AVAL is at least 0")
def score_code_for_missing(db: Damaged) -> None:
    """A score that is missing is coded as -9."""
    db.put("ADQS", db.first("ADQS", ABLFL=""), AVAL=-9.0)


@MEASUREMENTS.fault("ADBM", "R59")
def frequency_above_one_hundred(db: Damaged) -> None:
    """A variant allele frequency is above 100 %."""
    row = db.first("ADBM", AVALC="MUTATED", AVALU="%")
    db.put("ADBM", row, AVAL=db.value("ADBM", row, "AVAL") + 100)


@MEASUREMENTS.fault("ADBM", "R59")
def wild_type_above_the_limit_of_detection(db: Damaged) -> None:
    """A wild type has an allele frequency above the limit of detection."""
    row = db.first("ADBM", db["ADBM"].LOD.notna(), AVALC="WILD TYPE")
    db.put("ADBM", row, AVAL=db.value("ADBM", row, "LOD") * 2)


@MEASUREMENTS.fault("ADBM", "R59")
def mutation_called_wild_type(db: Damaged) -> None:
    """A mutation of 1 % and more is called a wild type."""
    db.put("ADBM", db.first("ADBM", db["ADBM"].AVAL > db["ADBM"].LOD, AVALC="MUTATED"), AVALC="WILD TYPE")


@MEASUREMENTS.fault("ADBM", "R61")
def arm_in_the_laboratory_transfer(db: Damaged) -> None:
    """The biomarker laboratory wrote an arm beside a variant."""
    db.put("ADBM", 0, VARIANT=f"E545K {db.plan.study.arms[0].short}")


@MEASUREMENTS.fault("ADBM", "R61")
def drug_in_the_laboratory_transfer(db: Damaged) -> None:
    """The biomarker laboratory named a sample after the drug."""
    row = db.first("ADBM", AVISIT="EOT")
    db.put("ADBM", row, AVISIT="End of capecitabine")
