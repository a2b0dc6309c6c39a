"""Links from one document to another: relative, by name of the place, and checked once all documents are made.

Typst writes an address (``sap.pdf#s-9-2``); a reader of the files wants the other file beside this one, opened at the
named destination, whatever folder both were copied to.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["make_relative", "name_headings", "require_destinations"]

_NUMBERED: Final = re.compile(r"(\d+(?:\.\d+)*)\.? ")


def make_relative(pdf: Any) -> None:
    """Turn the addresses of PDFs beside an open one into links to files.

    Parameters
    ----------
    pdf : pikepdf.Pdf
        Changed in place. ``listings/l-16-2-7-1.pdf`` leads to the first page, ``sap.pdf#s-9-2`` to that destination.
    """
    import pikepdf

    for annotation in _links(pdf):
        action = annotation.get("/A")
        address = str(action.get("/URI", "")) if action is not None else ""
        file, _, name = address.partition("#")
        if not file.endswith(".pdf") or ":" in file:
            continue
        # The reader's zoom is kept: XYZ with nulls, and so are the named destinations that Typst writes.
        first: Any = pikepdf.Array([0, pikepdf.Name.XYZ, None, None, None])
        annotation.A = pikepdf.Dictionary(
            S=pikepdf.Name.GoToR, F=pikepdf.String(file), D=pikepdf.String(name) if name else first, NewWindow=True
        )


def name_headings(pdf: Any) -> None:
    """Give the numbered headings of an open PDF the names by which other documents lead to them.

    Typst 0.15 names every labelled heading. Typst 0.14 names those only to which the document itself links, so the
    others get their names here, from the bookmarks.

    Parameters
    ----------
    pdf : pikepdf.Pdf
        Changed in place. The heading of the bookmark ``9.2 Test`` is named ``s-9-2``.
    """
    import pikepdf

    root = pdf.Root
    wanted: dict[str, Any] = {}
    for item in _bookmarks(root.get("/Outlines", {}).get("/First")):
        found = _NUMBERED.match(str(item.Title))
        if found and "/Dest" in item:
            wanted.setdefault(f"s-{found[1].replace('.', '-')}", item.Dest)
    known = root.get("/Names", {}).get("/Dests")
    names = pikepdf.NameTree.new(pdf) if known is None else pikepdf.NameTree(known)
    missing = {name: place for name, place in wanted.items() if name not in names}
    for name, place in missing.items():
        names[name] = place
    if missing and known is None:
        root.Names = pikepdf.Dictionary({**dict(root.get("/Names", {})), "/Dests": names.obj})


def require_destinations(files: Sequence[Path]) -> None:
    """Raise where a finished document links to a place of another one that is not there.

    Parameters
    ----------
    files : sequence of Path
        Documents that were made together, each found by its name. Links to other files are not followed.

    Raises
    ------
    RenderError
        Names the document and the link.
    """
    import pikepdf

    names: dict[str, set[str]] = {}
    wanted: list[tuple[str, str, str]] = []
    for path in files:
        with pikepdf.open(path) as pdf:
            tree: Any = pikepdf.NameTree(pdf.Root.Names.Dests) if "/Names" in pdf.Root else ()
            names[path.name] = set(tree)
            for annotation in _links(pdf):
                action = annotation.get("/A", {})
                if action.get("/S") == "/GoToR" and isinstance(action.D, pikepdf.String):
                    wanted.append((path.name, str(action.F), str(action.D)))
    lost = sorted({item for item in wanted if item[1] in names and item[2] not in names[item[1]]})
    if lost:
        raise RenderError(
            "links lead to places that do not exist: " + ", ".join(f"{file}#{name}" for _, file, name in lost[:5]),
            ", ".join(sorted({document for document, _, _ in lost})),
            "correct the link, or give the other document that heading",
        )


def _bookmarks(item: Any) -> Iterator[Any]:
    while item is not None:
        yield item
        yield from _bookmarks(item.get("/First"))
        item = item.get("/Next")


def _links(pdf: Any) -> Iterator[Any]:
    for page in pdf.pages:
        yield from page.obj.get("/Annots", [])
