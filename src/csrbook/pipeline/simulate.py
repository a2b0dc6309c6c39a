"""The simulated transfer: the trial's database before any patient data exist."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from csrbook.errors import TransferError, UsageError
from csrbook.lock.manifest import ORIGIN_FILE
from csrbook.pipeline.files import tree_hashes, write_json

if TYPE_CHECKING:
    from csrbook.pipeline.study import StudyFolder

__all__ = ["Transfer", "simulate_transfer"]

PROGRAM = "simulation/database.py"


@dataclass(frozen=True)
class Transfer:
    """A transfer folder and its number of randomised subjects and records."""

    folder: Path
    subjects: int
    records: int


def simulate_transfer(study: StudyFolder, *, subjects: int | None = None, seed: int | None = None) -> Transfer:
    """Simulate the trial and write it as XPT v5 and Parquet below ``data/``.

    The folder is named after the number of subjects and the content. One that stands there already must still hold it.

    Raises
    ------
    UsageError
        Where the study has no simulation.
    TransferError
        Where a folder of this name holds something else; it is left as it is.
    """
    from csrbook.data import write_transfer
    from csrbook.lock import load_schemas
    from csrbook.lock.hashing import file_hash

    if not (study.root / PROGRAM).is_file():
        raise UsageError(
            "the study has no simulation", PROGRAM, "lock received data by `csrbook lock TRANSFER`, or write it"
        )
    simulated = study.package("simulation.database").simulate_study(study.root, study.plan, subjects, seed)
    study.data.mkdir(exist_ok=True)
    parent = Path(tempfile.mkdtemp(prefix=".simulated-", dir=study.data))
    staged = parent / "transfer"
    try:
        write_transfer(simulated.frames, staged, load_schemas(study.root).datasets)
        marker = {
            "origin": "simulated",
            "subjects": simulated.subjects,
            "seed": simulated.seed,
            "files": tree_hashes(staged),
        }
        write_json(staged / ORIGIN_FILE, marker, indent=1)
        target = study.data / f"simulated-{simulated.subjects}-{file_hash(staged / ORIGIN_FILE)[7:15]}"
        try:
            staged.rename(target)
        except OSError:
            # It stood there before, or another process has just made it.
            if not target.is_dir():
                raise
            _require_untouched(target, marker)
    finally:
        shutil.rmtree(parent, ignore_errors=True)
    return Transfer(target, simulated.subjects, sum(len(frame) for frame in simulated.frames.values()))


def _require_untouched(target: Path, marker: dict[str, object]) -> None:
    found = tree_hashes(target)
    found.pop(ORIGIN_FILE, None)
    if found != marker["files"]:
        raise TransferError(
            "the simulated transfer was changed after it was written; it was left as it is",
            f"data/{target.name}",
            "move that folder away and simulate again",
        )
