"""Competing risks: events by kind, cumulative incidence, Gray's test and the Fine–Gray model, to ARD and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from pydantic import Field

from csrbook.displays.columns import add_sizes_once
from csrbook.displays.counts import count_cell
from csrbook.displays.estimates import add_count, add_number, add_pvalue, confidence_label, estimate_interval
from csrbook.displays.model import Row
from csrbook.displays.parameters import sentence_case
from csrbook.displays.precision import Digits
from csrbook.errors import DataError
from csrbook.stats.competing_risks import cumulative_incidence, gray_test
from csrbook.stats.fine_gray import fine_gray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.program import Data
    from csrbook.plan.models import Plan

__all__ = ["CompetingRiskParameters", "add_competing_risks", "competing_causes", "competing_risk_rows"]

KINDS: Final = {1: ("EVENT", "Event"), 2: ("COMPETING", "Competing event"), 0: ("CENSORED", "Censored")}
"""``analysis_id`` and label of each kind of end, by its code in ``COMPEV``."""


class CompetingRiskParameters(Digits):
    """What the plan row says: parameters with their labels, months of the incidences, and labels of ``EVNTDESC``."""

    paramcd: dict[str, str] = Field(min_length=1)
    landmarks_months: tuple[float, ...]
    labels: dict[str, str] = Field(default_factory=dict)
    stratified: bool = False
    """Whether Gray's test is stratified by the factors of the plan."""


def competing_causes(data: Data, times: EventTimes, dataset: str = "ADTTE") -> NDArray[np.int64]:
    """What ended each subject's time: 1 the event, 2 a competing event, 0 censored (``COMPEV``).

    Raises
    ------
    DataError
        Where ``COMPEV`` is another code, or contradicts ``CNSR`` (1 goes with an event, 0 and 2 with none).
    """
    records = data.dataset(dataset, ["USUBJID", "PARAMCD", "COMPEV"])
    own = records[records["PARAMCD"] == times.parameter].set_index("USUBJID")["COMPEV"]
    codes = own.reindex(times.subject).to_numpy(dtype=np.float64)
    wrong = ~np.isin(codes, list(KINDS)) | ((codes == 1) != times.event)
    if wrong.any():
        raise DataError(
            f"COMPEV of {int(wrong.sum())} subjects is no code of 0, 1, 2 or contradicts CNSR",
            f"dataset {dataset}, PARAMCD {times.parameter}, first {times.subject[wrong][0]}",
            "code 1 for an event (CNSR 0), 2 for a competing event and 0 for a censored time (CNSR above 0)",
        )
    return codes.astype(np.int64)


def add_competing_risks(
    ard: Ard, times: EventTimes, causes: NDArray[np.int64], chosen: CompetingRiskParameters, confidence: float
) -> None:
    """Add everything about one parameter.

    Parameters
    ----------
    ard : Ard
        Receives ``n`` and ``p`` of each kind of end and its reasons (``EVENT``, ``COMPETING``, ``CENSORED``), the
        cumulative incidence in percent at each month (``INCIDENCE``: ``estimate``, ``lower``, ``upper``), and for each
        test arm against control Gray's test (``GRAY``: ``chi2``, ``p``) and the subdistribution hazard ratio
        (``FINE_GRAY``: ``hr``, ``lower``, ``upper``, ``p``).
    times : EventTimes
        Of one parameter; stratified where Gray's test is to be.
    causes : ndarray of int
        From :func:`competing_causes`.
    chosen : CompetingRiskParameters
        Months and digits.
    confidence : float
        Level of the two-sided intervals.
    """
    add_sizes_once(ard, times.groups, times.subjects, times.analysis_set)
    _add_kinds(ard, times, causes, chosen)
    _add_incidence(ard, times, causes, chosen, confidence)
    _add_comparisons(ard, times, causes, chosen, confidence)


def _add_kinds(ard: Ard, times: EventTimes, causes: NDArray[np.int64], digits: Digits) -> None:
    for code, (kind, _) in KINDS.items():
        reasons = sorted(set(times.reason[causes == code].tolist()))
        for position, arm in enumerate(times.arms):
            keys = {**times.keys, "group1_level": arm.id, "analysis_id": kind, "method": "Count and percentage"}
            here = (causes == code) & (times.arm == position)
            whole = times.subjects[position]
            add_count(ard, int(here.sum()), whole, digits.digits_percent, **keys)
            for reason in reasons:
                row = {**keys, "variable": "EVNTDESC", "variable_level": reason}
                add_count(ard, int((times.reason[here] == reason).sum()), whole, digits.digits_percent, **row)


