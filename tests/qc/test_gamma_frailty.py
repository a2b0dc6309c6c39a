"""The gamma frailty against R on the kidney catheter data (McGilchrist and Aisbett 1991).

``coxph(Surv(time, status) ~ I(sex - 1) + frailty(id, sparse = FALSE, eps = 1e-12), kidney)``: coefficient,
``sqrt(var)``, ``history[[1]]$theta`` and ``$c.loglik``; the log-likelihood of the model without frailty.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from qc.gamma_frailty import gamma_frailty
from tests.qc.kidney import FEMALE, PATIENT, STATUS, TIME

ONE = np.repeat("all", len(TIME))


def test_the_frailty_of_patients_matches_r() -> None:
    fit = gamma_frailty(TIME, STATUS, FEMALE, PATIENT, ONE)
    assert fit.groups == 38
    # R stops where its variance is good to some six digits
    assert fit.variance == pytest.approx(0.398413434, rel=2e-6)
    assert fit.arm.log_hazard_ratio == pytest.approx(-1.562429468, rel=1e-6)
    assert fit.arm.standard_error == pytest.approx(0.444392599, rel=1e-6)
    assert fit.chi_square == pytest.approx(2.0 * (184.368855683196 - 181.738611608941), rel=1e-8)
    assert fit.p == pytest.approx(0.5 * 0.0218, abs=2e-4)


def test_groups_alike_have_no_variance() -> None:
    time = np.tile(np.arange(1.0, 9.0), 4)
    arm = np.tile([0, 1, 1, 0, 1, 0, 0, 1], 4)
    fit = gamma_frailty(time, np.ones(32, dtype=bool), arm, np.repeat(list("abcd"), 8), np.repeat("all", 32))
    assert (fit.variance, fit.chi_square, fit.p) == (0.0, 0.0, 1.0)


def test_one_group_has_no_frailty() -> None:
    fit = gamma_frailty(TIME, STATUS, FEMALE, ONE, ONE)
    assert math.isnan(fit.variance)
