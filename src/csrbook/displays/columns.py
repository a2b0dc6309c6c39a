"""The columns of a table by treatment arm: who stands in which, how many, and the header over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from csrbook.displays.model import Cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.plan.models import Arm, Plan

__all__ = [
    "MISSING",
    "TOTAL",
    "Groups",
    "add_sizes",
    "add_sizes_once",
    "arm_heading",
    "plain_header",
    "treatment_groups",
]

TOTAL: Final = "TOTAL"
"""Level of the treatment variable that stands for all subjects of the analysis set."""

MISSING: Final = "MISSING"
"""Level of a variable that stands for subjects without a value."""


@dataclass(frozen=True)
class Groups:
    """The columns of a table by treatment.

    Attributes
    ----------
    variable : str
        Treatment variable (``TRT01P``, ``TRT01A``).
    arms : tuple of Arm
        In plan order.
    total : bool
        Whether a column for all subjects follows. Subjects without an arm count in it alone.
    """

    variable: str
    arms: tuple[Arm, ...]
    total: bool = True

    @property
    def levels(self) -> tuple[str, ...]:
        """ARD levels of the columns: the ids of the arms, then :data:`TOTAL`."""
        return (*(arm.id for arm in self.arms), *((TOTAL,) if self.total else ()))

    def codes(self, arm_ids: pd.Series[Any]) -> NDArray[np.intp]:
        """Position of each subject's arm, −1 where it has none."""
        return np.asarray(pd.Categorical(arm_ids, categories=[arm.id for arm in self.arms]).codes, dtype=np.intp)

    def tally(self, codes: NDArray[np.intp]) -> NDArray[np.int64]:
        """Count arm positions: one number a level."""
        by_arm = np.bincount(codes + 1, minlength=len(self.arms) + 1)
        return np.append(by_arm[1:], by_arm.sum()) if self.total else by_arm[1:]

    def sizes(self, arm_ids: pd.Series[Any]) -> NDArray[np.int64]:
        """Count subjects by the arm that each has: one number a level."""
        return self.tally(self.codes(arm_ids))

    def cross_tally(self, codes: NDArray[np.intp], rows: NDArray[np.intp], height: int) -> NDArray[np.int64]:
        """Count pairs of row and arm position: one line a row, one column a level."""
        width = len(self.arms) + 1
        table = np.bincount(rows * width + codes + 1, minlength=height * width).reshape(height, width)
        by_arm = table[:, 1:]
        return np.column_stack([by_arm, table.sum(axis=1)]) if self.total else by_arm

    def comparisons(self) -> tuple[tuple[Arm, Arm], ...]:
        """Each test arm with the control arm, in plan order."""
        control = next(arm for arm in self.arms if arm.role == "control")
        return tuple((arm, control) for arm in self.arms if arm.role == "test")


def treatment_groups(plan: Plan, analysis_set: str, *, total: bool = True) -> Groups:
    """The columns that an analysis set has: by planned or by actual treatment, as the plan says."""
    planned = plan.study.analysis_set(analysis_set).treatment == "planned"
    return Groups("TRT01P" if planned else "TRT01A", plan.study.arms, total)


def add_sizes(ard: Ard, groups: Groups, sizes: Sequence[int] | NDArray[np.int64], **keys: str) -> None:
    """Add the number of subjects of each column (``N``), which the header shows."""
    for level, size in zip(groups.levels, sizes, strict=True):
        ard.add(
            "N",
            int(size),
            formatted=str(int(size)),
            stat_label="Subjects in the column",
            **{
                "analysis_id": "SUBJECTS",
                "method": "Count",
                "dataset": "ADSL",
                "group1": groups.variable,
                "group1_level": level,
                "variable": "USUBJID",
                **keys,
            },
        )


def add_sizes_once(ard: Ard, groups: Groups, sizes: Sequence[int] | NDArray[np.int64], analysis_set: str) -> None:
    """:func:`add_sizes`, unless sizes of the analysis set stand already: the first of several analyses gives them."""
    if not ard.select(analysis_id="SUBJECTS", analysis_set=analysis_set):
        add_sizes(ard, groups, sizes, analysis_set=analysis_set)


def arm_heading(ard: Ard, groups: Groups, level: str, **keys: str) -> str:
    """Header text of a column: the arm's label, broken at each ``+``, and its N from the ARD.

    Examples
    --------
    ``Fulvestrant+Pyrotinib`` with 163 subjects becomes ``Fulvestrant⏎+ Pyrotinib⏎(N=163)``.
    """
    size = ard.text("N", analysis_id="SUBJECTS", group1_level=level, **keys)
    label = next((arm.label for arm in groups.arms if arm.id == level), "Total")
    return "\n+ ".join(part.strip() for part in label.split("+")) + f"\n(N={size})"


def plain_header(stub: str, headings: Sequence[str]) -> tuple[tuple[Cell, ...], ...]:
    """A header of one row: the head of the stub, then one heading a column."""
    return ((Cell(stub, align="left"), *(Cell(text) for text in headings)),)
