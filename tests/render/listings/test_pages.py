"""What stands on the pages of a listing written directly: every record once, numbered pages, whole texts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pdfplumber
import pytest
from pypdf import PdfReader

from csrbook.bench.sample_listing import sample_listing
from csrbook.errors import RenderError
from csrbook.render.words import WORDS
from tests.render import samples
from tests.render.conftest import by_line
from tests.render.listings.conftest import write
from tests.render.test_pages import SUBJECT, squeezed

if TYPE_CHECKING:
    from pathlib import Path


def records(file: Path, columns: int) -> list[list[str]]:
    """Cells of the rows in the order of the tags, each without its blanks."""
    import pikepdf

    with pikepdf.open(file) as pdf:
        shown = [marks(page) for page in pdf.pages]
        numbers = {page.objgen: number for number, page in enumerate(pdf.pages)}
        table = next(kid for kid in pdf.Root.StructTreeRoot.K.K if kid.S == "/Table")
        rows = [
            ["".join(shown[numbers[page]][mark] for page, mark in contents(cell)) for cell in row.K]
            for group in table.K
            for row in (group.K if group.S == "/TBody" else [])
        ]
    assert all(len(row) == columns for row in rows)
    return rows


def contents(cell: Any) -> list[tuple[Any, int]]:
    """Page and number of each piece of marked content of a cell: none, one, or one of each page that it reaches."""
    held = cell.get("/K", [])
    if isinstance(held, int):
        return [(cell.Pg.objgen, held)]
    return [(part.Pg.objgen, int(part.MCID)) for part in held]


def marks(page: Any) -> dict[int, str]:
    """Text of each piece of marked content of a page, by its number, without blanks."""
    import pikepdf

    unicode = {str(name): to_unicode(font) for name, font in page.resources.Font.items()}
    found: dict[int, str] = {}
    number, font = None, ""
    instructions: Any = pikepdf.parse_content_stream(page)
    for operands, operator in instructions:
        match str(operator):
            case "BDC":
                number = int(operands[1].get("/MCID", -1))
            case "EMC":
                number = None
            case "Tf":
                font = str(operands[0])
            case "TJ" if number is not None:
                codes = b"".join(bytes(part) for part in operands[0] if isinstance(part, pikepdf.String))
                text = "".join(unicode[font][codes[i : i + 2]] for i in range(0, len(codes), 2))
                found[number] = found.get(number, "") + squeezed(text)
    return found


def to_unicode(font: Any) -> dict[bytes, str]:
    """Characters of a font by their code."""
    lines = font.ToUnicode.read_bytes().decode().splitlines()
    pairs = [line.strip("<>").split("><") for line in lines if "><" in line and "codespace" not in line]
    return {bytes.fromhex(code): bytes.fromhex(text).decode("utf-16-be") for code, text in pairs}


def test_every_record_is_there_once_and_visible(file: Path, display: dict[str, Any]) -> None:
    expected = [row["cells"][0] for row in display["rows"]]
    reader = PdfReader(file)
    assert [subject for page in reader.pages for subject in SUBJECT.findall(page.extract_text())] == expected
    with pdfplumber.open(file) as pdf:
        visible = [word["text"] for page in pdf.pages for word in page.within_bbox(page.bbox).extract_words()]
    assert [text for text in visible if SUBJECT.fullmatch(text)] == expected


def test_rows_of_the_pages_are_those_of_the_display(tmp_path: Path) -> None:
    display = sample_listing(2_500)
    if not samples.chinese_font():
        for row in display["rows"]:
            row["cells"] = [text if text.isascii() else "No Chinese here" for text in row["cells"]]
    file, extent = write(tmp_path, display)
    assert extent.records == 2_500
    assert extent.pages == len(PdfReader(file).pages) > 100
    assert records(file, 8) == [[squeezed(text) for text in row["cells"]] for row in display["rows"]]


def test_terms_print_literally_and_stay_in_their_column(file: Path, display: dict[str, Any]) -> None:
    edges = [0.0]
    for column in display["columns"]:
        edges.append(edges[-1] + column["width"])
    left, right = (56.69 + edge / edges[-1] * 728.5 for edge in edges[3:5])
    with pdfplumber.open(file) as pdf:
        words = [word for page in pdf.pages for word in by_line(page.extract_words()) if left < word["x0"] < right]
    # Rows begin below the column headers and end above the footnotes.
    words = [word for word in words if 145 < word["top"] < 478]
    assert max(word["x1"] for word in words) < right
    text = squeezed("".join(word["text"] for word in words))
    for term in samples.NASTY_TERMS:
        assert squeezed(term) in text, term


def test_pages_number_themselves(file: Path) -> None:
    texts = [page.extract_text() for page in PdfReader(file).pages]
    assert len(texts) > 5
    for number, text in enumerate(texts, start=1):
        assert f"Page {number} of {len(texts)}" in text
        assert f"{number} / {len(texts)}" in text
        for fixed in ("Listing 16.2.7.1", "Preferred Term", "Source: ADaM.ADSL.", "sha256:9f3c1e7ab02d", "15JAN2026"):
            assert fixed in text


def test_fixed_words_are_those_of_the_edition(tmp_path: Path, display: dict[str, Any]) -> None:
    words = {
        **WORDS,
        "page": "Blatt {x} von {y}",
        "protocol": "Plan {x}",
        "cutoff": "Schnitt {x}",
        "source": "Aus: {x}",
        "program": "Programm: {x}",
        "lock": "Sperre: {x}",
        "nothing": "Nichts.",
    }
    file, _ = write(tmp_path, {**display, "rows": display["rows"][:3]}, words=words)
    (page,) = PdfReader(file).pages
    text = page.extract_text()
    for said in ("Blatt 1 von 1", "Plan 2020-KY-140", "Schnitt 15JAN2026", "Aus: ADaM.ADSL", "Programm: ", "Sperre: "):
        assert said in text
    file, extent = write(tmp_path, {**display, "rows": []}, words=words)
    assert "Nichts." in PdfReader(file).pages[0].extract_text()
    assert extent == (0, 1)


def test_a_row_that_fits_no_page_is_divided_and_complete(tmp_path: Path, display: dict[str, Any]) -> None:
    rows = [dict(row) for row in display["rows"][:5]]
    long = " ".join(f"word{i}" for i in range(1_000))
    rows[2] = {**rows[2], "cells": [*rows[2]["cells"][:3], long, *rows[2]["cells"][4:]]}
    file, extent = write(tmp_path, {**display, "rows": rows})
    assert extent.pages > 5
    assert records(file, 8) == [[squeezed(text) for text in row["cells"]] for row in rows]
    with pdfplumber.open(file) as pdf:
        for page in pdf.pages:
            # The rule that closes the table stands above the one of the footnotes.
            lines = sorted({round(float(line["top"])) for line in page.lines})
            assert lines[-2] < lines[-1]
            words = [word for word in page.extract_words() if word["text"].startswith("word")]
            assert all((word["top"] + word["bottom"]) / 2 < lines[-2] for word in words)


def test_footnotes_that_leave_no_room_are_an_error(tmp_path: Path, display: dict[str, Any]) -> None:
    with pytest.raises(RenderError, match="leave no room for rows"):
        write(tmp_path, {**display, "footnotes": [f"Note {i}" for i in range(60)]})


def test_rows_of_one_subject_stand_between_two_rules(file: Path, display: dict[str, Any]) -> None:
    changes = sum(one["cells"][0] != other["cells"][0] for one, other in pairwise(display["rows"]))
    with pdfplumber.open(file) as pdf:
        hairs = [line for page in pdf.pages for line in page.lines if abs(line["linewidth"] - 0.25) < 0.01]
        tops = [float(page.extract_words()[0]["top"]) for page in pdf.pages]
    # Where a page begins with a new subject there is the rule of the column headers.
    assert changes - len(tops) < len(hairs) < changes
