"""The analysis results data (ARD): one long table, one row a number.

Everything that a reader sees is read from here. Values are unrounded; ``formatted`` holds the string that is
printed, made once by :mod:`csrbook.displays.format`.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from csrbook.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pandas as pd

__all__ = ["ARD_COLUMNS", "ARD_KEYS", "Ard", "bind", "check", "observed"]

ARD_KEYS: Final = (
    "output_id",
    "analysis_id",
    "method",
    "dataset",
    "analysis_set",
    "group1",
    "group1_level",
    "group2",
    "group2_level",
    "variable",
    "variable_level",
    "stat_name",
)
"""Columns that identify a number; text, the empty string where they do not apply."""

ARD_COLUMNS: Final = (*ARD_KEYS, "stat_label", "value", "unit", "formatted", "warning", "error")
"""All columns in their order; ``value`` is a float (NaN where there is none), all others are text."""

_OBSERVER: ContextVar[Callable[[dict[str, object]], None] | None] = ContextVar("observer", default=None)


@contextmanager
def observed(observer: Callable[[dict[str, object]], None]) -> Iterator[None]:
    """Show every row to an observer before it is added, which may also change it.

    Shells mask the printed numbers by it, and a cell is traced to its number by it. Without it nothing is observed.
    """
    token = _OBSERVER.set(observer)
    try:
        yield
    finally:
        _OBSERVER.reset(token)


class Ard:
    """Collects the numbers of one output.

    Parameters
    ----------
    output_id : str
        Output that the numbers belong to.
    **common : str
        Values of key columns that hold for all rows unless a row says otherwise (``analysis_set="ITT"``).

    Examples
    --------
    >>> ard = Ard("T14.1.2.1", dataset="ADSL", analysis_set="ITT")
    >>> ard.add("n", 163, analysis_id="SETS", group1="TRT01P", group1_level="A", formatted="163")
    >>> ard.text("n", analysis_id="SETS", group1_level="A")
    '163'
    """

    def __init__(self, output_id: str, **common: str) -> None:
        unknown = set(common) - set(ARD_COLUMNS)
        if unknown:
            raise ProgramError(f"no such ARD column: {sorted(unknown)}", f"output {output_id}", "use ARD_COLUMNS")
        self.output_id = output_id
        self._common = {"output_id": output_id, **common}
        self._rows: list[dict[str, object]] = []
        self._index: dict[tuple[str, object], set[int]] = {}

    def add(self, stat_name: str, value: float | None, *, formatted: str, stat_label: str = "", **columns: str) -> None:
        """Add one number.

        Parameters
        ----------
        stat_name : str
            Name of the statistic, lower case (``n``, ``p``, ``hr``, ``lower``).
        value : float or None
            Unrounded value; None where it cannot be estimated (then ``error`` must give the reason).
        formatted : str
            What is printed: ``NE`` where it cannot be estimated.
        stat_label : str
            Label of the statistic.
        **columns : str
            Further columns.
        """
        row: dict[str, object] = dict.fromkeys(ARD_COLUMNS, "")
        row.update(self._common)
        row.update(columns)
        row.update(stat_name=stat_name, stat_label=stat_label or stat_name, formatted=formatted)
        row["value"] = float("nan") if value is None else float(value)
        unknown = set(row) - set(ARD_COLUMNS)
        if unknown:
            raise ProgramError(f"no such ARD column: {sorted(unknown)}", f"output {self.output_id}", "use ARD_COLUMNS")
        if (observer := _OBSERVER.get()) is not None:
            observer(row)
        for item in row.items():
            if item[0] in ARD_KEYS:
                self._index.setdefault(item, set()).add(len(self._rows))
        self._rows.append(row)

    def text(self, stat_name: str, **keys: str) -> str:
        """``formatted`` of the one row with these keys; an error where it is not exactly one."""
        return str(self._one(stat_name, keys)["formatted"])

    def value(self, stat_name: str, **keys: str) -> float:
        """``value`` of the one row with these keys; an error where it is not exactly one."""
        number = self._one(stat_name, keys)["value"]
        assert isinstance(number, float)  # noqa: S101 - add() made it one
        return number

    def _one(self, stat_name: str, keys: Mapping[str, str]) -> Mapping[str, object]:
        hits = self.select(stat_name=stat_name, **keys)
        if len(hits) != 1:
            raise ProgramError(
                f"{len(hits)} ARD rows where exactly one was asked for",
                f"output {self.output_id}, stat {stat_name}, {dict(keys)}",
                "name more keys, or add the number in the program",
            )
        return hits[0]

    def select(self, **keys: str) -> list[Mapping[str, object]]:
        """Rows with these values in :data:`ARD_KEYS` columns, in the order in which they were added."""
        if not keys:
            return list(self._rows)
        found = sorted((self._index.get(item, set()) for item in keys.items()), key=len)
        return [self._rows[position] for position in sorted(found[0].intersection(*found[1:]))]

    def frame(self) -> pd.DataFrame:
        """All rows as a frame with :data:`ARD_COLUMNS`, checked."""
        import pandas as pd

        frame = pd.DataFrame(self._rows, columns=list(ARD_COLUMNS))
        frame["value"] = frame["value"].astype("float64")
        return check(frame)


def check(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame where it is a valid ARD, else raise :class:`~csrbook.errors.ProgramError`."""
    if tuple(frame.columns) != ARD_COLUMNS:
        raise ProgramError(f"ARD columns are {list(frame.columns)}", "ARD", f"they must be {list(ARD_COLUMNS)}")
    doubled = frame[frame.duplicated(list(ARD_KEYS))]
    if len(doubled):
        first = {k: v for k, v in doubled.iloc[0][list(ARD_KEYS)].items() if v}
        raise ProgramError(
            f"{len(doubled)} numbers have the key of another", f"first: {first}", "give each number its own key"
        )
    silent = frame[frame["value"].isna() & (frame["error"] == "") & (frame["unit"] != "text")]
    if len(silent):
        first = {k: v for k, v in silent.iloc[0][list(ARD_KEYS)].items() if v}
        raise ProgramError(
            f"{len(silent)} numbers are missing without a reason", f"first: {first}", "state the reason in 'error'"
        )
    return frame


def bind(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Stack the ARDs of several outputs, checked as a whole."""
    import pandas as pd

    return check(pd.concat(list(frames), ignore_index=True))
