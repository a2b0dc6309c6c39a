"""``python -m tools.mutations``: plants every error of the catalogue in production, one at a time."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.mutations.catalogue import MUTATIONS
from tools.mutations.page import page
from tools.mutations.run import run_mutations, trial


def main(arguments: list[str] | None = None) -> int:
    """Exit 0, or 1 where an error was not caught or production without any differs."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutations", description=__doc__)
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (default 1)")
    parser.add_argument("--only", default="", metavar="TEXT", help="mutations whose file or words hold this text")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page into a Markdown file")
    options = parser.parse_args(arguments)
    chosen = [m for m in MUTATIONS if options.only in f"{m.file} {m.kind} {m.planted} {' '.join(m.outputs)}"]
    outputs = sorted({name for mutation in chosen for name in mutation.outputs})
    with trial(outputs) as made:
        clean = made.run(None, outputs)
        outcomes = run_mutations(made, chosen, options.workers, lambda done: _tell(done, len(chosen)))
    if options.write:
        options.write.write_text(page(chosen, outcomes, clean), encoding="utf-8", newline="\n")
    missed = [m for m, outcome in zip(chosen, outcomes, strict=True) if not outcome.caught]
    for mutation in missed:
        print(f"missed: {mutation.planted} ({mutation.kind}; {mutation.file}; {', '.join(mutation.outputs)})")
    unsound = clean.caught or bool(clean.errors)
    if unsound:
        print(f"production without an error differs: {clean.first or clean.errors}")
    print(f"{len(chosen) - len(missed)} of {len(chosen)} planted errors were caught")
    return int(bool(missed or unsound))


def _tell(done: int, total: int) -> None:
    if done % 10 == 0 or done == total:
        print(f"{done} of {total}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
