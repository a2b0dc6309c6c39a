"""Double programming: runs the second programmer's programs and compares their numbers with production."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from csrbook.errors import ProgramError
from csrbook.pipeline.files import write_json

if TYPE_CHECKING:
    from pathlib import Path

    from csrbook.compare import Comparison
    from csrbook.displays.program import Data
    from csrbook.pipeline.study import StudyFolder

__all__ = ["NOTHING", "RESULT", "BackgroundComparison", "compare_results", "verdict", "write_comparison"]

RESULT = "qc.json"

NOTHING = "no output is double-programmed"
"""What is said where the study has no program of a second programmer: nothing was compared, so nothing agrees."""


def compare_results(study: StudyFolder, data: Data, results: Path) -> Comparison | None:
    """Recompute and compare every output that has a program in ``qc/``; None where no output has one.

    Parameters
    ----------
    study : StudyFolder
        Where the programs are.
    data : Data
        The lock that the production numbers were made from.
    results : Path
        Folder with production's ``ard.parquet``.
    """
    if not study.double_programmed():
        return None
    import pandas as pd

    from csrbook.compare import compare_ards

    frames = []
    programs = study.qc_programs()
    for output_id, module in programs.items():
        try:
            frames.append(module.recompute(data, study.plan.catalogue.output(output_id), study.plan))
        except Exception as error:
            raise ProgramError(
                f"the QC program of {output_id} failed: {type(error).__name__}: {error}",
                f"qc/{module.__name__.split('.')[-1]}.py",
                "mend the QC program",
            ) from error
    production = pd.read_parquet(results / "ard.parquet")
    return compare_ards(production, pd.concat(frames, ignore_index=True), scope=tuple(programs))


def write_comparison(comparison: Comparison | None, results: Path) -> dict[str, Any]:
    """Write ``qc.json``: the verdict in words, whether all numbers agree (null: none compared), counts by output."""
    rows = [] if comparison is None else comparison.summary.drop(columns="worst").to_dict("records")
    content = {
        "verdict": verdict(comparison),
        "agrees": None if comparison is None else comparison.ok,
        "outputs": {row.pop("output"): row for row in rows},
    }
    write_json(results / RESULT, content, indent=1)
    return content


def verdict(comparison: Comparison | None) -> str:
    """The result of double programming, as the console, ``qc.json`` and the manifest of a version say it."""
    if comparison is None:
        return NOTHING
    matched, outputs = int(comparison.summary["matched"].sum()), len(comparison.scope)
    agree = f"{matched:,} numbers of {outputs} output{'s' if outputs > 1 else ''} agree"
    return agree if comparison.ok else f"{agree}, {len(comparison.failures):,} do not"


@dataclass
class BackgroundComparison:
    """The comparison in a process of its own, while pages are rendered.

    The second programmer's libraries are slow to load and share nothing with production.
    """

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, study: StudyFolder, lock_id: str, results: Path) -> BackgroundComparison:
        """Start ``csrbook qc`` on a folder of results."""
        command = [sys.executable, "-m", "csrbook", "qc", "--study", str(study.root)]
        command += ["--lock", lock_id, "--results", str(results)]
        return cls(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
        )

    def wait(self) -> tuple[int, str]:
        """Exit code and everything that was printed."""
        out, err = self.process.communicate()
        return self.process.returncode, "\n".join(part.strip() for part in (out, err) if part.strip())

    def stop(self) -> None:
        """End the process where it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
