"""Looking strings up: whole, by lines, by sentences, by clauses; what is missing is known afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from csrbook.errors import UsageError
from csrbook.languages import Translations, load_translations
from csrbook.languages.sentences import clauses, sentences

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES = {
    "Week {1}": "第{1}周",
    "Median ({1}% CI)": "中位数 ({1}% CI)",
    "Abbreviations": "缩写",
    "CI, confidence interval": "CI，置信区间",
    "NE, not estimable": "NE，不可估计",
    "Yes": "是",
    "No": "否",
    "Total": "合计",
    "Patients of the set": "该集的受试者",
    "Race": "种族",
    "plasma": "血浆",
    "mutation": "突变",
}


@pytest.fixture
def chinese() -> Translations:
    return Translations("zh", ENTRIES)


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("Week 4", "第4周"),
        ("Median (95% CI)", "中位数 (95% CI)"),
        ("12 (34.5)", "12 (34.5)"),
        ("", ""),
        ("Yes\n  No", "是\n  否"),
        ("Total\n(N=326)", "合计\n(N=326)"),
        ("Abbreviations: CI, confidence interval; NE, not estimable.", "缩写：CI，置信区间；NE，不可估计。"),
        ("Week 4. Patients of the set.", "第4周。该集的受试者。"),
        ("Yes / No", "是 / 否"),
        ("Race, n (%)", "种族, n (%)"),
        ("Yes, No", "是，否"),
        ("mutation (plasma)", "突变 (血浆)"),
        ("15 January 2026", "2026年1月15日"),
    ],
)
def test_a_string_is_put_together_from_what_is_known(chinese: Translations, english: str, expected: str) -> None:
    assert chinese.text(english, "T1") == expected
    assert not chinese.missing


def test_what_has_no_translation_stays_english_and_is_noted_once_with_all_places(chinese: Translations) -> None:
    assert chinese.text("Week 4: not known here; Yes.", "T1 label") == "第4周: not known here; 是."
    assert chinese.text("not known here", "T2 cell") == "not known here"
    assert {key: list(places) for key, places in chinese.missing.items()} == {
        "not known here": ["T1 label", "T2 cell"],
    }
    assert chinese.used == {"Week {1}", "Yes"}


def test_numbers_are_not_part_of_what_is_missing(chinese: Translations) -> None:
    chinese.text("Cycle 3", "T1")
    chinese.text("Cycle 12", "T2")
    assert list(chinese.missing) == ["Cycle {1}"]


def test_the_lines_of_a_header_are_one_text(chinese: Translations) -> None:
    assert chinese.heading("Total\n(N=326)", "T1 header") == "合计\n(N=326)"
    assert chinese.heading("Patients\nwith event", "T1 header") == "Patients\nwith event"
    assert list(chinese.missing) == ["Patients\nwith event"]


def test_a_paragraph_is_missing_as_a_whole(chinese: Translations) -> None:
    paragraph = "Patients of the set. Others are not counted."
    assert chinese.paragraph(paragraph, "doc.qmd") == paragraph
    assert list(chinese.missing) == [paragraph]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("One (a; b. c): two. three", ["One (a; b. c)", "two", "three"]),
        ("Ratio vs. control. Next", ["Ratio vs. control", "Next"]),
        ("Amit et al. 2011", ["Amit et al. 2011"]),
        ("SIMULATED DATA · DRAFT", ["SIMULATED DATA", "DRAFT"]),
        ("Title\u00a0†", ["Title"]),
        ("at 12:30 or 1.30", ["at 12:30 or 1.30"]),
    ],
)
def test_sentences_end_outside_of_parentheses(text: str, cut: list[str]) -> None:
    assert [piece.text for piece in sentences(text)] == cut
    assert "".join(piece.text + piece.stop for piece in sentences(text)) == text


def test_clauses_keep_parentheses_together() -> None:
    assert [piece.text for piece in clauses("a (b, c), d / e")] == ["a (b, c)", "d", "e"]
    assert [piece.text for piece in clauses("a b (c d)")] == ["a b", "c d"]


def test_the_studys_translations_come_before_the_engines(tmp_path: Path) -> None:
    engine = load_translations("zh", tmp_path)
    assert engine.text("Contents", "words") == "目录"
    (tmp_path / "translations").mkdir()
    (tmp_path / "translations" / "zh.po").write_text('msgid "Contents"\nmsgstr "内容"\n', encoding="utf-8")
    assert load_translations("zh", tmp_path).text("Contents", "words") == "内容"


def test_a_language_without_translations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_translations("fr", tmp_path)
    assert "no translations into 'fr'" in caught.value.what
    assert caught.value.where == str(tmp_path / "translations" / "fr.po")
