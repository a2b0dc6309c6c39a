"""A PDF that is checked: opened once, each page interpreted once for all rules."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pikepdf

from csrbook.conformance.finding import Finding
from csrbook.conformance.interpreter import read_page
from csrbook.conformance.structure import Content, Structure, read_structure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from csrbook.conformance.content import PageContent, Tag
    from csrbook.conformance.structure import Element
    from csrbook.conformance.typeface import Typeface

__all__ = ["Document"]


class Document:
    """An open PDF.

    Parameters
    ----------
    pdf : pikepdf.Pdf
        Open as long as the document is used.
    path : Path
        Where it lies: files that it links to are searched from there.
    name : str
        How findings call it.
    """

    def __init__(self, pdf: pikepdf.Pdf, path: Path, name: str) -> None:
        self.pdf = pdf
        self.path = path
        self.name = name
        self.typefaces: dict[tuple[int, int], Typeface] = {}

    @property
    def root(self) -> Any:
        """The catalogue."""
        return self.pdf.Root

    def pages(self) -> Iterator[tuple[int, PageContent]]:
        """Place (from 0) and content of each page, which is not kept: a listing may have ten thousand pages."""
        for number, page in enumerate(self.pdf.pages):
            yield number, read_page(page, self.typefaces)

    @property
    def length(self) -> int:
        """Number of pages."""
        return len(self.page_numbers)

    @cached_property
    def page_numbers(self) -> dict[tuple[int, int], int]:
        """Place (from 0) of each page, by object number."""
        return {page.obj.objgen: number for number, page in enumerate(self.pdf.pages)}

    @cached_property
    def structure(self) -> Structure:
        """The tree of tags; empty where there is none."""
        return read_structure(self.root.get("/StructTreeRoot", {}), self.page_numbers)

    @cached_property
    def metadata(self) -> Mapping[str, Any]:
        """The XMP metadata; empty where there are none that can be read."""
        try:
            return self.pdf.open_metadata() if "/Metadata" in self.root else {}
        except pikepdf.PdfError:
            return {}

    @property
    def tagged(self) -> bool:
        """Whether the file says that it is tagged, and has tags."""
        return bool(self.root.get("/MarkInfo", {}).get("/Marked", False)) and bool(self.structure.roots)

    def owner(self, number: int, tag: Tag | None) -> Element | None:
        """The structure element that holds marked content of a page; None for artifacts and what has no tag."""
        return None if tag is None or tag.mcid is None else self.structure.owners.get(Content(number, tag.mcid))

    def annotations(self, number: int) -> list[Any]:
        """Annotations of a page, by its place."""
        return list(self.pdf.pages[number].obj.get("/Annots", []))

    def finding(self, rule: str, where: str | int, what: str) -> Finding:
        """A finding in this file; ``where`` may be the place of a page."""
        return Finding(self.name, rule, f"page {where + 1}" if isinstance(where, int) else where, what)
