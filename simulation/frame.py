"""Rows of a dataset: the variables of ADSL that every dataset carries, and dates relative to a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["MERGED", "Base", "relative_day", "visit_text"]

MERGED = (
    "STUDYID", "USUBJID", "SUBJID", "SITEID", "ITTFL", "SAFFL", "PPROTFL", "TRT01P", "TRT01PN", "TRT01A", "TRT01AN",
)  # fmt: skip


def relative_day(days: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Study day: the reference is day 1, the day before it −1; there is no day 0."""
    difference = days - reference
    return np.where(difference >= 0, difference + 1.0, difference)


def visit_text(weeks: NDArray[np.int64]) -> NDArray[np.object_]:
    """``BASELINE`` for week 0, else ``WEEK n``."""
    longest = int(weeks.max(initial=0))
    return np.array(["BASELINE", *(f"WEEK {week}" for week in range(1, longest + 1))], dtype=object)[weeks]


@dataclass(frozen=True)
class Base:
    """Variables of ADSL of the randomised subjects, in the order of USUBJID."""

    columns: Mapping[str, NDArray[np.generic]]

    def __getitem__(self, name: str) -> NDArray[np.generic]:
        return self.columns[name]

    def date(self, name: str) -> NDArray[np.float64]:
        """A date or number of ADSL."""
        return np.asarray(self.columns[name], dtype=np.float64)

    def frame(
        self, subject: NDArray[np.int64], columns: Mapping[str, NDArray[np.generic]], merged: tuple[str, ...] = MERGED
    ) -> pd.DataFrame:
        """A dataset whose rows belong to the given subjects."""
        taken = {name: self.columns[name][subject] for name in merged}
        return pd.DataFrame({**taken, **columns}, copy=False)
