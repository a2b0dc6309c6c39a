"""What a rule across datasets is given: the datasets, and the ways in which records of two datasets meet.

Everything that a rule compares is an array along the records of one dataset. A *subject array* has one value for each
record of ADSL; :meth:`RuleData.subject` lays it along the records of another dataset, :meth:`RuleData.per_subject`,
:meth:`RuleData.earliest`, :meth:`RuleData.latest` and :meth:`RuleData.count` go the other way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csrbook.data.text_columns import distinct
from csrbook.lock.canonical import numbered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from csrbook.data.specification import DatasetSpecification
    from csrbook.plan.models import Plan

__all__ = ["CannotRun", "RuleData"]

SUBJECTS = "ADSL"
IDENTIFIER = "USUBJID"


class CannotRun(Exception):  # noqa: N818 - it says that a rule has no answer, not that the program failed
    """A rule lacks a variable of the data or a parameter of the plan."""


class RuleData:
    """The datasets of a transfer, for rules.

    Parameters
    ----------
    frames : mapping
        Frame by dataset name, ``ADSL`` among them.
    specifications : mapping
        Specification by dataset name.
    plan : Plan
        The study's plan, from which rules take their parameters.
    """

    def __init__(
        self, frames: Mapping[str, pd.DataFrame], specifications: Mapping[str, DatasetSpecification], plan: Plan
    ) -> None:
        self._frames = {name: numbered(frame) for name, frame in frames.items()}
        self._specifications = specifications
        self._positions: dict[str, NDArray[np.int64]] = {}
        self._codes: dict[tuple[str, str], NDArray[np.int64]] = {}
        self.plan = plan

    def __getitem__(self, dataset: str) -> pd.DataFrame:
        """The records of a dataset."""
        try:
            return self._frames[dataset]
        except KeyError:
            msg = f"dataset {dataset} is missing"
            raise CannotRun(msg) from None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the datasets."""
        return tuple(self._frames)

    def dates(self, dataset: str) -> list[str]:
        """Names of the date variables of a dataset."""
        present = self[dataset].columns
        return [name for name in self._specifications[dataset].of_kind("date") if name in present]

    def keys(self, dataset: str) -> tuple[str, ...]:
        """Names of the variables that identify a record."""
        return self._specifications[dataset].keys

    def parameter(self, name: str) -> float:
        """A number that the plan states for the rules (``data_rules`` in ``study.yaml``)."""
        try:
            return self.plan.study.data_rules[name]
        except KeyError:
            msg = f"the plan's data_rules state no {name}"
            raise CannotRun(msg) from None

    def positions(self, dataset: str) -> NDArray[np.int64]:
        """For each record the position of its subject in ADSL, -1 where ADSL has no such subject."""
        if dataset not in self._positions:
            known = self[SUBJECTS][IDENTIFIER].to_numpy()
            place = {subject: position for position, subject in reversed(list(enumerate(known)))}
            codes, words = distinct(self[dataset][IDENTIFIER].to_numpy())
            self._positions[dataset] = np.array([place.get(word, -1) for word in words], dtype=np.int64)[codes]
        return self._positions[dataset]

    def codes(self, dataset: str, variable: str) -> NDArray[np.int64]:
        """Numbers from 0 on that records with equal values of a variable share."""
        key = (dataset, variable)
        if key not in self._codes:
            self._codes[key] = distinct_codes(self[dataset][variable].to_numpy())
        return self._codes[key]

    def subject(self, dataset: str, values: str | NDArray[Any]) -> NDArray[Any]:
        """A variable of ADSL, or a subject array, along the records of a dataset.

        Records of unknown subjects get NaN or ``""``.
        """
        if isinstance(values, str):
            values = self[SUBJECTS][values].to_numpy()
        if values.dtype.kind in "biu":
            values = values.astype(np.float64)
        blank: Any = "" if values.dtype.kind == "O" else np.nan
        return np.append(values, np.array([blank], dtype=values.dtype))[self.positions(dataset)]

    def count(self, dataset: str, rows: NDArray[np.bool_] | pd.Series[bool]) -> NDArray[np.int64]:
        """Number of the chosen records of each subject, as a subject array."""
        return np.bincount(self._known(dataset, rows)[1], minlength=len(self[SUBJECTS])).astype(np.int64)

    def per_subject(self, dataset: str, variable: str, rows: NDArray[np.bool_] | pd.Series[bool]) -> NDArray[Any]:
        """The value of each subject's first chosen record, as a subject array; NaN or ``""`` without one."""
        chosen, positions = self._known(dataset, rows)
        values = self[dataset][variable].to_numpy()
        result = np.full(len(self[SUBJECTS]), "" if values.dtype.kind == "O" else np.nan, dtype=values.dtype)
        # Assigned backwards, so that the first record stays.
        result[positions[::-1]] = values[chosen[::-1]]
        return result

    def earliest(self, dataset: str, variable: str, rows: NDArray[np.bool_] | pd.Series[bool]) -> NDArray[np.float64]:
        """The smallest value among each subject's chosen records, as a subject array."""
        chosen, positions = self._known(dataset, rows)
        result = np.full(len(self[SUBJECTS]), np.nan)
        np.fmin.at(result, positions, self[dataset][variable].to_numpy(dtype=np.float64)[chosen])
        return result

    def latest(self, dataset: str, variable: str, rows: NDArray[np.bool_] | pd.Series[bool]) -> NDArray[np.float64]:
        """The largest value among each subject's chosen records, as a subject array."""
        chosen, positions = self._known(dataset, rows)
        result = np.full(len(self[SUBJECTS]), np.nan)
        np.fmax.at(result, positions, self[dataset][variable].to_numpy(dtype=np.float64)[chosen])
        return result

    def groups(self, dataset: str, variables: Sequence[str] = ()) -> NDArray[np.int64]:
        """Numbers from 0 on that records of one subject with equal values of the variables share."""
        codes = self.positions(dataset) + 1
        for variable in variables:
            own = self.codes(dataset, variable)
            codes = distinct_codes(codes * (int(own.max(initial=0)) + 1) + own)
        return distinct_codes(codes)

    def _known(
        self, dataset: str, rows: NDArray[np.bool_] | pd.Series[bool]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The chosen records whose subject is known, and their subjects' positions."""
        positions = self.positions(dataset)
        chosen = np.flatnonzero(np.asarray(rows, dtype=bool) & (positions >= 0))
        return chosen, positions[chosen]


def distinct_codes(values: NDArray[Any]) -> NDArray[np.int64]:
    """Numbers from 0 on that equal values share."""
    codes, words = pd.factorize(values)
    codes = np.asarray(codes, dtype=np.int64)
    codes[codes < 0] = len(words)
    return codes
