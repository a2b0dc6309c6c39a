"""Clearance of circulating tumour DNA: how often, by arm, and what follows it from the day of the sample on."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import norm

from qc.contract import Data, Row, arm_variable, as_frame, members, named, share, stratum
from qc.descriptive import TOTAL, column_rows, columns, count_rows
from qc.proportions import clopper_pearson
from qc.survival import Limits, ProductLimit, cox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csrbook.plan.models import Output, Plan

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a landmark analysis of a finding at a visit."""
    (analysis_set,) = output.population
    given = output.parameters
    frame = _frame(data, output, plan)
    who = columns(plan, frame)
    keys = {
        "dataset": "ADTTE",
        "analysis_set": analysis_set,
        "group1": arm_variable(plan, analysis_set),
        "group2": "PARAMCD",
        "group2_level": given["paramcd"],
    }
    rows = list(column_rows(plan, analysis_set, who))
    finding = {**keys, "analysis_id": "FINDING", "variable": given["marker"]}
    rows.extend(count_rows({**finding, "variable_level": "SAMPLED"}, frame["SAMPLEDT"].notna(), who))
    rows.extend(count_rows({**finding, "variable_level": "EVALUABLE"}, frame["EVALUABLE"], who))
    for column, inside in who.items():
        mine = frame[inside & frame["EVALUABLE"]]
        here = {"group1_level": column}
        rows.extend(_found({**finding, **here}, mine, output, plan))
        rows.extend(_after({**keys, **here}, mine, output, plan, by_arm=column == TOTAL))
    rows.extend(_odds_ratios(keys, frame[frame["EVALUABLE"]], output, plan))
    return as_frame(output, rows)


