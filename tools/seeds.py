"""Double programming on trials that are simulated with other seeds: makes ``docs/seeds.md``.

``python -m tools.seeds --write docs/seeds.md`` simulates and locks ten trials, runs production and the second
programmer's programs on each, and compares every number; exit code 1 where one differs.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from csrbook.pipeline.double_programming import verify_numbers
from csrbook.pipeline.study import StudyFolder
from tools.simulated_lock import simulated_lock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.double_programming.checks import Verification

__all__ = ["main"]

ROOT: Final = Path(__file__).parents[1]
SEEDS: Final = (101, 102, 103, 104, 105, 106, 107, 108, 109)
"""Beside that of the plan."""
HEAD: Final = (
    "Seed", "Outputs and datasets matched", "Numbers", "In R too", "Values of datasets", "Matched", "Not matched",
    "Largest relative difference of those matched, at most",
)  # fmt: skip


def verified(study: StudyFolder, seed: int | None, workers: int) -> Verification:
    """Both sides on a trial simulated with a seed, that of the plan where it is None."""
    from csrbook.pipeline.render import lock_identity
    from csrbook.pipeline.run import choose_outputs, run_outputs

    with simulated_lock(study, seed) as data:
        ard = run_outputs(study, data, lock_identity(data), choose_outputs(study, []), workers=workers).ard
        return verify_numbers(study, data, ard, workers=workers)


def row(seed: int, found: Verification) -> str:
    """Line of the table."""
    whole = [check for check in found.checks if not check.part and check.subject in found.outputs]
    part = [check for check in found.checks if check.part]
    derived = [check for check in found.checks if check.subject not in found.outputs]
    frame = found.comparison.frame
    counts = [sum(len(check.comparison.frame) for check in checks) for checks in (whole, part, derived)]
    worst = frame.loc[frame["verdict"] == "matched", "percent"].abs().max() / 100.0
    power = f"1e{math.ceil(math.log10(worst))}" if worst > 0 else "0"
    cells = [
        f"{count:,}" for count in (*counts, int((frame["verdict"] == "matched").sum()), len(found.comparison.failures))
    ]
    complete = sum(status == "matched" for status in found.statuses.values())
    return f"| {seed} | {complete} of {len(found.statuses)} | {' | '.join(cells)} | {power} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print or write the page; 1 where a number differs or an output is not double-programmed."""
    from csrbook.double_programming.programs import r_version
    from csrbook.pipeline.workers import default_workers

    parser = argparse.ArgumentParser(prog="python -m tools.seeds", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page into a Markdown file")
    parser.add_argument("--workers", type=int, default=default_workers(), metavar="N", help="processes")
    options = parser.parse_args(arguments)
    study = StudyFolder(ROOT)
    lines, complete = [], True
    for seed in (study.plan.study.seeds["simulation"], *SEEDS):
        found = verified(study, seed, options.workers)
        complete &= found.complete
        lines.append(row(seed, found))
        print(f"{seed}: {found.verdict}", file=sys.stderr, flush=True)
    text = "\n".join(
        [
            "<!-- Made by `python -m tools.seeds --write docs/seeds.md`: do not edit. -->",
            "# Double programming on ten trials",
            "",
            "Trials of the planned size, simulated with the seed of the plan and nine others. Of each, production",
            "computed every number of every output, the second programmer's programs computed them again, and the two",
            "were compared number by number; so were the variables of ADSL and ADTTE that are derived again.",
            f"R: {r_version() or 'there was none'}.",
            "",
            f"| {' | '.join(HEAD)} |",
            "|---:|---:|---:|---:|---:|---:|---:|---:|",
            *lines,
            "",
        ]
    )
    if options.write:
        options.write.write_text(text, encoding="utf-8", newline="\n")
    else:
        print(text, end="")
    return int(not complete)


if __name__ == "__main__":
    sys.exit(main())
