"""Reference cases of proportions, tables, models and design: F18 to F27, F29 to F32, F34 and F35."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from scipy.optimize import brentq

from csrbook.stats.cmh_scores import cmh_scores
from csrbook.stats.contingency import cmh
from csrbook.stats.design import (
    largest_hazard_ratio,
    schoenfeld_events,
    schoenfeld_power,
    subjects_for_events,
)
from csrbook.stats.group_sequential import (
    classical_boundaries,
    conditional_power,
    drift_for_power,
    spending_boundaries,
)
from csrbook.stats.mmrm import mmrm
from csrbook.stats.proportions import clopper_pearson, wilson
from csrbook.stats.rates import garwood
from csrbook.stats.risk_difference import farrington_manning, miettinen_nurminen, newcombe
from tools.crosscheck.datasets import table
from tools.crosscheck.reference import Number, ReferenceCase, three, two
from tools.crosscheck.tables_in_print import ADMISSIONS, MIGRAINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from csrbook.stats.group_sequential import Boundaries

Z95: Final = 1.959963984540054
THIRDS: Final = (1 / 3, 2 / 3, 1.0)


def _differences(
    counts: tuple[int, int, int, int], hybrid: str, score: str, mee: str = ""
) -> Callable[[], list[Number]]:
    """Limits of a risk difference, by the methods in Newcombe's table II."""

    def numbers() -> list[Number]:
        by_wilson, by_score = newcombe(*counts), miettinen_nurminen(*counts)
        rows = two("hybrid score (method 10)", (by_wilson.lower, by_wilson.upper), hybrid)
        rows += two("Miettinen–Nurminen", (by_score.lower, by_score.upper), score)
        if mee:  # Mee's limits are the margins on the critical value of Farrington and Manning's test
            d = by_score.difference
            lower = brentq(lambda m: farrington_manning(*counts, margin=m).z - Z95, d - 0.5, d - 1e-6, xtol=1e-12)
            upper = brentq(lambda m: farrington_manning(*counts, margin=m).z + Z95, d + 1e-6, d + 0.5, xtol=1e-12)
            rows += two("Mee", (float(lower), float(upper)), mee)
        return rows

    return numbers


def f22() -> list[Number]:
    """Farrington–Manning; Miettinen and Nurminen's z is it times the root of (N − 1)/N."""
    test = farrington_manning(56, 70, 48, 80, margin=-0.10)
    return [
        ("z, margin −0.10", test.z, "3.934206"),
        ("z with Miettinen and Nurminen's variance", test.z * math.sqrt(149 / 150), "3.921070"),
    ]


def f23() -> list[Number]:
    """Limits of a proportion."""
    rows = []
    for x, n, printed in ((10, 100, "0.049005 0.176223"), (0, 20, "0 0.168433"), (81, 263, "0.252737 0.367622")):
        p = clopper_pearson(x, n)
        rows += two(f"Clopper–Pearson {x}/{n}", (p.lower, p.upper), printed)
    p = wilson(81, 263)
    return rows + two("Wilson 81/263", (p.lower, p.upper), "0.2553 0.3662")


def f24() -> list[Number]:
    """CMH of the migraine trial."""
    r = cmh(MIGRAINE)
    scores = cmh_scores(MIGRAINE)
    return [
        ("CMH χ²", r.chi2, "8.3052"),
        ("p", r.p, "0.0040"),
        ("general association χ²", scores.general_association.chi2, "8.3052"),
        ("row mean scores χ²", scores.row_mean_scores.chi2, "8.3052"),
        ("correlation χ²", scores.correlation.chi2, "8.3052"),
        *three("odds ratio", (r.odds_ratio, r.lower, r.upper), "3.3132 1.4456 7.5934"),
        *three("risk ratio", (r.risk_ratio.estimate, r.risk_ratio.lower, r.risk_ratio.upper), "2.1636 1.2336 3.7948"),
        ("Breslow–Day χ²", r.breslow_day, "1.4929"),
        ("its p", r.breslow_day_p, "0.2218"),
    ]


def f25() -> list[Number]:
    """Sato's limits of the risk difference."""
    d = cmh(MIGRAINE).risk_difference
    return three("Mantel–Haenszel risk difference", (d.estimate, d.lower, d.upper), "0.27376 0.09650 0.45102")


