"""Listings of any length, written to PDF directly.

Typst needs 313 s and 10 GB for 100,000 rows. This writer takes rows as they come and writes each page when it is full,
so that memory hardly grows with the rows, and its pages look like those that Typst makes: same band, titles, columns,
line breaks, rules and footnotes. The files are PDF/A-2a and PDF/UA-1: every cell has its tag.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from csrbook.errors import RenderError
from csrbook.render.direct_pdf.bookmarks import Bookmark, add_outline, grouped
from csrbook.render.direct_pdf.metadata import add_information, add_metadata, add_output_intent
from csrbook.render.direct_pdf.tags import StructureTree
from csrbook.render.direct_pdf.writer import PdfWriter
from csrbook.render.large_listing.layout import ListingLayout
from csrbook.render.large_listing.pages import ListingPages
from csrbook.render.large_listing.style import PAGE, SIZE, TOP, load_fonts
from csrbook.render.large_listing.table import ListingTable
from csrbook.render.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from csrbook.render.fonts import FontSet

__all__ = ["Extent", "Rows", "write_large_listing"]

LEAST: Final = 3 * SIZE
"""Height that rows need on a page."""


class Rows(NamedTuple):
    """Cells of each row as they come, and how many there are."""

    cells: Iterable[Sequence[str]]
    records: int


class Extent(NamedTuple):
    """How long a listing is."""

    records: int
    pages: int


def write_large_listing(
    display: Mapping[str, Any],
    target: Path,
    *,
    fonts: FontSet,
    timestamp: int,
    rows: Rows | None = None,
    words: Mapping[str, str] = WORDS,
    appendix: str = "",
) -> Extent:
    """Write a listing as a PDF of its own.

    Parameters
    ----------
    display : mapping
        Display JSON of a listing.
    target : Path
        The file; its folder is made.
    fonts : FontSet
        Fonts that hold every character of the listing.
    timestamp : int
        Seconds since 1970 that the file carries as its date.
    rows : Rows, optional
        The rows, where the display has been read without them.
    words : mapping
        Fixed words in the display's language.
    appendix : str
        Relative path of the document that the id of the listing links to, where it has a page of the listing's anchor.
        Without it there is no link.

    Raises
    ------
    RenderError
        Titles, column headers and footnotes leave no room for rows.
    """
    used = load_fonts(fonts, display["language"])
    layout = ListingLayout(display, used, words)
    if layout.last_row - layout.first_row < LEAST:
        raise RenderError(
            "title, column headers and footnotes leave no room for rows",
            display["id"],
            "shorten the footnotes or the column headers",
        )
    if rows is None:
        rows = Rows((row["cells"] for row in display["rows"]), len(display["rows"]))
    elements = rows.records * (len(display["columns"]) + 1)
    pdf = PdfWriter(pages=rows.records + 1, objects=2 * elements, linked=bool(appendix))
    tree = StructureTree(pdf)
    pages = ListingPages(pdf, tree, layout, appendix)
    table = ListingTable(pdf, tree, layout, pages)
    with _without_collection():
        table.write(rows.cells)
    pages.finish(used.embed(pdf.first))
    tree.finish()
    catalogue, information = _describe(pdf, display, pages, tree, table.subjects, timestamp)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as handle:
        pdf.finish(handle, catalogue, information)
    return Extent(table.records, pages.count)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Rows make no objects that hold each other, and to look for such takes a seventh of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _describe(
    pdf: PdfWriter,
    display: Mapping[str, Any],
    pages: ListingPages,
    tree: StructureTree,
    subjects: Mapping[str, bytes],
    timestamp: int,
) -> tuple[bytes, int]:
    """Write bookmarks and metadata; returns the catalogue and the number of the information."""
    name = f"{display['number']} {display['title']}"
    title, author, language = f"{name}, {display['protocol']}", display["sponsor"], display["language"]
    top = b"[%d 0 R/XYZ null %.2f null]" % (pdf.first.page.page, PAGE[1] - TOP)
    marks = grouped([Bookmark(subject, goal) for subject, goal in subjects.items()])
    outline = add_outline(pdf, [Bookmark(name, top, tuple(marks))])
    metadata = add_metadata(pdf, title=title, author=author, language=language, timestamp=timestamp)
    catalogue = (
        b"<</Type/Catalog/Pages %d 0 R/Outlines %d 0 R/PageMode/UseOutlines/OpenAction%b/Lang(%b)"
        b"/PageLabels<</Nums[0<</S/D>>]>>/Names<</Dests<</Names[(%b)%b]>>>>/StructTreeRoot %d 0 R"
        b"/MarkInfo<</Marked true/Suspects false>>/ViewerPreferences<</DisplayDocTitle true>>"
        b"/Metadata %d 0 R/OutputIntents[%d 0 R]>>"
        % (
            *(pages.root, outline, top, language.encode(), display["anchor"].encode(), top),
            *(tree.root, metadata, add_output_intent(pdf)),
        )
    )
    return catalogue, add_information(pdf, title=title, author=author, timestamp=timestamp)
