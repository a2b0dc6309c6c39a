"""Where lines may break: Unicode's rules for Latin, the rules of punctuation for Chinese."""

from __future__ import annotations

import pytest

from csrbook.render.direct_pdf.line_breaks import units


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dose not changed", ["Dose ", "not ", "changed"]),
        ("(n = 12), 95% CI: 1.5; see", ["(n ", "= ", "12), ", "95% ", "CI: ", "1.5; ", "see"]),
        ("Pyr / Part", ["Pyr / ", "Part"]),
        ("Age/sex", ["Age/", "sex"]),
        ("well-known", ["well-", "known"]),
        ("2021-05-03 and -5", ["2021-05-03 ", "and ", "-5"]),
        ("3/4 of 12:30, 1,234.5", ["3/4 ", "of ", "12:30, ", "1,234.5"]),
        ("10–20 a—b", ["10–", "20 ", "a", "—", "b"]),
        ("$ 5.00 costs $5", ["$ ", "5.00 ", "costs ", "$5"]),
        ("a\u00a0b c", ["a\u00a0b ", "c"]),
        ("“a quotation” follows", ["“a ", "quotation” ", "follows"]),
        ("( stays ) together !", ["( stays ) ", "together !"]),
        ("", [""]),
        ("two  blanks", ["two  ", "blanks"]),
    ],
)
def test_latin(text: str, expected: list[str]) -> None:
    assert units(text, "en") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("腹泻", ["腹", "泻"]),
        ("手足综合征，3级", ["手", "足", "综", "合", "征，", "3", "级"]),
        ("治疗。（门诊）、", ["治", "疗。", "（门", "诊）、"]),
        ("「说明」：《书》", ["「说", "明」：", "《书》"]),
        ("血钾3.1 mmol/L，复查", ["血", "钾", "3.1 ", "mmol/", "L，", "复", "查"]),
        ("ALT升高50%", ["ALT", "升", "高", "50%"]),
        ("第3次……", ["第", "3", "次……"]),
        ("ゲート", ["ゲー", "ト"]),
    ],
)
def test_chinese_punctuation_neither_begins_nor_ends_a_line_wrongly(text: str, expected: list[str]) -> None:
    assert units(text, "en") == expected
    assert units(text, "zh") == expected


def test_quotation_marks_are_brackets_in_chinese() -> None:
    assert units("他说“好”吗", "zh") == ["他", "说", "“好”", "吗"]
    assert units("他说“好”吗", "en") == ["他", "说“好”吗"]


def test_text_is_complete() -> None:
    text = "Grade 3/4 (腹泻), “x” – a\tb\u00ad\u200bc − 5 °C … ‘y’ ！z"
    assert "".join(units(text, "en")) == text
    assert "".join(units(text, "zh")) == text
