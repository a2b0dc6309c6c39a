from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.mmrm import mmrm
from csrbook.stats.mmrm_fit import fit_mmrm
from tests.stats.repeated import SETS, arguments, orthodont_by_age, r_mmrm, repeated

STRUCTURES = ("UN", "TOEPH", "ARH1", "CS")
CASES = [(name, structure) for name in SETS for structure in STRUCTURES]


def values(result, field):
    """One value a row: LS means (arms within visits), then differences, as in make_mmrm.R."""
    return np.array([getattr(row.estimate, field) for row in (*result.ls_means, *result.differences)])


def fitted(name, structure, **options):
    return mmrm(**arguments(name), covariance=structure, fallbacks=(), **options)


@pytest.mark.parametrize(("name", "structure"), CASES)
def test_estimates_and_satterthwaite_equal_the_definition_in_r(name, structure):
    # data/make_mmrm.R, brute(): dense matrices by subject, derivatives by numDeriv
    r = r_mmrm(name)[structure]
    result = fitted(name, structure, method="satterthwaite")
    assert (result.status, result.fit.covariance) == ("ok", structure)
    assert result.fit.minus2_reml == pytest.approx(r["minus2"], rel=1e-11)
    assert result.fit.sigma.ravel() == pytest.approx(np.array(r["sigma"]), rel=1e-6, abs=1e-5)
    assert values(result, "estimate") == pytest.approx(np.array(r["estimate"]), rel=1e-8, abs=1e-7)
    assert values(result, "se") == pytest.approx(np.array(r["se"]), rel=1e-7)
    assert values(result, "df") == pytest.approx(np.array(r["df_observed"]), rel=1e-6)


@pytest.mark.parametrize(("name", "structure"), CASES)
@pytest.mark.parametrize(
    ("options", "field", "df"),
    [
        ({"method": "kenward-roger"}, "kr", "df_observed"),
        ({"method": "kenward-roger-linear"}, "kr_linear", "df_observed"),
        ({"method": "kenward-roger", "information": "expected"}, "kr_expected", "df_expected"),
    ],
)
def test_kenward_roger_equals_the_definition_in_r(name, structure, options, field, df):
    r = r_mmrm(name)[structure]
    result = fitted(name, structure, **options)
    assert values(result, "se") == pytest.approx(np.array(r[field]), rel=1e-6)
    assert values(result, "df") == pytest.approx(np.array(r[df]), rel=1e-6)


@pytest.mark.parametrize(("name", "structure"), [(n, s) for n, s in CASES if s != "TOEPH"])
def test_equals_nlme(name, structure):
    # nlme::gls(corSymm or corAR1 or corCompSymm, varIdent), which stops at about six digits of the estimates
    r = r_mmrm(name)[structure]["gls"]
    result = fitted(name, structure, method="satterthwaite")
    assert result.fit.minus2_reml == pytest.approx(r["minus2"], rel=1e-8)
    assert values(result, "estimate") == pytest.approx(np.array(r["estimate"]), rel=1e-5, abs=1e-4)
    assert values(result, "se") == pytest.approx(np.array(r["se"]), rel=1e-4)


@pytest.mark.parametrize("name", SETS)
def test_compound_symmetry_equals_a_random_intercept(name):
    # lmerTest::contest1D (Satterthwaite); pbkrtest::vcovAdj and Lb_ddf (Kenward–Roger, Fisher's information)
    r = r_mmrm(name)["lmer"]
    result = fitted(name, "CS", method="satterthwaite")
    assert result.fit.minus2_reml == pytest.approx(r["minus2"], rel=1e-9)
    assert values(result, "se") == pytest.approx(np.array(r["se"]), rel=1e-5)
    assert values(result, "df") == pytest.approx(np.array(r["df"]), rel=1e-4)
    expected = fitted(name, "CS", information="expected")
    assert values(expected, "se") == pytest.approx(np.array(r["kr_se"]), rel=1e-5)
    assert values(expected, "df") == pytest.approx(np.array(r["kr_df"]), rel=1e-4)


