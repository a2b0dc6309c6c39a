"""The record layout of a SAS XPORT file, version 5: 80-byte headers, 140-byte descriptors, then the observations.

Reference: SAS technical support document TS-140, "The Record Layout of a SAS Transport Data Set".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["CARD", "Field", "LayoutError", "header", "parse_header", "read_member"]

CARD = 80
NAMESTR = struct.Struct(">4h8s40s8s3h2s8s2hl52s")
LABEL_LENGTH = 40
NAME_LENGTH = 8
TEXT_LENGTH = 200
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
LIBRARY = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"
LIBRARY_8 = b"HEADER RECORD*******LIBV8   HEADER RECORD!!!!!!!"
MEMBER = b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!"
DESCRIPTOR = b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!"
NAMESTRS = b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!"
OBSERVATIONS = b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!"
ZEROS = b"0" * 30


class LayoutError(ValueError):
    """The bytes are not an XPORT version 5 file with one dataset."""


@dataclass(frozen=True)
class Field:
    """A variable and its place in an observation."""

    name: str
    label: str
    text: bool
    length: int
    position: int
    date: bool = False


def header(name: str, label: str, fields: Sequence[Field], made: datetime) -> bytes:
    """Everything that stands before the first observation.

    Parameters
    ----------
    name, label : str
        Of the dataset: at most 8 and 40 bytes.
    fields : sequence of Field
    made : datetime
        Written as the time of creation and of change.

    Returns
    -------
    bytes
        A whole number of 80-byte cards.
    """
    time = f"{made.day:02d}{MONTHS[made.month - 1]}{made.year % 100:02d}:{made:%H:%M:%S}".encode("ascii")
    system = b"9.4     " + b"PYTHON  " + b" " * 24
    cards = [
        LIBRARY + ZEROS,
        b"SAS     SAS     SASLIB  " + system + time,
        time,
        MEMBER + b"000000000000000001600000000140",
        DESCRIPTOR + ZEROS,
        b"SAS     " + _fixed(name, NAME_LENGTH) + b"SASDATA " + system + time,
        time + b" " * 16 + _fixed(label, LABEL_LENGTH),
        NAMESTRS + f"000000{len(fields):04d}".encode("ascii") + b"0" * 20,
    ]
    descriptors = b"".join(_namestr(number, field) for number, field in enumerate(fields, start=1))
    descriptors += b" " * (-len(descriptors) % CARD)
    return b"".join(card.ljust(CARD) for card in cards) + descriptors + (OBSERVATIONS + ZEROS).ljust(CARD)


def _fixed(text: str, length: int) -> bytes:
    """UTF-8, padded with blanks."""
    data = text.encode("utf-8")
    if len(data) > length:
        msg = f"'{text}' is longer than {length} bytes"
        raise LayoutError(msg)
    return data.ljust(length)


def _namestr(number: int, field: Field) -> bytes:
    form = (b"DATE", 9) if field.date else (b"", 0)
    return NAMESTR.pack(
        2 if field.text else 1,
        0,
        field.length,
        number,
        _fixed(field.name, NAME_LENGTH),
        _fixed(field.label, LABEL_LENGTH),
        form[0].ljust(8),
        form[1],
        0,
        0,
        b"\0\0",
        b" " * 8,
        0,
        0,
        field.position,
        b"\0" * 52,
    )


def parse_header(start: bytes) -> tuple[int, int]:
    """Where the descriptors begin, and how many variables there are.

    Parameters
    ----------
    start : bytes
        The first 640 bytes of the file, or fewer if it is shorter.
    """
    if start[:48] == LIBRARY_8:
        msg = "it is an XPORT file of version 8; version 5 is read"
        raise LayoutError(msg)
    for position, expected in ((0, LIBRARY), (3, MEMBER), (4, DESCRIPTOR), (7, NAMESTRS)):
        found = start[position * CARD : position * CARD + len(expected)]
        if found != expected:
            msg = (
                "it ends within its header: the file is truncated"
                if len(found) < len(expected) and expected.startswith(found)
                else f"it is not a SAS XPORT file of version 5 (byte {position * CARD})"
            )
            raise LayoutError(msg)
    if start[3 * CARD + 74 : 3 * CARD + 78] != b"0140":
        msg = "its descriptors are not 140 bytes long"
        raise LayoutError(msg)
    count = start[7 * CARD + 54 : 7 * CARD + 58]
    if not count.isdigit() or int(count) == 0:
        msg = "its number of variables is not readable"
        raise LayoutError(msg)
    return 8 * CARD, int(count)


def read_member(start: bytes, offset: int, count: int) -> tuple[list[Field], int]:
    """The variables, and where the first observation begins.

    Parameters
    ----------
    start : bytes
        The file up to the first observation at least, or all of a shorter file.
    offset, count : int
        From :func:`parse_header`.
    """
    end = offset + -(-count * NAMESTR.size // CARD) * CARD
    if len(start) < end + CARD:
        msg = "it ends within its header: the file is truncated"
        raise LayoutError(msg)
    if start[end : end + len(OBSERVATIONS)] != OBSERVATIONS:
        msg = f"the observations do not begin at byte {end}, where {count} variables end"
        raise LayoutError(msg)
    fields = []
    position = 0
    for raw in NAMESTR.iter_unpack(start[offset : offset + count * NAMESTR.size]):
        kind, _, length, _, name, label, form, *_, place, _ = raw
        field = Field(
            name=_text(name),
            label=_text(label),
            text=kind == 2,
            length=length,
            position=place,
            date=kind == 1 and _text(form) in {"DATE", "YYMMDD", "E8601DA", "DDMMYY", "MMDDYY"},
        )
        if kind not in {1, 2} or place != position or not 1 <= length <= (TEXT_LENGTH if kind == 2 else 8):
            msg = f"the descriptor of {field.name!r} states an impossible type, length or position"
            raise LayoutError(msg)
        position += length
        fields.append(field)
    if len({field.name for field in fields}) != len(fields):
        msg = "two variables have one name"
        raise LayoutError(msg)
    return fields, end + CARD


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8").rstrip(" \0")
    except UnicodeDecodeError:
        msg = f"a name or label is not UTF-8: {data!r}"
        raise LayoutError(msg) from None
