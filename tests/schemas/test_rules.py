"""Each rule on a database in which it holds, and on that database with as little changed as breaks it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from csrbook.lock.rules import run_rules
from csrbook.lock.study_schemas import load_schemas
from csrbook.plan import load_plan
from schemas.consistency import RULES
from tests.schemas.tiny_database import frames

ROOT = Path(__file__).parents[2]
PLAN = load_plan(ROOT)
SCHEMAS = load_schemas(ROOT)

# Rule, dataset, position of the record, and what is changed in it. S1 is record 0 of ADSL, S2 1, S3 2, S4 3.
BREAKS = [
    ("R02", "ADMH", 0, {"USUBJID": "NCT04646759-001-9999"}),
    ("R03", "ADVS", 0, {"STUDYID": "NCT00000000"}),
    ("R05", "ADSL", 0, {"RFICDT": 22001}),
    ("R06", "ADSL", 0, {"TRTSDT": 22008}),
    ("R06", "ADSL", 0, {"TRTSDT": 21999}),
    ("R07", "ADSL", 0, {"TRTEDT": 22000}),
    ("R07", "ADSL", 0, {"TRTEDT": np.nan}),
    ("R08", "ADSL", 0, {"TRTDURD": 167}),
    ("R09", "ADLB", 1, {"ADT": 22401}),
    ("R09", "ADSL", 3, {"DCUTDT": 22500}),
    ("R10", "ADSL", 2, {"RANDDT": np.nan}),
    ("R10", "ADSL", 3, {"ITTFL": "Y"}),
    ("R11", "ADSL", 0, {"SAFFL": "N"}),
    ("R12", "ADSL", 2, {"SAFFL": "Y"}),
    ("R12", "ADSL", 2, {"TRT01A": "Fulvestrant+Pyrotinib"}),
    ("R13", "ADSL", 2, {"PPEXRS": ""}),
    ("R13", "ADSL", 0, {"PPEXRS": "Not treated"}),
    ("R15", "ADSL", 0, {"STRATAR": "N/(NEO)ADJUVANT"}),
    ("R15", "ADSL", 0, {"STRAT1R": "YES"}),
    ("R15", "ADSL", 0, {"TRT01P": "Pyrotinib"}),
    ("R15", "ADSL", 0, {"TRT01AN": 2}),
    ("R16", "ADSL", 0, {"STRAT2V": "FIRST-LINE METASTATIC"}),
    ("R18", "ADSL", 0, {"STRAT1RN": 2}),
    ("R18", "ADRS", 0, {"AVAL": 3}),
    ("R19", "ADTTE", 0, {"PARAM": "Overall survival"}),
    ("R19", "ADTTE", 0, {"PARAMN": 3}),
    ("R20", "ADLB", 0, {"TRT01A": "Capecitabine+Pyrotinib"}),
    ("R20", "ADAE", 0, {"TRT01PN": 2}),
    ("R21", "ADTTE", 0, {"PARAMCD": "PFSPP"}),
    ("R21", "ADTTE", 9, {"USUBJID": "NCT04646759-001-0001"}),
    ("R22", "ADTTE", 0, {"STARTDT": 22001}),
    ("R22", "ADTTE", 3, {"STARTDT": 22000}),
    ("R23", "ADTTE", 9, {"ADT": 22019}),
    ("R24", "ADTTE", 0, {"AVAL": 168 / 30.4375}),
    ("R26", "ADTTE", 0, {"EVNTDESC": "NEW ANTICANCER THERAPY"}),
    ("R26", "ADTTE", 0, {"CNSDTDSC": "LAST ADEQUATE ASSESSMENT"}),
    ("R26", "ADTTE", 2, {"CNSDTDSC": ""}),
    ("R26", "ADTTE", 7, {"EVNTDESC": "PD"}),
    ("R27", "ADTTE", 0, {"SRCSEQ": 4}),
    ("R27", "ADTTE", 0, {"SRCVAR": "XDT"}),
    ("R27", "ADTTE", 2, {"SRCVAR": "DCUTDT"}),
    ("R28", "ADTTE", 4, {"ADT": 22151}),
    ("R29", "ADTTE", 6, {"CNSR": 1}),
    ("R29", "ADSL", 1, {"DTHFL": ""}),
    ("R29", "ADTTE", 6, {"ADT": 22149}),
    ("R30", "ADTTE", 2, {"ADT": 22299}),
    ("R31", "ADRS", 10, {"AVALC": "PD", "AVAL": 5}),
    ("R32", "ADTTE", 0, {"ADT": 22169}),
    ("R32", "ADRS", 9, {"ADT": 22112}),
    ("R32", "ADRS", 9, {"AVALC": "N"}),
    ("R33", "ADSL", 0, {"NACTDT": 22150}),
    ("R33", "ADTTE", 8, {"CNSR": 0}),
    ("R34", "ADTTE", 0, {"INTLDT": 22168}),
    ("R34", "ADTTE", 0, {"INTRDT": 22170}),
    ("R34", "ADTTE", 4, {"INTLDT": 22100}),
    ("R34", "ADTTE", 7, {"INTRDT": 22060}),
    ("R35", "ADTTE", 7, {"CNSR": 1}),
    ("R35", "ADTTE", 7, {"AVAL": 1.0}),
    ("R36", "ADRS", 8, {"AVALC": "SD", "AVAL": 3}),
    ("R36", "ADRS", 13, {"AVALC": "CR", "AVAL": 1}),
    ("R37", "ADRS", 7, {"AVALC": "CR", "AVAL": 1}),
    ("R37", "ADRS", 10, {"ADT": 22058}),
    ("R38", "ADTR", 7, {"AVAL": 26}),
    ("R38", "ADTR", 5, {"AVAL": 29}),
    ("R38", "ADTR", 6, {"AVAL": 9, "LNODEFL": "Y"}),
    ("R39", "ADTR", 7, {"AVAL": 31}),
    ("R39", "ADTR", 3, {"PCHG": -29.9}),
    ("R40", "ADRS", 4, {"AVALC": "SD", "AVAL": 3}),
    ("R41", "ADSL", 0, {"NACTDT": 22168}),
    ("R41", "ADRS", 0, {"AVALC": "PD", "AVAL": 5}),
    ("R42", "ADSL", 0, {"LSTALVDT": 22100}),
    ("R43", "ADRS", 10, {"ADT": 22151}),
    ("R43", "ADAE", 4, {"AENDT": 22151}),
    ("R44", "ADAE", 4, {"ATOXGR": "4"}),
    ("R44", "ADAE", 0, {"AEOUT": "FATAL", "ATOXGR": "5", "AESDTH": "Y"}),
    ("R45", "ADMH", 0, {"AENDT": 14999}),
    ("R46", "ADAE", 0, {"TRTEMFL": ""}),
    ("R46", "ADAE", 3, {"ASTDT": 22129}),
    ("R47", "ADAE", 0, {"ASTDTF": "D"}),
    ("R47", "ADAE", 4, {"ASTDTF": ""}),
    ("R47", "ADAE", 0, {"ASTDT": 22011}),
    ("R47", "ADAE", 0, {"AESTDTC": "2020-03", "ASTDTF": "D", "ASTDT": 22000}),
    ("R48", "ADAE", 1, {"AOCCPFL": "Y"}),
    ("R48", "ADAE", 0, {"AOCCFL": ""}),
    ("R48", "ADAE", 2, {"AOCCFL": "Y"}),
    ("R48", "ADAE", 1, {"ATOXGRN": 3}),
    ("R49", "ADSL", 1, {"EOT2STT": "COMPLETED"}),
    ("R50", "ADAE", 0, {"CQ02NAM": "HAND-FOOT SYNDROME", "AREL2": "RELATED"}),
    ("R51", "ADLB", 1, {"ABLFL": "Y"}),
    ("R51", "ADVS", 0, {"ADT": 22002}),
    ("R52", "ADLB", 1, {"CHG": -21}),
    ("R52", "ADTR", 3, {"PCHG": -41}),
    ("R53", "ADLB", 0, {"ANRIND": "NORMAL"}),
    ("R54", "ADLB", 0, {"ATOXGRH": "0"}),
    ("R54", "ADLB", 1, {"ATOXGRL": "0"}),
    ("R55", "ADLB", 1, {"AVALU": "ukat/L"}),
    ("R56", "ADEX", 0, {"PARCAT1": "CAPECITABINE"}),
    ("R57", "ADEX", 2, {"AVAL": 91}),
    ("R57a", "ADEX", 2, {"AVAL": 121}),
    ("R58", "ADQS", 1, {"ADT": 21995}),
    ("R59", "ADBM", 1, {"AVAL": 0.5}),
    ("R59", "ADBM", 0, {"AVAL": 101}),
    ("R60", "ADSL", 0, {"BMEVLFL": "N"}),
    ("R61", "ADBM", 0, {"VARIANT": "on fulvestrant"}),
]


def found(database):
    return [finding for finding in run_rules(database, SCHEMAS, PLAN) if finding.count or not finding.records]


def test_no_rule_complains_of_good_data():
    assert found(frames()) == []


@pytest.mark.parametrize(("rule", "dataset", "record", "change"), BREAKS)
def test_the_rule_finds_the_fault(rule, dataset, record, change):
    database = frames()
    for variable, value in change.items():
        database[dataset].loc[record, variable] = value
    hits = [finding for finding in found(database) if finding.rule == rule]
    assert hits
    assert all(hit.count >= 1 and hit.first for hit in hits)


def test_every_rule_has_a_bad_example():
    assert {rule.id for rule in RULES} == {rule for rule, *_ in BREAKS}


def test_the_first_keys_name_the_record():
    database = frames()
    database["ADLB"].loc[1, "CHG"] = -21
    (finding,) = found(database)
    assert (finding.rule, finding.dataset, finding.count, finding.records) == ("R52", "ADLB", 1, 2)
    assert finding.first == ("NCT04646759-001-0001 ALT 22056 2",)


def test_only_differences_that_are_looked_at_do_not_reject():
    assert {rule.id for rule in RULES if rule.severity == "review"} == {"R16", "R57a"}


def test_a_rule_without_its_variable_rejects_and_says_why():
    database = frames()
    database["ADEX"] = database["ADEX"].drop(columns="PARCAT1")
    findings = {finding.rule: finding for finding in found(database)}
    assert {"R55", "R56", "R57"} <= set(findings)
    assert findings["R56"].severity == "reject"
    assert "could not run: ADEX.PARCAT1 is missing" in findings["R56"].sentence


def test_a_rule_without_its_parameter_rejects_and_says_why():
    study = PLAN.study.model_copy(update={"data_rules": {}})
    findings = run_rules(frames(), SCHEMAS, PLAN.model_copy(update={"study": study}))
    assert {finding.rule for finding in findings} == {"R06", "R57a"}
    assert "the plan's data_rules state no treatment_start_days" in findings[0].sentence


def test_a_rule_without_a_stratification_factor_rejects_and_says_why():
    database = frames()
    database["ADSL"] = database["ADSL"].drop(columns="STRAT1V")
    assert "R16 ADSL" in [str(finding)[:8] for finding in found(database) if "STRAT1V is missing" in finding.sentence]
