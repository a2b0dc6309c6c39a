"""Recomputes patient-reported outcomes under data missing not at random: multiple imputation with shifts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import t as student

from qc.contract import MISSING, Row, as_frame, members, named, share, subjects
from qc.patient_reported.records import chosen_records, scale_keys
from qc.patient_reported.visit_imputation import Floats, impute, last_visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data

__all__ = ["recompute"]


class Changes(NamedTuple):
    """Subjects with a baseline, ordered by arm: changes by visit, position of the visit compared, design."""

    subjects: pd.DataFrame
    values: Floats
    key: int
    covariates: Floats


class Pooled(NamedTuple):
    """An estimate over imputations with its t test of 0."""

    estimate: float
    se: float
    df: float
    lower: float
    upper: float
    p: float


NOT_ESTIMABLE = Pooled(*(6 * [math.nan]))


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the output, each scale in turn."""
    chosen = output.population[0]
    adsl = members(data, plan, chosen)
    records = chosen_records(data, output)
    rows: list[Row] = list(subjects(plan, chosen, adsl))
    for scale in output.parameters["paramcd"]:
        keys = scale_keys(plan, chosen, scale)
        changes = _changes(adsl, records[records["PARAMCD"] == scale], output, plan)
        rows += _missing(changes, plan, keys)
        rows += _scenarios(changes, output, plan, keys)
    return as_frame(output, rows)


def _changes(adsl: pd.DataFrame, records: pd.DataFrame, output: Output, plan: Plan) -> Changes:
    """Put the changes of a scale on a grid of subjects and visits."""
    visits = [float(visit) for visit in output.parameters["visits"]]
    baseline = records[records["ABLFL"].eq("Y")].set_index("USUBJID")["AVAL"].rename("BASELINE")
    people = adsl.join(baseline, on="USUBJID").dropna(subset=["BASELINE"]).reset_index(drop=True)
    grid = records.pivot(index="USUBJID", columns="AVISITN", values="CHG").reindex(people["USUBJID"], columns=visits)
    columns = [np.ones(len(people)), (people["BASELINE"] - people["BASELINE"].mean()).to_numpy(float)]
    for factor in plan.study.strata:
        levels = people[factor.variable].replace("", MISSING)
        names = sorted(levels.unique())
        # Less their mean over equally frequent levels, so that the arm's coefficient is its least-squares mean.
        columns += [levels.eq(name).to_numpy(float) - 1.0 / len(names) for name in names[1:]]
    key = visits.index(float(output.parameters["key_visit"]))
    return Changes(people, grid.to_numpy(float), key, np.column_stack(columns))


def _missing(changes: Changes, plan: Plan, keys: Row) -> Iterator[Row]:
    """Count the subjects without a value at the visit compared, and those of them after dropout."""
    kinds = {"NO VALUE": np.isnan(changes.values[:, changes.key]), "DROPOUT": last_visit(changes.values) < changes.key}
    for arm in plan.study.arms:
        here = changes.subjects["ARM"].eq(arm.id).to_numpy()
        row = {**keys, "analysis_id": "MISSING", "method": "Count", "group1_level": arm.id, "variable": "VISIT"}
        for kind, chosen in kinds.items():
            yield from share({**row, "variable_level": kind}, int((here & chosen).sum()), int(here.sum()))


def _scenarios(changes: Changes, output: Output, plan: Plan, keys: Row) -> Iterator[Row]:
    """Give the means and differences under each assumption, and where the conclusion tips."""
    shifts = [float(shift) for shift in output.parameters["shifts"]]
    own = _drawn(changes, output, plan, reference=None)
    copied = _drawn(changes, output, plan, reference=plan.study.arm("control").id)
    for assumption, drawn, row_shifts in (("TEST", own, shifts), ("BOTH", own, shifts), ("REFERENCE", copied, [0.0])):
        sides: dict[str, list[int]] = {arm.id: [] for arm in plan.study.test_arms}
        for shift in row_shifts:
            row = {**keys, "analysis_id": "PATTERN_MIXTURE", "method": "Multiple imputation, ANCOVA, Rubin"}
            row |= {"variable": assumption, "variable_level": f"{shift:g}"}
            pooled = _analysis(changes, drawn, plan, shift, both=assumption == "BOTH")
            for arm in plan.study.arms:
                mean = pooled[arm.id, None]
                numbers = {"mean": mean.estimate, "mean_lower": mean.lower, "mean_upper": mean.upper}
                yield from named({**row, "group1_level": arm.id}, numbers)
            for arm in plan.study.test_arms:
                difference = pooled[arm.id, plan.study.arm("control").id]
                yield from named({**row, "group1_level": arm.id}, difference._asdict())
                sides[arm.id].append(int(difference.lower > 0.0) - int(difference.upper < 0.0))
        for arm_id, side in sides.items():
            tipped = [shift for shift, now in zip(row_shifts, side, strict=True) if now != side[0]]
            if tipped:
                row = {**keys, "analysis_id": "TIPPING", "method": "First shift that changes the interval"}
                row |= {"group1_level": arm_id, "variable": assumption}
                yield from named(row, {"shift": tipped[0]})


