"""Faults that none of the specification's rules looks at: what validation does not promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.fault_injection.files import without_last_records
from tools.fault_injection.injection import Catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from tools.fault_injection.damaged import Damaged

__all__ = ["BEYOND"]

BEYOND = Catalogue("Beyond the rules")


@BEYOND.fault("ADLB", "")
def study_day_off_by_one(db: Damaged) -> None:
    """The relative days of ADLB have a day 0."""
    days = db["ADLB"].ADY.to_numpy()
    db.put("ADLB", slice(None), ADY=np.where(days > 0, days - 1, days))


@BEYOND.fault("ADSL", "")
def age_group_of_another_age(db: Damaged) -> None:
    """A subject of 65 years and more is in the younger group."""
    db.put("ADSL", db.first("ADSL", AGEGR1=">=65"), AGEGR1="<65", AGEGR1N=1)


@BEYOND.fault("ADSL", "")
def body_mass_index_not_derived_anew(db: Damaged) -> None:
    """A weight was corrected by 10 kg, and the body mass index was not."""
    db.put("ADSL", 0, WEIGHTBL=db.value("ADSL", 0, "WEIGHTBL") + 10)


@BEYOND.fault("ADVS", "")
def visits_a_day_early(db: Damaged) -> None:
    """Visits after the baseline are dated a day early."""
    rows = db.find("ADVS", ABLFL="")
    db.put("ADVS", rows, ADT=db["ADVS"].ADT.to_numpy()[rows] - 1)


@BEYOND.fault("ADAE", "")
def seriousness_without_a_criterion(db: Damaged) -> None:
    """A serious event fulfils none of the criteria of seriousness."""
    none = dict.fromkeys(("AESDTH", "AESHOSP", "AESLIFE", "AESDISAB", "AESCONG", "AESMIE"), "N")
    db.put("ADAE", db.first("ADAE", AESER="Y", AESDTH="N"), **none)


@BEYOND.fault("ADBM", "")
def allele_frequency_as_a_fraction(db: Damaged) -> None:
    """Variant allele frequencies of mutations are fractions of 1."""
    rows = db.find("ADBM", PARAMCD=["PIK3CA", "TP53", "ESR1", "PTEN", "AKT1"], AVALC="MUTATED")
    db.put("ADBM", rows, AVAL=db["ADBM"].AVAL.to_numpy()[rows] / 100)


@BEYOND.fault("ADTR", "")
def sum_of_diameters_lost(db: Damaged) -> None:
    """The sum of diameters is missing at a visit with stable disease, though the lesions were measured."""
    row = db.first("ADRS", PARAMCD="TRGRESP", AVALC="SD")
    visit = {name: db.value("ADRS", row, name) for name in ("USUBJID", "ADT")}
    db.drop("ADTR", db.find("ADTR", PARAMCD="SDIAM", **visit))


@BEYOND.fault("ADRS", "")
def best_response_lost(db: Damaged) -> None:
    """A randomised subject has no best response."""
    db.drop("ADRS", db.first("ADRS", PARAMCD="BOR"))


@BEYOND.file("addv.xpt", "")
def last_records_cut_off_of_version_5(folder: Path) -> None:
    """A file of XPORT version 5, which does not state its number of records, lacks its last ones."""
    without_last_records(folder / "addv.xpt", 5)
