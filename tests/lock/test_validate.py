"""Validation of a transfer: read dataset by dataset, by one process or two, with the same findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from csrbook.data.parquet import read_parquet, write_parquet
from csrbook.errors import TransferError, UsageError
from csrbook.lock import load_schemas
from csrbook.lock import validate as module
from csrbook.lock.validate import TransferFrames, check_frames, validate
from tests.schemas.tiny_database import frames

ROOT = Path(__file__).parents[2]
SCHEMAS = load_schemas(ROOT)


@pytest.fixture
def damaged(transfer):
    """A transfer with a fault in one dataset, between two, and of a schema."""
    folder = transfer.parent / "parquet"
    for name, record, variable, value in (
        ("ADLB", 1, "CHG", -21.0),
        ("ADTTE", 0, "ADT", 22169.0),
        ("ADAE", 0, "AESER", "?"),
    ):
        path = folder / f"{name.lower()}.parquet"
        frame = read_parquet(path)
        frame.loc[record, variable] = value
        write_parquet(frame, path, SCHEMAS.datasets[name])
    return folder


def test_two_processes_find_what_one_does(damaged, plan, monkeypatch):
    alone = validate(damaged, plan, SCHEMAS)
    monkeypatch.setattr(module, "LARGE", 0)
    monkeypatch.setattr(module.os, "cpu_count", lambda: 2)
    together = validate(damaged, plan, SCHEMAS)
    assert together.findings == alone.findings
    assert together.records == alone.records == {name: len(frame) for name, frame in frames().items()}
    assert {"schema", "R24", "R32", "R52"} <= {finding.rule for finding in alone.findings}


def test_an_unreadable_file_in_the_other_process_is_named(damaged, plan, monkeypatch):
    monkeypatch.setattr(module, "LARGE", 0)
    monkeypatch.setattr(module.os, "cpu_count", lambda: 2)
    largest = max((p for p in damaged.iterdir() if p.name != "adsl.parquet"), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:-100] + b"x" * 100)
    with pytest.raises(TransferError, match="not readable"):
        validate(damaged, plan, SCHEMAS)


def test_findings_of_files_are_those_of_frames(damaged, plan):
    in_memory = {name: read_parquet(damaged / f"{name.lower()}.parquet") for name in plan.study.datasets}
    assert tuple(check_frames(in_memory, SCHEMAS, plan)) == validate(damaged, plan, SCHEMAS).findings


def test_findings_stand_in_the_order_of_rules_and_datasets(damaged, plan):
    rules = [finding.rule for finding in validate(damaged, plan, SCHEMAS).findings]
    assert rules == ["schema", *sorted(rules[1:])]


def test_the_order_of_columns_is_the_schemas(transfer, plan):
    assert tuple(TransferFrames({"ADSL": transfer / "adsl.xpt"}, SCHEMAS)["ADSL"]) == SCHEMAS.datasets["ADSL"].names


def test_a_rule_of_every_dataset_that_judges_none_apart_is_refused(tmp_path):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "__init__.py").write_text("SCHEMAS = {}\n")
    (tmp_path / "schemas" / "consistency.py").write_text(
        "class R:\n    id, reads, apart = 'Z1', {'*': ('USUBJID',)}, False\n    check = print\nRULES = (R,)\n"
    )
    with pytest.raises(UsageError, match="does not judge each apart: Z1"):
        load_schemas(tmp_path)