def f26() -> list[Number]:
    """Admissions to Berkeley."""
    plain = cmh(ADMISSIONS)
    return [
        *three("odds ratio", (plain.odds_ratio, plain.lower, plain.upper), "0.904697 0.771907 1.060330"),
        ("CMH χ² with continuity correction", cmh(ADMISSIONS, correct=True).chi2, "1.42695"),
        ("CMH χ²", plain.chi2, "1.52461"),
    ]


def f27() -> list[Number]:
    """Forced expiratory volume: FEV1 ~ RACE + SEX + ARMCD * AVISIT + us(AVISIT | USUBJID)."""
    d = table("fev_data")
    fit = mmrm(
        d["fev1"],
        d["usubjid"],
        d["avisit"],
        d["armcd"],
        factors={"race": d["race"], "sex": d["sex"]},
        control="PBO",
        method="satterthwaite",
        fallbacks=(),
    )
    rows: list[Number] = [
        ("observations", fit.fit.observations, "537"),
        ("−2 REML log-likelihood", fit.fit.minus2_reml, "3386.450"),
    ]
    printed = ("3.7744 1.0741", "3.7323 0.8588", "3.0806 0.6896", "4.3985 1.6806")
    for row, text in zip(fit.differences, printed, strict=True):
        estimate, se = text.split()
        rows.append((f"TRT − PBO, {row.visit}", row.estimate.estimate, estimate))
        rows.append((f"its SE, {row.visit}", row.estimate.se, se))
    return rows


def _looks(name: str, design: Callable[[], Boundaries], printed: str) -> Callable[[], list[Number]]:
    """Boundaries of three looks."""

    def numbers() -> list[Number]:
        rows = zip(design().critical_z.tolist(), printed.split(), strict=True)
        return [(f"{name}, look {k}", z, text) for k, (z, text) in enumerate(rows, 1)]

    return numbers


def f30() -> list[Number]:
    """Classical boundaries of O'Brien and Fleming, and of Pocock."""
    first = _looks(
        "O'Brien–Fleming",
        lambda: classical_boundaries(3, alpha_one_sided=0.025, kind="obrien-fleming"),
        "3.4711 2.4544 2.0040",
    )
    second = _looks(
        "Pocock", lambda: classical_boundaries(3, alpha_one_sided=0.025, kind="pocock"), "2.2895 2.2895 2.2895"
    )
    return first() + second()


def f32() -> list[Number]:
    """Conditional power: under the null, the trend, and the drift of 90% power."""
    drifts = (("null", 0.0, "0.10172"), ("trend", None, "0.59025"), ("90% design", Z95 + 1.2815515655446004, "0.84620"))
    return [
        (f"conditional power, {name}", conditional_power(1.5, 0.5, critical_z=Z95, drift=drift), printed)
        for name, drift, printed in drifts
    ]


def f34() -> list[Number]:
    """Exact Poisson limits."""
    rate = garwood(10)
    return two("10 events", (rate.lower, rate.upper), "4.7954 18.3904")


# True HR, one-sided alpha, power, events, N with accrual + follow-up of 24+12 and of 36+18 months.
TABLE_B: Final = (
    (1.0, 0.025, 0.8, "457", "628", "550"),
    (1.0, 0.025, 0.9, "611", "838", "736"),
    (1.0, 0.05, 0.8, "360", "494", "434"),
    (1.0, 0.05, 0.9, "498", "684", "600"),
    (11 / 13, 0.025, 0.8, "171", "244", "212"),
    (11 / 13, 0.025, 0.9, "228", "326", "282"),
    (11 / 13, 0.05, 0.8, "135", "194", "168"),
    (11 / 13, 0.05, 0.9, "186", "266", "230"),
)


