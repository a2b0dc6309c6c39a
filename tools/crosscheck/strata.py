"""Part "strata": tables by stratum, ordered categories, agreement of raters."""

from __future__ import annotations

from typing import Final

import numpy as np

from csrbook.stats.agreement import kappa
from csrbook.stats.cmh_scores import cmh_scores
from csrbook.stats.contingency import cmh
from csrbook.stats.risk_difference import miettinen_nurminen_stratified
from tools.crosscheck.datasets import stream
from tools.crosscheck.quantities import Case, Data, Part, Quantity, Result, result
from tools.crosscheck.tables_in_print import ADMISSIONS, JOBS, MIGRAINE, SKIN

QUANTITIES: Final = (
    Quantity("cmh", "CMH χ² of 2 × 2 tables by stratum", 1e-3),
    Quantity("cmh_correct", "the same with continuity correction", 1e-3),
    Quantity("odds_ratio", "Mantel–Haenszel odds ratio and its limits"),
    Quantity("risk_ratio", "Mantel–Haenszel risk ratio and its limits"),
    Quantity("risk_difference", "Mantel–Haenszel risk difference, Sato limits", 1e-3),
    Quantity("breslow_day", "Breslow–Day χ², plain and with Tarone's correction", 1e-3, 1e-7),
    Quantity("mn_strata", "Miettinen–Nurminen limits over strata, Mantel–Haenszel weights", 1e-3, 1e-8),
    Quantity("mn_own", "the same, Miettinen and Nurminen's weights", 1e-3, 1e-5),
    Quantity("general", "CMH general association of r × c tables", 1e-3, 1e-9),
    Quantity("row_means", "CMH row mean scores", 1e-3, 1e-9, "coin"),
    Quantity("correlation", "CMH correlation", 1e-3, 1e-9, "coin"),
    Quantity("kappa", "Kappa: simple, linear, quadratic weights"),
    Quantity("kappa_se", "their standard errors, by the delta method", 1e-6, 1e-7),
    Quantity("kappa_null", "their standard errors under the null hypothesis", 1e-6, 1e-7),
)


def cases(count: int) -> list[Case]:
    """SAS's migraine trial, admissions to Berkeley, and ``count`` random ones with tiny strata and empty cells."""
    found = [
        Case("migraine", _data(np.array(MIGRAINE), np.array(JOBS), np.array(SKIN)), named=True),
        Case("admissions", _data(np.array(ADMISSIONS), np.array(JOBS)[:, :3, 1:], np.array(SKIN)[:3, :3]), named=True),
    ]
    for i in range(count):
        generator = stream(4, i)
        k = 1 + i % 6
        two = generator.poisson(generator.choice([0.5, 3.0, 20.0], (k, 1, 1)) * generator.uniform(0.2, 2.0, (k, 2, 2)))
        rows, columns = (int(n) for n in generator.integers(2, 5, 2))
        many = generator.poisson(generator.choice([1.0, 4.0], (k, 1, 1)), (k, rows, columns))
        size = int(generator.integers(2, 6))
        square = generator.poisson(4.0, (size, size)) + np.diag(generator.poisson(8.0, size)) + 1
        found.append(Case(f"strata {i + 1}", _data(two, many, square)))
    return found


def _data(two: np.ndarray, many: np.ndarray, square: np.ndarray) -> Data:
    """Tables as vectors, stratum by stratum and row by row, with their sizes."""
    return {
        "two": two.ravel().astype(float),
        "many": many.ravel().astype(float),
        "shape": np.array([float(v) for v in many.shape]),
        "square": square.ravel().astype(float),
    }


def ours(data: Data) -> dict[str, Result]:
    """Every quantity of a set of tables."""
    two = data["two"].reshape(-1, 2, 2)
    pooled, corrected = cmh(two), cmh(two, correct=True)
    estimates = {"risk_ratio": pooled.risk_ratio, "risk_difference": pooled.risk_difference}
    found = {
        "cmh": result(pooled.chi2, pooled.status),
        "cmh_correct": result(corrected.chi2, pooled.status),
        "odds_ratio": result([pooled.odds_ratio, pooled.lower, pooled.upper], pooled.status),
        "breslow_day": result([pooled.breslow_day, pooled.breslow_day_tarone], pooled.status),
        **{name: result([e.estimate, e.lower, e.upper], e.status) for name, e in estimates.items()},
    }
    x1, n1, x0, n0 = two[:, 0, 0], two[:, 0].sum(axis=1), two[:, 1, 0], two[:, 1].sum(axis=1)
    for name, weights in (("mn_strata", "mantel-haenszel"), ("mn_own", "miettinen-nurminen")):
        limits = miettinen_nurminen_stratified(x1, n1, x0, n0, weights=weights)
        status = "ok" if np.isfinite(limits.lower) else limits.status
        found[name] = result([limits.lower, limits.upper], status)
    scored = cmh_scores(data["many"].reshape(data["shape"].astype(int)))
    found["general"] = result(scored.general_association.chi2, scored.general_association.status)
    found["row_means"] = result(scored.row_mean_scores.chi2, scored.row_mean_scores.status)
    found["correlation"] = result(scored.correlation.chi2, scored.correlation.status)
    size = int(np.sqrt(len(data["square"])))
    three = [kappa(data["square"].reshape(size, size), weights=w) for w in ("simple", "linear", "quadratic")]
    found["kappa"] = result([k.estimate for k in three])
    found["kappa_se"] = result([k.se for k in three])
    return found | {"kappa_null": result([k.se_null for k in three])}


PART: Final = Part(
    "strata", "Tables by stratum, ordered categories, agreement", (), QUANTITIES, cases, ours, most=150, kept=25
)
