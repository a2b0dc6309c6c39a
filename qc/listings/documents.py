"""Recomputes the numbers that stand in the documents of section 16.1.9."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.contract import arm_variable, as_frame, event_times, named
from qc.survival import cox

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a document: raw models where the plan names some, the ledger of alpha or the plan's contents."""
    if "models" in output.parameters:
        return as_frame(output, _models(data, output, plan))
    return as_frame(output, _alpha(plan) if "monitoring" in output.parameters else _contents(plan))


def _contents(plan: Plan) -> Iterator[Row]:
    """Count what the plan lays down."""
    parts = {
        "objectives": plan.endpoints.objectives,
        "endpoints": plan.endpoints.endpoints,
        "estimands": plan.endpoints.estimands,
        "outputs": plan.catalogue.outputs,
    }
    for name, items in parts.items():
        yield {
            "analysis_id": "PLAN",
            "method": "Count",
            "variable": name,
            "stat_name": "n",
            "value": float(len(items)),
        }


def _alpha(plan: Plan) -> Iterator[Row]:
    """Alpha of each step of the fixed sequence."""
    for step in plan.study.gate:
        yield {
            "analysis_id": "ALPHA",
            "method": "Fixed sequence",
            "variable": "STEP",
            "variable_level": step.id,
            "stat_name": "alpha",
            "value": step.alpha,
        }


def _models(data: Data, output: Output, plan: Plan) -> Iterator[Row]:
    """Cox model of each test arm against control, for each set and its parameter."""
    study = plan.study
    kind = "stratified" if study.strata else "unstratified"
    for analysis_set, parameter in output.parameters["models"].items():
        frame = event_times(data, plan, analysis_set, parameter)
        for test in study.test_arms:
            pair = frame[frame["ARM"].isin([test.id, study.arm("control").id])]
            fit = cox(
                pair["AVAL"].to_numpy(float),
                pair["CNSR"].eq(0).to_numpy(),
                pair["ARM"].eq(test.id).to_numpy(),
                pair["STRATUM"].to_numpy(object),
            )
            wald = fit.limits(study.confidence)
            keys: Row = {
                "analysis_id": "RAW",
                "method": f"Cox, {kind}, Efron",
                "dataset": "ADTTE",
                "analysis_set": analysis_set,
                "group1": arm_variable(plan, analysis_set),
                "group1_level": test.id,
                "group2": "PARAMCD",
                "group2_level": parameter,
            }
            numbers = {
                "log_hr": fit.log_hazard_ratio,
                "se": fit.standard_error,
                "z": fit.z_against(1.0),
                "p": fit.p_not_one(),
                "hr": wald.estimate,
                "lower": wald.lower,
                "upper": wald.upper,
            }
            yield from named(keys, numbers)
