from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.cmh_scores import cmh_scores, cmh_scores_from_data
from tools.crosscheck.tables_in_print import JOBS


def statistics(result):
    return [t.chi2 for t in (result.general_association, result.row_mean_scores, result.correlation)]


def records(tables):
    stratum, row, column = (index.ravel() for index in np.indices(np.shape(tables)))
    times = np.asarray(tables).ravel()
    return np.repeat(row, times), np.repeat(column, times), np.repeat(stratum, times)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        # R: mantelhaen.test(jobsatisfaction), and coin::independence_test(score ~ Income or its score | Gender,
        # teststat = "quadratic") with the scores of each scheme made by ave(…, Gender)
        ({}, [10.200088757769, 9.225858726579, 6.623478506601]),
        ({"scores": "rank"}, [10.200088757769, 7.381423494287, 3.990835181184]),
        ({"scores": "modridit"}, [10.200088757769, 8.452672500795, 5.882939494154]),
        (
            {"column_scores": [1, 3, 4, 5], "row_scores": [3, 10, 20, 35]},
            [10.200088757769, 9.034222109163, 6.156301491851],
        ),
    ],
)
def test_job_satisfaction(options, expected):
    result = cmh_scores(JOBS, **options)
    assert statistics(result) == pytest.approx(expected, rel=1e-11)
    assert [t.df for t in (result.general_association, result.row_mean_scores, result.correlation)] == [9, 3, 1]
    assert (result.n, result.status) == (104, "ok")


def test_job_satisfaction_p_value():
    # R: mantelhaen.test(jobsatisfaction): M² = 10.2, df = 9, p = 0.334531183; Agresti's table: 10.2, 9.2, 6.6
    assert cmh_scores(JOBS).general_association.p == pytest.approx(0.334531183, rel=1e-8)


def test_one_table_with_ranks_is_kruskal_wallis():
    # R: kruskal.test(list(c(1, 2, 2, 3, 5), c(2, 4, 4, 5), c(3, 5, 5, 5, 6, 6))): 6.307879924953
    groups = [[1, 2, 2, 3, 5], [2, 4, 4, 5], [3, 5, 5, 5, 6, 6]]
    row = np.repeat(["a", "b", "c"], [len(g) for g in groups])
    column = np.concatenate(groups)
    for scores in ("rank", "ridit", "modridit"):
        result = cmh_scores_from_data(row, column, scores=scores)
        assert result.row_mean_scores.chi2 == pytest.approx(6.307879924953, rel=1e-11)
        assert result.row_mean_scores.df == 2


def test_one_record_a_subject_and_levels_in_order():
    row, column, stratum = records(JOBS)
    words = np.array(["very low", "low", "high", "very high"])
    result = cmh_scores_from_data(row, words[column], stratum, column_levels=list(words), scores="modridit")
    assert statistics(result) == pytest.approx(statistics(cmh_scores(JOBS, scores="modridit")), rel=1e-12)
    alphabetic = cmh_scores_from_data(row, words[column], stratum, scores="modridit")
    assert alphabetic.correlation.chi2 != pytest.approx(result.correlation.chi2, rel=1e-3)
    assert alphabetic.general_association.chi2 == pytest.approx(result.general_association.chi2, rel=1e-12)


def test_empty_levels_and_strata_take_nothing():
    plain = cmh_scores(JOBS, column_scores=[1, 3, 4, 5])
    wide = np.zeros((5, 5, 5))
    wide[:2, :4, :4] = JOBS
    wide[2, 1, 2] = 1
    wide[3, :, 1] = [0, 2, 3, 0, 0]
    wide[4, 3, :2] = [4, 2]
    result = cmh_scores(wide, column_scores=[1, 3, 4, 5, 9], labels=("f", "m", "one", "same", "row"))
    assert statistics(result) == pytest.approx(statistics(plain), rel=1e-11)
    assert result.general_association.df == 9
    assert result.uninformative_strata == (
        "one: subjects in one row only",
        "same: subjects in one column only",
        "row: subjects in one row only",
    )


def test_a_row_only_where_it_says_nothing_takes_no_degree_of_freedom():
    tables = np.array([[[5, 3], [2, 7], [0, 0]], [[0, 0], [0, 0], [4, 4]]])
    result = cmh_scores(tables)
    assert (result.general_association.df, result.row_mean_scores.df) == (1, 1)
    assert result.general_association.chi2 == pytest.approx(cmh_scores([[5, 3], [2, 7]]).correlation.chi2, rel=1e-12)


@pytest.mark.parametrize(
    ("tables", "status"),
    [
        ([[0, 0], [0, 0]], "no subjects"),
        ([[0, 0], [3, 4]], "subjects in one row only"),
        ([[3, 0], [5, 0]], "subjects in one column only"),
        ([[[3, 0], [5, 0]], [[0, 4], [0, 5]]], "no stratum with two rows and two columns"),
    ],
)
def test_not_estimable(tables, status):
    result = cmh_scores(tables)
    assert result.status == status
    assert math.isnan(result.general_association.chi2)
    assert result.correlation.status == status


def test_scores_that_do_not_vary():
    result = cmh_scores([[2, 3, 0], [4, 1, 0]], column_scores=[1.0, 1.0, 2.0])
    assert result.row_mean_scores.status == "the scores do not vary within strata"
    assert math.isnan(result.correlation.p)
    assert result.general_association.status == "ok"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"tables": [[1.5, 2], [3, 4]]}, "argument 'tables'"),
        ({"tables": [[-1, 2], [3, 4]]}, "argument 'tables'"),
        ({"tables": [["a", "b"], ["c", "d"]]}, "argument 'tables'"),
        ({"tables": [[1, 2]]}, "argument 'tables'"),
        ({"scores": "logrank"}, "argument 'scores'"),
        ({"row_scores": [1, 2, 3]}, "argument 'row_scores'"),
        ({"column_scores": [2, 2]}, "argument 'column_scores'"),
        ({"column_scores": [1, math.nan]}, "argument 'column_scores', position 1"),
        ({"scores": "rank", "row_scores": [1, 2]}, "argument 'row_scores'"),
        ({"labels": ("a", "b")}, "argument 'labels'"),
    ],
)
def test_a_wrong_argument_is_named(change, where):
    with pytest.raises(StatisticsError) as caught:
        cmh_scores(**({"tables": [[1, 2], [3, 4]]} | change))
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"row": ["a", "a", "a"]}, "argument 'row'"),
        ({"column": [1, 1, 1]}, "argument 'column'"),
        ({"column": [1.0, math.nan, 2.0]}, "argument 'column', position 1"),
        ({"strata": ["x", "y"]}, "argument 'strata'"),
        ({"row_levels": ["a", "c"]}, "argument 'row'"),
    ],
)
def test_wrong_records_are_named(change, where):
    with pytest.raises(StatisticsError) as caught:
        cmh_scores_from_data(**({"row": ["a", "b", "a"], "column": [1, 2, 2]} | change))
    assert caught.value.where == where
