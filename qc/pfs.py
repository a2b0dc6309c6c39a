"""Recomputes the non-inferiority tables of progression-free survival from the plan and the locked data.

The keys of the numbers are the contract between the two programmers (``docs`` of the analysis results data); how the
numbers come about is this programmer's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from csrbook.ard import ARD_KEYS
from qc.survival import Limits, ProductLimit, cox, log_rank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csrbook.plan.models import Arm, Output, Plan

__all__ = ["recompute"]

QUARTILES = {0.25: "KM_Q1", 0.5: "KM_MEDIAN", 0.75: "KM_Q3"}

Row = dict[str, Any]


@dataclass(frozen=True)
class Subjects:
    """The analysis set, its records of the parameter with time and status, and the keys that the numbers share."""

    plan: Plan
    members: pd.DataFrame
    frame: pd.DataFrame
    strata: tuple[str, ...]
    keys: dict[str, str]

    def arm(self, arm: Arm) -> pd.DataFrame:
        """Take the records of an arm."""
        return self.frame[self.frame["ARM"] == arm.id]

    def size(self, arm: Arm) -> int:
        """Count the subjects of an arm, with or without a record: the denominator of all percentages."""
        return int(self.members["ARM"].eq(arm.id).sum())


def recompute(data: Any, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a non-inferiority table.

    Parameters
    ----------
    data : LockedData
        ``data.dataset(name)`` gives the records of a dataset.
    output : Output
        The plan row: analysis set, parameter, landmarks.
    plan : Plan
        Arms, strata, margin, confidence levels.

    Returns
    -------
    DataFrame
        :data:`csrbook.ard.ARD_KEYS` and ``value``, NaN where not estimable.
    """
    subjects = _subjects(data, output, plan)
    rows = [
        *_counts(subjects),
        *_excluded(data, output, subjects),
        *_kaplan_meier(subjects, output.parameters),
        *_follow_up(subjects),
        *_strata(subjects),
        *_comparisons(subjects),
    ]
    return pd.DataFrame([{**dict.fromkeys(ARD_KEYS, ""), "output_id": output.id, **row} for row in rows])


def _subjects(data: Any, output: Output, plan: Plan) -> Subjects:
    """ADSL of the set joined with the one record of the parameter."""
    chosen = plan.study.analysis_set(output.population[0])
    adsl = _members(data, plan, chosen.id)
    adtte = data.dataset("ADTTE")
    parameter = output.parameters["paramcd"]
    records = adtte.loc[adtte["PARAMCD"] == parameter, ["USUBJID", "AVAL", "CNSR", "EVNTDESC"]]
    frame = adsl.merge(records, on="USUBJID", how="inner", validate="one_to_one").dropna(subset=["AVAL", "CNSR"])
    strata = tuple(factor.variable for factor in plan.study.strata)
    levels = frame[list(strata)].replace("", "Missing")
    frame["STRATUM"] = levels.agg("/".join, axis="columns") if strata else "all"
    keys = {
        "dataset": "ADTTE",
        "analysis_set": chosen.id,
        "group1": "TRT01P" if chosen.treatment == "planned" else "TRT01A",
        "group2": "PARAMCD",
        "group2_level": parameter,
    }
    return Subjects(plan, adsl, frame, strata, keys)


def _members(data: Any, plan: Plan, analysis_set: str) -> pd.DataFrame:
    """ADSL of an analysis set, with the arm's id."""
    chosen = plan.study.analysis_set(analysis_set)
    adsl = data.dataset("ADSL")
    if chosen.flag is not None:
        adsl = adsl[adsl[chosen.flag].eq("Y")]
    code = adsl["TRT01PN" if chosen.treatment == "planned" else "TRT01AN"]
    return adsl.assign(ARM=code.map({arm.code: arm.id for arm in plan.study.arms})).dropna(subset=["ARM"])


def _counts(subjects: Subjects) -> Iterator[Row]:
    """Subjects; events by kind and censored by reason, as number and percentage of the arm."""
    happened = subjects.frame["CNSR"].eq(0)
    for arm in subjects.plan.study.arms:
        here = subjects.frame["ARM"].eq(arm.id)
        keys = {**subjects.keys, "group1_level": arm.id}
        whole = subjects.size(arm)
        yield {
            **{name: keys[name] for name in ("analysis_set", "group1", "group1_level")},
            "dataset": "ADSL",
            "analysis_id": "SUBJECTS",
            "method": "Count",
            "variable": "USUBJID",
            "stat_name": "N",
            "value": float(whole),
        }
        for analysis, chosen in (("EVENTS", happened), ("CENSORED", ~happened)):
            row = {**keys, "analysis_id": analysis, "method": "Count and percentage"}
            yield from _share(row, int((here & chosen).sum()), whole)
            # Reasons are those of either arm, so that an arm without one shows a zero.
            for reason in subjects.frame.loc[chosen, "EVNTDESC"].unique():
                detail = {**row, "variable": "EVNTDESC", "variable_level": reason}
                count = int((here & chosen & subjects.frame["EVNTDESC"].eq(reason)).sum())
                yield from _share(detail, count, whole)


def _share(keys: Row, count: int, whole: int) -> Iterator[Row]:
    yield {**keys, "stat_name": "n", "value": float(count)}
    yield {**keys, "stat_name": "p", "value": 100.0 * count / whole if whole else math.nan}


