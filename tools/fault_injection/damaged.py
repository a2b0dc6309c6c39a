"""A copy of a good database that an injection damages, record by record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from csrbook.plan.models import Plan

__all__ = ["Damaged", "NoVictimError"]

SUBJECT = "USUBJID"


class NoVictimError(LookupError):
    """The good database has no record on which this fault would be a fault."""


class Damaged:
    """A database that is good but for what an injection does to it.

    Parameters
    ----------
    good : mapping
        Frame by dataset name; the frames themselves are never written to.
    plan : Plan
        An injection may put another one in its place.

    Attributes
    ----------
    frames : dict
        Frame by dataset name.
    plan : Plan
    victims : set of str
        Subjects whose records were touched (or members of the plan): what a finding has to name.
    """

    def __init__(self, good: Mapping[str, pd.DataFrame], plan: Plan) -> None:
        self.frames = dict(good)
        self.plan = plan
        self.victims: set[str] = set()
        self._own: set[str] = set()

    def __getitem__(self, name: str) -> pd.DataFrame:
        """The dataset as it stands; for reading."""
        return self.frames[name]

    def find(self, name: str, *masks: ArrayLike, **equal: Any) -> NDArray[np.int64]:
        """Positions of the records of a dataset that fulfil every condition.

        Parameters
        ----------
        name : str
        *masks : array of bool
            Along the records.
        **equal
            Value by variable, or a list of the values it may have.

        Raises
        ------
        NoVictimError
            There is no such record.
        """
        frame = self.frames[name]
        chosen = np.ones(len(frame), dtype=bool)
        for mask in masks:
            chosen &= np.asarray(mask, dtype=bool)
        for variable, value in equal.items():
            chosen &= frame[variable].isin(value if isinstance(value, list) else [value]).to_numpy()
        if not chosen.any():
            raise NoVictimError(f"{name}: no record with {equal}")
        return np.flatnonzero(chosen)

    def first(self, name: str, *masks: ArrayLike, **equal: Any) -> int:
        """Position of the first record that :meth:`find` finds."""
        return int(self.find(name, *masks, **equal)[0])

    def value(self, name: str, row: int, variable: str) -> Any:
        """The value of a variable in one record."""
        return self.frames[name][variable].iloc[row]

    def subject(self, name: str, variable: str) -> pd.Series[Any]:
        """A variable of ADSL along the records of another dataset."""
        adsl = self.frames["ADSL"].drop_duplicates(SUBJECT).set_index(SUBJECT)
        return self.frames[name][SUBJECT].map(adsl[variable])

    def put(self, name: str, rows: int | NDArray[np.int64] | slice, **values: Any) -> None:
        """Put values, one or one a record, into records of a dataset."""
        self._remember(name, rows)
        frame = self._writable(name)
        for variable, value in values.items():
            column = frame[variable].to_numpy(copy=True)
            number = np.asarray(value).dtype.kind in "fiu"
            if column.dtype.kind != "O" and not number:
                column = column.astype(object)
            column[rows] = value
            frame[variable] = column
        self._remember(name, rows)

    def everywhere(self, subject: str, **values: Any) -> None:
        """Put values into the records of a subject in every dataset that has the variables."""
        for name, frame in self.frames.items():
            own = {variable: value for variable, value in values.items() if variable in frame}
            rows = np.flatnonzero(frame[SUBJECT] == subject)
            if own and len(rows):
                self.put(name, rows, **own)

    def drop(self, name: str, rows: int | NDArray[np.int64]) -> None:
        """Take records out of a dataset."""
        self._remember(name, rows)
        frame = self.frames[name]
        self.frames[name] = frame.drop(index=frame.index[rows if isinstance(rows, np.ndarray) else [rows]]).reset_index(
            drop=True
        )
        self._own.add(name)

    def append(self, name: str, rows: int | NDArray[np.int64], **changes: Any) -> None:
        """Add copies of records to a dataset, with other values."""
        frame = self.frames[name]
        copies = frame.iloc[rows if isinstance(rows, np.ndarray) else [rows]]
        first = len(frame)
        self.frames[name] = pd.concat([frame, copies], ignore_index=True)
        self._own.add(name)
        self.put(name, np.arange(first, first + len(copies)), **changes)

    def rename(self, name: str, **names: str) -> None:
        """Give variables of a dataset other names."""
        self.frames[name] = self.frames[name].rename(columns=names)
        self._own.add(name)

    def swap(self, name: str, rows: int | NDArray[np.int64] | slice, one: str, other: str) -> None:
        """Exchange the values of two variables."""
        frame = self.frames[name]
        left, right = (frame[variable].to_numpy(copy=True)[rows] for variable in (one, other))
        self.put(name, rows, **{one: right, other: left})

    def _writable(self, name: str) -> pd.DataFrame:
        if name not in self._own:
            self.frames[name] = self.frames[name].reset_index(drop=True)
            self._own.add(name)
        return self.frames[name]

    def _remember(self, name: str, rows: int | NDArray[np.int64] | slice) -> None:
        if SUBJECT in self.frames[name]:
            subjects = np.atleast_1d(self.frames[name][SUBJECT].to_numpy()[rows])
            self.victims |= {str(subject) for subject in subjects}
