"""Faults that break what the schemas say of a variable, and faults that keep a rule from running."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tools.fault_injection.injection import SCHEMA, Catalogue

if TYPE_CHECKING:
    from tools.fault_injection.damaged import Damaged

__all__ = ["NOT_RUN", "VARIABLES"]

VARIABLES = Catalogue("Variables, types, codelists and ranges")
NOT_RUN = Catalogue("What keeps a rule from running")

INCHES = 2.54
EPOCH = np.datetime64("1960-01-01")


@VARIABLES.fault("ADSL", SCHEMA, "AGE is at least 18")
def age_negative(db: Damaged) -> None:
    """An age is negative."""
    db.put("ADSL", 0, AGE=-50.0)


@VARIABLES.fault("ADSL", SCHEMA, "AGE is at most 100")
def age_is_the_year_of_birth(db: Damaged) -> None:
    """An age is the year of birth."""
    db.put("ADSL", 0, AGE=1971.0)


@VARIABLES.fault("ADSL", SCHEMA, "AGE is not missing")
def age_missing(db: Damaged) -> None:
    """An age is missing."""
    db.put("ADSL", 0, AGE=np.nan)


@VARIABLES.fault("ADSL", SCHEMA, "AGEU is one of")
def age_in_months(db: Damaged) -> None:
    """The ages are in months, and say so."""
    db.put("ADSL", slice(None), AGEU="MONTHS")


@VARIABLES.fault("ADSL", SCHEMA, "SEX is one of")
def sex_in_words(db: Damaged) -> None:
    """The sex of the subjects is written as FEMALE."""
    db.put("ADSL", slice(None), SEX="FEMALE")


@VARIABLES.fault("ADSL", SCHEMA, "COUNTRY is one of")
def country_of_two_letters(db: Damaged) -> None:
    """The country is coded as CN."""
    db.put("ADSL", slice(None), COUNTRY="CN")


@VARIABLES.fault("ADSL", SCHEMA, "HEIGHTBL is at least 120")
def height_in_metres(db: Damaged) -> None:
    """A height is in metres."""
    db.put("ADSL", 0, HEIGHTBL=db.value("ADSL", 0, "HEIGHTBL") / 100)


@VARIABLES.fault("ADSL", SCHEMA, "HEIGHTBL is at least 120")
def height_in_inches(db: Damaged) -> None:
    """The heights of a site are in inches."""
    rows = db.find("ADSL", SITEID=db.value("ADSL", 0, "SITEID"))
    db.put("ADSL", rows, HEIGHTBL=db["ADSL"].HEIGHTBL.to_numpy()[rows] / INCHES)


@VARIABLES.fault("ADSL", SCHEMA, "HEIGHTBL is at least 120")
def height_and_weight_swapped(db: Damaged) -> None:
    """The columns of height and weight are swapped."""
    db.swap("ADSL", slice(None), "HEIGHTBL", "WEIGHTBL")


@VARIABLES.fault("ADSL", SCHEMA, "WEIGHTBL is at most 250")
def weight_in_grams(db: Damaged) -> None:
    """A weight is in grams."""
    db.put("ADSL", 0, WEIGHTBL=db.value("ADSL", 0, "WEIGHTBL") * 1000)


@VARIABLES.fault("ADSL", SCHEMA, "BSABL is at least 0.8")
def body_surface_missing_as_zero(db: Damaged) -> None:
    """A missing body surface is 0."""
    db.put("ADSL", 0, BSABL=0.0)


@VARIABLES.fault("ADSL", SCHEMA, "ERPCT is at most 100")
def receptor_code_for_missing(db: Damaged) -> None:
    """A missing receptor percentage is coded as 999."""
    db.put("ADSL", 0, ERPCT=999.0)


@VARIABLES.fault("ADSL", SCHEMA, "TRTDURD is at least 1")
def duration_of_treatment_zero(db: Damaged) -> None:
    """A duration of treatment is 0."""
    db.put("ADSL", db.first("ADSL", SAFFL="Y"), TRTDURD=0.0)


@VARIABLES.fault("ADSL", SCHEMA, "EOTSTT is one of")
def status_in_lower_case(db: Damaged) -> None:
    """The end of treatment is in lower case."""
    db.put("ADSL", slice(None), EOTSTT=db["ADSL"].EOTSTT.str.capitalize().to_numpy())


@VARIABLES.fault("ADSL", SCHEMA, "RFICDT is a number")
def dates_as_text(db: Damaged) -> None:
    """The dates of consent are ISO text."""
    dates = EPOCH + db["ADSL"].RFICDT.to_numpy().astype("timedelta64[D]")
    db.put("ADSL", slice(None), RFICDT=dates.astype(str).astype(object))


@VARIABLES.fault("ADSL", SCHEMA, "RANDDT is a number")
def one_date_as_text(db: Damaged) -> None:
    """One date of randomisation is text, such as UNK-JAN-2021."""
    db.put("ADSL", db.first("ADSL", ITTFL="Y"), RANDDT="UNK-JAN-2021")


@VARIABLES.fault("ADSL", SCHEMA, "RFICDT is a date")
def century_mistyped(db: Damaged) -> None:
    """A consent is dated in the year 1821."""
    db.put("ADSL", 0, RFICDT=db.value("ADSL", 0, "RFICDT") - 200 * 365.25)


@VARIABLES.fault("ADTR", SCHEMA, "ADT is a date")
def date_with_a_time_of_day(db: Damaged) -> None:
    """A scan is dated with a fraction of a day."""
    db.put("ADTR", 0, ADT=db.value("ADTR", 0, "ADT") + 0.5)


@VARIABLES.fault("ADSL", SCHEMA, "DCUTDT is not missing")
def cutoff_missing(db: Damaged) -> None:
    """A subject has no data cut-off."""
    db.put("ADSL", 0, DCUTDT=np.nan)


@VARIABLES.fault("ADSL", SCHEMA, "SITEID is text")
def sites_as_numbers(db: Damaged) -> None:
    """The sites are numbers, without their leading zeros."""
    frame = db["ADSL"].assign(SITEID=db["ADSL"].SITEID.astype(float))
    db.frames["ADSL"] = frame


@VARIABLES.fault("ADLB", SCHEMA, "AVAL is a number")
def result_below_the_limit_as_text(db: Damaged) -> None:
    """A laboratory value is the text <0.1."""
    db.put("ADLB", 0, AVAL="<0.1")


@VARIABLES.fault("ADLB", SCHEMA, "PARAMCD is one of")
def parameter_unknown(db: Damaged) -> None:
    """A laboratory parameter is none of the specification."""
    db.put("ADLB", db.find("ADLB", PARAMCD="ALT"), PARAMCD="GPT")


@VARIABLES.fault("ADVS", SCHEMA, "PARAMCD is one of")
def parameter_in_lower_case(db: Damaged) -> None:
    """A parameter code of vital signs is in lower case."""
    db.put("ADVS", 0, PARAMCD=db.value("ADVS", 0, "PARAMCD").lower())


@VARIABLES.fault("ADLB", SCHEMA, "AVAL is at least 0")
def laboratory_value_negative(db: Damaged) -> None:
    """A laboratory value is negative."""
    db.put("ADLB", 0, AVAL=-db.value("ADLB", 0, "AVAL"))


@VARIABLES.fault("ADEG", SCHEMA, "AVAL is at least 20")
def interval_in_seconds(db: Damaged) -> None:
    """QTcF intervals are in seconds."""
    rows = db.find("ADEG", PARAMCD="QTCF")
    values = {name: db["ADEG"][name].to_numpy()[rows] / 1000 for name in ("AVAL", "BASE", "CHG")}
    db.put("ADEG", rows, **values)


@VARIABLES.fault("ADVS", SCHEMA, "AVAL is at most 400")
def blood_pressure_mistyped(db: Damaged) -> None:
    """A blood pressure has one digit too many."""
    row = db.first("ADVS", PARAMCD="SYSBP")
    db.put("ADVS", row, AVAL=db.value("ADVS", row, "AVAL") * 10)


@VARIABLES.fault("ADAE", SCHEMA, "AEOUT is one of")
def outcome_outside_the_codelist(db: Damaged) -> None:
    """An outcome is written as RECOVERED."""
    db.put("ADAE", db.first("ADAE", AEOUT="RECOVERED/RESOLVED"), AEOUT="RECOVERED")


@VARIABLES.fault("ADAE", SCHEMA, "AEACN2 is one of")
def action_blank(db: Damaged) -> None:
    """An action taken with the partner drug is blank."""
    db.put("ADAE", 0, AEACN2="")


@VARIABLES.fault("ADAE", SCHEMA, "AETERM has 1 to 200 characters")
def term_too_long(db: Damaged) -> None:
    """A reported term has more than 200 characters."""
    db.put("ADAE", 0, AETERM="Diarrhoea after breakfast, " * 8)


@VARIABLES.fault("ADAE", SCHEMA, "AEDECOD has 1 to 100 characters")
def event_not_coded(db: Damaged) -> None:
    """An event has no preferred term."""
    db.put("ADAE", 0, AEDECOD="")


@VARIABLES.fault("ADAE", SCHEMA, "AETERM is text")
def text_missing_instead_of_blank(db: Damaged) -> None:
    """A text is missing and not blank."""
    db.put("ADAE", 0, AETERM=None)


@VARIABLES.fault("ADRS", SCHEMA, "AVALC is one of")
def response_in_look_alike_letters(db: Damaged) -> None:
    """A complete response is written with a Cyrillic С."""
    db.put("ADRS", db.first("ADRS", AVALC="CR"), AVALC="СR")


@VARIABLES.fault("ADRS", SCHEMA, "EVAL is one of")
def evaluator_unknown(db: Damaged) -> None:
    """The independent review is called BICR."""
    db.put("ADRS", db.find("ADRS", EVAL="INDEPENDENT ASSESSOR"), EVAL="BICR")


@VARIABLES.fault("ADTTE", SCHEMA, "CNSR is not missing")
def censoring_code_missing(db: Damaged) -> None:
    """A time has no code of censoring."""
    db.put("ADTTE", 0, CNSR=np.nan)


@VARIABLES.fault("ADEX", SCHEMA, "AVAL is not missing")
def exposure_missing(db: Damaged) -> None:
    """A number of dose reductions is missing."""
    db.put("ADEX", db.first("ADEX", PARAMCD="NDRED"), AVAL=np.nan)


@VARIABLES.fault("ADCM", SCHEMA, "CMSEQ is at least 1")
def numbered_from_zero(db: Damaged) -> None:
    """Therapies are numbered from 0."""
    db.put("ADCM", slice(None), CMSEQ=db["ADCM"].CMSEQ.to_numpy() - 1)


@VARIABLES.fault("ADBM", SCHEMA, "BMSPEC is one of")
def specimen_unknown(db: Damaged) -> None:
    """A specimen is called CTDNA."""
    db.put("ADBM", db.find("ADBM", BMSPEC="PLASMA"), BMSPEC="CTDNA")


@VARIABLES.fault("ADQS", SCHEMA, "DTYPE is one of")
def score_carried_forward(db: Damaged) -> None:
    """A score was imputed by the last observation."""
    db.put("ADQS", 1, DTYPE="LOCF")


@VARIABLES.fault("ADDV", SCHEMA, "the dataset has DVIMPFL")
def column_missing(db: Damaged) -> None:
    """A variable of ADDV is missing."""
    db.frames["ADDV"] = db["ADDV"].drop(columns="DVIMPFL")


@VARIABLES.fault("ADMH", SCHEMA, "the dataset has no MHCOM")
def column_not_specified(db: Damaged) -> None:
    """ADMH has a variable that is not specified."""
    db.frames["ADMH"] = db["ADMH"].assign(MHCOM="see source")


@VARIABLES.fault("ADQS", SCHEMA, "the dataset has no AVALN")
def column_renamed(db: Damaged) -> None:
    """AVAL of ADQS is called AVALN."""
    db.rename("ADQS", AVAL="AVALN")


@VARIABLES.fault("ADVS", SCHEMA, "the dataset has no avisit")
def column_name_in_lower_case(db: Damaged) -> None:
    """A variable's name is in lower case."""
    db.rename("ADVS", AVISIT="avisit")


