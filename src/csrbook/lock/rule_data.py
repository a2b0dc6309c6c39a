"""What a rule across datasets is given: the datasets, and the ways in which records of two datasets meet.

Everything that a rule compares is an array along the records of one dataset. A *subject array* has one value for each
record of ADSL; :meth:`RuleData.subject` lays it along the records of another dataset, :meth:`RuleData.per_subject`,
:meth:`RuleData.earliest`, :meth:`RuleData.latest` and :meth:`RuleData.count` go the other way. Text is compared once a
distinct value: :meth:`RuleData.equals`, :meth:`RuleData.lookup` and :meth:`RuleData.same_text`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csrbook.data.text_columns import distinct
from csrbook.lock.canonical import numbered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from csrbook.data.specification import DatasetSpecification
    from csrbook.plan.models import Plan

__all__ = ["IDENTIFIER", "SUBJECTS", "CannotRun", "RuleData"]

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
        self._coded: dict[tuple[str, str], tuple[NDArray[np.int32], list[Any]]] = {}
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

    def forget(self, dataset: str, variables: Sequence[str]) -> None:
        """Let go of variables of a dataset, such as those of a type that no rule can read."""
        if variables:
            self._frames[dataset] = self._frames[dataset].drop(columns=list(variables))

    def dates(self, dataset: str) -> list[str]:
        """Names of the date variables of a dataset."""
        present = self[dataset].columns
        return [name for name in self._specifications[dataset].of_kind("date") if name in present]

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
            codes, words = self.coded(dataset, IDENTIFIER)
            self._positions[dataset] = np.array([place.get(word, -1) for word in words], dtype=np.int64)[codes]
        return self._positions[dataset]

    def coded(self, dataset: str, variable: str) -> tuple[NDArray[np.int32], list[Any]]:
        """For each record the position of its value in the list of distinct values, and that list."""
        key = (dataset, variable)
        if key not in self._coded:
            codes, words = distinct(self[dataset][variable].to_numpy())
            self._coded[key] = codes.astype(np.int32), words
        return self._coded[key]

    def codes(self, dataset: str, variable: str) -> NDArray[np.int64]:
        """Numbers from 0 on that records with equal values of a variable share."""
        return self.coded(dataset, variable)[0].astype(np.int64)

    def lookup(
        self, dataset: str, variable: str, function: Callable[[Any], Any], kind: type[np.generic] = np.bool_
    ) -> NDArray[Any]:
        """A function of a variable's value, along the records; it is called once a distinct value."""
        codes, words = self.coded(dataset, variable)
        return np.array([function(word) for word in words], dtype=kind)[codes]

    def equals(self, dataset: str, variable: str, value: object) -> NDArray[np.bool_]:
        """Which records have this value."""
        found: NDArray[np.bool_] = self.lookup(dataset, variable, lambda word: word == value)
        return found

    def same_text(self, dataset: str, variable: str) -> NDArray[np.bool_]:
        """Which records have a variable's text of their subject in ADSL; False for unknown subjects."""
        codes, words = self.coded(dataset, variable)
        subject_codes, subject_words = self.coded(SUBJECTS, variable)
        place = {word: position for position, word in enumerate(subject_words)}
        own = np.array([place.get(word, -1) for word in words], dtype=np.int32)[codes]
        same: NDArray[np.bool_] = np.append(subject_codes, np.int32(-2))[self.positions(dataset)] == own
        return same

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
            codes = codes * (int(own.max(initial=0)) + 1) + own
            codes = pd.factorize(codes)[0].astype(np.int64)
        return codes if variables else pd.factorize(codes)[0].astype(np.int64)

    def _known(
        self, dataset: str, rows: NDArray[np.bool_] | pd.Series[bool]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The chosen records whose subject is known, and their subjects' positions."""
        positions = self.positions(dataset)
        chosen = np.flatnonzero(np.asarray(rows, dtype=bool) & (positions >= 0))
        return chosen, positions[chosen]
