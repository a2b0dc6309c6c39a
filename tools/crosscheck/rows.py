"""Part "rows": late entry, weighted rows, censoring weights, profile limits, an effect that changes."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np

from csrbook.stats.arm_by_time import arm_by_time
from csrbook.stats.counting_process import cox_counting, split_rows
from csrbook.stats.cox import cox_arm
from csrbook.stats.cox_profile import profile_limits
from csrbook.stats.ipcw import censoring_weights
from csrbook.stats.kaplan_meier import kaplan_meier
from csrbook.stats.log_rank import log_rank
from csrbook.stats.weighted_curves import weighted_kaplan_meier
from tools.crosscheck.datasets import survival
from tools.crosscheck.quantities import Case, Data, Part, Quantity, Result, result

QUANTITIES: Final = (
    Quantity("late_km", "S(t) after late entry, each arm"),
    Quantity("late_km_se", "its Greenwood standard error"),
    Quantity("late_log_rank", "Log-rank χ² after late entry, stratified", 1e-3),
    *(
        quantity
        for ties in ("efron", "breslow", "exact")
        for quantity in (
            Quantity(
                f"late_{ties}_coef", f"Cox log HR after late entry, stratified, {ties.title()}", f"late_{ties}_se"
            ),
            Quantity(f"late_{ties}_se", "its standard error"),
        )
    ),
    *(
        quantity
        for ties in ("efron", "breslow")
        for quantity in (
            Quantity(
                f"rows_{ties}_coef", f"Cox log HRs of weighted rows (start, stop], {ties.title()}", f"rows_{ties}_se"
            ),
            Quantity(f"rows_{ties}_se", "their standard errors"),
            Quantity(f"rows_{ties}_robust", "their covariance clustered by subject", f"rows_{ties}_robust"),
        )
    ),
    Quantity("rows_km", "Weighted S(t) of each arm, robust standard error", 1e-3),
    Quantity("ipcw", "Censoring weights (Cox model of the censoring, stabilised): sum, largest", 1e-12, 1e-9),
    Quantity("ipcw_coef", "Cox log HR under these weights, robust standard error", 1e-3, 1e-9),
    Quantity("ipcw_km", "Censoring weights (Kaplan–Meier of arm and stratum): sum"),
    Quantity("profile_efron", "Profile-likelihood limits of the HR, Efron", 1e-3, 1e-8),
    Quantity("profile_breslow", "Profile-likelihood limits of the HR, Breslow", 1e-3, 1e-8),
    Quantity("tt_coef", "Arm and arm × log t", "tt_se"),
    Quantity("tt_se", "their standard errors"),
    Quantity("tt_chi2", "Likelihood-ratio χ² of arm × log t", 1e-2, 1e-9),
)
# Times below are cut into at most so many rows by R's tt() and survSplit.
LARGEST: Final = 240
# R's exact likelihood after late entry runs through all subsets of the tied events' size.
MOST_TIES: Final = 4


def cases(count: int) -> list[Case]:
    """The survival data of at most 240 subjects with entry times and weights that follow from the place in the file."""
    found = []
    for case in survival(2 * count):
        n = len(case.data["time"])
        if n > LARGEST or (not case.named and n < 20):
            continue
        i = np.arange(1, n + 1)
        extra = {
            "few": np.array([float(_ties(case.data) <= MOST_TIES)]),
            "entry": np.round(case.data["time"] * ((i * 7) % 10) / 12, 4),
            "weight": 0.5 + ((i * 3) % 8) / 4,
            "cut": np.array([np.round(np.median(case.data["time"]), 2) + 0.005]),
        }
        found.append(Case(case.name, {**case.data, **extra}, case.named))
    named = [c for c in found if c.named]
    return named + [c for c in found if not c.named][:count]


def _ties(data: Data) -> int:
    """Most events at one time of one stratum."""
    died = data["event"] == 1
    groups = Counter(zip(data["stratum"][died].tolist(), data["time"][died].tolist(), strict=True))
    return max(groups.values(), default=0)


def ours(data: Data) -> dict[str, Result]:
    """Every quantity of a data set."""
    return _late(data) | _rows(data) | _weights(data) | _models(data)


def _late(data: Data) -> dict[str, Result]:
    time, event, arm, entry = (data[k] for k in ("time", "event", "arm", "entry"))
    curves = [kaplan_meier(time[k], event[k], entry=entry[k]) for k in (arm == 0, arm == 1) if np.count_nonzero(k) > 1]
    own = {"strata": data["stratum"], "strata_levels": data["levels"].tolist(), "entry": entry}
    test = log_rank(time, event, arm, **own)
    found = {
        "late_km": result([km.survival[km.n_event > 0] for km in curves]),
        "late_km_se": result([km.std_err[(km.n_event > 0) & (km.survival > 1e-12)] for km in curves]),
        "late_log_rank": result(test.chi2, test.status),
    }
    for ties in ("efron", "breslow", "exact") if data["few"][0] else ("efron", "breslow"):
        fit = cox_arm(time, event, arm, ties=ties, **own)
        found[f"late_{ties}_coef"] = result(fit.log_hr, fit.status)
        found[f"late_{ties}_se"] = result(fit.se, fit.status)
    return found


def _rows(data: Data) -> dict[str, Result]:
    rows = split_rows(data["entry"], data["time"], data["event"], data["cut"])
    x = np.column_stack([data[k] for k in ("arm", "x1", "x2")])[rows.subject]
    weight = data["weight"][rows.subject] * np.where(rows.start >= data["cut"][0], 1.3, 1.0)
    found = {}
    for ties in ("efron", "breslow"):
        fit = cox_counting(
            rows.start,
            rows.stop,
            rows.event,
            x,
            strata=data["stratum"][rows.subject],
            weights=weight,
            cluster=rows.subject,
            ties=ties,
        )
        found[f"rows_{ties}_coef"] = result(fit.coef, fit.status)
        found[f"rows_{ties}_se"] = result(fit.se, fit.status)
        found[f"rows_{ties}_robust"] = result(fit.robust_cov, fit.status)
    curves = []
    for side in (0.0, 1.0):
        here = data["arm"][rows.subject] == side
        if np.count_nonzero(data["arm"] == side) > 1:
            km = weighted_kaplan_meier(
                rows.start[here], rows.stop[here], rows.event[here], weight[here], cluster=rows.subject[here]
            )
            curves += [km.survival, km.std_err[km.survival > 1e-12]]
    return found | {"rows_km": result(curves)}


def _weights(data: Data) -> dict[str, Result]:
    three = data["time"], data["event"], data["arm"]
    w = censoring_weights(*three, x=np.column_stack([data["x1"], data["x2"]]))
    found = {"ipcw": result([w.weight.sum(), w.largest], w.status)}
    status, values = w.status, [np.nan, np.nan]
    if status == "ok":
        fit = cox_counting(
            w.start,
            w.stop,
            w.event,
            data["arm"][w.subject],
            weights=w.weight,
            cluster=w.subject,
            strata=data["stratum"][w.subject],
        )
        status, values = fit.status, [float(fit.coef[0]), float(fit.robust_se[0])]
    plain = censoring_weights(*three, strata=data["stratum"])
    return found | {
        "ipcw_coef": result(values, status),
        "ipcw_km": result(plain.weight.sum(), plain.status),
    }


def _models(data: Data) -> dict[str, Result]:
    three = data["time"], data["event"], data["arm"]
    found = {}
    for ties in ("efron", "breslow"):
        limits = profile_limits(*three, strata=data["stratum"], ties=ties)
        found[f"profile_{ties}"] = result([limits.lower, limits.upper], limits.status)
    changing = arm_by_time(*three, strata=data["stratum"])
    return found | {
        "tt_coef": result(changing.coef, changing.status),
        "tt_se": result(np.sqrt(np.diag(changing.cov)), changing.status),
        "tt_chi2": result(changing.lr_chi2, changing.status),
    }


PART: Final = Part(
    "rows",
    "Late entry, weighted rows, censoring weights, profile limits",
    ("survival",),
    QUANTITIES,
    cases,
    ours,
    most=30,
    kept=6,
)
