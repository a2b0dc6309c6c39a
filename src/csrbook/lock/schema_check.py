"""A dataset held against its pandera schema.

Text is checked once for each distinct value and not once for each record, which makes millions of records cheap; every
check that a text column may carry looks at one value at a time, so the result is the same.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csrbook.data.text_columns import distinct
from csrbook.lock.canonical import numbered, repeated_keys
from csrbook.lock.findings import Finding, first_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from csrbook.data.specification import DatasetSpecification

__all__ = ["check_schema"]


def check_schema(frame: pd.DataFrame, specification: DatasetSpecification, schema: Any) -> list[Finding]:
    """Every way in which a dataset departs from its schema.

    Parameters
    ----------
    frame : DataFrame
        Aligned with the specification where it can be.
    specification : DatasetSpecification
    schema : pandera.DataFrameSchema

    Returns
    -------
    list of Finding
        Empty for valid data.
    """
    name = specification.name
    findings = _columns(frame, specification)
    frame = numbered(frame)
    for column in (column for column in specification.names if column in frame.columns):
        for expected, rows in _broken(frame[column], schema.columns[column]).items():
            findings.append(
                Finding(
                    "schema",
                    "reject",
                    name,
                    f"{column} {expected}",
                    int(rows.sum()),
                    len(frame),
                    first_keys(frame, rows, specification, [column]),
                )
            )
    if not findings:
        rows = repeated_keys(frame, specification.keys)
        if rows.any():
            sentence = f"the key {', '.join(specification.keys)} is unique"
            first = first_keys(frame, rows, specification)
            findings.append(Finding("schema", "reject", name, sentence, int(rows.sum()), len(frame), first))
    return findings


def _columns(frame: pd.DataFrame, specification: DatasetSpecification) -> list[Finding]:
    sentences = []
    if missing := [name for name in specification.names if name not in frame.columns]:
        sentences.append(f"the dataset has {', '.join(missing)}")
    if unknown := [str(name) for name in frame.columns if name not in specification.names]:
        sentences.append(f"the dataset has no {', '.join(unknown)}")
    return [Finding("schema", "reject", specification.name, text, 0, len(frame)) for text in sentences]


def _broken(column: pd.Series[Any], schema: Any) -> dict[str, NDArray[np.bool_]]:
    """Which records break which expectation of a column."""
    from pandera.errors import SchemaErrors

    values = column.to_numpy()
    if (values.dtype.kind == "O") != (schema.metadata["kind"] == "text"):
        # A column of another type would fail every other check too, for no reason of its own.
        return {"is text" if schema.metadata["kind"] == "text" else "is a number": np.ones(len(values), dtype=bool)}
    codes: NDArray[Any] | None = None
    if values.dtype.kind == "O":
        codes, words = distinct(values)
        if strangers := {code for code, word in enumerate(words) if not isinstance(word, str)}:
            return {"is text": np.isin(codes, list(strangers))}
        values = np.empty(len(words), dtype=object)
        values[:] = words
    try:
        _untyped(schema).validate(pd.DataFrame({schema.name: values}), lazy=True, inplace=True)
    except SchemaErrors as error:
        cases = error.failure_cases
    else:
        return {}
    broken: dict[str, NDArray[np.bool_]] = {}
    for check, group in cases.groupby("check", sort=False):
        mask = np.zeros(len(values), dtype=bool)
        mask[group["index"].to_numpy(dtype=np.int64)] = True
        broken[_expectation(str(check))] = mask if codes is None else mask[codes]
    return broken


def _untyped(schema: Any) -> Any:
    """The column without its type, which is known to be right: pandera's own check of it takes half of the time."""
    bare = copy.copy(schema)
    bare.dtype = None
    return bare


def _expectation(check: str) -> str:
    """A pandera check in words."""
    for start, words in (
        ("isin(", "is one of ("),
        ("not_nullable", "is not missing"),
        ("whole_day", "is a date"),
        ("greater_than_or_equal_to(", "is at least ("),
        ("less_than_or_equal_to(", "is at most ("),
        ("str_length(", "has a length within ("),
    ):
        if check.startswith(start):
            return words + check[len(start) :]
    return check
