"""The quantities that are compared, and our values of them for a data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats.competing_risks import gray_test
from csrbook.stats.cox import cox_arm
from csrbook.stats.kaplan_meier import kaplan_meier
from csrbook.stats.log_rank import log_rank
from csrbook.stats.proportional_hazards import proportional_hazards
from csrbook.stats.rmst import compare_rmst

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tools.crosscheck.datasets import DataSet


@dataclass(frozen=True, slots=True)
class Quantity:
    """A row of the table.

    ``scale`` is the least size that a difference is divided by: a number, or the quantity whose largest value is it.
    A logarithm or a difference may be 0 but for rounding, which would make any other relative difference meaningless.
    """

    key: str
    label: str
    scale: float | str
    gate: float = 1e-10


QUANTITIES: Final = (
    Quantity("km_survival", "Kaplan–Meier S(t), whole curve of each arm", 1e-12),
    Quantity("km_se", "Greenwood standard error of S(t)", 1e-12),
    Quantity("km_limits", "Log-log limits of S(t)", 1e-12),
    Quantity("km_median", "Median", 1e-12),
    Quantity("km_median_limits", "Limits of the median (log-log)", 1e-12),
    Quantity("cox_efron", "Cox log HR of the arm, stratified, Efron", "cox_efron_se"),
    Quantity("cox_efron_se", "Standard error of that, Efron", 1e-12),
    Quantity("cox_efron_loglik", "Cox log-likelihoods at 0 and at the estimate, Efron", 1.0),
    Quantity("cox_breslow", "Cox log HR of the arm, stratified, Breslow", "cox_breslow_se"),
    Quantity("cox_breslow_se", "Standard error of that, Breslow", 1e-12),
    Quantity("cox_breslow_loglik", "Cox log-likelihoods at 0 and at the estimate, Breslow", 1.0),
    Quantity("log_rank", "Log-rank χ², stratified", 1e-3),
    Quantity("zph_km", "Grambsch–Therneau χ², km: arm, x1, x2, global", 1e-3),
    Quantity("zph_identity", "Grambsch–Therneau χ², identity: arm, x1, x2, global", 1e-3),
    Quantity("rmst", "RMST of each arm", 1e-12),
    Quantity("rmst_se", "RMST standard error of each arm", 1e-12),
    Quantity("rmst_difference", "RMST difference", "rmst"),
    Quantity("gray", "Gray's χ², stratified (competing risks)", 1e-3),
)


@dataclass(frozen=True, slots=True)
class Result:
    """Values of one quantity; ``note`` says why there are none, or what R warned of."""

    values: NDArray[np.float64]
    note: str = ""


def ours(data: DataSet) -> dict[str, Result]:
    """Every quantity of a data set by :mod:`csrbook.stats`; a quantity that the data cannot have is left out."""
    found: dict[str, Result] = {}
    if data.x is not None:
        found |= _curves(data) | _models(data, data.x)
    if data.cause is not None:
        test = gray_test(data.time, data.cause, data.arm, strata=data.stratum, strata_levels=data.levels)
        found["gray"] = _result(test.chi2, test.status)
    return found


def _curves(data: DataSet) -> dict[str, Result]:
    arms = [data.arm == a for a in (0, 1) if bool((data.arm == a).any())]
    curves = [kaplan_meier(data.time[k], data.event[k]) for k in arms]
    medians = [km.quantile() for km in curves]
    found = {
        "km_survival": _result([km.survival for km in curves]),
        "km_se": _result([km.std_err for km in curves]),
        "km_limits": _result([np.concatenate((km.lower, km.upper)) for km in curves]),
        "km_median": _result([[q.estimate] for q in medians]),
        "km_median_limits": _result([[q.lower, q.upper] for q in medians]),
    }
    if len(arms) == 2:
        means = compare_rmst(data.time, data.event, data.arm)
        found["rmst"] = _result([[means.control.estimate, means.test.estimate]], means.status)
        found["rmst_se"] = _result([[means.control.se, means.test.se]], means.status)
        found["rmst_difference"] = _result(means.difference.estimate, means.status)
    return found


def _models(data: DataSet, x: NDArray[np.float64]) -> dict[str, Result]:
    found = {}
    for ties in ("efron", "breslow"):
        fit = cox_arm(data.time, data.event, data.arm, strata=data.stratum, strata_levels=data.levels, ties=ties)
        found[f"cox_{ties}"] = _result(fit.log_hr, fit.status)
        found[f"cox_{ties}_se"] = _result(fit.se, fit.status)
        found[f"cox_{ties}_loglik"] = _result([[fit.loglik_null, fit.loglik]], fit.status)
    test = log_rank(data.time, data.event, data.arm, strata=data.stratum, strata_levels=data.levels)
    found["log_rank"] = _result(test.chi2, test.status)
    covariates = np.column_stack((data.arm, x))
    for transform in ("km", "identity"):
        zph = proportional_hazards(data.time, data.event, covariates, strata=data.stratum, transform=transform)
        found[f"zph_{transform}"] = _result([zph.chi2, [zph.global_chi2]], zph.status)
    return found


def _result(values: object, status: str = "ok") -> Result:
    parts = values if isinstance(values, list) else [[values]]
    return Result(np.concatenate([np.asarray(v, dtype=np.float64) for v in parts]), "" if status == "ok" else status)