def _add_incidence(
    ard: Ard, times: EventTimes, causes: NDArray[np.int64], chosen: CompetingRiskParameters, confidence: float
) -> None:
    for position, arm in enumerate(times.arms):
        here = times.arm == position
        curve = cumulative_incidence(times.time[here], causes[here], confidence=confidence)
        keys = {**times.keys, "group1_level": arm.id, "analysis_id": "INCIDENCE", "method": "Aalen-Johansen, log-log"}
        found = curve.at(np.asarray(chosen.landmarks_months, dtype=np.float64))
        for month, (_, estimate, _, lower, upper) in zip(chosen.landmarks_months, found.tolist(), strict=True):
            row = {**keys, "variable": "MONTH", "variable_level": f"{month:g}", "unit": "%"}
            absent = "nobody observed up to the month" if curve.n else curve.status
            add_number(ard, "estimate", 100.0 * estimate, chosen.digits_percent, reason=absent, **row)
            reason = "no confidence limit before the first event" if estimate == estimate else absent
            for name, value in (("lower", lower), ("upper", upper)):
                add_number(ard, name, 100.0 * value, chosen.digits_percent, reason=reason, **row)


def _add_comparisons(
    ard: Ard, times: EventTimes, causes: NDArray[np.int64], chosen: CompetingRiskParameters, confidence: float
) -> None:
    for test, control in times.comparisons():
        both = np.isin(times.arm, [times.arms.index(test), times.arms.index(control)])
        time, cause = times.time[both], causes[both]
        arm = (times.arm[both] == times.arms.index(test)).astype(np.int64)
        keys = {**times.keys, "group1_level": test.id}
        strata = times.stratum[both] if times.factors else None
        gray = gray_test(time, cause, arm, strata=strata)
        row = {**keys, "analysis_id": "GRAY", "method": "Gray, stratified" if times.factors else "Gray"}
        add_number(ard, "chi2", gray.chi2, chosen.digits_statistic, reason=gray.status, **row)
        add_pvalue(ard, "p", gray.p, chosen.digits_p, reason=gray.status, **row)
        # An arm without subjects leaves the covariate constant.
        model = fine_gray(time, cause, arm, confidence=confidence)
        reason = gray.status if gray.status != "ok" else model.status
        row = {**keys, "analysis_id": "FINE_GRAY", "method": "Fine-Gray"}
        for name, values in (("hr", model.hr), ("lower", model.lower), ("upper", model.upper)):
            add_number(ard, name, float(values[0]), chosen.digits_hr, reason=reason, **row)
        add_pvalue(ard, "p", float(model.p[0]), chosen.digits_p, reason=reason, **row)


def competing_risk_rows(
    ard: Ard, plan: Plan, months: tuple[float, ...], labels: Mapping[str, str], **keys: str
) -> list[Row]:
    """The rows of one parameter, arms in columns; a comparison stands in the column of its test arm."""
    arms = plan.study.arms
    level = confidence_label(plan.study.confidence)
    rows: list[Row] = []
    for kind, label in KINDS.values():
        shown = tuple(count_cell(ard, arm.id, analysis_id=kind, variable="", **keys) for arm in arms)
        rows.append(Row(shown, f"{label}, n (%)", indent=1))
        found = ard.select(analysis_id=kind, variable="EVNTDESC", stat_name="n", group1_level=arms[0].id, **keys)
        reasons = [str(row["variable_level"]) for row in found]
        for reason in reasons if len(reasons) > 1 else ():
            shown = tuple(count_cell(ard, arm.id, analysis_id=kind, variable_level=reason, **keys) for arm in arms)
            rows.append(Row(shown, labels.get(reason, sentence_case(reason)), indent=2))
    for month in months:
        own = {"analysis_id": "INCIDENCE", "variable_level": f"{month:g}", **keys}
        shown = tuple(estimate_interval(ard, group1_level=arm.id, **own) for arm in arms)
        span = f"{month:g} month{'' if month == 1 else 's'}"
        rows.append(Row(shown, f"Cumulative incidence at {span}, % ({level} CI)", indent=1))
    tests = {arm.id for arm in arms if arm.role == "test"}

    def compared(analysis: str, *names: str) -> tuple[str, ...]:
        own = {"analysis_id": analysis, **keys}
        one = [
            "" if arm.id not in tests
            else ard.text(names[0], group1_level=arm.id, **own) if len(names) == 1
            else estimate_interval(ard, *names, group1_level=arm.id, **own)
            for arm in arms
        ]  # fmt: skip
        return tuple(one)

    rows.append(
        Row(compared("FINE_GRAY", "hr", "lower", "upper"), f"Subdistribution hazard ratio ({level} CI)", indent=1)
    )
    rows.append(Row(compared("FINE_GRAY", "p"), "Fine–Gray p-value (two-sided)", indent=1))
    rows.append(Row(compared("GRAY", "p"), "Gray test p-value (two-sided)", indent=1))
    return rows
