"""The structure tree of a tagged PDF (ISO 32000-1, section 14.7), written while the pages are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from csrbook.render.direct_pdf.writer import PdfWriter

__all__ = ["StructureTree", "references"]

LEAF: Final = 100
"""Entries of a leaf of the tree that leads from pages back to elements."""


def references(numbers: Iterable[int]) -> bytes:
    """An array of references to objects."""
    return b"[%b]" % b" ".join(map(b"%d 0 R".__mod__, numbers))


class StructureTree:
    """The elements of a document; their numbers are reserved first, as children and parents name each other.

    Attributes
    ----------
    root : int
        The object that the catalogue names.
    document : int
        The element that holds all others.
    """

    def __init__(self, pdf: PdfWriter) -> None:
        self._pdf = pdf
        self.root = pdf.reserve()
        self.document = pdf.reserve()
        self._children: list[int] = []
        self._owners: list[int] = []

    def child(self) -> int:
        """The number of a new element right under the document, which is read after those before."""
        number = self._pdf.reserve()
        self._children.append(number)
        return number

    def write(self, number: int, kind: str, parent: int, content: bytes, attributes: bytes = b"") -> None:
        """Write an element.

        Parameters
        ----------
        number : int
            Its reserved number.
        kind : str
            Its role, such as ``P``.
        parent : int
            The element that holds it.
        content : bytes
            What it holds: a piece of marked content of the page that ``attributes`` names, or an array.
        attributes : bytes
            Further entries.
        """
        self._pdf.write(number, b"<</S/%b/P %d 0 R/K %b%b>>" % (kind.encode(), parent, content, attributes))

    def own(self, owner: int) -> int:
        """The key of a page or annotation, of which this array of elements, or this element, is the owner."""
        self._owners.append(owner)
        return len(self._owners) - 1

    def finish(self) -> None:
        """Write the document element, the root and the tree of owners."""
        pdf = self._pdf
        pdf.write(self.document, b"<</S/Document/P %d 0 R/K%b>>" % (self.root, references(self._children)))
        leaves = []
        for start in range(0, len(self._owners), LEAF):
            owners = self._owners[start : start + LEAF]
            entries = b" ".join(b"%d %d 0 R" % entry for entry in enumerate(owners, start))
            leaves.append(pdf.add(b"<</Limits[%d %d]/Nums[%b]>>" % (start, start + len(owners) - 1, entries)))
        owners_tree = pdf.add(b"<</Kids%b>>" % references(leaves))
        pdf.write(
            self.root,
            b"<</Type/StructTreeRoot/K %d 0 R/ParentTree %d 0 R/ParentTreeNextKey %d>>"
            % (self.document, owners_tree, len(self._owners)),
        )
