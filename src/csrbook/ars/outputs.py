"""Outputs, their files and what stands on their pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from csrbook.ars.analyses import LANGUAGE
from csrbook.ars.model import (
    CodeParameter,
    ControlledTerm,
    DocumentReference,
    PageName,
    ProgrammingCode,
    SponsorTerm,
    SponsorTermRef,
    TerminologyExtension,
)
from csrbook.ars.report_model import (
    DisplaySection,
    GlobalDisplaySection,
    OrderedDisplay,
    OrderedSubSection,
    OrderedSubSectionRef,
    Output,
    OutputDisplay,
    OutputFile,
    SubSection,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from csrbook.ars.report_model import SectionType
    from csrbook.plan.models import Output as PlannedOutput

__all__ = ["APPENDIX", "FILE_TYPES", "LISTINGS", "SAP", "global_sections", "make_output"]

APPENDIX: Final = "DOC.APPENDIX"
SAP: Final = "DOC.SAP"

LISTINGS: Final = "listings"
"""Folder beside the results, of listings that are PDFs of their own."""

_STANDARD_TYPES: Final = ("pdf", "rtf", "txt")
_OTHER_TYPES: Final = {"docx": "Office Open XML document", "html": "Web page", "json": "Display as data"}

FILE_TYPES: Final = TerminologyExtension(
    id="TE.FILE",
    enumeration="OutputFileTypeEnum",
    sponsor_terms=tuple(
        SponsorTerm(id=f"TE.FILE.{name}", submission_value=name, description=said)
        for name, said in _OTHER_TYPES.items()
    ),
)

_RUNNING: Final = "GDS"
_HEADER: Final = ("protocol", "sponsor", "status")
_FOOTER: Final = ("data_cutoff", "lock")
_SAID: Final = {"protocol": "Protocol {}", "data_cutoff": "Data cut-off {}", "lock": "Data lock {}"}

ABBREVIATIONS: Final = "Abbreviations:"


def global_sections(display: Mapping[str, Any]) -> tuple[GlobalDisplaySection, ...]:
    """The running header and footer, which are the same on all displays."""

    def texts(names: Sequence[str]) -> tuple[SubSection, ...]:
        return tuple(SubSection(id=f"{_RUNNING}.{n}", text=_SAID.get(n, "{}").format(display[n])) for n in names)

    return (
        GlobalDisplaySection(section_type="Header", sub_sections=texts(_HEADER)),
        GlobalDisplaySection(section_type="Footer", sub_sections=texts(_FOOTER)),
    )


def make_output(
    planned: PlannedOutput,
    display: Mapping[str, Any],
    *,
    program: str | None,
    categories: Iterable[str],
    formats: Sequence[str],
    separate: Collection[str],
    sap_section: str,
) -> Output:
    """An output of the report.

    Parameters
    ----------
    planned : Output
        Its row of the catalogue; the parameters of the program are those of the row.
    display : mapping
        Content of its display JSON.
    program : str or None
        Id of the program's reference document.
    categories : iterable of str
        Ids of the categories that it belongs to.
    formats : sequence of str
        Suffixes of the files that show it alone.
    separate : collection of str
        Anchors of the listings that are PDFs of their own in ``listings/``.
    sap_section : str
        Number of the SAP's section that specifies it; empty where the plan names none.
    """
    return Output(
        id=planned.id,
        name=f"{display['number']} {display['title']}",
        label=display["number"],
        description=planned.method,
        version=1,
        file_specifications=tuple(_files(planned, display["number"], formats, separate)),
        displays=(OrderedDisplay(order=1, display=_display(display)),),
        category_ids=tuple(categories),
        document_refs=(
            _place(APPENDIX, planned.anchor, display["number"]),
            _place(SAP, f"s-{sap_section.replace('.', '-')}", f"Section {sap_section}")
            if sap_section
            else DocumentReference(reference_document_id=SAP),
        ),
        programming_code=_code(planned, program),
    )


def _place(document: str, destination: str, label: str) -> DocumentReference:
    return DocumentReference(
        reference_document_id=document, page_refs=(PageName(page_names=(destination,), label=label),)
    )


def _files(
    planned: PlannedOutput, number: str, formats: Sequence[str], separate: Collection[str]
) -> Iterable[OutputFile]:
    """Locations are seen from the folder of the reporting event, ``results/``."""
    for suffix in formats:
        name = f"{planned.anchor}.{suffix}"
        folder = LISTINGS if suffix == "pdf" and planned.anchor in separate else "single"
        yield OutputFile(name=name, label=number, file_type=_file_type(suffix), location=f"../{folder}/{name}")
    yield OutputFile(
        name=f"{planned.id}.json",
        label=f"{number} as data",
        file_type=_file_type("json"),
        location=f"{planned.id}.json",
    )


def _file_type(suffix: str) -> ControlledTerm | SponsorTermRef:
    if suffix in _STANDARD_TYPES:
        return ControlledTerm.model_validate({"controlledTerm": suffix})
    return SponsorTermRef(sponsor_term_id=f"TE.FILE.{suffix}")


def _code(planned: PlannedOutput, program: str | None) -> ProgrammingCode | None:
    if program is None:
        return None
    parameters = tuple(
        CodeParameter(name=name, value=(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),))
        for name, value in planned.parameters.items()
    )
    reference = DocumentReference(reference_document_id=program)
    return ProgrammingCode(context=LANGUAGE, document_ref=reference, parameters=parameters or None)


def _display(display: Mapping[str, Any]) -> OutputDisplay:
    identifier = f"DSP.{display['id']}"
    notes = [note for note in display["footnotes"] if not note.startswith(ABBREVIATIONS)]
    short = [note for note in display["footnotes"] if note.startswith(ABBREVIATIONS)]
    source = f"Source: {', '.join(display['sources'])}" if display["sources"] else ""
    program = f"Program: {display['program']}" if display["program"] else ""
    sections = [
        _section(identifier, "Header", [], _HEADER),
        _section(identifier, "Title", [display["number"], display["title"], display["population"]]),
        _section(identifier, "Rowlabel Header", [cells[0]["text"] for cells in display["header"] if cells]),
        _section(identifier, "Abbreviation", short),
        _section(identifier, "Footnote", notes),
        _section(identifier, "Footer", [source, program], _FOOTER),
    ]
    return OutputDisplay(
        id=identifier,
        name=display["title"],
        label=display["number"],
        description=display["alt"] or None,
        version=1,
        display_title=f"{display['number']} {display['title']}",
        display_sections=tuple(section for section in sections if section.ordered_sub_sections),
    )


def _section(identifier: str, kind: SectionType, texts: Iterable[str], shared: Sequence[str] = ()) -> DisplaySection:
    written = [text for text in texts if text]
    own = [
        OrderedSubSection(
            order=order, sub_section=SubSection(id=f"{identifier}.{kind.replace(' ', '')}.{order}", text=text)
        )
        for order, text in enumerate(written, 1)
    ]
    refs = [
        OrderedSubSectionRef(order=order, sub_section_id=f"{_RUNNING}.{name}")
        for order, name in enumerate(shared, len(written) + 1)
    ]
    return DisplaySection(section_type=kind, ordered_sub_sections=(*own, *refs))
