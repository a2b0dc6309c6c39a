"""Rows to pages, for a format whose readers do not all repeat column headers by themselves.

Labels never stand alone at the foot of a page, short blocks stay whole, and a label comes again where its rows run on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from csrbook.render.single.grid import BodyRow

__all__ = ["paginate"]


def paginate(rows: Iterable[BodyRow], height: Callable[[BodyRow], int], room: int) -> Iterator[list[BodyRow]]:
    """The rows of each page.

    Parameters
    ----------
    rows : iterable of BodyRow
        The body.
    height : callable
        Height of a row.
    room : int
        Height that a page has for rows. A page holds at least one.
    """
    page: list[BodyRow] = []
    free = room
    labels: list[BodyRow] = []
    for block in _blocks(rows):
        heights = [height(row) for row in block]
        # Room is left for labels that come again above it.
        whole = sum(heights) <= room * 3 // 4
        for place, (row, own) in enumerate(zip(block, heights, strict=True)):
            needed = sum(heights) if whole and place == 0 else own
            if page and needed > free and (place == 0 or not whole):
                yield page
                labels = _above(labels, row)
                page = [label.again() for label in labels]
                free = room - sum(map(height, page))
            page.append(row)
            free -= own
            labels = _under(labels, row)
    if page:
        yield page


def _blocks(rows: Iterable[BodyRow]) -> Iterator[list[BodyRow]]:
    """Rows that keep with the next, together."""
    block: list[BodyRow] = []
    for row in rows:
        block.append(row)
        if not row.keep:
            yield block
            block = []
    if block:
        yield block


def _above(labels: list[BodyRow], row: BodyRow) -> list[BodyRow]:
    """The labels that a row stands under."""
    return [label for label in labels if label.indent < row.indent] if row.kind == "row" else []


def _under(labels: list[BodyRow], row: BodyRow) -> list[BodyRow]:
    """The labels that hold after a row."""
    if row.kind in {"group", "section"}:
        return [*(label for label in labels if label.indent < row.indent), row]
    return _above(labels, row) if row.kind == "row" else labels
