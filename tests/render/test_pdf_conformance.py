"""The PDF itself: archival, tagged, with bookmarks and links that lead somewhere."""

from __future__ import annotations

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


def structure(node: Any) -> Iterator[Any]:
    """All elements of a tag tree."""
    if isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        kids = node.get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            yield from structure(kid)


def test_is_pdf_a_2a(pdf: pikepdf.Pdf) -> None:
    with pdf.open_metadata() as metadata:
        assert metadata["pdfaid:part"] == "2"
        assert metadata["pdfaid:conformance"] == "A"
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
    assert len(kinds["/Table"]) == sum(output["kind"] != "figure" for output in outputs)
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
        assert depth in {2, 3}
    for section in ("14.1 Demographic Data", "14.2 Efficacy Data", "14.3 Safety Data", "16.2 Patient Data Listings"):
        assert found[section][0] == 1
    assert found["14.2.1 Primary Endpoint"] == (2, book.pages_of("T14.2.1.1")[0])


def test_every_link_leads_to_a_page_and_every_output_is_linked(pdf: pikepdf.Pdf, book: Book) -> None:
    pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
    targets = set()
    names = pikepdf.NameTree(pdf.Root.Names.Dests) if "/Dests" in pdf.Root.get("/Names", {}) else {}
    for page in pdf.pages:
        for link in page.obj.get("/Annots", []):
            assert link.Subtype == "/Link"
            goal: Any = link.get("/Dest", link.A.D if "/A" in link else None)
            if isinstance(goal, pikepdf.String | pikepdf.Name | str):
                goal = names[str(goal)]
                goal = goal.D if isinstance(goal, pikepdf.Dictionary) else goal
            targets.add(pages[goal[0].objgen])
    firsts = {book.pages_of(output)[0] for output in book.displays}
    assert firsts <= targets


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
    front = " ".join(book.texts[1:4]).replace("\n", " ")
    for output, display in book.displays.items():
        page = book.pages_of(output)[0] + 1
        pattern = f"{display['number']} {display['title']}"
        assert pattern in " ".join(front.split()), pattern
        rest = " ".join(front.split()).split(pattern, 1)[1].lstrip(" .")
        assert rest.startswith(str(page)), (output, rest[:20])
    for title in ("List of tables", "List of figures", "List of listings"):
        assert title in front
