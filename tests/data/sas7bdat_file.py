"""Writes the smallest SAS7BDAT files, for tests alone: 32-bit, little-endian, uncompressed.

Layout: Shotwell and Yu, "SAS7BDAT Database Binary Format" (2013), as ReadStat reads it.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.data import DatasetSpecification

MAGIC = bytes.fromhex("000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011")
PAGE = 4096
META, DATA = 0x0000, 0x0100
ENCODINGS = {"utf-8": 20, "latin-1": 29, "cp1252": 62, "gbk": 126}


def sas7bdat(frame: pd.DataFrame, specification: DatasetSpecification, encoding: str = "utf-8") -> bytes:
    """The bytes of a file with these data."""
    columns, widths = [], []
    for variable in specification.variables:
        if variable.kind == "text":
            words = [word.encode(encoding) for word in frame[variable.name]]
            width = max([1, *map(len, words)])
            columns.append([word.ljust(width) for word in words])
        else:
            width = 8
            columns.append([np.array(value, "<f8").tobytes() for value in frame[variable.name]])
        widths.append(width)
    rows = [b"".join(row) for row in zip(*columns, strict=True)]
    meta = _meta_page(specification, widths, len(rows))
    each = (PAGE - 24) // sum(widths)
    parts = [rows[first : first + each] for first in range(0, len(rows), each)]
    pages = [meta, *(_page(DATA, len(part), 0, b"".join(part)) for part in parts)]
    return _header(specification.name, encoding, len(pages)) + b"".join(pages)


def _header(name: str, encoding: str, pages: int) -> bytes:
    start = bytearray(1024)
    start[:32] = MAGIC
    start[32], start[35], start[37], start[39], start[70] = 0x22, 0x22, 0x01, ord("1"), ENCODINGS[encoding]
    start[84:92], start[92:156], start[156:164] = b"SAS FILE", name.encode().ljust(64), b"DATA    "
    struct.pack_into("<4d3I", start, 164, 0.0, 0.0, 0.0, 0.0, 1024, PAGE, pages)
    start[216:240] = b"9.0401M7" + b"Linux".ljust(16)
    return bytes(start)


def _page(kind: int, blocks: int, subheaders: int, content: bytes) -> bytes:
    return (bytes(16) + struct.pack("<4H", kind, blocks, subheaders, 0) + content).ljust(PAGE, b"\0")


def _meta_page(specification: DatasetSpecification, widths: list[int], rows: int) -> bytes:
    text = bytearray(28)

    def kept(word: str) -> bytes:
        data = word.encode("utf-8")
        reference = struct.pack("<3H", 0, len(text), len(data))
        text.extend(data.ljust(-(-len(data) // 4) * 4, b"\0"))
        return reference

    names, attributes, formats, position = b"", b"", [], 0
    for variable, width in zip(specification.variables, widths, strict=True):
        names += kept(variable.name) + bytes(2)
        attributes += struct.pack("<2IHBB", position, width, 4, 2 if variable.kind == "text" else 1, 0)
        form = kept("DATE") if variable.kind == "date" else bytes(6)
        formats.append(_signed(0xFFFFFBFE, bytes(30) + form + kept(variable.label) + bytes(6)))
        position += width
    size = bytearray(476)
    struct.pack_into("<2I", size, 16, position, rows)
    struct.pack_into("<I", size, 48, PAGE)
    struct.pack_into("<H", text, 0, len(text) - 8)
    subheaders = [
        _signed(0xF7F7F7F7, bytes(size)),
        _signed(0xF6F6F6F6, struct.pack("<2I", len(widths), 0)),
        _signed(0xFFFFFFFD, bytes(text)),
        _signed(0xFFFFFFFF, struct.pack("<H", len(names) + 8) + bytes(6) + names + bytes(8)),
        _signed(0xFFFFFFFC, struct.pack("<H", len(attributes) + 8) + bytes(6) + attributes + bytes(8)),
        *formats,
    ]
    pointers, content, end = b"", b"", PAGE
    for subheader in subheaders:
        end -= len(subheader)
        pointers += struct.pack("<2I2B2x", end, len(subheader), 0, 0)
        content = subheader + content
    page = _page(META, len(subheaders), len(subheaders), pointers)
    assert 24 + len(pointers) <= end, "more variables than one page describes"
    return page[:end] + content


def _signed(signature: int, content: bytes) -> bytes:
    return struct.pack("<I", signature) + content
