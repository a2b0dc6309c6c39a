"""The pages of a long listing without their rows: band, title, column headers, footnotes, numbers, links."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from csrbook.render.direct_pdf.canvas import PAGINATION, Canvas, marked
from csrbook.render.direct_pdf.objects import text_string
from csrbook.render.direct_pdf.tags import references
from csrbook.render.large_listing.style import LEFT, LINK, PAGE, RIGHT, SIZE

if TYPE_CHECKING:
    from csrbook.render.direct_pdf.canvas import Text
    from csrbook.render.direct_pdf.first_section import PageObjects
    from csrbook.render.direct_pdf.tags import StructureTree
    from csrbook.render.direct_pdf.writer import PdfWriter
    from csrbook.render.large_listing.layout import HeaderCell, ListingLayout

__all__ = ["ListingPages"]

NODE: Final = 100
"""Pages of a node of the page tree."""

BOX: Final = b"[0 0 %.3f %.3f]" % PAGE


class _Sheet(NamedTuple):
    """A page that lacks its number, for how many pages there are is known at the end."""

    objects: PageObjects
    key: int
    mark: int
    link: int
    """The element of the link; 0 for none."""


class ListingPages:
    """Pages of one listing, one open at a time.

    Parameters
    ----------
    pdf : PdfWriter
        Receives them.
    tree : StructureTree
        Receives their tags.
    layout : ListingLayout
        Where everything stands.
    appendix : str
        Relative path of the document that the id at the foot links to; empty for no link.

    Attributes
    ----------
    page : int
        Object of the open page.
    canvas : Canvas
        Its content.
    table, head : int
        Elements of the table and of its column headers.
    root : int
        Object of the page tree.
    """

    def __init__(self, pdf: PdfWriter, tree: StructureTree, layout: ListingLayout, appendix: str) -> None:
        self._pdf, self._tree, self._layout, self._appendix = pdf, tree, layout, appendix
        self.root, self._resources = pdf.reserve(), pdf.first.reserve()
        self._forms = self._furniture()
        self._heading = tree.child()
        self._population = tree.child() if layout.population else 0
        self.table, self.head = tree.child(), pdf.reserve()
        self._sheets: list[_Sheet] = []
        self._objects = pdf.first.page
        self._owners: list[int] = []
        self.canvas = Canvas(PAGE[1])

    @property
    def count(self) -> int:
        """Pages so far."""
        return len(self._sheets)

    @property
    def page(self) -> int:
        """Object of the open page."""
        return self._objects.page

    def mark(self, owner: int) -> int:
        """The number of a new piece of marked content on the open page, which belongs to an element."""
        self._owners.append(owner)
        return len(self._owners) - 1

    def open(self) -> None:
        """Begin a page. The first one has the title and the column headers as content, others as artifacts."""
        self._objects = self._pdf.begin_page()
        self.canvas = Canvas(PAGE[1])
        self._owners = []
        self._show("X1")
        if self._sheets:
            self._show("X2")
            return
        self._tagged("H1", self._heading, self._tree.document, self._layout.heading)
        if self._population:
            self._tagged("P", self._population, self._tree.document, self._layout.population)
        self._tag_headers()

    def close(self, *, last: bool = False) -> None:
        """Write the open page. The last one has the footnotes as content, others as artifacts."""
        pdf = self._pdf
        if last:
            for note in self._layout.notes:
                self._tagged("P", self._tree.child(), self._tree.document, note)
        elif self._layout.notes:
            self._show("X3")
        pdf.write_content(self._objects, self.canvas.content())
        link = pdf.reserve() if self._appendix else 0
        mark = self.mark(link) if link else 0
        key = self._tree.own(pdf.add(references(self._owners)))
        self._sheets.append(_Sheet(self._objects, key, mark, link))

    def finish(self, fonts: bytes) -> None:
        """Write what waited for the number of pages; ``fonts`` is the dictionary of the fonts' objects."""
        pdf = self._pdf
        goal = (self._appendix.encode(), self._layout.display["anchor"].encode())
        action = pdf.first.add(b"<</S/GoToR/F(%b)/D(%b)/NewWindow true>>" % goal) if self._appendix else 0
        links = self._tree.child() if self._appendix else 0
        forms = b"".join(b"/%b %d 0 R" % (name.encode(), number) for name, number in self._forms.items())
        pdf.first.write(self._resources, b"<</Font<<%b>>/XObject<<%b>>>>" % (fonts, forms))
        nodes = []
        for start in range(0, len(self._sheets), NODE):
            node = pdf.reserve()
            sheets = self._sheets[start : start + NODE]
            for number, sheet in enumerate(sheets, start + 1):
                self._number(sheet, number, node, links, action)
            kids = references(sheet.objects.page for sheet in sheets)
            pdf.write(node, b"<</Type/Pages/Parent %d 0 R/Count %d/Kids%b>>" % (self.root, len(sheets), kids))
            nodes.append(node)
        pdf.write(self.root, b"<</Type/Pages/Count %d/Kids%b>>" % (len(self._sheets), references(nodes)))
        if links:
            self._tree.write(links, "P", self._tree.document, references(sheet.link for sheet in self._sheets))

    def _furniture(self) -> dict[str, int]:
        """What pages share: X1 is on every page, X2 on all but the first, X3 on all but the last."""
        layout = self._layout
        every, others, notes = Canvas(PAGE[1]), Canvas(PAGE[1]), Canvas(PAGE[1])
        every.text([*layout.band, *layout.foot])
        every.rule(LEFT, RIGHT, layout.table_top, 1, square=True)
        for left, right, y in layout.header_rules:
            every.rule(left, right, y, 0.5)
        every.rule(LEFT, RIGHT, layout.first_row, 0.6, square=True)
        every.rule(LEFT, RIGHT, layout.top_of_notes, 0.5)
        headers = [text for cells in layout.header for cell in cells for text in cell.texts]
        others.text([*layout.heading, *layout.population, *headers])
        notes.text([text for note in layout.notes for text in note])
        entries = b"/Type/XObject/Subtype/Form/BBox%b/Resources %d 0 R" % (BOX, self._resources)
        canvases = {"X1": every, "X2": others, "X3": notes}
        return {name: self._pdf.first.add_stream(canvas.content(), entries) for name, canvas in canvases.items()}

    def _show(self, form: str) -> None:
        self.canvas.parts.append(b"%b /%b Do EMC" % (PAGINATION, form.encode()))

    def _tagged(self, kind: str, number: int, parent: int, texts: list[Text], attributes: bytes = b"") -> None:
        """Show lines as the content of an element."""
        mark = self.mark(number)
        self.canvas.text(texts, marked(kind, mark))
        self._tree.write(number, kind, parent, b"%d" % mark, b"/Pg %d 0 R%b" % (self.page, attributes))

    def _tag_headers(self) -> None:
        rows = []
        for cells in self._layout.header:
            row = self._pdf.reserve()
            numbers = []
            for cell in cells:
                number = self._pdf.reserve()
                if cell.texts:
                    self._tagged("TH", number, row, cell.texts, _column_header(cell))
                else:
                    self._tree.write(number, "TH", row, b"[]", _column_header(cell))
                numbers.append(number)
            self._tree.write(row, "TR", self.head, references(numbers))
            rows.append(row)
        self._tree.write(self.head, "THead", self.table, references(rows))

    def _number(self, sheet: _Sheet, number: int, node: int, links: int, action: int) -> None:
        """Write a page and what of it waited: its number, and the link of the listing's id, in an element of links."""
        canvas, objects = Canvas(PAGE[1]), sheet.objects
        texts, name = self._layout.page_number(number, len(self._sheets))
        annotations = link = b""
        if sheet.link:
            canvas.text(texts)
            canvas.parts.append(b"%.4f %.4f %.4f rg" % LINK)
            canvas.text([name], marked("Link", sheet.mark))
            canvas.parts.append(b"0 g")
            content = b"[%d<</Type/OBJR/Obj %d 0 R>>]" % (sheet.mark, objects.link)
            self._tree.write(sheet.link, "Link", links, content, b"/Pg %d 0 R" % objects.page)
            annotations = b"/Annots[%d 0 R]" % objects.link
            link = self._link(name, objects.page, self._tree.own(sheet.link), action)
        else:
            canvas.text([*texts, name])
        body = b"<</Type/Page/Parent %d 0 R/MediaBox%b/Resources %d 0 R" % (node, BOX, self._resources)
        body += b"/Contents[%d 0 R %d 0 R]/StructParents %d" % (objects.late, objects.content, sheet.key)
        self._pdf.write_page(objects, b"%b%b/Tabs/S>>" % (body, annotations), canvas.content(), link)

    def _link(self, name: Text, page: int, key: int, action: int) -> bytes:
        """The annotation that makes the id of the listing a link."""
        y = PAGE[1] - name.y
        box = b"[%.2f %.2f %.2f %.2f]" % (name.x, y - 0.3 * SIZE, name.x + name.line.width, y + SIZE)
        said = text_string(f"{self._layout.display['number']}, {PurePosixPath(self._appendix).name}")
        return b"<</Type/Annot/Subtype/Link/P %d 0 R/Rect%b/Border[0 0 0]/F 4/A %d 0 R/StructParent %d/Contents%b>>" % (
            *(page, box, action),
            *(key, said),
        )


def _column_header(cell: HeaderCell) -> bytes:
    spans = b"/ColSpan %d" % cell.colspan if cell.colspan > 1 else b""
    spans += b"/RowSpan %d" % cell.rowspan if cell.rowspan > 1 else b""
    return b"/A<</O/Table/Scope/Column%b>>" % spans
