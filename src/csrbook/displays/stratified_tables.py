"""Two-by-two tables by stratum, for comparisons of proportions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csrbook.stats.contingency import two_by_two

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["stratified_tables"]


def stratified_tables(
    responded: NDArray[np.bool_], test: NDArray[np.bool_], strata: Sequence[str] | None
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Tables (strata, arm test then control, responded then not) and the strata's names.

    An analysis set without subjects gives one empty table, from which every comparison follows as not estimable.
    """
    if not len(responded):
        return np.zeros((1, 2, 2)), ("all",)
    return two_by_two(responded, test, None if strata is None else list(strata))