def _frame(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """Patients with day and result of the sample, and the time from that day to the event or the end of follow-up."""
    given = output.parameters
    adsl = members(data, plan, output.population[0])
    adbm, adtte = data.dataset("ADBM"), data.dataset("ADTTE")
    sample = adbm[
        adbm["PARAMCD"].eq(given["marker"]) & adbm["AVISIT"].eq(given["visit"]) & adbm["BMSPEC"].eq(given["specimen"])
    ].set_index("USUBJID", verify_integrity=True)
    end = adtte[adtte["PARAMCD"].eq(given["paramcd"])].set_index("USUBJID", verify_integrity=True)
    subject = adsl["USUBJID"]
    day, result = subject.map(sample["ADT"]), subject.map(sample["AVALC"]).fillna("")
    return adsl.assign(
        SAMPLEDT=day,
        RESULT=result,
        EVALUABLE=result.isin([given["positive"], given["negative"]]),
        TIME=(subject.map(end["ADT"]) - day) / plan.study.days_per_month,
        EVENT=subject.map(end["CNSR"]).eq(0),
        STRATUM=stratum(adsl, [factor.variable for factor in plan.study.strata]),
    )


def _found(keys: Row, evaluable: pd.DataFrame, output: Output, plan: Plan) -> Iterator[Row]:
    """The two results as percentages of the evaluable patients, the first with exact limits."""
    positive, negative = output.parameters["positive"], output.parameters["negative"]
    for level in (positive, negative):
        row = {**keys, "method": "Count and percentage", "variable_level": level}
        yield from share(row, int(evaluable["RESULT"].eq(level).sum()), len(evaluable))
    x = int(evaluable["RESULT"].eq(positive).sum())
    limits = clopper_pearson(x, len(evaluable), plan.study.confidence)
    row = {**keys, "method": "Clopper-Pearson", "variable_level": positive}
    yield from named(row, {"lower": 100.0 * limits.lower, "upper": 100.0 * limits.upper})


def _after(keys: Row, evaluable: pd.DataFrame, output: Output, plan: Plan, *, by_arm: bool) -> Iterator[Row]:
    """Curves of either result and their hazard ratio, of the patients still at risk after the day of the sample."""
    given, confidence = output.parameters, plan.study.confidence
    at_risk = evaluable[evaluable["TIME"] > 0.0]
    left_out = {"analysis_id": "LEFT_OUT", "method": "Count"}
    yield from named({**keys, **left_out}, {"n": len(evaluable) - len(at_risk)})

    found = {**keys, "variable": given["marker"]}
    for level in (given["positive"], given["negative"]):
        mine = at_risk[at_risk["RESULT"].eq(level)]
        row = {**found, "variable_level": level}
        size = {"n": len(mine), "events": mine["EVENT"].sum()}
        yield from named({**row, "analysis_id": "AFTER", "method": "Count"}, size)
        row["method"] = "Kaplan-Meier, log-log"
        curve = ProductLimit(mine["TIME"].to_numpy(float), mine["EVENT"].to_numpy(bool), confidence)
        yield from _limits({**row, "analysis_id": "KM_MEDIAN"}, curve.quantile(0.5))
        for month in given["landmarks_months"]:
            yield from _limits({**row, "analysis_id": f"KM_RATE_{month:g}"}, curve.at(float(month)), 100.0)

    strata = at_risk["STRATUM"] + "/" + at_risk["ARM"] if by_arm else at_risk["STRATUM"]
    model = cox(
        at_risk["TIME"].to_numpy(float),
        at_risk["EVENT"].to_numpy(bool),
        at_risk["RESULT"].eq(given["positive"]).to_numpy(),
        strata.to_numpy(object),
    )
    ratio = model.limits(confidence)
    row = {**found, "analysis_id": "COX_LANDMARK", "method": "Cox from the landmark, stratified"}
    numbers = {"hr": ratio.estimate, "lower": ratio.lower, "upper": ratio.upper, "p": model.p_not_one()}
    yield from named(row, numbers)


def _limits(keys: Row, limits: Limits, scale: float = 1.0) -> Iterator[Row]:
    numbers = {"estimate": limits.estimate, "lower": limits.lower, "upper": limits.upper}
    yield from named(keys, {name: scale * value for name, value in numbers.items()})


def _odds_ratios(keys: Row, evaluable: pd.DataFrame, output: Output, plan: Plan) -> Iterator[Row]:
    """Odds ratio of the positive result of each test arm to control, from a model with arm and combined strata."""
    study = plan.study
    z = float(norm.isf((1.0 - study.confidence) / 2.0))
    for test in study.test_arms:
        pair = evaluable[evaluable["ARM"].isin([test.id, study.arm("control").id])]
        strata = pd.get_dummies(pair["STRATUM"], dtype=float).to_numpy()
        arm = pair["ARM"].eq(test.id).to_numpy(float)
        response = pair["RESULT"].eq(output.parameters["positive"]).to_numpy(float)
        coefficients, errors = _logistic(response, np.column_stack([arm, strata]))
        b, se = coefficients[0], errors[0]
        numbers = {
            "estimate": np.exp(b),
            "lower": np.exp(b - z * se),
            "upper": np.exp(b + z * se),
            "p": 2.0 * norm.sf(abs(b / se)),
        }
        row = {**keys, "group1_level": test.id, "analysis_id": "LOGISTIC", "method": "Logistic regression"}
        yield from named(row, numbers)


def _logistic(response: np.ndarray, design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and standard errors by statsmodels; NaN where the likelihood has no maximum (separation)."""
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    nothing = np.full(design.shape[1], math.nan)
    if not 0.0 < response.sum() < len(response):
        return nothing, nothing
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = Logit(response, design)
            fit = model.fit(method="newton", tol=1e-14, maxiter=100, disp=0)
    except (PerfectSeparationError, np.linalg.LinAlgError):
        return nothing, nothing
    gradient = np.abs(model.score(fit.params)).max()
    if not gradient < 1e-8 or np.abs(design @ fit.params).max() > 20.0:
        return nothing, nothing
    return fit.params, fit.bse
