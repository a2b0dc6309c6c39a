"""Holds a lock against its manifest, its signatures and the audit trail before anything is read from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csrbook.errors import IntegrityError, TransferError, UsageError
from csrbook.lock.audit_trail import inspect
from csrbook.lock.hashing import content_hash, file_hashes, variable_hashes
from csrbook.lock.ledger import faults_of
from csrbook.lock.manifest import DATA, MANIFEST, lock_hash, lock_id, read_manifest
from csrbook.lock.records import KINDS, is_record, read_records
from csrbook.lock.signatures import signature_faults
from csrbook.lock.status import require_in_force
from csrbook.lock.timestamps import timestamp_faults

if TYPE_CHECKING:
    from pathlib import Path

    from csrbook.lock.locked_data import LockedData
    from csrbook.plan.models import Plan

__all__ = ["checked_manifest", "open_lock", "verify_lock"]

RESTORE = "restore the lock from its copy, or lock the data again"


def verify_lock(path: Path, plan: Plan | None = None, *, content: bool = False, ca: bytes | None = None) -> list[str]:
    """What is wrong with a lock.

    Parameters
    ----------
    path : Path
        The lock's folder, beside which the audit trail lies.
    plan : Plan, optional
        The present plan; without it, neither whether the plan changed is examined nor who may sign.
    content : bool
        Whether to read every dataset and hash what it says, too. The hash of a file shows that the file was changed;
        that of the content holds even against one who changed the manifest with it, because the lock's id follows
        from it.
    ca : bytes, optional
        Certificates in PEM to hold time stamps against; those that were attached with them by default.

    Returns
    -------
    list of str
        One problem each; empty for a sound lock.
    """
    try:
        manifest = read_manifest(path)
    except IntegrityError as error:
        return [f"{error.what} ({error.where})"]
    try:
        return _problems(path, manifest, plan, content=content, ca=ca)
    except (KeyError, TypeError, AttributeError) as error:
        return [f"the manifest is not one of a lock: {type(error).__name__} {error} ({path / MANIFEST})"]


def _problems(path: Path, manifest: dict[str, Any], plan: Plan | None, *, content: bool, ca: bytes | None) -> list[str]:
    problems = _problems_of_files(path, manifest)
    if content and not problems:
        problems = [
            f"{dataset['file']} does not hold what was locked{said}"
            for name, dataset in manifest["datasets"].items()
            if (said := _difference(path, name, dataset)) is not None
        ]
    contents = {name: dataset["content_sha256"] for name, dataset in manifest["datasets"].items()}
    digest = lock_hash(contents, manifest["plan_sha256"], manifest["schemas_sha256"], manifest["treatment_codes"])
    for name, dataset in manifest["datasets"].items():
        if content_hash(name, dataset["records"], dataset["variable_sha256"]) != dataset["content_sha256"]:
            problems.append(f"what the manifest says of {name} does not add up to the hash of its content")
    if not manifest["id"] == lock_id(digest) == path.name or manifest["hash"] != digest:
        problems.append(f"the folder {path.name} holds the lock {lock_id(digest)}")
    problems += _problems_of_records(path, plan, ca)
    if plan is not None and plan.hash != manifest["plan_sha256"]:
        problems.append(
            f"the plan was changed after the lock: its hash was {manifest['plan_sha256']} and is {plan.hash}"
        )
    return problems


def _problems_of_files(path: Path, manifest: dict[str, Any]) -> list[str]:
    problems = []
    datasets = {f"{DATA}/{name}.parquet": (name, dataset) for name, dataset in manifest["datasets"].items()}
    if sorted(datasets) != sorted(dataset["file"] for dataset in manifest["datasets"].values()):
        problems.append("the manifest names files outside the lock")
    files = {name: path / name for name in datasets}
    present = {name: file for name, file in files.items() if file.is_file() and not file.is_symlink()}
    hashes = dict(zip(present, file_hashes(present.values()), strict=True))
    for file, (name, dataset) in datasets.items():
        if file not in present:
            problems.append(f"{file} is missing")
        elif hashes[file] != dataset["file_sha256"]:
            difference = _difference(path, name, dataset)
            what = "; what it says is unchanged" if difference is None else difference
            problems.append(f"{file} was changed after the lock{what}")
    found = {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_symlink() or not file.is_dir()}
    added = sorted(name for name in found - set(datasets) - {MANIFEST} if not is_record(name))
    return [*problems, *(f"{name} was added after the lock" for name in added)]


def _difference(path: Path, name: str, dataset: dict[str, Any]) -> str | None:
    """In what a dataset differs from what was locked; None where it says the same."""
    from csrbook.data.parquet import read_parquet
    from csrbook.data.specification import DatasetSpecification, Variable

    variables = tuple(Variable(variable, variable, kind) for variable, kind in dataset["variables"].items())
    specification = DatasetSpecification(name, name, tuple(dataset["keys"]), variables)
    try:
        frame = read_parquet(path / DATA / f"{name}.parquet")
    except TransferError as error:
        return f": {error.what}"
    columns = [f"{column} was added" for column in frame.columns if column not in specification.names]
    columns += [f"{column} is missing" for column in specification.names if column not in frame]
    if columns:
        return f": {', '.join(columns)}"
    hashes = variable_hashes(frame, specification)
    if content_hash(name, len(frame), hashes) == dataset["content_sha256"]:
        return None
    if len(frame) != dataset["records"]:
        return f": {len(frame):,} records, not {dataset['records']:,}"
    differing = [column for column, digest in hashes.items() if digest != dataset["variable_sha256"].get(column)]
    return f": {', '.join(differing)} {'differs' if len(differing) == 1 else 'differ'}" if differing else ""


def _problems_of_records(path: Path, plan: Plan | None, ca: bytes | None) -> list[str]:
    """What is wrong with signatures, time stamps, status and audit trail."""
    problems = []
    for kind in KINDS:
        try:
            read_records(path, kind)
        except IntegrityError as error:
            problems.append(error.what)
    if not problems:
        problems = [*signature_faults(path, plan), *timestamp_faults(path, ca)]
    try:
        return [*problems, *faults_of(path, inspect(path.parent))]
    except IntegrityError as error:
        return [*problems, error.what]


def checked_manifest(
    path: Path, plan: Plan | None = None, *, content: bool = False, ca: bytes | None = None
) -> dict[str, Any]:
    """The manifest of a sound lock; see :func:`verify_lock`.

    Raises
    ------
    IntegrityError
        The lock is not what was locked; says exactly what changed.
    """
    if not path.is_dir():
        raise UsageError("there is no such lock", str(path), "lock a transfer first, or name another lock")
    problems = verify_lock(path, plan, content=content, ca=ca)
    if problems:
        what = problems[0] if len(problems) == 1 else f"the lock has {len(problems)} faults"
        where = str(path) if len(problems) == 1 else "\n        ".join([str(path), *problems])
        todo = (
            "take the change of the plan back, or lock the data under the new plan"
            if all("plan was changed" in problem for problem in problems)
            else RESTORE
        )
        raise IntegrityError(what, where, todo)
    return read_manifest(path)


def open_lock(
    path: Path,
    plan: Plan | None = None,
    *,
    content: bool = False,
    ca: bytes | None = None,
    unlocked_too: bool = False,
) -> LockedData:
    """Verify a lock and give access to its data.

    Parameters
    ----------
    path : Path
        The lock's folder.
    plan : Plan, optional
        The present plan, which must be the one that the data were locked under.
    content, ca
        See :func:`verify_lock`.
    unlocked_too : bool
        Whether a lock that was unlocked may be opened, to look at it.

    Returns
    -------
    LockedData

    Raises
    ------
    UsageError
        There is no such lock, or it was unlocked.
    IntegrityError
        A file was changed, added or taken away, the lock is half written, or the plan was changed.
    """
    from csrbook.lock.locked_data import LockedData

    manifest = checked_manifest(path, plan, content=content, ca=ca)
    if not unlocked_too:
        require_in_force(path)
    return LockedData(path, manifest)
