"""Results that need not be computed again: each output's numbers, display and log below ``outputs/.cache/results``.

The results stand outside of any lock: a change of one footnote makes a new lock of the same data, and only what rests
on that footnote is computed again.
"""

from __future__ import annotations

import importlib.metadata
import sys
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import UsageError
from csrbook.lock.hashing import combined_hash, engine_hash, environment_hash
from csrbook.pipeline.files import read_json, write_json
from csrbook.pipeline.kept import CACHE, keep, made_from
from csrbook.pipeline.output_run import LogEntry, OutputRun
from csrbook.pipeline.reads import part_digests
from csrbook.plan.parts import digest
from csrbook.plan.program_sources import program_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from csrbook.lock import LockedData
    from csrbook.pipeline.study import StudyFolder
    from csrbook.plan.models import Output

__all__ = ["LIBRARIES", "ResultCache", "data_digest"]

SCHEMA: Final = "csrbook-result/1"
ARD: Final = "ard.parquet"
DISPLAY: Final = "display.json"
LOG: Final = "log.json"
LIBRARIES: Final = ("numpy", "pandas", "pydantic", "scipy")
"""Those that numbers come from; a machine may hold others than the pinned ones."""


class ResultCache:
    """Results of one study's programs on one lock's data.

    Parameters
    ----------
    study : StudyFolder
        Its plan and programs.
    data : LockedData
        A verified lock.
    """

    def __init__(self, study: StudyFolder, data: LockedData) -> None:
        self._folder = study.outputs / CACHE / "results"
        plan = study.plan
        self._common = {
            "schema": SCHEMA,
            "data": data_digest(data),
            "treatment_codes": data.manifest["treatment_codes"],
            "engine": engine_hash(),
            "environment": environment_hash(study.root),
            "python": ".".join(map(str, sys.version_info[:3])),
            "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
        }
        self._programs = {name: source.hash for name, source in program_sources(plan, study.root).items()}
        self._parts = part_digests(plan)

    def find(self, output: Output) -> OutputRun | None:
        """The results of an output, None where there are none of these inputs or they were touched."""
        folder = self._folder / output.id
        source = made_from(folder)
        if source is None:
            return None
        try:
            reads = [str(name) for name in source["plan"]]
            return _read(folder) if source == self._made_from(output, reads) else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # It is not what was written.
            return None

    def store(self, output: Output, run: OutputRun, reads: Iterable[str]) -> None:
        """Keep the results of a program that succeeded.

        Parameters
        ----------
        output : Output
            Row of the catalogue.
        run : OutputRun
            What its program gave.
        reads : iterable of str
            What of the plan it read (:mod:`csrbook.pipeline.reads`).

        Notes
        -----
        Where the folder cannot be written, nothing is kept.
        """
        if run.ard is None or run.display is None:
            raise UsageError("a program that failed has no results to keep", output.id, "keep those of others")
        ard, display, log = run.ard, run.display, run.log.to_dict()

        def write(folder: Path) -> None:
            ard.to_parquet(folder / ARD, index=False, compression="zstd")
            write_json(folder / DISPLAY, display)
            write_json(folder / LOG, log)

        keep(self._folder / output.id, self._made_from(output, sorted(reads)), write)

    def _made_from(self, output: Output, reads: Iterable[str]) -> dict[str, Any]:
        row = output.model_dump(mode="json")
        plan: Mapping[str, str] = {name: self._parts[name] for name in reads}
        return {**self._common, "row": digest(row), "program": self._programs[output.id], "plan": dict(plan)}


def data_digest(data: LockedData) -> str:
    """Digest of a lock's content, whatever plan it was locked under."""
    return combined_hash({name: entry["content_sha256"] for name, entry in data.manifest["datasets"].items()})


def _read(folder: Path) -> OutputRun:
    import pandas as pd

    return OutputRun(
        LogEntry.from_dict(read_json(folder / LOG)),
        pd.read_parquet(folder / ARD),
        read_json(folder / DISPLAY),
    )
