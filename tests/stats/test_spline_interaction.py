from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from csrbook.errors import StatisticsError
from csrbook.stats.spline_interaction import harrell_knots, restricted_cubic_spline, spline_interaction
from tests.stats.biomarkers import r_biomarkers, simulated
from tests.stats.reference import survival_data


@pytest.mark.parametrize(("name", "knots", "ties"), [("pbc", 4, "efron"), ("veteran", 3, "breslow")])
def test_model_tests_and_curve_equal_r(name, knots, ties):
    data, expected = survival_data(name), r_biomarkers("spline", name)
    result = spline_interaction(
        data["time"],
        data["event"],
        data["arm"],
        data["x2"],
        at=expected["at"],
        knots=knots,
        strata=data["stratum"],
        ties=ties,
    )
    np.testing.assert_allclose(result.knots, expected["knots"], rtol=1e-12, atol=1e-12)
    # The curved columns are nearly collinear; R, which does not scale them, has about 1e-9 of its digits.
    np.testing.assert_allclose(result.coef, expected["coef"], rtol=1e-7)
    np.testing.assert_allclose(np.sqrt(np.diag(result.cov)), expected["se"], rtol=1e-7)
    np.testing.assert_allclose(result.log_hr, expected["log_hr"], rtol=1e-8)
    np.testing.assert_allclose(result.se, expected["curve_se"], rtol=1e-8)
    np.testing.assert_allclose(np.log(result.upper), result.log_hr + 1.959963984540054 * result.se, rtol=1e-9)
    tests = {
        "interaction": knots - 1,
        "nonlinear": 2 * (knots - 2),
        "nonlinear_interaction": knots - 2,
    }
    for test, df in tests.items():
        found = getattr(result, test)
        assert (found.chi2, found.df) == (pytest.approx(expected[test], rel=1e-8), df)
        assert found.p == pytest.approx(chi2.sf(expected[test], df), rel=1e-7)


def test_the_basis_is_linear_beyond_the_knots_and_smooth_at_them():
    knots = (1.0, 2.5, 4.0, 7.0)
    x = np.array([-3.0, -2.0, -1.0, 0.0])
    np.testing.assert_allclose(restricted_cubic_spline(x, knots)[:, 1:], 0.0)
    beyond = restricted_cubic_spline([8.0, 9.0, 10.0, 20.0], knots)
    slope = np.diff(beyond, axis=0) / np.array([[1.0], [1.0], [10.0]])
    np.testing.assert_allclose(slope, np.tile(slope[0], (3, 1)), rtol=1e-10)
    h = 1e-3
    for knot in knots:
        near = restricted_cubic_spline([knot - 2 * h, knot - h, knot, knot + h, knot + 2 * h], knots)
        second = (near[2:] - 2 * near[1:-1] + near[:-2]) / h**2
        np.testing.assert_allclose(second[0], second[-1], atol=3e-2)


def test_the_basis_of_three_knots_by_hand():
    # Knots 0, 1, 2: B(x) = {x³₊ − 2(x − 1)³₊ + (x − 2)³₊} / 4. At 1.5: (3.375 − 0.25) / 4.
    assert restricted_cubic_spline([1.5], [0, 1, 2]).tolist() == [[1.5, 0.78125]]


def test_knots_lie_at_harrells_quantiles():
    x = np.arange(101.0)
    assert harrell_knots(x, knots=3) == (10.0, 50.0, 90.0)
    assert harrell_knots(np.append(x, math.nan), knots=5) == pytest.approx((5.0, 27.5, 50.0, 72.5, 95.0))
    # Fewer than 100: the fifth smallest and the fifth largest.
    assert harrell_knots(np.arange(51.0), knots=4) == pytest.approx((4.0, 17.5, 32.5, 46.0))
    with pytest.raises(StatisticsError, match="knots fall on one value"):
        harrell_knots(np.repeat([0.0, 1.0], 100), knots=4)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), factor=st.floats(0.01, 100.0), shift=st.floats(-20.0, 20.0))
def test_the_curve_does_not_depend_on_the_unit_of_the_marker(seed, factor, shift):
    data = simulated(seed, 120, ties=0.5)
    at = np.array([-1.0, 0.0, 1.0])
    call = (data["time"], data["event"], data["arm"])
    base = spline_interaction(*call, data["x"], at=at, knots=(-1.2, 0.1, 1.3))
    unit = spline_interaction(
        *call,
        shift + factor * data["x"],
        at=shift + factor * at,
        knots=tuple(shift + factor * k for k in (-1.2, 0.1, 1.3)),
    )
    swapped = spline_interaction(data["time"], data["event"], 1 - data["arm"], data["x"], at=at, knots=(-1.2, 0.1, 1.3))
    assert base.status == "ok"
    np.testing.assert_allclose(unit.log_hr, base.log_hr, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(unit.se, base.se, rtol=1e-5)
    np.testing.assert_allclose(swapped.log_hr, -base.log_hr, rtol=1e-6, atol=1e-8)
    assert unit.interaction.chi2 == pytest.approx(base.interaction.chi2, rel=1e-5, abs=1e-7)


def test_missing_extrapolated_and_not_estimable():
    data = simulated(1, 150)
    x = data["x"].copy()
    x[::10] = math.nan
    result = spline_interaction(data["time"], data["event"], data["arm"], x, at=[-50.0, 0.0, 50.0])
    assert (result.n, result.missing) == (135, 15)
    assert result.inside.tolist() == [False, True, False]
    none = spline_interaction(data["time"], np.zeros(150), data["arm"], x)
    assert none.status == none.interaction.status == "no events"
    assert np.isnan(none.log_hr).all()
    assert math.isnan(none.nonlinear.p)
    one_arm = spline_interaction(data["time"], data["event"], np.zeros(150), x)
    assert "constant" in one_arm.status
    assert not one_arm.inside.any()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"marker": ["a"] * 30}, "argument 'marker'"),
        ({"marker": [1.0]}, "argument 'marker'"),
        ({"marker": [math.inf] * 30}, "argument 'marker', position 0"),
        ({"knots": 9}, "argument 'knots'"),
        ({"knots": (1.0, 1.0, 2.0)}, "argument 'knots'"),
        ({"at": [math.nan]}, "argument 'at', position 0"),
        ({"ties": "exact"}, "argument 'ties'"),
    ],
)
def test_wrong_arguments_are_named(change, where):
    good = {"time": np.arange(30.0), "event": [1] * 30, "arm": [0, 1] * 15, "marker": np.arange(30.0)}
    with pytest.raises(StatisticsError) as caught:
        spline_interaction(**(good | change))
    assert caught.value.where == where
