"""Whether a lock is in force. Unlocking deletes nothing: it adds a record with a name and a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csrbook.errors import UsageError
from csrbook.lock.audit_trail import writing
from csrbook.lock.ledger import enter, require_sound, settle_accounts
from csrbook.lock.records import add_record, common_fields, read_records

if TYPE_CHECKING:
    from pathlib import Path

    from csrbook.lock.audit_trail import Writer

__all__ = ["lock_again", "require_in_force", "unlock", "unlocking"]

KIND = "status"
UNLOCKED = "unlocked"
LOCKED = "locked"


def unlocking(path: Path) -> dict[str, Any] | None:
    """The record of the unlocking of a lock, None where it is in force.

    Parameters
    ----------
    path : Path
        The lock's folder.

    Raises
    ------
    IntegrityError
        A record of its status was touched.
    """
    last = next(reversed(read_records(path, KIND).values()), None)
    return last if last is not None and last.get("state") == UNLOCKED else None


def unlock(path: Path, *, name: str, reason: str) -> dict[str, Any]:
    """Take a lock out of force.

    Parameters
    ----------
    path : Path
        The lock's folder; must verify.
    name : str
        Who answers for it.
    reason : str
        Why.

    Returns
    -------
    dict
        The record.

    Raises
    ------
    UsageError
        Name or reason are missing, or it was unlocked before.
    IntegrityError
        The audit trail or the status was touched.
    """
    if not name.strip() or not reason.strip():
        raise UsageError("an unlocking needs a name and a reason", "--name, --reason", "say who unlocks and why")
    with writing(path.parent) as trail:
        require_sound(trail, path.parent)
        settle_accounts(trail, path.parent)
        if before := unlocking(path):
            raise UsageError(
                f"the lock was unlocked on {before['at']} by {before['name']}: {before['reason']}",
                path.name,
                "lock the corrected transfer by `csrbook lock TRANSFER`",
            )
        return _change(path, trail, UNLOCKED, name, reason)


def lock_again(path: Path, trail: Writer, *, reason: str) -> dict[str, Any]:
    """Put an unlocked lock in force again, because the same data were locked once more."""
    return _change(path, trail, LOCKED, "", reason or "the same data were locked again, unchanged")


def _change(path: Path, trail: Writer, state: str, name: str, reason: str) -> dict[str, Any]:
    record = common_fields(path, trail.trail.head) | {"state": state, "name": name, "reason": reason}
    enter(trail, path, add_record(path, KIND, record))
    return record


def require_in_force(path: Path) -> None:
    """Refuse a lock that was unlocked.

    Raises
    ------
    UsageError
        Says who unlocked it, when and why.
    """
    if record := unlocking(path):
        raise UsageError(
            f"the lock was unlocked on {record['at']} by {record['name']}: {record['reason']}",
            path.name,
            "name a newer lock, or lock the corrected transfer by `csrbook lock TRANSFER`",
        )
