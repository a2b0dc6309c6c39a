"""A screen reader can tell the content: tags for headings, tables, figures and links, and no content without a tag."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from pikepdf import NumberTree

from csrbook.conformance.objects import listed
from csrbook.conformance.structure import Content

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from csrbook.conformance.content import PageContent
    from csrbook.conformance.document import Document
    from csrbook.conformance.finding import Finding

__all__ = ["check", "check_page"]

HEADING: Final = re.compile(r"H([1-6])")
STANDARD: Final = {
    *(
        "Document",
        "Part",
        "Art",
        "Sect",
        "Div",
        "BlockQuote",
        "Caption",
        "TOC",
        "TOCI",
        "Index",
        "NonStruct",
        "Private",
    ),
    *("H", "H1", "H2", "H3", "H4", "H5", "H6", "P", "L", "LI", "Lbl", "LBody"),
    *("Table", "TR", "TH", "TD", "THead", "TBody", "TFoot", "Span", "Quote", "Note", "Reference", "BibEntry", "Code"),
    *("Link", "Annot", "Ruby", "RB", "RT", "RP", "Warichu", "WT", "WP", "Figure", "Formula", "Form"),
}


def check(document: Document) -> Iterator[Finding]:
    """Rules on the file."""
    if not document.tagged:
        yield document.finding("tags.tagged", "", "the file is not tagged")
        return
    yield from _language(document)
    yield from _roles(document)
    yield from _headings(document)
    yield from _alternatives(document)
    yield from _parents(document)


def check_page(document: Document, number: int, page: PageContent) -> Iterator[Finding]:
    """Rules on a page."""
    if document.tagged:
        yield from _links(document, number)
        yield from _painted(document, number, page)


def _language(document: Document) -> Iterator[Finding]:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", str(document.root.get("/Lang", ""))):
        yield document.finding("tags.language", "", "the document names no language")
    if not document.root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False):
        yield document.finding("tags.title", "", "a reader shows the name of the file, not the title")


def _roles(document: Document) -> Iterator[Finding]:
    for kind, times in Counter(element.kind for element in document.structure.elements).items():
        if kind not in STANDARD:
            yield document.finding("tags.role", kind, f"{times} tags are of no standard role")


def _headings(document: Document) -> Iterator[Finding]:
    level = 0
    for element in document.structure.elements:
        found = HEADING.fullmatch(element.kind)
        if not found:
            continue
        own = int(found[1])
        if own > level + 1:
            page = next((content.page for content in element.contents()), None)
            before = f"H{level}" if level else "no heading"
            what = f"H{own} follows {before}: '{element.text('T')}'"
            yield document.finding("tags.heading-level", page if page is not None else "", what)
        level = own
    if not level and document.length > 1:
        yield document.finding("tags.heading", "", "the document has no heading")


def _alternatives(document: Document) -> Iterator[Finding]:
    for element in document.structure.of("Figure", "Formula"):
        if not element.text("Alt").strip() and not element.text("ActualText").strip():
            page = next((content.page for content in element.contents()), None)
            what = f"a {element.kind.lower()} has no text in its place"
            yield document.finding("tags.alternative", page if page is not None else "", what)


def _links(document: Document, number: int) -> Iterator[Finding]:
    annotations = document.annotations(number)
    if annotations and document.pdf.pages[number].obj.get("/Tabs") != "/S":
        yield document.finding("tags.tab-order", number, "links are not reached in the order of the tags")
    for annotation in annotations:
        element = document.structure.references.get(annotation.objgen)
        if element is None or element.within("Link", "Reference", "Annot") is None:
            yield document.finding("tags.link", number, "a link has no tag")
        if not str(annotation.get("/Contents", "")).strip():
            yield document.finding("tags.link-description", number, "a link does not say in words where it leads")


def _painted(document: Document, number: int, page: PageContent) -> Iterator[Finding]:
    """All that is painted is content that has a tag, or an artifact."""
    lost = [run.text for run in page.runs if run.tag is None and run.text.strip()]
    if lost:
        yield document.finding("tags.untagged", number, f"{len(lost)} texts have no tag: '{lost[0].strip()}'")
    marks = sum(mark.tag is None for mark in page.marks)
    if marks:
        yield document.finding("tags.untagged", number, f"{marks} drawings have no tag")
    tags = {run.tag for run in page.runs} | {mark.tag for mark in page.marks}
    numbers = {tag.mcid for tag in tags if tag is not None and tag.mcid is not None}
    orphans = sorted(mcid for mcid in numbers if Content(number, mcid) not in document.structure.owners)
    if orphans:
        yield document.finding("tags.orphan", number, f"no tag holds the marked content {orphans[0]}")


def _parents(document: Document) -> Iterator[Finding]:
    """The way back, from marked content and links to their tags."""
    structure = document.structure
    tree: Any = document.root.StructTreeRoot.get("/ParentTree")
    parents = NumberTree(tree) if tree is not None else {}
    by_page: dict[int, list[Content]] = {}
    for content in structure.owners:
        by_page.setdefault(content.page, []).append(content)
    for number, contents in by_page.items():
        key = int(document.pdf.pages[number].obj.get("/StructParents", -1))
        known = listed(parents[key]) if key in parents else []
        wrong = [
            content.mcid
            for content in contents
            if content.mcid >= len(known) or not _same(known[content.mcid], structure.owners[content].node)
        ]
        if wrong:
            what = f"the parent tree does not lead from marked content {min(wrong)} to its tag"
            yield document.finding("tags.parent-tree", number, what)
    for number in range(document.length):
        for annotation in document.annotations(number):
            key = int(annotation.get("/StructParent", -1))
            element = structure.references.get(annotation.objgen)
            if element is not None and (key not in parents or not _same(parents[key], element.node)):
                yield document.finding("tags.parent-tree", number, "the parent tree does not lead from a link")


def _same(one: Any, other: Any) -> bool:
    return one is not None and one.is_indirect and other.is_indirect and one.objgen == other.objgen
