"""Makes a lock: all of it or none of it."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csrbook.data.parquet import write_parquet
from csrbook.data.transfer import transfer_files
from csrbook.errors import TransferError, UsageError, ValidationError
from csrbook.lock.canonical import canonical
from csrbook.lock.findings import reject
from csrbook.lock.hashing import code_hash, content_hash, environment_hash, file_hash
from csrbook.lock.manifest import DATA, MANIFEST, ORIGIN_FILE, SCHEMA_VERSION, STAGING, Lock, lock_hash, lock_id, sealed
from csrbook.lock.study_schemas import load_schemas
from csrbook.lock.validate import specifications_exist, validate
from csrbook.lock.verify import checked_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from csrbook.lock.findings import Finding
    from csrbook.lock.study_schemas import StudySchemas
    from csrbook.plan.models import Plan

__all__ = ["create_lock"]

SUBJECTS = "ADSL"


def create_lock(transfer: Path, plan: Plan, root: Path, locks_dir: Path) -> Lock:
    """Validate a transfer and lock it.

    Parameters
    ----------
    transfer : Path
        Folder with one file a dataset.
    plan : Plan
        The study's plan.
    root : Path
        The study's folder, which holds ``schemas/``.
    locks_dir : Path
        Where locks lie; the new one becomes ``locks_dir/<id>``.

    Returns
    -------
    Lock
        The new lock; or, where the same data were locked by the same plan and schemas, the one that exists.

    Raises
    ------
    TransferError
        A file is missing, unreadable or truncated, or changed while it was read.
    ValidationError
        A schema or a rule does not hold.
    IntegrityError
        The same data were locked before and that lock was touched since.
    """
    schemas = load_schemas(root)
    specifications_exist(plan, schemas)
    raw = {name: file_hash(path) for name, path in transfer_files(transfer, plan.study.datasets).items()}
    files, frames, findings = validate(transfer, plan, schemas)
    reject(findings, str(transfer))
    cutoff = _data_cutoff(frames, plan)
    try:
        locks_dir.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=STAGING, dir=locks_dir))
    except OSError as error:
        raise UsageError(
            f"the lock cannot be written: {error.strerror}", str(locks_dir), "name a folder that can be written"
        ) from error
    try:
        datasets = _write_datasets(frames, files, raw, schemas, stage / DATA)
        digest = lock_hash({n: d["content_sha256"] for n, d in datasets.items()}, plan.hash, schemas.hash)
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "id": lock_id(digest),
            "hash": digest,
            "study": plan.study.registry,
            "origin": _origin(transfer),
            "data_cutoff": cutoff,
            "plan_sha256": plan.hash,
            "schemas_sha256": schemas.hash,
            "code_sha256": code_hash(root),
            "environment_sha256": environment_hash(root),
            "datasets": datasets,
            "validation": _summary(schemas, findings),
            "made": {"by": _who(), "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "transfer": transfer.name},
        }
        path = locks_dir / lock_id(digest)
        if path.exists():
            return Lock(path.name, path, checked_manifest(path, plan))
        for name, path_read in files.items():
            if file_hash(path_read) != raw[name]:
                raise TransferError("a file changed while it was locked", str(path_read), "lock the transfer again")
        _write(stage / MANIFEST, sealed(manifest))
        return _publish(stage, path, plan)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _origin(transfer: Path) -> str:
    """Where the data come from, as the file beside a simulated transfer says; ``received`` without one."""
    for folder in (transfer, transfer.parent):
        marker = folder / ORIGIN_FILE
        if marker.is_file():
            try:
                return str(json.loads(marker.read_text(encoding="utf-8"))["origin"])
            except (ValueError, KeyError, TypeError) as error:
                raise TransferError(
                    "the file that says where the transfer comes from is not readable", str(marker), "restore it"
                ) from error
    return "received"


def _data_cutoff(frames: Mapping[str, pd.DataFrame], plan: Plan) -> float:
    variable = plan.study.data_cut.variable
    dates: list[float] = frames[SUBJECTS][variable].unique().tolist() if variable in frames[SUBJECTS] else []
    if len(dates) != 1:
        raise ValidationError(
            f"{variable} has {len(dates)} values; the data cut-off is one date",
            f"{SUBJECTS}, {variable}",
            "correct the data at their source and transfer them again",
        )
    return float(dates[0])


def _write_datasets(
    frames: dict[str, pd.DataFrame],
    files: Mapping[str, Path],
    raw: Mapping[str, str],
    schemas: StudySchemas,
    folder: Path,
) -> dict[str, dict[str, Any]]:
    """Write the canonical files and say what each holds."""
    folder.mkdir()
    datasets = {}
    for name in list(frames):
        specification = schemas.datasets[name]
        # Taken out one by one, so that the sorted copy and the original of one dataset stand in memory, not of all.
        frame = canonical(frames.pop(name), specification)
        path = folder / f"{name}.parquet"
        write_parquet(frame, path, specification)
        _settle(path)
        datasets[name] = {
            "file": f"{DATA}/{path.name}",
            "records": len(frame),
            "variables": {v.name: v.kind for v in specification.variables},
            "keys": list(specification.keys),
            "content_sha256": content_hash(frame, specification),
            "file_sha256": file_hash(path),
            "transfer_file": files[name].name,
            "transfer_sha256": raw[name],
        }
    return datasets


def _summary(schemas: StudySchemas, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "rules": [rule.id for rule in schemas.rules],
        "review": [
            {
                "rule": finding.rule,
                "sentence": finding.sentence,
                "dataset": finding.dataset,
                "count": finding.count,
                "records": finding.records,
                "first": list(finding.first),
            }
            for finding in findings
        ],
    }


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number without a name.
        return f"uid {os.getuid()}"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
    _settle(path)


def _settle(path: Path) -> None:
    """Force a file to the disk and forbid writing to it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    path.chmod(0o444)


def _publish(stage: Path, path: Path, plan: Plan) -> Lock:
    """Give the finished lock its name, which makes it exist in one step."""
    _sync_folder(stage / DATA)
    _sync_folder(stage)
    stage.chmod(0o755)
    try:
        stage.rename(path)
    except OSError:
        if not path.is_dir():
            raise
        # Another process locked the same data in this moment.
        return Lock(path.name, path, checked_manifest(path, plan))
    _sync_folder(path.parent)
    return Lock(path.name, path, checked_manifest(path, plan), created=True)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
