"""RTF files against the display JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from csrbook.render.single.pictures import Picture
from csrbook.render.single.rtf import rtf
from tests.render import samples
from tests.render.conftest import TIMESTAMP
from tests.render.single import displays
from tests.render.single.displays import HOSTILE, body_texts, header_texts, seen, sheet_of, trimmed
from tests.render.single.readers import RtfPart, read_rtf

if TYPE_CHECKING:
    from pathlib import Path

CONTINUED = " (continued)"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (400).to_bytes(4, "big") + (200).to_bytes(4, "big") + b"}{\\par"


def written(display: dict[str, Any], folder: Path, pictures: int = 0, **words: str) -> str:
    return "".join(rtf(sheet_of(display, folder, **words), [Picture(PNG)] * pictures, TIMESTAMP))


def body_rows(part: RtfPart) -> list[list[str]]:
    """Rows of the text, without headers and without labels that come again."""
    return [trimmed(row.cells) for row in part.rows if not row.header and not row.cells[0].endswith(CONTINUED)]


@pytest.mark.parametrize("make", displays.ALL)
def test_all_rows_stand_there_in_order(make: Any, tmp_path: Path) -> None:
    display = make()
    assert body_rows(read_rtf(written(display, tmp_path))["body"]) == body_texts(display)


def test_a_listing_has_all_its_rows_on_pages_with_headers(tmp_path: Path) -> None:
    display = samples.content("L16.2.7.1", samples.listing(60))
    body = read_rtf(written(display, tmp_path))["body"]
    assert body_rows(body) == body_texts(display)
    pages = body.paragraphs.count("\f") + 1
    headers = [row.cells for row in body.rows if row.header]
    assert pages > 3
    assert headers == [header_texts(display)] * pages


@pytest.mark.parametrize("make", displays.ALL)
def test_each_page_begins_with_rows_marked_as_header(make: Any, tmp_path: Path) -> None:
    display = make()
    body = read_rtf(written(display, tmp_path))["body"]
    pages = body.paragraphs.count("\f") + 1
    shown = [text for row in body.rows if row.header for text in row.cells if text]
    assert shown == header_texts(display) * pages


def test_a_label_whose_rows_run_on_comes_again(tmp_path: Path) -> None:
    body = read_rtf(written(displays.pages_long(), tmp_path))["body"]
    pages = body.paragraphs.count("\f") + 1
    again = [row.cells for row in body.rows if row.cells[0].endswith(CONTINUED)]
    assert pages > 3
    assert again == [["Class one" + CONTINUED, ""]] * (pages - 1)


@pytest.mark.parametrize("make", displays.ALL)
def test_titles_footnotes_and_page_numbers_are_on_every_page(make: Any, tmp_path: Path) -> None:
    display = make()
    text = written(display, tmp_path)
    parts = read_rtf(text)
    title = f"{display['number']}\n{seen(display['title'])}"
    assert parts["body"].paragraphs[:2] == [title, seen(display["population"])]
    assert parts["header"].paragraphs[-2:] == [title, seen(display["population"])]
    for name in ("footer", "footerf"):
        notes = [*map(seen, display["footnotes"]), "Source: ADaM.ADSL."]
        assert parts[name].paragraphs[: len(notes)] == notes
        assert (
            parts[name].rows[0].cells[0].startswith(f"Program: {seen(display['program'])}   Data lock: sha256:9f3c1e7")
        )
        assert parts[name].rows[0].cells[1] == f"{display['id']}   1 / 1"
    for name in ("header", "headerf"):
        assert parts[name].rows[0].cells[1] == seen(display["section"])
        assert "Page 1 of 1" in parts[name].everything()
        assert "SIMULATED DATA · Data cut-off 15JAN2026" in parts[name].everything()
    assert text.count(r"\*\fldinst { PAGE }") == 4
    assert text.count(r"\*\fldinst { NUMPAGES }") == 4


def test_the_title_is_a_heading_once(tmp_path: Path) -> None:
    text = written(displays.spanned(), tmp_path)
    assert text.count(r"\pard\plain\s1\outlinelevel0") == 1


def test_rows_do_not_break_and_spanners_are_merged(tmp_path: Path) -> None:
    text = written(displays.spanned(), tmp_path)
    body = text[text.index(r"\pard\plain\s1") :]
    assert body.count(r"\trkeep") == body.count(r"\row")
    first, second = re.findall(r"\\trkeep\\trhdr(.*?)\\pard", body)
    assert [len(re.findall(r"\\cellx", line)) for line in (first, second)] == [3, 4]
    assert first.count(r"\clvmgf") == second.count(r"\clvmrg") == 2


def test_numbers_are_lined_up_without_a_change_of_their_text(tmp_path: Path) -> None:
    text = written(displays.spanned(), tmp_path)
    indents = {
        shown: int(indent) for indent, shown in re.findall(r"\\ql\\li(\d+)\\ri60\\sb18\\sa18 (107|7 |12\.9)", text)
    }
    # A digit of Times is half an em wide: 90 twips at 9 pt.
    assert indents["7 "] - indents["107"] == 180
    assert indents["12.9"] - indents["107"] == 90
    assert r"7 {\expndtw90 (}4.3)" in text


def test_a_figure_is_a_picture_with_its_description(tmp_path: Path) -> None:
    text = written(displays.hostile_figure(), tmp_path, pictures=2)
    parts = read_rtf(text)
    assert parts["body"].paragraphs.count("\f") == 1
    assert text.count(PNG[:32].hex()) == 2
    assert text.count(r"\pngblip\picw400\pich200\picwgoal2880\pichgoal1440") == 2
    described = re.findall(r"\\sn wzDescription\}\{\\sv (.*?)\}\}\}\\pngblip", text)
    assert [read_rtf(f"{{{alt}}}")["body"].text for alt in described] == [seen(" ".join(HOSTILE))] * 2


def test_the_file_is_ascii_and_dated_by_the_lock(tmp_path: Path) -> None:
    text = written(displays.hostile(), tmp_path)
    assert text.isascii()
    assert r"{\creatim\yr2026\mo1\dy15\hr0\min0}" in text
    assert read_rtf(text)["title"].text == f"Table 14.3.1.2 {seen(HOSTILE[1])}, 2020-KY-140"


def test_a_chinese_edition_says_so_and_names_a_font(tmp_path: Path) -> None:
    display = {**displays.hostile(), "language": "zh", "title": "不良事件"}
    text = written(display, tmp_path, page="第 {x} 页，共 {y} 页", continued="（续）", protocol="方案 {x}")
    parts = read_rtf(text)
    assert r"\stshfdbch1" in text
    assert r"\deflang2052" in text
    assert "SimSun" in text
    assert parts["body"].paragraphs[0] == "Table 14.3.1.2\n不良事件"
    assert "第 1 页，共 1 页" in parts["header"].everything()
    assert "方案 2020-KY-140" in parts["header"].everything()


def test_a_display_without_rows_says_so(tmp_path: Path) -> None:
    display = {**displays.spanned(), "rows": []}
    body = read_rtf(written(display, tmp_path))["body"]
    assert [row.cells for row in body.rows if not row.header] == [["No record meets the criteria of this output."]]
