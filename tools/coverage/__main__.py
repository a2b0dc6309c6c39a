"""``python -m tools.coverage``: coverage of every interval and type I error of every test, as a page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tabulate import tabulate

from tools.coverage.harness import ABOVE, BELOW, MISS, NO_RESULT, SEED, simulate
from tools.coverage.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.coverage.harness import Found

TOLERANCE: Final = 0.01
_INTERVALS: Final = (
    "Interval", "n", "Nominal", "Coverage", "Monte Carlo SE", "Truth below", "Truth above", "No result", "Verdict",
    "Data",
)  # fmt: skip
_TESTS: Final = ("Test", "n", "Nominal", "Type I error", "Monte Carlo SE", "No result", "Verdict", "Data")


def main(arguments: list[str] | None = None) -> int:
    """Exit 0 where every departure is small or has a stated reason, 1 where one has none, 2 on wrong use."""
    parser = argparse.ArgumentParser(prog="python -m tools.coverage", description=__doc__)
    parser.add_argument("--draws", type=int, default=10_000, metavar="N", help="draws of each scenario (default 10000)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (default 1)")
    parser.add_argument("--only", metavar="NAME", help="scenarios whose name holds this")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page into a Markdown file too")
    options = parser.parse_args(arguments)
    chosen = [s for s in SCENARIOS if options.only is None or options.only in s.name]
    if not chosen or options.draws < 1 or options.workers < 1:
        known = ", ".join(s.name for s in SCENARIOS)
        parser.error(f"nothing to simulate; draws and workers are whole numbers from 1, scenarios are: {known}")
    found = simulate(chosen, options.draws, workers=options.workers, progress=_progress)
    text = page(found, options.draws)
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8", newline="\n")
    unexplained = [f for f in found if not f.explained(TOLERANCE)]
    for f in unexplained:
        print(f"{f.measure.label}: {f.share:.4f} of nominal {f.measure.nominal:g}, {f.verdict}", file=sys.stderr)
    return 1 if unexplained else 0


def page(found: Sequence[Found], draws: int) -> str:
    """The Markdown page."""
    intervals = [f for f in found if f.measure.kind == "interval"]
    tests = [f for f in found if f.measure.kind == "test"]
    return f"""\
# Coverage of the intervals, type I error of the tests

Made by

```sh
nox -s coverage -- --draws {draws} --write docs/coverage.md
```

{draws:,} draws of each kind of data (Philox, seed {SEED}; a stream for each block of draws, so that the number of
processes changes nothing), each analysed by the functions of `csrbook.stats` that the pages come from. The command
exits with 1 where a departure of more than {TOLERANCE:g} has no reason stated, or where a method that promises never
to be liberal is so.

- *nominal*: within 3 Monte Carlo standard errors of the nominal value. With {len(found)} rows {_by_chance(len(found))}
  row would be further away by chance.
- *conservative*: the interval covers more often, the test rejects less often, than it says; *by construction*: an
  exact method, which may not do otherwise.
- *liberal*: the interval covers less often, the test rejects more often, than it says at this n; the reason follows.
- *Truth below*, *truth above*: share of the intervals that lie wholly above, below the truth (2.5% each at best).
- *No result*: draws in which the method has no estimate and says so; they do not count.

## Intervals

{_table(intervals, _INTERVALS)}

## Tests

{_table(tests, _TESTS)}
"""


def _by_chance(rows: int) -> str:
    expected = 0.0027 * rows
    return f"{expected:.1f}" if expected >= 0.05 else "no"


def _table(found: Sequence[Found], headers: tuple[str, ...]) -> str:
    body = []
    for f in found:
        verdict = f"{f.verdict} at n = {f.scenario.n}" if f.verdict == "liberal" else f.verdict
        if f.beyond_chance and f.measure.why:
            verdict += f": {f.measure.why}"
        row = [f.measure.label, f.scenario.n, f"{f.measure.nominal:g}", f"{f.share:.4f}", f"{f.se:.4f}"]
        if f.measure.kind == "interval":
            sides = f.counts[MISS] == 0  # else the method was only asked whether it covers
            row += [f"{f.counts[code] / max(f.results, 1):.4f}" if sides else "–" for code in (BELOW, ABOVE)]
        body.append([*row, f"{f.counts[NO_RESULT]:,}", verdict, f.scenario.data])
    return str(tabulate(body, headers, tablefmt="github", disable_numparse=True))


def _progress(done: int, total: int) -> None:
    if done % max(total // 50, 1) == 0 or done == total:
        print(f"{done} of {total} blocks", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
