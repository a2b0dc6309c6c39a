"""What is compared: a quantity with its gate, the values of one side, and a part, which is one script of R."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

Data: TypeAlias = "Mapping[str, NDArray[Any]]"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A row of the table.

    ``scale`` is the least size that a difference is divided by: a number, or the quantity whose largest value is it.
    A logarithm or a difference may be 0 but for rounding, which would make any other relative difference meaningless.
    ``package`` is a package of R that this quantity alone needs.
    """

    key: str
    label: str
    scale: float | str = 1e-12
    gate: float = 1e-10
    package: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """Values of one quantity; ``note`` says why there are none, or what R warned of."""

    values: NDArray[np.float64]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One data set: vectors of numbers or of words, by name. ``named`` where it is of the literature, not drawn."""

    name: str
    data: Data
    named: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One script of R, ``r/<key>.R``, and what stands against it.

    ``cases`` gives the named data sets and so many random ones; of these ``most`` are compared at most, since R takes
    long for some methods. ``kept`` are the random ones that the fixtures hold.
    """

    key: str
    title: str
    packages: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    cases: Callable[[int], list[Case]]
    ours: Callable[[Data], dict[str, Result]]
    most: int = 500
    kept: int = 12


def result(values: object, status: str = "ok") -> Result:
    """Numbers of any nesting as one vector, row by row; ``status`` as our functions give it."""
    parts = values if isinstance(values, (list, tuple)) else [values]
    flat = [np.asarray(v, dtype=np.float64).ravel() for v in parts]
    return Result(np.concatenate(flat) if flat else np.empty(0), "" if status == "ok" else status)


def unknown(status: str) -> Result:
    """No value, and why."""
    return Result(np.array([math.nan]), status)
