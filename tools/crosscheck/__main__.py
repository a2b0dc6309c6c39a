"""``nox -s crosscheck``: compare R with :mod:`csrbook.stats` and print the worst relative difference a quantity."""

from __future__ import annotations

import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from tabulate import tabulate

from tools.crosscheck.comparison import RULES, Row, compare
from tools.crosscheck.datasets import SEED, DataSet, named, random, write
from tools.crosscheck.quantities import QUANTITIES, Result, ours

SCRIPT = Path(__file__).parent / "results.R"
SURVIVAL_ABSENT = 3
HEADERS = (
    "Quantity", "Data sets compared", "Values", "Degenerate in both (not compared)",
    "R stops (not compared)", "Disagree", "Worst relative difference", "In", "Gate", "Verdict",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Exit 0 where every gate holds, 1 where one fails, 2 where R or its package survival is absent."""
    parser = argparse.ArgumentParser(prog="nox -s crosscheck --", description=__doc__)
    parser.add_argument("--random", type=int, default=500, metavar="N", help="random data sets (default 500)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table into a Markdown file too")
    options = parser.parse_args(arguments)
    rscript = shutil.which("Rscript")
    if rscript is None:
        return _absent("Rscript is not on the PATH")
    sets = [*named(), *random(options.random)]
    with tempfile.TemporaryDirectory() as folder:
        data, results = Path(folder, "data.csv"), Path(folder, "results.csv")
        write(sets, data)
        done = subprocess.run(
            [rscript, str(SCRIPT), str(data), str(results)], capture_output=True, text=True, check=False
        )
        if done.returncode == SURVIVAL_ABSENT:
            return _absent("R has no package survival")
        if done.returncode:
            sys.stderr.write(done.stderr)
            return 1
        versions, r = _read(results)
    rows = compare(
        {s.name: (ours(s), r.get(s.name, {})) for s in sets},
        tuple(q for q in QUANTITIES if q.key != "gray" or "cmprsk" in versions),
    )
    table = _table(rows)
    print(table)
    for row in rows:
        for line in row.disagreements[:5]:
            print(f"{row.quantity.label}: {line}")
    if "cmprsk" not in versions:
        print("Gray's test was not compared: R has no package cmprsk.")
    if options.write:
        options.write.write_text(_page(table, versions, sets, options.random), encoding="utf-8")
    return 0 if all(row.passed for row in rows) else 1


def _absent(what: str) -> int:
    print(f"crosscheck needs R: {what}. On Debian: apt-get install r-base-core r-cran-survival r-cran-cmprsk",
          file=sys.stderr)  # fmt: skip
    return 2


def _read(path: Path) -> tuple[dict[str, str], dict[str, dict[str, Result]]]:
    """Versions of R and its packages, and R's results by data set and quantity."""
    versions: dict[str, str] = {}
    results: dict[str, dict[str, Result]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for name, quantity, note, values in csv.reader(file):
            if name == "versions":
                versions[quantity] = values
            else:
                numbers = np.array([np.nan if v == "NA" else float(v) for v in values.split()])
                results.setdefault(name, {})[quantity] = Result(numbers, note)
    return versions, results


def _table(rows: list[Row]) -> str:
    body = []
    for row in rows:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(row.degenerate.items()))
        degenerate = f"{row.degenerate.total()} ({reasons})" if reasons else "0"
        stops = ", ".join(f"{count}: {message}" for message, count in sorted(row.stopped.items())) or "0"
        body.append(
            (
                row.quantity.label, row.compared, f"{row.values:,}", degenerate, stops, len(row.disagreements),
                f"{row.worst:.1e}", row.where or "–", f"{row.quantity.gate:.0e}", "pass" if row.passed else "FAIL",
            )
        )  # fmt: skip
    return str(tabulate(body, HEADERS, tablefmt="github", disable_numparse=True))


def _page(table: str, versions: dict[str, str], sets: list[DataSet], count: int) -> str:
    subjects = sum(len(s.time) for s in sets)
    software = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"""\
# R and csrbook.stats on the same data

Made by

```sh
nox -s crosscheck -- --random {count} --write docs/crosscheck.md
```

Compared with {software}. Data: {len(sets) - count} named data sets of the literature (`tests/stats/data`) and {count}
random ones (Philox, seed {SEED}) with heavy ties, tiny arms, strata that are empty or have one arm only, and hazard
ratios from exp(−3) to exp(5); {subjects:,} subjects in all. R's code is `tools/crosscheck/results.R`. The command exits
with 1 where a gate fails.

{table}

{RULES}"""


if __name__ == "__main__":
    sys.exit(main())
