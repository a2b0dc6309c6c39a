"""Finds a cell of a table by the words of its row and column, and the numbers of the ARD that stand in it.

Which numbers those are is not guessed from their text: the program runs once more with a mark in the place of each
printed number, and the marks that arrive in the cell tell.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from csrbook.ard import observed
from csrbook.errors import CsrbookError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from csrbook.displays.model import Display
    from csrbook.displays.program import Data, Program
    from csrbook.plan.models import Output, Plan

__all__ = ["CellPlace", "MarkedCells", "Number", "column_heads", "find_cell", "numbers_of_cells", "row_paths"]

_MARK: Final = re.compile("\ue000(\\d+)\ue001")
_SIZE: Final = re.compile(r"\(N=\d+\)")
BY: Final = " > "


@dataclass(frozen=True)
class CellPlace:
    """A cell: its row with the rows above it in the stub, its column with the heads over it, and its text."""

    row: tuple[str, ...]
    column: str
    position: tuple[int, int]
    text: str
    others: tuple[str, ...] = ()
    """Further columns whose heads hold the words that were given."""


@dataclass(frozen=True)
class Number:
    """A number of the ARD, and where in the source it was added."""

    keys: Mapping[str, Any]
    program: str
    """Innermost line of the study's program, ``analyses/safety/x.py:31``."""
    builder: str
    """Line that added the number, in the engine or in the program."""


@dataclass(frozen=True)
class MarkedCells:
    """The numbers in the cells of a table, row by row."""

    paths: tuple[tuple[str, ...], ...]
    cells: tuple[tuple[tuple[Number, ...], ...], ...]

    def at(self, paths: Sequence[tuple[str, ...]], row: int, column: int) -> tuple[Number, ...]:
        """The numbers in a cell of the table as it is printed.

        Parameters
        ----------
        paths : sequence
            Paths of the rows of that table (:func:`row_paths`). A row that is printed only where it counts somebody
            stands in the marked table in any case, so rows are found by their path, and by their place where a path
            quotes a number that is not printed as it stands.
        row, column : int
            Position of the cell.
        """
        before = sum(path == paths[row] for path in paths[:row])
        same = [position for position, path in enumerate(self.paths) if path == paths[row]]
        if before < len(same):
            row = same[before]
        elif len(self.paths) != len(paths):
            return ()
        return self.cells[row][column] if column < len(self.cells[row]) else ()


def row_paths(display: Display) -> list[tuple[str, ...]]:
    """The label of each row after those of the rows that it stands below."""
    paths: list[tuple[str, ...]] = []
    group: tuple[str, ...] = ()
    above: list[tuple[int, str]] = []
    for row in display.rows:
        if row.kind in ("group", "section"):
            group, above = (row.label,), []
            paths.append(group)
            continue
        above = [(depth, label) for depth, label in above if depth < row.indent]
        paths.append((*group, *(label for _, label in above), row.label))
        above.append((row.indent, row.label))
    return paths


def find_cell(display: Display, row: str, column: str) -> CellPlace:
    """The cell of a row and a column.

    Parameters
    ----------
    display : Display
        A table.
    row : str
        Label of the row, in any case; where several have it, with labels above it: ``Skin disorders > Rash``.
    column : str
        Words of the heads over the column (``Capecitabine grade ≥3``); the first column that has all of them.

    Raises
    ------
    UsageError
        No row or column has the words, or several rows have them; lists what there is.
    """
    paths = row_paths(display)
    asked = [part.strip().casefold() for part in row.split(BY.strip())]
    found = [i for i, path in enumerate(paths) if path and _ends(path, asked) and display.rows[i].cells]
    if len(found) != 1:
        listed = [BY.join(paths[i]) for i in found] or [BY.join(path) for path in paths if path[-1:] != ("",)]
        what = f"{len(found)} rows have this label" if found else "no row has this label"
        raise UsageError(what, "--row\n        " + "\n        ".join(dict.fromkeys(listed)), "name one of these")
    heads = column_heads(display)
    words = column.casefold().split()
    columns = [j for j, head in enumerate(heads) if j and all(word in head.casefold() for word in words)]
    if not columns:
        raise UsageError(
            "no column has these words in its heads",
            "--column\n        " + "\n        ".join(heads[1:]),
            "use some of these",
        )
    position = (found[0], columns[0] - 1)
    text = display.rows[found[0]].cells[columns[0] - 1]
    return CellPlace(paths[found[0]], heads[columns[0]], position, text, tuple(heads[j] for j in columns[1:]))


