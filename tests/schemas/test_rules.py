"""Each rule on a database in which it holds, and on that database with as little changed as breaks it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from csrbook.lock.study_schemas import load_schemas
from csrbook.lock.validate import check_frames
from csrbook.plan import load_plan
from schemas.consistency import RULES
from tests.schemas.tiny_database import frames

ROOT = Path(__file__).parents[2]
PLAN = load_plan(ROOT)
SCHEMAS = load_schemas(ROOT)

# Rule, dataset, position of the record, and what is changed in it. S1 is record 0 of ADSL, S2 1, S3 2, S4 3.
BREAKS = [
    ("R01", "ADSL", 1, {"USUBJID": "NCT04646759-001-0001"}),
    ("R02", "ADMH", 0, {"USUBJID": "NCT04646759-001-9999"}),
    ("R03", "ADVS", 0, {"STUDYID": "NCT00000000"}),
    ("R04", "ADLB", 1, {"ADT": 21995, "ASEQ": 1}),
    ("R04", "ADAE", 1, {"AESEQ": 1}),
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
    ("R14", "ADTTE", 0, {"TRT01P": "Capecitabine+Pyrotinib"}),
    ("R14", "ADAE", 0, {"TRT01A": ""}),
    ("R14", "ADSL", 0, {"TRT01A": ""}),
    ("R15", "ADSL", 0, {"STRATAR": "N/(NEO)ADJUVANT"}),
    ("R15", "ADSL", 0, {"STRAT1R": "YES"}),
    ("R15", "ADSL", 0, {"TRT01P": "Pyrotinib"}),
    ("R15", "ADSL", 0, {"TRT01AN": 2}),
    ("R16", "ADSL", 0, {"STRAT2V": "FIRST-LINE METASTATIC"}),
    ("R17", "ADSL", 0, {"ITTFL": "X"}),
    ("R17", "ADAE", 0, {"TRTEMFL": "N"}),
    ("R18", "ADSL", 0, {"STRAT1RN": 2}),
    ("R18", "ADRS", 0, {"AVAL": 3}),
    ("R19", "ADTTE", 0, {"PARAM": "Overall survival"}),
    ("R19", "ADTTE", 0, {"PARAMN": 3}),
    ("R20", "ADLB", 0, {"TRT01A": "Capecitabine+Pyrotinib"}),
    ("R20", "ADAE", 0, {"TRT01PN": 2}),
    ("R21", "ADTTE", 0, {"PARAMCD": "PFSPP"}),
    ("R21", "ADTTE", 9, {"USUBJID": "NCT04646759-001-0001"}),
    ("R21", "ADSL", 2, {"ITTFL": "N"}),
    ("R22", "ADTTE", 0, {"STARTDT": 22001}),
    ("R22", "ADTTE", 3, {"STARTDT": 22000}),
    ("R23", "ADTTE", 9, {"ADT": 22019}),
    ("R24", "ADTTE", 0, {"AVAL": 168 / 30.4375}),
    ("R25", "ADTTE", 2, {"CNSR": 7}),
    ("R25", "ADTTE", 2, {"CNSR": 0.5}),
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
    ("R44", "ADAE", 0, {"ATOXGR": "6"}),
    ("R44", "ADAE", 0, {"ATOXGRN": 0}),
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
    ("R52", "ADLB", 1, {"CHG": np.nan}),
    ("R52", "ADTR", 3, {"PCHG": np.nan}),
    ("R52", "ADLB", 1, {"BASE": 49, "CHG": -19}),
    ("R53", "ADLB", 0, {"ANRIND": "NORMAL"}),
    ("R54", "ADLB", 0, {"ATOXGRH": "0"}),
    ("R54", "ADLB", 1, {"ATOXGRL": "0"}),
    ("R55", "ADLB", 1, {"AVALU": "ukat/L"}),
    ("R56", "ADEX", 0, {"PARCAT1": "CAPECITABINE"}),
    ("R57", "ADEX", 2, {"AVAL": 91}),
    ("R57", "ADEX", 2, {"AVAL": 121}),
    ("R58", "ADQS", 1, {"ADT": 21995}),
    ("R58", "ADQS", 1, {"AVAL": 101, "CHG": 51}),
    ("R58", "ADQS", 1, {"AVAL": -1, "CHG": -51}),
    ("R59", "ADBM", 1, {"AVAL": 0.5}),
    ("R59", "ADBM", 0, {"AVAL": 101}),
    ("R60", "ADSL", 0, {"BMEVLFL": "N"}),
    ("R61", "ADBM", 0, {"VARIANT": "on fulvestrant"}),
]


def found(database):
    return check_frames(database, SCHEMAS, PLAN)


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


def test_there_are_sixty_two_rules_and_each_says_what_it_reads():
    assert [rule.id for rule in RULES] == [f"R{number:02}" for number in range(1, 63)]
    for rule in RULES:
        assert rule.sentence.endswith(".")
        assert rule.severity in ("reject", "review")
        assert rule.reads
        for dataset, variables in rule.reads.items():
            known = [*SCHEMAS.datasets[dataset].names, "(key)"] if dataset != "*" else [*variables]
            assert [name for name in variables if "*" not in name and name not in known] == []


def test_every_rule_of_data_has_a_bad_example():
    of_data = {rule.id for rule in RULES if rule.checked_at == "validation"}
    assert of_data == {rule for rule, *_ in BREAKS}
    assert {rule.id for rule in RULES} - of_data == {"R62"}


def test_the_first_keys_name_the_record():
    database = frames()
    database["ADLB"].loc[1, "CHG"] = -21
    (finding,) = found(database)
    assert (finding.rule, finding.dataset, finding.count, finding.records) == ("R52", "ADLB", 1, 2)
    assert finding.first == ("NCT04646759-001-0001 ALT 22056 2",)


def test_only_differences_that_are_looked_at_do_not_reject():
    assert {rule.id for rule in RULES if rule.severity == "review"} == {"R16"}


def test_a_rule_without_its_variable_rejects_and_says_why():
    database = frames()
    database["ADEX"] = database["ADEX"].drop(columns="PARCAT1")
    findings = {finding.rule: finding for finding in found(database)}
    assert {"R55", "R56", "R57"} <= set(findings)
    assert findings["R56"].severity == "reject"
    assert "could not run: ADEX.PARCAT1 is missing" in str(findings["R56"])


def test_a_rule_without_its_parameter_rejects_and_says_why():
    study = PLAN.study.model_copy(update={"data_rules": {}})
    findings = check_frames(frames(), SCHEMAS, PLAN.model_copy(update={"study": study}))
    assert [finding.rule for finding in findings] == ["R06", "R57"]
    assert findings[0].not_run == "the plan's data_rules state no treatment_start_days"


def test_a_rule_without_a_stratification_factor_rejects_and_says_why():
    database = frames()
    database["ADSL"] = database["ADSL"].drop(columns="STRAT1V")
    assert "R16 ADSL" in [str(finding)[:8] for finding in found(database) if finding.not_run == "STRAT1V is missing"]


def test_a_rule_whose_variable_is_of_another_type_rejects_and_says_why():
    database = frames()
    database["ADSL"]["RFICDT"] = "2020-01-01"
    findings = {finding.rule: finding for finding in found(database)}
    assert findings["schema"].sentence == "RFICDT is a number"
    assert findings["R05"].not_run == "ADSL.RFICDT is not a number"
    assert set(findings) == {"schema", "R05"}


def test_a_missing_dataset_stops_the_rules_that_read_it():
    database = frames()
    del database["ADBM"]
    findings = {finding.rule: finding for finding in found(database)}
    assert {rule for rule, finding in findings.items() if "R59" <= rule <= "R61"} == {"R59", "R60", "R61"}
    assert all(finding.rejects and "ADBM is missing" in finding.not_run for finding in findings.values())


def test_without_adsl_no_rule_is_taken_to_hold():
    database = frames()
    del database["ADSL"]
    findings = found(database)
    assert {"R02", "R05", "R20", "R44"} <= {finding.rule for finding in findings}
    assert all(finding.rejects and finding.not_run for finding in findings)


def test_a_check_that_fails_on_strange_data_rejects():
    def check(data):
        yield "ADSL", data["ADSL"].AGE.to_numpy() / np.array([1.0, 2.0])

    broken = replace(RULES[4], check=check)
    findings = check_frames(frames(), replace(SCHEMAS, rules=(broken,)), PLAN)
    assert [finding.rejects for finding in findings] == [True]
    assert "it fails on these data (ValueError" in findings[0].not_run


@pytest.mark.parametrize(
    ("identifier", "place", "named"),
    [("SAF", "sap/study.yaml: analysis_sets", "SAF"), ("ITT", "sap/outputs.yaml", "T14.2.1.1")],
)
def test_an_analysis_by_the_wrong_arm_is_found_in_the_plan(identifier, place, named):
    other = {"planned": "actual", "actual": "planned"}
    sets = tuple(
        item.model_copy(update={"treatment": other[item.treatment]}) if item.id == identifier else item
        for item in PLAN.study.analysis_sets
    )
    plan = PLAN.model_copy(update={"study": PLAN.study.model_copy(update={"analysis_sets": sets})})
    findings = check_frames(frames(), SCHEMAS, plan)
    assert {finding.rule for finding in findings} == {"R14"}
    (finding,) = [finding for finding in findings if finding.dataset == place]
    assert named in finding.first
    assert finding.rejects
