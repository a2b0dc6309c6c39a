"""Work in processes of their own, which leave Ctrl-C to the one that started them."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from csrbook.errors import CsrbookError

__all__ = ["processes"]


@contextmanager
def processes(
    count: int, ended: CsrbookError, begin: Callable[..., None] | None = None, arguments: tuple[object, ...] = ()
) -> Iterator[ProcessPoolExecutor]:
    """A pool of new processes, gone afterwards; work that has not begun by then is dropped.

    Parameters
    ----------
    count : int
        How many.
    ended : CsrbookError
        Raised where one of them is ended from outside, for want of memory perhaps.
    begin : callable, optional
        Called with ``arguments`` in each process when it begins.

    Notes
    -----
    A process that was forked would share the state of threads that libraries have started, so these are spawned.
    """
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, context, initializer=_begin, initargs=(begin, arguments))
    try:
        yield pool
    except BrokenProcessPool as error:
        raise ended from error
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(begin: Callable[..., None] | None, arguments: tuple[object, ...]) -> None:
    # Ctrl-C reaches all processes of a terminal; the one that started these ends them and speaks for all.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if begin is not None:
        begin(*arguments)
