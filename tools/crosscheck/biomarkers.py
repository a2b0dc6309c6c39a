"""Part "biomarkers": treatment by marker, in batches and by splines, STEPP windows, concordance."""

from __future__ import annotations

from typing import Final

import numpy as np

from csrbook.stats.concordance import concordance
from csrbook.stats.cox_model import cox_model
from csrbook.stats.interaction import treatment_by_marker
from csrbook.stats.marker_interactions import marker_interactions
from csrbook.stats.spline_interaction import spline_interaction
from csrbook.stats.stepp import stepp
from csrbook.stats.stepp_windows import Windows
from tools.crosscheck.datasets import survival
from tools.crosscheck.quantities import Case, Data, Part, Quantity, Result, result, unknown

QUANTITIES: Final = (
    Quantity("by_level", "Treatment × marker of two levels: likelihood-ratio χ²", 1e-2, 1e-9),
    Quantity("by_level_ratio", "its ratio of hazard ratios with limits", 1e-3, 1e-9),
    Quantity("batch", "Treatment × marker in batches, continuous and binary: χ²", 1e-2, 1e-8),
    Quantity("batch_ratio", "their log ratios and standard errors", 1e-2, 1e-8),
    Quantity("batch_q", "Benjamini–Hochberg q of these", 1e-3, 1e-7),
    Quantity("spline", "Treatment × restricted cubic spline: χ² of interaction, curvature, both", 1e-2, 1e-7),
    Quantity("spline_curve", "log HR at the knots and its standard error", 1e-3, 1e-6),
    Quantity("windows", "Log HR and standard error in STEPP windows", 1e-3, 1e-8),
    Quantity("harrell", "Harrell's C and its standard error, stratified", 1e-6, 1e-9),
    Quantity("uno", "Uno's C and its standard error, stratified", 1e-6, 1e-9),
    Quantity("model", "Cox model table (lifelines): coefficients and standard errors", 1e-2, 1e-9),
)
SMALLEST: Final = 50


def cases(count: int) -> list[Case]:
    """The survival data of 50 subjects or more, with three knots and two overlapping windows of x1."""
    found = []
    for case in survival(2 * count):
        x1 = case.data["x1"]
        if len(x1) < SMALLEST:
            continue
        low, middle, high = np.quantile(x1, (0.1, 0.5, 0.9), method="inverted_cdf")
        if not low < middle < high:
            continue
        ends = np.quantile(x1, (0.0, 0.6, 0.4, 1.0), method="inverted_cdf")
        extra = {
            "knots": np.array([low, middle, high]),
            "windows": ends,
            # lifelines refuses some fits that have an estimate; it is compared on data sets of the literature.
            "lifelines": np.array([float(case.named)]),
            "half": (case.data["x2"] > np.median(case.data["x2"])).astype(float),
        }
        found.append(Case(case.name, {**case.data, **extra}, case.named))
    return [c for c in found if c.named] + [c for c in found if not c.named][:count]


def ours(data: Data) -> dict[str, Result]:
    """Every quantity of a data set."""
    three, strata = (data["time"], data["event"], data["arm"]), data["stratum"]
    one = treatment_by_marker(*three, data["half"], strata=strata)
    batch = marker_interactions(*three, np.column_stack([data["half"], data["x1"]]), strata=strata)
    status = next((s for s in batch.status if s != "ok"), "ok")
    curve = spline_interaction(*three, data["x1"], knots=data["knots"].tolist(), at=data["knots"], strata=strata)
    tests = (curve.interaction, curve.nonlinear, curve.nonlinear_interaction)
    spline_status = next((t.status for t in tests if t.status != "ok"), curve.status)
    found = {
        "by_level": result(one.chi2, one.status),
        "by_level_ratio": result([one.ratio, one.ratio_lower, one.ratio_upper], one.status),
        "batch": result(batch.chi2, status),
        "batch_ratio": result([batch.log_ratio, batch.se], status),
        "batch_q": result(batch.q, status),
        "spline": result([t.chi2 for t in tests], spline_status),
        "spline_curve": result([curve.log_hr, curve.se], curve.status),
        "windows": _windows(data),
    }
    score = np.round(data["x1"], 0) + data["arm"]
    for name in ("harrell", "uno"):
        c = concordance(data["time"], data["event"], score, strata=strata, weights=name)
        found[name] = result([c.c, c.se], c.status)
    if data["lifelines"][0]:
        model = cox_model(data["time"], data["event"], {k: data[k] for k in ("arm", "x1", "x2")}, strata=strata)
        values = [[t.coef for t in model.terms], [t.se for t in model.terms]]
        found["model"] = result(values, model.status)
    return found


def _windows(data: Data) -> Result:
    lower, upper = data["windows"][::2], data["windows"][1::2]
    inside = [(data["x1"] >= a) & (data["x1"] <= b) for a, b in zip(lower, upper, strict=True)]
    medians = np.array([np.median(data["x1"][k]) for k in inside])
    windows = Windows("given", lower, upper, medians, np.array([k.sum() for k in inside]))
    found = stepp(
        data["time"],
        data["event"],
        data["arm"],
        data["x1"],
        windows,
        strata=data["stratum"],
        permutations=0,
        draws=1,
    )
    if not np.isfinite(found.estimate).all():
        return unknown("a window without an estimate")
    return result([found.estimate, found.se])


PART: Final = Part("biomarkers", "Biomarkers", ("survival",), QUANTITIES, cases, ours, most=40, kept=4)
