"""The way to R and back: data and results as tab-separated lines, and R's results kept as JSON beside the tests."""

from __future__ import annotations

import json
import math
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tools.crosscheck.quantities import Case, Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tools.crosscheck.quantities import Part

SCRIPTS: Final = Path(__file__).parent / "r"
FIXTURES: Final = Path(__file__).parents[2] / "tests" / "stats" / "data" / "r"
_ABSENT: Final = 3
# Longer vectors (residuals of a large data set) are compared by the command only.
_LONGEST: Final = 120


@dataclass(frozen=True, slots=True)
class Answers:
    """R's results of a part by data set and quantity, and the versions of R and its packages."""

    versions: dict[str, str]
    results: dict[str, dict[str, Result]]


class PackageAbsentError(Exception):
    """R has not the packages that a part needs."""


class ScriptError(Exception):
    """R stopped."""


def ask(rscript: str, part: Part, cases: list[Case]) -> Answers:
    """Let R work through all data sets of a part in one process."""
    with tempfile.TemporaryDirectory() as folder:
        data, results = Path(folder, "data.tsv"), Path(folder, "results.tsv")
        data.write_text("".join(_lines(cases)), encoding="utf-8")
        done = subprocess.run(
            [rscript, "--vanilla", f"{part.key}.R", str(data), str(results)],
            cwd=SCRIPTS, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode == _ABSENT:
            raise PackageAbsentError(done.stdout.strip())
        if done.returncode:
            raise ScriptError(f"r/{part.key}.R: {done.stderr.strip()}")
        return _read(results)


def keep(part: Part, cases: list[Case], answers: Answers, folder: Path) -> None:
    """Write R's results for the named data sets and the first ``part.kept`` random ones."""
    drawn = 0
    sets: dict[str, Any] = {}
    for case in cases:
        drawn += not case.named
        if not case.named and drawn > part.kept:
            continue
        found = answers.results.get(case.name, {})
        sets[case.name] = {
            # The others are beside the tests already.
            "data": None if case.named else {name: _plain(values) for name, values in case.data.items()},
            "results": {
                key: {"note": r.note, "values": _plain(r.values)}
                for key, r in found.items()
                if len(r.values) <= _LONGEST
            },
        }
    lines = [f'"{name}": {json.dumps(body, sort_keys=True)}' for name, body in sorted(sets.items())]
    body = ",\n".join(lines)
    versions = json.dumps(answers.versions, sort_keys=True)
    folder.mkdir(parents=True, exist_ok=True)
    text = f'{{"sets": {{\n{body}\n}},\n"versions": {versions}}}\n'
    (folder / f"{part.key}.json").write_text(text, encoding="utf-8")


def kept(part: Part, folder: Path = FIXTURES) -> tuple[list[Case], Answers]:
    """Read what :func:`keep` wrote."""
    content = json.loads((folder / f"{part.key}.json").read_text(encoding="utf-8"))
    cases, results = {case.name: case for case in part.cases(0)}, {}
    for name, body in content["sets"].items():
        if body["data"] is not None:
            cases[name] = Case(name, {k: _array(v) for k, v in body["data"].items()})
        results[name] = {k: Result(_array(r["values"]), r["note"]) for k, r in body["results"].items()}
    return [cases[name] for name in results], Answers(content["versions"], results)


def _lines(cases: list[Case]) -> list[str]:
    """One line a vector: data set, name, n for numbers or w for words, and the values between spaces."""
    lines = []
    for case in cases:
        for name, values in case.data.items():
            words = values.dtype.kind not in "biuf"
            text = " ".join(values.tolist() if words else map(_number, values.tolist()))
            lines.append(f"{case.name}\t{name}\t{'w' if words else 'n'}\t{text}\n")
    return lines


def _number(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return "NA" if math.isnan(value) else ("Inf" if value > 0 else "-Inf")


def _read(path: Path) -> Answers:
    versions: dict[str, str] = {}
    results: dict[str, dict[str, Result]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, quantity, note, values = line.split("\t")
        if name == "versions":
            versions[quantity] = values
        else:
            numbers = np.array([math.nan if v == "NA" else float(v) for v in values.split()])
            results.setdefault(name, {})[quantity] = Result(numbers, note)
    return Answers(versions, results)


def _plain(values: NDArray[Any]) -> list[Any]:
    """Numbers to the last digit (whole ones without a point), null where there is none; words as they are."""
    if values.dtype.kind not in "biuf":
        return list(map(str, values.tolist()))
    return [_short(float(v)) for v in values.tolist()]


def _short(value: float) -> float | int | str | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _array(values: list[Any]) -> NDArray[Any]:
    if any(isinstance(v, str) and v not in ("Inf", "-Inf") for v in values):
        return np.array(values)
    return np.array([math.nan if v is None else float(v) for v in values], dtype=np.float64)
