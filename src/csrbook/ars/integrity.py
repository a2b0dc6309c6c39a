"""Whether every identifier of a reporting event is given once and every reference leads somewhere."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from csrbook.ars.model import SponsorTermRef
from csrbook.ars.report_model import OrderedSubSection, OrderedSubSectionRef
from csrbook.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from csrbook.ars.model import Analysis, Group
    from csrbook.ars.report_model import ListItem, NestedList, Output, ReportingEvent

__all__ = ["broken_references", "repeated_identifiers", "require_integrity"]


def require_integrity(event: ReportingEvent) -> None:
    """Stop where an identifier is given twice or a reference leads nowhere.

    Raises
    ------
    ProgramError
        Names the first of them.
    """
    wrong = [f"identifier {name} is given twice" for name in repeated_identifiers(event)]
    wrong += broken_references(event)
    if wrong:
        raise ProgramError(
            f"{len(wrong)} identifiers or references of the reporting event are wrong",
            "; ".join(wrong[:5]),
            "each output, and each program, needs a name of its own in the plan",
        )


def repeated_identifiers(event: ReportingEvent) -> list[str]:
    """Identifiers that are given more than once."""
    return [name for name, number in Counter(_identifiers(event)).items() if number > 1]


def broken_references(event: ReportingEvent) -> list[str]:
    """References to what does not exist, as ``place: identifier``."""
    return [f"{place}: no {name}" for place, name, known in _references(event) if name not in known]


def _identifiers(event: ReportingEvent) -> Iterator[str]:
    yield event.id
    for extension in event.terminology_extensions:
        yield extension.id
        yield from (term.id for term in extension.sponsor_terms)
    for categorization in event.analysis_output_categorizations:
        yield categorization.id
        yield from (category.id for category in categorization.categories)
    for method in event.methods:
        yield method.id
        for operation in method.operations:
            yield operation.id
            yield from (related.id for related in operation.referenced_operation_relationships or ())
    for factor in event.analysis_groupings:
        yield factor.id
        yield from (group.id for group in factor.groups or ())
    for output in event.outputs:
        yield output.id
        for ordered in output.displays:
            yield ordered.display.id
    yield from _sub_sections(event)
    for several in (event.reference_documents, event.analysis_sets, event.data_subsets, event.analyses):
        yield from (item.id for item in several)


def _sub_sections(event: ReportingEvent) -> Iterator[str]:
    for section in event.global_display_sections:
        yield from (text.id for text in section.sub_sections)
    for output in event.outputs:
        for ordered in output.displays:
            for part in ordered.display.display_sections:
                yield from (s.sub_section.id for s in part.ordered_sub_sections if isinstance(s, OrderedSubSection))


Reference = tuple[str, str, "Container[str]"]


def _references(event: ReportingEvent) -> Iterator[Reference]:
    yield from _of_lists(event)
    yield from _of_groups(event)
    operations = {o.id for method in event.methods for o in method.operations}
    for method in event.methods:
        for operation in method.operations:
            for related in operation.referenced_operation_relationships or ():
                yield method.id, related.operation_id, operations
    yield from _of_analyses(event)
    documents = {item.id for item in event.reference_documents}
    categories = {c.id for several in event.analysis_output_categorizations for c in several.categories}
    terms = {term.id for extension in event.terminology_extensions for term in extension.sponsor_terms}
    texts = set(_sub_sections(event))
    for output in event.outputs:
        yield from ((output.id, name, categories) for name in output.category_ids or ())
        yield from ((output.id, item.reference_document_id, documents) for item in output.document_refs or ())
        yield from _of_code(output, documents)
        for file in output.file_specifications:
            if isinstance(file.file_type, SponsorTermRef):
                yield output.id, file.file_type.sponsor_term_id, terms
        for ordered in output.displays:
            for part in ordered.display.display_sections:
                for text in part.ordered_sub_sections:
                    if isinstance(text, OrderedSubSectionRef):
                        yield output.id, text.sub_section_id, texts


def _of_lists(event: ReportingEvent) -> Iterator[Reference]:
    outputs, analyses = {item.id for item in event.outputs}, {item.id for item in event.analyses}
    for contents in (event.main_list_of_contents, *event.other_lists_of_contents):
        for item in _items(contents.contents_list):
            if item.output_id is not None:
                yield contents.name, item.output_id, outputs
            if item.analysis_id is not None:
                yield contents.name, item.analysis_id, analyses


def _items(nested: NestedList) -> Iterator[ListItem]:
    for item in nested.list_items:
        yield item
        if item.sublist is not None:
            yield from _items(item.sublist)


def _of_groups(event: ReportingEvent) -> Iterator[Reference]:
    for factor in event.analysis_groupings:
        groups: Iterable[Group] = factor.groups or ()
        known = {group.id for group in groups}
        for group in groups:
            for clause in group.compound_expression.where_clauses if group.compound_expression else ():
                name = getattr(clause, "sub_clause_id", None)
                if name is not None:
                    yield group.id, name, known


def _of_analyses(event: ReportingEvent) -> Iterator[Reference]:
    """An analysis may use only operations of its method, its own groupings and groups of these."""
    methods = {method.id: {o.id for o in method.operations} for method in event.methods}
    groups = {factor.id: {group.id for group in factor.groups or ()} for factor in event.analysis_groupings}
    related = {
        r.id for method in event.methods for o in method.operations for r in o.referenced_operation_relationships or ()
    }
    terms = {term.id for extension in event.terminology_extensions for term in extension.sponsor_terms}
    documents = {item.id for item in event.reference_documents}
    sets, subsets = {item.id for item in event.analysis_sets}, {item.id for item in event.data_subsets}
    analyses = {item.id for item in event.analyses}
    for analysis in event.analyses:
        place = analysis.id
        yield place, analysis.method_id, methods
        if analysis.analysis_set_id is not None:
            yield place, analysis.analysis_set_id, sets
        if analysis.data_subset_id is not None:
            yield place, analysis.data_subset_id, subsets
        if isinstance(analysis.purpose, SponsorTermRef):
            yield place, analysis.purpose.sponsor_term_id, terms
        own = [item.grouping_id for item in analysis.ordered_groupings or ()]
        yield from ((place, name, groups) for name in own)
        for reference in analysis.referenced_analysis_operations or ():
            yield place, reference.referenced_operation_relationship_id, related
            yield place, reference.analysis_id, analyses
        yield from _of_code(analysis, documents)
        operations = methods.get(analysis.method_id, set())
        for result in analysis.results:
            yield place, result.operation_id, operations
            for group in result.result_groups or ():
                yield place, group.grouping_id, own
                if group.group_id is not None:
                    yield place, group.group_id, groups.get(group.grouping_id, set())


def _of_code(item: Analysis | Output, documents: Container[str]) -> Iterator[Reference]:
    if item.programming_code is not None and item.programming_code.document_ref is not None:
        yield item.id, item.programming_code.document_ref.reference_document_id, documents
