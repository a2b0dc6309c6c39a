"""A transfer held against the schemas and the rules across datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.data.transfer import read_dataset, transfer_files
from csrbook.errors import UsageError
from csrbook.lock.canonical import aligned
from csrbook.lock.rules import run_rules
from csrbook.lock.schema_check import check_schema

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from csrbook.lock.findings import Finding
    from csrbook.lock.study_schemas import StudySchemas
    from csrbook.plan.models import Plan

__all__ = ["specifications_exist", "validate"]


def validate(
    transfer: Path, plan: Plan, schemas: StudySchemas
) -> tuple[dict[str, Path], dict[str, pd.DataFrame], list[Finding]]:
    """Read a transfer and check it.

    Parameters
    ----------
    transfer : Path
        Folder with one file a dataset.
    plan : Plan
        Names the datasets, and gives the rules' parameters.
    schemas : StudySchemas
        From :func:`csrbook.lock.load_schemas`.

    Returns
    -------
    files : dict
        Path by dataset name.
    frames : dict
        Frame by dataset name, its columns in the schema's order.
    findings : list of Finding
        Of the schemas; and of the rules where every schema holds, because a rule reads only what a schema admits.

    Raises
    ------
    TransferError
        A file is missing, unreadable or truncated.
    UsageError
        The plan names a dataset that has no schema.
    """
    specifications_exist(plan, schemas)
    files = transfer_files(transfer, plan.study.datasets)
    frames = {name: aligned(read_dataset(path), schemas.datasets[name]) for name, path in files.items()}
    findings = [
        finding
        for name, frame in frames.items()
        for finding in check_schema(frame, schemas.datasets[name], schemas.models[name])
    ]
    if not findings:
        findings = run_rules(frames, schemas, plan)
    return files, frames, findings


def specifications_exist(plan: Plan, schemas: StudySchemas) -> None:
    """Refuse a plan that names a dataset without a schema."""
    if unknown := [name for name in plan.study.datasets if name not in schemas.datasets]:
        raise UsageError(
            f"the plan names {', '.join(unknown)}, for which there is no schema",
            "sap/study.yaml: datasets",
            "write the schema in schemas/ or take the dataset out of the plan",
        )
