"""A reader finds the way: bookmarks, page labels, and links that lead to a place, in this file or in one beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pikepdf
from pikepdf import Array, Dictionary, NameTree, NumberTree

from csrbook.conformance.objects import listed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from csrbook.conformance.document import Document
    from csrbook.conformance.finding import Finding

__all__ = ["check", "named_destinations"]

LEVELS: Final = 4
SHORT: Final = 5
"""Pages from which on a document has bookmarks, and contents where it has several sections."""

ABSOLUTE: Final = re.compile(r"/|\\|[A-Za-z]:")
ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


class Places(NamedTuple):
    """Where links into a file may lead."""

    names: dict[str, Any]
    pages: int


def check(document: Document) -> Iterator[Finding]:
    """Rules on the file."""
    yield from _panel(document)
    yield from _bookmarks(document)
    yield from _contents(document)
    yield from _labels(document)
    places = Places(named_destinations(document.pdf), document.length)
    for name, goal in places.names.items():
        yield from _goal(document, goal, places, f"destination '{name}'")
    beside: dict[Path, Places | None] = {}
    for number in range(places.pages):
        for link in document.annotations(number):
            if link.get("/Subtype") == "/Link":
                yield from _link(document, number, link, places, beside)


def _panel(document: Document) -> Iterator[Finding]:
    if document.length >= SHORT and document.root.get("/PageMode") != "/UseOutlines":
        yield document.finding("navigation.panel", "", "the file does not open with the bookmarks panel")


def _bookmarks(document: Document) -> Iterator[Finding]:
    items = list(_items(document.root.get("/Outlines"), 1, set()))
    if not items and document.length >= SHORT:
        yield document.finding("navigation.bookmarks", "", "the document has no bookmarks")
    places = Places(named_destinations(document.pdf), document.length)
    deepest = max((level for level, _ in items), default=0)
    if deepest > LEVELS:
        yield document.finding("navigation.bookmarks", "", f"bookmarks have {deepest} levels, more than {LEVELS}")
    for _, item in items:
        title = str(item.get("/Title", "")).strip()
        if not title:
            yield document.finding("navigation.bookmarks", "", "a bookmark has no title")
        action: Any = item.get("/A", {})
        goal = item.get("/Dest", action.get("/D") if action.get("/S") == "/GoTo" else None)
        yield from _goal(document, goal, places, f"bookmark '{title}'")


def _items(node: Any, level: int, seen: set[tuple[int, int]]) -> Iterator[tuple[int, Any]]:
    item = node.get("/First") if node is not None else None
    while item is not None and item.objgen not in seen:
        seen.add(item.objgen)
        yield level, item
        yield from _items(item, level + 1, seen)
        item = item.get("/Next")


def _contents(document: Document) -> Iterator[Finding]:
    sections = document.structure.of("H1")
    if document.length >= SHORT and len(sections) > 1 and not document.structure.of("TOC"):
        yield document.finding("navigation.contents", "", "the document has no table of contents")


def _labels(document: Document) -> Iterator[Finding]:
    if "/PageLabels" not in document.root:
        yield document.finding("navigation.labels", "", "pages have no labels")
        return
    if 0 not in NumberTree(document.root.PageLabels):
        yield document.finding("navigation.labels", 0, "the first page has no label")
    seen: dict[str, int] = {}
    for number, page in enumerate(document.pdf.pages):
        label = str(page.label)
        if label in seen:
            what = f"has the label '{label}', as page {seen[label] + 1}"
            yield document.finding("navigation.labels", number, what)
        seen.setdefault(label, number)


def _link(
    document: Document, number: int, link: Any, places: Places, beside: dict[Path, Places | None]
) -> Iterator[Finding]:
    border = listed(link.get("/Border", None))
    if float(link.BS.get("/W", 1) if "/BS" in link else border[2] if len(border) > 2 else 1):
        yield document.finding("navigation.border", number, "a link has a frame")
    action = link.get("/A")
    if action is None or action.get("/S") == "/GoTo":
        goal = link.get("/Dest") if action is None else action.get("/D")
        yield from _goal(document, goal, places, number)
    elif action.get("/S") == "/URI":
        yield document.finding("navigation.address", number, f"a link leaves the submission: {action.get('/URI', '')}")
    elif action.get("/S") == "/GoToR":
        yield from _file(document, number, action, beside)


def _file(document: Document, number: int, action: Any, beside: dict[Path, Places | None]) -> Iterator[Finding]:
    named = action.get("/F", "")
    name = str(named.get("/UF", named.get("/F", ""))) if isinstance(named, Dictionary) else str(named)
    if ABSOLUTE.match(name) or ADDRESS.match(name):
        yield document.finding("navigation.path", number, f"a link names its file by an absolute path: {name}")
        return
    target = (document.path.parent / name).resolve()
    if target not in beside:
        beside[target] = _places(target)
    places = beside[target]
    if places is None:
        yield document.finding("navigation.file", number, f"a link leads to a file that cannot be read: {name}")
        return
    yield from _goal(document, action.get("/D"), places, number, name)


def _places(path: Path) -> Places | None:
    try:
        with pikepdf.open(path) as pdf:
            return Places(dict.fromkeys(named_destinations(pdf)), len(pdf.pages))
    except (OSError, pikepdf.PdfError):
        return None


def named_destinations(pdf: pikepdf.Pdf) -> dict[str, Any]:
    """Named destinations, of either form."""
    root: Any = pdf.Root
    names = {str(key).removeprefix("/"): goal for key, goal in root.get("/Dests", {}).items()}
    tree = root.get("/Names", {}).get("/Dests")
    return names | ({str(key): goal for key, goal in NameTree(tree).items()} if tree is not None else {})


def _goal(document: Document, goal: Any, places: Places, where: str | int, file: str = "") -> Iterator[Finding]:
    """A destination must be there, and leave the reader's zoom as it is."""
    if isinstance(goal, Dictionary):
        goal = goal.get("/D")
    if not isinstance(goal, Array):
        if goal is None or str(goal).removeprefix("/") not in places.names:
            shown = f"{file}#{goal or ''}" if file else f"'{goal or ''}'"
            yield document.finding("navigation.destination", where, f"leads to {shown}, which does not exist")
        return
    parts = listed(goal)
    page = parts[0] if parts else None
    known = (isinstance(page, int) and 0 <= page < places.pages) if file else _is_page(document, page)
    if not known:
        yield document.finding("navigation.destination", where, "leads to a page that does not exist")
    if len(parts) < 2 or parts[1] != "/XYZ" or (len(parts) > 4 and parts[4] is not None and float(parts[4])):
        yield document.finding("navigation.zoom", where, "changes the zoom instead of keeping the reader's")


def _is_page(document: Document, page: Any) -> bool:
    return isinstance(page, Dictionary) and page.objgen in document.page_numbers
