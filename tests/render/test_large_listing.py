"""Listings written directly: every record once, the look of the small ones, linked from the appendix."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pdfplumber
import pikepdf
import pytest
from pypdf import PdfReader

from csrbook.render.fonts import bundled_font, choose_fonts
from csrbook.render.large_listing import write_large_listing
from csrbook.render.separate_listings import longest_listings
from csrbook.render.typesetting import EmbeddedFont, FontChain
from tests.render import samples
from tests.render.conftest import TIMESTAMP, Book, by_line, render
from tests.render.test_pages import SUBJECT, squeezed

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, display: dict[str, Any]) -> Path:
    target = folder / "listings" / f"{display['anchor']}.pdf"
    fonts = choose_fonts({"all": str(display)})
    write_large_listing(display, target, fonts=fonts, timestamp=TIMESTAMP)
    return target


@pytest.fixture(scope="module")
def display() -> dict[str, Any]:
    notes = ("N = patients in the analysis set.", "A footnote that is so long that it wraps. " * 8)
    return samples.content("L16.2.7.1", samples.listing(60), "Adverse Events", footnotes=notes)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, display: dict[str, Any]) -> Path:
    return write(tmp_path_factory.mktemp("large"), display)


def test_every_record_is_there_once_and_visible(file: Path, display: dict[str, Any]) -> None:
    expected = [row["cells"][0] for row in display["rows"]]
    reader = PdfReader(file)
    assert [subject for page in reader.pages for subject in SUBJECT.findall(page.extract_text())] == expected
    with pdfplumber.open(file) as pdf:
        visible = [word["text"] for page in pdf.pages for word in page.within_bbox(page.bbox).extract_words()]
    assert [text for text in visible if SUBJECT.fullmatch(text)] == expected


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


def test_only_long_words_are_divided() -> None:
    chain = FontChain([partial(EmbeddedFont, bundled_font("STIXGeneral.ttf"), 0, 1)])
    assert chain.wrap("Related Pyr / Part", 2_500) == ["Related", "Pyr /", "Part"]
    assert chain.wrap("Age/sex Gr.", 1_000) == ["Age/", "sex", "Gr."]
    divided = chain.wrap("Electrocardiogram", 2_500)
    assert len(divided) > 2
    assert "".join(divided) == "Electrocardiogram"
    assert all(chain.width(line) <= 2_500 for line in divided)


def test_pages_number_themselves(file: Path) -> None:
    texts = [page.extract_text() for page in PdfReader(file).pages]
    assert len(texts) > 5
    for number, text in enumerate(texts, start=1):
        assert f"Page {number} of {len(texts)}" in text
        assert f"{number} / {len(texts)}" in text
        for fixed in ("Listing 16.2.7.1", "Preferred Term", "Source: ADaM.ADSL.", "sha256:9f3c1e7ab02d", "15JAN2026"):
            assert fixed in text


def test_bookmarks_lead_to_the_first_subject_of_pages(file: Path, display: dict[str, Any]) -> None:
    reader = PdfReader(file)
    top, children = reader.outline
    assert isinstance(children, list)
    assert top.title == "Listing 16.2.7.1 Adverse Events"  # type: ignore[union-attr]
    for mark in children:
        page = reader.get_destination_page_number(mark)  # type: ignore[arg-type]
        assert page is not None
        first = SUBJECT.findall(reader.pages[page].extract_text())[0]
        assert mark.title == first  # type: ignore[union-attr]
    assert len(children) > 5


def test_file_is_sound_and_dated_by_the_lock(file: Path) -> None:
    with pikepdf.open(file) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert pdf.Root.PageMode == "/UseOutlines"
        assert pdf.docinfo["/CreationDate"] == "D:20260115000000Z"
        assert pdf.docinfo["/Title"] == "Listing 16.2.7.1 Adverse Events, 2020-KY-140"
        fonts = pdf.pages[0].resources["/Font"].values()
        assert len(fonts) == 3 + samples.chinese_font()
        for font in fonts:
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


def test_page_looks_like_the_one_that_typst_makes(book: Book, tmp_path: Path) -> None:
    file = write(tmp_path, book.displays["L16.2.7.1"])
    # The second page, for the first one has the headings of the document's section in its band.
    typst = book.words[book.pages_of("L16.2.7.1")[1]]
    with pdfplumber.open(file) as pdf:
        direct = by_line(pdf.pages[1].extract_words())
    page = re.compile(r"\d+")
    assert [word["text"] for word in direct][:-3] == [word["text"] for word in typst][:-3]
    for one, other in zip(direct, typst, strict=True):
        if page.fullmatch(one["text"]) or one["text"] in {"/", "L16.2.7.1"}:
            continue
        assert abs(one["x0"] - other["x0"]) < 6, one["text"]
        assert abs(one["bottom"] - other["bottom"]) < 4, one["text"]


def test_appendix_holds_one_page_and_a_relative_link(tmp_path: Path) -> None:
    book = render(tmp_path / "project", samples.catalogue(), listing_rows=40)
    (number,) = book.pages_of("L16.2.7.1")
    text = book.texts[number].replace("\n", " ")
    assert "This listing has 54 records on 3 pages." in text
    assert "listings/l-16-2-7-1.pdf" in text
    assert "NCT04646759-001" not in text
    with pikepdf.open(book.path) as pdf:
        (link,) = pdf.pages[number].obj.Annots
        assert link.A.S == "/GoToR"
        assert str(link.A.F) == "listings/l-16-2-7-1.pdf"
    assert len(PdfReader(tmp_path / "project" / "listings" / "l-16-2-7-1.pdf").pages) == 3


def test_the_longest_listings_leave_until_the_others_fit() -> None:
    rows = {"L1": 40, "L2": 300, "L3": 50, "L4": 300, "L5": 60}
    assert longest_listings(rows, 1_000) == []
    assert longest_listings(rows, 750) == []
    assert longest_listings(rows, 749) == ["L2"]
    assert longest_listings(rows, 449) == ["L2", "L4"]
    assert longest_listings(rows, 100) == ["L2", "L4", "L5"]
    assert longest_listings(rows, 0) == list(rows)


def test_ten_thousand_records_take_seconds(tmp_path: Path) -> None:
    display = samples.content("L16.2.7.1", samples.listing(2300, nasty=False), "Adverse Events")
    assert len(display["rows"]) > 10_000
    start = time.process_time()
    file = write(tmp_path, display)
    assert time.process_time() - start < 10
    assert len(PdfReader(file).pages) > 400
