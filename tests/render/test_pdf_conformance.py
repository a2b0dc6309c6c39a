"""The PDF itself: archival, accessible, tagged, with bookmarks and links that lead somewhere."""

from __future__ import annotations

import re
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest
from pypdf import PdfReader

from tests.render import samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.render.conftest import Book


@pytest.fixture(scope="module")
def pdf(book: Book) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(book.path) as opened:
        yield opened


def kids(element: Any) -> list[Any]:
    """Elements in an element."""
    found = element.get("/K", [])
    parts = list(found) if isinstance(found, pikepdf.Array) else [found]
    return [part for part in parts if isinstance(part, pikepdf.Dictionary)]


def structure(node: Any) -> Iterator[Any]:
    """All elements of a tag tree."""
    if isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        for kid in kids(node):
            yield from structure(kid)


def test_is_pdf_a_2a_and_pdf_ua_1(pdf: pikepdf.Pdf) -> None:
    with pdf.open_metadata() as metadata:
        assert metadata["pdfaid:part"] == "2"
        assert metadata["pdfaid:conformance"] == "A"
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "Tables, Figures and Listings, 2020-KY-140"
        assert metadata["dc:creator"] == ["Sun Yat-sen Memorial Hospital, Sun Yat-sen University"]
    assert pdf.Root.MarkInfo.Marked
    assert str(pdf.Root.Lang) == "en"
    assert "/OutputIntents" in pdf.Root
    assert pdf.pdf_version == "1.7"


def test_opens_with_bookmarks_and_for_fast_web_view(pdf: pikepdf.Pdf) -> None:
    assert pdf.Root.PageMode == "/UseOutlines"
    assert pdf.is_linearized
    assert pdf.Root.ViewerPreferences.DisplayDocTitle


def test_tags_tell_tables_headings_and_figures_apart(pdf: pikepdf.Pdf, book: Book) -> None:
    kinds: dict[str, list[Any]] = {}
    for element in structure(pdf.Root.StructTreeRoot):
        kinds.setdefault(str(element.S), []).append(element)
    outputs = list(book.displays.values())
    in_text = 2  # in the synopsis and the checklist
    assert len(kinds["/Table"]) == sum(output["kind"] != "figure" for output in outputs) + in_text
    assert len(kinds["/TH"]) > 100
    assert len(kinds["/H3"]) >= 13
    assert len(kinds["/H2"]) >= 4
    alternatives = {str(figure.Alt) for figure in kinds["/Figure"] if "/Alt" in figure}
    assert {output["alt"] for output in outputs if output["kind"] == "figure"} <= alternatives


def test_all_fonts_are_embedded(pdf: pikepdf.Pdf) -> None:
    names = set()
    for page in pdf.pages:
        for font in page.resources.get("/Font", {}).values():
            descendant = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            descriptor = descendant.FontDescriptor
            assert any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")), font.BaseFont
            assert "/ToUnicode" in font
            names.add(str(font.BaseFont).partition("+")[2])
    assert {"STIXGeneral-Regular", "STIXGeneral-Bold"} <= names
    bundled = {name for name in names if name.startswith(("STIXGeneral", "DejaVu"))}
    assert bool(names - bundled) == samples.chinese_font()


def test_headings_never_skip_a_level(pdf: pikepdf.Pdf) -> None:
    names = [str(element.S) for element in structure(pdf.Root.StructTreeRoot)]
    levels = [int(name[2:]) for name in names if name in {"/H1", "/H2", "/H3", "/H4", "/H5", "/H6"}]
    assert set(levels) == {1, 2, 3, 4}
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def table_attribute(cell: Any, name: str) -> Any:
    return next(item.get(name) for item in cell.A if item.O == "/Table")


def test_every_cell_of_a_table_has_its_headers(pdf: pikepdf.Pdf) -> None:
    identifiers = set(pikepdf.NameTree(pdf.Root.StructTreeRoot.IDTree))
    elements = list(structure(pdf.Root.StructTreeRoot))
    headers = [element for element in elements if element.S == "/TH"]
    assert {str(table_attribute(cell, "/Scope")) for cell in headers} == {"/Column", "/Row"}
    assert {str(cell.ID) for cell in headers} == identifiers
    assert len(identifiers) == len(headers)
    rows = [kids(element) for element in elements if element.S == "/TR"]
    data = [row for row in rows if len(row) > 1 and row[-1].S == "/TD"]
    assert len(data) > 150
    for first, *others in data:
        assert first.S == "/TH"
        assert table_attribute(first, "/Scope") == "/Row"
        for cell in others:
            named = {str(name) for name in table_attribute(cell, "/Headers")}
            assert str(first.ID) in named
            assert named <= identifiers


def test_every_link_is_tagged_and_described(pdf: pikepdf.Pdf) -> None:
    tagged = {
        part.Obj.objgen
        for element in structure(pdf.Root.StructTreeRoot)
        if element.S == "/Link"
        for part in kids(element)
        if "/Obj" in part
    }
    annotations = [link for page in pdf.pages for link in page.obj.get("/Annots", [])]
    assert len(annotations) > 60
    assert {link.objgen for link in annotations} == tagged
    assert all(str(link.get("/Contents", "")) for link in annotations)


def test_page_labels_are_what_the_pages_print(pdf: pikepdf.Pdf, book: Book) -> None:
    labels = PdfReader(book.path).page_labels
    assert labels == [str(number) for number in range(1, len(pdf.pages) + 1)]
    for number, text in enumerate(book.texts[1:], start=1):
        assert f"{labels[number]} / {labels[-1]}" in text


