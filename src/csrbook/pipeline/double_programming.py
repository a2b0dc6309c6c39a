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

__all__ = ["BackgroundComparison", "compare_results", "write_comparison"]

RESULT = "qc.json"


def compare_results(study: StudyFolder, data: Data, results: Path) -> Comparison:
    """Recompute and compare every output that has a program in ``qc/``.

    Parameters
    ----------
    study : StudyFolder
        Where the programs are.
    data : Data
        The lock that the production numbers were made from.
    results : Path
        Folder with production's ``ard.parquet``.
    """
    import pandas as pd

    from csrbook.compare import compare_ards

    frames = []
    programs = study.qc_programs()
    if not programs:
        raise ProgramError("there is no program of a second programmer", "qc/", "write qc/t_….py for an output")
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


def write_comparison(comparison: Comparison, results: Path) -> dict[str, Any]:
    """Write ``qc.json``: the verdict and the counts by output."""
    summary = comparison.summary.drop(columns="worst")
    content = {
        "agrees": comparison.ok,
        "outputs": {row.pop("output"): row for row in summary.to_dict("records")},
    }
    write_json(results / RESULT, content, indent=1)
    return content


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
