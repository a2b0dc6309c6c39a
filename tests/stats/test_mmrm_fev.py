"""R's mmrm example data ``fev_data`` (artificial; 537 observed values of 197 patients), against R's mmrm and SAS.

The values stand in the manual of R's mmrm, as printed by ``model.frame`` (five decimals). SAS's are in its repository,
``design/KR`` and ``design/ddfm_covtype``: PROC MIXED, REML, ``model FEV1 = ARMCD / ddfm=kr`` with
``repeated AVISIT / subject=USUBJID type=…``. SAS stops at about five digits of the optimum.
"""

from __future__ import annotations

import numpy as np
import pytest

from csrbook.stats.mmrm import mmrm
from csrbook.stats.mmrm_fit import fit_mmrm
from tests.stats.reference import table

# type, ddfm, difference TRT - PBO, standard error, degrees of freedom
SAS = [
    ("UN", "kenward-roger", 3.81972492174648, 0.66124382270307, 160.733266403768),
    ("TOEPH", "kenward-roger", 3.92287746213894, 0.72543828853831, 180.062730071701),
    ("TOEPH", "kenward-roger-linear", 3.92287746213894, 0.72537324518435, 180.062730071701),
    ("ARH1", "kenward-roger", 3.72674356244499, 0.7590316099633, 188.225339095373),
    ("ARH1", "kenward-roger-linear", 3.72674356244499, 0.75924807546934, 188.225339095373),
    ("CS", "kenward-roger", 4.19663617897035, 0.7964696053595, 177.038485931223),
]


def test_case_27_is_r_mmrm():
    # Dossier F27; mmrm(FEV1 ~ RACE + SEX + ARMCD * AVISIT + us(AVISIT | USUBJID), reml = TRUE)
    d = table("fev_data")
    result = mmrm(
        d["fev1"],
        d["usubjid"],
        d["avisit"],
        d["armcd"],
        factors={"race": d["race"], "sex": d["sex"]},
        method="satterthwaite",
        fallbacks=(),
    )
    assert result.fit.observations == 537
    assert result.fit.minus2_reml == pytest.approx(3386.450, abs=5e-4)
    placebo_less = [row.estimate for row in result.differences]
    assert [-row.estimate for row in placebo_less] == pytest.approx([3.7744, 3.7323, 3.0806, 4.3985], abs=1e-4)
    assert [row.se for row in placebo_less] == pytest.approx([1.0741, 0.8588, 0.6896, 1.6806], abs=1e-4)


@pytest.mark.parametrize(("structure", "method", "difference", "se", "df"), SAS)
def test_equals_sas_proc_mixed(structure, method, difference, se, df):
    d = table("fev_data")
    x = np.column_stack((np.ones(len(d["fev1"])), d["armcd"] == "TRT"))
    fit = fit_mmrm(d["fev1"], d["usubjid"], d["avisit"], x, covariance=structure, fallbacks=(), method=method)
    row = fit.linear(np.array([0.0, 1.0]))
    assert (row.estimate, row.se) == pytest.approx((difference, se), rel=1e-4)
    assert row.df == pytest.approx(df, rel=3e-4)


def test_the_optimum_is_not_above_that_of_sas():
    d = table("fev_data")
    x = np.column_stack((np.ones(len(d["fev1"])), d["armcd"] == "TRT"))
    fit = fit_mmrm(d["fev1"], d["usubjid"], d["avisit"], x, fallbacks=())
    assert 3667.96276376 - 1e-3 < fit.minus2_reml <= 3667.96276376
    # UN(1,1), UN(2,2), UN(3,3), UN(4,4) as SAS prints them
    assert np.diag(fit.sigma) == pytest.approx([108.39, 40.1721, 24.6058, 152.36], rel=5e-4)
