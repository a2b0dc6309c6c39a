"""Runs mutations, each in a process of its own, beside the numbers that the second programmer made once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tools.mutations.mutation import ROOT
from tools.simulated_lock import simulated_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tools.mutations.mutation import Mutation

__all__ = ["Outcome", "Trial", "run_mutations", "trial"]


@dataclass(frozen=True)
class Outcome:
    """What double programming found of an error."""

    compared: int
    differ: int
    in_print: int
    first: str
    errors: tuple[str, ...]

    @property
    def caught(self) -> bool:
        """Whether a number differs; a program that stops is not caught by comparing."""
        return self.differ > 0


@dataclass(frozen=True)
class Trial:
    """The simulated trial's lock, and the second programmer's numbers of it."""

    lock: Path
    numbers: Path

    def run(self, mutation: Mutation | None, outputs: Sequence[str]) -> Outcome:
        """Run outputs with an error in production, or with none."""
        task = {
            "root": str(ROOT),
            "lock": str(self.lock),
            "numbers": str(self.numbers),
            "file": mutation.file if mutation else "",
            "text": mutation.source() if mutation else "",
            "outputs": list(outputs),
        }
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        }
        done = subprocess.run(
            [sys.executable, "-m", "tools.mutations.worker"],
            input=json.dumps(task), capture_output=True, text=True, encoding="utf-8",
            cwd=ROOT, env=environment, check=False,
        )  # fmt: skip
        if done.returncode:
            return Outcome(0, 0, 0, "", (done.stderr.strip().splitlines()[-1],))
        found: dict[str, Any] = json.loads(done.stdout)
        return Outcome(**{**found, "errors": tuple(found["errors"])})


@contextmanager
def trial(outputs: Sequence[str]) -> Iterator[Trial]:
    """Simulate and lock the trial, and have the second programmer's programs recompute outputs of it once."""
    import pandas as pd

    from csrbook.ard import ARD_KEYS
    from csrbook.double_programming.programs import recompute
    from csrbook.pipeline.double_programming import double_programmed
    from csrbook.pipeline.study import StudyFolder

    study = StudyFolder(ROOT)
    with simulated_lock(study) as data, TemporaryDirectory(prefix="csrbook-mutations-") as folder:
        programs = double_programmed(study)
        frames = [
            recompute(
                study.module(programs[name], "the second programmer"), programs[name], data,
                study.plan.catalogue.output(name), study.plan,
            )
            for name in outputs if name not in study.plan.study.datasets
        ]  # fmt: skip
        empty = pd.DataFrame(columns=[*ARD_KEYS, "value"]).astype({"value": "float64"})
        pd.concat(frames or [empty], ignore_index=True).to_parquet(Path(folder) / "numbers.parquet")
        yield Trial(data.path, Path(folder) / "numbers.parquet")


def run_mutations(
    made: Trial, mutations: Sequence[Mutation], workers: int, tell: Callable[[int], None] = lambda _: None
) -> list[Outcome]:
    """The outcome of each mutation, in their order."""
    outcomes = []
    with ThreadPoolExecutor(workers) as pool:
        for number, outcome in enumerate(pool.map(lambda m: made.run(m, m.outputs), mutations), start=1):
            outcomes.append(outcome)
            tell(number)
    return outcomes
