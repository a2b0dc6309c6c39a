"""A table of the plan, as the document's template reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Table", "hash_lines", "number_captions", "pairs", "signatures", "table"]

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


def pairs(items: Iterable[tuple[str, str]]) -> Table:
    """A table of names and values, without a number."""
    return table("", [("Item", 1, "left"), ("Value", 3.4, "left")], items)


def hash_lines(digest: str) -> str:
    """The 64 digits of a SHA-256 in two lines of 32, which are easier to compare than a line that breaks anywhere."""
    digits = digest.removeprefix("sha256:")
    return f"{digits[:32]}\n{digits[32:]}"


def signatures(roles: Iterable[str]) -> Table:
    """A table with a line to sign on for each role, without a number."""
    columns = [("Role", 2, "left"), ("Name", 2, "left"), ("Signature", 2, "left"), ("Date", 1, "left")]
    return table("", columns, [(f"{role}\n ", "", "", "") for role in roles])


def number_captions(tables: dict[str, Table], placed: Sequence[str] | None = None) -> dict[str, Table]:
    """Number the tables that have a caption: ``Table 2: Objectives``.

    Parameters
    ----------
    tables : dict
        By name.
    placed : sequence of str, optional
        Names in the order in which a document places them; those that it does not place come after them. All in the
        order of ``tables`` where it is absent.
    """
    order = dict.fromkeys([*(name for name in placed or () if name in tables), *tables])
    captioned = [name for name in order if tables[name]["caption"]]
    numbers = {name: f"Table {number}: {tables[name]['caption']}" for number, name in enumerate(captioned, start=1)}
    return {name: {**tables[name], "caption": numbers.get(name, "")} for name in order}
