from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.contingency import cmh, cmh_from_data, fisher_exact
from tools.crosscheck.tables_in_print import ADMISSIONS, MIGRAINE


def test_admissions():
    # R: mantelhaen.test(UCBAdmissions): OR .904697 (.771907, 1.060330), 1.426946; uncorrected 1.524607.
    result = cmh(ADMISSIONS)
    # R's table has the sexes in columns; the odds ratio is the same, admitted male over admitted female.
    assert (result.odds_ratio, result.lower, result.upper) == pytest.approx(
        (0.904696828259, 0.771907361759, 1.060329764437), rel=1e-10
    )
    assert result.chi2 == pytest.approx(1.52460666044, rel=1e-10)
    assert cmh(ADMISSIONS, correct=True).chi2 == pytest.approx(1.426946229, rel=1e-9)


def test_the_correction_is_made_from_a_deviation_of_one_half_on():
    # R: mantelhaen.test(x, correct = TRUE)$statistic; in the first the deviation is less than 1/2
    for tables, expected in (
        ([[[3, 3], [3, 2]], [[1, 2], [2, 3]]], 0.126952402102),
        ([[[5, 3], [2, 3]], [[2, 2], [2, 3]]], 0.118860535624),
    ):
        assert cmh(tables, correct=True).chi2 == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("tables", [MIGRAINE, ADMISSIONS])
def test_equals_statsmodels(tables):
    stratified = pytest.importorskip("statsmodels.stats.contingency_tables").StratifiedTable
    theirs = stratified([np.array(t) for t in tables])
    result = cmh(tables)
    assert result.risk_ratio.estimate == pytest.approx(theirs.riskratio_pooled, rel=1e-12)
    assert result.breslow_day == pytest.approx(theirs.test_equal_odds().statistic, rel=1e-9)
    assert result.breslow_day_tarone == pytest.approx(theirs.test_equal_odds(adjust=True).statistic, rel=1e-9)


def test_from_one_record_a_subject():
    response, arm, stratum = [], [], []
    for label, table in zip(("F", "M"), MIGRAINE, strict=True):
        for a, row in zip((1, 0), table, strict=True):
            for y, n in zip((1, 0), row, strict=True):
                response += [y] * n
                arm += [a] * n
                stratum += [label] * n
    result = cmh_from_data(response, arm, stratum)
    assert (result.chi2, result.n) == (pytest.approx(8.3052, abs=5e-5), 106)


def test_strata_that_add_nothing_are_named():
    tables = [*MIGRAINE, [[0, 0], [3, 4]], [[0, 5], [0, 6]], [[2, 0], [3, 0]], [[0, 0], [0, 0]]]
    result = cmh(tables, labels=("F", "M", "p", "q", "r", "s"))
    assert result.uninformative_strata == (
        "p: no subjects in the test arm",
        "q: no events",
        "r: events in all subjects",
        "s: no subjects",
    )
    assert result.chi2 == pytest.approx(8.3052, abs=5e-5)
    assert result.breslow_day_df == 1


def test_zero_cells():
    result = cmh([[5, 5], [0, 10]])
    assert result.odds_ratio == math.inf
    assert math.isnan(result.upper)
    assert result.risk_ratio.status == "no events in an arm"
    assert cmh([[0, 5], [0, 6]]).status == "no events"
    assert cmh([[0, 0], [3, 6]]).status == "no subjects in the test arm"


@pytest.mark.parametrize(
    ("table", "p"),
    [
        ([[3, 1], [1, 3]], 0.485714285714),
        ([[10, 3], [2, 15]], 0.000536724119143),
    ],  # R: fisher.test(); Fisher's tea first
)
def test_fisher(table, p):
    assert fisher_exact(table).p == pytest.approx(p, rel=1e-10)


def test_fisher_without_an_arm():
    assert fisher_exact([[0, 0], [1, 3]]).status == "no subjects in the test arm"


@pytest.mark.parametrize("tables", [[[1.5, 2], [3, 4]], [[-1, 2], [3, 4]], [["a", 2], [3, 4]], [1, 2, 3], [[1, 2, 3]]])
def test_a_wrong_table_is_refused(tables):
    with pytest.raises(StatisticsError, match="table"):
        cmh(tables)
