"""What a rule is.

A check is given the datasets (``data["ADSL"]`` is a frame; see ``csrbook.lock.rule_data`` for the ways in which records
of two datasets meet, and ``data.plan`` for parameters). It yields the name of a dataset and, for each of its records,
whether the record breaks the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["EVERY", "Broken", "Rule", "rule", "same"]

EVERY = "*"
"""Every dataset of the transfer."""

Broken = Iterator[tuple[str, NDArray[np.bool_]]]


@dataclass(frozen=True)
class Rule:
    """A rule across datasets."""

    id: str
    """``R`` and its number in the specification; a letter where one number holds two rules."""
    sentence: str
    """What holds of good data."""
    reads: Mapping[str, tuple[str, ...]]
    """Variables by dataset."""
    check: Callable[[Any], Broken]
    severity: str = "reject"
    """``reject``, or ``review`` for what is reported and admitted."""


def rule(
    identifier: str, sentence: str, reads: Mapping[str, str], severity: str = "reject"
) -> Callable[[Callable[[Any], Broken]], Rule]:
    """Make a rule of a check; ``reads`` names variables by dataset, with blanks between them."""
    return lambda check: Rule(
        identifier, sentence, {name: tuple(variables.split()) for name, variables in reads.items()}, check, severity
    )


def same(left: NDArray[Any], right: NDArray[Any], tolerance: float = 1e-8) -> NDArray[np.bool_]:
    """Where two arrays of numbers agree, to a tolerance relative to their size or 1; two missing values agree."""
    left, right = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    with np.errstate(invalid="ignore"):
        near = np.abs(left - right) <= tolerance * np.maximum(1.0, np.abs(right))
    return near | (np.isnan(left) & np.isnan(right))
