from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from csrbook.stats._normal_slabs import all_within

BETWEEN = 2.0 * ndtr(1.7) - 1.0


@pytest.mark.parametrize("variables", [1, 2, 3])
def test_independent_variables_multiply(variables):
    assert all_within(1.7, np.eye(variables)) == pytest.approx(BETWEEN**variables, abs=1e-13)


def test_three_correlated_variables_equal_r():
    # R, package mvtnorm: 1 - pmvnorm(rep(-1.7, 3), rep(1.7, 3), corr = R, algorithm = Miwa(steps = 4097))
    correlation = np.array([[1.0, 0.6, 0.3], [0.6, 1.0, 0.5], [0.3, 0.5, 1.0]])
    assert 1.0 - all_within(1.7, np.linalg.cholesky(correlation)) == pytest.approx(0.214183775501, abs=1e-10)


def test_how_the_variables_are_turned_does_not_matter():
    # Faces on one another, nearly on one another, and nearly along an axis.
    loadings = np.array([[1, 0, 0], [1, 0, 0], [1, 1e-7, 0], [1e-4, 1, 1e-9], [0.6, 0.8, 0], [0.5, 0.5, 0.7]])
    loadings /= np.linalg.norm(loadings, axis=1)[:, np.newaxis]
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]
    assert all_within(2.0, loadings @ turn) == pytest.approx(all_within(2.0, loadings), abs=1e-12)


def test_a_face_more_that_cuts_nothing_off_changes_nothing():
    # |0.6 u1| and |0.8 u2| below 1.7 is what the square leaves anyway.
    square = np.eye(2)
    more = np.vstack((square, [[0.6, 0.0], [0.0, 0.8]]))
    assert all_within(1.7, more) == pytest.approx(all_within(1.7, square), abs=1e-13)


def test_a_wide_limit_holds_everything():
    assert all_within(30.0, np.eye(3)) == pytest.approx(1.0, abs=1e-13)
