"""The analysis data reviewer's guide as strings: values that the text quotes, and tables.

``report/adrg.qmd`` quotes and places them as the analysis plan does its own (see
:mod:`csrbook.displays.plan_document`), and includes :data:`PART`, a section a dataset.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from csrbook.displays.adrg_datasets import (
    core_table,
    dataset_table,
    dependency_table,
    flag_table,
    imputation_table,
    kind_of,
    overview_table,
    treatment_table,
)
from csrbook.displays.plan_table import Table, hash_lines, number_captions, pairs, table
from csrbook.displays.validation_document import findings_table, waivers_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from csrbook.plan.models import Plan

__all__ = ["PART", "Derived", "ProgramFile", "adrg_document"]

PART: Final = "report/_datasets.qmd"
"""A section a dataset, made for a render."""


@dataclass(frozen=True)
class ProgramFile:
    """A program that is submitted."""

    path: str
    outputs: tuple[str, ...]
    """Numbers of the outputs, or names of the datasets, that it makes."""
    bytes: int
    sha256: str
    software: str = ""


@dataclass(frozen=True)
class Derived:
    """A dataset that the second programmer derived again."""

    dataset: str
    program: str
    reads: tuple[str, ...]
    variables: tuple[str, ...]


def adrg_document(
    plan: Plan,
    facts: Mapping[str, Any],
    validation: Mapping[str, Any],
    programs: Sequence[ProgramFile],
    second: Sequence[ProgramFile],
    derived: Sequence[Derived],
    session: Mapping[str, str],
) -> dict[str, Any]:
    """Values, tables and the sections of the datasets.

    Parameters
    ----------
    plan : Plan
    facts : mapping
        From :func:`csrbook.pipeline.lock_facts.dataset_facts`.
    validation : mapping
        From :func:`csrbook.pipeline.lock_facts.validation_facts`.
    programs, second : sequence of ProgramFile
        Of production and of the second programmer.
    derived : sequence of Derived
    session : mapping
        Engine, hash of the code and of the pinned packages, by name.

    Returns
    -------
    dict
        ``values``, ``tables`` and ``parts``, as :func:`csrbook.displays.methods_document.methods_document` returns
        them.
    """
    datasets = facts["datasets"]
    verdicts = [rule["verdict"] for rule in validation["rules"]]
    to_review = [finding for finding in validation["findings"] if finding["verdict"] == "review"]
    values = {f"adrg.title.{item['name']}": _title(item) for item in datasets}
    values |= {f"adrg.about.{item['name']}": _about(item) for item in datasets}
    values |= {
        "adrg.datasets": str(len(datasets)),
        "adrg.records": f"{sum(item['records'] for item in datasets):,}",
        "adrg.variables": str(sum(len(item["variables"]) for item in datasets)),
        "adrg.rules": str(len(verdicts)),
        "adrg.held": str(verdicts.count("held")),
        "adrg.to_review": str(len(to_review)),
        "adrg.waived": str(sum(finding["verdict"] == "waived" for finding in validation["findings"])),
        "adrg.programs": str(len(programs)),
        "adrg.second_programs": str(len(second)),
        "adrg.bytes": f"{sum(item['bytes'] for item in datasets):,}",
    }
    tables = {
        "adrg_sources": pairs(_sources(plan, facts["lock"], session).items()),
        "adrg_core": core_table(datasets),
        "adrg_treatment": treatment_table(datasets),
        "adrg_sets": _sets(facts["sets"]),
        "adrg_flags": flag_table(datasets),
        "adrg_imputation": imputation_table(datasets),
        "adrg_dependencies": dependency_table(
            datasets, facts["sources"], {item.dataset: item.reads for item in derived}
        ),
        "adrg_derived": _derived(derived),
        "adrg_overview": overview_table(datasets),
        "adrg_parameters": _parameters(facts["parameters"]),
        **{f"adrg.dataset.{item['name']}": dataset_table(item, datasets) for item in datasets},
        "adrg_findings": findings_table("Findings to review", to_review),
        "adrg_waivers": waivers_table(validation["waivers"]),
        "adrg_programs": _programs("Programs of production", programs),
        "adrg_second_programs": _programs("Programs of the second programmer", second),
        "adrg_files": _files(datasets),
    }
    return {"values": values, "tables": number_captions(tables), "parts": {PART: _text(datasets)}}


def _title(item: Mapping[str, Any]) -> str:
    return f"{item['name']} {item['label']}".strip()


def _about(item: Mapping[str, Any]) -> str:
    """Structure and size in a sentence."""
    subjects = "" if item["subjects"] is None else f" of {item['subjects']:,} subjects"
    return f"{kind_of(item)}. One record for each {', '.join(item['keys'])}; {item['records']:,} records{subjects}."


def _text(datasets: Sequence[Mapping[str, Any]]) -> str:
    blocks = []
    for item in datasets:
        name = item["name"]
        blocks += [
            f'## []{{.plan key="adrg.title.{name}"}}',
            f'[]{{.plan key="adrg.about.{name}"}}',
            f'::: {{.plan-table src="adrg.dataset.{name}"}}\n:::',
        ]
    return "\n\n".join(blocks) + "\n"


def _sources(plan: Plan, lock: Mapping[str, str], session: Mapping[str, str]) -> dict[str, str]:
    study = plan.study
    schemas = lock["schemas"]
    if lock["schemas_now"] != schemas:
        schemas = f"{schemas}\nchanged since; this guide is described by {lock['schemas_now']}"
    return {
        "Protocol": f"{study.protocol} ({study.registry})",
        "Statistical analysis plan": f"version {study.sap_version}, {study.sap_date}",
        "Plan": plan.hash,
        "Data lock": f"{lock['id']}\n{lock['hash']}",
        "Origin of the data": lock["origin"],
        "Treatment codes": lock["treatment_codes"],
        "Schemas and rules": schemas,
        "Dictionaries": "; ".join(
            [f"MedDRA {study.meddra_version}", *([f"CTCAE {study.ctcae_version}"] if study.ctcae_version else [])]
        ),
        **session,
    }


def _sets(sets: Sequence[Mapping[str, Any]]) -> Table:
    rows = [(item["label"], item["id"], item["flag"] or "–", f"{item['subjects']:,}") for item in sets]
    columns = [("Analysis set", 3, "left"), ("Id", 1, "left"), ("Flag in ADSL", 1.2, "left"), ("Subjects", 1, "right")]
    return table("Analysis sets and their subjects in the lock", columns, rows)


def _derived(derived: Sequence[Derived]) -> Table:
    rows = [(item.dataset, item.program, ", ".join(item.reads), ", ".join(item.variables)) for item in derived]
    columns = [
        ("Dataset", 0.9, "left"),
        ("Program", 1.8, "left"),
        ("Reads", 1.8, "left"),
        ("Variables derived again", 4, "left"),
    ]
    return table("Datasets derived again by the second programmer", columns, rows or [("–", "None.", "", "")])


def _parameters(parameters: Sequence[Mapping[str, Any]]) -> Table:
    rows, before = [], ""
    for item in parameters:
        shown = "" if item["dataset"] == before else item["dataset"]
        before = item["dataset"]
        rows.append((shown, item["code"], item["label"], f"{item['records']:,}"))
    columns = [
        ("Dataset", 1, "left"),
        ("PARAMCD", 1.2, "left"),
        ("PARAM", 4.5, "left"),
        ("Records", 1, "right"),
    ]
    return table("Parameters of the datasets", columns, rows or [("–", "", "None.", "")])


def _files(datasets: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        (
            item["name"],
            item["transfer_file"],
            hash_lines(item["transfer_sha256"]),
            hash_lines(item["content_sha256"]),
            f"{item['bytes']:,}",
        )
        for item in datasets
    ]
    columns = [
        ("Dataset", 0.9, "left"),
        ("File received", 1.2, "left"),
        ("SHA-256 of the file received", 3.4, "left"),
        ("SHA-256 of its content", 3.4, "left"),
        ("Bytes in\nthe lock", 1, "right"),
    ]
    return table("Sizes and hashes of the datasets", columns, rows)


def _programs(caption: str, programs: Sequence[ProgramFile]) -> Table:
    rows = [
        (
            "\n".join(text for text in (item.path, item.software) if text),
            ", ".join(item.outputs),
            hash_lines(item.sha256),
            f"{item.bytes:,}",
        )
        for item in programs
    ]
    columns = [
        ("Program" if not any(item.software for item in programs) else "Program and software", 2.4, "left"),
        ("Makes", 2, "left"),
        ("SHA-256", 2.9, "left"),
        ("Bytes", 0.7, "right"),
    ]
    return table(caption, columns, rows or [("–", "None.", "", "")])
