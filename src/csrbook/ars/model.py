"""The classes of the CDISC Analysis Results Standard (ARS) v1.0 that analyses are written in.

Fields, required fields and terms are those of the standard's logical model; a field that it does not have is refused.
Attributes are written here with underscores and in JSON in camel case (``analysis_set_id``, ``analysisSetId``).
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

__all__ = [
    "Analysis",
    "AnalysisMethod",
    "AnalysisSet",
    "CodeParameter",
    "CompoundExpression",
    "Condition",
    "ControlledTerm",
    "DataSubset",
    "DocumentReference",
    "Group",
    "GroupingFactor",
    "Identified",
    "Named",
    "Operation",
    "OperationRelationship",
    "OperationResult",
    "OrderedGrouping",
    "PageName",
    "ProgrammingCode",
    "ReferenceDocument",
    "ReferencedClause",
    "ReferencedOperation",
    "ResultGroup",
    "SponsorTerm",
    "SponsorTermRef",
    "Standard",
    "TerminologyExtension",
    "WhereClause",
]

Comparator = Literal["EQ", "NE", "GT", "GE", "LT", "LE", "IN", "NOTIN"]


class Standard(BaseModel):
    """A class of the standard."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Named(Standard):
    """A class whose instances have a name."""

    name: str
    label: str | None = None
    description: str | None = None


class Identified(Named):
    """A class whose instances are referred to."""

    id: str


# Terminology


class SponsorTerm(Standard):
    """A term that the sponsor adds to an enumeration."""

    id: str
    submission_value: str
    description: str | None = None


class TerminologyExtension(Standard):
    """The sponsor's terms of an enumeration."""

    id: str
    enumeration: Literal["AnalysisReasonEnum", "AnalysisPurposeEnum", "OperationRoleEnum", "OutputFileTypeEnum"]
    sponsor_terms: tuple[SponsorTerm, ...]


class ControlledTerm(Standard):
    """A term of the standard: reason or purpose of an analysis, role of an operation, type of a file."""

    controlled_term: Literal[
        "SPECIFIED IN PROTOCOL",
        "SPECIFIED IN SAP",
        "DATA DRIVEN",
        "REQUESTED BY REGULATORY AGENCY",
        "PRIMARY OUTCOME MEASURE",
        "SECONDARY OUTCOME MEASURE",
        "EXPLORATORY OUTCOME MEASURE",
        "NUMERATOR",
        "DENOMINATOR",
        "pdf",
        "rtf",
        "txt",
    ]


class SponsorTermRef(Standard):
    """A term of the sponsor, by its id."""

    sponsor_term_id: str


# Conditions: analysis sets, data subsets, groups


class Condition(Standard):
    """``dataset.variable comparator value``."""

    dataset: str
    variable: str
    comparator: Comparator
    value: tuple[str, ...]


class ReferencedClause(Standard):
    """An analysis set, data subset or group that is part of a compound expression."""

    level: int
    order: int
    sub_clause_id: str


class WhereClause(Standard):
    """A condition, or a compound expression, that is part of a compound expression."""

    level: int
    order: int
    condition: Condition | None = None
    compound_expression: CompoundExpression | None = None


class CompoundExpression(Standard):
    """Clauses joined by AND or OR, or one clause negated by NOT."""

    logical_operator: Literal["AND", "OR", "NOT"]
    where_clauses: tuple[ReferencedClause | WhereClause, ...]


class _Selection(Identified):
    level: int
    order: int
    condition: Condition | None = None
    compound_expression: CompoundExpression | None = None


class AnalysisSet(_Selection):
    """A set of subjects."""


class DataSubset(_Selection):
    """A set of records."""


class Group(_Selection):
    """A prespecified group of a grouping factor."""


class GroupingFactor(Identified):
    """What subjects or records are grouped by; with ``data_driven`` the groups are the values of the variable."""

    data_driven: bool
    grouping_dataset: str | None = None
    grouping_variable: str | None = None
    groups: tuple[Group, ...] | None = None


# Documents and programs


class PageName(Standard):
    """A named destination in a document."""

    ref_type: Literal["NamedDestination"] = "NamedDestination"
    page_names: tuple[str, ...]
    label: str | None = None


class DocumentReference(Standard):
    """A reference to a document, or to a place in it."""

    reference_document_id: str
    page_refs: tuple[PageName, ...] | None = None


class ReferenceDocument(Identified):
    """A document or program, and where it lies."""

    location: str | None = None


class CodeParameter(Named):
    """A parameter that a program was given."""

    value: tuple[str, ...]


class ProgrammingCode(Standard):
    """The program of an analysis or output."""

    context: str
    document_ref: DocumentReference | None = None
    parameters: tuple[CodeParameter, ...] | None = None


# Methods


class OperationRelationship(Standard):
    """An operation whose result is numerator or denominator of another."""

    id: str
    referenced_operation_role: ControlledTerm
    operation_id: str
    description: str | None = None


class Operation(Identified):
    """One statistic of a method."""

    order: int
    referenced_operation_relationships: tuple[OperationRelationship, ...] | None = None
    result_pattern: str | None = None


class AnalysisMethod(Identified):
    """A statistical method and the statistics that it gives."""

    operations: tuple[Operation, ...]


# Analyses


class OrderedGrouping(Standard):
    """A grouping factor of an analysis; ``results_by_group`` says whether each group has a result."""

    order: int
    grouping_id: str
    results_by_group: bool


class ReferencedOperation(Standard):
    """The analysis that holds the result which an operation refers to."""

    referenced_operation_relationship_id: str
    analysis_id: str


class ResultGroup(Standard):
    """The group of a result: prespecified by its id, data-driven by its value; neither for a result across groups."""

    grouping_id: str
    group_id: str | None = None
    group_value: str | None = None


class OperationResult(Standard):
    """One number of the report."""

    operation_id: str
    result_groups: tuple[ResultGroup, ...] | None = None
    raw_value: str | None = None
    formatted_value: str | None = None


class Analysis(Identified):
    """One method applied to one variable in one analysis set, and its results."""

    version: int
    reason: ControlledTerm
    purpose: ControlledTerm | SponsorTermRef
    analysis_set_id: str | None = None
    dataset: str | None = None
    variable: str | None = None
    data_subset_id: str | None = None
    ordered_groupings: tuple[OrderedGrouping, ...] | None = None
    method_id: str
    referenced_analysis_operations: tuple[ReferencedOperation, ...] | None = None
    programming_code: ProgrammingCode | None = None
    results: tuple[OperationResult, ...]
