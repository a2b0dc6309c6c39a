"""Multiplicity: the Benjamini–Hochberg false discovery rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["benjamini_hochberg"]


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    r"""Adjust p-values (to q-values) so that they control the false discovery rate.

    .. math:: q_{(i)} = \min_{j \ge i} \min(1, m\,p_{(j)}/j)

    Parameters
    ----------
    p : array_like
        p-values. NaN (a test that does not exist) stays NaN and does not count in m.

    Returns
    -------
    ndarray of float
        In the order of ``p``.

    Notes
    -----
    Source: Benjamini and Hochberg, JRSS B 1995. SAS: ``proc multtest fdr``. R: ``p.adjust(p, "BH")``.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    values = np.asarray(p)
    if values.dtype.kind not in "iuf" and values.size:
        raise StatisticsError(f"p holds {values.dtype} values", "argument 'p'", "give a numeric array")
    values = values.astype(np.float64)
    known = ~np.isnan(values)
    used = values[known]
    if values.ndim != 1 or bool(((used < 0.0) | (used > 1.0)).any()):
        raise StatisticsError("p holds values outside 0 to 1", "argument 'p'", "give one p-value a test")
    m = len(used)
    order = np.argsort(used, kind="stable")
    adjusted = used[order] * m / np.arange(1, m + 1)
    falling = np.minimum(np.minimum.accumulate(adjusted[::-1])[::-1], 1.0)
    back = np.empty(m)
    back[order] = falling
    result = np.full(len(values), np.nan)
    result[known] = back
    return result
