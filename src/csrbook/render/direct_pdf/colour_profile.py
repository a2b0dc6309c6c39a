"""The ICC profile of sRGB, which PDF/A wants in a file: primaries, white point and tone curve, made of numbers."""

from __future__ import annotations

import struct
from typing import Final

__all__ = ["srgb_profile"]

# IEC 61966-2-1, adapted from D65 to the D50 of the profile connection space by the Bradford transform.
_WHITE: Final = (0.9642, 1.0, 0.8249)
_RED: Final = (0.43607, 0.22249, 0.01392)
_GREEN: Final = (0.38515, 0.71687, 0.09708)
_BLUE: Final = (0.14307, 0.06061, 0.71410)
_ADAPTATION: Final = (1.04788, 0.02292, -0.05020, 0.02959, 0.99048, -0.01706, -0.00923, 0.01508, 0.75168)
# Y = (aX + b)^g where X >= d, else cX: curve of type 3.
_CURVE: Final = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def srgb_profile() -> bytes:
    """A display profile of ICC.1:2010 (version 4.2), matrix and curve."""
    tags = {
        b"desc": _text("sRGB"),
        b"cprt": _text("No copyright, use freely"),
        b"wtpt": _xyz(_WHITE),
        b"chad": b"sf32" + bytes(4) + _fixed(*_ADAPTATION),
        b"rXYZ": _xyz(_RED),
        b"gXYZ": _xyz(_GREEN),
        b"bXYZ": _xyz(_BLUE),
    }
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(*_CURVE)
    elements = [*tags.values(), curve]
    names = [*((name, i) for i, name in enumerate(tags)), *((name, len(tags)) for name in (b"rTRC", b"gTRC", b"bTRC"))]
    start = 128 + 4 + 12 * len(names)
    places = [start + sum(map(len, elements[:i])) for i in range(len(elements))]
    table = b"".join(name + struct.pack(">II", places[i], len(elements[i])) for name, i in names)
    size = start + sum(map(len, elements))
    return _header(size) + struct.pack(">I", len(names)) + table + b"".join(elements)


def _header(size: int) -> bytes:
    date = struct.pack(">6H", 2010, 12, 1, 0, 0, 0)
    kind = b"mntrRGB XYZ "
    head = struct.pack(">I4sI", size, bytes(4), 0x04200000) + kind + date + b"acsp" + bytes(28) + _fixed(*_WHITE)
    return head.ljust(128, b"\0")


def _fixed(*numbers: float) -> bytes:
    """Numbers of 16 bits before and 16 after the point."""
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def _xyz(colour: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(*colour)


def _text(text: str) -> bytes:
    """A text in one language, of a whole number of 4 bytes."""
    content = text.encode("utf-16-be")
    element = b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(content), 28) + content
    return element + bytes(-len(element) % 4)
