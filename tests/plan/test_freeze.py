"""The plan's parts, the programs' sources, and the chain of freezes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from csrbook.errors import IntegrityError, ProgramError
from csrbook.plan import load_plan
from csrbook.plan.freeze import Change, Record, changes, last_freeze, present, read_records, records_text
from csrbook.plan.parts import plan_parts
from csrbook.plan.program_sources import program_sources
from tests.plan.plans import STUDY, write_study

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = "from analyses.tools.helper import thing\nfrom . import neighbour\n\ndef analyse(plan):\n    return {reads}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_programs(write_study(tmp_path))


def write_programs(root: Path, reads: str = "plan.study.strata") -> Path:
    folder = root / "analyses"
    (folder / "tools").mkdir()
    for path in (folder / "__init__.py", folder / "tools" / "__init__.py", folder / "unrelated.py"):
        path.write_text("", "utf-8")
    (folder / "demography.py").write_text(PROGRAM.format(reads=reads), "utf-8")
    (folder / "neighbour.py").write_text("NAME = 'x'\n", "utf-8")
    (folder / "tools" / "helper.py").write_text("from csrbook.displays.format import NE\n\nthing = NE\n", "utf-8")
    return root


def frozen(root: Path) -> Record:
    plan = load_plan(root)
    parts, programs = present(plan, root)
    return Record("freeze", "R. Fisher", "rf", "2026-01-01T00:00:00Z", "", plan.hash, parts=parts, programs=programs)


def edit(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def changed(root: Path, record: Record) -> list[Change]:
    return changes(load_plan(root), root, record)


def test_each_row_of_the_plan_is_a_part(root):
    parts = plan_parts(load_plan(root), root)
    named = {"study.arms", "analysis set FAS", "endpoint SBP", "estimand E1", "section 14.2.1", "output T14.2.1.1"}
    assert named <= set(parts)
    # A field that the files do not state is no part, so that a later csrbook with more fields finds the same.
    assert "study.blinding" not in parts


def test_an_unchanged_plan_has_no_changes(root):
    record = frozen(root)
    (root / "sap" / "study.yaml").write_text("# a comment\n" + STUDY, "utf-8")
    assert changed(root, record) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "part", "outputs"),
    [
        ("outputs", "method: Descriptive statistics", "method: Counts", "output T14.1.1.1", ("T14.1.1.1",)),
        ("outputs", "title: Efficacy Data", "title: Efficacy", "section 14.2.1", ()),
        ("study", "definition: All randomised", "definition: Randomised", "analysis set FAS", ("T14.1.1.1",)),
        ("study", "short: Low", "short: L", "study.arms", ("T14.1.1.1",)),
        ("study", "sponsor: A Sponsor", "sponsor: Another", "study.sponsor", ()),
        ("study", "scan_window_days: 14", "scan_window_days: 15", "study.scan_window_days", ()),
        ("endpoints", "at week 12", "at week 16", "endpoint SBP", ()),
    ],
)
def test_a_change_names_its_part_and_the_programmed_outputs_that_rest_on_it(root, name, old, new, part, outputs):
    record = frozen(root)
    edit(root, f"sap/{name}.yaml", old, new)
    assert changed(root, record) == [Change(part, "changed", outputs)]


def test_an_endpoint_is_reached_through_the_parameter_and_through_its_estimand(root):
    edit(root, "sap/outputs.yaml", "method: ANCOVA\n", "method: ANCOVA\n    program: analyses/demography.py\n")
    record = frozen(root)
    edit(root, "sap/endpoints.yaml", "at week 12", "at week 16")
    edit(root, "sap/endpoints.yaml", "summary: Difference of means", "summary: Difference of medians")
    assert changed(root, record) == [
        Change("endpoint SBP", "changed", ("T14.2.1.1",)),
        Change("estimand E1", "changed", ("T14.2.1.1",)),
    ]


def test_a_field_of_the_study_is_reached_where_the_program_names_it(root):
    edit(root, "analyses/demography.py", "plan.study.strata", "plan.study.treatment_emergent_days")
    record = frozen(root)
    edit(root, "sap/study.yaml", "treatment_emergent_days: 30", "treatment_emergent_days: 31")
    assert changed(root, record) == [Change("study.treatment_emergent_days", "changed", ("T14.1.1.1",))]


def test_a_new_row_and_a_program_for_an_old_one(root):
    record = frozen(root)
    text = (root / "sap" / "outputs.yaml").read_text("utf-8")
    row = "  - {id: T14.2.1.2, title: Rate, population: [FAS], datasets: [ADVS], method: Counts, reader_checks: Sum}\n"
    added = text.replace("method: ANCOVA\n", "method: ANCOVA\n    program: analyses/neighbour.py\n") + row
    (root / "sap" / "outputs.yaml").write_text(added, "utf-8")
    assert changed(root, record) == [
        Change("output T14.2.1.2", "new", ()),
        Change("program of T14.2.1.1", "new", ("T14.2.1.1",)),
    ]


def test_the_prose_is_a_part(root):
    (root / "sap" / "sap.qmd").write_text("# Objectives\n", "utf-8")
    record = frozen(root)
    (root / "sap" / "sap.qmd").write_bytes(b"# Objectives\r\n")
    assert changed(root, record) == []
    (root / "sap" / "sap.qmd").unlink()
    assert changed(root, record) == [Change("sap/sap.qmd", "removed", ())]


def test_a_program_is_its_module_and_what_that_imports_of_analyses(root):
    source = program_sources(load_plan(root), root)["T14.1.1.1"]
    assert source.files == (
        "analyses/__init__.py",
        "analyses/demography.py",
        "analyses/neighbour.py",
        "analyses/tools/__init__.py",
        "analyses/tools/helper.py",
    )
    assert "strata" in source.names


@pytest.mark.parametrize(
    ("name", "touched"),
    [("demography", True), ("neighbour", True), ("tools/helper", True), ("unrelated", False)],
)
def test_a_changed_source_changes_the_programs_that_reach_it(root, name, touched):
    record = frozen(root)
    path = root / "analyses" / f"{name}.py"
    path.write_bytes(path.read_bytes() + b"\nMORE = 1\n")
    expected = [Change("program of T14.1.1.1", "changed", ("T14.1.1.1",))] if touched else []
    assert changed(root, record) == expected


def test_the_names_that_a_builder_of_the_engine_reads_count_too(root):
    """``csrbook.displays.program`` reads ``study.analysis_set``, which the program itself does not name."""
    assert "analysis_set" not in program_sources(load_plan(root), root)["T14.1.1.1"].names
    edit(root, "analyses/neighbour.py", "NAME = 'x'", "from csrbook.displays.program import analysis_subjects")
    assert "analysis_set" in program_sources(load_plan(root), root)["T14.1.1.1"].names


def test_a_program_that_is_no_python_is_named(root):
    (root / "analyses" / "neighbour.py").write_text("def\n", "utf-8")
    with pytest.raises(ProgramError, match="no Python") as caught:
        program_sources(load_plan(root), root)
    assert caught.value.where == "analyses/neighbour.py"


def chain(root: Path) -> list[Record]:
    first = frozen(root).chained(None)
    second = replace(frozen(root), reason="another").chained(first)
    third = Record("unblinding", "R. Fisher", "rf", "2026-02-01T00:00:00Z", "", "sha256:1").chained(second)
    return [first, second, third]


def test_a_chain_is_read_as_it_was_written(root):
    records = chain(root)
    (root / "sap" / "frozen.json").write_text(records_text(records), "utf-8")
    assert list(read_records(root)) == records
    assert [record.number for record in records] == [1, 2, 3]
    assert last_freeze(records) == records[1]


def test_without_a_file_nothing_is_frozen(root):
    assert read_records(root) == ()
    assert last_freeze(()) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda records: records.pop(0),
        lambda records: records.pop(1),
        lambda records: records.reverse(),
        lambda records: records[1].update(reason="none"),
        lambda records: records[0]["parts"].update({"study.arms": "sha256:0"}),
        lambda records: records[2].update(number=True),
        lambda records: records[0].update(parts={"x": float("nan")}),
        lambda records: records[0].update(more=1),
        lambda records: records[0].pop("reason"),
        lambda records: records.append("text"),
    ],
)
def test_a_chain_that_was_edited_is_refused(root, damage):
    content = json.loads(records_text(chain(root)))
    damage(content["records"])
    (root / "sap" / "frozen.json").write_text(json.dumps(content), "utf-8")
    with pytest.raises(IntegrityError) as caught:
        read_records(root)
    assert caught.value.exit_code == 3
    assert "sap/frozen.json" in caught.value.where


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "other", "records": []}', "[" * 100_000])
def test_a_file_that_is_no_chain_is_refused(root, text):
    (root / "sap" / "frozen.json").write_text(text, "utf-8")
    with pytest.raises(IntegrityError, match="frozen plan"):
        read_records(root)


def test_a_link_is_refused(root, tmp_path):
    (tmp_path / "elsewhere.json").write_text(records_text(chain(root)), "utf-8")
    (root / "sap" / "frozen.json").symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(IntegrityError, match="no regular file"):
        read_records(root)
