"""What changed from one lock to another, record by record, by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csrbook.lock.manifest import SUBJECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from csrbook.lock.locked_data import LockedData

__all__ = ["Change", "DatasetDifference", "compare_locks", "in_words"]

SAS_EPOCH = np.datetime64("1960-01-01", "D")
REPEAT = "repeat of the key"
"""Column that tells records of one key apart; no variable is named like this."""


@dataclass(frozen=True)
class Change:
    """A value that changed, or a record that came or went."""

    dataset: str
    kind: str
    """``added``, ``removed`` or ``changed``."""
    key: str
    """Such as ``USUBJID=S1, PARAMCD=OS``."""
    variable: str = ""
    """Empty where a whole record came or went."""
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class DatasetDifference:
    """What changed in one dataset; the changes themselves are put into words only when they are asked for."""

    name: str
    keys: tuple[str, ...]
    records: tuple[int, int]
    """In the older and in the newer lock; 0 where it has no such dataset."""
    variables_added: tuple[str, ...]
    variables_removed: tuple[str, ...]
    subjects_added: tuple[str, ...]
    subjects_removed: tuple[str, ...]
    added: NDArray[np.int64]
    """Positions in ``frames[1]`` of the records that only the newer lock has."""
    removed: NDArray[np.int64]
    """Positions in ``frames[0]`` of the records that only the older lock has."""
    values: Mapping[str, NDArray[np.int64]]
    """By variable, positions in ``frames[0]`` and ``frames[1]`` of the records with another value, shape (2, n)."""
    frames: tuple[pd.DataFrame, pd.DataFrame]
    """Keys and differing variables in the older and in the newer lock."""
    kinds: Mapping[str, str]
    """``text``, ``number`` or ``date`` by variable."""

    @property
    def values_changed(self) -> int:
        """Number of values that changed in records that both locks have."""
        return sum(places.shape[1] for places in self.values.values())

    @property
    def records_changed(self) -> int:
        """Number of records that both locks have and that hold another value."""
        rows = [places[1] for places in self.values.values()]
        return len(np.unique(np.concatenate(rows))) if rows else 0

    @property
    def same(self) -> bool:
        """Whether nothing changed."""
        columns = self.variables_added or self.variables_removed
        return not (columns or len(self.added) or len(self.removed) or self.values_changed)

    def changes(self) -> Iterator[Change]:
        """Records that went, records that came, then values that changed by variable; each in key order."""
        for kind, rows, side in (("removed", self.removed, 0), ("added", self.added, 1)):
            for row in rows.tolist():
                yield Change(self.name, kind, self._key(side, row))
        for variable, places in self.values.items():
            old, new = (frame[variable].to_numpy() for frame in self.frames)
            kind = self.kinds[variable]
            for before, after in places.T.tolist():
                said = (in_words(old[before], kind), in_words(new[after], kind))
                yield Change(self.name, "changed", self._key(1, after), variable, *said)

    def _key(self, side: int, row: int) -> str:
        frame = self.frames[side]
        return ", ".join(f"{key}={in_words(frame[key].iat[row], self.kinds[key])}" for key in self.keys)


def compare_locks(older: LockedData, newer: LockedData) -> list[DatasetDifference]:
    """What changed from one lock to another.

    Parameters
    ----------
    older, newer : LockedData
        Of locks that verify.

    Returns
    -------
    list of DatasetDifference
        One a dataset, in the order of the newer lock, then those that only the older one has. Where the keys have one
        hash in both, only the variables that differ are read.
    """
    names = [*newer.names, *(name for name in older.names if name not in newer.names)]
    return [_compare(name, older, newer) for name in names]


def _compare(name: str, older: LockedData, newer: LockedData) -> DatasetDifference:
    old, new = (data.manifest["datasets"].get(name, {"variables": {}, "records": 0}) for data in (older, newer))
    kinds = {**old["variables"], **new["variables"]}
    both = [v for v in kinds if v in old["variables"] and v in new["variables"]]
    keys = tuple(key for key in (new if "keys" in new else old)["keys"] if key in both or not both)
    compared = [v for v in both if v not in keys and old["variables"][v] == new["variables"][v]]
    same_keys = bool(both) and all(old["variable_sha256"][key] == new["variable_sha256"][key] for key in keys)
    if same_keys:
        compared = [v for v in compared if old["variable_sha256"][v] != new["variable_sha256"][v]]
    frames = tuple(
        data.dataset(name, [*keys, *compared]) if name in data.names else pd.DataFrame({key: [] for key in keys})
        for data in (older, newer)
    )
    rows = np.tile(np.arange(len(frames[1])), (2, 1)) if same_keys else _pairs(frames[0], frames[1], keys)
    values = {variable: rows[:, _unequal(frames, variable, rows)] for variable in compared}
    subjects = [set(frame[SUBJECT]) if SUBJECT in frame else set() for frame in frames]
    # A variable of another kind in the other lock is another variable.
    exchanged = [v for v in both if old["variables"][v] != new["variables"][v]]
    return DatasetDifference(
        name=name,
        keys=keys,
        records=(old["records"], new["records"]),
        variables_added=tuple(v for v in new["variables"] if both and (v not in both or v in exchanged)),
        variables_removed=tuple(v for v in old["variables"] if both and (v not in both or v in exchanged)),
        subjects_added=tuple(sorted(subjects[1] - subjects[0])),
        subjects_removed=tuple(sorted(subjects[0] - subjects[1])),
        added=np.setdiff1d(np.arange(len(frames[1])), rows[1]),
        removed=np.setdiff1d(np.arange(len(frames[0])), rows[0]),
        values={variable: places for variable, places in values.items() if places.size},
        frames=(frames[0], frames[1]),
        kinds=kinds,
    )


def _pairs(old: pd.DataFrame, new: pd.DataFrame, keys: Sequence[str]) -> NDArray[np.int64]:
    """Positions of the records of one key in both frames, shape (2, n), in the order of the newer one."""
    sides = []
    for frame, place in ((old, "old"), (new, "new")):
        side = frame[list(keys)]
        # Where a waiver admits records of one key, the first goes with the first.
        repeat = side.groupby(list(keys), dropna=False, sort=False).cumcount()
        sides.append(side.assign(**{REPEAT: repeat.to_numpy(), place: np.arange(len(frame))}))
    found = sides[1].merge(sides[0], on=[*keys, REPEAT], how="inner")
    return np.vstack([found["old"].to_numpy(np.int64), found["new"].to_numpy(np.int64)])


def _unequal(frames: Sequence[pd.DataFrame], variable: str, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Of the pairs of records, whether a variable differs; two missing values do not."""
    old, new = (frame[variable].to_numpy()[places] for frame, places in zip(frames, rows, strict=True))
    unequal = np.asarray(old != new, dtype=np.bool_)
    return unequal & ~(pd.isna(old) & pd.isna(new)) if old.dtype.kind == "f" else unequal


def in_words(value: Any, kind: str) -> str:
    """A value in words: dates as in ISO 8601, numbers with every digit, empty for a missing one."""
    if kind == "text":
        return str(value)
    if np.isnan(value):
        return ""
    if kind == "date" and float(value).is_integer():
        return str(SAS_EPOCH + np.timedelta64(int(value), "D"))
    return repr(float(value)).removesuffix(".0")
