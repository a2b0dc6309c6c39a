"""Header and rows of a table or listing on a grid of columns, for the formats that lay a table out themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from csrbook.render.single.decimal import DecimalColumn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from csrbook.render.single.sheet import Sheet

__all__ = ["BodyRow", "Grid", "HeadCell"]

LONGEST_BLOCK: Final = 10
"""Rows under a label that stay on one page with it; more run on."""

TABLE_ROWS: Final = 250
"""Rows of one table in a file for word processors: they take some 30,000, but need minutes for some thousand."""


@dataclass(frozen=True, slots=True)
class HeadCell:
    """A cell of the header; ``merged`` where it continues the one above it."""

    text: str
    column: int
    colspan: int
    rowspan: int
    align: Literal["left", "right", "center"]
    rule: bool
    merged: bool = False


class BodyRow(NamedTuple):
    """A row of the body.

    Attributes
    ----------
    kind : str
        That of the display; ``nothing`` for the sentence that stands where there are no rows.
    texts : sequence of str
        One a column; a single one, which spans them all, in rows other than ``row`` and ``section``.
    indent : int
        Level of the label.
    keep : bool
        Whether the next row stays on the page of this one.
    ruled : bool
        Whether a rule stands above it: in listings, where a leading column changes.
    continued : bool
        Whether it is a label that comes again because its rows run on.
    """

    kind: Literal["row", "group", "section", "blank", "nothing"]
    texts: Sequence[str]
    indent: int = 0
    keep: bool = False
    ruled: bool = False
    continued: bool = False

    def again(self) -> BodyRow:
        """The label, without its numbers, at the top of a further page."""
        return self._replace(texts=[self.texts[0], *("" for _ in self.texts[1:])], continued=True)

    @property
    def spans(self) -> bool:
        """Whether its one text spans all columns."""
        return self.kind not in {"row", "section"}


class Grid:
    """The table of a sheet.

    Attributes
    ----------
    columns : int
        How many.
    aligns : list of str
        Of each column: left, right, center or decimal.
    header : list of list of HeadCell
        Every row with a cell for each column, spanned or merged ones included.
    decimals : dict of int to DecimalColumn
        Columns whose numbers are lined up at the point.
    labelled : bool
        Whether the first column holds labels of rows; listings have none.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._rows: Sequence[Mapping[str, Any]] = sheet["rows"]
        self.columns = len(sheet["columns"])
        self.aligns = [column["align"] for column in sheet["columns"]]
        self.labelled = sheet["kind"] != "listing"
        self.header = _header(sheet["header"], self.columns)
        first = 1 if self.labelled else 0
        self.decimals = {
            j: DecimalColumn(row["cells"][j - first] for row in self._rows if len(row["cells"]) > j - first)
            for j in range(first, self.columns)
            if self.aligns[j] == "decimal"
        }

    def edges(self, width: int) -> list[int]:
        """Right edges of the columns of a table of a width."""
        parts = [column["width"] for column in self._sheet["columns"]]
        return [round(width * sum(parts[: j + 1]) / sum(parts)) for j in range(self.columns)]

    def heading_align(self, column: int) -> str:
        """Alignment of the last header cell over a column."""
        cells = self.header[-1] if self.header else []
        return next((c.align for c in cells if c.column <= column < c.column + c.colspan), "center")

    def tables(self) -> Iterator[list[BodyRow]]:
        """The body in tables that a word processor takes, nearly always one."""
        rows = self.rows()
        while table := list(islice(rows, TABLE_ROWS)):
            yield table

    def rows(self) -> Iterator[BodyRow]:
        """The body, from top to bottom."""
        if not self._rows:
            yield BodyRow("nothing", (self._sheet.words["nothing"],))
        elif self.labelled:
            yield from self._table_rows()
        else:
            yield from self._listing_rows()

    def _table_rows(self) -> Iterator[BodyRow]:
        kept = _kept(self._rows)
        for i, row in enumerate(self._rows):
            texts = [row["label"], *row["cells"]] if row["kind"] in {"row", "section"} else [row["label"]]
            if len(texts) > 1 or row["kind"] in {"row", "section"}:
                texts += [""] * (self.columns - len(texts))
            yield BodyRow(row["kind"], texts, row["indent"], i in kept)

    def _listing_rows(self) -> Iterator[BodyRow]:
        lead = self._sheet["group_by"]
        before = None
        for row in self._rows:
            cells = row["cells"]
            key = cells[:lead]
            yield BodyRow("row", cells, ruled=before is not None and key != before)
            before = key


def _header(rows: Sequence[Sequence[Mapping[str, Any]]], columns: int) -> list[list[HeadCell]]:
    below: list[HeadCell] = []
    placed = []
    for cells in rows:
        line = [replace(cell, rowspan=cell.rowspan - 1, merged=True) for cell in below if cell.rowspan > 1]
        taken = {column for cell in line for column in range(cell.column, cell.column + cell.colspan)}
        column = 0
        for cell in cells:
            while column in taken:
                column += 1
            line.append(HeadCell(cell["text"], column, cell["colspan"], cell["rowspan"], cell["align"], cell["rule"]))
            column += cell["colspan"]
        below = sorted(line, key=lambda cell: cell.column)
        placed.append(_filled(below, columns))
    return placed


def _filled(line: Sequence[HeadCell], columns: int) -> list[HeadCell]:
    """The row with an empty cell in each column that has none."""
    taken = {column for cell in line for column in range(cell.column, cell.column + cell.colspan)}
    empty = [HeadCell("", column, 1, 1, "left", rule=False) for column in range(columns) if column not in taken]
    return sorted([*line, *empty], key=lambda cell: cell.column)


def _kept(rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """Rows that keep with the next: labels, and the rows of a short block but its last."""
    starts = [i for i, row in enumerate(rows) if row["kind"] in {"group", "section"}]
    kept = set()
    for start, end in pairwise([*starts, len(rows)]):
        own = 0
        while start + own + 1 < end and _belongs(rows[start + own + 1], rows[start]):
            own += 1
        kept |= set(range(start, start + own)) if 1 < own <= LONGEST_BLOCK else {start}
    return kept - {len(rows) - 1}


def _belongs(row: Mapping[str, Any], label: Mapping[str, Any]) -> bool:
    return bool(row["kind"] == "row" and row["indent"] > label["indent"])