@VARIABLES.fault("ADMH", SCHEMA, "MHONGO is one of")
def columns_swapped(db: Damaged) -> None:
    """Two columns of ADMH are swapped."""
    db.swap("ADMH", slice(None), "MHDECOD", "MHONGO")


@VARIABLES.fault("ADLB", SCHEMA, "AVISIT is text")
def columns_of_two_types_swapped(db: Damaged) -> None:
    """Name and number of the visits are swapped."""
    adlb = db["ADLB"]
    db.frames["ADLB"] = adlb.assign(AVISIT=adlb.AVISITN, AVISITN=adlb.AVISIT)


@VARIABLES.fault("ADCM", SCHEMA, "CMCAT is one of")
def records_shifted_by_a_column(db: Damaged) -> None:
    """In one record of ADCM the texts stand one column to the right."""
    names = ["CMCAT", "CMTRT", "CMDECOD", "CMCLAS"]
    values = db["ADCM"][names].iloc[0].to_list()
    db.put("ADCM", 0, **dict(zip(names, ["", *values[:-1]], strict=True)))


@NOT_RUN.fault("ADBM", "R60", "ADBM is missing", not_run=True)
def markers_missing(db: Damaged) -> None:
    """The transfer has no ADBM."""
    del db.frames["ADBM"]


