"""Lists of contents, categories of outputs and documents."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from csrbook.ars.model import ReferenceDocument
from csrbook.ars.outputs import APPENDIX, SAP
from csrbook.ars.report_model import Categorization, Category, ListItem, ListOfContents, NestedList

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from csrbook.ars.model import Analysis
    from csrbook.ars.report_model import Output as WrittenOutput
    from csrbook.plan.models import Output, Plan

__all__ = ["categories_of", "categorizations", "documents", "list_by_kind", "list_by_section"]

KINDS: Final = {"table": "Tables", "figure": "Figures", "listing": "Listings", "document": "Documents"}


def list_by_section(
    plan: Plan, outputs: Sequence[WrittenOutput], analyses: Mapping[str, Sequence[Analysis]]
) -> ListOfContents:
    """Sections of ICH E3, their outputs, and the analyses of each (by output id)."""

    def section(output: WrittenOutput) -> str:
        found = plan.catalogue.section(plan.catalogue.output(output.id))
        return f"{found.number} {found.title}"

    items = []
    for order, (title, group) in enumerate(groupby(outputs, key=section), 1):
        below = [_item(output, level=2, order=n, analyses=analyses) for n, output in enumerate(group, 1)]
        items.append(ListItem(name=title, level=1, order=order, sublist=_nested(below)))
    return ListOfContents(
        name="List of planned analyses by section of the report", label="LOPA", contents_list=_nested(items)
    )


def list_by_kind(plan: Plan, outputs: Sequence[WrittenOutput]) -> tuple[ListOfContents, ...]:
    """A list of all tables, one of all figures, and so on."""
    kinds = {output.id: output.kind for output in plan.catalogue.outputs}
    lists = []
    for kind, title in KINDS.items():
        of_kind = [output for output in outputs if kinds[output.id] == kind]
        items = [_item(output, level=1, order=n) for n, output in enumerate(of_kind, 1)]
        if items:
            lists.append(ListOfContents(name=f"List of {title.lower()}", label=title, contents_list=_nested(items)))
    return tuple(lists)


def _item(
    output: WrittenOutput, *, level: int, order: int, analyses: Mapping[str, Sequence[Analysis]] | None = None
) -> ListItem:
    below = [
        ListItem(name=analysis.name, label=analysis.label, level=level + 1, order=n, analysis_id=analysis.id)
        for n, analysis in enumerate((analyses or {}).get(output.id, ()), 1)
    ]
    return ListItem(
        name=output.name,
        label=output.label,
        level=level,
        order=order,
        output_id=output.id,
        sublist=_nested(below) if below else None,
    )


def _nested(items: Iterable[ListItem]) -> NestedList:
    return NestedList(list_items=tuple(items))


def categorizations(plan: Plan, statuses: Mapping[str, str]) -> tuple[Categorization, ...]:
    """What outputs are sorted by: kind, level and status of double programming, estimand."""
    labels = {
        "KIND": ("Kind of output", dict(KINDS)),
        "QC_LEVEL": ("Level of quality control", {str(level): f"Level {level}" for level in (1, 2, 3)}),
        "QC_STATUS": ("Status of double programming", dict(statuses)),
        "ESTIMAND": ("Estimand", {item.id: item.label for item in plan.endpoints.estimands}),
    }
    return tuple(
        Categorization(
            id=f"CAT.{name}",
            label=label,
            categories=tuple(Category(id=f"CAT.{name}.{value}", label=said) for value, said in values.items()),
        )
        for name, (label, values) in labels.items()
        if values
    )


def categories_of(output: Output, plan: Plan, status: str | None) -> list[str]:
    """Ids of an output's categories."""
    found = [f"CAT.KIND.{output.kind}", f"CAT.QC_LEVEL.{output.qc_level}"]
    if status is not None:
        found.append(f"CAT.QC_STATUS.{status}")
    return found + [f"CAT.ESTIMAND.{item.id}" for item in plan.endpoints.estimands if output.id in item.outputs]


def documents(plan: Plan, programs: Mapping[str, str]) -> tuple[ReferenceDocument, ...]:
    """The documents of the version folder, and the programs (id by path); locations as seen from ``results/``."""
    study = plan.study
    fixed: list[dict[str, Any]] = [
        {
            "id": SAP,
            "name": f"Statistical analysis plan of {study.protocol}, version {study.sap_version}",
            "description": f"Of {study.sap_date}. Hash of the plan: {plan.hash}.",
            "location": "../sap.pdf",
        },
        {
            "id": APPENDIX,
            "name": f"Appendices 14 and 16 of the clinical study report of {study.protocol}",
            "location": "../csr-appendix.pdf",
        },
        {
            "id": "DOC.ARD",
            "name": "Analysis results data",
            "description": "The same numbers, unrounded, one row a number.",
            "location": "ard.parquet",
        },
    ]
    code = [
        ReferenceDocument(id=identifier, name=path, description="Program, in the folder of the study.", location=path)
        for path, identifier in programs.items()
    ]
    return (*(ReferenceDocument(**item) for item in fixed), *code)
