"""What validation says: of each rule, on the console, in the CSV file."""

from __future__ import annotations

from pathlib import Path

import pytest

from csrbook.data import csv_text
from csrbook.lock import load_schemas
from csrbook.lock.findings import Finding
from csrbook.lock.validate import TransferFrames, Validation
from csrbook.lock.verdicts import CSV_HEADER, console_summary, csv_rows, verdicts

SCHEMAS = load_schemas(Path(__file__).parents[2])
BROKEN = Finding(
    "R45", "reject", "ADCM", "Nothing ends before it starts.", 2010, 60976, ("A 1", "A 2", "B 1", "C", "D")
)
REVIEWED = Finding("R16", "review", "ADSL", "A stratum is the one verified.", 1, 300_000, ("A",))
NOT_RUN = Finding("R56", "reject", "ADEX", "Only the arm's drugs.", 0, 0, not_run="ADEX.PARCAT1 is missing")
OF_SCHEMA = Finding("schema", "reject", "ADSL", "AGE is at most 100", 1, 4, ("=1+1 (AGE='130')",))


def validation(*findings):
    return Validation(Path("transfers/first"), {}, TransferFrames({}, SCHEMAS), {"ADSL": 4}, findings, ())


def test_each_rule_has_one_verdict():
    said = verdicts(SCHEMAS, [BROKEN, REVIEWED, NOT_RUN, OF_SCHEMA])
    assert [item.id for item in said] == [rule.id for rule in SCHEMAS.rules]
    others = {item.id: (item.verdict, item.count, item.note) for item in said if item.verdict != "held"}
    assert others == {
        "R16": ("review", 1, ""),
        "R45": ("rejected", 2010, ""),
        "R56": ("could not run", 0, "ADEX.PARCAT1 is missing"),
        "R62": ("checked after the run", 0, ""),
    }


def test_the_console_tells_what_a_data_manager_must_do():
    said = console_summary(validation(OF_SCHEMA, REVIEWED, BROKEN, NOT_RUN), SCHEMAS)
    assert "1 dataset, 4 records in first/" in said
    assert "62 rules: 58 held, 1 review, 1 rejected, 1 could not run, 1 checked after the run" in said
    assert "schemas: 1 more finding" in said
    rejected, reviewed = said.split("TO REVIEW")
    assert "REJECTED: correct these at their source" in rejected
    assert "2,010     3.3%" in rejected
    assert "…" in rejected
    assert "could not run: ADEX.PARCAT1 is" in rejected
    assert "<0.1%" in reviewed
    assert said.endswith("REJECTED")
    assert max(map(len, said.splitlines())) <= 110


def test_data_without_a_rejecting_finding_may_be_locked():
    assert console_summary(validation(REVIEWED), SCHEMAS).endswith("The data may be locked")


def test_the_csv_has_a_line_a_finding_and_no_formula():
    lines = csv_text(CSV_HEADER, csv_rows([BROKEN, OF_SCHEMA])).splitlines()
    assert lines[0].startswith("rule,verdict,dataset,count,records,share,sentence,first_keys")
    assert lines[1].startswith("R45,reject,ADCM,2010,60976,0.03296")
    assert "A 1; A 2; B 1; C" in lines[1]
    assert "'=1+1" in lines[2]


@pytest.mark.parametrize(("finding", "share"), [(BROKEN, 2010 / 60976), (NOT_RUN, None)])
def test_the_share_is_that_of_the_records(finding, share):
    assert finding.share == share
