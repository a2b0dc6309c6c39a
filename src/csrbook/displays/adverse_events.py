"""Adverse events of an analysis set: records with the position of their subject, subjects with that of their arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from csrbook.displays.columns import treatment_groups
from csrbook.displays.conditions import Condition
from csrbook.displays.program import analysis_subjects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from csrbook.displays.columns import Groups
    from csrbook.displays.program import Data
    from csrbook.plan.models import Plan

__all__ = ["TREATMENT_EMERGENT", "Events", "read_events"]

TREATMENT_EMERGENT: Final = (Condition(variable="TRTEMFL", comparator="EQ", value="Y"),)


@dataclass(frozen=True)
class Events:
    """Adverse events, or other occurrences, of the subjects of an analysis set.

    Attributes
    ----------
    records : DataFrame
        Records of the dataset.
    subject : ndarray of int
        Position of each record's subject in the analysis set.
    arms : ndarray of int
        Position of the arm of each subject of the analysis set, −1 where it has none.
    groups : Groups
        Columns.
    sizes : ndarray of int
        Subjects of each column, with or without events.
    """

    records: pd.DataFrame
    subject: NDArray[np.intp]
    arms: NDArray[np.intp]
    groups: Groups
    sizes: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> Events:
        """The chosen records; the columns and their sizes stay."""
        return Events(
            self.records[chosen].reset_index(drop=True),
            self.subject[chosen],
            self.arms,
            self.groups,
            self.sizes,
        )

    def subjects(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Subjects with at least one of the chosen records: a count a column."""
        affected = np.zeros(len(self.arms), dtype=bool)
        affected[self.subject[chosen]] = True
        return self.groups.tally(self.arms[affected])

    def events(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Chosen records: a count a column."""
        return self.groups.tally(self.arms[self.subject[chosen]])


def read_events(
    data: Data, plan: Plan, analysis_set: str, variables: Iterable[str], *, total: bool, dataset: str = "ADAE"
) -> Events:
    """Read ADAE, or another dataset of occurrences, for an analysis set.

    Parameters
    ----------
    data : Data
        Locked data.
    plan : Plan
        Defines the set and its treatment variable.
    analysis_set : str
        Id of the set (``SAF``). Arms come from ADSL, not from the copies in ADAE.
    variables : iterable of str
        Variables of the dataset that are needed.
    total : bool
        Whether the columns end with one for all subjects.
    dataset : str
        Whose records are read: ``ADAE``, ``ADCM``, ``ADMH``, ``ADDV``.
    """
    subjects = analysis_subjects(data, plan, analysis_set)
    groups = treatment_groups(plan, analysis_set, total=total)
    arms = groups.codes(subjects["ARM"])
    records = data.dataset(dataset, columns=list(dict.fromkeys(("USUBJID", *variables))))
    position = pd.Index(subjects["USUBJID"]).get_indexer(pd.Index(records["USUBJID"]))
    inside = position >= 0
    subject = np.asarray(position[inside], dtype=np.intp)
    return Events(records[inside].reset_index(drop=True), subject, arms, groups, groups.tally(arms))