def test_orthodont_as_r_mmrm_reports_it():
    # R's mmrm 0.3, distance ~ Sex * age + us(age | Subject), method "Kenward-Roger", as recorded in the public
    # validation files of PeterSlezak/BESHstatNG (orthodont_mmrm_kr): its optimiser stopped at five digits.
    y, child, age, x = orthodont_by_age()
    fit = fit_mmrm(y, child, age, x, method="kenward-roger-cholesky")
    rows = [fit.linear(unit) for unit in np.eye(4)]
    assert [r.estimate for r in rows] == pytest.approx([15.8422452, 1.583124, 0.8268123, -0.3504484], rel=5e-5)
    assert [r.se for r in rows] == pytest.approx([1.0021906, 1.57013092, 0.08368595, 0.13111069], rel=1e-4)
    assert [r.df for r in rows] == pytest.approx([25.0] * 4, rel=1e-4)
    # The estimates of the same program, BESH Stat, which went further.
    assert [r.se for r in rows] == pytest.approx([1.00216594, 1.57009228, 0.083680022, 0.131101399], rel=2e-6)


def test_cholesky_variant_equals_its_definition_by_differences():
    # Second derivatives of Σ = (DA)(DA)ᵀ by central differences, brought together as Kenward and Roger's R term.
    y, child, age, x = orthodont_by_age()
    keep = np.ones(len(y), dtype=bool)
    keep[[3, 9, 10, 18]] = False
    y, child, age, x = y[keep], child[keep], age[keep], x[keep]
    linear = fit_mmrm(y, child, age, x, method="kenward-roger-linear")
    full = fit_mmrm(y, child, age, x, method="kenward-roger-cholesky")
    m = 4
    lower, rows = np.tril_indices(m, -1), np.tril_indices(m)

    def sigma(theta):
        a = np.eye(m)
        a[lower] = theta[m:]
        f = np.exp(theta[:m])[:, None] * a
        return f @ f.T

    f = np.linalg.cholesky(linear.sigma)
    theta = np.concatenate((np.log(np.diag(f)), (f / np.diag(f)[:, None])[lower]))
    q, h = len(theta), 1e-3
    step = h * np.eye(q)
    jacobian = np.array([(sigma(theta + s) - sigma(theta - s))[rows] / (2 * h) for s in step]).T
    w = np.linalg.inv(jacobian) @ linear.parameter_vcov @ np.linalg.inv(jacobian).T
    v = np.zeros((m, m))
    for k in range(q):
        for j in range(q):
            a, b = step[k], step[j]
            four = sigma(theta + a + b) - sigma(theta + a - b) - sigma(theta - a + b) + sigma(theta - a - b)
            v += w[k, j] * four / (4 * h * h)
    r = np.zeros((4, 4))
    for one in np.unique(child):
        at = np.searchsorted(np.unique(age), age[child == one])
        inverse = np.linalg.inv(linear.sigma[np.ix_(at, at)])
        r += x[child == one].T @ inverse @ v[np.ix_(at, at)] @ inverse @ x[child == one]
    expected = linear.vcov - 0.5 * linear.model_vcov @ r @ linear.model_vcov
    assert full.vcov == pytest.approx(expected, rel=1e-5)
    assert (np.diag(full.vcov) < 0.98 * np.diag(linear.vcov)).all()


def test_observed_weights_shift_the_means_as_emmeans_proportional():
    # emmeans(weights = "proportional") less emmeans(): for least squares the shift is Δw · (coefficient of the factor)
    d = repeated("two")
    equal, observed = fitted("two", "UN"), fitted("two", "UN", weights="observed")
    share = (d["sex"] == "M").mean()
    male = equal.fit.coefficients[equal.fit.names.index("sex=M")]
    shift = [o.estimate.estimate - e.estimate.estimate for o, e in zip(observed.ls_means, equal.ls_means, strict=True)]
    assert shift == pytest.approx([(share - 0.5) * male] * 6, rel=1e-9)
    assert values(observed, "estimate")[6:] == pytest.approx(values(equal, "estimate")[6:], rel=1e-10)


