"""Standardised curves against R on the kidney catheter data.

``f <- coxph(Surv(time, status) ~ arm + age, kidney)``, ``arm`` 1 for women; ``rowMeans(survfit(f, newdata)$surv)`` with
every patient under arm 0 and under arm 1, at days 60 and 180, and the area below to day 180.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from qc.g_computation import bootstrap_errors, standardise
from qc.survival import cox
from tests.qc.kidney import AGE, FEMALE, STATUS, TIME


def test_curves_and_areas_match_r() -> None:
    found = standardise(TIME, STATUS, FEMALE, AGE[:, None], [60, 180], 180)
    assert found.survival[0] == pytest.approx([0.3071058351288777, 0.0834124106244718], rel=1e-8)
    assert found.survival[1] == pytest.approx([0.597329005776074, 0.338055284278248], rel=1e-8)
    assert found.restricted_mean == pytest.approx([57.8042154634568, 103.982151820385], rel=1e-8)


def test_without_covariates_the_marginal_hazard_ratio_is_that_of_the_model() -> None:
    found = standardise(TIME, STATUS, FEMALE, np.empty((len(TIME), 0)), [60], 180)
    plain = cox(TIME, STATUS, FEMALE.astype(bool), np.array(["all"] * len(TIME), dtype=object))
    assert found.log_hazard_ratio == pytest.approx(plain.log_hazard_ratio, rel=1e-10)


def test_a_covariate_that_repeats_the_arm_leaves_no_estimate() -> None:
    assert math.isnan(standardise(TIME, STATUS, FEMALE, FEMALE[:, None], [60], 180).log_hazard_ratio)


def test_each_bootstrap_sample_has_a_stream_of_its_own() -> None:
    given = (TIME, STATUS, FEMALE, AGE[:, None], [60.0], 180.0)
    errors = bootstrap_errors(*given, replicates=40, seed=1)
    assert errors.shape == (3,)
    assert (errors > 0.0).all()
    assert bootstrap_errors(*given, replicates=40, seed=1).tolist() == errors.tolist()
