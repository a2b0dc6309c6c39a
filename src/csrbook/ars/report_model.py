"""The classes of the CDISC Analysis Results Standard (ARS) v1.0 that outputs and the whole report are written in."""

from __future__ import annotations

from typing import Literal

from csrbook.ars.model import (
    Analysis,
    AnalysisMethod,
    AnalysisSet,
    ControlledTerm,
    DataSubset,
    DocumentReference,
    GroupingFactor,
    Identified,
    Named,
    ProgrammingCode,
    ReferenceDocument,
    SponsorTermRef,
    Standard,
    TerminologyExtension,
)

__all__ = [
    "Categorization",
    "Category",
    "DisplaySection",
    "GlobalDisplaySection",
    "ListItem",
    "ListOfContents",
    "NestedList",
    "OrderedDisplay",
    "OrderedSubSection",
    "OrderedSubSectionRef",
    "Output",
    "OutputDisplay",
    "OutputFile",
    "ReportingEvent",
    "SectionType",
    "SubSection",
]

SectionType = Literal["Header", "Title", "Rowlabel Header", "Legend", "Abbreviation", "Footnote", "Footer"]

# Outputs


class SubSection(Standard):
    """A piece of text."""

    id: str
    text: str


class OrderedSubSection(Standard):
    """A piece of text at its place."""

    order: int
    sub_section: SubSection


class OrderedSubSectionRef(Standard):
    """A piece of text that stands elsewhere, at its place."""

    order: int
    sub_section_id: str


class DisplaySection(Standard):
    """Texts of one kind of a display."""

    section_type: SectionType
    ordered_sub_sections: tuple[OrderedSubSection | OrderedSubSectionRef, ...]


class GlobalDisplaySection(Standard):
    """Texts that many displays share."""

    section_type: SectionType
    sub_sections: tuple[SubSection, ...]


class OutputDisplay(Identified):
    """What stands on the pages of an output."""

    version: int
    display_title: str
    display_sections: tuple[DisplaySection, ...]


class OrderedDisplay(Standard):
    """A display at its place in an output."""

    order: int
    display: OutputDisplay


class OutputFile(Named):
    """A file that shows an output."""

    file_type: ControlledTerm | SponsorTermRef
    location: str


class Output(Identified):
    """A table, figure, listing or document."""

    version: int
    file_specifications: tuple[OutputFile, ...]
    displays: tuple[OrderedDisplay, ...]
    category_ids: tuple[str, ...] | None = None
    document_refs: tuple[DocumentReference, ...] | None = None
    programming_code: ProgrammingCode | None = None


# The whole


class ListItem(Named):
    """An entry of a list of contents: a heading, an output or an analysis, and what stands below it."""

    level: int
    order: int
    output_id: str | None = None
    analysis_id: str | None = None
    sublist: NestedList | None = None


class NestedList(Standard):
    """Entries of one level."""

    list_items: tuple[ListItem, ...]


class ListOfContents(Named):
    """A list of outputs and analyses."""

    contents_list: NestedList


class Category(Standard):
    """A category of outputs."""

    id: str
    label: str


class Categorization(Standard):
    """Categories of one kind."""

    id: str
    label: str
    categories: tuple[Category, ...]


class ReportingEvent(Identified):
    """All analyses and outputs of a report."""

    version: int
    main_list_of_contents: ListOfContents
    other_lists_of_contents: tuple[ListOfContents, ...]
    reference_documents: tuple[ReferenceDocument, ...]
    terminology_extensions: tuple[TerminologyExtension, ...]
    analysis_output_categorizations: tuple[Categorization, ...]
    analysis_sets: tuple[AnalysisSet, ...]
    data_subsets: tuple[DataSubset, ...]
    analysis_groupings: tuple[GroupingFactor, ...]
    methods: tuple[AnalysisMethod, ...]
    analyses: tuple[Analysis, ...]
    global_display_sections: tuple[GlobalDisplaySection, ...]
    outputs: tuple[Output, ...]
