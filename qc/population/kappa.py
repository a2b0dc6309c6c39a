"""Cohen's kappa with its asymptotic standard error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri
from statsmodels.stats.inter_rater import cohens_kappa

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["kappa"]

ROUNDING = 1e-14


def kappa(table: NDArray[np.float64], confidence: float) -> dict[str, float]:
    """Estimate and limits from a square table of counts; NaN where agreement by chance is certain or nobody is rated.

    statsmodels, whose standard error is that of Fleiss, Cohen and Everitt (1969).
    """
    whole = table.sum()
    if whole == 0 or np.count_nonzero(table.sum(axis=0) + table.sum(axis=1)) < 2:
        return dict.fromkeys(("kappa", "lower", "upper"), math.nan)
    result: Any = cohens_kappa(table)
    # Where one rater gives one level only the variance is zero but for rounding, of either sign.
    variance = result.var_kappa if result.var_kappa > ROUNDING else 0.0
    half = float(ndtri((1.0 + confidence) / 2.0)) * math.sqrt(variance)
    return {"kappa": float(result.kappa), "lower": float(result.kappa) - half, "upper": float(result.kappa) + half}
