"""Parts "repeated" and "intercept": mixed models for repeated measures and their degrees of freedom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.stats.mmrm import mmrm
from tools.crosscheck.datasets import stream, table, words
from tools.crosscheck.quantities import Case, Data, Part, Quantity, Result, result

if TYPE_CHECKING:
    from csrbook.stats.mmrm import Mmrm

UNSTRUCTURED: Final = (
    Quantity("minus2", "−2 REML log-likelihood, UN (nlme::gls)", 1.0, 1e-8),
    Quantity("estimate_gls", "LS means and differences, UN (nlme::gls)", 1e-3, 1e-4),
    Quantity("se_gls", "their standard errors (nlme::gls)", 1e-3, 1e-3),
    Quantity("minus2_definition", "−2 REML log-likelihood, UN (definition)", 1.0, 1e-10),
    Quantity("estimate", "LS means and differences, UN (definition)", 1e-3, 1e-7),
    Quantity("se", "their standard errors (definition)", 1e-3, 1e-7),
    Quantity("df", "Satterthwaite degrees of freedom (definition)", 1e-3, 1e-6),
    Quantity("kr_se", "Kenward–Roger standard errors (definition)", 1e-3, 1e-6),
)
INTERCEPT: Final = (
    Quantity("minus2", "−2 REML log-likelihood, CS (lme4)", 1.0, 1e-9),
    Quantity("se", "Standard errors of LS means and differences, CS (lme4)", 1e-3, 1e-6),
    Quantity("df", "Satterthwaite degrees of freedom, CS (lmerTest)", 1e-3, 1e-6),
    Quantity("kr_se", "Kenward–Roger standard errors, CS (pbkrtest)", 1e-3, 1e-6),
    Quantity("kr_df", "Kenward–Roger degrees of freedom, CS (pbkrtest)", 1e-3, 1e-6),
)


def cases(count: int) -> list[Case]:
    """Two simulated trials, Potthoff and Roy's growth curves, and ``count`` random trials with missing visits."""
    every = table("repeated")
    found = []
    for name in ("three", "two", "orthodont"):
        here = every["set"] == name
        data = {key: values[here] for key, values in every.items() if key != "set"}
        found.append(Case(name, {**data, "arm": words(data["arm"])}, named=True))
    return found + [Case(f"visits {i + 1}", _random(i)) for i in range(count)]


def _random(index: int) -> Data:
    generator = stream(7, index)
    n, m = (24, 36)[index % 2], 3
    subject, visit = np.repeat(np.arange(n), m), np.tile(np.arange(1, m + 1), n)
    arm, base = subject % 2, np.round(generator.normal(50.0, 8.0, n), 1)[subject]
    sex = np.array(["F", "M"])[(subject // 2) % 2]
    noise = generator.standard_normal((n, 1)) * 4.0 + generator.standard_normal((n, m)) * np.array([2.0, 3.0, 4.0])
    y = np.round(20.0 + 0.5 * base + 1.5 * visit * arm + noise.ravel(), 2)
    seen = (visit == 1) | (generator.random(n * m) > 0.2)
    data = {"id": subject, "visit": visit, "arm": np.array(["A", "B"])[arm], "base": base, "sex": sex, "y": y}
    return {
        key: values[seen] if values.dtype.kind == "U" else values[seen].astype(float) for key, values in data.items()
    }


def fitted(data: Data, covariance: str, method: str, information: str = "observed") -> Mmrm:
    """Model of y: arm × visit, base × visit and sex; arm × visit alone where base does not vary."""
    given: dict[str, Any] = {}
    if len(set(data["base"].tolist())) > 1:
        given = {"covariates": {"base": data["base"]}, "factors": {"sex": data["sex"]}, "by_visit": ["base"]}
    return mmrm(
        data["y"],
        data["id"],
        data["visit"],
        data["arm"],
        covariance=covariance,
        fallbacks=(),
        method=method,
        information=information,
        **given,
    )


def _values(fit: Mmrm, field: str) -> Result:
    """One value a row: LS means (arms within visits), then differences."""
    rows = [m.estimate for m in fit.ls_means] + [d.estimate for d in fit.differences]
    return result([getattr(row, field) for row in rows], fit.status)


def ours(data: Data) -> dict[str, Result]:
    """Unstructured covariance."""
    plain = fitted(data, "UN", "satterthwaite")
    minus2 = result(plain.fit.minus2_reml, plain.status)
    estimate, se = _values(plain, "estimate"), _values(plain, "se")
    return {
        "minus2": minus2,
        "estimate_gls": estimate,
        "se_gls": se,
        "minus2_definition": minus2,
        "estimate": estimate,
        "se": se,
        "df": _values(plain, "df"),
        "kr_se": _values(fitted(data, "UN", "kenward-roger"), "se"),
    }


def intercept_ours(data: Data) -> dict[str, Result]:
    """Compound symmetry, which is a random intercept."""
    plain = fitted(data, "CS", "satterthwaite")
    expected = fitted(data, "CS", "kenward-roger", "expected")
    return {
        "minus2": result(plain.fit.minus2_reml, plain.status),
        "se": _values(plain, "se"),
        "df": _values(plain, "df"),
        "kr_se": _values(expected, "se"),
        "kr_df": _values(expected, "df"),
    }


PARTS: Final = (
    Part(
        "repeated",
        "Mixed model for repeated measures, unstructured covariance",
        ("nlme", "emmeans"),
        UNSTRUCTURED,
        cases,
        ours,
        most=17,
        kept=5,
    ),
    Part(
        "intercept",
        "Mixed model for repeated measures, compound symmetry",
        ("lme4", "lmerTest", "pbkrtest", "emmeans"),
        INTERCEPT,
        cases,
        intercept_ours,
        most=17,
        kept=5,
    ),
)
