"""Who may know the treatment codes when: blinded, then frozen, then unblinded.

The state is stored nowhere. It follows from ``sap/frozen.json`` (freezes and the unblinding) and from the audit trail,
which repeats each of these events, so that neither file can be shortened unseen. Of a trial whose plan is open-label,
or says nothing of blinding, the first lock of received data with their treatment codes counts as the unblinding: from
then on numbers by arm can be made, and what is planned after it is post hoc.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from csrbook.errors import IntegrityError, UsageError
from csrbook.lock.audit_trail import inspect, utc_now, who, writing
from csrbook.lock.file_lock import sync_folder
from csrbook.lock.ledger import require_sound
from csrbook.plan.freeze import FROZEN, Record, changes, last_freeze, present, read_records, records_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from csrbook.lock.audit_trail import Writer
    from csrbook.plan.models import Plan

__all__ = ["PlanState", "freeze_plan", "plan_state", "record_unblinding", "require_frozen_record"]

FREEZE_EVENT: Final = "plan freeze"
UNBLIND_EVENT: Final = "unblind"
LOCK_EVENT: Final = "lock"
SHOWN: Final = 5


@dataclass(frozen=True)
class PlanState:
    """Where the study stands."""

    state: Literal["blinded", "frozen", "unblinded"]
    freeze: Record | None
    """The freeze in force; of an unblinded study the one under which the codes were opened."""
    version: int
    """Number of freezes so far."""
    opened: str = ""
    """Since when the codes are known, and by what; empty before."""

    @property
    def lines(self) -> tuple[str, ...]:
        """In words."""
        frozen = (
            f"frozen, version {self.version}, {self.freeze.at} by {self.freeze.name}" if self.freeze else "not frozen"
        )
        known = [f"Treatment codes known since {self.opened}"] if self.opened else []
        return (f"State: {self.state}", f"Plan: {frozen}", *known)


def plan_state(root: Path, locks_dir: Path) -> PlanState:
    """Where the study stands.

    Parameters
    ----------
    root : Path
        The study's folder.
    locks_dir : Path
        The folder of the locks, which holds the audit trail.

    Raises
    ------
    IntegrityError
        ``sap/frozen.json`` was edited, or lacks a record that the audit trail names.
    """
    records = read_records(root)
    known = {record.hash for record in records}
    entries = inspect(locks_dir).entries
    for entry in entries:
        if entry.event in (FREEZE_EVENT, UNBLIND_EVENT) and entry.details.get("record") not in known:
            raise IntegrityError(
                f"the frozen plan lacks the record of '{entry.event}' of {entry.at}",
                f"{FROZEN}; audit trail, line {entry.number}",
                "restore sap/frozen.json from version control",
            )
    opened = [f"{record.at} (unblinded by {record.name})" for record in records if record.event == "unblinding"]
    opened += [
        f"{entry.at} (lock {entry.details.get('id')})"
        for entry in entries
        if entry.event == LOCK_EVENT
        and (entry.details.get("treatment_codes"), entry.details.get("origin")) == ("real", "received")
    ]
    freeze = last_freeze(records)
    version = sum(record.event == "freeze" for record in records)
    state: Literal["blinded", "frozen", "unblinded"] = "unblinded" if opened else "frozen" if freeze else "blinded"
    return PlanState(state, freeze, version, opened[0] if opened else "")


def require_frozen_record(manifest: Mapping[str, Any], root: Path) -> None:
    """Refuse a lock whose frozen plan is no longer among the frozen ones.

    Parameters
    ----------
    manifest : mapping
        Of the lock.
    root : Path
        The study's folder.

    Raises
    ------
    IntegrityError
        ``sap/frozen.json`` was edited, or lacks the freeze that was in force when the lock was made.
    """
    frozen = manifest["plan_frozen"]
    if frozen and frozen["record"] not in {record.hash for record in read_records(root)}:
        raise IntegrityError(
            f"the frozen plan, version {frozen['version']}, under which {manifest['id']} was made is gone",
            FROZEN,
            "restore sap/frozen.json from version control",
        )


def freeze_plan(plan: Plan, root: Path, locks_dir: Path, name: str, reason: str = "") -> tuple[Record, bool]:
    """Freeze the plan as it stands, programs included.

    Parameters
    ----------
    plan : Plan
        A plan that checks.
    root, locks_dir : Path
        The study's folder and that of its locks.
    name : str
        Who answers for it.
    reason : str
        Why; needed where the plan was frozen before.

    Returns
    -------
    record : Record
        The freeze in force.
    made : bool
        False where nothing changed since the last freeze, which then stays the one in force.

    Raises
    ------
    UsageError
        The codes are known already, the reason for another freeze is missing, or the file cannot be written.
    IntegrityError
        The chain of freezes was edited.
    """
    with _writing(locks_dir) as trail:
        state = plan_state(root, locks_dir)
        if state.state == "unblinded":
            raise UsageError(
                f"the plan cannot be frozen: the treatment codes are known since {state.opened}",
                FROZEN,
                "change the plan and lock again; outputs that differ from the frozen plan are marked post hoc"
                if state.freeze
                else "nothing was frozen before that, which the manifests say",
            )
        parts, programs = present(plan, root)
        if state.freeze and (state.freeze.parts, state.freeze.programs) == (parts, programs):
            return state.freeze, False
        if state.freeze and not reason:
            raise UsageError(
                f"the plan was frozen before (version {state.version}), so this needs a reason",
                "--reason",
                "say why the plan changed; `csrbook plan diff` shows what did",
            )
        record = Record("freeze", name, who(), utc_now(), reason, plan.hash, parts=parts, programs=programs)
        record = _add(root, record)
        trail.append(
            FREEZE_EVENT, reason=reason, name=name, record=record.hash, version=state.version + 1, plan_sha256=plan.hash
        )
    return record, True


def record_unblinding(
    plan: Plan, root: Path, locks_dir: Path, *, name: str, reason: str, codes_sha256: str, parent: str
) -> Record:
    """Record that the codes are opened, before they are.

    Parameters
    ----------
    plan : Plan
    root, locks_dir : Path
        The study's folder and that of its locks.
    name, reason : str
        Who opens the codes and why.
    codes_sha256 : str
        Hash of the file with the codes; empty where the transfer holds them.
    parent : str
        Id of the dry-run lock, or empty.

    Raises
    ------
    UsageError
        The plan is not frozen, changed since it was, or the codes were opened before.
    """
    with _writing(locks_dir) as trail:
        state = plan_state(root, locks_dir)
        if state.freeze is None:
            raise UsageError(
                "the plan is not frozen, so the treatment codes stay closed",
                FROZEN,
                'freeze it by `csrbook plan freeze --name "…"`',
            )
        if state.state == "unblinded":
            raise UsageError(
                f"the treatment codes are known since {state.opened}",
                FROZEN,
                "lock by `csrbook lock TRANSFER --codes FILE`",
            )
        if differing := changes(plan, root, state.freeze):
            shown = [str(change) for change in differing[:SHOWN]]
            more = [f"… and {len(differing) - SHOWN} more"] * (len(differing) > SHOWN)
            raise UsageError(
                f"the plan or its programs changed since they were frozen (version {state.version})",
                "\n        ".join([FROZEN, *shown, *more]),
                'freeze them anew by `csrbook plan freeze --name "…" --reason "…"`, or take the changes back',
            )
        record = Record("unblinding", name, who(), utc_now(), reason, plan.hash, codes_sha256=codes_sha256)
        record = _add(root, record)
        trail.append(
            UNBLIND_EVENT, reason=reason, name=name, record=record.hash, codes_sha256=codes_sha256, parent=parent
        )
    return record


@contextmanager
def _writing(locks_dir: Path) -> Iterator[Writer]:
    """The audit trail to oneself, so that two freezes at once come one after the other."""
    try:
        with writing(locks_dir) as trail:
            require_sound(trail, locks_dir)
            yield trail
    except OSError as error:
        raise UsageError(
            f"this cannot be recorded: {error.strerror}",
            f"{FROZEN}, and the audit trail in {locks_dir.name}/",
            "see that both can be written",
        ) from error


def _add(root: Path, record: Record) -> Record:
    """Write the file with one more record, whole or not at all; the record as it stands in the chain."""
    records = read_records(root)
    last = records[-1] if records else None
    record = record.chained(last)
    path = root / FROZEN
    handle, name = tempfile.mkstemp(prefix=".frozen-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(records_text((*records, record)))
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
    sync_folder(path.parent)
    return record
