"""PO files: read with checks, brought up to date without loss, the same bytes each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from csrbook.errors import UsageError
from csrbook.languages import read_catalogue, update_catalogue

if TYPE_CHECKING:
    from pathlib import Path

MISSING = {'Median ({1}% CI)\n"quoted" \\ 100%d': {"T1 label": None, "T2 label": None}, "Yes": {"T1 cell": None}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "translations" / "zh.po"


def fill(file: Path, key: str, translation: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert f'msgid "{key}"\nmsgstr ""' in text
    file.write_text(text.replace(f'msgid "{key}"\nmsgstr ""', f'msgid "{key}"\nmsgstr "{translation}"'), "utf-8")


def test_a_new_file_holds_what_is_missing_with_its_places_and_no_date(file: Path) -> None:
    assert update_catalogue(file, MISSING, ()) == (2, 0)
    text = file.read_text(encoding="utf-8")
    assert "#. T1 label\n#. T2 label\n" in text
    assert '"Language: zh\\n"' in text
    assert "Date" not in text
    assert "python-format" not in text
    assert read_catalogue(file) == {}


def test_bringing_up_to_date_twice_changes_nothing(file: Path) -> None:
    update_catalogue(file, MISSING, ())
    before = file.read_bytes()
    update_catalogue(file, MISSING, ())
    assert file.read_bytes() == before


def test_what_is_used_stays_and_what_is_not_becomes_obsolete_and_comes_back(file: Path) -> None:
    update_catalogue(file, MISSING, ())
    fill(file, "Yes", "是")
    assert update_catalogue(file, {"No": ["T3"]}, ["Yes"]) == (1, 0)
    assert update_catalogue(file, {"No": ["T3"]}, []) == (1, 1)
    assert '#~ msgid "Yes"\n#~ msgstr "是"' in file.read_text(encoding="utf-8")
    assert read_catalogue(file) == {"Yes": "是"}
    before = file.read_bytes()
    update_catalogue(file, {"No": ["T3"]}, [])
    assert file.read_bytes() == before
    assert update_catalogue(file, {"No": ["T3"]}, ["Yes"]) == (1, 0)
    assert '\nmsgid "Yes"\nmsgstr "是"' in file.read_text(encoding="utf-8")


def test_a_wrong_translation_is_refused_with_file_and_entry(file: Path) -> None:
    update_catalogue(file, {"Week {1}": ["T1"]}, ())
    fill(file, "Week {1}", "第4周")
    with pytest.raises(UsageError) as caught:
        read_catalogue(file)
    assert "placeholder missing: {1}" in caught.value.what
    assert caught.value.where == f"{file}: Week {{1}}"


def test_a_fuzzy_entry_is_no_translation(file: Path) -> None:
    file.parent.mkdir()
    file.write_text('#, fuzzy\nmsgid "Yes"\nmsgstr "也许"\n\nmsgid "No"\nmsgstr "否"\n', encoding="utf-8")
    assert read_catalogue(file) == {"No": "否"}


def test_a_file_that_is_no_po_file_is_refused(file: Path) -> None:
    file.parent.mkdir()
    file.write_text('msgid "Yes"\nmsgstr\nwhat?\n', encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be read"):
        read_catalogue(file)
