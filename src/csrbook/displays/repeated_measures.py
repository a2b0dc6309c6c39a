"""Scores at scheduled visits: observed changes and the mixed model for repeated measures by arm, to ARD."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pydantic import Field

from csrbook.displays.columns import add_sizes, treatment_groups
from csrbook.displays.conditions import Condition, Selection
from csrbook.displays.estimates import add_number, add_pvalue, add_text, add_warnings
from csrbook.displays.event_times import MISSING_STRATUM
from csrbook.displays.precision import Digits
from csrbook.displays.program import analysis_subjects
from csrbook.errors import DataError
from csrbook.stats.descriptive import describe
from csrbook.stats.mmrm import Mmrm, mmrm

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from csrbook.ard import Ard
    from csrbook.displays.columns import Groups
    from csrbook.displays.program import Data
    from csrbook.plan.models import Plan
    from csrbook.stats._student import LinearEstimate

__all__ = ["RepeatedMeasuresParameters", "VisitScores", "add_model", "add_scores", "visit_scores"]

STRUCTURES: Final = {
    "UN": "unstructured",
    "TOEPH": "heterogeneous Toeplitz",
    "ARH1": "heterogeneous first-order autoregressive",
    "CS": "compound symmetry",
}


class RepeatedMeasuresParameters(Digits):
    """What the plan row says.

    Attributes
    ----------
    paramcd : dict
        Parameters and their labels, in the order of the page.
    visits : dict
        ``AVISITN`` of the visits of the model, and their labels.
    key_visit : float
        The visit whose difference is of interest.
    where : tuple of Condition
        Records that count.
    covariance, fallbacks, method
        As in :func:`csrbook.stats.mmrm.mmrm`. The fallbacks have the sandwich standard error.
    relevant : float
        A difference or change that patients notice; 0 for none.
    better : {"higher", "lower"} by parameter
        Direction of each parameter.
    """

    paramcd: dict[str, str] = Field(min_length=1)
    visits: dict[float, str] = Field(min_length=1)
    key_visit: float
    dataset: str = "ADQS"
    where: tuple[Condition, ...] = ()
    covariance: str = "UN"
    fallbacks: tuple[str, ...] = ("TOEPH", "ARH1", "CS")
    method: str = "kenward-roger-linear"
    digits: int = Field(default=1, ge=0)
    relevant: float = 0.0
    better: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class VisitScores:
    """Scores of the subjects of an analysis set.

    Attributes
    ----------
    subjects : DataFrame
        ADSL of the set with ``ARM``, and each stratification factor with blanks as a level of their own.
    records : DataFrame
        One record a subject, parameter and visit: ``USUBJID, PARAMCD, AVISITN, AVAL, BASE, CHG``, of subjects of the
        set with an arm.
    factors : tuple of str
        Stratification variables.
    groups : Groups
        Arms.
    warnings : tuple of str
        What a reader must know of the data.
    """

    subjects: pd.DataFrame
    records: pd.DataFrame
    factors: tuple[str, ...]
    groups: Groups
    warnings: tuple[str, ...]


def visit_scores(data: Data, plan: Plan, analysis_set: str, chosen: RepeatedMeasuresParameters) -> VisitScores:
    """The records of the parameters and subjects.

    Raises
    ------
    DataError
        Where a subject has two records of a parameter at a visit.
    """
    subjects = analysis_subjects(data, plan, analysis_set)
    factors = tuple(factor.variable for factor in plan.study.strata)
    warnings = []
    if lost := int((subjects["ARM"] == "").sum()):
        warnings.append(f"{lost} patients of the analysis set without a treatment arm left out.")
    for name in factors:
        blank = subjects[name] == ""
        if blank.any():
            warnings.append(f"{int(blank.sum())} patients without a value of {name} analysed as a level of their own.")
            subjects[name] = subjects[name].where(~blank, MISSING_STRATUM)
    records = data.dataset(chosen.dataset)
    records = records[Selection(records, chosen.dataset)(chosen.where)]
    known = subjects.loc[subjects["ARM"] != "", ["USUBJID", "ARM", *factors]]
    records = records[["USUBJID", "PARAMCD", "AVISITN", "AVAL", "BASE", "CHG"]].merge(known, on="USUBJID")
    records = records[records["PARAMCD"].isin(list(chosen.paramcd)) & records["AVAL"].notna()]
    twice = records.duplicated(["USUBJID", "PARAMCD", "AVISITN"])
    if twice.any():
        one = records[twice].iloc[0]
        raise DataError(
            f"{int(twice.sum())} records are a second one of a patient, parameter and visit",
            f"dataset {chosen.dataset}, first {one['USUBJID']}, {one['PARAMCD']}, AVISITN {one['AVISITN']:g}",
            "flag one record a visit for analysis, and select it with 'where'",
        )
    groups = treatment_groups(plan, analysis_set, total=False)
    return VisitScores(subjects, records.reset_index(drop=True), factors, groups, tuple(warnings))


def add_scores(ard: Ard, scores: VisitScores, chosen: RepeatedMeasuresParameters, confidence: float) -> None:
    """Add sizes, warnings, and for each parameter its summary (:func:`add_model`)."""
    add_sizes(ard, scores.groups, scores.groups.sizes(scores.subjects["ARM"]))
    add_warnings(ard, scores.warnings, group1=scores.groups.variable)
    for parameter in chosen.paramcd:
        _add_baseline(ard, scores, parameter, chosen)
        add_model(ard, scores, parameter, chosen, confidence)


def _keys(scores: VisitScores, parameter: str) -> dict[str, str]:
    return {"group1": scores.groups.variable, "group2": "PARAMCD", "group2_level": parameter}


def _add_baseline(ard: Ard, scores: VisitScores, parameter: str, chosen: RepeatedMeasuresParameters) -> None:
    mine = scores.records[scores.records["PARAMCD"] == parameter]
    base = mine.dropna(subset=["BASE"]).drop_duplicates("USUBJID")
    for arm in scores.groups.arms:
        values = base.loc[(base["ARM"] == arm.id).to_numpy(), "BASE"].to_numpy(dtype=float)
        row = {**_keys(scores, parameter), "group1_level": arm.id, "analysis_id": "BASELINE"}
        _add_summary(ard, values, chosen.digits, row)


def _add_summary(ard: Ard, values: np.ndarray, digits: int, row: dict[str, str]) -> None:
    found = describe(values)
    row = {**row, "method": "Descriptive statistics"}
    ard.add("n", found.n, formatted=str(found.n), **row)
    add_number(ard, "mean", found.mean, digits, reason="a mean needs 1 value", **row)
    add_number(ard, "sd", found.sd, digits + 1, reason="a standard deviation needs 2 values", **row)


def add_model(
    ard: Ard, scores: VisitScores, parameter: str, chosen: RepeatedMeasuresParameters, confidence: float
) -> Mmrm | None:
    """Add the observed changes and the mixed model of one parameter.

    Parameters
    ----------
    ard : Ard
        Receives, by arm and visit (``variable = AVISITN``): ``n``, ``mean`` and ``sd`` of the observed change
        (``OBSERVED_CHANGE``); ``estimate``, ``se``, ``lower``, ``upper`` of the least-squares mean (``LS_MEAN``) and,
        for each test arm, the same and ``df``, ``p`` of its difference from control (``LS_DIFFERENCE``); for the model
        (``MODEL``) the covariance that was used and the numbers of patients and records.
    scores : VisitScores
        From :func:`visit_scores`.
    parameter : str
        ``PARAMCD``.
    chosen : RepeatedMeasuresParameters
        Visits, covariance and digits.
    confidence : float
        Level of the limits.

    Returns
    -------
    Mmrm or None
        The fit; None without any record.
    """
    keys = _keys(scores, parameter)
    mine = scores.records[
        (scores.records["PARAMCD"] == parameter) & scores.records["AVISITN"].isin(list(chosen.visits))
    ]
    used = mine.dropna(subset=["BASE", "CHG"])
    for visit in chosen.visits:
        for arm in scores.groups.arms:
            here = (used["AVISITN"] == visit) & (used["ARM"] == arm.id)
            row = {**keys, "group1_level": arm.id, "analysis_id": "OBSERVED_CHANGE", **_at(visit)}
            _add_summary(ard, used.loc[here, "CHG"].to_numpy(dtype=float), chosen.digits, row)
    if lost := len(mine) - len(used):
        add_warnings(ard, [f"{lost} records of {parameter} without a baseline or a change left out."], **keys)
    fit, reason = _fit(used, scores, chosen, confidence)
    _add_fit(ard, fit, reason, scores, chosen, keys)
    row = {**keys, "analysis_id": "MODEL", "method": "MMRM, REML"}
    ard.add("n", used["USUBJID"].nunique(), formatted=str(used["USUBJID"].nunique()), **row)
    ard.add("records", len(used), formatted=str(len(used)), **row)
    name = "not fitted"
    if fit and fit.fit.fitted:
        name = f"{STRUCTURES[fit.fit.covariance]} covariance"
        if fit.status != "ok":
            row["warning"] = f"Covariance of {chosen.paramcd[parameter]}: {fit.status}."
    add_text(ard, "covariance", name, **row)
    return fit


def _at(visit: float) -> dict[str, str]:
    return {"variable": "AVISITN", "variable_level": f"{visit:g}"}


def _fit(
    used: pd.DataFrame, scores: VisitScores, chosen: RepeatedMeasuresParameters, confidence: float
) -> tuple[Mmrm | None, str]:
    """The fit and, where there is none, why."""
    arms = [arm.id for arm in scores.groups.arms]
    present = [arm for arm in arms if (used["ARM"] == arm).any()]
    control = scores.groups.comparisons()[0][1].id if scores.groups.comparisons() else arms[-1]
    if len(present) < 2 or control not in present:
        return None, "fewer than two arms, or no control arm, with a change from baseline"
    # A factor with one level in the data has no effect of its own.
    factors = {name: used[name].to_numpy() for name in scores.factors if used[name].nunique() > 1}

    def fitted(covariance: str, fallbacks: tuple[str, ...], method: str) -> Mmrm:
        return mmrm(
            used["CHG"].to_numpy(dtype=float),
            used["USUBJID"].to_numpy(dtype=object),
            [f"{visit:g}" for visit in used["AVISITN"]],
            used["ARM"].to_numpy(dtype=object),
            covariates={"BASE": used["BASE"].to_numpy(dtype=float)},
            factors=factors,
            by_visit=("BASE",),
            arms=arms,
            control=control,
            visits=[f"{visit:g}" for visit in chosen.visits],
            covariance=covariance,
            fallbacks=fallbacks,
            method=method,
            confidence=confidence,
        )

    fit = fitted(chosen.covariance, (), chosen.method)
    if not fit.fit.fitted and chosen.fallbacks:
        first = fit.status
        fit = fitted(chosen.fallbacks[0], chosen.fallbacks[1:], "sandwich")
        outcome = (
            f"{STRUCTURES[fit.fit.covariance]} with sandwich standard errors used" if fit.fit.fitted else fit.status
        )
        fit = replace(fit, status=f"{first}; {outcome}")
    return fit, "" if fit.fit.fitted else fit.status


def _add_fit(
    ard: Ard, fit: Mmrm | None, reason: str, scores: VisitScores, chosen: RepeatedMeasuresParameters,
    keys: dict[str, str],
) -> None:  # fmt: skip
    means = {} if fit is None else {(m.arm, m.visit): m.estimate for m in fit.ls_means}
    differences = {} if fit is None else {(d.arm, d.visit): d.estimate for d in fit.differences}
    for visit in chosen.visits:
        for arm in scores.groups.arms:
            row = {**keys, "group1_level": arm.id, "method": "MMRM, REML", **_at(visit)}
            found = means.get((arm.id, f"{visit:g}"))
            _add_estimate(ard, found, reason, chosen, {**row, "analysis_id": "LS_MEAN"})
            if arm.role == "test":
                found = differences.get((arm.id, f"{visit:g}"))
                row = {**row, "analysis_id": "LS_DIFFERENCE"}
                _add_estimate(ard, found, reason, chosen, row)
                why = reason or (found.status if found else "")
                add_number(ard, "df", found.df if found else None, 1, reason=why, **row)
                add_pvalue(ard, "p", found.p if found else None, chosen.digits_p, reason=why, **row)


def _add_estimate(
    ard: Ard, found: LinearEstimate | None, reason: str, chosen: RepeatedMeasuresParameters, row: dict[str, str]
) -> None:
    why = reason or (found.status if found else "")
    add_number(ard, "estimate", found.estimate if found else None, chosen.digits, reason=why, **row)
    add_number(ard, "se", found.se if found else None, chosen.digits + 1, reason=why, **row)
    for name in ("lower", "upper"):
        add_number(ard, name, getattr(found, name) if found else None, chosen.digits, reason=why, **row)
