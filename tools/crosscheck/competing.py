"""Part "competing": cumulative incidence, Gray's test and the Fine–Gray model."""

from __future__ import annotations

from typing import Final

import numpy as np

from csrbook.stats.competing_risks import cumulative_incidence, gray_test
from csrbook.stats.fine_gray import fine_gray
from tools.crosscheck.datasets import competing
from tools.crosscheck.quantities import Data, Part, Quantity, Result, result

QUANTITIES: Final = (
    Quantity("cif", "Aalen–Johansen cumulative incidence of cause 1 in each arm, at deciles of time"),
    Quantity("cif_se", "its standard error, Aalen (cmprsk)"),
    Quantity("cif_delta", "its variance, delta method (survfit)", 1e-4),
    Quantity("gray_1", "Gray's χ² of cause 1, stratified", 1e-3),
    Quantity("gray_2", "Gray's χ² of cause 2", 1e-3),
    Quantity("fine_gray_coef", "Fine–Gray log subdistribution HRs of arm and x1", "fine_gray_se", 1e-6),
    Quantity("fine_gray_se", "their standard errors", 1e-12, 1e-6),
    Quantity("fine_gray_loglik", "their log-likelihoods", 1.0),
)


def ours(data: Data) -> dict[str, Result]:
    """Every quantity of a data set; ``event`` holds 0, 1 and 2."""
    time, event, arm = data["time"], data["event"], data["arm"]
    points, errors, deltas = [], [], []
    for side in (0.0, 1.0):
        here = arm == side
        if not here.any():
            continue
        at = np.unique(np.quantile(time[here], np.arange(1, 10) / 10, method="inverted_cdf"))
        values = cumulative_incidence(time[here], event[here]).at(at)
        points.append(values[:, 1])
        errors.append(values[:, 2])
        deltas.append(cumulative_incidence(time[here], event[here], variance="delta").at(at)[:, 2] ** 2)
    stratified = gray_test(time, event, arm, strata=data["stratum"], strata_levels=data["levels"].tolist())
    other = gray_test(time, event, arm, cause=2)
    found = {
        "cif": result(points),
        "cif_se": result(errors),
        "cif_delta": result(deltas),
        "gray_1": result(stratified.chi2, stratified.status),
        "gray_2": result(other.chi2, other.status),
    }
    fit = fine_gray(time, event, np.column_stack([arm, data["x1"]]))
    return found | {
        "fine_gray_coef": result(fit.coef, fit.status),
        "fine_gray_se": result(np.sqrt(np.diag(fit.cov)), fit.status),
        "fine_gray_loglik": result([fit.loglik_null, fit.loglik], fit.status),
    }


PART: Final = Part("competing", "Competing risks", ("survival", "cmprsk"), QUANTITIES, competing, ours)
