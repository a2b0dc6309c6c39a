"""What all readers of foreign files share: one error for a broken file, and bounds on what a file may ask for."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from csrbook.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["LONGEST_TEXT", "LayoutError", "fits", "plain_number", "readable"]

LONGEST_TEXT: Final = 32_767
"""Bytes of the longest text that SAS knows, in any version."""

FREE_CELLS: Final = 20_000_000
"""Values that a file of any size may hold: 160 MB as a frame."""

CELLS_A_BYTE: Final = 32
"""Values that a byte of a file may unfold to beyond that; honest Parquet files of wide datasets stay below 10."""

NUMBER: Final = re.compile(r"[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]{1,4})?")


class LayoutError(ValueError):
    """The bytes are not what the format, or the file itself, says they are."""


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn whatever a broken file makes a reader raise into an error that names the file.

    Raises
    ------
    TransferError
    """
    try:
        yield
    except (ValueError, OSError, MemoryError, RecursionError, OverflowError) as error:
        reason = "it asks for more memory than there is" if isinstance(error, MemoryError) else _reason(error)
        raise TransferError(
            f"the file is not readable: {reason}", path.name, "ask for the file again and replace it"
        ) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not {error.encoding}"
    text = getattr(error, "strerror", None) or str(error)
    return (text.splitlines() or [type(error).__name__])[0].rstrip(".")


def fits(records: int, columns: int, size: int) -> None:
    """Refuse a file that would unfold out of all proportion to its size.

    Parameters
    ----------
    records, columns : int
        As the file states them.
    size : int
        Bytes of the file.

    Raises
    ------
    LayoutError
    """
    most = FREE_CELLS + CELLS_A_BYTE * size
    if records * columns > most:
        msg = f"it states {records} records of {columns} variables, which {size} bytes cannot hold"
        raise LayoutError(msg)


def plain_number(text: str) -> float:
    """A decimal number written as text, its fraction after a point.

    Raises
    ------
    ValueError
        The text is no such number.
    """
    if not NUMBER.fullmatch(text):
        msg = f"{text[:40]!r}, which is no number"
        raise ValueError(msg)
    return float(text)