def f35() -> list[Number]:
    """Non-inferiority margin 1.30: events, subjects, power, largest observed HR, and the interim analysis at 60%."""
    rows: list[Number] = []
    for hr, alpha, power, events, short, long in TABLE_B:
        needed = schoenfeld_events(hr, alpha_one_sided=alpha, power=power, margin=1.3)
        name = f"HR {hr:.3f}, α {alpha}, power {power}"
        rows.append((f"events, {name}", math.ceil(needed), events))
        for accrual, follow_up, printed in ((24, 12, short), (36, 18, long)):
            n = subjects_for_events(float(events), 11.0, hr, accrual, follow_up, 0.05).subjects
            rows.append((f"N {accrual}+{follow_up}, {name}", n, printed))
    for hr, printed in ((0.90, "233"), (0.95, "320")):
        needed = schoenfeld_events(hr, alpha_one_sided=0.025, power=0.8, margin=1.3)
        rows.append((f"events, HR {hr}", math.ceil(needed), printed))
    for hr, printed in ((1.0, "456.098"), (11 / 13, "170.258")):
        needed = schoenfeld_events(hr, alpha_one_sided=0.025, power=0.8, margin=1.3)
        rows.append((f"events before rounding, HR {hr:.3f}", needed, printed))
    for events_there, printed in ((171, "0.963"), (228, "1.003"), (457, "1.082"), (611, "1.109")):
        largest = largest_hazard_ratio(1.3, events_there, 0.025)
        rows.append((f"largest HR that claims non-inferiority, {events_there} events", largest, printed))
    superiority = (schoenfeld_power(11 / 13, events_there, alpha_one_sided=0.025) for events_there in (171, 457))
    rows += [
        (f"power of superiority, {events_there} events", power, printed)
        for events_there, power, printed in zip((171, 457), superiority, ("0.19", "0.43"), strict=True)
    ]
    wrong = schoenfeld_power(1.0, 171, alpha_one_sided=0.025, margin=1.3)
    rows.append(("power with 171 events where the true HR is 1", wrong, "0.40"))
    return rows + _interim()


def _interim() -> list[Number]:
    """Lan–DeMets O'Brien–Fleming interim analysis at 60% of the information."""
    design = spending_boundaries([0.6, 1.0], alpha_one_sided=0.025)
    drift = drift_for_power(design, 0.8)
    rows: list[Number] = [
        ("interim at 60%, z", float(design.critical_z[0]), "2.6686"),
        ("final, z", float(design.critical_z[1]), "1.9810"),
    ]
    for hr, events, interim, final in ((11 / 13, "171.7", "0.768", "0.961"), (1.0, "460", "0.943", "1.081")):
        needed = 4 * (drift / math.log(1.3 / hr)) ** 2
        rows.append((f"events with interim, HR {hr:.3f}", needed, events))
        for k, printed in enumerate((interim, final)):
            limit = 1.3 * math.exp(-float(design.critical_z[k]) * 2 / math.sqrt(needed * float(design.information[k])))
            rows.append((f"largest HR at look {k + 1}, HR {hr:.3f}", limit, printed))
    return rows


NEWCOMBE: Final = "Newcombe 1998, Stat Med 17:873, table II"
CASES: Final = (
    ReferenceCase("18", NEWCOMBE, _differences((56, 70, 48, 80), "0.0524 0.3339", "0.0528 0.3382", "0.0533 0.3377")),
    ReferenceCase("19", NEWCOMBE, _differences((9, 10, 3, 10), "0.1705 0.8090", "0.1700 0.8406")),
    ReferenceCase("20", NEWCOMBE, _differences((6, 7, 2, 7), "0.0582 0.8062", "0.0342 0.8534")),
    ReferenceCase("21", NEWCOMBE, _differences((5, 56, 0, 29), "-0.0381 0.1926", "-0.0326 0.1933")),
    ReferenceCase("22", "Constrained maximum likelihood by brute force", f22),
    ReferenceCase("23", "Newcombe 1998, Stat Med 17:857, table I; R: binom.test", f23),
    ReferenceCase("24", "SAS/STAT PROC FREQ, Cochran–Mantel–Haenszel example: migraine", f24),
    ReferenceCase("25", "R, from the formula of Sato 1989: migraine", f25),
    ReferenceCase("26", "R: mantelhaen.test(UCBAdmissions)", f26),
    ReferenceCase("27", "R mmrm, documentation: fev_data (its optimiser stops at five digits)", f27, units=1.0),
    ReferenceCase(
        "29",
        "R gsDesign sfLDOF; rpact asOF",
        _looks(
            "Lan–DeMets O'Brien–Fleming",
            lambda: spending_boundaries(THIRDS, alpha_one_sided=0.025),
            "3.7103 2.5114 1.9930",
        ),
    ),
    ReferenceCase("30", "Jennison and Turnbull 2000, tables 2.1 and 2.3", f30),
    ReferenceCase(
        "31",
        "R gsDesign sfHSD, γ = −4",
        _looks(
            "Hwang–Shih–DeCani",
            lambda: spending_boundaries(THIRDS, alpha_one_sided=0.025, kind="hwang-shih-decani"),
            "3.0107 2.5465 1.9992",
        ),
    ),
    ReferenceCase("32", "Closed form: z = 1.5 at half the information, α = 0.025", f32),
    ReferenceCase("34", "Tables of exact Poisson limits", f34),
    ReferenceCase("35", "Schoenfeld 1981; rpact 3.3.4 (unrounded events, interim analysis)", f35),
)
