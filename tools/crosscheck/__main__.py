"""``nox -s crosscheck``: compare R and print with :mod:`csrbook.stats`, and print the worst relative difference."""

from __future__ import annotations

import argparse
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tools.crosscheck.comparison import compare
from tools.crosscheck.exchange import Answers, PackageAbsentError, ScriptError, ask, keep
from tools.crosscheck.page import Compared, page, reference_table, worst_table
from tools.crosscheck.parts import PARTS
from tools.crosscheck.reference_cases import checks

if TYPE_CHECKING:
    from tools.crosscheck.quantities import Case, Part, Result

DEBIAN = (
    "r-base-core r-cran-survival r-cran-cmprsk r-cran-nlme r-cran-emmeans r-cran-coin r-cran-lmertest r-cran-pbkrtest "
    "r-cran-mvtnorm"
)


def main(arguments: list[str] | None = None) -> int:
    """Exit 0 where every gate holds, 1 where one fails or a script of R stops, 2 where R is absent."""
    parser = argparse.ArgumentParser(prog="nox -s crosscheck --", description=__doc__)
    parser.add_argument("--random", type=int, default=500, metavar="N", help="random data sets (default 500)")
    parser.add_argument("--part", action="append", choices=[p.key for p in PARTS], help="this part only (repeatable)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the tables into a Markdown file too")
    parser.add_argument("--fixtures", type=Path, metavar="FOLDER", help="keep R's results as JSON for the tests")
    options = parser.parse_args(arguments)
    rscript = shutil.which("Rscript")
    if rscript is None:
        print(f"crosscheck needs R: Rscript is not on the PATH. On Debian: apt-get install {DEBIAN}", file=sys.stderr)
        return 2
    parts = [p for p in PARTS if not options.part or p.key in options.part]
    in_print = checks()
    print(reference_table(in_print), end="\n\n")
    done: list[Compared] = []
    failed = not all(check.passed for check in in_print)
    # R works ahead on the next part while ours are computed.
    with ThreadPoolExecutor(1) as pool:
        sets = {p.key: p.cases(min(options.random, p.most)) for p in parts}
        asked = {p.key: pool.submit(ask, rscript, p, sets[p.key]) for p in parts}
        for part in parts:
            own = {case.name: part.ours(case.data) for case in sets[part.key]}
            try:
                answers = asked[part.key].result()
            except PackageAbsentError as absent:
                print(f"{part.title}: not compared, R has no package {absent}.", end="\n\n")
                done.append(Compared(part, (), (), None, {}))
                continue
            except ScriptError as stopped:
                print(stopped, file=sys.stderr)
                failed = True
                continue
            found = _compared(part, sets[part.key], own, answers)
            done.append(found)
            failed = failed or not all(row.passed for row in found.rows)
            print(f"{part.title}\n\n{worst_table(found)}")
            for row in found.rows:
                for line in row.disagreements[:5]:
                    print(f"{row.quantity.label}: {line}")
            print(flush=True)
            if options.fixtures:
                keep(part, sets[part.key], answers, options.fixtures)
    if options.write:
        options.write.write_text(page(in_print, done, options.random), encoding="utf-8")
    return 1 if failed else 0


def _compared(part: Part, cases: list[Case], own: dict[str, dict[str, Result]], answers: Answers) -> Compared:
    there = tuple(q for q in part.quantities if not q.package or q.package in answers.versions)
    rows = compare({c.name: (own[c.name], answers.results.get(c.name, {})) for c in cases}, there)
    return Compared(part, tuple(cases), tuple(rows), answers, own)


if __name__ == "__main__":
    sys.exit(main())
