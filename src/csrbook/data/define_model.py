"""What a define.xml says of a study's datasets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CodeList", "Condition", "Define", "DefineDataset", "DefineVariable", "Term", "ValueLevel"]


@dataclass(frozen=True)
class Term:
    """A value of a codelist."""

    code: str
    decode: str


@dataclass(frozen=True)
class CodeList:
    """A codelist, its terms in the file's order."""

    oid: str
    name: str
    type: str
    terms: tuple[Term, ...]
    external: str
    """The dictionary that holds the terms instead, such as ``MedDRA 27.0``."""


@dataclass(frozen=True)
class Condition:
    """One condition of a where-clause: ``PARAMCD IN (ALB, ALP)``."""

    variable: str
    """OID of the variable."""
    comparator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class DefineVariable:
    """A variable of a dataset, or one of its meanings on value level."""

    oid: str
    name: str
    label: str
    type: str
    """As the file states it: ``text``, ``integer``, ``float``, ``date``, …"""
    length: int | None
    digits: int | None
    """Significant digits."""
    format: str
    """Display format."""
    origin: str
    source: str
    """Who provides the origin (2.1): ``Sponsor``, ``Investigator``, …"""
    codelist: str
    """OID of its codelist; empty where there is none."""
    method: str
    """OID of its method of derivation."""
    comment: str
    """OID of its comment."""
    value_list: str
    """OID of its value-level metadata."""
    mandatory: bool
    key: int | None
    """Place among the keys, from 1."""


@dataclass(frozen=True)
class ValueLevel:
    """An entry of value-level metadata: what a variable is where its conditions hold."""

    value_list: str
    variable: DefineVariable
    where: tuple[Condition, ...]
    """All of them hold; none are stated by version 1.0."""


@dataclass(frozen=True)
class DefineDataset:
    """A dataset, its variables in order."""

    oid: str
    name: str
    label: str
    structure: str
    observation_class: str
    keys: tuple[str, ...]
    comment: str
    """OID of its comment."""
    variables: tuple[DefineVariable, ...]


@dataclass(frozen=True)
class Define:
    """The content of a define.xml."""

    version: str
    """Of Define-XML, such as ``2.1.0``."""
    study: str
    standards: tuple[str, ...]
    """Such as ``ADaMIG 1.3``."""
    datasets: Mapping[str, DefineDataset]
    """By name, in the file's order."""
    codelists: Mapping[str, CodeList]
    """By OID."""
    value_level: tuple[ValueLevel, ...]
    methods: Mapping[str, str]
    """Descriptions by OID."""
    comments: Mapping[str, str]
    """Texts by OID."""
