"""Parts "ancova", "logistic" and "biomarkers": models of one outcome a subject."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from csrbook.stats.ancova import ancova
from csrbook.stats.logistic import logistic
from tools.crosscheck.datasets import stream, table, words
from tools.crosscheck.quantities import Case, Data, Part, Quantity, Result, result

ANCOVA: Final = (
    Quantity("means", "LS means of the arms, equal weights: estimate, SE, df, limits", 1e-3, 1e-9),
    Quantity("differences", "Differences against control: estimate, SE, limits, p", 1e-3, 1e-9),
    Quantity("means_observed", "LS means, observed weights: estimate, SE", 1e-3, 1e-9),
    Quantity("means_by_arm", "LS means with a slope for each arm: estimate, SE", 1e-3, 1e-9),
    Quantity("f", "F of the arms and its p-value", 1e-6, 1e-9),
)
LOGISTIC: Final = (
    Quantity("loglik", "Logistic log-likelihood", 1e-3, 1e-9),
    Quantity("risks", "Standardised risks and their standard errors", 1e-3, 1e-7),
    Quantity("contrasts", "Risk difference, log risk ratio, log odds ratio, with standard errors", 1e-3, 1e-7),
)


def ancova_cases(count: int) -> list[Case]:
    """A simulated trial of three arms (``repeated.csv``, visit 2), and ``count`` random ones."""
    every = table("repeated")
    here = (every["set"] == "three") & (every["visit"] == 2)
    first = {"y": every["y"], "arm": every["arm"], "base": every["base"], "sex": every["sex"]}
    found = [Case("three arms", {k: v[here] for k, v in first.items()}, named=True)]
    for i in range(count):
        generator = stream(5, i)
        n, k = (12, 30, 80)[i % 3], 2 + i % 3
        arm = np.arange(n) % k
        base = np.round(generator.normal(50.0, 8.0, n), 1)
        sex = np.array(["F", "M"])[(np.arange(n) // k) % 2]
        y = np.round(0.5 * base + 3.0 * arm + generator.normal(0.0, 5.0, n), 2)
        found.append(Case(f"trial {i + 1}", {"y": y, "arm": np.array(list("ABCD"))[arm], "base": base, "sex": sex}))
    return found


def ancova_ours(data: Data) -> dict[str, Result]:
    """ANCOVA with base and sex; the last arm in the order of their names is the control."""
    given: dict[str, Any] = {"covariates": {"base": data["base"]}, "factors": {"sex": data["sex"]}}
    control = max(data["arm"].tolist())
    plain = ancova(data["y"], data["arm"], control=control, **given)
    observed = ancova(data["y"], data["arm"], control=control, weights="observed", **given)
    slopes = ancova(data["y"], data["arm"], control=control, by_arm=["base"], **given)
    rows = [m.estimate for m in plain.ls_means]
    found = {
        "means": result([[e.estimate, e.se, e.df, e.lower, e.upper] for e in rows], plain.status),
        "f": result([plain.f, plain.f_p], plain.status),
    }
    rows = [m.estimate for m in plain.differences]
    found["differences"] = result([[e.estimate, e.se, e.lower, e.upper, e.p] for e in rows], plain.status)
    for name, fit in (("means_observed", observed), ("means_by_arm", slopes)):
        found[name] = result([[m.estimate.estimate, m.estimate.se] for m in fit.ls_means], fit.status)
    return found


def logistic_cases(count: int) -> list[Case]:
    """Death within a year in survival::lung by sex, and ``count`` random trials, some with a separated arm."""
    lung = table("lung_full")
    here = lung["ecog"] < 3
    d = {key: values[here] for key, values in lung.items()}
    first = {
        "y": ((d["time"] < 365) & (d["event"] == 1)).astype(float),
        "arm": np.where(d["male"] == 1, "M", "F"),
        "x": d["age"],
        "g": words(d["ecog"]),
    }
    found = [Case("lung", first, named=True)]
    for i in range(count):
        generator = stream(6, i)
        n = (30, 60, 150)[i % 3]
        arm = np.arange(n) % 2
        x = np.round(generator.standard_normal(n), 2)
        g = generator.integers(0, 3, n)
        risk = 1.0 / (1.0 + np.exp(1.0 - (0.0, 1.0, 6.0)[i % 3 if i % 5 == 0 else i % 2] * arm - 0.5 * x))
        y = (generator.random(n) < risk).astype(float)
        data = {"y": y, "arm": np.array(["C", "T"])[arm], "x": x, "g": np.array(list("abc"))[g]}
        found.append(Case(f"binary {i + 1}", data))
    return found


def logistic_ours(data: Data) -> dict[str, Result]:
    """Logistic regression on arm, x and g, standardised over all subjects; the second arm is the control."""
    control = max(data["arm"].tolist())
    fit = logistic(data["y"], data["arm"], covariates={"x": data["x"]}, factors={"g": data["g"]}, control=control)
    risks = [[r.risk.estimate, r.risk.se] for r in fit.risks]
    rows = []
    for c in fit.contrasts:
        rows.append([c.risk_difference.estimate, c.risk_difference.se])
        rows += [[math.log(e.estimate), e.se] for e in (c.risk_ratio, c.odds_ratio)]
    return {
        "loglik": result(fit.loglik, fit.status),
        "risks": result(risks, fit.status),
        "contrasts": result(rows, fit.status),
    }


PARTS: Final = (
    Part("ancova", "Analysis of covariance", ("emmeans",), ANCOVA, ancova_cases, ancova_ours, most=30, kept=6),
    Part(
        "logistic",
        "Logistic regression with g-computation",
        (),
        LOGISTIC,
        logistic_cases,
        logistic_ours,
        most=40,
        kept=8,
    ),
)
