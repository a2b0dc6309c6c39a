"""The frozen plan: ``sap/frozen.json``, a chain of records that is only ever added to.

A record is a *freeze* (the plan as it stood: hashes of its parts and of each output's program) or an *unblinding* (the
treatment codes were opened under the freeze before it). Each record holds the hash of the one before it and its own.
The file belongs under version control with the rest of ``sap/``; :mod:`csrbook.lock.blinding` writes it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from csrbook.errors import IntegrityError
from csrbook.plan.parts import digest, plan_parts, reached
from csrbook.plan.program_sources import program_sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from csrbook.plan.models import Plan

__all__ = ["FROZEN", "Change", "Record", "changes", "last_freeze", "present", "read_records", "records_text"]

FROZEN: Final = "sap/frozen.json"
SCHEMA: Final = "csrbook-frozen-plan/1"
START: Final = f"sha256:{'0' * 64}"


@dataclass(frozen=True)
class Record:
    """A freeze or an unblinding."""

    event: Literal["freeze", "unblinding"]
    name: str
    """Who answers for it."""
    account: str
    """The account that ran the command."""
    at: str
    """UTC."""
    reason: str
    plan_sha256: str
    parts: Mapping[str, str] = field(default_factory=dict)
    """Of a freeze: hash by part of the plan (:func:`csrbook.plan.parts.plan_parts`)."""
    programs: Mapping[str, str] = field(default_factory=dict)
    """Of a freeze: hash by output id of its program's source."""
    codes_sha256: str = ""
    """Of an unblinding: hash of the file with the treatment codes; empty where the transfer itself held them."""
    number: int = 1
    """From 1, over both kinds."""
    previous: str = START
    """Hash of the record before."""
    hash: str = ""
    """Over all other fields."""

    def chained(self, last: Record | None) -> Record:
        """The record as it follows another, or begins the chain."""
        body = asdict(self) | {"number": last.number + 1 if last else 1, "previous": last.hash if last else START}
        body.pop("hash")
        return Record(**body, hash=digest(body))


@dataclass(frozen=True)
class Change:
    """A difference between the plan now and a freeze."""

    name: str
    """Part of the plan, or ``program of ID``."""
    kind: Literal["new", "changed", "removed"]
    outputs: tuple[str, ...]
    """Ids of programmed outputs that rest on it."""

    def __str__(self) -> str:
        return f"{self.name}: {self.kind}"


def read_records(root: Path) -> tuple[Record, ...]:
    """The records, oldest first; none where the plan was never frozen.

    Parameters
    ----------
    root : Path
        The study's folder.

    Raises
    ------
    IntegrityError
        The file is not readable, or a record was changed, taken out or put in.
    """
    path = root / FROZEN
    todo = "restore the file from version control; it is never edited"
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise IntegrityError("the frozen plan is no regular file", FROZEN, todo)
    if not path.exists():
        return ()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        records = tuple(Record(**item) for item in content["records"])
        known = content["schema"] == SCHEMA
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise IntegrityError("the frozen plan is not readable", FROZEN, todo) from error
    if not known:
        raise IntegrityError(f"the frozen plan is not of the kind {SCHEMA}", FROZEN, "use the csrbook that wrote it")
    last = None
    for number, record in enumerate(records, start=1):
        if not _follows(record, last):
            raise IntegrityError(f"the chain of frozen plans breaks at record {number}", FROZEN, todo)
        last = record
    return records


def _follows(record: Record, last: Record | None) -> bool:
    try:
        return record == record.chained(last)
    except ValueError:
        # A number that is not finite, which no record holds.
        return False


def records_text(records: Sequence[Record]) -> str:
    """The content of the file."""
    content = {"schema": SCHEMA, "records": [asdict(record) for record in records]}
    return json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def last_freeze(records: Sequence[Record]) -> Record | None:
    """The freeze in force."""
    return next((record for record in reversed(records) if record.event == "freeze"), None)


def present(plan: Plan, root: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Hash by part of the plan, and by output id of its program, as they stand now."""
    sources = program_sources(plan, root)
    return plan_parts(plan, root), {name: source.hash for name, source in sources.items()}


def changes(plan: Plan, root: Path, frozen: Record) -> list[Change]:
    """What differs between the plan now and a freeze.

    Parameters
    ----------
    plan : Plan
        The plan as it is.
    root : Path
        The study's folder.
    frozen : Record
        A freeze.

    Returns
    -------
    list of Change
        Parts in the order of the plan, removed ones after them, then programs.
    """
    sources = program_sources(plan, root)
    parts = plan_parts(plan, root)
    named = {name: source.names for name, source in sources.items()}
    programmed = [output for output in plan.catalogue.outputs if output.programmed]
    found = []
    for name, kind in _differences(frozen.parts, parts):
        touched = tuple(output.id for output in programmed if reached(plan, output, [name], named))
        found.append(Change(name, kind, touched))
    programs = {name: source.hash for name, source in sources.items()}
    for name, kind in _differences(frozen.programs, programs):
        found.append(Change(f"program of {name}", kind, () if kind == "removed" else (name,)))
    return found


def _differences(
    before: Mapping[str, Any], now: Mapping[str, Any]
) -> list[tuple[str, Literal["new", "changed", "removed"]]]:
    differing: list[tuple[str, Literal["new", "changed", "removed"]]] = [
        (name, "changed" if name in before else "new") for name in now if before.get(name) != now[name]
    ]
    return differing + [(name, "removed") for name in sorted(before.keys() - now.keys())]
