"""Independent tasks spread over the cores of this machine or over a cluster, with the same results as one by one."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from csrbook.errors import StatisticsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor, Future

__all__ = ["Progress", "spread"]

Task = TypeVar("Task")
Result = TypeVar("Result")
# Called with the number of tasks done and of all tasks.
Progress: TypeAlias = "Callable[[int, int], None]"

# Tasks handed out and not yet taken back: enough to keep every worker busy while the first of them is waited for.
_IN_FLIGHT_A_WORKER: Final = 4
# The same for an executor that does not tell how many workers it has.
_IN_FLIGHT: Final = 64
# One thread for each process: a pool of them has taken all cores already.
_ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def spread(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Result]:
    """Apply a function to every task and return the results in the order of the tasks.

    The results are the same however many workers there are: what a task needs of chance must come from the task (a
    stream of its own by its number), not from a state that tasks share.

    Parameters
    ----------
    function : callable
        Of one task. With other processes it must be a function of a module (or ``functools.partial`` of one), and its
        arguments and result must be such as pickle carries.
    tasks : sequence
        A few tasks are handed out at a time and the next one as the first of them returns, so that a cluster never
        holds more than those.
    workers : int
        1 works here. More start as many processes (by ``spawn``, one thread each); a script that asks for them
        needs ``if __name__ == "__main__":`` around its own work, as with every use of ``multiprocessing``.
    executor : concurrent.futures.Executor, optional
        Works in place of processes of our own, such as ``distributed.Client(...).get_executor()`` for a Dask cluster
        (extra ``cluster``). It is not shut down. ``workers`` does not matter then.
    progress : callable, optional
        Called as ``progress(done, total)`` after each task, in the order of the tasks, in the caller's thread.

    Returns
    -------
    list
        One result a task.

    Raises
    ------
    StatisticsError
        If ``workers`` is no whole number from 1, or if a process of the pool died.
    Exception
        What the function raised, of the first task that failed, with a note on which one it was; tasks that have not
        begun are given up.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise StatisticsError(f"workers is {workers!r}", "argument 'workers'", "give a whole number from 1")
    if executor is not None:
        return _collect(executor, function, tasks, _IN_FLIGHT, progress)
    workers = min(workers, len(tasks))
    if workers > 1:
        context = multiprocessing.get_context("spawn")
        with _one_thread_each(), ProcessPoolExecutor(workers, mp_context=context) as pool:
            return _collect(pool, function, tasks, _IN_FLIGHT_A_WORKER * workers, progress)
    results = []
    for index, task in enumerate(tasks):
        try:
            results.append(function(task))
        except Exception as error:
            _note(error, index, len(tasks))
            raise
        if progress is not None:
            progress(index + 1, len(tasks))
    return results


def _collect(
    executor: Executor,
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    in_flight: int,
    progress: Progress | None,
) -> list[Result]:
    """Wait for the tasks in their order, so that the first failure is the same one as in one process."""
    waiting: deque[Future[Result]] = deque()
    results: list[Result] = []
    coming = iter(tasks)
    try:
        for task in islice(coming, in_flight):
            waiting.append(executor.submit(function, task))
        while waiting:
            try:
                results.append(waiting[0].result())
            except BrokenExecutor as error:
                raise StatisticsError(
                    "a worker process ended before its work",
                    f"task {len(results)} of {len(tasks)} (from 0)",
                    'put the script\'s own work under `if __name__ == "__main__":`; see that memory suffices',
                ) from error
            except Exception as error:
                _note(error, len(results), len(tasks))
                raise
            waiting.popleft()
            for task in islice(coming, 1):
                waiting.append(executor.submit(function, task))
            if progress is not None:
                progress(len(results), len(tasks))
    finally:
        for future in waiting:
            future.cancel()
    return results


def _note(error: Exception, index: int, total: int) -> None:
    error.add_note(f"in task {index} of {total} (from 0)")


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Environment for processes that start meanwhile; the libraries read it when they are loaded."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
