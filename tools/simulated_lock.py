"""The trial simulated and locked in a folder that goes away: what tools run both programmers on."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csrbook.lock import LockedData
    from csrbook.pipeline.study import StudyFolder

__all__ = ["simulated_lock"]


@contextmanager
def simulated_lock(study: StudyFolder, seed: int | None = None) -> Iterator[LockedData]:
    """The locked data of the trial, simulated with a seed, that of the plan where it is None."""
    from csrbook.lock import create_lock, open_lock
    from csrbook.pipeline.simulate import simulate_transfer

    with TemporaryDirectory(prefix="csrbook-lock-") as folder:
        transfer = simulate_transfer(study, seed=seed)
        lock = create_lock(transfer.folder / "xpt", study.plan, study.root, Path(folder) / "locks")
        yield open_lock(lock.path, study.plan)
