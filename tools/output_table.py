"""Make ``docs/outputs.md``: for each output both programs, the libraries of each side, and the tests.

``python -m tools.output_table --write docs/outputs.md`` writes it, ``--check docs/outputs.md`` says whether it is as it
would be written, and without either it is printed. The plan and the sources are read and nothing is run, so the page is
the same on every machine.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from csrbook.pipeline.study import StudyFolder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from csrbook.plan.double_programming import QcProgram
    from csrbook.plan.models import Output

ROOT: Final = Path(__file__).parents[1]
NAMED: Final = re.compile(r"(?<![\w.])[TFLD]\d+(?:\.\d+)+")
ROOMS: Final = ("analyses", "pipeline", "qc")
"""Folders of ``tests/`` that run programs; others name outputs as examples of a row or of a page."""


def naming_tests(folder: Path) -> dict[str, list[str]]:
    """Files of tests by the outputs that they name, each sorted."""
    found: dict[str, list[str]] = {}
    for path in sorted(path for room in ROOMS for path in (folder / room).rglob("test_*.py")):
        for name in set(NAMED.findall(path.read_text(encoding="utf-8"))):
            found.setdefault(name, []).append(path.relative_to(folder).as_posix())
    return found


def page(root: Path = ROOT) -> str:
    """The text of the page."""
    study = StudyFolder(root)
    outputs = study.plan.catalogue.outputs
    register = study.register
    tests = naming_tests(root / "tests")
    qc: dict[str, list[QcProgram]] = {}
    for entry in register.programs if register is not None else ():
        for name in entry.outputs:
            qc.setdefault(name, []).append(entry)
    lines = [
        "<!-- Made by `python -m tools.output_table --write docs/outputs.md`: do not edit. -->",
        "# Outputs",
        "",
        _summary(outputs, qc, tests),
        "",
        "Programs stand in `analyses/`, tests in `tests/`. A test is listed where it runs programs and names it;",
        "beside these, `tests/pipeline/test_end_to_end.py` runs and renders every output. The second programmer's",
        "programs stand in `qc/`. Two calls into one library are not independent, so the table names the libraries",
        "that made each side's numbers (`qc/programs.yaml`). QC level 1 asks for review of both programs too, level 2",
        "for review of program and page by a second person, level 3 for review of the page.",
        "",
        "| Output | Title | Program | Libraries | Tests | QC level | Second program | Its libraries |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for output in outputs:
        cells = [
            output.id,
            output.title,
            _code([output.program.removeprefix("analyses/")] if output.program else []) or "not yet",
            next((entry.production for entry in qc.get(output.id, ()) if entry.production), "not stated"),
            _code(tests.get(output.id, [])) or "none",
            str(output.qc_level),
            _code([entry.program.removeprefix("qc/") for entry in qc.get(output.id, ())]) or "not yet",
            "; ".join(dict.fromkeys(entry.stack for entry in qc.get(output.id, ()))) or "none",
        ]
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _summary(outputs: Sequence[Output], qc: Mapping[str, Sequence[QcProgram]], tests: dict[str, list[str]]) -> str:
    programmed = sum(output.programmed for output in outputs)
    tested = sum(output.id in tests for output in outputs)
    in_r = sum(any(entry.in_r for entry in entries) for entries in qc.values())
    return (
        f"{programmed} of {len(outputs)} outputs are programmed and {tested} have a test of their own. "
        f"{len(qc)} are double-programmed, {in_r} of them in R too."
    )


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print, write or check the page; 1 where it is not as it would be written."""
    parser = argparse.ArgumentParser(prog="python -m tools.output_table", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--write", type=Path, metavar="FILE")
    choice.add_argument("--check", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    text = page()
    if options.write:
        options.write.write_text(text, encoding="utf-8", newline="\n")
    elif options.check:
        if not options.check.is_file() or options.check.read_text(encoding="utf-8") != text:
            print(f"{options.check} is out of date: make it by --write", file=sys.stderr)
            return 1
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
