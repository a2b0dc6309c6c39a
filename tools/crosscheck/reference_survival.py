"""Reference cases of survival: F1 to F17, F28 and F33."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.stats.competing_risks import cumulative_incidence, gray_test
from csrbook.stats.cox import cox, cox_arm
from csrbook.stats.fine_gray import fine_gray
from csrbook.stats.interval_censoring import interval_score_test
from csrbook.stats.kaplan_meier import kaplan_meier
from csrbook.stats.log_rank import log_rank
from csrbook.stats.noninferiority import noninferiority
from csrbook.stats.proportional_hazards import proportional_hazards
from csrbook.stats.rmst import compare_rmst
from csrbook.stats.weibull import censoring_intervals, weibull, weibull_arm
from csrbook.stats.weighted_log_rank import weighted_log_rank
from tools.crosscheck.datasets import table
from tools.crosscheck.reference import Number, ReferenceCase, three

if TYPE_CHECKING:
    from csrbook.stats.cox import CoxArm

Z95: Final = 1.959963984540054


def _lung() -> dict[str, Any]:
    return {"event": table("lung_full")["event"], **table("lung_full"), "arm": 1 - table("lung_full")["male"]}


def _arms(name: str) -> tuple[Any, Any, Any]:
    data = table(name)
    return data["time"], data["event"], data["arm"]


def _hr(fit: CoxArm) -> tuple[float, float, float]:
    return fit.hr, fit.lower, fit.upper


def f1() -> list[Number]:
    """Log-rank test of lung by sex."""
    d = _lung()
    test = log_rank(d["time"], d["event"], d["arm"])
    return [
        ("log-rank χ²", test.chi2, "10.3267"),
        ("p", test.p, "0.001311"),
        ("observed, male", test.observed_control, "112"),
        ("expected, male", test.expected_control, "91.582"),
        ("observed, female", test.observed, "53"),
        ("expected, female", test.expected, "73.418"),
    ]


def f2() -> list[Number]:
    """Fleming–Harrington with rho 1."""
    d = _lung()
    return [("χ², rho = 1", weighted_log_rank(d["time"], d["event"], d["arm"], rho=1).chi2, "12.7142")]


def _with_ecog() -> dict[str, Any]:
    d = _lung()
    known = ~np.isnan(d["ecog"])
    return {key: values[known] for key, values in d.items()}


def f3() -> list[Number]:
    """Stratified log-rank test; one subject has no ECOG value."""
    d = _with_ecog()
    test = log_rank(d["time"], d["event"], d["arm"], strata=d["ecog"])
    return [("log-rank χ², strata ECOG", test.chi2, "10.7951"), ("n", test.n_test + test.n_control, "227")]


def f4() -> list[Number]:
    """Medians with limits on two scales."""
    d, rows = _lung(), []
    for male, kind, printed in (
        (1, "log-log", "270 210 306"),
        (0, "log-log", "426 345 524"),
        (1, "log", "270 212 310"),
        (0, "log", "426 348 550"),
    ):
        keep = d["male"] == male
        q = kaplan_meier(d["time"][keep], d["event"][keep], conf_type=kind).quantile()
        rows += three(f"median, {'male' if male else 'female'}, {kind}", (q.estimate, q.lower, q.upper), printed)
    return rows


def f5() -> list[Number]:
    """Survival at one year."""
    d, rows = _lung(), []
    for male, printed in ((1, "0.336088 0.252729 0.421302"), (0, "0.526463 0.403580 0.635316")):
        keep = d["male"] == male
        s = kaplan_meier(d["time"][keep], d["event"][keep]).survival_at([365])
        values = (float(s.survival[0]), float(s.lower[0]), float(s.upper[0]))
        rows += three(f"S(365), {'male' if male else 'female'}", values, printed)
    return rows


def f6() -> list[Number]:
    """Cox model of lung by sex, three ways with ties."""
    d = _lung()
    efron, breslow, exact = (cox_arm(d["time"], d["event"], d["arm"], ties=t) for t in ("efron", "breslow", "exact"))
    return [
        ("log HR, Efron", efron.log_hr, "-0.531024"),
        ("SE, Efron", efron.se, "0.167179"),
        *three("HR, Efron", _hr(efron), "0.588 0.424 0.816"),
        ("log HR, Breslow", breslow.log_hr, "-0.530397"),
        ("log HR, exact", exact.log_hr, "-0.531714"),
    ]


def f7() -> list[Number]:
    """Stratified Cox model."""
    d = _with_ecog()
    fit = cox_arm(d["time"], d["event"], d["arm"], strata=d["ecog"])
    return [
        ("log HR, strata ECOG", fit.log_hr, "-0.554364"),
        ("SE", fit.se, "0.170585"),
        *three("HR", _hr(fit), "0.574437 0.411188 0.802500"),
    ]


def f8() -> list[Number]:
    """Six subjects with ties."""
    data = [9, 1, 1, 6, 6, 8], [1, 1, 0, 1, 1, 0], [0, 1, 1, 1, 0, 0]
    breslow, efron = cox_arm(*data, ties="breslow"), cox_arm(*data)
    several = cox(*data[:2], np.array(data[2], dtype=float), ties="breslow")
    return [
        ("β, Breslow", breslow.log_hr, "1.475285"),
        ("β, Breslow, kernel of several covariates", float(several.coef[0]), "1.475285"),
        ("log-likelihood at 0, Breslow", breslow.loglik_null, "-4.564348"),
        ("log-likelihood, Breslow", breslow.loglik, "-3.824750"),
        ("β, Efron", efron.log_hr, "1.676857"),
        ("log-likelihood at 0, Efron", efron.loglik_null, "-4.276666"),
        ("log-likelihood, Efron", efron.loglik, "-3.358975"),
    ]


def f9() -> list[Number]:
    """Acute myeloid leukaemia."""
    time, event, arm = _arms("aml")
    efron = cox_arm(time, event, arm)
    return [
        ("log-rank χ²", log_rank(time, event, arm).chi2, "3.39639"),
        ("log HR, Efron", efron.log_hr, "0.915533"),
        ("SE, Efron", efron.se, "0.511934"),
        ("log HR, Breslow", cox_arm(time, event, arm, ties="breslow").log_hr, "0.904220"),
        *_medians("aml", ("maintained", "31"), ("not maintained", "23")),
    ]


def _medians(name: str, *arms: tuple[str, str]) -> list[Number]:
    time, event, arm = _arms(name)
    return [
        (f"median, {label}", kaplan_meier(time[arm == a], event[arm == a]).quantile().estimate, printed)
        for a, (label, printed) in enumerate(arms)
    ]


def f10() -> list[Number]:
    """6-MP: tests and medians."""
    data = _arms("gehan")
    return [
        ("log-rank χ²", log_rank(*data).chi2, "16.7929"),
        ("Gehan–Breslow χ²", weighted_log_rank(*data, weight="gehan-breslow").chi2, "13.4579"),
        ("Tarone–Ware χ²", weighted_log_rank(*data, weight="tarone-ware").chi2, "15.1236"),
        *_medians("gehan", ("6-MP", "23"), ("placebo", "8")),
    ]


def f11() -> list[Number]:
    """6-MP: Cox models."""
    efron, breslow, exact = (cox_arm(*_arms("gehan"), ties=t) for t in ("efron", "breslow", "exact"))
    return [
        ("log HR, Efron", efron.log_hr, "1.572125"),
        ("SE, Efron", efron.se, "0.412397"),
        ("HR, Efron", efron.hr, "4.817"),
        ("log HR, Breslow", breslow.log_hr, "1.509191"),
        ("log HR, exact", exact.log_hr, "1.628244"),
    ]


def f12() -> list[Number]:
    """6-MP: Weibull model."""
    time, event, arm = _arms("gehan")
    fit = weibull(*censoring_intervals(time, event), arm)
    return [
        ("placebo over 6-MP, AFT", float(fit.aft_coef[0]), "-1.267335"),
        ("log scale", float(fit.log_scale[0]), "-0.311709"),
    ]


def f13() -> list[Number]:
    """Rats."""
    fit = cox_arm(*_arms("rats"), ties="breslow")
    return [
        ("log HR, Breslow", fit.log_hr, "-0.595896"),
        ("SE", fit.se, "0.348404"),
        ("HR", fit.hr, "0.551"),
        ("−2 log L at 0", -2 * fit.loglik_null, "204.317"),
        ("−2 log L", -2 * fit.loglik, "201.438"),
        ("likelihood-ratio χ²", fit.lr_chi2, "2.8784"),
        ("its p", fit.lr_p, "0.0898"),
        ("score χ²", fit.score_chi2, "3.0001"),
        ("its p", fit.score_p, "0.0833"),
    ]


def f14() -> list[Number]:
    """Proportional hazards in veteran."""
    d = table("veteran")
    test = proportional_hazards(d["time"], d["event"], np.column_stack([d["arm"], d["x1"], d["x2"]]), transform="log")
    return [("karno χ²", float(test.chi2[2]), "9.698"), ("global χ², 3 df", test.global_chi2, "14.961")]


def f15() -> list[Number]:
    """Restricted means of pbc at 10 years."""
    result = compare_rmst(*_arms("pbc"), tau=10)
    rows = [
        ("RMST, D-penicillamine", result.test.estimate, "7.146"),
        ("RMST, placebo", result.control.estimate, "7.283"),
    ]
    for name, c, printed in (
        ("difference", result.difference, "-0.137 -0.939 0.665"),
        ("ratio", result.ratio, "0.981 0.878 1.096"),
        ("ratio of times lost", result.lost_ratio, "1.050 0.787 1.402"),
    ):
        rows += three(name, (c.estimate, c.lower, c.upper), printed)
    return [*rows, ("p of the difference", result.difference.p, "0.738")]


def f16() -> list[Number]:
    """Colon cancer: two arms against observation."""
    d = table("colon_recurrence")
    fit = cox(d["time"], d["event"], np.column_stack([d["rx"] == "Lev", d["rx"] == "Lev+5FU"]).astype(float))
    rows = []
    for j, (name, printed) in enumerate((("Lev", "0.98499 0.79853 1.21500"), ("Lev+5FU", "0.59924 0.47493 0.75609"))):
        b, half = float(fit.coef[j]), Z95 * float(fit.se[j])
        rows += three(f"HR, {name}", (math.exp(b), math.exp(b - half), math.exp(b + half)), printed)
    return rows


def f17() -> list[Number]:
    """Competing risks of mgus2."""
    every = table("competing")
    d = {key: values[every["set"] == "mgus2"] for key, values in every.items()}
    fit = fine_gray(d["time"], d["event"], np.column_stack([d["x1"], d["arm"]]))
    rows = [
        ("subdistribution HR of age", float(fit.hr[0]), "0.982811"),
        ("subdistribution HR of male", float(fit.hr[1]), "0.771022"),
        ("Gray's χ²", gray_test(d["time"], d["event"], d["arm"]).chi2, "1.1945"),
    ]
    for arm, name, printed in ((0, "female", "0.073886"), (1, "male", "0.055310")):
        keep = d["arm"] == arm
        curve = cumulative_incidence(d["time"][keep], d["event"][keep])
        rows.append((f"incidence at 120 months, {name}", float(curve.at([120])[0, 1]), printed))
    return rows


def f28() -> list[Number]:
    """Breast cosmesis; R's sign is that of the other group."""
    d = table("cosmesis")
    data = d["left"], np.where(np.isnan(d["right"]), np.inf, d["right"]), d["arm"]
    sun, finkelstein = (interval_score_test(*data, scores=s) for s in ("sun", "finkelstein"))
    return [
        ("Sun's ¦Z¦", abs(sun.z), "2.6684"),
        ("its p", sun.p, "0.007622"),
        ("Finkelstein's ¦Z¦", abs(finkelstein.z), "2.6839"),
        ("its p", finkelstein.p, "0.007277"),
        ("Weibull PH HR", weibull_arm(*data).hr, "2.5002"),
    ]


