"""A dataset held against its pandera schema.

Text is checked once for each distinct value and not once for each record, which makes millions of records cheap; every
check that a text column may carry looks at one value at a time, so the result is the same. Numbers with a codelist are
checked in the same way. A finding bears the id of the rule that names the codelist, the range or the key as its own.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csrbook.data.text_columns import distinct
from csrbook.lock.canonical import numbered, repeated_keys
from csrbook.lock.findings import SCHEMA, Finding, first_keys
from csrbook.lock.rule_reads import KEY, owner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from csrbook.data.specification import DatasetSpecification
    from csrbook.lock.study_schemas import Rule

    Coded = Callable[[str], tuple[NDArray[Any], list[Any]]]

__all__ = ["check_schema", "unusable"]

KINDS = {True: "is text", False: "is a number"}
OF_ANOTHER_TYPE = tuple(KINDS.values())


def check_schema(
    frame: pd.DataFrame,
    specification: DatasetSpecification,
    schema: Any,
    rules: Sequence[Rule] = (),
    coded: Coded | None = None,
) -> list[Finding]:
    """Every way in which a dataset departs from its schema.

    Parameters
    ----------
    frame : DataFrame
        Aligned with the specification where it can be.
    specification : DatasetSpecification
    schema : pandera.DataFrameSchema
    rules : sequence of Rule
        Their ids stand in the findings that they name as their own, in place of ``schema``.
    coded : callable, optional
        For a variable the number of each record's value and the distinct values, where these are known already.

    Returns
    -------
    list of Finding
        Empty for valid data.
    """
    name = specification.name
    findings = _columns(frame, specification)
    frame = numbered(frame)
    if coded is None:

        def coded(column: str) -> tuple[NDArray[Any], list[Any]]:
            return distinct(frame[column].to_numpy())

    for column in (column for column in specification.names if column in frame.columns):
        for expected, rows in _broken(frame[column], schema.columns[column], coded).items():
            # A value that is missing or of another type breaks the schema, not the rule on values.
            of_value = expected not in (*OF_ANOTHER_TYPE, "is not missing")
            findings.append(
                Finding(
                    owner(rules, name, column) if of_value else SCHEMA,
                    "reject",
                    name,
                    f"{column} {expected}",
                    int(rows.sum()),
                    len(frame),
                    first_keys(frame, rows, specification, [column]),
                )
            )
    lost = unusable(findings)
    known = all(key in frame.columns and key not in lost for key in specification.keys)
    if known and _key_repeats(specification.keys, len(frame), coded):
        rows = repeated_keys(frame, specification.keys)
        sentence = f"the key {', '.join(specification.keys)} is unique"
        first = first_keys(frame, rows, specification)
        rule = owner(rules, name, KEY)
        findings.append(Finding(rule, "reject", name, sentence, int(rows.sum()), len(frame), first))
    return findings


def unusable(findings: Sequence[Finding]) -> dict[str, str]:
    """The variables of another type than the schema's, which no rule can read, and what they should be."""
    lost = {}
    for finding in findings:
        column, _, expected = finding.sentence.partition(" ")
        if finding.rule == SCHEMA and expected in OF_ANOTHER_TYPE:
            lost[column] = expected.removeprefix("is ")
    return lost


def _key_repeats(keys: Sequence[str], records: int, coded: Coded) -> bool:
    """Whether two records have one key: without the order of the records, which takes longer to find."""
    numbers = np.zeros(records, dtype=np.int64)
    different = 1
    for key in keys:
        own, words = coded(key)
        # So few pairs that their numbers need no table; else the pairs are numbered anew.
        if different * len(words) > np.iinfo(np.int64).max // 2:
            numbers, found = pd.factorize(numbers)
            different = len(found)
        numbers = numbers * len(words) + own
        different *= len(words)
    return len(pd.unique(numbers)) < records


def _columns(frame: pd.DataFrame, specification: DatasetSpecification) -> list[Finding]:
    sentences = []
    if missing := [name for name in specification.names if name not in frame.columns]:
        sentences.append(f"the dataset has {', '.join(missing)}")
    if unknown := [str(name) for name in frame.columns if name not in specification.names]:
        sentences.append(f"the dataset has no {', '.join(unknown)}")
    return [Finding(SCHEMA, "reject", specification.name, text, 0, len(frame)) for text in sentences]


def _broken(column: pd.Series[Any], schema: Any, coded: Coded) -> dict[str, NDArray[np.bool_]]:
    """Which records break which expectation of a column."""
    from pandera.errors import SchemaErrors

    values = column.to_numpy()
    is_text = schema.metadata["kind"] == "text"
    if (values.dtype.kind == "O") != is_text:
        # A column of another type would fail every other check too, for no reason of its own.
        return {KINDS[is_text]: np.ones(len(values), dtype=bool)}
    codes: NDArray[Any] | None = None
    if is_text:
        codes, words = coded(str(schema.name))
        if strangers := {code for code, word in enumerate(words) if not isinstance(word, str)}:
            return {KINDS[True]: np.isin(codes, list(strangers))}
        values = np.empty(len(words), dtype=object)
        values[:] = words
    try:
        _untyped(schema).validate(pd.DataFrame({schema.name: values}), lazy=True, inplace=True)
    except SchemaErrors as error:
        cases = error.failure_cases
    else:
        return {}
    # A check without a message of its own goes by its name.
    expectations = {str(check.error or check.name): _expectation(check) for check in schema.checks}
    broken: dict[str, NDArray[np.bool_]] = {}
    for check, group in cases.groupby("check", sort=False):
        mask = np.zeros(len(values), dtype=bool)
        mask[group["index"].to_numpy(dtype=np.int64)] = True
        expected = expectations.get(str(check), "is not missing" if check == "not_nullable" else str(check))
        broken[expected] = mask if codes is None else mask[codes]
    return broken


def _untyped(schema: Any) -> Any:
    """The column without its type, which is known to be right: pandera's own check of it takes half of the time."""
    bare = copy.copy(schema)
    bare.dtype = None
    return bare


def _expectation(check: Any) -> str:
    """A pandera check in words."""
    limits = check.statistics
    match check.name:
        case "isin":
            return f"is one of {', '.join(_value(value) for value in limits['allowed_values'])}"
        case "greater_than_or_equal_to":
            return f"is at least {_value(limits['min_value'])}"
        case "less_than_or_equal_to":
            return f"is at most {_value(limits['max_value'])}"
        case "str_length":
            return f"has {limits['min_value']} to {limits['max_value']} characters"
        case "whole_day":
            return "is a date"
        case _:
            return str(check.error)


def _value(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value) or "blank"
