"""``python -m tools.fault_injection``: damages a good database in every way of the catalogue, one at a time."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from csrbook.stats.parallel import spread
from tools.fault_injection.page import page
from tools.fault_injection.run import FURTHER, INJECTIONS, run_number, undamaged


def main(arguments: list[str] | None = None) -> int:
    """Exit 0, or 1 where an injection was missed or an undamaged database was rejected."""
    parser = argparse.ArgumentParser(prog="python -m tools.fault_injection", description=__doc__)
    parser.add_argument("--databases", type=int, default=200, metavar="N", help="undamaged databases (default 200)")
    parser.add_argument("--subjects", type=int, default=40, metavar="N", help="subjects of each (default 40)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (default 1)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page into a Markdown file")
    options = parser.parse_args(arguments)
    if min(options.databases, options.workers) < 1:
        parser.error("databases and workers are whole numbers from 1")
    every = range(len(INJECTIONS) + len(FURTHER))
    results = spread(run_number, every, workers=options.workers, progress=partial(_tell, "injections"))
    outcomes = {injection.name: outcome for injection, outcome in zip(INJECTIONS, results, strict=False)}
    beyond = {injection.name: outcome for injection, outcome in zip(FURTHER, results[len(INJECTIONS) :], strict=True)}
    seeds = range(1, options.databases + 1)
    clean = spread(
        partial(undamaged, subjects=options.subjects), seeds, workers=options.workers,
        progress=partial(_tell, "undamaged databases"),
    )  # fmt: skip
    if options.write:
        text = page(outcomes, beyond, clean, options.subjects)
        options.write.write_text(text, encoding="utf-8", newline="\n")
    missed = [injection for injection in INJECTIONS if not outcomes[injection.name].caught]
    for injection in missed:
        print(f"missed: {injection.name} ({injection.fault}); expected {injection.expected}")
        print(*(f"        {line}" for line in outcomes[injection.name].told), sep="\n")
    rejected = [
        (seed, rule) for seed, found in zip(seeds, clean, strict=True) for rule, severity, *_ in found
        if severity == "reject"
    ]  # fmt: skip
    for seed, rule in rejected:
        print(f"false alarm: {rule} rejects the undamaged database of seed {seed}")
    caught = len(INJECTIONS) - len(missed)
    print(f"{caught} of {len(INJECTIONS)} injections were caught by what has to catch them")
    print(f"{len({seed for seed, _ in rejected})} of {len(clean)} undamaged databases were rejected")
    return int(bool(missed or rejected))


def _tell(what: str, done: int, total: int) -> None:
    if done % max(total // 10, 1) == 0 or done == total:
        print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