def f33() -> list[Number]:
    """Non-inferiority from a published hazard ratio and its limits."""
    se = (math.log(1.09) - math.log(0.71)) / (2 * Z95)
    test = noninferiority(math.log(0.88), se, 1.35, alpha_one_sided=0.025)
    return [("z", test.z, "-3.913"), ("p", test.p, "4.55e-5"), ("upper limit", test.upper, "1.09")]


CASES: Final = (
    ReferenceCase("1", "R survival, help of survdiff: lung by sex", f1),
    ReferenceCase("2", "R survival, help of survdiff: lung by sex, rho = 1", f2),
    ReferenceCase("3", "R: survdiff(Surv(time, status) ~ sex + strata(ph.ecog), lung)", f3),
    ReferenceCase("4", "R survival, help of survfit: lung by sex", f4),
    ReferenceCase("5", 'R: summary(survfit(… ~ sex, lung, conf.type = "log-log"), times = 365)', f5),
    ReferenceCase("6", "R survival, help of coxph: lung by sex", f6),
    ReferenceCase("7", "R: coxph(Surv(time, status) ~ sex + strata(ph.ecog), lung)", f7),
    ReferenceCase("8", "Therneau and Grambsch 2000, appendix E, test data 1", f8),
    ReferenceCase("9", "Miller 1981; R: survival::aml", f9),
    ReferenceCase("10", "Cox and Oakes 1984; SAS LIFETEST", f10),
    ReferenceCase("11", "Cox and Oakes 1984; textbooks", f11),
    ReferenceCase("12", "R: survreg(Surv(time, event) ~ arm) of the 6-MP trial", f12),
    ReferenceCase("13", "SAS/STAT PROC PHREG, rats", f13),
    ReferenceCase("14", 'R: cox.zph(coxph(Surv(time, status) ~ trt + prior + karno, veteran), "log")', f14),
    ReferenceCase("15", "R survRM2, vignette: pbc[1:312], tau = 10 years", f15),
    ReferenceCase("16", "R survival::colon, recurrence (Moertel 1990)", f16),
    ReferenceCase("17", "R survival::mgus2; cmprsk crr and cuminc", f17),
    ReferenceCase("28", "Fay and Shaw 2010 (R interval, vignette); R: survreg", f28),
    ReferenceCase("33", "SYSUCC-002 (NCT01950182): HR 0.88 (0.71–1.09), margin 1.35", f33),
)
