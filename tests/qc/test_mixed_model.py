"""The second programmer's mixed model on R's mmrm example data ``fev_data``.

mmrm's manual (dossier, case 27): ``mmrm(FEV1 ~ RACE + SEX + ARMCD * AVISIT + us(AVISIT | USUBJID))``. SAS in mmrm's
repository, ``design/KR``: PROC MIXED, REML, ``model FEV1 = ARMCD / ddfm=kr; repeated AVISIT / subject=USUBJID
type=UN``; it stops at about five digits. R 4.2, nlme::

    d <- read.csv("tests/stats/data/fev_data.csv"); d$v <- as.integer(factor(d$avisit)); v <- varIdent(form = ~ 1 | v)
    fit <- function(...) { m <- gls(fev1 ~ armcd, d, ...); print(c(-2 * logLik(m), coef(m)[2]), digits = 12) }
    k <- glsControl(tolerance = 1e-12, msTol = 1e-14, msMaxIter = 500)
    fit(correlation = corCompSymm(form = ~ v | usubjid))
    fit(correlation = corAR1(form = ~ v | usubjid), weights = v, control = k)
    fit(correlation = corSymm(form = ~ v | usubjid), weights = v, control = k)
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from qc.mixed_model import fit
from tests.stats.reference import table

NLME = {
    "UN": (3667.96274337435, 3.81975074986),
    "ARH1": (3715.2804267223, 3.7267232931),
    "CS": (3890.97897064184, 4.19663661885),
}


@pytest.fixture(scope="module")
def fev():
    return table("fev_data")


def _arm(fev, structure):
    x = np.column_stack([np.ones(len(fev["fev1"])), fev["armcd"] == "TRT"])
    return fit(fev["fev1"], fev["usubjid"], fev["avisit"], x, [structure])


def test_case_27(fev):
    columns = {name: (fev["race"] == name).astype(float) for name in np.unique(fev["race"])}
    columns |= {name: (fev["sex"] == name).astype(float) for name in np.unique(fev["sex"])}
    visits, arms = np.unique(fev["avisit"]), ("TRT", "PBO")
    for visit in visits:
        for arm in arms:
            columns[arm, visit] = ((fev["avisit"] == visit) & (fev["armcd"] == arm)).astype(float)
    x = np.column_stack(list(columns.values()))
    model = fit(fev["fev1"], fev["usubjid"], fev["avisit"], x, ["UN"])
    names = list(columns)
    found, errors = [], []
    for visit in visits:
        weights = np.zeros(len(names))
        weights[names.index(("TRT", visit))], weights[names.index(("PBO", visit))] = 1.0, -1.0
        inside = model.coordinates.of(weights)
        found.append(model.linear(weights).estimate)
        errors.append(math.sqrt(inside @ model.model_vcov @ inside))
    assert found == pytest.approx([3.7744, 3.7323, 3.0806, 4.3985], abs=1e-4)
    assert errors == pytest.approx([1.0741, 0.8588, 0.6896, 1.6806], abs=1e-4)
    alone = np.zeros(len(names))
    alone[names.index("Black")] = 1.0
    assert math.isnan(model.linear(alone).estimate)


@pytest.mark.parametrize("structure", NLME)
def test_likelihood_and_estimate_are_those_of_nlme(fev, structure):
    model = _arm(fev, structure)
    minus2, difference = NLME[structure]
    assert model.structure == structure
    assert minus2 - 1e-6 < model.minus2 < minus2 + 1e-9
    assert model.linear([0.0, 1.0]).estimate == pytest.approx(difference, rel=2e-6)


def test_kenward_roger_is_that_of_sas(fev):
    row = _arm(fev, "UN").linear([0.0, 1.0])
    assert (row.estimate, row.se) == pytest.approx((3.81972492174648, 0.66124382270307), rel=1e-4)
    assert row.df == pytest.approx(160.733266403768, rel=3e-4)


def test_no_estimate_where_visits_never_meet():
    subject, visit = np.arange(40), np.arange(40) % 2
    response = np.sin(subject * 1.7) + 0.1 * visit
    model = fit(response, subject, visit, np.ones((40, 1)), ["UN", "TOEPH"])
    assert model.structure == ""
    assert math.isnan(model.linear([1.0]).estimate)
