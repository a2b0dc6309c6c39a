"""The peers: R in a process of its own that takes commands, and lifelines."""

from __future__ import annotations

import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

__all__ = ["R", "lifelines_bootstrap"]


class R:
    """R's fits of the data in a folder; absent where there is no Rscript with survival and nlme."""

    def __init__(self, folder: Path) -> None:
        self._process: subprocess.Popen[str] | None = None
        program = shutil.which("Rscript")
        packages = 'quit(status = !all(sapply(c("survival", "nlme"), requireNamespace, quietly = TRUE)))'
        if program is None or subprocess.run([program, "-e", packages], capture_output=True, check=False).returncode:
            return
        from importlib.resources import as_file, files

        with as_file(files("csrbook.bench") / "peers.R") as script:
            shutil.copy(script, folder)
        self._process = subprocess.Popen(
            [program, "peers.R", "."], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    @property
    def present(self) -> bool:
        """Whether R answers."""
        return self._process is not None

    def time(self, task: str, fits: int) -> tuple[float, NDArray[np.float64]]:
        """Processor seconds of so many fits, and their estimates."""
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("R is absent")
        self._process.stdin.write(f"{task} {fits}\n")
        self._process.stdin.flush()
        answer = np.array(self._process.stdout.readline().split(), dtype=np.float64)
        if not len(answer):
            raise RuntimeError(f"R ended in the task {task!r}; what it said stands above")
        return float(answer[0]), answer[1:]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.communicate()


def lifelines_bootstrap(trial: NDArray[np.float64], fits: int) -> float:
    """Processor seconds of so many bootstrap fits by lifelines."""
    import pandas as pd
    from lifelines import CoxPHFitter

    frame = pd.DataFrame(trial, columns=["time", "event", "arm", "stratum"])
    rng = np.random.Generator(np.random.Philox(6))
    began = time.process_time()
    for _ in range(fits):
        sample = frame.iloc[rng.integers(0, len(frame), len(frame))]
        CoxPHFitter().fit(sample, "time", "event", strata=["stratum"])
    return time.process_time() - began
