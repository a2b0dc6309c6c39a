"""``python -m csrbook.bench [statistics] [stages] [SUBJECTS ...]``: prints what was asked for, both by default."""

from __future__ import annotations

import argparse
from pathlib import Path

from csrbook import environment

SECTIONS = ("statistics", "stages")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m csrbook.bench", description=__doc__)
    parser.add_argument("what", nargs="*", help="statistics, stages, numbers of subjects of the stages")
    parser.add_argument("--repeats", type=int, default=5, help="of which the statistics' medians are taken")
    parser.add_argument(
        "--pages", nargs=2, metavar=("KIND", "RESULTS"), help="render these pages only (a stage itself)"
    )
    parser.add_argument("--listing", type=Path, help="write this display as a large listing only (a stage itself)")
    arguments = parser.parse_args()
    sizes = [int(word) for word in arguments.what if word.isdecimal()]
    unknown = [word for word in arguments.what if not word.isdecimal() and word not in SECTIONS]
    if unknown:
        parser.error(f"{unknown[0]!r} is neither one of {', '.join(SECTIONS)} nor a number of subjects")
    wanted = {word for word in arguments.what if word in SECTIONS} or ({"stages"} if sizes else set(SECTIONS))
    # Before NumPy is imported: one thread, here and in the processes that are started.
    environment.fix()
    from csrbook.bench.stages import SIZES, render_only, stages_table, write_listing

    if arguments.pages:
        render_only(arguments.pages[0], Path(arguments.pages[1]))
        return
    if arguments.listing:
        write_listing(arguments.listing)
        return
    if "statistics" in wanted:
        from csrbook.bench.comparisons import statistics_table
        from csrbook.bench.workloads import FULL

        print(statistics_table(FULL, arguments.repeats), flush=True)
    if wanted == set(SECTIONS):
        print()
    if "stages" in wanted:
        print(stages_table(sizes or SIZES))


if __name__ == "__main__":
    main()
