"""What a rule is.

A check is given the datasets (``data["ADSL"]`` is a frame; see ``csrbook.lock.rule_data`` for the ways in which records
of two datasets meet, and ``data.plan`` for parameters). It yields the name of a dataset and, for each of its records,
whether the record breaks the rule; a third value ``"review"`` marks records that are only to be looked at. In place of
a dataset it may name a part of the plan that has members, ``sap/outputs.yaml``.

A rule may judge each dataset apart from the others, ADSL excepted (:func:`each`); its check is then called once a
dataset, with its name. A rule may be held by the schemas, in whole or in part: its ``schema`` names the variables whose
codelist or range is the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["EVERY", "KEY", "Broken", "Rule", "after_run", "each", "in_schema", "rule", "same"]

EVERY = "*"
"""Every dataset of the transfer; among variables, ``*`` stands for any letters, as in ``*DT``."""
KEY = "(key)"
"""The variables that identify a record."""

Broken = Iterator[tuple[str, NDArray[np.bool_]] | tuple[str, NDArray[np.bool_], str]]


@dataclass(frozen=True)
class Rule:
    """A rule of the specification."""

    id: str
    """``R`` and its number in the specification."""
    sentence: str
    """What holds of good data."""
    reads: Mapping[str, tuple[str, ...]]
    """Variables by dataset."""
    check: Callable[..., Broken] | None = None
    """None where the schemas hold all of the rule, or where it is checked after the run."""
    severity: str = "reject"
    """``reject``, or ``review`` for what is reported and admitted."""
    apart: bool = False
    """Whether each dataset is judged apart from the others, ADSL excepted."""
    schema: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Variables by dataset of which the schema's codelist or range is part of the rule; :data:`KEY` for the key."""
    checked_at: str = "validation"
    """``validation``, or ``after run`` for a rule of pages."""


def rule(
    identifier: str,
    sentence: str,
    reads: Mapping[str, str],
    severity: str = "reject",
    schema: Mapping[str, str] | None = None,
) -> Callable[[Callable[[Any], Broken]], Rule]:
    """Make a rule of a check of all datasets together; ``reads`` names variables by dataset, with blanks between."""
    return lambda check: Rule(identifier, sentence, _split(reads), check, severity, schema=_split(schema or {}))


def each(
    identifier: str,
    sentence: str,
    reads: Mapping[str, str],
    severity: str = "reject",
    schema: Mapping[str, str] | None = None,
) -> Callable[[Callable[[Any, str], Broken]], Rule]:
    """Make a rule of a check of one dataset, given the data and its name."""
    return lambda check: Rule(
        identifier, sentence, _split(reads), check, severity, apart=True, schema=_split(schema or {})
    )


def in_schema(identifier: str, sentence: str, schema: Mapping[str, str]) -> Rule:
    """A rule that the schemas hold."""
    return Rule(identifier, sentence, _split(schema), schema=_split(schema))


def after_run(identifier: str, sentence: str, reads: Mapping[str, str]) -> Rule:
    """A rule of pages, which is checked when they are made."""
    return Rule(identifier, sentence, _split(reads), checked_at="after run")


def _split(names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {dataset: tuple(variables.split()) for dataset, variables in names.items()}


def same(left: NDArray[Any], right: NDArray[Any], tolerance: float = 1e-8) -> NDArray[np.bool_]:
    """Where two arrays of numbers agree, to a tolerance relative to their size or 1; two missing values agree."""
    left, right = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    with np.errstate(invalid="ignore"):
        near = np.abs(left - right) <= tolerance * np.maximum(1.0, np.abs(right))
    return near | (np.isnan(left) & np.isnan(right))
