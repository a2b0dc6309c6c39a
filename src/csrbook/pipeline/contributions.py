"""What each subject contributes to a count: found by running the program on parts of the subjects.

A count adds up over subjects: what a program counts among some subjects is the sum of what it counts in each. So the
subjects behind a count are those for whom the program, run on them alone, counts something. No program has to say which
subjects it counted, and none can say it wrongly: the contributions must add up to the number that is printed, or the
number is said to be not traceable (a median, a hazard ratio).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

from csrbook.ard import ARD_KEYS
from csrbook.errors import CsrbookError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import pandas as pd

    from csrbook.displays.program import Data, Program
    from csrbook.plan.models import Output, Plan

__all__ = ["Counter", "NotAdditiveError", "Part", "contributions", "key_of"]

SUBJECT: Final = "USUBJID"


class NotAdditiveError(DataError):
    """A number is no sum over subjects, so no subjects stand behind it one by one."""


class Part:
    """The records of some subjects, and of one dataset perhaps only some records.

    Parameters
    ----------
    data : Data
        All records.
    subjects : collection of str
        Whose records there are.
    dataset, positions
        Name of a dataset, and the positions in it of the records that stay.
    """

    def __init__(
        self, data: Data, subjects: Collection[str], dataset: str = "", positions: Sequence[int] | None = None
    ) -> None:
        self._data = data
        self._subjects = frozenset(subjects)
        self._dataset = dataset
        self._positions = positions
        self.read: dict[str, dict[str, None]] = {}
        """By dataset, the variables that were asked for by name."""

    def dataset(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The records of a dataset, as the caller's own copy."""
        self.read.setdefault(name, {}).update(dict.fromkeys(columns or ()))
        wanted = None if columns is None else list(dict.fromkeys([*columns, SUBJECT]))
        try:
            frame = self._data.dataset(name, wanted)
        except (CsrbookError, KeyError):
            # A dataset that is not by subject.
            return self._data.dataset(name, columns)
        if name == self._dataset and self._positions is not None:
            frame = frame.iloc[list(self._positions)]
        frame = frame[frame[SUBJECT].isin(self._subjects)].reset_index(drop=True)
        return frame if columns is None else frame[list(columns)]


def key_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The key of a row of the ARD."""
    return tuple(str(row[name]) for name in ARD_KEYS)


class Counter:
    """Runs a program on parts of the data and reads its counts.

    Parameters
    ----------
    program, output, plan
        The program, its row and the plan.
    """

    def __init__(self, program: Program, output: Output, plan: Plan) -> None:
        self._program, self._output, self._plan = program, output, plan
        self.runs = 0

    def __call__(self, data: Data) -> dict[tuple[str, ...], float]:
        """Value of every number by its key; none where the program cannot run on so few records."""
        self.runs += 1
        with warnings.catch_warnings():
            # Of a part of the data nothing is printed; the whole has been run before.
            warnings.simplefilter("ignore")
            try:
                ard = self._program.analyse(data, self._output, self._plan).ard
            except Exception:  # noqa: BLE001 - a model that needs more subjects; the sum tells whether it matters
                return {}
        return {key_of(row): float(str(row["value"])) for row in ard.select()}


def contributions(
    counter: Counter,
    data: Data,
    subjects: Sequence[str],
    key: tuple[str, ...],
    total: int,
    tick: Callable[[int], None] = lambda _: None,
) -> dict[str, int]:
    """What each subject contributes to a count.

    Parameters
    ----------
    counter : Counter
        Runs the program.
    data : Data
        All records.
    subjects : sequence of str
        Subjects who may contribute.
    key : tuple of str
        Of the number in the ARD.
    total : int
        The number.
    tick : callable
        Called with the number of subjects that are settled.

    Returns
    -------
    dict
        Subject to contribution, without those who contribute nothing, in the order of ``subjects``.

    Raises
    ------
    NotAdditiveError
        The contributions do not add up to the number.

    Notes
    -----
    Subjects are halved as long as the halves add up to the whole, so that many without a contribution fall away at
    once. Where they do not add up, because a row is counted only from some frequency on, each subject is left out of
    the whole instead.
    """
    settled = 0

    def count(part: Sequence[str]) -> int | None:
        value = counter(Part(data, part)).get(key, 0.0)
        return int(value) if value == int(value if value == value else 0) and value >= 0 else None

    def split(part: Sequence[str], whole: int) -> dict[str, int]:
        nonlocal settled
        if whole == 0 or len(part) == 1:
            settled += len(part)
            tick(settled)
            return {part[0]: whole} if whole else {}
        half = len(part) // 2
        left, right = count(part[:half]), count(part[half:])
        if left is None or right is None or left + right != whole:
            raise NotAdditiveError("the parts do not add up", "", "")
        return split(part[:half], left) | split(part[half:], right)

    try:
        found = split(subjects, total) if subjects else {}
    except NotAdditiveError:
        found = {}
        for number, subject in enumerate(subjects, start=1):
            rest = count([other for other in subjects if other != subject])
            if rest is None or rest > total:
                break
            if rest < total:
                found[subject] = total - rest
            tick(number)
    if sum(found.values()) != total:
        raise NotAdditiveError(
            "the number is no sum over subjects, so no subjects stand behind it one by one",
            "",
            "read the formula in the program and the method of the plan row",
        )
    return {subject: found[subject] for subject in subjects if subject in found}
