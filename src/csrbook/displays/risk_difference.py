"""Risk differences between each test arm and the control arm, into the ARD and into cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from csrbook.displays.estimates import add_number, add_pvalue
from csrbook.displays.format import NOT_ESTIMABLE, fixed
from csrbook.stats.risk_difference import miettinen_nurminen

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.plan.models import Arm
    from csrbook.stats.risk_difference import RiskDifference

__all__ = ["METHOD", "RiskDifferences", "risk_difference_cell"]

METHOD: Final = "Risk difference, Miettinen-Nurminen"


class RiskDifferences:
    """Adds risk differences in percentage points; equal tables are computed once.

    Parameters
    ----------
    groups : Groups
        Columns; each test arm is compared with the control arm.
    sizes : sequence of int
        Subjects of each column.
    confidence : float
        Level of the two-sided interval.
    """

    def __init__(self, groups: Groups, sizes: Sequence[int] | NDArray[np.int64], confidence: float) -> None:
        self._groups = groups
        self._sizes = dict(zip(groups.levels, (int(size) for size in sizes), strict=True))
        self._confidence = confidence
        self._made: dict[tuple[int, int, int, int], RiskDifference] = {}

    def add(self, ard: Ard, counts: Sequence[int] | NDArray[np.int64], **keys: str) -> None:
        """Add ``rd``, ``lower`` and ``upper`` for one row of counts.

        Notes
        -----
        Keys: the level of the treatment variable is the test arm's id. Difference of proportions, test minus control,
        with the score interval of Miettinen and Nurminen (1985). SAS: ``TABLES … / RISKDIFF(CL=MN)``. R:
        ``ratesci::scoreci``.
        """
        count = dict(zip(self._groups.levels, (int(n) for n in counts), strict=True))
        for test, control in self._groups.comparisons():
            table = (count[test.id], self._sizes[test.id], count[control.id], self._sizes[control.id])
            empty = [arm.short for arm in (test, control) if not self._sizes[arm.id]]
            numbers = (None, None, None) if empty else self._percent(table)
            reason = f"a risk difference needs subjects in both arms ({', '.join(empty)}: none)" if empty else ""
            for name, label, number in zip(("rd", "lower", "upper"), _LABELS, numbers, strict=True):
                ard.add(
                    name,
                    number,
                    stat_label=label,
                    formatted=fixed(number, 1),
                    unit="%",
                    error=reason,
                    **{
                        "method": METHOD,
                        "group1": self._groups.variable,
                        "group1_level": test.id,
                        **keys,
                    },
                )

    def add_test(self, ard: Ard, counts: Sequence[int] | NDArray[np.int64], **keys: str) -> None:
        """Add ``z`` and the two-sided ``p`` of the score test of no difference, whose inversion the interval is."""
        count = dict(zip(self._groups.levels, (int(n) for n in counts), strict=True))
        for test, control in self._groups.comparisons():
            found = self._compared((count[test.id], self._sizes[test.id], count[control.id], self._sizes[control.id]))
            reason = "no subject, or every one, had the event" if found.status == "ok" else found.status
            row = {"method": METHOD, "group1": self._groups.variable, "group1_level": test.id, **keys}
            add_number(ard, "z", found.z, 3, reason=reason, **row)
            add_pvalue(ard, "p", found.p, 4, reason=reason, **row)

    def _percent(self, table: tuple[int, int, int, int]) -> tuple[float, float, float]:
        found = self._compared(table)
        return 100.0 * found.difference, 100.0 * found.lower, 100.0 * found.upper

    def _compared(self, table: tuple[int, int, int, int]) -> RiskDifference:
        if table not in self._made:
            x1, n1, x0, n0 = table
            self._made[table] = miettinen_nurminen(x1, n1, x0, n0, confidence=self._confidence)
        return self._made[table]


_LABELS: Final = ("Risk difference", "Lower confidence limit", "Upper confidence limit")


def risk_difference_cell(ard: Ard, test: Arm, **keys: str) -> str:
    """``rd (lower, upper)`` from the ARD, ``NE`` alone where there is no estimate."""
    rd, lower, upper = (
        ard.text(name, method=METHOD, group1_level=test.id, **keys) for name in ("rd", "lower", "upper")
    )
    return rd if rd == NOT_ESTIMABLE else f"{rd} ({lower}, {upper})"