def test_interval_and_p_value_belong_to_t():
    # R: qt(.95, 10) = 1.812461; 2 * pt(-2, 10) = 0.07338803
    from csrbook.stats._student import linear_estimate

    e = linear_estimate(2.0, 1.0, 10.0, 0.90)
    assert (e.lower, e.upper, e.p) == pytest.approx((2.0 - 1.812461123, 2.0 + 1.812461123, 0.0733880348), rel=2e-9)


def test_combination_of_cells():
    result = fitted("two", "UN")
    last = result.differences[-1]
    same = result.combination({("A", "3"): 1.0, ("B", "3"): -1.0})
    assert (same.estimate, same.se, same.df) == (last.estimate.estimate, last.estimate.se, last.estimate.df)
    mean = result.combination({(a, v): s / 3 for a, s in (("A", 1), ("B", -1)) for v in "123"})
    assert mean.estimate == pytest.approx(np.mean([d.estimate.estimate for d in result.differences]), rel=1e-12)
    with pytest.raises(StatisticsError) as caught:
        result.combination({("A", "9"): 1.0})
    assert caught.value.where == "argument 'weights'"


def test_records_in_any_order_and_any_unit():
    plain = fitted("three", "TOEPH")
    order = np.random.default_rng(5).permutation(len(repeated("three")["y"]))
    a = arguments("three")
    moved = {k: a[k][order] for k in ("response", "subject", "visit", "arm")}
    moved["response"] = moved["response"] * 1e6
    moved["covariates"] = {"base": a["covariates"]["base"][order] / 1000.0 - 40.0}
    moved["factors"] = {"sex": a["factors"]["sex"][order]}
    scaled = mmrm(**moved, by_visit=["base"], covariance="TOEPH")
    assert values(scaled, "estimate") == pytest.approx(1e6 * values(plain, "estimate"), rel=1e-7)
    assert values(scaled, "se") == pytest.approx(1e6 * values(plain, "se"), rel=1e-7)
    assert values(scaled, "df") == pytest.approx(values(plain, "df"), rel=1e-6)


def test_one_visit_is_analysis_of_covariance():
    d = repeated("two")
    first = d["visit"] == 1
    a = {k: d[k][first] for k in ("y", "id", "visit", "arm", "base")}
    result = mmrm(a["y"], a["id"], a["visit"], a["arm"], covariates={"base": a["base"]}, covariance="CS")
    x = np.column_stack((np.ones(first.sum()), a["arm"] == "A", a["base"]))
    beta, rss = np.linalg.lstsq(x, a["y"], rcond=None)[:2]
    df = first.sum() - 3
    se = math.sqrt(rss[0] / df * np.linalg.inv(x.T @ x)[1, 1])
    got = result.differences[0].estimate
    assert (got.estimate, got.se, got.df) == pytest.approx((beta[1], se, df), rel=1e-9)


def test_a_fallback_is_named_in_the_status():
    # No subject has both visits 1 and 3, so that their covariance is unknown: UN cannot be fitted.
    d = repeated("two")
    keep = ~(((d["id"] % 4 < 2) & (d["visit"] == 1)) | ((d["id"] % 4 >= 2) & (d["visit"] == 3)))
    a = {k: d[k][keep] for k in ("y", "id", "visit", "arm")}
    result = mmrm(a["y"], a["id"], a["visit"], a["arm"], fallbacks=("CS",))
    assert result.status == "UN: no subject was seen at 1 and at 3; CS used"
    assert result.fit.covariance == "CS"
    assert result.differences[0].estimate.status == "ok"
    alone = mmrm(a["y"], a["id"], a["visit"], a["arm"], fallbacks=())
    assert alone.status == "UN: no subject was seen at 1 and at 3"
    assert math.isnan(alone.differences[0].estimate.estimate)
    assert alone.differences[0].estimate.status == alone.status


