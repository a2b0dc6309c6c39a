"""Runs the programs of several outputs, here or in processes of their own; the results are the same."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from csrbook.errors import CsrbookError
from csrbook.pipeline.output_run import OutputRun, run_output
from csrbook.pipeline.reads import watched
from csrbook.processes import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from csrbook.displays.program import Data
    from csrbook.pipeline.result_cache import ResultCache
    from csrbook.pipeline.study import StudyFolder
    from csrbook.plan.models import Output, Plan

__all__ = ["default_workers", "run_all"]

WORTHWHILE: Final = 8
"""Fewer programs than these are done before other processes have loaded their libraries."""

MOST: Final = 8


def default_workers() -> int:
    """The cores that this process may use, 8 at most."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST)


def run_all(
    study: StudyFolder,
    data: Data,
    outputs: Sequence[Output],
    *,
    workers: int = 1,
    tick: Callable[[str], None] = lambda _: None,
    cache: ResultCache | None = None,
) -> dict[str, OutputRun]:
    """Run programs and return what each gave, by output id in the order given.

    Parameters
    ----------
    study, data, outputs
        See :func:`csrbook.pipeline.run.run_outputs`.
    workers : int
        Processes; more than one only where there are enough programs to be worth their start.
    tick : callable
        Called with the id of each output when it is begun or handed out.
    cache : ResultCache, optional
        Takes the results of programs that succeeded.

    Raises
    ------
    CsrbookError
        A process was ended from outside, for want of memory perhaps.
    """
    found: dict[str, OutputRun] = {}
    count = min(workers, len(outputs))
    if count < 2 or len(outputs) < WORTHWHILE:
        task = _Task(study, data, study.plan)
        for output in outputs:
            tick(output.id)
            run, reads = task(output)
            _keep(cache, output, run, reads)
            found[output.id] = run
        return found
    ended = CsrbookError(
        "a process that ran programs was ended from outside",
        "csrbook run",
        "give the machine more memory, or use --workers 1",
    )
    with processes(count, ended, _begin, (study.root, data, study.plan)) as pool:
        futures = []
        for output in outputs:
            tick(output.id)
            futures.append(pool.submit(_run, output))
        for output, future in zip(outputs, futures, strict=True):
            run, reads = future.result()
            _keep(cache, output, run, reads)
            found[output.id] = run
    return found


def _keep(cache: ResultCache | None, output: Output, run: OutputRun, reads: frozenset[str]) -> None:
    if cache is not None and run.failure is None:
        cache.store(output, run, reads)


@dataclass(frozen=True)
class _Task:
    """What a process runs programs with."""

    study: StudyFolder
    data: Data
    plan: Plan

    def __call__(self, output: Output) -> tuple[OutputRun, frozenset[str]]:
        """What the program gave, and what of the plan it read."""
        plan, reads = watched(self.plan)
        return run_output(self.study, self.data, output, plan), frozenset(reads)


_TASK: list[_Task] = []
"""Of a process of the pool: set once when it begins."""


def _begin(root: Path, data: Data, plan: Plan) -> None:
    from csrbook.pipeline.study import StudyFolder

    _TASK[:] = [_Task(StudyFolder(root), data, plan)]


def _run(output: Output) -> tuple[OutputRun, frozenset[str]]:
    return _TASK[0](output)
