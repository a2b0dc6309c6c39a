"""The second programmer's numbers that need not be recomputed: below ``outputs/.cache/qc``.

They rest on the data, the plan and the programs in ``qc/``, and on nothing of production: a change of production's code
compares them anew and recomputes none.
"""

from __future__ import annotations

import importlib.metadata
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from csrbook.lock.hashing import combined_hash, file_hash
from csrbook.pipeline.kept import CACHE, keep, made_from
from csrbook.pipeline.reads import part_digests
from csrbook.pipeline.result_cache import data_digest
from csrbook.plan.parts import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from csrbook.lock import LockedData
    from csrbook.pipeline.study import StudyFolder

__all__ = ["QcCache", "QcTask", "library_versions"]

SCHEMA: Final = "csrbook-qc/1"
NUMBERS: Final = "numbers.parquet"
LIBRARIES: Final = ("numpy", "pandas", "scipy", "statsmodels")


def library_versions() -> dict[str, str]:
    """Versions of the libraries that the second side's numbers come from."""
    return {name: importlib.metadata.version(name) for name in LIBRARIES}


@dataclass(frozen=True)
class QcTask:
    """What one program of the second programmer is asked to recompute.

    Attributes
    ----------
    program : str
        Its path in the study; all programs in its language count as its source.
    subjects : tuple of str
        Outputs, or a dataset.
    runtime : str
        Version of what runs it, where that is not this Python.
    asked : str
        Digest of the keys that it is asked for, where it is handed them.
    """

    program: str
    subjects: tuple[str, ...]
    runtime: str = ""
    asked: str = ""

    @property
    def name(self) -> str:
        """Folder of what is kept of it: the output's id where it is one."""
        return self.subjects[0] if len(self.subjects) == 1 and not self.runtime else Path(self.program).stem


class QcCache:
    """Numbers of one study's second programmer on one lock's data.

    Parameters
    ----------
    study : StudyFolder
    data : LockedData
        A verified lock.
    """

    def __init__(self, study: StudyFolder, data: LockedData) -> None:
        self._folder = study.outputs / CACHE / "qc"
        self._rows = {output.id: digest(output.model_dump(mode="json")) for output in study.plan.catalogue.outputs}
        self._common = {
            "schema": SCHEMA,
            "data": data_digest(data),
            "treatment_codes": data.manifest["treatment_codes"],
            "python": ".".join(map(str, sys.version_info[:3])),
            "libraries": library_versions(),
        }
        self._parts = part_digests(study.plan)
        root = study.root / "qc"
        self._sources = {
            suffix: combined_hash(
                {p.relative_to(root).as_posix(): file_hash(p) for p in sorted(root.rglob(f"*{suffix}"))}
            )
            for suffix in (".py", ".R")
        }

    def find(self, task: QcTask) -> pd.DataFrame | None:
        """The numbers of a task; None where there are none of these inputs or they were touched."""
        import pandas as pd

        folder = self._folder / task.name
        source = made_from(folder)
        if source is None:
            return None
        try:
            same = source == self._source(task, [str(name) for name in source["plan"]])
            return pd.read_parquet(folder / NUMBERS) if same else None
        except (OSError, ValueError, KeyError, TypeError):
            # It is not what was written.
            return None

    def store(self, task: QcTask, numbers: pd.DataFrame, reads: Iterable[str]) -> None:
        """Keep the numbers of a task, with what of the plan it read (:mod:`csrbook.pipeline.reads`)."""
        source = self._source(task, sorted(reads))
        keep(self._folder / task.name, source, lambda folder: numbers.to_parquet(folder / NUMBERS, index=False))

    def _source(self, task: QcTask, reads: Iterable[str]) -> dict[str, Any]:
        return {
            **self._common,
            "program": task.program,
            "sources": self._sources[Path(task.program).suffix],
            "rows": {name: self._rows.get(name, "") for name in task.subjects},
            "plan": {name: self._parts[name] for name in reads},
            "runtime": task.runtime,
            "asked": task.asked,
        }
