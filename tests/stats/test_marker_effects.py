from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chi2

from csrbook.errors import StatisticsError
from csrbook.stats.marker_effects import marker_effects
from csrbook.stats.multiplicity import benjamini_hochberg
from tests.stats.biomarkers import r_biomarkers
from tests.stats.reference import survival_data

Z = 1.959963984540054


@pytest.fixture(scope="module")
def veteran():
    data = survival_data("veteran")
    return {"time": data["time"], "event": data["event"], "arm": data["arm"], "strata": data["stratum"]}, data["x2"]


@pytest.fixture(scope="module")
def result(veteran):
    call, karno = veteran
    high = np.where(karno > 60, "high", "a low").astype(object)
    return marker_effects(**call, markers={"karno": karno, "high": high}, units={"karno": 10})


@pytest.mark.parametrize(("name", "unit"), [("karno", 10.0), ("high", 1.0)])
def test_effects_equal_r(result, name, unit):
    expected, found = r_biomarkers("effects", name), result[name]
    for key, ratio in (
        ("control", found.prognostic_control),
        ("overall", found.prognostic_overall),
        ("interaction", found.predictive),
    ):
        b, se = (unit * value for value in expected[key])
        assert (ratio.hr, ratio.lower, ratio.upper) == pytest.approx(
            (math.exp(b), math.exp(b - Z * se), math.exp(b + Z * se)), rel=1e-8
        )
        assert ratio.p == pytest.approx(math.erfc(abs(b / se) / math.sqrt(2)), rel=1e-7)
    tests = [found.control_test, found.overall_test, found.interaction_test]
    assert [test.chi2 for test in tests] == pytest.approx(expected["tests"], rel=1e-8)
    assert [test.p for test in tests] == pytest.approx(chi2.sf(expected["tests"], 1).tolist(), rel=1e-7)


def test_levels_hold_the_arm_within_each(result):
    assert [level.label for level in result["high"].levels] == ["a low", "high"]
    found = [level.arm.log_hr for level in result["high"].levels]
    assert found == pytest.approx(r_biomarkers("effects", "high", "within"), rel=1e-8)
    assert result["karno"].levels == ()
    assert (result["karno"].kind, result["karno"].unit) == ("continuous", 10.0)


def test_each_family_has_its_own_false_discovery_rate(result):
    for kind in ("control_test", "overall_test", "interaction_test"):
        tests = [getattr(marker, kind) for marker in result.markers]
        assert [t.q for t in tests] == benjamini_hochberg([t.p for t in tests]).tolist()


def test_missing_values_are_counted_for_their_marker_only(veteran):
    call, karno = veteran
    gaps = np.where(np.arange(137) % 10 == 0, math.nan, karno)
    text = np.where(karno > 60, "high", "low").astype(object)
    text[:3] = [None, "", math.nan]
    found = marker_effects(**call, markers={"gaps": gaps, "text": text, "all": karno})
    assert [(m.n, m.missing) for m in found.markers] == [(123, 14), (134, 3), (137, 0)]
    keep = ~np.isnan(gaps)
    alone = marker_effects(**{k: v[keep] for k, v in call.items()}, markers={"gaps": gaps[keep]})
    assert found["gaps"].predictive == alone["gaps"].predictive


def test_three_levels_have_tests_and_no_single_ratio(veteran):
    call, karno = veteran
    level = np.array(["a", "b", "c"])[np.digitize(karno, [40, 70], right=True)]
    found = marker_effects(**call, markers={"k": level})["k"]
    # R: as test_interaction.py, 2 * (b$loglik[2] - a$loglik[2])   ->  5.02245748225
    assert (found.interaction_test.chi2, found.interaction_test.df) == (pytest.approx(5.02245748225, rel=1e-9), 2)
    assert found.overall_test.df == found.control_test.df == 2
    assert found.predictive.status == found.prognostic_overall.status == "more than two levels"
    assert math.isnan(found.predictive.hr)


def test_what_cannot_be_estimated_says_why(veteran):
    call, karno = veteran
    found = marker_effects(**call, markers={"one": ["x"] * 137, "k": karno, "none": np.full(137, math.nan)})
    assert found["one"].interaction_test.status == "the marker has one level only: x"
    assert math.isnan(found["one"].interaction_test.q)
    assert found["none"].interaction_test.status == "no subjects"
    assert found["none"].missing == 137
    # The family is the markers with a test.
    assert found["k"].interaction_test.q == found["k"].interaction_test.p


def test_wrong_arguments_are_named(veteran):
    call, karno = veteran
    with pytest.raises(StatisticsError, match="markers is empty"):
        marker_effects(**call, markers={})
    with pytest.raises(StatisticsError, match="units names 'y'"):
        marker_effects(**call, markers={"x": karno}, units={"y": 1})
    with pytest.raises(StatisticsError, match="not above 0"):
        marker_effects(**call, markers={"x": karno}, units={"x": -1})
    with pytest.raises(StatisticsError, match="x has 3 values"):
        marker_effects(**call, markers={"x": [1, 2, 3]})
    with pytest.raises(StatisticsError, match="infinite"):
        marker_effects(**call, markers={"x": np.where(karno > 90, math.inf, karno)})
    with pytest.raises(StatisticsError, match="there is no marker 'z'"):
        marker_effects(**call, markers={"x": karno})["z"]