def bookmarks(reader: PdfReader, items: list[Any], depth: int = 1) -> Iterator[tuple[int, str, int]]:
    for item in items:
        if isinstance(item, list):
            yield from bookmarks(reader, item, depth + 1)
        else:
            page = reader.get_destination_page_number(item)
            assert page is not None
            yield depth, str(item.title), page


def test_bookmarks_lead_to_every_output(book: Book) -> None:
    reader = PdfReader(book.path)
    found = {" ".join(title.split()): (depth, page) for depth, title, page in bookmarks(reader, reader.outline)}
    for output, display in book.displays.items():
        depth, page = found[f"{display['number']} {display['title']}"]
        assert page == book.pages_of(output)[0]
        assert depth in {2, 3}, "a section's outputs stand one level below it"
    for section in ("14.1 Demographic Data", "14.2 Efficacy Data", "14.3 Safety Data", "16.2 Patient Data Listings"):
        assert found[section][0] == 1
    assert found["14.2.1 Primary Endpoint"] == (2, book.pages_of("T14.2.1.1")[0])


def test_parts_of_a_long_output_have_bookmarks_of_their_own(book: Book) -> None:
    reader = PdfReader(book.path)
    found = list(bookmarks(reader, reader.outline))
    assert max(depth for depth, _, _ in found) == 4
    places = [number for number, (_, title, _) in enumerate(found) if title.startswith("Table 14.3.1.2")]
    parts = list(takewhile(lambda item: item[0] == 4, found[places[0] + 1 :]))
    assert [title for _, title, _ in parts] == [*samples.CLASSES, "Uncoded"]
    for _, title, page in parts:
        lines = book.texts[page].splitlines()
        assert any(re.match(rf"{re.escape(title)} \d+ \(", line) for line in lines), (title, page)
    listed = [number for number, (_, title, _) in enumerate(found) if title.startswith("Listing 16.2.7.1")]
    subjects = list(takewhile(lambda item: item[0] == 3 + 1, found[listed[0] + 1 :]))
    assert len(subjects) >= 2
    for _, title, page in subjects:
        assert title in book.texts[page]


def test_an_output_of_one_page_has_no_bookmarks_within(book: Book) -> None:
    reader = PdfReader(book.path)
    titles = [title for _, title, _ in bookmarks(reader, reader.outline)]
    assert len(book.pages_of("T14.1.3.1")) == 1
    assert "Age (years)" not in titles


@pytest.fixture(scope="module")
def links(pdf: pikepdf.Pdf) -> list[tuple[int, Any]]:
    """Page (from 0) and annotation of every link."""
    return [(number, link) for number, page in enumerate(pdf.pages) for link in page.obj.get("/Annots", [])]


def goal_of(pdf: pikepdf.Pdf, link: Any) -> int:
    """Page (from 0) to which a link within the document leads."""
    pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
    goal: Any = link.Dest
    if not isinstance(goal, pikepdf.Array):
        goal = pikepdf.NameTree(pdf.Root.Names.Dests)[str(goal)]
        goal = goal.D if isinstance(goal, pikepdf.Dictionary) else goal
    assert goal[1] == "/XYZ"
    assert not goal[4], "the reader's zoom is kept"
    return pages[goal[0].objgen]


def test_every_link_leads_to_a_page_and_every_output_is_linked(
    pdf: pikepdf.Pdf, book: Book, links: list[tuple[int, Any]]
) -> None:
    assert all(link.Subtype == "/Link" for _, link in links)
    targets = {goal_of(pdf, link) for _, link in links if "/A" not in link}
    assert {book.pages_of(output)[0] for output in book.displays} <= targets


def test_links_lead_from_a_mention_to_the_output_and_back(
    pdf: pikepdf.Pdf, book: Book, links: list[tuple[int, Any]]
) -> None:
    (primary,) = book.pages_of("T14.2.1.1")
    inside = [(number, goal_of(pdf, link)) for number, link in links if "/A" not in link]
    assert inside.count((1, primary)) == 2, "from the synopsis, as a link and as a mention"
    assert (1, book.pages_of("T14.2.1.2")[0]) in inside, "the second number of two"
    checklist = next(number for number, text in enumerate(book.texts) if "CONSORT checklist" in text.splitlines()[4:5])
    assert (checklist, primary) in inside
    assert {goal for number, goal in inside if number == primary} == {1, 2, checklist}, "and the contents"


def test_nothing_forbidden_is_in_the_file(pdf: pikepdf.Pdf) -> None:
    assert "/AcroForm" not in pdf.Root
    assert "/EmbeddedFiles" not in pdf.Root.get("/Names", {})
    assert not pdf.is_encrypted
    assert all("/JavaScript" not in str(key) for key in pdf.Root.get("/Names", {}))


def test_pages_are_a4_landscape(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        _, _, width, height = (float(edge) for edge in page.mediabox)
        assert (round(width), round(height)) == (842, 595)


def test_contents_list_each_output_with_its_page(book: Book) -> None:
    front = " ".join(book.texts[2:5]).replace("\n", " ")
    for output, display in book.displays.items():
        page = book.pages_of(output)[0] + 1
        pattern = f"{display['number']} {display['title']}"
        assert pattern in " ".join(front.split()), pattern
        rest = " ".join(front.split()).split(pattern, 1)[1].lstrip(" .")
        assert rest.startswith(str(page)), (output, rest[:20])
    for title in ("List of tables", "List of figures", "List of listings"):
        assert title in front
