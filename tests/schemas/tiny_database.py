"""A database of four subjects in which every schema and every rule holds.

S1, fulvestrant: partial response on days 56 and 112, progression on day 168, all of randomisation.
S2, capecitabine: stable disease on day 56, a fatal adverse event, death without progression.
S3, fulvestrant: randomised, never treated, never assessed. S4: not randomised.

Days count from 1960-01-01; 22000 is 2020-03-26. Only what a rule looks at is written down; :func:`frames` fills the
rest with the first value that the schema admits.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from schemas import SCHEMAS

S1, S2, S3, S4 = (f"NCT04646759-001-000{n}" for n in (1, 2, 3, 4))
FUL = {"TRT01P": "Fulvestrant+Pyrotinib", "TRT01PN": 1}
CAP = {"TRT01P": "Capecitabine+Pyrotinib", "TRT01PN": 2}
FULA = {"TRT01A": "Fulvestrant+Pyrotinib", "TRT01AN": 1}
CAPA = {"TRT01A": "Capecitabine+Pyrotinib", "TRT01AN": 2}
VISCERAL = {"STRAT1R": "Y", "STRAT1RN": 1, "STRAT1V": "Y", "STRAT1VN": 1}
NOT_VISCERAL = {"STRAT1R": "N", "STRAT1RN": 2, "STRAT1V": "N", "STRAT1VN": 2}
EARLY = {"STRAT2R": "(NEO)ADJUVANT", "STRAT2RN": 1, "STRAT2V": "(NEO)ADJUVANT", "STRAT2VN": 1}
LATE = {"STRAT2R": "FIRST-LINE METASTATIC", "STRAT2RN": 2, "STRAT2V": "FIRST-LINE METASTATIC", "STRAT2VN": 2}
TREATED = {"ITTFL": "Y", "SAFFL": "Y", "PPROTFL": "Y", "EOT1STT": "DISCONTINUED", "EOT2STT": "DISCONTINUED"}
MERGED = ("SUBJID", "SITEID", "ITTFL", "SAFFL", "PPROTFL", "TRT01P", "TRT01PN", "TRT01A", "TRT01AN")
OTHER_PFS = ("PFSPP", "PFSBICR", "PFSNACT", "PFSMISS", "PFSSCH", "PFSSYMP")
MERGED_TIME = ("STRAT1R", "STRAT2R", "STRATAR", "BMEVLFL")


def subject(identifier: str, **values: object) -> dict[str, object]:
    return {"USUBJID": identifier, "SUBJID": identifier[-8:], "SITEID": "001", "AGE": 50, "AGEGR1N": 1} | values


def time(identifier: str, code: str, start: int, end: int, cnsr: int, **values: object) -> dict[str, object]:
    number = ["PFSINV", "PFSFDA", "OS", "DOR", *OTHER_PFS].index(code) + 1
    described = {"EVNTDESC": "ONGOING AT DATA CUT-OFF", "CNSDTDSC": "LAST KNOWN ALIVE"} if cnsr else {"CNSDTDSC": ""}
    dates = {"STARTDT": start, "ADT": end, "AVAL": (end - start + 1) / 30.4375}
    return (
        {"USUBJID": identifier, "PARAMCD": code, "PARAM": code, "PARAMN": number, "CNSR": cnsr}
        | dates
        | described
        | values
    )


def response(identifier: str, sequence: int, code: str, date: int, value: str, **values: object) -> dict[str, object]:
    number = ["OVRINV", "TRGRESP", "NEWLFL", "BOR", "CBOR", "PD"].index(code) + 1
    numbers = {"CR": 1, "PR": 2, "SD": 3, "PD": 5, "NE": 6, "Y": 1, "N": 0}
    own = {"RSSEQ": sequence, "ADT": date, "AVALC": value, "AVAL": numbers[value], "EVAL": "INVESTIGATOR"}
    return {"USUBJID": identifier, "PARAMCD": code, "PARAM": code, "PARAMN": number} | own | values


def lesion(identifier: str, sequence: int, code: str, date: int, value: float, **values: object) -> dict[str, object]:
    own = {
        "TRSEQ": sequence,
        "ADT": date,
        "AVAL": value,
        "TRGRP": "TARGET",
        "TRLNKID": "SUM" if code == "SDIAM" else "T01",
    }
    number = ["LDIAM", "SDIAM"].index(code) + 1
    return {"USUBJID": identifier, "PARAMCD": code, "PARAM": code, "PARAMN": number} | own | values


def event(identifier: str, sequence: int, start: int, end: int, **values: object) -> dict[str, object]:
    iso = [(pd.Timestamp("1960-01-01") + pd.Timedelta(days=day)).strftime("%Y-%m-%d") for day in (start, end)]
    dates = {"ASTDT": start, "AENDT": end, "AESTDTC": iso[0], "AEENDTC": iso[1]}
    grade = {"ATOXGR": "2", "ATOXGRN": 2, "AESDTH": "N", "AREL2": "NOT RELATED"}
    flags = {"TRTEMFL": "Y", "AOCCFL": "Y", "AOCCSFL": "Y", "AOCCPFL": "Y", "AOCCPIFL": "Y"}
    return {"USUBJID": identifier, "AESEQ": sequence} | dates | grade | flags | values


def value(identifier: str, code: str, date: int, aval: float, **values: object) -> dict[str, object]:
    return {"USUBJID": identifier, "PARAMCD": code, "PARAM": code, "ADT": date, "AVAL": aval} | values


RECORDS: dict[str, list[dict[str, object]]] = {
    "ADSL": [
        subject(S1, **TREATED, **FUL, **FULA, **VISCERAL, **EARLY, STRATAR="Y/(NEO)ADJUVANT", BMEVLFL="Y")
        | {"RFICDT": 21990, "RANDDT": 22000, "TRTSDT": 22001, "TRTEDT": 22168, "TRTDURD": 168, "LSTALVDT": 22300},
        subject(S2, **TREATED, **CAP, **CAPA, **NOT_VISCERAL, **LATE, STRATAR="N/FIRST-LINE METASTATIC", BMEVLFL="N")
        | {"RFICDT": 22000, "RANDDT": 22010, "TRTSDT": 22011, "TRTEDT": 22100, "TRTDURD": 90, "LSTALVDT": 22150}
        | {"DTHFL": "Y", "DTHDT": 22150},
        subject(S3, ITTFL="Y", SAFFL="N", PPROTFL="N", PPEXRS="Not treated", **FUL, **VISCERAL, **EARLY, BMEVLFL="N")
        | {"STRATAR": "Y/(NEO)ADJUVANT", "RFICDT": 22020, "RANDDT": 22020, "LSTALVDT": 22060},
        subject(S4, ITTFL="N", SAFFL="N", PPROTFL="N", BMEVLFL="N", RFICDT=22000, LSTALVDT=22010),
    ],
    "ADTTE": [
        time(S1, "PFSINV", 22000, 22168, 0, EVNTDESC="PD", SRCDOM="ADRS", SRCVAR="ADT", SRCSEQ=5)
        | {"INTLDT": 22112, "INTRDT": 22168},
        time(S1, "PFSFDA", 22000, 22168, 0, EVNTDESC="PD", SRCDOM="ADRS", SRCVAR="ADT", SRCSEQ=5)
        | {"INTLDT": 22112, "INTRDT": 22168},
        time(S1, "OS", 22000, 22300, 1, SRCDOM="ADSL", SRCVAR="LSTALVDT"),
        time(S1, "DOR", 22056, 22168, 0, EVNTDESC="PD", SRCDOM="ADRS", SRCVAR="ADT", SRCSEQ=5),
        time(
            S2, "PFSINV", 22010, 22150, 0, EVNTDESC="DEATH", SRCDOM="ADSL", SRCVAR="DTHDT", INTLDT=22150, INTRDT=22150
        ),
        time(
            S2, "PFSFDA", 22010, 22150, 0, EVNTDESC="DEATH", SRCDOM="ADSL", SRCVAR="DTHDT", INTLDT=22150, INTRDT=22150
        ),
        time(S2, "OS", 22010, 22150, 0, EVNTDESC="DEATH", SRCDOM="ADSL", SRCVAR="DTHDT"),
        time(S3, "PFSINV", 22020, 22020, 2, SRCDOM="ADSL", SRCVAR="RANDDT", INTLDT=22020),
        time(S3, "PFSFDA", 22020, 22020, 2, SRCDOM="ADSL", SRCVAR="RANDDT", INTLDT=22020),
        time(S3, "OS", 22020, 22060, 1, SRCDOM="ADSL", SRCVAR="LSTALVDT"),
        *(time(S1, code, 22000, 22000, 1, SRCDOM="ADSL", SRCVAR="RANDDT", INTLDT=22000) for code in OTHER_PFS),
        *(time(S2, code, 22010, 22010, 1, SRCDOM="ADSL", SRCVAR="RANDDT", INTLDT=22010) for code in OTHER_PFS),
        *(time(S3, code, 22020, 22020, 2, SRCDOM="ADSL", SRCVAR="RANDDT", INTLDT=22020) for code in OTHER_PFS),
    ],
    "ADRS": [
        response(S1, 1, "OVRINV", 22056, "PR", ANL01FL="Y"),
        response(S1, 2, "TRGRESP", 22056, "PR"),
        response(S1, 3, "OVRINV", 22112, "PR", ANL01FL="Y"),
        response(S1, 4, "TRGRESP", 22112, "PR"),
        response(S1, 5, "OVRINV", 22168, "PD", ANL01FL="Y"),
        response(S1, 6, "TRGRESP", 22168, "PD"),
        response(S1, 7, "NEWLFL", 22168, "Y"),
        response(S1, 8, "BOR", 22056, "PR"),
        response(S1, 9, "CBOR", 22056, "PR"),
        response(S1, 10, "PD", 22168, "Y"),
        response(S2, 1, "OVRINV", 22066, "SD", ANL01FL="Y"),
        response(S2, 2, "TRGRESP", 22066, "SD"),
        response(S2, 3, "BOR", 22066, "SD"),
        response(S2, 4, "CBOR", 22066, "SD"),
        response(S2, 5, "PD", 22066, "N"),
        response(S3, 1, "BOR", 22020, "NE"),
        response(S3, 2, "CBOR", 22020, "NE"),
        response(S3, 3, "PD", 22020, "N"),
    ],
    "ADTR": [
        lesion(S1, 1, "LDIAM", 21995, 40, ABLFL="Y"),
        lesion(S1, 2, "SDIAM", 21995, 40, ABLFL="Y", BASE=40),
        lesion(S1, 3, "LDIAM", 22056, 24),
        lesion(S1, 4, "SDIAM", 22056, 24, BASE=40, CHG=-16, PCHG=-40, NADIR=40),
        lesion(S1, 5, "LDIAM", 22112, 22),
        lesion(S1, 6, "SDIAM", 22112, 22, BASE=40, CHG=-18, PCHG=-45, NADIR=24),
        lesion(S1, 7, "LDIAM", 22168, 30),
        lesion(S1, 8, "SDIAM", 22168, 30, BASE=40, CHG=-10, PCHG=-25, NADIR=22),
        lesion(S2, 1, "LDIAM", 22005, 20, ABLFL="Y"),
        lesion(S2, 2, "SDIAM", 22005, 20, ABLFL="Y", BASE=20),
        lesion(S2, 3, "LDIAM", 22066, 20),
        lesion(S2, 4, "SDIAM", 22066, 20, BASE=20, CHG=0, PCHG=0, NADIR=20),
    ],
    "ADAE": [
        event(S1, 1, 22010, 22020, AEDECOD="Diarrhoea", AEBODSYS="GI", CQ01NAM="DIARRHOEA"),
        event(S1, 2, 22040, 22045, AEDECOD="Diarrhoea", AEBODSYS="GI", ATOXGR="1", ATOXGRN=1)
        | {"AOCCFL": "", "AOCCSFL": "", "AOCCPFL": "", "AOCCPIFL": ""},
        event(S1, 3, 21990, 21995, AEDECOD="Headache", AEBODSYS="Nervous")
        | {"TRTEMFL": "", "AOCCFL": "", "AOCCSFL": "", "AOCCPFL": "", "AOCCPIFL": ""},
        event(S2, 1, 22020, 22060, AEDECOD="Palmar-plantar erythrodysaesthesia syndrome", AEBODSYS="Skin")
        | {"CQ02NAM": "HAND-FOOT SYNDROME", "AREL2": "RELATED", "AEACN2": "DRUG WITHDRAWN"},
        event(S2, 2, 22120, 22150, AEDECOD="Sepsis", AEBODSYS="Infections", ATOXGR="5", ATOXGRN=5, AOCCFL="")
        | {"AEOUT": "FATAL", "AESDTH": "Y", "AESTDTC": "2020-07", "ASTDTF": "D"},
    ],
    "ADLB": [
        value(S1, "ALT", 21995, 50, ASEQ=1, AVALU="U/L", ANRLO=5, ANRHI=40, ANRIND="HIGH", ABLFL="Y", BASE=50)
        | {"ATOXGRH": "1"},
        value(S1, "ALT", 22056, 30, ASEQ=2, AVALU="U/L", ANRLO=5, ANRHI=40, ANRIND="NORMAL", BASE=50, CHG=-20)
        | {"ATOXGRH": "0"},
    ],
    "ADEX": [
        value(S1, "TDOSE", 0, 90, PARCAT1="FULVESTRANT", PARAMN=1, AVALU="mg", EXSEQ=1, ASTDT=22001, AENDT=22160),
        value(S1, "PLDOSE", 0, 100, PARCAT1="FULVESTRANT", PARAMN=2, AVALU="mg", EXSEQ=2, ASTDT=22001, AENDT=22160),
        value(S1, "RDI", 0, 90, PARCAT1="FULVESTRANT", PARAMN=3, AVALU="%", EXSEQ=3, ASTDT=22001, AENDT=22160),
    ],
    "ADQS": [
        value(S1, "QL2", 21995, 50, QSSEQ=1, AVISITN=0, AVISIT="BASELINE", ABLFL="Y", BASE=50),
        value(S1, "QL2", 22056, 75, QSSEQ=2, AVISITN=8, AVISIT="WEEK 8", BASE=50, CHG=25),
    ],
    "ADBM": [
        value(S1, "TP53", 21995, 12.5, BMSEQ=1, AVALC="MUTATED", AVALU="%", LOD=0.5, AVISIT="BASELINE", ABLFL="Y"),
        value(S1, "TP53", 22056, 0.1, BMSEQ=2, AVALC="WILD TYPE", AVALU="%", LOD=0.5, AVISIT="C3D1", AVISITN=2),
    ],
    "ADCM": [{"USUBJID": S1, "CMSEQ": 1, "ASTDT": 22200, "AENDT": 22250, "CMCAT": "SUBSEQUENT ANTICANCER THERAPY"}],
    "ADDV": [{"USUBJID": S3, "DVSEQ": 1, "ASTDT": 22020}],
    "ADMH": [{"USUBJID": S1, "MHSEQ": 1, "ASTDT": 15000, "AENDT": 15100}],
    "ADVS": [value(S1, "WEIGHT", 21995, 60, ASEQ=1, AVALU="kg", ABLFL="Y", BASE=60)],
    "ADEG": [value(S1, "QTCF", 21995, 420, ASEQ=1, AVALU="ms", ABLFL="Y", BASE=420)],
}


def frames() -> dict[str, pd.DataFrame]:
    """The database, canonical: all columns in order, text ``object``, numbers ``float64``."""
    subjects = {record["USUBJID"]: record for record in RECORDS["ADSL"]}
    return {name: _frame(name, records, subjects) for name, records in RECORDS.items()}


def _frame(name: str, records: list[dict[str, object]], subjects: dict[object, dict[str, object]]) -> pd.DataFrame:
    columns = {}
    for variable, schema in SCHEMAS[name].to_schema().columns.items():
        merged = name != "ADSL" and variable in (*MERGED, *(MERGED_TIME if name == "ADTTE" else ()))
        text = schema.metadata["kind"] == "text"
        values = []
        for record in records:
            source = subjects[record["USUBJID"]] if merged else record
            values.append(source[variable] if variable in source else _default(variable, schema))
        columns[variable] = np.array(values, dtype=object if text else float)
    return pd.DataFrame(columns)


def _default(variable: str, schema: object) -> object:
    constants = {"STUDYID": "NCT04646759", "DCUTDT": 22400, "BMIBL": 24, "HEIGHTBL": 160, "WEIGHTBL": 60}
    if variable in constants:
        return constants[variable]
    statistics = {key: value for check in schema.checks for key, value in check.statistics.items()}
    if schema.metadata["kind"] == "text":
        codes = statistics.get("allowed_values", [""] if statistics.get("min_value") == 0 else ["text"])
        return "" if "" in codes else codes[0]
    if schema.nullable:
        return np.nan
    if schema.metadata["kind"] == "date":
        return 22000
    return statistics.get("allowed_values", [statistics.get("min_value", 1)])[0]