def test_perfectly_correlated_visits_do_not_converge():
    y = np.array([3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0, 6.0])
    two = np.concatenate((y, 2.0 * y))
    result = mmrm(two, [*range(8)] * 2, [1] * 8 + [2] * 8, ["A", "B"] * 8, fallbacks=())
    assert result.status.startswith("UN: ")
    assert not result.fit.fitted


def test_a_fit_that_runs_to_a_singular_matrix_says_so():
    # Visit 2 is the mean of visits 1 and 3 but for a hundred-thousandth: Σ has rank 2, and UN has no maximum inside.
    rng = np.random.default_rng(3)
    outer = rng.normal(size=(12, 2))
    y = np.column_stack((outer[:, 0], outer.mean(axis=1) + 1e-5 * rng.normal(size=12), outer[:, 1]))
    subject, visit = np.indices(y.shape)
    arm = np.array(["A", "B"])[subject % 2]
    result = mmrm(y.ravel(), subject.ravel(), visit.ravel(), arm.ravel(), fallbacks=("CS",))
    assert result.status == "UN: the likelihood rises towards a singular covariance matrix; CS used"


def test_cells_without_observations():
    d = repeated("two")
    keep = ~((d["visit"] == 3) & (d["arm"] == "B"))
    a = {k: d[k][keep] for k in ("y", "id", "visit", "arm")}
    result = mmrm(a["y"], a["id"], a["visit"], a["arm"], arms=["A", "B", "C"], control="B", visits=[1, 2, 3, 4])
    assert result.status == "ok"
    assert result.fit.visits == ("1", "2", "3")
    means = {(m.arm, m.visit): m for m in result.ls_means}
    assert means["A", "3"].estimate.status == "ok"
    assert means["B", "3"].estimate.status == "no observation of B at 3"
    assert means["C", "1"].estimate.status == "no observation of C at 1"
    assert means["A", "4"].n == 0
    by = {(e.arm, e.visit): e.estimate.status for e in result.differences}
    assert (by["A", "1"], by["A", "3"], by["A", "4"]) == ("ok", "no observation of B at 3", "no observation of A at 4")
    assert result.combination({("B", "3"): 1.0}).status == "no observation of B at 3"


def test_a_visit_that_nobody_attended_keeps_the_covariate_by_visit():
    d = repeated("two")
    a = (d["y"], d["id"], d["visit"], d["arm"])
    more = mmrm(*a, covariates={"base": d["base"]}, by_visit=["base"], visits=[1, 2, 3, 4], covariance="ARH1")
    same = mmrm(*a, covariates={"base": d["base"]}, by_visit=["base"], covariance="ARH1")
    assert more.differences[2].estimate == same.differences[2].estimate


def test_visits_far_apart_are_less_correlated():
    # Visits 1 and 3 alone: two variances and one covariance, as UN has; autoregression sees ρ² between them.
    d = repeated("two")
    keep = d["visit"] != 2
    a = [d[k][keep] for k in ("y", "id", "visit", "arm")]
    apart = mmrm(*a, visits=[1, 2, 3], covariance="ARH1", fallbacks=()).fit
    free = mmrm(*a, visits=[1, 2, 3], fallbacks=()).fit
    assert apart.sigma == pytest.approx(free.sigma, rel=1e-7)
    correlation = free.sigma[0, 1] / math.sqrt(free.sigma[0, 0] * free.sigma[1, 1])
    assert apart.parameters[2] == pytest.approx(math.sqrt(correlation), rel=1e-7)


