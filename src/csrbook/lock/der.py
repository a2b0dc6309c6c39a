"""The certificates in a time stamp put into the order that DER demands.

OpenSSL, with which most authorities stamp, writes the set of certificates in the order of its configuration; DER, which
RFC 3161 asks for, and strict readers want sets sorted. The signature does not cover that set, so sorting it changes
nothing that is verified, and no length.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["with_sorted_certificates"]

SEQUENCE = 0x30
CONTEXT_0 = 0xA0
LONG = 0x80


def with_sorted_certificates(reply: bytes) -> bytes:
    """A ``TimeStampResp`` with its certificates in order; what is none is returned as it is."""
    try:
        (_, start, end), *_ = _elements(reply, 0, len(reply))
        token = _child(reply, start, end, 1, SEQUENCE)
        content = _child(reply, *token, 1, CONTEXT_0)
        signed = _child(reply, *content, 0, SEQUENCE)
        start, end = _child(reply, *signed, 3, CONTEXT_0)
        ends = [0, *(stop for _, _, stop in _elements(reply, start, end))]
    except (ValueError, IndexError):
        return reply
    ends[0] = start
    parts = sorted(reply[begin:stop] for begin, stop in pairwise(ends))
    return reply[:start] + b"".join(parts) + reply[end:]


def _child(data: bytes, start: int, end: int, number: int, tag: int) -> tuple[int, int]:
    """Where the content of a child element lies, which must have this tag."""
    found, begin, stop = list(_elements(data, start, end))[number]
    if found != tag:
        msg = f"an element has tag {found:#x}, not {tag:#x}"
        raise ValueError(msg)
    return begin, stop


def _elements(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Tag, begin and end of the content of each element between two positions."""
    while start < end:
        tag, size, begin = data[start], data[start + 1], start + 2
        if size > LONG:
            count = size - LONG
            size, begin = int.from_bytes(data[begin : begin + count], "big"), begin + count
        if size == LONG or begin + size > end:
            msg = "an element has no length, or one that leads out of its parent"
            raise ValueError(msg)
        yield tag, begin, begin + size
        start = begin + size
