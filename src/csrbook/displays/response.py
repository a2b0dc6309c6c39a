"""Response: best response by category, response rate with exact limits, and the stratified comparison of rates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.displays.columns import Groups, add_sizes_once
from csrbook.displays.estimates import add_count, add_number, add_pvalue
from csrbook.displays.event_times import strata_codes
from csrbook.displays.stratified_tables import stratified_tables
from csrbook.errors import DataError
from csrbook.stats.contingency import cmh
from csrbook.stats.proportions import clopper_pearson
from csrbook.stats.risk_difference import miettinen_nurminen_stratified

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.precision import Digits
    from csrbook.plan.models import Arm, Plan

__all__ = ["NOT_ASSESSED", "Responses", "add_categories", "add_rate_comparison", "add_rates", "responses"]

NOT_ASSESSED = "NOT ASSESSED"
"""Category of subjects without a record; they stay in the denominator."""


@dataclass(frozen=True)
class Responses:
    """One category a subject of an analysis set.

    Attributes
    ----------
    category : ndarray of str
        Codelist value, or :data:`NOT_ASSESSED`.
    arm : ndarray of int
        Position in ``arms``.
    stratum : ndarray of int
        Position in ``strata``.
    """

    parameter: str
    analysis_set: str
    arms: tuple[Arm, ...]
    treatment: str
    category: NDArray[np.object_]
    arm: NDArray[np.intp]
    stratum: NDArray[np.intp]
    strata: tuple[str, ...]
    factors: tuple[str, ...]

    @property
    def groups(self) -> Groups:
        """The arms as the columns of a table."""
        return Groups(self.treatment, self.arms, total=False)

    @property
    def keys(self) -> dict[str, str]:
        """ARD columns that all numbers share."""
        return {
            "analysis_set": self.analysis_set,
            "group1": self.treatment,
            "group2": "PARAMCD",
            "group2_level": self.parameter,
        }

    @property
    def sizes(self) -> tuple[int, ...]:
        """Subjects of each arm."""
        return tuple(int(n) for n in np.bincount(self.arm, minlength=len(self.arms)))

    def comparisons(self) -> list[tuple[int, int]]:
        """Positions of each test arm and of the control arm."""
        control = next(index for index, arm in enumerate(self.arms) if arm.role == "control")
        return [(index, control) for index, arm in enumerate(self.arms) if arm.role == "test"]


def responses(
    subjects: pd.DataFrame, records: pd.DataFrame, plan: Plan, analysis_set: str, parameter: str
) -> Responses:
    """Category of each subject with an arm.

    Parameters
    ----------
    subjects : DataFrame
        From :func:`csrbook.displays.program.analysis_subjects`.
    records : DataFrame
        ``USUBJID`` and ``AVALC`` of one parameter and evaluator: at most one record a subject.
    plan : Plan
        Arms and stratification factors.
    analysis_set, parameter : str
        Keys of the numbers.
    """
    study = plan.study
    factors = tuple(factor.variable for factor in study.strata)
    treated = subjects[subjects["ARM"] != ""]
    merged = treated[["USUBJID", "ARM", *factors]].merge(
        records[["USUBJID", "AVALC"]], on="USUBJID", how="left", sort=False
    )
    if len(merged) != len(treated):
        raise DataError(
            f"{len(merged) - len(treated)} subjects have more than one record of {parameter}",
            "dataset ADRS, keys USUBJID, PARAMCD, EVAL",
            "a best response is one record a subject and evaluator",
        )
    position = {arm.id: index for index, arm in enumerate(study.arms)}
    stratum, names = strata_codes(merged, factors)
    categories = [value if value == value and value != "" else NOT_ASSESSED for value in merged["AVALC"]]
    return Responses(
        parameter=parameter,
        analysis_set=analysis_set,
        arms=study.arms,
        treatment="TRT01P" if study.analysis_set(analysis_set).treatment == "planned" else "TRT01A",
        category=np.array(categories, dtype=object),
        arm=np.array([position[arm] for arm in merged["ARM"]], dtype=np.intp),
        stratum=stratum,
        strata=names,
        factors=factors,
    )


def add_categories(ard: Ard, found: Responses, planned: Sequence[str], digits: Digits) -> None:
    """Subjects of each category, n and % of the arm (``BEST_RESPONSE``): the percentages of an arm add up to 100.

    Planned categories come first, also where nobody has them; others follow, so that no subject is lost.
    """
    add_sizes_once(ard, found.groups, found.sizes, found.analysis_set)
    others = sorted(set(found.category) - set(planned))
    for position, arm in enumerate(found.arms):
        here = found.arm == position
        for category in (*planned, *others):
            keys = {
                **found.keys,
                "group1_level": arm.id,
                "analysis_id": "BEST_RESPONSE",
                "method": "Count and percentage",
                "variable": "AVALC",
                "variable_level": category,
            }
            count = int((found.category[here] == category).sum())
            add_count(ard, count, found.sizes[position], digits.digits_percent, **keys)


def add_rates(ard: Ard, found: Responses, responders: Sequence[str], digits: Digits, confidence: float) -> None:
    """Responders, their percentage and its exact limits in each arm (``RESPONSE_RATE``)."""
    responded = np.isin(found.category, list(responders))
    for position, arm in enumerate(found.arms):
        count, whole = int(responded[found.arm == position].sum()), found.sizes[position]
        exact = clopper_pearson(count, whole, confidence=confidence) if whole else None
        keys = {
            **found.keys,
            "group1_level": arm.id,
            "analysis_id": "RESPONSE_RATE",
            "method": "Clopper-Pearson",
            "variable": "AVALC",
            "variable_level": "+".join(responders),
        }
        add_count(ard, count, **keys)
        for name in ("estimate", "lower", "upper"):
            value = None if exact is None else 100.0 * float(getattr(exact, name))
            reason = "no subject in the arm"
            add_number(ard, name, value, digits.digits_percent, reason=reason, **{**keys, "unit": "%"})


def add_rate_comparison(
    ard: Ard, found: Responses, responders: Sequence[str], digits: Digits, confidence: float
) -> None:
    """Each test arm against control: stratified risk difference, Mantel–Haenszel odds ratio, CMH test.

    The difference (``RISK_DIFFERENCE_STRATIFIED``, percentage points) has Miettinen–Nurminen limits with
    Mantel–Haenszel weights; the test (``CMH``) has one degree of freedom and no continuity correction.
    """
    responded = np.isin(found.category, list(responders))
    for test, control in found.comparisons():
        pair = np.isin(found.arm, (test, control))
        names = [found.strata[code] for code in found.stratum[pair]]
        tables, labels = stratified_tables(responded[pair], found.arm[pair] == test, names if found.factors else None)
        keys = {**found.keys, "group1_level": found.arms[test].id, "variable": "AVALC"}
        keys["variable_level"] = "+".join(responders)
        yes, no = tables[:, :, 0], tables[:, :, 1]
        size = yes + no
        difference = miettinen_nurminen_stratified(yes[:, 0], size[:, 0], yes[:, 1], size[:, 1], confidence=confidence)
        row = {
            **keys,
            "analysis_id": "RISK_DIFFERENCE_STRATIFIED",
            "method": "Miettinen-Nurminen, Mantel-Haenszel weights",
            "unit": "%",
        }
        for name, value in (
            ("difference", difference.difference),
            ("lower", difference.lower),
            ("upper", difference.upper),
        ):
            add_number(ard, name, 100.0 * value, digits.digits_percent, reason=difference.status, **row)
        test_result = cmh(tables, confidence=confidence, labels=labels)
        row = {**keys, "analysis_id": "CMH", "method": "Cochran-Mantel-Haenszel"}
        if test_result.status == "ok" and test_result.uninformative_strata:
            strata = "; ".join(test_result.uninformative_strata)
            row["warning"] = f"Strata that add nothing to the Cochran-Mantel-Haenszel test: {strata}."
        for name, value in (
            ("odds_ratio", test_result.odds_ratio),
            ("lower", test_result.lower),
            ("upper", test_result.upper),
        ):
            add_number(ard, name, value, digits.digits_hr, reason=_reason(test_result.status, value), **row)
        add_number(ard, "chi_square", test_result.chi2, digits.digits_statistic, reason=test_result.status, **row)
        add_pvalue(ard, "p", test_result.p, digits.digits_p, reason=test_result.status, **row)


def _reason(status: str, value: float) -> str:
    return "an empty cell in every stratum" if status == "ok" and not math.isfinite(value) else status
