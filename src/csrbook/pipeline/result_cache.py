"""Results that need not be computed again: kept with what they were made from, verified before they are used.

Below ``outputs/.cache/results`` each output has a folder with its numbers, its display, its log and ``made-from.json``,
which holds the hashes of what they were made from and of the three files. A folder whose hashes do not hold is not used
and is written anew, so the worst that can befall it is that a program runs again.

The results stand outside of any lock: a change of one footnote makes a new lock of the same data, and only what rests
on that footnote is computed again.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import UsageError
from csrbook.lock.hashing import combined_hash, engine_hash, environment_hash, file_hash
from csrbook.pipeline.files import read_json, write_json
from csrbook.pipeline.output_run import LogEntry, OutputRun
from csrbook.plan.parts import digest
from csrbook.plan.program_sources import program_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from csrbook.lock import LockedData
    from csrbook.pipeline.study import StudyFolder
    from csrbook.plan.models import Output

__all__ = ["CACHE", "ResultCache"]

CACHE: Final = ".cache"
"""Folder of ``outputs/`` that may be deleted at any time."""

SCHEMA: Final = "csrbook-result/1"
ARD: Final = "ard.parquet"
DISPLAY: Final = "display.json"
LOG: Final = "log.json"
MADE_FROM: Final = "made-from.json"
FILES: Final = (ARD, DISPLAY, LOG)
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
        manifest = data.manifest
        self._common = {
            "schema": SCHEMA,
            "data": combined_hash({n: d["content_sha256"] for n, d in manifest["datasets"].items()}),
            "treatment_codes": manifest["treatment_codes"],
            "engine": engine_hash(),
            "environment": environment_hash(study.root),
            "python": ".".join(map(str, sys.version_info[:3])),
            "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
        }
        self._programs = {name: source.hash for name, source in program_sources(plan, study.root).items()}
        whole = plan.hash
        # A program that looks into the catalogue, or takes the plan as a whole, rests on all of it.
        self._parts = {
            "study": digest(plan.study.model_dump(mode="json")),
            "endpoints": digest(plan.endpoints.model_dump(mode="json")),
            "catalogue": whole,
            "hash": whole,
        }

    def find(self, output: Output) -> OutputRun | None:
        """The results of an output, None where there are none of these inputs or they were touched."""
        folder = self._folder / output.id
        try:
            made_from = read_json(folder / MADE_FROM)
            reads = [str(name) for name in made_from["made_from"]["plan"]]
            if made_from["made_from"] != self._made_from(output, reads):
                return None
            if made_from["files"] != _hashes(folder):
                return None
            return _read(folder)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # It is not there, or not what was written.
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
        target = self._folder / output.id
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            staged = Path(tempfile.mkdtemp(prefix=".new-", dir=self._folder))
        except OSError:
            return
        try:
            run.ard.to_parquet(staged / ARD, index=False, compression="zstd")
            write_json(staged / DISPLAY, run.display)
            write_json(staged / LOG, run.log.to_dict())
            content = {"made_from": self._made_from(output, sorted(reads)), "files": _hashes(staged)}
            write_json(staged / MADE_FROM, content, indent=1)
            shutil.rmtree(target, ignore_errors=True)
            staged.rename(target)
        except OSError:
            # The disk is full, or another run has just put the same there.
            pass
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    def _made_from(self, output: Output, reads: Iterable[str]) -> dict[str, Any]:
        row = output.model_dump(mode="json")
        plan: Mapping[str, str] = {name: self._parts[name] for name in reads}
        return {**self._common, "row": digest(row), "program": self._programs[output.id], "plan": dict(plan)}


def _hashes(folder: Path) -> dict[str, str]:
    return {name: file_hash(folder / name) for name in FILES}


def _read(folder: Path) -> OutputRun:
    import pandas as pd

    return OutputRun(
        LogEntry.from_dict(read_json(folder / LOG)),
        pd.read_parquet(folder / ARD),
        read_json(folder / DISPLAY),
    )
