"""A render is left out only where it would give the pages that are there already."""

from __future__ import annotations

import pytest

from csrbook.lock import create_lock
from csrbook.pipeline.study import find_study
from csrbook.pipeline.unchanged import published_before, remember, sources_digest
from csrbook.pipeline.versions import publish, staging

from .second_study import copy_second_study, write_received
from .studies import csrbook, own_modules

pytestmark = pytest.mark.xdist_group("kept_results")


@pytest.fixture
def rendered(tmp_path):
    """A study with a lock, a published version, and the note of the render that made it."""
    folder = copy_second_study(tmp_path / "study")
    transfer = write_received(folder / "data" / "blinded", codes=False)
    with own_modules():
        study = find_study(folder)
        lock = create_lock(transfer, study.plan, study.root, study.locks, dry_run=True)
        with staging(study.outputs / lock.id) as staged:
            (staged / "a.pdf").write_text("A")
            published = publish(staged, study.outputs / lock.id, {"lock": lock.hash})
        sources = sources_digest(study, [None, None, False], "embedded")
        remember(study, sources, lock.id, published)
        yield study, lock, published.folder


def still(study):
    return published_before(study, sources_digest(study, [None, None, False], "embedded"))


def test_nothing_changed(rendered):
    study, lock, version = rendered
    last = still(study)
    assert (last.lock, last.folder) == (lock.id, version)


def test_the_command_ends_without_a_stage(rendered):
    done = csrbook("render", "--engine", "embedded", cwd=rendered[0].root)
    assert done.returncode == 0
    assert f"Nothing changed: the pages are those of outputs/{rendered[1].id}/v001" in done.stderr
    assert "Analyses" not in done.stderr


def test_what_was_asked_for_is_part_of_it(rendered):
    study = rendered[0]
    for asked in ([rendered[1].id, None, False], [None, 50, False], [None, None, True]):
        assert published_before(study, sources_digest(study, asked, "embedded")) is None


@pytest.mark.parametrize(
    "name",
    [
        "sap/outputs.yaml",
        "sap/sap.qmd",
        "analyses/demography.py",
        "schemas/__init__.py",
        "report/csr-appendix.qmd",
        "report/_render/table.typ",
        "_quarto.yml",
        "locks/audit.jsonl",
    ],
)
def test_a_change_of_any_source_is_seen(rendered, name):
    study = rendered[0]
    with (study.root / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert still(study) is None


def test_a_file_of_the_freeze_or_of_a_lock_that_comes_up_is_seen(rendered):
    study = rendered[0]
    (study.locks / "L0123456789ab").mkdir()
    (study.locks / "L0123456789ab" / "manifest.json").write_text("{}")
    assert still(study) is None


@pytest.mark.parametrize("touched", ["page", "data", "newer", "note"])
def test_what_was_touched_is_not_taken_for_the_same(rendered, touched):
    study, lock, version = rendered
    if touched == "page":
        (version / "a.pdf").write_text("B")
    elif touched == "data":
        path = next((lock.path / "data").glob("*.parquet"))
        path.chmod(0o644)
        path.write_bytes(path.read_bytes() + b" ")
    elif touched == "newer":
        with staging(version.parent) as staged:
            (staged / "a.pdf").write_text("C")
            publish(staged, version.parent, {"lock": lock.hash})
    else:
        note = study.outputs / ".cache" / "render.json"
        note.write_text(note.read_text("utf-8").replace("v001", "v002"), "utf-8")
    assert still(study) is None


def test_the_note_may_be_missing_or_no_note_at_all(rendered):
    study = rendered[0]
    note = study.outputs / ".cache" / "render.json"
    for text in ("", "[]", '{"sources": 1}'):
        note.write_text(text)
        assert still(study) is None
    note.unlink()
    assert still(study) is None
