"""The order of the tags is the order in which a person reads: down the page, then from the left to the right."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from csrbook.conformance.geometry import Box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csrbook.conformance.content import PageContent
    from csrbook.conformance.document import Document
    from csrbook.conformance.finding import Finding
    from csrbook.conformance.structure import Element

__all__ = ["check_page"]

BLOCKS: Final = ("H1", "H2", "H3", "H4", "H5", "H6", "P", "TOCI", "LI", "Caption", "Note", "Div", "BlockQuote")
WHOLE: Final = ("TR", "Figure")
"""What is read at one go, whatever stands in it."""

SLACK: Final = 3.0
"""Points that the next may begin higher: half a line."""


def check_page(document: Document, number: int, page: PageContent) -> Iterator[Finding]:
    """Rules on a page."""
    boxes: dict[int, Box] = {}
    for run in page.runs:
        if run.tag is not None and run.tag.mcid is not None and run.text.strip():
            known = boxes.get(run.tag.mcid)
            boxes[run.tag.mcid] = run.box if known is None else _both(known, run.box)
    blocks: dict[Element, Box] = {}
    for mcid, element in document.structure.order.get(number, []):
        if mcid in boxes:
            block = element.within(*WHOLE) or element.within(*BLOCKS) or element
            blocks[block] = _both(blocks[block], boxes[mcid]) if block in blocks else boxes[mcid]
    for (before, above), (block, box) in pairwise(blocks.items()):
        if not _after(box, above):
            what = f"a {block.kind} is read after the {before.kind} below it"
            yield document.finding("tags.reading-order", number, what)


def _both(one: Box, other: Box) -> Box:
    return Box(min(one.x0, other.x0), min(one.y0, other.y0), max(one.x1, other.x1), max(one.y1, other.y1))


def _after(box: Box, before: Box) -> bool:
    """Whether it begins no higher than the one before, or stands to its right."""
    return box.y1 <= before.y1 + SLACK or box.x0 >= before.x1 - SLACK
