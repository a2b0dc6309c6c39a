"""Waivers: a finding that the plan admits does not reject, and is told everywhere; a waiver of nothing is told too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from csrbook.data.parquet import read_parquet, write_parquet
from csrbook.errors import PlanError, ValidationError
from csrbook.lock import create_lock, load_schemas
from csrbook.lock.validate import check_frames, validate
from csrbook.lock.verdicts import console_summary, csv_rows, verdicts
from csrbook.plan import load_plan
from csrbook.plan.models import Waiver
from tests.plan.plans import STUDY, line_of, write_study
from tests.schemas.tiny_database import frames

ROOT = Path(__file__).parents[2]
SCHEMAS = load_schemas(ROOT)
WHO = {"reason": "Site 001 wrote the year only", "name": "D. Manager", "date": "2026-02-01"}


def with_waivers(plan, *waivers):
    chosen = tuple(Waiver(**(WHO | waiver)) for waiver in waivers)
    return plan.model_copy(update={"study": plan.study.model_copy(update={"waivers": chosen})})


@pytest.fixture
def late_end(transfer):
    """A transfer with an end before its start in ADMH (R45) and a treatment that starts too late (R06, R08)."""
    folder = transfer.parent / "parquet"
    for name, variable, value in (("ADMH", "AENDT", 14999.0), ("ADSL", "TRTDURD", 167.0)):
        path = folder / f"{name.lower()}.parquet"
        frame = read_parquet(path)
        frame.loc[0, variable] = value
        write_parquet(frame, path, SCHEMAS.datasets[name])
    return folder


def test_a_waived_finding_does_not_reject_and_an_unwaived_one_does(late_end, plan, tmp_path):
    both = with_waivers(plan, {"rule": "R45", "dataset": "ADMH"}, {"rule": "R08"})
    lock = create_lock(late_end, both, ROOT, tmp_path / "locks")
    validation = json.loads((lock.path / "manifest.json").read_text("utf-8"))["validation"]
    assert [(found["rule"], found["dataset"], found["waiver"]["reason"]) for found in validation["waived"]] == [
        ("R08", "ADSL", WHO["reason"]),
        ("R45", "ADMH", WHO["reason"]),
    ]
    assert validation["waived"][1]["waiver"] == {"rule": "R45", "dataset": "ADMH"} | WHO
    assert validation["unused_waivers"] == []
    assert "59 rules hold; 2 waived; 0 records to review" in lock.summary
    with pytest.raises(ValidationError, match="break 1 rule;") as caught:
        create_lock(late_end, with_waivers(plan, {"rule": "R45"}), ROOT, tmp_path / "others")
    assert "R08 ADSL" in caught.value.where
    assert "R45" not in caught.value.where


def test_a_waiver_is_printed_with_reason_name_and_date(late_end, plan):
    waived = with_waivers(plan, {"rule": "R45", "dataset": "ADMH"}, {"rule": "R08"})
    validation = validate(late_end, waived, SCHEMAS)
    assert not validation.rejected
    said = console_summary(validation, SCHEMAS)
    assert "R45 ADMH: Site 001 wrote the year only (D. Manager, 2026-02-01)" in said
    assert "The data may be locked" in said
    (row,) = [row for row in csv_rows(validation.findings) if row[0] == "R45"]
    assert row[:5] == ("R45", "waived", "ADMH", 1, 1)
    assert row[-3:] == (WHO["reason"], WHO["name"], WHO["date"])


def test_a_waiver_that_admits_nothing_is_reported(transfer, plan):
    idle = with_waivers(plan, {"rule": "R45", "dataset": "ADMH"})
    validation = validate(transfer, idle, SCHEMAS)
    assert [waiver.rule for waiver in validation.unused] == ["R45"]
    assert "WAIVERS THAT ADMIT NOTHING" in console_summary(validation, SCHEMAS)


def test_a_waiver_of_one_dataset_leaves_the_others(plan):
    database = frames()
    database["ADMH"].loc[0, "AENDT"] = 14999.0
    database["ADCM"].loc[0, "AENDT"] = 22199.0
    found = check_frames(database, SCHEMAS, with_waivers(plan, {"rule": "R45", "dataset": "ADMH"}))
    assert [(finding.dataset, finding.rejects) for finding in found] == [("ADCM", True), ("ADMH", False)]


def test_a_rule_that_could_not_run_can_be_waived_and_still_says_why(plan):
    database = frames()
    study = plan.study.model_copy(update={"data_rules": {"treatment_start_days": 7}})
    shorter = with_waivers(plan.model_copy(update={"study": study}), {"rule": "R57"})
    (finding,) = check_frames(database, SCHEMAS, shorter)
    assert not finding.rejects
    assert "could not run: the plan's data_rules state no dose_intensity_review" in str(finding)
    assert {item.verdict for item in verdicts(SCHEMAS, [finding])} == {"held", "waived", "checked after the run"}


@pytest.mark.parametrize("rule", ["R99", "R62"])
def test_a_waiver_of_a_rule_that_validation_does_not_check_is_refused(transfer, plan, rule):
    with pytest.raises(PlanError, match=f"a waiver of the unknown rule {rule}") as caught:
        validate(transfer, with_waivers(plan, {"rule": rule}), SCHEMAS)
    assert caught.value.exit_code == 2
    assert "R01 to R61" in caught.value.todo


WRITTEN = 'waivers:\n  - {rule: R07, dataset: ADVS, reason: Known, name: A. Name, date: "2026-02-01"}\n'


def test_the_plan_states_waivers(tmp_path):
    (waiver,) = load_plan(write_study(tmp_path, study=STUDY + WRITTEN)).study.waivers
    assert (waiver.rule, waiver.dataset, waiver.reason, waiver.name, waiver.date) == (
        "R07", "ADVS", "Known", "A. Name", "2026-02-01",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "wrong", "message"),
    [
        ("reason: Known", 'reason: " "', "a waiver of R07 without a reason"),
        ("name: A. Name", 'name: ""', "a waiver of R07 without a name"),
        ("2026-02-01", "2026-02-30", "a waiver of R07 with the date '2026-02-30'"),
        ("dataset: ADVS", "dataset: ADXX", "the unknown dataset 'ADXX'"),
        ("reason: Known, ", "", "no field 'reason'"),
        ("rule: R07", "rule: r07", '"r07"'),
    ],
)
def test_a_waiver_that_does_not_say_all_is_refused(tmp_path, written, wrong, message):
    text = STUDY + WRITTEN.replace(written, wrong)
    with pytest.raises(PlanError, match=r"waiver|field|dataset|r07") as caught:
        load_plan(write_study(tmp_path, study=text))
    assert message in caught.value.what
    assert f"sap/study.yaml:{line_of(text, '  - {rule')}" in caught.value.where


def test_the_same_waiver_twice_is_refused(tmp_path):
    twice = STUDY + WRITTEN + WRITTEN.removeprefix("waivers:\n")
    with pytest.raises(PlanError, match="twice"):
        load_plan(write_study(tmp_path, study=twice))