def _ends(path: Sequence[str], asked: Sequence[str]) -> bool:
    """Whether the path ends with the last label asked for and has the others above it, in their order."""
    labels = [label.strip().casefold() for label in path]
    if labels[-1] != asked[-1]:
        return False
    rest = iter(labels[:-1])
    return all(part in rest for part in asked[:-1])


def column_heads(display: Display) -> list[str]:
    """Texts over each column, from top to bottom, without line breaks and without the number of subjects."""
    width = len(display.columns)
    texts: list[list[str]] = [[] for _ in range(width)]
    taken: dict[tuple[int, int], bool] = {}
    for i, cells in enumerate(display.header):
        j = 0
        for cell in cells:
            while taken.get((i, j)):
                j += 1
            for column in range(j, min(j + cell.colspan, width)):
                texts[column].append(" ".join(_SIZE.sub("", cell.text).split()))
                for below in range(i, i + cell.rowspan):
                    taken[(below, column)] = True
            j += cell.colspan
    return [" ".join(filter(None, head)) for head in texts]


def numbers_of_cells(program: Program, data: Data, output: Output, plan: Plan, root: Path) -> MarkedCells:
    """The numbers that stand in each cell of a table.

    Parameters
    ----------
    program, data, output, plan
        As they are run.
    root : Path
        The study's folder, for the lines of its programs.

    Returns
    -------
    MarkedCells

    Raises
    ------
    UsageError
        The program cannot lay out marks in the place of numbers.
    """
    numbers: list[Number] = []
    printed: list[str] = []

    def mark(row: dict[str, object]) -> None:
        place = _places(root)
        printed.append(str(row["formatted"]))
        row["formatted"] = f"\ue000{len(numbers)}\ue001"
        numbers.append(Number(row, *place))

    try:
        with observed(mark):
            display = program.display(program.analyse(data, output, plan), output, plan)
    except CsrbookError:
        raise
    except Exception as error:
        raise UsageError(
            f"the cells of {output.id} cannot be told from its text: {type(error).__name__}: {error}",
            output.program or "",
            "`csrbook run` prints its numbers with their keys",
        ) from error
    paths, cells = [], []
    for marked, row in zip(row_paths(display), display.rows, strict=True):
        # A label may quote a number, too.
        paths.append(tuple(_MARK.sub(lambda found: printed[int(found[1])], label) for label in marked))
        cells.append(tuple(tuple(numbers[int(k)] for k in _MARK.findall(text)) for text in row.cells))
    return MarkedCells(tuple(paths), tuple(cells))


def _places(root: Path) -> tuple[str, str]:
    """Line of the study's program and line that adds the number."""
    frame = sys._getframe(3)  # noqa: SLF001 - mark, add and what called it
    builder = _line(frame.f_code.co_filename, frame.f_lineno, root)
    program = ""
    study = f"{root / 'analyses'}"
    while frame is not None and not program:
        if frame.f_code.co_filename.startswith(study):
            program = _line(frame.f_code.co_filename, frame.f_lineno, root)
        frame = frame.f_back  # type: ignore[assignment]
    return program, builder


def _line(file: str, line: int, root: Path) -> str:
    path = Path(file)
    for base in (root, Path(__file__).parents[2]):
        if path.is_relative_to(base):
            return f"{path.relative_to(base).as_posix()}:{line}"
    return f"{path.name}:{line}"
