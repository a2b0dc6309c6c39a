"""Part "survival": curves, tests, restricted means and Cox models, ours and how each is compared."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats.cox import cox, cox_arm
from csrbook.stats.cox_residuals import baseline_hazard, cox_residuals, robust_covariance
from csrbook.stats.kaplan_meier import kaplan_meier, reverse_kaplan_meier
from csrbook.stats.landmarks import landmark_difference
from csrbook.stats.log_rank import log_rank
from csrbook.stats.noninferiority import noninferiority
from csrbook.stats.proportional_hazards import proportional_hazards
from csrbook.stats.rmst import compare_rmst
from csrbook.stats.weighted_log_rank import weighted_log_rank
from tools.crosscheck.datasets import survival
from tools.crosscheck.quantities import Data, Part, Quantity, Result, result, unknown

if TYPE_CHECKING:
    from csrbook.stats.cox import CoxFit

CONF_TYPES: Final = ("log-log", "log", "plain")
TRANSFORMS: Final = ("km", "rank", "identity", "log")
WEIGHTED: Final = {
    "fh_05": ("Fleming–Harrington(0.5, 0) χ²", {"rho": 0.5}),
    "fh_10": ("Fleming–Harrington(1, 0) χ²", {"rho": 1.0}),
    "fh_01": ("Fleming–Harrington(0, 1) χ²", {"gamma": 1.0}),
    "fh_11": ("Fleming–Harrington(1, 1) χ²", {"rho": 1.0, "gamma": 1.0}),
    "gehan": ("Gehan–Breslow χ²", {"weight": "gehan-breslow"}),
    "tarone": ("Tarone–Ware χ²", {"weight": "tarone-ware"}),
}
MARGIN: Final = 1.3
_ALMOST_NONE: Final = 1e-12
# R's exact likelihood of several covariates takes long above this.
EXACT_UP_TO: Final = 60


def _cox_rows(ties: str) -> tuple[Quantity, ...]:
    arm, many = f"arm_{ties}", f"cox_{ties}"
    return (
        Quantity(f"{arm}_coef", f"Cox log HR of the arm, stratified, {ties.title()}", f"{arm}_se"),
        Quantity(f"{arm}_se", "its standard error"),
        Quantity(f"{arm}_loglik", "its log-likelihoods at 0 and at the estimate", 1.0),
        Quantity(f"{arm}_tests", "its Wald, score and likelihood-ratio χ²", 1e-2),
        Quantity(f"{many}_coef", f"Cox log HRs of arm, x1, x2, stratified, {ties.title()}", f"{many}_se"),
        Quantity(f"{many}_se", "their standard errors"),
        Quantity(f"{many}_loglik", "their log-likelihoods", 1.0),
        Quantity(f"{many}_tests", "their score and likelihood-ratio χ²", 1e-2),
    )


QUANTITIES: Final = (
    Quantity("km_counts", "At risk, events and censorings at each time"),
    Quantity("km_survival", "Kaplan–Meier S(t), whole curve of each arm"),
    Quantity("km_se", "Greenwood standard error of S(t)"),
    *(Quantity(f"km_limits_{kind}", f"Limits of S(t), {kind}") for kind in CONF_TYPES),
    Quantity("km_quantiles", "Quartiles and median"),
    *(Quantity(f"km_quantile_limits_{kind}", f"Limits of the quartiles, {kind}") for kind in CONF_TYPES),
    Quantity("reverse", "Reverse Kaplan–Meier curve"),
    Quantity("reverse_median", "Median follow-up and its limits"),
    Quantity("landmarks", "S at landmarks, standard error, limits, number at risk"),
    Quantity("landmark_difference", "Difference of S at landmarks, standard error, z", "unit"),
    Quantity("log_rank", "Log-rank χ², stratified", 1e-3),
    Quantity("log_rank_parts", "Observed, expected events and variance of that"),
    *(Quantity(key, f"{label}, stratified", 1e-3) for key, (label, _) in WEIGHTED.items()),
    Quantity("rmst", "RMST of each arm"),
    Quantity("rmst_se", "RMST standard error of each arm"),
    Quantity("rmst_difference", "RMST difference, its limits, standard error", "rmst"),
    Quantity("rmst_ratio", "RMST ratio and its limits"),
    Quantity("rmst_lost_ratio", "Ratio of the times lost and its limits"),
    Quantity("rmst_p", "p-values of the three", 1e-3),
    *_cox_rows("efron"),
    *_cox_rows("breslow"),
    *_cox_rows("exact"),
    Quantity("noninferiority", "z and p against a margin of 1.3", 1e-3),
    Quantity("robust", "Robust covariance of arm, x1, x2, stratified", "robust"),
    Quantity("clustered", "Clustered covariance", "clustered"),
    Quantity("martingale", "Martingale residuals", 1.0),
    Quantity("deviance", "Deviance residuals", 1.0, 1e-7),
    Quantity("score", "Score residuals", 1.0),
    Quantity("dfbeta", "dfbeta residuals", "cox_efron_se"),
    Quantity("schoenfeld", "Schoenfeld residuals, their sum at each event time", "schoenfeld"),
    Quantity("scaled_schoenfeld", "Scaled Schoenfeld residuals, their sum at each event time", "scaled_schoenfeld"),
    Quantity("baseline", "Cumulative baseline hazard of each stratum"),
    *(
        Quantity(f"zph_{how}{kind}", f"Grambsch–Therneau χ², {kind}{text}: arm, x1, x2, global", 1e-3)
        for how, text in (("", ""), ("strata_", ", stratified"))
        for kind in TRANSFORMS
    ),
)


def ours(data: Data) -> dict[str, Result]:
    """Every quantity of a data set by :mod:`csrbook.stats`; one that the data cannot have is left out."""
    found = _curves(data) | _tests(data) | _cox(data)
    if 0 < data["arm"].sum() < len(data["arm"]):
        found |= _means(data)
    return found


def _curves(data: Data) -> dict[str, Result]:
    parts = [(data["time"][k], data["event"][k]) for k in (data["arm"] == 0, data["arm"] == 1) if bool(k.any())]
    curves = [kaplan_meier(*part) for part in parts]
    found = {
        "km_counts": result([np.concatenate((km.n_risk, km.n_event, km.n_censor)) for km in curves]),
        "km_survival": result([km.survival for km in curves]),
        "km_se": result([km.std_err[km.survival > _ALMOST_NONE] for km in curves]),
        "km_quantiles": result([[km.quantile(p).estimate for p in (0.25, 0.5, 0.75)] for km in curves]),
    }
    for kind in CONF_TYPES:
        of_kind = [kaplan_meier(*part, conf_type=kind) for part in parts]
        inner = [(km.survival > _ALMOST_NONE) & (km.survival < 1.0) for km in of_kind]
        found[f"km_limits_{kind}"] = result(
            [np.concatenate((km.lower[k], km.upper[k])) for km, k in zip(of_kind, inner, strict=True)]
        )
        quantiles = [[km.quantile(p) for p in (0.25, 0.5, 0.75)] for km in of_kind]
        found[f"km_quantile_limits_{kind}"] = result([[q.lower, q.upper] for three in quantiles for q in three])
    reverse = [reverse_kaplan_meier(*part) for part in parts]
    medians = [km.quantile() for km in reverse]
    found["reverse"] = result([km.survival for km in reverse])
    found["reverse_median"] = result([[q.estimate, q.lower, q.upper] for q in medians])
    marks = []
    for km in curves:
        at = km.survival_at(
            np.quantile(np.repeat(km.time, km.n_event + km.n_censor), (0.3, 0.6), method="inverted_cdf")
        )
        inner_marks = (at.survival > _ALMOST_NONE) & (at.survival < 1.0)
        marks.append(np.stack([at.survival, at.n_risk.astype(np.float64)]))
        marks.append(np.stack([at.std_err, at.lower, at.upper])[:, inner_marks])
    found["landmarks"] = result(marks)
    return found


def _tests(data: Data) -> dict[str, Result]:
    three = data["time"], data["event"], data["arm"]
    test = log_rank(*three, strata=data["stratum"], strata_levels=data["levels"].tolist())
    found = {
        "log_rank": result(test.chi2, test.status),
        "log_rank_parts": result([test.observed, test.expected, test.variance], test.status),
    }
    for key, (_, options) in WEIGHTED.items():
        weighted = weighted_log_rank(*three, strata=data["stratum"], **options)  # type: ignore[arg-type]
        found[key] = result(weighted.chi2, weighted.status)
    return found


def _means(data: Data) -> dict[str, Result]:
    three = data["time"], data["event"], data["arm"]
    means = compare_rmst(*three)
    both = (means.control, means.test)
    contrasts = (means.difference, means.ratio, means.lost_ratio)
    rows = [[c.estimate, c.lower, c.upper] for c in contrasts]
    at = np.quantile(data["time"], (0.25, 0.5), method="inverted_cdf")
    difference = landmark_difference(*three, at)
    spread = difference.std_err > 0.0
    return {
        "rmst": result([m.estimate for m in both], means.status),
        "rmst_se": result([m.se for m in both], means.status),
        "rmst_difference": result([*rows[0], means.difference.se], means.status),
        "rmst_ratio": result(rows[1], means.status),
        "rmst_lost_ratio": result(rows[2], means.status),
        "rmst_p": result([c.p for c in contrasts], means.status),
        "unit": result(1.0),
        "landmark_difference": result(
            [
                difference.difference,
                np.where(spread, difference.std_err, np.nan),
                np.where(spread, difference.z, np.nan),
            ]
        ),
    }


def _cox(data: Data) -> dict[str, Result]:
    three = data["time"], data["event"], data["arm"]
    x = np.column_stack((data["arm"], data["x1"], data["x2"]))
    found: dict[str, Result] = {}
    for ties in ("efron", "breslow", "exact"):
        one = cox_arm(*three, strata=data["stratum"], strata_levels=data["levels"].tolist(), ties=ties)
        found[f"arm_{ties}_coef"] = result(one.log_hr, one.status)
        found[f"arm_{ties}_se"] = result(one.se, one.status)
        found[f"arm_{ties}_loglik"] = result([one.loglik_null, one.loglik], one.status)
        found[f"arm_{ties}_tests"] = result([one.z**2, one.score_chi2, one.lr_chi2], one.status)
        if ties == "efron":
            test = noninferiority(one.log_hr, one.se, MARGIN, alpha_one_sided=0.025, status=one.status)
            found["noninferiority"] = result([test.z, test.p], test.status)
        if ties == "exact" and len(x) > EXACT_UP_TO:
            continue
        fit = cox(data["time"], data["event"], x, strata=data["stratum"], ties=ties)
        found[f"cox_{ties}_coef"] = result(fit.coef, fit.status)
        found[f"cox_{ties}_se"] = result(fit.se, fit.status)
        found[f"cox_{ties}_loglik"] = result([fit.loglik_null, fit.loglik], fit.status)
        found[f"cox_{ties}_tests"] = result([fit.score_chi2, fit.lr_chi2], fit.status)
        if ties == "efron":
            found |= _residuals(data, fit)
    for how, strata in (("", None), ("strata_", data["stratum"])):
        for kind in TRANSFORMS:
            zph = proportional_hazards(data["time"], data["event"], x, strata=strata, transform=kind)
            found[f"zph_{how}{kind}"] = result([zph.chi2, zph.global_chi2], zph.status)
            if how and kind == "km":
                found["schoenfeld"] = _by_time(zph.event_time, zph.residuals, zph.status)
                found["scaled_schoenfeld"] = _by_time(zph.event_time, zph.scaled_residuals, zph.status)
    return found


def _residuals(data: Data, fit: CoxFit) -> dict[str, Result]:
    x = np.column_stack((data["arm"], data["x1"], data["x2"]))
    two, strata = (data["time"], data["event"]), data["stratum"]
    names = ("martingale", "deviance", "score", "dfbeta", "baseline", "robust")
    if fit.status != "ok":
        found = {name: unknown(fit.status) for name in names}
    else:
        r = cox_residuals(fit, *two, x, strata=strata)
        base = baseline_hazard(fit, *two, x, strata=strata)
        found = {
            "martingale": result(r.martingale),
            "deviance": result(r.deviance),
            "score": result(r.score),
            "dfbeta": result(r.dfbeta),
            "baseline": result(base.cumulative_hazard),
            "robust": result(robust_covariance(fit, *two, x, strata=strata)),
        }
    plain = cox(*two, x)
    clustered = robust_covariance(plain, *two, x, cluster=strata) if plain.status == "ok" else math.nan
    return found | {"clustered": result(clustered, plain.status)}


def _by_time(at: np.ndarray, residuals: np.ndarray, status: str) -> Result:
    """Sums at each event time: the order within a time is nobody's."""
    if status != "ok":
        return unknown(status)
    _, where = np.unique(at, return_inverse=True)
    total = np.zeros((int(where.max()) + 1, residuals.shape[1]))
    np.add.at(total, where, residuals)
    return result(total)


PART: Final = Part(
    "survival",
    "Survival: curves, tests, restricted means, Cox models",
    ("survival",),
    QUANTITIES,
    survival,
    ours,
    kept=10,
)
