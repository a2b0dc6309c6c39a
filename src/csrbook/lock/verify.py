"""Holds a lock against its manifest before anything is read from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csrbook.errors import IntegrityError, UsageError
from csrbook.lock.hashing import content_hash, file_hash
from csrbook.lock.manifest import DATA, MANIFEST, STAGING, lock_hash, lock_id, read_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from csrbook.lock.locked_data import LockedData
    from csrbook.plan.models import Plan

__all__ = ["checked_manifest", "find_lock", "list_locks", "open_lock", "unfinished_locks", "verify_lock"]

RESTORE = "restore the lock from its copy, or lock the data again"


def verify_lock(path: Path, plan: Plan | None = None, *, content: bool = False) -> list[str]:
    """What is wrong with a lock.

    Parameters
    ----------
    path : Path
        The lock's folder.
    plan : Plan, optional
        The present plan; without it, whether the plan changed is not examined.
    content : bool
        Whether to read every dataset and hash what it says, too. The hash of a file shows that the file was changed;
        that of the content holds even against one who changed the manifest with it, because the lock's id follows
        from it.

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
        return _problems(path, manifest, plan, content=content)
    except (KeyError, TypeError, AttributeError) as error:
        return [f"the manifest is not one of a lock: {type(error).__name__} {error} ({path / MANIFEST})"]


def _problems(path: Path, manifest: dict[str, Any], plan: Plan | None, *, content: bool) -> list[str]:
    problems = _problems_of_files(path, manifest)
    if content and not problems:
        problems = _problems_of_content(path, manifest)
    said = {name: dataset["content_sha256"] for name, dataset in manifest["datasets"].items()}
    digest = lock_hash(said, manifest["plan_sha256"], manifest["schemas_sha256"])
    if not manifest["id"] == lock_id(digest) == path.name or manifest["hash"] != digest:
        problems.append(f"the folder {path.name} holds the lock {lock_id(digest)}")
    if plan is not None and plan.hash != manifest["plan_sha256"]:
        problems.append(
            f"the plan was changed after the lock: its hash was {manifest['plan_sha256']} and is {plan.hash}"
        )
    return problems


def _problems_of_files(path: Path, manifest: dict[str, Any]) -> list[str]:
    problems = []
    expected = {f"{DATA}/{name}.parquet": dataset["file_sha256"] for name, dataset in manifest["datasets"].items()}
    if sorted(expected) != sorted(dataset["file"] for dataset in manifest["datasets"].values()):
        problems.append("the manifest names files outside the lock")
    for name, digest in expected.items():
        file = path / name
        if file.is_symlink() or not file.is_file():
            problems.append(f"{name} is missing")
        elif file_hash(file) != digest:
            problems.append(f"{name} was changed after the lock")
    found = {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_symlink() or not file.is_dir()}
    problems += [f"{name} was added after the lock" for name in sorted(found - set(expected) - {MANIFEST})]
    return problems


def _problems_of_content(path: Path, manifest: dict[str, Any]) -> list[str]:
    from csrbook.data.parquet import read_parquet
    from csrbook.data.specification import DatasetSpecification, Variable

    problems = []
    for name, dataset in manifest["datasets"].items():
        variables = tuple(Variable(variable, variable, kind) for variable, kind in dataset["variables"].items())
        specification = DatasetSpecification(name, name, tuple(dataset["keys"]), variables)
        frame = read_parquet(path / dataset["file"], specification.names)
        if content_hash(frame, specification) != dataset["content_sha256"]:
            problems.append(f"{dataset['file']} does not hold what was locked")
    return problems


def checked_manifest(path: Path, plan: Plan | None = None, *, content: bool = False) -> dict[str, Any]:
    """The manifest of a sound lock.

    Raises
    ------
    IntegrityError
        The lock is not what was locked; says exactly what changed.
    """
    if not path.is_dir():
        raise UsageError("there is no such lock", str(path), "lock a transfer first, or name another lock")
    problems = verify_lock(path, plan, content=content)
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


def open_lock(path: Path, plan: Plan | None = None, *, content: bool = False) -> LockedData:
    """Verify a lock and give access to its data.

    Parameters
    ----------
    path : Path
        The lock's folder.
    plan : Plan, optional
        The present plan, which must be the one that the data were locked under.
    content : bool
        See :func:`verify_lock`.

    Returns
    -------
    LockedData

    Raises
    ------
    UsageError
        There is no such lock.
    IntegrityError
        A file was changed, added or taken away, the lock is half written, or the plan was changed.
    """
    from csrbook.lock.locked_data import LockedData

    return LockedData(path, checked_manifest(path, plan, content=content))


def unfinished_locks(locks_dir: Path) -> list[Path]:
    """Folders that a crash while locking left behind. They hold no lock and may be deleted."""
    return sorted(locks_dir.glob(f"{STAGING}*")) if locks_dir.is_dir() else []


def list_locks(locks_dir: Path) -> list[Path]:
    """Folders of the locks, by id; what a crash left behind is not among them."""
    return sorted(path for path in locks_dir.glob("L*") if path.is_dir()) if locks_dir.is_dir() else []


def find_lock(locks_dir: Path, identifier: str | None = None) -> Path:
    """The folder of the lock of this id, or of the newest.

    Parameters
    ----------
    locks_dir : Path
        Where locks lie.
    identifier : str, optional
        Id of a lock, or its beginning where that is unique.

    Raises
    ------
    UsageError
        There is no such lock, or more than one.
    IntegrityError
        The manifest of a lock that comes into question is not readable.
    """
    locks = list_locks(locks_dir)
    fitting = [path for path in locks if identifier is None or path.name.startswith(identifier)]
    if not fitting or (identifier is not None and len(fitting) > 1):
        found = "there is more than one such lock" if fitting else f"there is no lock {identifier or ''}".rstrip()
        listed = ", ".join(path.name for path in locks) or "none"
        todo = "name one of these" if locks else "lock a transfer by `csrbook lock`; `csrbook simulate` makes one"
        raise UsageError(found, f"{locks_dir}: {listed}", todo)
    if identifier is not None:
        return fitting[0]
    return max(fitting, key=lambda path: (read_manifest(path)["made"]["at"], path.name))