def _excluded(data: Any, output: Output, subjects: Subjects) -> Iterator[Row]:
    """Subjects of the reference set that are not in the analysis set."""
    reference = output.parameters.get("reference_set")
    if reference is None:
        return
    whole = _members(data, subjects.plan, reference)
    inside = _members(data, subjects.plan, output.population[0])["USUBJID"]
    for arm in subjects.plan.study.arms:
        mine = whole[whole["ARM"] == arm.id]
        keys = {
            **subjects.keys,
            "group1_level": arm.id,
            "analysis_id": "EXCLUDED",
            "method": "Count and percentage",
            "variable": "REFERENCE_SET",
            "variable_level": reference,
        }
        yield from _share(keys, int((~mine["USUBJID"].isin(inside)).sum()), len(mine))


def _curve(frame: pd.DataFrame, confidence: float, *, reverse: bool = False) -> ProductLimit:
    event = frame["CNSR"].eq(0).to_numpy()
    return ProductLimit(frame["AVAL"].to_numpy(float), ~event if reverse else event, confidence)


def _kaplan_meier(subjects: Subjects, parameters: dict[str, Any]) -> Iterator[Row]:
    """Quantiles in months and rates in percent."""
    for arm in subjects.plan.study.arms:
        curve = _curve(subjects.arm(arm), subjects.plan.study.confidence)
        keys = {**subjects.keys, "group1_level": arm.id, "method": "Kaplan-Meier, log-log"}
        for part in parameters.get("quantiles", QUARTILES):
            analysis = QUARTILES.get(part, f"KM_P{100.0 * part:g}")
            yield from _three({**keys, "analysis_id": analysis}, curve.quantile(part))
        for month in parameters["landmarks_months"]:
            detail = {"analysis_id": "KM_RATE", "variable": "MONTH", "variable_level": f"{month:g}"}
            yield from _three({**keys, **detail}, curve.at(float(month)), scale=100.0)


def _follow_up(subjects: Subjects) -> Iterator[Row]:
    """Median follow-up: events and censorings change places."""
    for arm in subjects.plan.study.arms:
        curve = _curve(subjects.arm(arm), subjects.plan.study.confidence, reverse=True)
        keys = {
            **subjects.keys,
            "group1_level": arm.id,
            "analysis_id": "FOLLOW_UP",
            "method": "Kaplan-Meier of censoring, log-log",
        }
        yield from _three(keys, curve.quantile(0.5))


def _three(keys: Row, limits: Limits, scale: float = 1.0) -> Iterator[Row]:
    for name in ("estimate", "lower", "upper"):
        yield {**keys, "stat_name": name, "value": scale * getattr(limits, name)}


def _strata(subjects: Subjects) -> Iterator[Row]:
    """Count the strata in the data, and subjects and events in each."""
    keys = {**subjects.keys, "analysis_id": "STRATA", "method": "Count"}
    del keys["group1"]
    stratum = subjects.frame["STRATUM"]
    yield {**keys, "stat_name": "n", "value": float(stratum.nunique())}
    for name, inside in subjects.frame.groupby(stratum):
        row = {**keys, "variable": "/".join(subjects.strata) or "STRATUM", "variable_level": str(name)}
        yield {**row, "stat_name": "n", "value": float(len(inside))}
        yield {**row, "stat_name": "events", "value": float(inside["CNSR"].eq(0).sum())}


def _comparisons(subjects: Subjects) -> Iterator[Row]:
    """Hazard ratio, log-rank test and test against the margin, each test arm against control."""
    study = subjects.plan.study
    kind, suffix = ("STRATIFIED", ", stratified") if subjects.strata else ("UNSTRATIFIED", "")
    for test in (arm for arm in study.arms if arm.role == "test"):
        pair = subjects.frame[subjects.frame["ARM"].isin([test.id, study.arm("control").id])]
        arrays = (
            pair["AVAL"].to_numpy(float),
            pair["CNSR"].eq(0).to_numpy(),
            pair["ARM"].eq(test.id).to_numpy(),
            pair["STRATUM"].to_numpy(object),
        )
        keys = {**subjects.keys, "group1_level": test.id}
        fit, score = cox(*arrays), log_rank(*arrays)

        wald = fit.limits(study.confidence)
        numbers = {
            "hr": wald.estimate,
            "lower": wald.lower,
            "upper": wald.upper,
            "log_hr": fit.log_hazard_ratio,
            "se": fit.standard_error,
            "z": fit.z_against(1.0),
            "p": fit.p_not_one(),
        }
        method = f"Cox proportional hazards, Efron{suffix}"
        yield from _named({**keys, "analysis_id": f"COX_{kind}", "method": method}, numbers)

        numbers = {"chi_square": score.chi_square, "p": score.p_value}
        yield from _named({**keys, "analysis_id": f"LOG_RANK_{kind}", "method": f"Log-rank{suffix}"}, numbers)

        rule = study.noninferiority
        if rule is None:
            continue
        limits = fit.limits(1.0 - 2.0 * rule.alpha_one_sided)
        numbers = {
            "margin": rule.margin,
            "hr": limits.estimate,
            "lower": limits.lower,
            "upper": limits.upper,
            "z": fit.z_against(rule.margin),
            "p": fit.p_below(rule.margin),
            "met": float(limits.upper < rule.margin),
        }
        method = "Wald test of the log hazard ratio against the log margin"
        name = "NONINFERIORITY" if subjects.strata else "NONINFERIORITY_UNSTRATIFIED"
        yield from _named({**keys, "analysis_id": name, "method": method}, numbers)


def _named(keys: Row, numbers: dict[str, float]) -> Iterator[Row]:
    for name, value in numbers.items():
        yield {**keys, "stat_name": name, "value": float(value)}
