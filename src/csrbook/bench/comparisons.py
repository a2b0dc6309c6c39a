"""Our kernels beside R and lifelines: same data, same run, one thread, ours and the peer in turn."""

from __future__ import annotations

import math
import statistics
import tempfile
import time
import tracemalloc
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.bench.peers import R, lifelines_bootstrap
from csrbook.bench.workloads import Sizes, Workloads

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["LEAST", "Comparison", "Measured", "comparisons", "measure", "statistics_table"]

# Seconds in which the simulated trials are to be done: the one goal that is no ratio.
_TRIALS_LIMIT: Final = 2.0
# Seconds that one measurement of ours lasts at least: what is short is done several times.
LEAST: Final = 0.2


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of the table.

    Attributes
    ----------
    what, peer : str
    ours : callable
        Does ``fits`` fits and returns their estimates.
    fits : int
    theirs : callable or None
        Returns the processor seconds of ``peer_fits`` fits and their estimates (empty where they are of other random
        numbers); None where the peer is absent.
    peer_fits : int
    goal : float
        How many times faster a fit of ours is to be.
    repeats : int
        At most so many.
    """

    what: str
    peer: str
    ours: Callable[[], NDArray[np.float64]]
    fits: int
    theirs: Callable[[], tuple[float, NDArray[np.float64]]] | None
    peer_fits: int
    goal: float
    repeats: int = 99


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians over the repeats: seconds a fit of ours and of the peer, and how many times longer the peer takes.

    ``difference`` is the largest between estimates of the same data; ``peak`` the most megabytes that ours held.
    """

    ours: float
    theirs: float
    ratio: float
    difference: float
    peak: float


def comparisons(work: Workloads, r: R) -> list[Comparison]:
    """Lines of the table, in order."""
    sizes = work.sizes
    nothing = np.empty(0)

    def by_r(task: str, fits: int, same: bool = True) -> Callable[[], tuple[float, NDArray[np.float64]]] | None:
        if not r.present:
            return None
        return partial(r.time, task, fits) if same else lambda: (r.time(task, fits)[0], nothing)

    def by_lifelines() -> tuple[float, NDArray[np.float64]]:
        return lifelines_bootstrap(work.trial, 3), nothing

    bootstrap = f"bootstrap, {sizes.bootstrap:,} fits, n = {sizes.n}"
    few, many = max(sizes.bootstrap // 20, 2), max(sizes.bootstrap // 2, 2)
    refits = sizes.refits
    subjects, visits, patterns = sizes.repeated
    lines = [
        Comparison(bootstrap, "R coxph", work.bootstrap, sizes.bootstrap, by_r("coxph", few, False), few, 100.0),
        Comparison(
            bootstrap, "R coxph.fit", work.bootstrap, sizes.bootstrap, by_r("coxph.fit", many, False), many, 8.0
        ),
        Comparison(bootstrap, "lifelines", work.bootstrap, sizes.bootstrap, by_lifelines, 3, 1000.0),
        Comparison(
            f"tipping point, {refits:,} refits with their imputations",
            "R coxph.fit, refits only",
            work.tipping,
            refits,
            by_r("refit", refits, False),
            refits,
            12.0,
        ),
        Comparison(
            f"{refits:,} given imputed data sets",
            "R coxph.fit",
            work.refit,
            refits,
            by_r("refit", refits),
            refits,
            12.0,
        ),
        Comparison(
            f"{sizes.trials:,} simulated trials, {sizes.trial_events} events, Cox and log-rank",
            f"a limit of {_TRIALS_LIMIT:g} s in all",
            work.simulate,
            sizes.trials,
            lambda: (_TRIALS_LIMIT, nothing),
            sizes.trials,
            1.0,
        ),
        Comparison(
            f"interaction with a marker, {sizes.permutations:,} permutations",
            "R coxph.fit, full model only",
            work.interaction,
            sizes.permutations,
            by_r("interaction", refits, False),
            refits,
            2.5,
        ),
    ]
    lines += [
        Comparison(
            f"single fit, n = {n:,}",
            "R coxph.fit",
            partial(work.one, n, fits),
            fits,
            by_r(f"single_{n}", fits),
            fits,
            1.0,
        )
        for n, fits in sizes.single
    ]
    model = f"MMRM, {subjects} patients, {visits} visits, {patterns} patterns"
    return [*lines, Comparison(model, "R nlme::gls", work.repeated_measures, 1, by_r("gls", 1), 1, 40.0, 3)]


def measure(line: Comparison, repeats: int, least: float = LEAST) -> Measured:
    """Time ours and the peer in turn, so that what else the machine does falls on both."""
    began = time.process_time()
    line.ours()
    times = min(max(math.ceil(least / max(time.process_time() - began, 1e-9)), 1), 100)
    tracemalloc.start()
    estimates = line.ours()
    peak = tracemalloc.get_traced_memory()[1] / 1024.0**2
    tracemalloc.stop()
    mine, theirs, difference = [], [], np.nan
    for _ in range(min(repeats, line.repeats)):
        began = time.process_time()
        for _ in range(times):
            line.ours()
        mine.append((time.process_time() - began) / times / line.fits)
        if line.theirs is not None:
            seconds, values = line.theirs()
            theirs.append(seconds / line.peer_fits)
            if len(values):
                difference = float(np.abs(estimates[: len(values)] - values).max())
    ratios = [b / a for a, b in zip(mine, theirs, strict=False)]
    return Measured(
        ours=statistics.median(mine),
        theirs=statistics.median(theirs) if theirs else np.nan,
        ratio=statistics.median(ratios) if ratios else np.nan,
        difference=difference,
        peak=peak,
    )


def statistics_table(sizes: Sizes, repeats: int, least: float = LEAST) -> str:
    """Table of all lines; a peer that is not installed is named as absent."""
    from tabulate import tabulate

    table = []
    with tempfile.TemporaryDirectory(prefix="csrbook-bench-") as temporary:
        work = Workloads(sizes)
        work.write(Path(temporary))
        with R(Path(temporary)) as r:
            for line in comparisons(work, r):
                found = measure(line, repeats, least)
                met = "peer absent" if line.theirs is None else "yes" if found.ratio >= line.goal else "no"
                table.append(
                    [
                        line.what,
                        _span(found.ours),
                        line.peer,
                        _span(found.theirs),
                        _number(found.ratio, ",.1f"),
                        f"{line.goal:,g}",
                        met,
                        _number(found.difference, ".0e"),
                        f"{found.peak:,.1f}",
                    ]
                )
    text: str = tabulate(
        table,
        headers=["What", "Ours, a fit", "Peer", "Peer, a fit", "Ratio", "Goal", "Met", "Estimates differ", "Peak MB"],
        colalign=("left", "right", "left", "right", "right", "right", "left", "right", "right"),
        disable_numparse=True,
    )
    return text


def _span(seconds: float) -> str:
    if np.isnan(seconds):
        return "–"
    return f"{seconds * 1e6:,.1f} µs" if seconds < 1e-3 else f"{seconds * 1e3:,.2f} ms"


def _number(value: float, form: str) -> str:
    return "–" if np.isnan(value) else f"{value:{form}}"
