"""Which locks there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.errors import UsageError
from csrbook.lock.audit_trail import inspect
from csrbook.lock.ledger import in_order
from csrbook.lock.manifest import read_manifest
from csrbook.lock.status import unlocking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["find_lock", "list_locks", "newest"]


def list_locks(locks_dir: Path) -> list[Path]:
    """Folders of the locks, by id; what a crash left behind is not among them."""
    return sorted(path for path in locks_dir.glob("L*") if path.is_dir()) if locks_dir.is_dir() else []


def find_lock(locks_dir: Path, identifier: str | None = None) -> Path:
    """The folder of the lock of this id, or of the newest that is in force.

    Parameters
    ----------
    locks_dir : Path
        Where locks lie.
    identifier : str, optional
        Id of a lock, or its beginning where that is unique; unlocked ones are found, too.

    Raises
    ------
    UsageError
        There is no such lock, or more than one.
    IntegrityError
        The manifest of a lock that comes into question is not readable.
    """
    locks = list_locks(locks_dir)
    if identifier is None:
        fitting = [path for path in locks if unlocking(path) is None]
    else:
        fitting = [path for path in locks if path.name.startswith(identifier)]
    if not fitting or (identifier is not None and len(fitting) > 1):
        found = "there is more than one such lock" if fitting else f"there is no lock {identifier or ''}".rstrip()
        if locks and identifier is None:
            found = "every lock was unlocked"
        listed = ", ".join(path.name for path in locks) or "none"
        todo = "name one of these" if locks else "lock a transfer by `csrbook lock`; `csrbook simulate` makes one"
        raise UsageError(found, f"{locks_dir}: {listed}", todo)
    if identifier is not None:
        return fitting[0]
    return newest(locks_dir, fitting)


def newest(locks_dir: Path, locks: Sequence[Path]) -> Path:
    """Of some locks the one that was put in force last, as the audit trail says; clocks may go back."""
    order = in_order(inspect(locks_dir))
    return max(locks, key=lambda path: (order.get(path.name, 0), read_manifest(path)["made"]["at"], path.name))