def _drawn(changes: Changes, output: Output, plan: Plan, reference: str | None) -> Floats | None:
    """Values at the visit compared, one row an imputation; None where nothing can be imputed."""
    design = np.column_stack([*_arms(changes, plan).values(), changes.covariates[:, 1:]])
    if len(design) <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    arms = [arm.id for arm in plan.study.arms]
    rows = [np.flatnonzero(changes.subjects["ARM"].eq(arm)) for arm in arms]
    covariates = [changes.covariates[here] for here in rows]
    kept = [_independent(x) if len(x) else [] for x in covariates]
    if reference is not None and any(
        len(x) and len(columns) < x.shape[1] for x, columns in zip(covariates, kept, strict=True)
    ):
        return None
    imputed = impute(
        [changes.values[here] for here in rows],
        [x[:, columns] for x, columns in zip(covariates, kept, strict=True)],
        output.parameters["imputations"],
        output.parameters["cycles"],
        plan.study.seeds[output.parameters["seed"]],
        None if reference is None else arms.index(reference),
    )
    if imputed is None:
        return None
    result = np.empty((output.parameters["imputations"], len(changes.values)))
    for here, values in zip(rows, imputed, strict=True):
        result[:, here] = values[:, :, changes.key]
    return result


def _arms(changes: Changes, plan: Plan) -> dict[str, Floats]:
    """Indicators of the arms that have subjects."""
    arm = changes.subjects["ARM"].to_numpy(object)
    return {a.id: (arm == a.id).astype(float) for a in plan.study.arms if (arm == a.id).any()}


def _independent(x: Floats) -> list[int]:
    """Columns that are no combination of those before them."""
    kept: list[int] = []
    for column in range(x.shape[1]):
        if np.linalg.matrix_rank(x[:, [*kept, column]]) > len(kept):
            kept.append(column)
    return kept


def _analysis(
    changes: Changes, drawn: Floats | None, plan: Plan, shift: float, *, both: bool
) -> dict[tuple[str, str | None], Pooled]:
    """Pool the analyses of covariance: least-squares means of the arms, and their differences to control."""
    control = plan.study.arm("control").id
    wanted: list[tuple[str, str | None]] = [(arm.id, None) for arm in plan.study.arms]
    wanted += [(arm.id, control) for arm in plan.study.test_arms]
    result = dict.fromkeys(wanted, NOT_ESTIMABLE)
    if drawn is None:
        return result
    dropped = last_visit(changes.values) < changes.key
    moved = drawn + shift * (dropped & (changes.subjects["ARM"].ne(control).to_numpy(bool) | both))
    arms = _arms(changes, plan)
    design = np.column_stack([*arms.values(), changes.covariates[:, 1:]])
    inverse = np.linalg.pinv(design)
    coefficients = moved @ inverse.T
    df = len(design) - design.shape[1]
    variance = np.sum((moved - coefficients @ design.T) ** 2, axis=1) / df
    of_arm = dict(zip(arms, inverse, strict=False))
    for one, other in wanted:
        if one in arms and (other is None or other in arms):
            weights = of_arm[one] if other is None else of_arm[one] - of_arm[other]
            result[one, other] = _rubin(moved @ weights, variance * float(weights @ weights), df, plan.study.confidence)
    return result


def _rubin(estimates: Floats, variances: Floats, df_complete: float, confidence: float) -> Pooled:
    """Pool by Rubin's rules, degrees of freedom after Barnard and Rubin (1999)."""
    m = len(estimates)
    within, between = float(variances.mean()), float(estimates.var(ddof=1))
    total = within + (1.0 + 1.0 / m) * between
    part = (1.0 + 1.0 / m) * between / total
    observed = (df_complete + 1.0) / (df_complete + 3.0) * df_complete * (1.0 - part)
    df = 1.0 / (part**2 / (m - 1.0) + 1.0 / observed)
    estimate, se = float(estimates.mean()), math.sqrt(total)
    half = float(student.ppf((1.0 + confidence) / 2.0, df)) * se
    p = 2.0 * float(student.sf(abs(estimate) / se, df))
    return Pooled(estimate, se, df, estimate - half, estimate + half, p)
