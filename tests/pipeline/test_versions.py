from __future__ import annotations

import pytest

from csrbook.errors import IntegrityError, UsageError
from csrbook.pipeline import versions
from csrbook.pipeline.files import read_json, write_json
from csrbook.pipeline.versions import latest_version, publish, staging, verify_version

MADE_FROM = {"lock": "sha256:1", "plan": "sha256:2", "code": "sha256:3"}


def published(folder, files, **made_from):
    with staging(folder) as staged:
        for name, text in files.items():
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).write_text(text)
        return publish(staged, folder, {**MADE_FROM, **made_from})


def test_the_first_version_is_v001_and_its_manifest_names_every_file(tmp_path):
    done = published(tmp_path, {"a.pdf": "A", "results/b.json": "B"})
    assert done.new
    assert done.folder == tmp_path / "v001"
    manifest = read_json(done.folder / "manifest.json")
    assert manifest["made_from"] == MADE_FROM
    # sha256 of the one byte "A", from coreutils' sha256sum.
    assert manifest["files"]["a.pdf"] == "sha256:559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd"
    assert list(manifest["files"]) == ["a.pdf", "results/b.json"]


def test_the_same_content_makes_no_new_version(tmp_path):
    published(tmp_path, {"a.pdf": "A"})
    again = published(tmp_path, {"a.pdf": "A"})
    assert not again.new
    assert [path.name for path in tmp_path.iterdir()] == ["v001"]


def test_a_change_makes_a_version_that_says_what_changed(tmp_path):
    published(tmp_path, {"a.pdf": "A", "b.pdf": "B"})
    done = published(tmp_path, {"a.pdf": "A2", "c.pdf": "C"}, plan="sha256:9")
    assert done.folder.name == "v002"
    assert done.changes == ("plan changed", "a.pdf changed", "b.pdf removed", "c.pdf added")
    assert (tmp_path / "v001" / "a.pdf").read_text() == "A"


def test_an_edited_version_is_refused_and_stays(tmp_path):
    folder = published(tmp_path, {"a.pdf": "A"}).folder
    (folder / "a.pdf").write_text("edited")
    with pytest.raises(IntegrityError, match=r"a\.pdf") as error:
        published(tmp_path, {"a.pdf": "A"})
    assert error.value.exit_code == 3
    assert (folder / "a.pdf").read_text() == "edited"
    assert latest_version(tmp_path) == folder


def test_an_added_file_is_found(tmp_path):
    folder = published(tmp_path, {"a.pdf": "A"}).folder
    write_json(folder / "more.json", [])
    with pytest.raises(IntegrityError, match=r"more\.json"):
        verify_version(folder)


def test_a_failed_render_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), staging(tmp_path / "L1") as staged:
        (staged / "a.pdf").write_text("half")
        raise RuntimeError
    assert list((tmp_path / "L1").iterdir()) == []


def test_a_version_published_meanwhile_is_kept_and_the_next_one_follows_it(tmp_path, monkeypatch):
    published(tmp_path, {"a.pdf": "theirs"})
    seen = [None]  # what this render saw before the other one published
    look = versions.latest_version
    monkeypatch.setattr(versions, "latest_version", lambda folder: seen.pop() if seen else look(folder))
    ours = published(tmp_path, {"a.pdf": "ours"})
    assert ours.folder.name == "v002"
    assert ours.changes == ("a.pdf changed",)
    assert read_json(ours.folder / "manifest.json")["version"] == "v002"
    assert (tmp_path / "v001" / "a.pdf").read_text() == "theirs"


def test_the_same_pages_published_meanwhile_are_found_to_be_the_same(tmp_path, monkeypatch):
    published(tmp_path, {"a.pdf": "A"})
    seen = [None]
    look = versions.latest_version
    monkeypatch.setattr(versions, "latest_version", lambda folder: seen.pop() if seen else look(folder))
    assert not published(tmp_path, {"a.pdf": "A"}).new
    assert [path.name for path in tmp_path.iterdir()] == ["v001"]


def test_what_stands_in_the_place_of_the_next_version_is_named_and_left(tmp_path):
    (tmp_path / "v001").mkdir()
    (tmp_path / "v001" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="v001"):
        published(tmp_path, {"a.pdf": "A"})
    assert [path.name for path in tmp_path.rglob("*")] == ["v001", "notes.txt"]


def test_versions_count_past_999(tmp_path):
    for name in ("v999", "v1000", "v02", "vx"):
        write_json(tmp_path / name / "manifest.json", {})
    assert latest_version(tmp_path) == tmp_path / "v1000"
