"""Filled templates that are kept for the verdict."""

from __future__ import annotations

import pytest

from csrbook.double_programming.contract import template_rows, write_template
from csrbook.double_programming.received import keep_file, received_files
from csrbook.errors import UsageError

from .small import LOCK, ard


@pytest.fixture
def filled(tmp_path):
    write_template(template_rows(ard(("T1.1", "n", 5)), LOCK), tmp_path / "T1.1")
    return tmp_path / "T1.1.csv"


def test_a_kept_file_says_who_filled_it_by_what_and_when(tmp_path, filled):
    kept = keep_file(tmp_path / "data", "L1", filled, "B. Second", "SAS 9.4", "2026-01-15")
    assert kept.read_bytes() == filled.read_bytes()
    (file,) = received_files(tmp_path / "data", "L1")
    assert (file.programmer, file.stack, file.date) == ("B. Second", "SAS 9.4", "2026-01-15")
    assert file.filled(LOCK).outputs == ("T1.1",)
    assert received_files(tmp_path / "data", "L2") == ()


def test_a_kept_file_is_not_overwritten(tmp_path, filled):
    kept = keep_file(tmp_path / "data", "L1", filled, "B. Second", "SAS 9.4", "2026-01-15")
    before = kept.read_bytes()
    filled.write_text("other", "utf-8")
    with pytest.raises(UsageError, match="not overwritten"):
        keep_file(tmp_path / "data", "L1", filled, "C. Third", "SAS 9.4", "2026-01-16")
    assert kept.read_bytes() == before


def test_a_file_that_was_put_there_by_hand_is_refused(tmp_path, filled):
    folder = tmp_path / "data" / "double-programming" / "L1"
    folder.mkdir(parents=True)
    (folder / "T1.1.csv").write_bytes(filled.read_bytes())
    with pytest.raises(UsageError, match="does not say who"):
        received_files(tmp_path / "data", "L1")
