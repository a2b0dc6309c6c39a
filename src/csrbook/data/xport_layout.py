"""The record layout of SAS XPORT files, versions 5 and 8: 80-byte headers, 140-byte descriptors, then the observations.

Version 8 has names of 32 and labels of 256 bytes, texts of 32,767, and says how many observations there are.

References: SAS technical papers "The Record Layout of a Data Set in SAS Transport (XPORT) Format" (TS-140) and "Record
Layout of a SAS Version 8 or 9 Data Set in SAS Transport Format".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from csrbook.data.reading import LONGEST_TEXT, LayoutError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["CARD", "LAYOUTS", "MONTHS", "Field", "Layout", "Version", "header"]

Version = Literal[5, 8]

CARD: Final = 80
NAMESTR: Final = struct.Struct(">4h8s40s8s3h2s8s2hl32sh18s")
LABEL_8: Final = struct.Struct(">3H")
LABEL_9: Final = struct.Struct(">5H")
SHORT_NAME: Final = 8
SHORT_LABEL: Final = 40
MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
ZEROS: Final = b"0" * 30


def _mark(word: str) -> bytes:
    return b"HEADER RECORD*******" + word.ljust(8).encode("ascii") + b"HEADER RECORD!!!!!!!"


@dataclass(frozen=True)
class Layout:
    """What differs between the versions."""

    version: Version
    library: bytes
    member: bytes
    descriptor: bytes
    namestrs: bytes
    observations: bytes
    name: int
    """Bytes of the longest name."""
    label: int
    """Bytes of a variable's longest label; a dataset's has 40 in either version."""
    text: int
    """Bytes of the longest text."""


LAYOUTS: Final[dict[Version, Layout]] = {
    5: Layout(
        5, _mark("LIBRARY"), _mark("MEMBER"), _mark("DSCRPTR"), _mark("NAMESTR"), _mark("OBS"), SHORT_NAME, 40, 200
    ),
    8: Layout(
        8, _mark("LIBV8"), _mark("MEMBV8"), _mark("DSCPTV8"), _mark("NAMSTV8"), _mark("OBSV8"), 32, 256, LONGEST_TEXT
    ),
}
LABELS: Final = {_mark("LABELV8"): LABEL_8, _mark("LABELV9"): LABEL_9}


@dataclass(frozen=True)
class Field:
    """A variable and its place in an observation."""

    name: str
    label: str
    text: bool
    length: int
    position: int
    date: bool = False


def header(layout: Layout, name: str, label: str, fields: Sequence[Field], records: int, made: datetime) -> bytes:
    """Everything that stands before the first observation.

    Parameters
    ----------
    layout : Layout
    name, label : str
        Of the dataset: at most 8 bytes (32 in version 8) and 40 bytes.
    fields : sequence of Field
    records : int
        How many observations follow; version 8 states it.
    made : datetime
        Written as the time of creation and of change.

    Returns
    -------
    bytes
        A whole number of 80-byte cards.

    Raises
    ------
    LayoutError
        A name or label is too long.
    """
    time = f"{made.day:02d}{MONTHS[made.month - 1]}{made.year % 100:02d}:{made:%H:%M:%S}".encode("ascii")
    system = b"9.4     PYTHON  "
    real = b"SAS     " + _fixed(name, layout.name) + b"SASDATA " + system
    cards = [
        layout.library + ZEROS,
        b"SAS     SAS     SASLIB  " + system + b" " * 24 + time,
        time,
        layout.member + b"000000000000000001600000000140",
        layout.descriptor + ZEROS,
        real.ljust(64) + time,
        time + b" " * 16 + _fixed(label, SHORT_LABEL),
        layout.namestrs + f"{len(fields):010d}".encode("ascii") + b"0" * 20,
    ]
    start = b"".join(card.ljust(CARD) for card in cards)
    start += _filled(b"".join(_namestr(layout, number, field) for number, field in enumerate(fields, start=1)))
    if layout.version == 5:
        return start + (layout.observations + ZEROS).ljust(CARD)
    return start + _long_labels(fields) + (layout.observations + f"{records:15d}".encode("ascii")).ljust(CARD)


def _fixed(text: str, length: int) -> bytes:
    """UTF-8, padded with blanks."""
    data = text.encode("utf-8")
    if len(data) > length:
        msg = f"'{text}' is longer than {length} bytes"
        raise LayoutError(msg)
    return data.ljust(length)


def _filled(data: bytes) -> bytes:
    return data + b" " * (-len(data) % CARD)


def _cut(text: str, length: int) -> bytes:
    """As much of a text as fits whole characters of UTF-8 into ``length`` bytes, padded with blanks."""
    return text.encode("utf-8")[:length].decode("utf-8", errors="ignore").encode("utf-8").ljust(length)


def _namestr(layout: Layout, number: int, field: Field) -> bytes:
    form = (b"DATE", 9) if field.date else (b"", 0)
    _fixed(field.label, layout.label)
    long = layout.version == 8
    return NAMESTR.pack(
        2 if field.text else 1,
        0,
        field.length,
        number,
        _cut(field.name, SHORT_NAME) if long else _fixed(field.name, SHORT_NAME),
        _cut(field.label, SHORT_LABEL),
        form[0].ljust(8),
        form[1],
        0,
        0,
        b"\0\0",
        b" " * 8,
        0,
        0,
        field.position,
        _fixed(field.name, layout.name) if long else b"\0" * 32,
        len(field.label.encode("utf-8")) if long else 0,
        b"\0" * 18,
    )


def _long_labels(fields: Sequence[Field]) -> bytes:
    """The records of the labels that a descriptor has no room for."""
    records = []
    for number, field in enumerate(fields, start=1):
        name, label = field.name.encode("utf-8"), field.label.encode("utf-8")
        if len(label) > SHORT_LABEL:
            records.append(LABEL_8.pack(number, len(name), len(label)) + name + label)
    if not records:
        return b""
    return (_mark("LABELV8") + str(len(records)).encode("ascii")).ljust(CARD) + _filled(b"".join(records))
