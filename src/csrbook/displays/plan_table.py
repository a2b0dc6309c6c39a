"""A table of the plan, as the document's template reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Table", "number_captions", "table"]

Table = dict[str, Any]


def table(caption: str, columns: Sequence[tuple[str, float, str]], rows: Iterable[Sequence[str]]) -> Table:
    """Build a table from columns, each a header, a relative width and an alignment.

    A newline in a text breaks the line; an empty caption leaves the table without a number.
    """
    return {
        "caption": caption,
        "columns": [{"width": width, "align": align} for _, width, align in columns],
        "header": [header for header, _, _ in columns],
        "rows": [list(row) for row in rows],
    }


def number_captions(tables: dict[str, Table]) -> dict[str, Table]:
    """Number the tables that have a caption, in their order: ``Table 2: Objectives``."""
    numbered, number = {}, 0
    for name, content in tables.items():
        caption = content["caption"]
        number += bool(caption)
        numbered[name] = {**content, "caption": f"Table {number}: {caption}" if caption else ""}
    return numbered