@NOT_RUN.fault("ADSL", "R05", "ADSL is missing", not_run=True)
def subjects_missing(db: Damaged) -> None:
    """The transfer has no ADSL."""
    del db.frames["ADSL"]


@NOT_RUN.fault("ADTR", "R39", "ADTR is missing", not_run=True)
def measurements_missing(db: Damaged) -> None:
    """The transfer has no ADTR."""
    del db.frames["ADTR"]


@NOT_RUN.fault("ADEX", "R56", "ADEX.PARCAT1 is missing", not_run=True)
def drug_column_missing(db: Damaged) -> None:
    """ADEX does not say which drug a dose is of."""
    db.frames["ADEX"] = db["ADEX"].drop(columns="PARCAT1")


@NOT_RUN.fault("ADSL", "R16", "STRAT1V is missing", not_run=True)
def verified_stratum_missing(db: Damaged) -> None:
    """ADSL has no verified stratum, which the plan names."""
    db.frames["ADSL"] = db["ADSL"].drop(columns="STRAT1V")


@NOT_RUN.fault("ADLB", "R54", "ADLB.AVAL is not a number", not_run=True)
def laboratory_values_as_text(db: Damaged) -> None:
    """All laboratory values are text."""
    db.frames["ADLB"] = db["ADLB"].assign(AVAL=db["ADLB"].AVAL.astype(str).astype(object))


@NOT_RUN.fault("ADSL", "R05", "ADSL.RFICDT is not a number", not_run=True)
def dates_as_timestamps_in_text(db: Damaged) -> None:
    """The dates of consent are timestamps of another program, as text."""
    dates = pd.Timestamp("1960-01-01") + pd.to_timedelta(db["ADSL"].RFICDT, unit="D")
    db.put("ADSL", slice(None), RFICDT=dates.dt.strftime("%Y-%m-%dT00:00:00").to_numpy(dtype=object))


@NOT_RUN.fault("plan", "R06", "the plan's data_rules state no treatment_start_days", not_run=True)
def window_not_planned(db: Damaged) -> None:
    """The plan does not state the window for the first dose."""
    study = db.plan.study.model_copy(update={"data_rules": {}})
    db.plan = db.plan.model_copy(update={"study": study})
