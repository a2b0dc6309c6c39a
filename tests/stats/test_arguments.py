"""Every function refuses what no analysis could mean, with an error that names the argument and is a ValueError."""

from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.cox import cox, cox_arm
from csrbook.stats.interaction import treatment_by_marker
from csrbook.stats.kaplan_meier import kaplan_meier
from csrbook.stats.log_rank import log_rank

GOOD = {"time": [1.0, 2.0, 3.0, 4.0], "event": [1, 1, 0, 1], "arm": [0, 1, 0, 1]}

BAD = [
    ({"time": [1.0, -2.0, 3.0, 4.0]}, "argument 'time', position 1"),
    ({"time": [1.0, math.nan, 3.0, 4.0]}, "argument 'time', position 1"),
    ({"time": [1.0, 2.0, math.inf, 4.0]}, "argument 'time', position 2"),
    ({"time": np.array([1, 2, 3, None], dtype=object)}, "argument 'time'"),
    ({"time": np.array([1, 2, 3, 4], dtype=object)}, "argument 'time'"),
    ({"time": ["1", "2", "3", "4"]}, "argument 'time'"),
    ({"time": [[1.0, 2.0, 3.0, 4.0]]}, "argument 'time'"),
    ({"event": [1, 2, 0, 1]}, "argument 'event', position 1"),
    ({"event": [1, math.nan, 0, 1]}, "argument 'event', position 1"),
    ({"event": [1, 1, 0]}, "argument 'event'"),
    ({"event": [1, 1, 0, 1, 1]}, "argument 'event'"),
]
BAD_ARM = [
    ({"arm": [0, 1, 2, 1]}, "argument 'arm', position 2"),
    ({"arm": ["A", "B", "A", "B"]}, "argument 'arm'"),
    ({"arm": [0, 1, 0]}, "argument 'arm'"),
    ({"strata": ["a", "b", "a"]}, "argument 'strata'"),
    ({"strata": ["a", "", "a", "b"]}, "argument 'strata', position 1"),
    ({"strata": np.array(["a", None, "a", "b"], dtype=object)}, "argument 'strata', position 1"),
    ({"strata": [1.0, math.nan, 1.0, 2.0]}, "argument 'strata', position 1"),
    ({"strata": ["a", "b", "a", "c"], "strata_levels": ["a", "b"]}, "argument 'strata'"),
    ({"strata": [1, 2, 1, 3], "strata_levels": [1, 2]}, "argument 'strata'"),
]


@pytest.mark.parametrize(("change", "where"), BAD)
def test_kaplan_meier(change, where):
    arguments = GOOD | change
    with pytest.raises(ValueError) as caught:
        kaplan_meier(arguments["time"], arguments["event"])
    assert isinstance(caught.value, StatisticsError)
    assert caught.value.where == where
    assert caught.value.todo


@pytest.mark.parametrize("function", [cox_arm, log_rank])
@pytest.mark.parametrize(("change", "where"), BAD + BAD_ARM)
def test_two_arms(function, change, where):
    with pytest.raises(StatisticsError) as caught:
        function(**(GOOD | change))
    assert caught.value.where == where


@pytest.mark.parametrize(("change", "where"), BAD)
def test_marker(change, where):
    with pytest.raises(StatisticsError) as caught:
        treatment_by_marker(**(GOOD | {"marker": [0, 0, 1, 1]} | change))
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("x", "where"),
    [
        ([[1.0], [2.0], [3.0]], "argument 'x'"),
        ([1.0, 2.0, math.nan, 4.0], "argument 'x', position 2"),
        (["a", "b", "c", "d"], "argument 'x'"),
        (np.zeros((4, 1, 1)), "argument 'x'"),
    ],
)
def test_covariates(x, where):
    with pytest.raises(StatisticsError) as caught:
        cox(GOOD["time"], GOOD["event"], x)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("options", "name"),
    [({"ties": "discrete"}, "ties"), ({"confidence": 95}, "confidence"), ({"confidence": 0.0}, "confidence")],
)
def test_options(options, name):
    with pytest.raises(StatisticsError) as caught:
        cox_arm(**GOOD, **options)
    assert caught.value.where == f"argument '{name}'"


def test_pandas_series_are_accepted():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(GOOD | {"strata": ["a", "a", "b", "b"]}, index=[9, 7, 5, 3])
    series = cox_arm(frame["time"], frame["event"], frame["arm"], strata=frame["strata"])
    lists = cox_arm(**GOOD, strata=["a", "a", "b", "b"])
    assert series.score_chi2 == lists.score_chi2
    assert series.n == 4


def test_text_strata_may_be_an_object_array():
    labels = np.array(["Y/FIRST", "N/FIRST", "Y/FIRST", "N/FIRST"], dtype=object)
    fit = cox_arm(**GOOD, strata=labels, strata_levels=["Y/FIRST", "N/FIRST", "N/LATE"])
    assert fit.strata == 3
    assert fit.uninformative_strata[-1] == "N/LATE: no subjects"
