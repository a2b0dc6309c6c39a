"""Reads what stands before the observations of an XPORT file, and believes nothing that the bytes do not bear out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from csrbook.data.encodings import decoded
from csrbook.data.reading import LayoutError
from csrbook.data.specification import is_date_format
from csrbook.data.xport_layout import CARD, LABEL_9, LABELS, LAYOUTS, NAMESTR, SHORT_LABEL, Field, Layout

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HEADER", "Member", "read_member"]

HEADER: Final = 8 << 20
"""Bytes that hold the longest header: 9,999 descriptors, and as many labels of 256 bytes."""

TRUNCATED: Final = "it ends within its header: the file is truncated"


@dataclass(frozen=True)
class Member:
    """The one dataset of a file."""

    layout: Layout
    name: str
    label: str
    fields: tuple[Field, ...]
    start: int
    """Byte at which the observations begin."""
    records: int | None
    """How many observations the file states; version 5 states none."""

    @property
    def length(self) -> int:
        """Bytes of an observation."""
        return sum(field.length for field in self.fields)


def read_member(data: bytes, encoding: str, where: str) -> Member:
    """Read the header of an XPORT file.

    Parameters
    ----------
    data : bytes
        The first :data:`HEADER` bytes of the file, or all of a shorter one.
    encoding : str
        Of names and labels.
    where : str
        The file's name, for errors.

    Raises
    ------
    LayoutError
        The bytes are no XPORT file, end too early, or contradict themselves.
    TransferError
        A name or label is not of the encoding.
    """
    text = partial(_text, encoding=encoding, where=where)
    layout = _layout(data[: 8 * CARD])
    cards = [data[card * CARD : (card + 1) * CARD] for card in range(8)]
    digits = cards[7][53:58]
    if not digits.isdigit() or int(digits) == 0:
        msg = "its number of variables is not readable"
        raise LayoutError(msg)
    count = int(digits)
    first = 8 * CARD
    end = first + -(-count * NAMESTR.size // CARD) * CARD
    fields = _fields(data[first : first + count * NAMESTR.size], layout, text)
    card = data[end : end + CARD]
    if len(fields) != count or len(card) < CARD:
        raise LayoutError(TRUNCATED)
    if layout.version == 8 and card[:48] in LABELS:
        fields, end = _labelled(fields, data, end, text)
        card = data[end : end + CARD]
    if card[:48] != layout.observations:
        msg = f"the observations do not begin at byte {end}, where {count} variables end"
        raise LayoutError(msg)
    if len({field.name.upper() for field in fields}) != count or not all(field.name for field in fields):
        msg = "two variables have one name, or one has none"
        raise LayoutError(msg)
    return Member(
        layout,
        text(cards[5][8 : 8 + layout.name]),
        text(cards[6][32 : 32 + SHORT_LABEL]),
        tuple(fields),
        end + CARD,
        _stated_records(card[48:63], layout),
    )


def _layout(start: bytes) -> Layout:
    layout = LAYOUTS[8] if start[:48] == LAYOUTS[8].library else LAYOUTS[5]
    for position, expected in ((0, layout.library), (3, layout.member), (4, layout.descriptor), (7, layout.namestrs)):
        found = start[position * CARD : position * CARD + len(expected)]
        if found != expected:
            msg = (
                TRUNCATED
                if len(found) < len(expected) and expected.startswith(found)
                else f"it is not a SAS XPORT file of version 5 or 8 (byte {position * CARD})"
            )
            raise LayoutError(msg)
    if start[3 * CARD + 74 : 3 * CARD + 78] != b"0140":
        msg = "its descriptors are not 140 bytes long"
        raise LayoutError(msg)
    return layout


def _stated_records(digits: bytes, layout: Layout) -> int | None:
    # Writers other than SAS leave zeros or nothing there; SAS itself puts blanks before the number.
    if layout.version == 5 or digits == b"0" * 15 or not digits.strip():
        return None
    if not digits.strip().isdigit():
        msg = "its number of observations is not readable"
        raise LayoutError(msg)
    return int(digits)


def _fields(raw: bytes, layout: Layout, text: Callable[[bytes], str]) -> list[Field]:
    fields: list[Field] = []
    position = 0
    for unpacked in NAMESTR.iter_unpack(raw[: len(raw) // NAMESTR.size * NAMESTR.size]):
        kind, _, length, _, short, label, form, _, _, _, _, _, _, _, place, long, label_length, _ = unpacked
        # A label that is cut within a character stands in full behind the descriptors.
        cut = layout.version == 8 and label_length > SHORT_LABEL
        field = Field(
            name=text(long if layout.version == 8 and long.strip(b" \0") else short),
            label="" if cut else text(label),
            text=kind == 2,
            length=length,
            position=place,
            date=kind == 1 and is_date_format(text(form)),
        )
        if kind not in {1, 2} or place != position or not 1 <= length <= (layout.text if kind == 2 else 8):
            msg = f"the descriptor of {field.name!r} states an impossible type, length or position"
            raise LayoutError(msg)
        position += length
        fields.append(field)
    return fields


def _labelled(fields: list[Field], data: bytes, start: int, text: Callable[[bytes], str]) -> tuple[list[Field], int]:
    """The fields with their long labels, and the byte of the card that follows these."""
    card = data[start : start + CARD]
    layout, digits = LABELS[card[:48]], card[48:].strip()
    if not digits[:5].isdigit() or not 0 < int(digits[:5]) <= len(fields):
        msg = "its number of long labels is not readable"
        raise LayoutError(msg)
    fields = list(fields)
    place = start + CARD
    for _ in range(int(digits[:5])):
        raw = data[place : place + layout.size]
        if len(raw) < layout.size:
            raise LayoutError(TRUNCATED)
        number, *lengths = layout.unpack(raw)
        texts = data[place + layout.size : place + layout.size + sum(lengths)]
        if not 1 <= number <= len(fields) or len(texts) < sum(lengths):
            msg = "a long label belongs to no variable, or is longer than the file"
            raise LayoutError(msg)
        name, label = texts[: lengths[0]], texts[lengths[0] : lengths[0] + lengths[1]]
        form = texts[lengths[0] + lengths[1] :][: lengths[2]] if layout is LABEL_9 else b""
        field = fields[number - 1]
        fields[number - 1] = replace(
            field,
            name=text(name) or field.name,
            label=text(label),
            date=field.date or (not field.text and is_date_format(text(form))),
        )
        place += layout.size + sum(lengths)
    return fields, start + CARD + -(-(place - start - CARD) // CARD) * CARD


def _text(data: bytes, encoding: str, where: str) -> str:
    text = decoded([data], encoding, f"{where}, a name or label")[0].rstrip(" \0")
    if not text.isprintable():
        msg = f"a name or label holds what cannot be printed: {text!r}"
        raise LayoutError(msg)
    return text
