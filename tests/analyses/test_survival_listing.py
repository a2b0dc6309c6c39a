from __future__ import annotations

import pandas as pd

from analyses.listings import time_to_event
from tests.analyses.trial import run


def adtte() -> pd.DataFrame:
    names = ["SUBJID", "PARAMCD", "STARTDT", "ADT", "AVAL", "CNSR", "EVNTDESC", "CNSDTDSC"]
    cut = "ONGOING AT DATA CUT-OFF"
    rows = [
        ["002-0001", "PFSINV", 10.0, 375.0, 366 / 30.4375, 0.0, "PD", ""],
        ["001-0002", "PFSINV", 0.0, 0.0, 1 / 30.4375, 2.0, "NO ADEQUATE ASSESSMENT", "RANDOMISATION"],
        ["001-0001", "PFSINV", 0.0, 99.0, 100 / 30.4375, 1.0, cut, "LAST ADEQUATE ASSESSMENT"],
        ["001-0001", "OS", 0.0, 120.0, 121 / 30.4375, 1.0, cut, "LAST KNOWN ALIVE"],
        ["001-0002", "OS", 0.0, 59.0, 60 / 30.4375, 0.0, "DEATH", ""],
        ["002-0001", "OS", 10.0, 400.0, 391 / 30.4375, 1.0, cut, "DATA CUT-OFF"],
    ]
    frame = pd.DataFrame(rows, columns=names)
    frame["USUBJID"] = "NCT04646759-" + frame.pop("SUBJID")
    return frame


def test_one_row_a_subject_by_arm_with_the_text_of_each_censoring_code():
    rows, results, _ = run(time_to_event, "L16.2.6.1", ADTTE=adtte())
    assert [row[1:] for row in rows] == [
        ("001-0001", "FUL", "Yes", "(Neo)adjuvant", "01JAN1960", "09APR1960", "3.3",
         "Censored (1): Ongoing at data cut-off; date: last adequate assessment", "30APR1960", "4.0",
         "Censored (1): Ongoing at data cut-off; date: last known alive"),
        ("001-0002", "FUL", "No", "(Neo)adjuvant", "01JAN1960", "01JAN1960", "0.0",
         "Censored (2): No adequate assessment; date: randomisation", "29FEB1960", "2.0", "Event (0): Death"),
        ("001-0003", "FUL", "Yes", "(Neo)adjuvant", "", "", "", "", "", "", ""),
        ("002-0001", "CAP", "Yes", "(Neo)adjuvant", "11JAN1960", "10JAN1961", "12.0",
         "Event (0): Progressive disease", "04FEB1961", "12.8",
         "Censored (1): Ongoing at data cut-off; date: data cut-off"),
        ("002-0002", "CAP", "No", "(Neo)adjuvant", "", "", "", "", "", "", ""),
    ]  # fmt: skip
    assert results.ard.value("records", variable_level="PFSINV", group1_level="TOTAL") == 3
    assert results.ard.value("records", variable_level="OS", group1_level="CAP") == 1
