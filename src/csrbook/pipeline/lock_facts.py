"""What the documents say of a lock, written beside its results: its validation, and its datasets.

Taken from the manifest, the schemas and the locked data; nothing of it depends on who made the lock, where or when.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from csrbook import __version__
from csrbook.data.specification import Variable
from csrbook.pipeline.files import write_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from csrbook.data.specification import DatasetSpecification
    from csrbook.lock import LockedData
    from csrbook.lock.findings import Finding
    from csrbook.lock.study_schemas import StudySchemas
    from csrbook.pipeline.study import StudyFolder
    from csrbook.plan.models import Plan

__all__ = ["DATASETS", "VALIDATION", "dataset_facts", "validation_facts", "write_lock_facts"]

VALIDATION: Final = "validation.json"
DATASETS: Final = "datasets.json"

SUBJECTS: Final = "ADSL"
SUBJECT: Final = "USUBJID"
SOURCE: Final = "SRCDOM"
"""Names the dataset that a record's date comes from."""
PARAMETER: Final = ("PARAMCD", "PARAM")
AFTER_RUN: Final = "checked after the run, before these pages were published"
NEWER: Final = "the rule is newer than the lock"


def write_lock_facts(study: StudyFolder, data: LockedData, results: Path) -> None:
    """Write :data:`VALIDATION` and :data:`DATASETS` into a folder of results.

    Parameters
    ----------
    study : StudyFolder
    data : LockedData
        A verified lock.
    results : Path
        Folder of its results, whose numbers of subjects were held against ADSL (rule R62).
    """
    from csrbook.lock import load_schemas

    schemas = load_schemas(study.root)
    write_json(results / VALIDATION, validation_facts(study.plan, data, schemas), indent=1)
    write_json(results / DATASETS, dataset_facts(study.plan, data, schemas), indent=1)


def validation_facts(plan: Plan, data: LockedData, schemas: StudySchemas) -> dict[str, Any]:
    """What validation found when the data were locked, for :mod:`csrbook.displays.validation_document`."""
    from csrbook.displays.format import date9
    from csrbook.lock.verdicts import AFTER_RUN as LATER
    from csrbook.lock.verdicts import HELD, Verdict, verdicts

    manifest = data.manifest
    findings = _findings(manifest)
    admitted = [finding.waiver for finding in findings if finding.waiver is not None]

    checked = set(manifest["validation"]["rules"])

    def final(verdict: Verdict) -> Verdict:
        if verdict.verdict == LATER:
            return replace(verdict, verdict=HELD, note=AFTER_RUN)
        return verdict if verdict.id in checked else replace(verdict, verdict="not checked", note=NEWER)

    return {
        "subject": f"Data lock {data.id}",
        "locked": True,
        "study": {
            "Study": f"{plan.study.registry} ({plan.study.protocol})",
            "Title": plan.study.title,
            "Data lock": data.hash,
            "Data cut-off": date9(data.data_cutoff),
            "Origin of the data": manifest["origin"],
            "Treatment codes": manifest["treatment_codes"],
            "Plan": manifest["plan_sha256"],
            "Schemas and rules": manifest["schemas_sha256"],
        },
        "files": [
            {
                "dataset": name,
                "file": dataset["transfer_file"],
                "records": dataset["records"],
                "variables": len(dataset["variables"]),
                "sha256": dataset["transfer_sha256"].removeprefix("sha256:"),
            }
            for name, dataset in manifest["datasets"].items()
        ],
        "rules": [asdict(final(verdict)) for verdict in verdicts(schemas, findings)],
        "findings": [{**finding.to_dict(), "verdict": finding.verdict} for finding in findings],
        "waivers": [{**waiver.model_dump(), "admits": admitted.count(waiver)} for waiver in plan.study.waivers],
        "environment": {
            "Engine that made this report": f"csrbook {__version__}",
            "Code of engine and study at the lock": manifest["code_sha256"],
            "Pinned packages at the lock": manifest["environment_sha256"],
        },
    }


