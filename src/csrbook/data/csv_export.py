"""The one way in which csrbook writes CSV: a file that a spreadsheet shows and does not execute."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["as_before_export", "csv_text"]

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet takes for a formula."""
DOUBLE: Final = '"'
TO_QUOTE: Final = re.compile('[",\r\n]')
PLAIN_NUMBER: Final = re.compile(r"[-+][0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV (RFC 4180, UTF-8, lines ended by LF).

    Parameters
    ----------
    header : sequence of str
    rows : iterable of sequences
        Each as long as the header. None and NaN become empty cells; numbers get the shortest digits that give them
        again; everything else its ``str``.

    Returns
    -------
    str
        With a line feed at its end.

    Notes
    -----
    A text that a spreadsheet would take for a formula (it begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage
    return, blanks aside, and is no plain number) gets an apostrophe before it, as OWASP recommends. NUL characters, at
    which some programs end a text, become U+FFFD.

    Raises
    ------
    ValueError
        A row is not as long as the header.
    """
    lines = [_line(header)]
    for row in rows:
        if len(row) != len(header):
            msg = f"a row has {len(row)} cells, the header {len(header)}"
            raise ValueError(msg)
        lines.append(_line(row))
    return "".join(lines)


def as_before_export(cell: str) -> str:
    """The text of a cell of :func:`csv_text` without the apostrophe that keeps a spreadsheet from executing it.

    A text that began with an apostrophe and a formula before the export cannot be told apart from it.
    """
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell


def _line(values: Sequence[object]) -> str:
    # The csv module leaves a lone carriage return unquoted where lines end with a line feed.
    cells = [_cell(value) for value in values]
    quoted = [f'"{cell.replace(DOUBLE, DOUBLE * 2)}"' if TO_QUOTE.search(cell) else cell for cell in cells]
    return (",".join(quoted) or '""') + "\n"


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return repr(float(value))
    text = str(value).replace("\0", "\ufffd")
    return "'" + text if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    # A spreadsheet looks past the blanks that a cell begins with.
    return text.lstrip(" ").startswith(FORMULA) and not PLAIN_NUMBER.fullmatch(text)
