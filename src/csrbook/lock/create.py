"""Makes a lock: all of it or none of it.

The lock is built in a folder of its own and gets its name in one step. Only that step and the entry in the audit
trail are done one lock at a time; what a crash between the two leaves out, the next command enters
(:mod:`csrbook.lock.ledger`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from csrbook.data.transfer import transfer_files
from csrbook.errors import TransferError, ValidationError
from csrbook.lock.audit_trail import utc_now, who, writing
from csrbook.lock.blinding import plan_state
from csrbook.lock.file_lock import sync_folder
from csrbook.lock.find import find_lock, list_locks, newest
from csrbook.lock.findings import reject
from csrbook.lock.hashing import code_hash, environment_hash
from csrbook.lock.ledger import begin_lock, enter, require_sound, settle_accounts
from csrbook.lock.manifest import (
    DATA,
    MANIFEST,
    ORIGIN_FILE,
    SCHEMA_VERSION,
    Lock,
    lock_hash,
    lock_id,
    read_manifest,
    sealed,
)
from csrbook.lock.staging import freeze_folder, staging, write_file
from csrbook.lock.status import lock_again, unlocking
from csrbook.lock.study_schemas import load_schemas
from csrbook.lock.treatment import Treatment
from csrbook.lock.validate import TransferFrames, specifications_exist, validate
from csrbook.lock.verdicts import manifest_summary
from csrbook.lock.verify import checked_manifest
from csrbook.lock.write_datasets import TransferHashes, write_datasets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd

    from csrbook.lock.audit_trail import Writer
    from csrbook.lock.validate import Validation
    from csrbook.plan.models import Plan

__all__ = ["create_lock", "former_lock", "origin_of"]

SUBJECTS = "ADSL"


def create_lock(
    transfer: Path,
    plan: Plan,
    root: Path,
    locks_dir: Path,
    *,
    parent: str | None = None,
    reason: str = "",
    dry_run: bool = False,
    codes: Path | None = None,
    told: Callable[[Validation], None] = lambda _: None,
) -> Lock:
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
    parent : str, optional
        Id of the lock that this one takes the place of; the newest of the same study and origin where there is one.
    reason : str
        Why the study is locked again; that of the unlocking where the parent was unlocked.
    dry_run : bool
        Whether the lock is to hold dummy treatment codes (:mod:`csrbook.lock.dummy_codes`).
    codes : Path, optional
        File with the treatment codes where these do not stand in the datasets.
    told : callable, optional
        Given what validation found before anything is locked or refused.

    Returns
    -------
    Lock
        The new lock; or, where the same data were locked by the same plan and schemas, the one that exists, which is in
        force again if it was unlocked.

    Raises
    ------
    TransferError
        A file is missing, unreadable or truncated, or changed while it was read.
    ValidationError
        A schema or a rule does not hold.
    UsageError
        The parent does not exist, the folder cannot be written, or the treatment codes may not be known yet.
    IntegrityError
        The same data were locked before and that lock was touched since; or the audit trail was.
    """
    schemas = load_schemas(root)
    specifications_exist(plan, schemas)
    received = TransferHashes(transfer_files(transfer, plan.study.datasets))
    origin = origin_of(transfer)
    of_a_lock = transfer.resolve().parent.parent == locks_dir.resolve()
    treatment = Treatment(plan, transfer, plan_state(root, locks_dir), origin, dry_run, codes, of_a_lock)
    validation = validate(transfer, plan, schemas, treatment)
    told(validation)
    reject(validation.findings, str(transfer))
    cutoff = _data_cutoff(validation.frames, plan)
    frames = TransferFrames(validation.files, schemas, treatment.as_locked)
    with staging(locks_dir) as stage:
        datasets = write_datasets(frames, schemas, received, stage / DATA)
        content = {name: dataset["content_sha256"] for name, dataset in datasets.items()}
        digest = lock_hash(content, plan.hash, schemas.hash, treatment.facts["treatment_codes"])
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "id": lock_id(digest),
            "hash": digest,
            "study": plan.study.registry,
            "origin": origin,
            **treatment.facts,
            "data_cutoff": cutoff,
            "plan_sha256": plan.hash,
            "schemas_sha256": schemas.hash,
            "code_sha256": code_hash(root),
            "environment_sha256": environment_hash(root),
            "datasets": datasets,
            "validation": manifest_summary(validation, schemas),
            "made": {"by": who(), "at": utc_now(), "transfer": transfer.name},
        }
        received.require_unchanged()
        with writing(locks_dir) as trail:
            require_sound(trail, locks_dir)
            settle_accounts(trail, locks_dir)
            return _publish(stage, manifest, plan, locks_dir, trail, parent, reason)


def _publish(
    stage: Path, manifest: dict[str, Any], plan: Plan, locks_dir: Path, trail: Writer, parent: str | None, reason: str
) -> Lock:
    """Give the finished lock its name, which makes it exist in one step."""
    path = locks_dir / str(manifest["id"])
    if path.exists():
        # The same data were locked before, or by another process in this moment.
        found = Lock(path.name, path, checked_manifest(path, plan))
        if unlocking(path):
            lock_again(path, trail, reason=reason)
        return found
    before = former_lock(locks_dir, manifest, parent)
    if before is not None:
        opened = unlocking(before)
        reason = reason or (str(opened["reason"]) if opened else "")
    manifest |= {"parent": before.name if before else None, "reason": reason}
    # The lock remembers the trail as it stood, so that a trail cut short before this line is noticed.
    manifest["made"] |= {"audit_head": begin_lock(trail, path.name, str(manifest["hash"])).hash}
    write_file(stage / MANIFEST, sealed(manifest).encode("utf-8"))
    freeze_folder(stage)
    stage.rename(path)
    sync_folder(locks_dir)
    enter(trail, path, MANIFEST)
    return Lock(path.name, path, checked_manifest(path, plan), created=True)


def former_lock(locks_dir: Path, manifest: Mapping[str, Any], parent: str | None = None) -> Path | None:
    """The lock that a new one takes the place of.

    Parameters
    ----------
    locks_dir : Path
        Where locks lie.
    manifest : mapping
        Of the new lock: its study and the origin of its data. Simulated data take the place of nothing.
    parent : str, optional
        Id of the former lock where it is known; the newest of the same study and origin by default.
    """
    if parent is not None:
        return find_lock(locks_dir, parent)
    if manifest["origin"] == "simulated":
        return None
    alike = ("study", "origin")
    manifests = {path: read_manifest(path) for path in list_locks(locks_dir)}
    same = [path for path, former in manifests.items() if all(former[key] == manifest[key] for key in alike)]
    return newest(locks_dir, same) if same else None


def origin_of(transfer: Path) -> str:
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