def _findings(manifest: Mapping[str, Any]) -> list[Finding]:
    """The findings that a manifest records."""
    from csrbook.lock.findings import Finding
    from csrbook.plan.models import Waiver

    return [
        Finding(
            rule=found["rule"],
            severity="review" if kind == "review" else "reject",
            dataset=found["dataset"],
            sentence=found["sentence"],
            count=found["count"],
            records=found["records"],
            first=tuple(found["first"]),
            waiver=Waiver(**found["waiver"]) if kind == "waived" else None,
        )
        for kind in ("waived", "review")
        for found in manifest["validation"][kind]
    ]


def dataset_facts(plan: Plan, data: LockedData, schemas: StudySchemas) -> dict[str, Any]:
    """The datasets of a lock, for :mod:`csrbook.displays.adrg_document`.

    Returns
    -------
    dict
        ``lock`` (text by name), ``datasets`` (specification, numbers and hashes), ``sets`` (subjects by analysis set),
        ``sources`` (by dataset the records that name another as their source) and ``parameters``.
    """
    manifest = data.manifest
    return {
        "lock": {
            "id": data.id,
            "hash": data.hash,
            "origin": manifest["origin"],
            "treatment_codes": manifest["treatment_codes"],
            "schemas": manifest["schemas_sha256"],
            "schemas_now": schemas.hash,
        },
        "datasets": [_dataset(data, name, schemas.datasets.get(name)) for name in data.names],
        "sets": _sets(plan, data),
        "sources": {name: found for name in data.names if (found := _sources(data, name))},
        "parameters": [row for name in data.names for row in _parameters(data, name)],
    }


def _dataset(data: LockedData, name: str, specification: DatasetSpecification | None) -> dict[str, Any]:
    """A dataset as it was locked, described by its schema as far as that still knows it."""
    locked = data.manifest["datasets"][name]
    known = {variable.name: variable for variable in specification.variables} if specification is not None else {}
    described = [known.get(item) or Variable(item, "", kind) for item, kind in locked["variables"].items()]
    return {
        "name": name,
        "label": specification.label if specification is not None else "",
        "keys": locked["keys"],
        "variables": [
            {
                "name": variable.name,
                "label": variable.label,
                "kind": variable.kind,
                "length": variable.length,
                "codes": None if variable.codes is None else list(variable.codes),
            }
            for variable in described
        ],
        "records": locked["records"],
        "subjects": locked["subjects"],
        "transfer_file": locked["transfer_file"],
        "transfer_sha256": locked["transfer_sha256"],
        "content_sha256": locked["content_sha256"],
        "bytes": (data.path / locked["file"]).stat().st_size,
    }


def _sets(plan: Plan, data: LockedData) -> list[dict[str, Any]]:
    """Subjects of each analysis set: those with its flag in ADSL, or all where it has none."""
    flags = [item.flag for item in plan.study.analysis_sets if item.flag]
    adsl = data.dataset(SUBJECTS, [SUBJECT, *dict.fromkeys(flags)])
    return [
        {
            "id": item.id,
            "label": item.label,
            "flag": item.flag,
            "subjects": int((adsl[item.flag] == "Y").sum()) if item.flag else len(adsl),
        }
        for item in plan.study.analysis_sets
    ]


def _sources(data: LockedData, name: str) -> dict[str, int]:
    if SOURCE not in data.manifest["datasets"][name]["variables"]:
        return {}
    counts = data.dataset(name, [SOURCE])[SOURCE].value_counts(sort=False)
    return {str(source): int(count) for source, count in sorted(counts.items()) if source}


def _parameters(data: LockedData, name: str) -> list[dict[str, Any]]:
    """Parameters in the order of their codes, with their records."""
    if any(variable not in data.manifest["datasets"][name]["variables"] for variable in PARAMETER):
        return []
    frame = data.dataset(name, list(PARAMETER))
    counts = Counter(zip(*(frame[variable].tolist() for variable in PARAMETER), strict=True))
    return [
        {"dataset": name, "code": code, "label": label, "records": count}
        for (code, label), count in sorted(counts.items())
    ]
