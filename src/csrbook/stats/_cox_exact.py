"""Exact conditional likelihood of the Cox model under ties, with several covariates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from csrbook.stats._risk_sets import RiskSets

__all__ = ["evaluate_exact"]


def evaluate_exact(
    sets: RiskSets, x: NDArray[np.float64], beta: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Log-likelihood, score and information at ``beta``; ``x`` is sorted by ``sets.order``.

    The chance that just these d of the n at risk have the event is Π r_i over the events, r = exp(x'β), over e_d, the
    sum of the products of all d-subsets. With the mean product E_d = e_d / C(n, d) and one more subject,

        E_d(n + 1) = {(n + 1 - d) E_d(n) + d r E_{d-1}(n)} / (n + 1),

    which neither overflows nor cancels; its first and second derivatives follow by differentiation. Subjects come in
    by descending time, so that one pass serves all risk sets of a stratum.
    """
    p = x.shape[1]
    eta = x @ beta
    groups = len(sets.last)
    deaths = np.bincount(sets.group[sets.event], minlength=groups)
    loglik, score, information = float(eta[sets.event].sum()), x[sets.event].sum(axis=0), np.zeros((p, p))
    starts = np.unique(sets.stratum_start)
    for begin in starts.tolist():
        mine = np.flatnonzero(sets.stratum_start == begin)
        most = int(deaths[mine].max())
        if most == 0:
            continue
        final = int(sets.last[mine[-1]])
        shift = float(eta[begin : final + 1].max())
        r = np.exp(eta[begin : final + 1] - shift)
        order = np.arange(most + 1, dtype=np.float64)
        value, slope, bend = np.zeros(most + 1), np.zeros((most + 1, p)), np.zeros((most + 1, p, p))
        value[0] = 1.0
        done = begin
        for group in mine.tolist():
            for i in range(done, int(sets.last[group]) + 1):
                n = i - begin + 1
                keep = np.maximum(n - order, 0.0) / n
                add = order[1:] * r[i - begin] / n
                xi = x[i]
                cross = slope[:-1, :, np.newaxis] * xi
                new_bend = bend[:-1] + cross + cross.transpose(0, 2, 1)
                new_bend = new_bend + value[:-1, np.newaxis, np.newaxis] * np.outer(xi, xi)
                new_slope = slope[:-1] + value[:-1, np.newaxis] * xi
                new_value = value[:-1].copy()
                value, slope, bend = (
                    keep * value,
                    keep[:, np.newaxis] * slope,
                    keep[:, np.newaxis, np.newaxis] * bend,
                )
                value[1:] += add * new_value
                slope[1:] += add[:, np.newaxis] * new_slope
                bend[1:] += add[:, np.newaxis, np.newaxis] * new_bend
            done = int(sets.last[group]) + 1
            d, n = int(deaths[group]), done - begin
            if d == 0:
                continue
            choose = float(gammaln(n + 1.0) - gammaln(d + 1.0) - gammaln(n - d + 1.0))
            with np.errstate(divide="ignore", invalid="ignore"):
                loglik -= choose + float(np.log(value[d])) + d * shift
                mean = slope[d] / value[d]
                information += bend[d] / value[d] - np.outer(mean, mean)
            score = score - mean
    return loglik, score, information