def test_singular_design_is_named():
    d = repeated("two")
    result = mmrm(d["y"], d["id"], d["visit"], d["arm"], covariates={"a": d["base"], "b": 2.0 * d["base"]})
    assert result.status.startswith("singular design: ")
    assert result.status.split(": ")[1] in ("a", "b")
    assert math.isnan(result.ls_means[0].estimate.estimate)


def test_too_few_records_and_none():
    few = mmrm([1.0, 2.0, 4.0], [1, 2, 3], [1, 1, 1], ["A", "B", "B"], covariates={"x": [1.0, 2.0, 5.0]})
    assert few.status == "no residual degrees of freedom"
    none = mmrm([], [], [], np.array([], dtype=str), arms=["A", "B"], visits=["1"])
    assert none.status == "no observations"
    assert none.differences[0].estimate.status == "no observation of A at 1"
    constant = mmrm([5.0] * 8, [1, 1, 2, 2, 3, 3, 4, 4], [1, 2] * 4, ["A", "A", "B", "B"] * 2)
    assert constant.status == "the model fits the data exactly"


GOOD = {"response": [1.0, 2.0, 3.0, 5.0], "subject": [1, 1, 2, 2], "visit": [1, 2, 1, 2], "arm": ["A", "A", "B", "B"]}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"response": [1.0, math.nan, 3.0, 4.0]}, "argument 'response', position 1"),
        ({"response": ["1", "2", "3", "4"]}, "argument 'response'"),
        ({"subject": [1, 1, 2]}, "argument 'subject'"),
        ({"visit": [1, 1, 1, 2]}, "argument 'visit'"),
        ({"visit": ["a", "", "a", "b"]}, "argument 'visit', position 1"),
        ({"visits": [1, 3]}, "argument 'visit'"),
        ({"arm": ["A", "A", "A", "A"]}, "argument 'arm'"),
        ({"arms": ["A", "C"]}, "argument 'arm'"),
        ({"control": "C"}, "argument 'control'"),
        ({"covariates": {"base": [1.0, 2.0, 3.0]}}, "argument 'base'"),
        ({"covariates": {"base": [1.0, 2.0, 3.0, math.inf]}}, "argument 'base', position 3"),
        ({"factors": {"sex": ["F", "M", None, "M"]}}, "argument 'sex', position 2"),
        ({"covariates": {"z": [1.0, 2.0, 3.0, 4.0]}, "factors": {"z": ["F", "M", "F", "M"]}}, "argument 'factors'"),
        ({"by_visit": ["base"]}, "argument 'by_visit'"),
        ({"at": {"base": 1.0}}, "argument 'at'"),
        ({"weights": "cells"}, "argument 'weights'"),
        ({"covariance": "VC"}, "argument 'covariance'"),
        ({"fallbacks": ("VC",)}, "argument 'fallbacks'"),
        ({"method": "between-within"}, "argument 'method'"),
        ({"information": "average"}, "argument 'information'"),
        ({"confidence": 95}, "argument 'confidence'"),
    ],
)
def test_a_wrong_argument_is_named(change, where):
    with pytest.raises(StatisticsError) as caught:
        mmrm(**(GOOD | change))
    assert caught.value.where == where


def test_the_sandwich_of_means_by_visit_is_that_of_the_residuals():
    # With every visit seen and a mean for each, X'V^-1 of a subject is V^-1, so that V cancels: sum r r' / n^2.
    y = np.array([[1.0, 2.0], [3.0, 3.5], [2.0, 5.0], [6.0, 4.0], [4.0, 7.0]])
    n = len(y)
    for covariance in ("CS", "UN"):
        fit = fit_mmrm(
            y.ravel(),
            np.repeat(np.arange(n), 2),
            np.tile([1, 2], n),
            np.tile(np.eye(2), (n, 1)),
            covariance=covariance,
            method="sandwich",
        )
        residual = y - y.mean(axis=0)
        assert fit.vcov == pytest.approx(residual.T @ residual / n**2, rel=1e-9)
