"""Boxes and matrices of a PDF page, in points from its lower left corner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["IDENTITY", "Box", "Matrix", "around", "millimetres", "moved", "multiply", "transformed"]

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Final[Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Box(NamedTuple):
    """A rectangle; ``y`` grows upwards."""

    x0: float
    y0: float
    x1: float
    y1: float

    def meets(self, other: Box, most: float = 0.0) -> bool:
        """Whether the two share an area wider and higher than ``most``."""
        return (
            min(self.x1, other.x1) - max(self.x0, other.x0) > most
            and min(self.y1, other.y1) - max(self.y0, other.y0) > most
        )

    def within(self, other: Box, slack: float = 0.0) -> bool:
        """Whether it lies inside the other, but for ``slack``."""
        return (
            self.x0 >= other.x0 - slack
            and self.y0 >= other.y0 - slack
            and self.x1 <= other.x1 + slack
            and self.y1 <= other.y1 + slack
        )

    def cut(self, other: Box) -> Box:
        """The area that both share; may be empty or turned inside out."""
        return Box(max(self.x0, other.x0), max(self.y0, other.y0), min(self.x1, other.x1), min(self.y1, other.y1))


def multiply(inner: Matrix, outer: Matrix) -> Matrix:
    """``inner`` first, then ``outer``."""
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def moved(matrix: Matrix, x: float, y: float) -> Matrix:
    """A move first, then the matrix."""
    a, b, c, d, e, f = matrix
    return a, b, c, d, a * x + c * y + e, b * x + d * y + f


def around(points: Iterable[tuple[float, float]]) -> Box:
    """The box around points."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def transformed(matrix: Matrix, box: Box) -> Box:
    """The box around a transformed box."""
    a, b, c, d, e, f = matrix
    x0, y0, x1, y1 = box
    if b == 0.0 and c == 0.0:
        left, right, low, high = a * x0 + e, a * x1 + e, d * y0 + f, d * y1 + f
        return Box(min(left, right), min(low, high), max(left, right), max(low, high))
    corners = ((x0, y0), (x0, y1), (x1, y0), (x1, y1))
    return around((a * x + c * y + e, b * x + d * y + f) for x, y in corners)


def millimetres(points: float) -> float:
    """Points to millimetres."""
    return points / 72 * 25.4
