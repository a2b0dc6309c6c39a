"""What every dataset has in common, and the variables that every dataset takes over from ADSL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandera.pandas as pa

from .fields import number, text, yes_no

if TYPE_CHECKING:
    from pandera.typing import Series

__all__ = ["Dataset", "SubjectRecords"]

FIRST_DAY = -21914
"""1900-01-01: an earlier date is a slip of a century."""


class Dataset(pa.DataFrameModel):
    """A dataset with exactly the declared variables in the declared order."""

    @pa.check("^.*DT$", regex=True)
    @classmethod
    def whole_day(cls, days: Series[float]) -> Series[bool]:
        """A date is a whole number of days, not before 1900-01-01."""
        return (days % 1 == 0) & (days >= FIRST_DAY)

    class Config:
        """No other variables, no other order."""

        strict = True
        ordered = True


class SubjectRecords(Dataset):
    """Records of randomised subjects, with the variables merged from ADSL."""

    # Arms are stated in the plan: rule R15 holds TRT01P and TRT01A against it.
    STUDYID: str = text("Study Identifier", length=11)
    USUBJID: str = text("Unique Subject Identifier", length=20)
    SUBJID: str = text("Subject Identifier for the Study", length=8)
    SITEID: str = text("Study Site Identifier", length=3)
    ITTFL: str = yes_no("Intent-To-Treat Population Flag")
    SAFFL: str = yes_no("Safety Population Flag")
    PPROTFL: str = yes_no("Per-Protocol Population Flag")
    TRT01P: str = text("Planned Treatment for Period 01")
    TRT01PN: float = number("Planned Treatment for Period 01 (N)")
    TRT01A: str = text("Actual Treatment for Period 01", blank=True)
    TRT01AN: float = number("Actual Treatment for Period 01 (N)", missing=True)
