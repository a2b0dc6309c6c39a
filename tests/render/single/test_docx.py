"""DOCX files against the display JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from csrbook.render.single import grid
from csrbook.render.single.docx import write_docx
from csrbook.render.single.pictures import Picture
from tests.render import samples
from tests.render.conftest import TIMESTAMP
from tests.render.single import displays
from tests.render.single.displays import HOSTILE, body_texts, header_texts, seen, sheet_of, trimmed
from tests.render.single.readers import Docx, W
from tests.render.single.test_rtf import PNG

if TYPE_CHECKING:
    from pathlib import Path

WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def written(display: dict[str, Any], folder: Path, pictures: int = 0, **words: str) -> Docx:
    path = folder / "output.docx"
    write_docx(sheet_of(display, folder, **words), [Picture(PNG)] * pictures, TIMESTAMP, path)
    return Docx(path)


@pytest.mark.parametrize("make", [*displays.ALL, lambda: samples.content("L16.2.7.1", samples.listing(20))])
def test_all_rows_stand_there_in_order_under_a_repeated_header(make: Any, tmp_path: Path) -> None:
    display = make()
    rows = written(display, tmp_path).rows()
    assert [trimmed(row.cells) for row in rows if not row.header] == body_texts(display)
    assert [text for row in rows if row.header for text in row.cells if text] == header_texts(display)
    assert all(row.header for row in rows[: len(display["header"])])


@pytest.mark.parametrize("make", displays.ALL)
def test_title_is_a_heading_and_footnotes_follow_the_table(make: Any, tmp_path: Path) -> None:
    display = make()
    docx = written(display, tmp_path)
    paragraphs = docx.paragraphs()
    title = f"{display['number']}\n{seen(display['title'])}"
    assert paragraphs[:2] == [("Heading1", title), ("Population", seen(display["population"]))]
    notes = [*map(seen, display["footnotes"]), "Source: ADaM.ADSL."]
    assert paragraphs[2:] == [("Footnote", note) for note in notes]
    tags = [element.tag for element in docx.body]
    assert tags.index(f"{W}tbl") == 2
    assert tags[-1] == f"{W}sectPr"
    assert docx.paragraphs("word/header.xml") == [("RunningTitle", title), ("Population", seen(display["population"]))]


def test_running_header_and_footer_hold_fields_and_identification(tmp_path: Path) -> None:
    docx = written(displays.hostile(), tmp_path)
    for name in ("word/header.xml", "word/header-first.xml"):
        assert "Page 1 of 1" in docx.text(name)
        assert seen(HOSTILE[2]) in docx.text(name)
    for name in ("word/footer.xml", "word/footer-first.xml"):
        assert f"Program: {seen(HOSTILE[3])}   Data lock: sha256:9f3c1e7ab02d" in docx.text(name)
        assert "T14.3.1.2   1 / 1" in docx.text(name)
    fields = [
        element.attrib[f"{W}instr"].strip()
        for name in ("word/header.xml", "word/header-first.xml", "word/footer.xml", "word/footer-first.xml")
        for element in docx.trees[name].iter(f"{W}fldSimple")
    ]
    assert fields == ["PAGE", "NUMPAGES"] * 4


def test_every_style_and_every_part_that_is_named_exists(tmp_path: Path) -> None:
    docx = written(displays.hostile_figure(), tmp_path, pictures=2)
    styles = {style.attrib[f"{W}styleId"] for style in docx.trees["word/styles.xml"].iter(f"{W}style")}
    for name, tree in docx.trees.items():
        used = {e.attrib[f"{W}val"] for kind in ("pStyle", "tblStyle") for e in tree.iter(f"{W}{kind}")}
        assert used <= styles, name
    links = {link.attrib["Id"]: link.attrib["Target"] for link in docx.trees["word/_rels/document.xml.rels"]}
    assert {f"word/{target}" for target in links.values()} <= set(docx.parts)
    named = {value for e in docx.body.iter() for key, value in e.attrib.items() if key.startswith(R)}
    assert named <= set(links)
    types = docx.trees["[Content_Types].xml"]
    overridden = {item.attrib["PartName"].removeprefix("/") for item in types if "PartName" in item.attrib}
    assert overridden <= set(docx.parts)
    assert {name for name in docx.parts if name.startswith("word/") and "/_rels/" not in name} - overridden == {
        "word/media/figure1.png",
        "word/media/figure2.png",
    }


def test_rows_do_not_break_and_labels_keep_with_their_rows(tmp_path: Path) -> None:
    docx = written(displays.spanned(), tmp_path)
    rows = list(docx.body.iter(f"{W}tr"))
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
    kept = [row.find(f".//{W}p/{W}pPr/{W}keepNext") is not None for row in rows[2:]]
    # Patients; Age with its rows Young and Mean; blank; Uncoded, which is the last and keeps with the footnotes.
    assert kept == [False, True, True, False, False, True]


def test_spanners_and_widths_fill_the_grid(tmp_path: Path) -> None:
    docx = written(displays.spanned(), tmp_path)
    columns = [int(column.attrib[f"{W}w"]) for column in docx.body.iter(f"{W}gridCol")]
    assert sum(columns) == 14570
    for row in docx.body.iter(f"{W}tr"):
        spans = [e.find(f"{W}tcPr/{W}gridSpan") for e in row.findall(f"{W}tc")]
        assert sum(1 if span is None else int(span.attrib[f"{W}val"]) for span in spans) == len(columns)
        widths = [int(e.find(f"{W}tcPr/{W}tcW").attrib[f"{W}w"]) for e in row.findall(f"{W}tc")]
        assert sum(widths) == 14570
    merges = [merge.attrib.get(f"{W}val") for merge in docx.body.iter(f"{W}vMerge")]
    assert merges == ["restart", "restart", None, None]


def test_numbers_are_lined_up_without_a_change_of_their_text(tmp_path: Path) -> None:
    docx = written(displays.spanned(), tmp_path)
    indents = {
        "".join(t.text or "" for t in p.iter(f"{W}t")): int(p.find(f"{W}pPr/{W}ind").attrib[f"{W}left"])
        for p in docx.body.iter(f"{W}p")
        if p.find(f"{W}pPr/{W}ind") is not None
    }
    assert indents["7 (4.3)"] - indents["107 (65.6)"] == 180


def test_a_figure_has_its_description(tmp_path: Path) -> None:
    docx = written(displays.hostile_figure(), tmp_path, pictures=2)
    described = [element.attrib["descr"] for element in docx.body.iter(f"{WP}docPr")]
    assert described == [seen(" ".join(HOSTILE))] * 2
    assert docx.parts["word/media/figure2.png"] == PNG
    extents = [(e.attrib["cx"], e.attrib["cy"]) for e in docx.body.iter(f"{WP}extent")]
    assert extents == [("1828800", "914400")] * 2


def test_a_table_has_a_title_and_a_description_of_its_own(tmp_path: Path) -> None:
    docx = written(displays.hostile(), tmp_path)
    properties = docx.body.find(f"{W}tbl/{W}tblPr")
    assert properties.find(f"{W}tblCaption").attrib[f"{W}val"] == f"Table 14.3.1.2 {seen(HOSTILE[1])}"
    assert properties.find(f"{W}tblDescription").attrib[f"{W}val"] == seen(HOSTILE[0])


def test_properties_and_archive_are_dated_by_the_lock_and_not_by_the_clock(tmp_path: Path) -> None:
    docx = written({**displays.spanned(), "language": "zh"}, tmp_path)
    core = {element.tag.split("}")[1]: element.text for element in docx.trees["docProps/core.xml"]}
    assert core["created"] == core["modified"] == "2026-01-15T00:00:00Z"
    assert core["language"] == "zh-CN"
    assert core["creator"] == "Sun Yat-sen Memorial Hospital, Sun Yat-sen University"
    assert {info.date_time for info in docx.members.values()} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.create_system for info in docx.members.values()} == {3}


def test_more_rows_than_a_word_processor_takes_are_several_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "TABLE_ROWS", 50)
    display = displays.pages_long(120)
    docx = written(display, tmp_path)
    assert len(docx.body.findall(f"{W}tbl")) == 3
    rows = docx.rows()
    assert [trimmed(row.cells) for row in rows if not row.header] == body_texts(display)
    assert sum(row.header for row in rows) == 3
