"""The reporting event: plan, ARD and displays as CDISC Analysis Results Standard v1.0."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from csrbook.ars.analyses import SIGNIFICANT_DIGITS, OutputFacts, make_analyses
from csrbook.ars.conditions import SUBJECTS, Variables, comparison
from csrbook.ars.contents import categories_of, categorizations, documents, list_by_kind, list_by_section
from csrbook.ars.groupings import PARAMETER, Groupings
from csrbook.ars.identifiers import Identifiers
from csrbook.ars.integrity import require_integrity
from csrbook.ars.methods import Methods
from csrbook.ars.model import AnalysisSet
from csrbook.ars.outputs import FILE_TYPES, LISTINGS, global_sections, make_output
from csrbook.ars.purposes import PURPOSE_TERMS, purpose, reason
from csrbook.ars.report_model import ReportingEvent
from csrbook.ars.restrictions import restrictions
from csrbook.ars.subsets import Subsets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from csrbook.ars.report_model import GlobalDisplaySection
    from csrbook.plan.models import Plan

__all__ = ["ARS", "FORMATS", "reporting_event", "write_ars"]

ARS: Final = "ars.json"

FORMATS: Final = ("pdf", "rtf", "docx", "html")
"""Suffixes of the files that show an output alone."""


def write_ars(
    results: Path,
    plan: Plan,
    kinds: Mapping[str, Mapping[str, str]],
    *,
    post_hoc: Collection[str] = (),
    formats: Sequence[str] = FORMATS,
) -> Path:
    """Write ``ars.json`` into a complete folder of results.

    Parameters
    ----------
    results : Path
        Folder that holds ``ard.parquet``, the display JSON of every output of the ARD and, where outputs were
        double-programmed, ``qc.json``; the pages stand beside it.
    plan : Plan
        The plan that the results were made from.
    kinds : mapping
        By name of the dataset, kind of each variable (``datasets.*.variables`` of the lock's manifest).
    post_hoc : collection of str
        Ids of outputs that are not as in the plan frozen before the treatment codes were known.
    formats : sequence of str
        Suffixes of the files in ``single/`` that show an output alone.

    Returns
    -------
    Path
        The file. Equal input gives equal bytes.
    """
    import pandas as pd

    def displays() -> Iterable[dict[str, Any]]:
        for output in plan.catalogue.outputs:
            path = results / f"{output.id}.json"
            if path.is_file():
                yield json.loads(path.read_text("utf-8"))

    certificate = results / "qc.json"
    event = reporting_event(
        plan,
        pd.read_parquet(results / "ard.parquet"),
        displays(),
        kinds,
        post_hoc=post_hoc,
        double_programming=json.loads(certificate.read_text("utf-8")) if certificate.is_file() else None,
        formats=formats,
        separate={listing.stem for listing in (results.parent / LISTINGS).glob("*.pdf")},
    )
    path = results / ARS
    path.write_text(event.model_dump_json(by_alias=True, exclude_none=True) + "\n", "utf-8", newline="\n")
    return path


def reporting_event(
    plan: Plan,
    ard: pd.DataFrame,
    displays: Iterable[Mapping[str, Any]],
    kinds: Mapping[str, Mapping[str, str]],
    *,
    post_hoc: Collection[str] = (),
    double_programming: Mapping[str, Any] | None = None,
    formats: Sequence[str] = FORMATS,
    separate: Collection[str] = (),
) -> ReportingEvent:
    """The reporting event of a report.

    Parameters
    ----------
    plan : Plan
    ard : DataFrame
        All numbers.
    displays : iterable of mapping
        Content of the display JSON of every output, in the order of the catalogue.
    kinds, post_hoc, formats
        As for :func:`write_ars`.
    double_programming : mapping, optional
        Content of ``qc.json``: ``statuses`` and the status of each of ``outputs``.
    separate : collection of str
        Anchors of the listings whose PDF is in ``listings/`` and not in ``single/``.

    Returns
    -------
    ReportingEvent
        Every row of the ARD is one result. Raw values have ten significant digits.

    Raises
    ------
    ProgramError
        Where an identifier is given twice, or one is referred to that does not exist.
    """
    identifiers = Identifiers()
    markers = plan.endpoints.biomarkers.markers if plan.endpoints.biomarkers is not None else ()
    variables = Variables(kinds, [marker.parameter for marker in markers])
    ard = _with_methods(ard, plan)
    planned = {output.id: output for output in plan.catalogue.outputs}
    programs = {
        path: identifiers.new("PRG", path)
        for path in dict.fromkeys(o.program for o in planned.values() if o.program is not None)
    }
    certified = double_programming or {"statuses": {}, "outputs": {}}
    outputs = []
    shared: tuple[GlobalDisplaySection, ...] = ()
    for display in displays:
        output = planned[display["id"]]
        status = certified["outputs"].get(output.id, {}).get("status")
        shared = shared or global_sections(display)
        outputs.append(
            make_output(
                output,
                display,
                program=programs.get(output.program or ""),
                categories=categories_of(output, plan, status),
                formats=formats,
                separate=separate,
                sap_section=plan.catalogue.sap_section(output),
            )
        )
    methods = Methods(ard, identifiers)
    groupings = Groupings(ard, plan, variables, identifiers)
    labels = {(e.dataset, e.parameter): e.label for e in reversed(plan.endpoints.endpoints) if e.parameter}
    subsets = Subsets(variables, labels, identifiers)
    declared = {name: restrictions(output) for name, output in planned.items()}
    records = _records(ard)

    def subset(output_id: str, analysis_id: str, dataset: str, parameter: str) -> str | None:
        applying = (item for item in declared[output_id] if item.applies(dataset, analysis_id))
        return subsets.find(dataset, parameter, next(applying, None))

    analyses = make_analyses(
        ard,
        methods,
        groupings,
        variables,
        subset=subset,
        sets={item.id: f"SET.{item.id}" for item in plan.study.analysis_sets},
        facts={
            name: OutputFacts(
                reason(planned[name], post_hoc),
                purpose(planned[name], plan, found),
                programs.get(planned[name].program or ""),
            )
            for name, found in records.items()
        },
        identifiers=identifiers,
    )
    study = plan.study
    event = ReportingEvent(
        id=f"{study.protocol}.CSR",
        name=f"Clinical study report of {study.protocol}: analyses and outputs of appendices 14 and 16",
        label=study.short_title,
        description=_description(plan, shared),
        version=1,
        main_list_of_contents=list_by_section(plan, outputs, analyses),
        other_lists_of_contents=list_by_kind(plan, outputs),
        reference_documents=documents(plan, programs),
        terminology_extensions=(PURPOSE_TERMS, FILE_TYPES),
        analysis_output_categorizations=categorizations(plan, certified["statuses"]),
        analysis_sets=_analysis_sets(plan, variables),
        data_subsets=subsets.subsets,
        analysis_groupings=groupings.factors,
        methods=methods.methods,
        analyses=tuple(chain.from_iterable(analyses.values())),
        global_display_sections=shared,
        outputs=tuple(outputs),
    )
    require_integrity(event)
    return event


def _with_methods(ard: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The ARD, where a number names no method with that of its row in the plan."""
    planned = {output.id: output.method for output in plan.catalogue.outputs}
    return ard.assign(method=ard["method"].where(ard["method"] != "", ard["output_id"].map(planned)))


def _records(ard: pd.DataFrame) -> dict[str, set[tuple[str, str]]]:
    """Datasets and parameters of an output's numbers."""
    columns = ["output_id", "dataset", "group2", "group2_level"]
    found: dict[str, set[tuple[str, str]]] = {}
    for output, dataset, group, level in ard[columns].drop_duplicates().itertuples(index=False, name=None):
        found.setdefault(output, set()).add((dataset, level if group == PARAMETER else ""))
    return found


def _analysis_sets(plan: Plan, variables: Variables) -> tuple[AnalysisSet, ...]:
    """The plan's sets by their flags; one without a flag holds all subjects."""
    return tuple(
        AnalysisSet(
            id=f"SET.{item.id}",
            name=item.label,
            label=item.id,
            description=item.definition,
            level=1,
            order=order,
            condition=comparison(SUBJECTS, item.flag, "Y", variables) if item.flag else None,
        )
        for order, item in enumerate(plan.study.analysis_sets, 1)
    )


def _description(plan: Plan, shared: Iterable[GlobalDisplaySection]) -> str:
    running = "; ".join(text.text for section in shared for text in section.sub_sections)
    return (
        f"{plan.study.title}. {running}. Raw values have {SIGNIFICANT_DIGITS} significant digits, as many as do not "
        "depend on the processor; ard.parquet has them unrounded. A result without a raw value could not be estimated, "
        "or is text; the description of its analysis gives the reasons."
    )
