"""The schemas of the second study's three datasets."""

from __future__ import annotations

from typing import Any

import pandera.pandas as pa

__all__ = ["SCHEMAS"]


def variable(label: str, kind: str = "text", **checks: Any) -> Any:
    return pa.Field(title=label, metadata={"kind": kind}, **checks)


class Dataset(pa.DataFrameModel):
    USUBJID: str = variable("Unique Subject Identifier", str_length=(1, 12))

    class Config:
        strict = True
        ordered = True


class ADSL(Dataset):
    TRT01P: str = variable("Planned Treatment for Period 01")
    TRT01PN: float = variable("Planned Treatment for Period 01 (N)", "number", isin=[1.0, 2.0, 9.0], nullable=True)
    TRT01A: str = variable("Actual Treatment for Period 01")
    TRT01AN: float = variable("Actual Treatment for Period 01 (N)", "number", isin=[1.0, 2.0, 9.0], nullable=True)
    FASFL: str = variable("Full Analysis Set Population Flag", isin=["Y", "N"])
    SAFFL: str = variable("Safety Population Flag", isin=["Y", "N"])
    AGE: float = variable("Age", "number", ge=40.0, le=90.0)
    GOLD: str = variable("GOLD Stage", isin=["2", "3"])
    CUTDT: float = variable("Date of Data Cut-Off", "date")

    class Config:
        name = "ADSL"
        title = "Subject-Level Analysis Dataset"
        unique = ("USUBJID",)


class ADTTE(Dataset):
    PARAMCD: str = variable("Parameter Code", isin=["TTEXAC"])
    AVAL: float = variable("Analysis Value", "number", gt=0.0)
    CNSR: float = variable("Censor", "number", isin=[0.0, 1.0])
    EVNTDESC: str = variable("Event or Censoring Description")

    class Config:
        name = "ADTTE"
        title = "Time-to-Event Analysis"
        unique = ("USUBJID", "PARAMCD")


class ADAE(Dataset):
    AESEQ: float = variable("Sequence Number", "number", ge=1.0)
    AETERM: str = variable("Reported Term for the Adverse Event")
    AEDECOD: str = variable("Dictionary-Derived Term")
    AEBODSYS: str = variable("Body System or Organ Class")
    ASTDT: float = variable("Analysis Start Date", "date")
    AESEVN: float = variable("Severity (N)", "number", isin=[1.0, 2.0, 3.0])
    TRTEMFL: str = variable("Treatment Emergent Analysis Flag", isin=["Y", ""])

    class Config:
        name = "ADAE"
        title = "Adverse Event Analysis"
        unique = ("USUBJID", "AESEQ")


SCHEMAS = {model.Config.name: model for model in (ADSL, ADTTE, ADAE)}
