"""A binary finding after baseline and the time from it on: landmark analysis without immortal time.

Time zero is the date of each subject's own sample. Who had the event, or was censored, on or before it is left out and
counted: nobody is credited with time that had to be survived for the finding to be made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from csrbook.displays.columns import TOTAL, Groups
from csrbook.displays.counts import add_counts, count_cell, events_cell
from csrbook.displays.estimates import (
    add_count,
    add_number,
    add_pvalue,
    confidence_label,
    estimate_interval,
    limits,
)
from csrbook.displays.model import Row
from csrbook.displays.precision import Digits
from csrbook.errors import DataError
from csrbook.stats.cox import cox_arm
from csrbook.stats.kaplan_meier import kaplan_meier
from csrbook.stats.logistic import logistic
from csrbook.stats.proportions import clopper_pearson

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.event_times import EventTimes
    from csrbook.plan.models import Plan

__all__ = ["LandmarkParameters", "LandmarkTimes", "add_landmark_response", "landmark_rows", "landmark_times"]


class LandmarkParameters(Digits):
    """What the plan row says.

    Attributes
    ----------
    paramcd, name : str
        Parameter of the event times, and its name.
    marker, visit, specimen : str
        ``PARAMCD``, ``AVISIT`` and ``BMSPEC`` of the finding.
    positive, negative : str
        Its two levels (``AVALC``); any other is not evaluable.
    visit_label : str
        How the landmark is called.
    landmarks_months : tuple of float
        Months after the landmark at which rates are given.
    ties : {"efron", "breslow", "exact"}
    """

    paramcd: str
    name: str
    marker: str
    visit: str
    specimen: str
    positive: str
    negative: str
    positive_label: str
    negative_label: str
    visit_label: str
    landmarks_months: tuple[float, ...] = (6.0, 12.0)
    ties: str = "efron"


@dataclass(frozen=True)
class LandmarkTimes:
    """Times after the landmark.

    Attributes
    ----------
    times : EventTimes
        Of the subjects with a finding who were still at risk after it, counted from its date.
    positive : ndarray of bool
        Their finding.
    everybody : EventTimes
        As they came, from the start of the parameter.
    sampled, evaluable, finding, over : ndarray of bool
        Of ``everybody``: a record of the finding; a valid one; positive; event or censoring on or before the sample.
    """

    times: EventTimes
    positive: NDArray[np.bool_]
    everybody: EventTimes
    sampled: NDArray[np.bool_]
    evaluable: NDArray[np.bool_]
    finding: NDArray[np.bool_]
    over: NDArray[np.bool_]


def landmark_times(
    times: EventTimes, records: pd.DataFrame, starts: pd.DataFrame, chosen: LandmarkParameters, days_per_month: float
) -> LandmarkTimes:
    """Set each subject's clock to 0 at the date of the sample.

    Parameters
    ----------
    times : EventTimes
        Months from the start of the parameter, the first day counted.
    records : DataFrame
        ADBM: ``USUBJID, PARAMCD, AVISIT, BMSPEC, AVALC, ADT``.
    starts : DataFrame
        ADTTE of the parameter: ``USUBJID, STARTDT``.
    chosen : LandmarkParameters
        Which finding.
    days_per_month : float
        Unit of the times.

    Raises
    ------
    DataError
        Where a subject has two records of the finding, or an evaluable one without a date.
    """
    mine = records[
        (records["PARAMCD"] == chosen.marker)
        & (records["AVISIT"] == chosen.visit)
        & (records["BMSPEC"] == chosen.specimen)
    ]
    if mine["USUBJID"].duplicated().any():
        raise DataError(
            f"a subject has more than one result of {chosen.marker}",
            f"dataset ADBM, AVISIT {chosen.visit}, BMSPEC {chosen.specimen}",
            "keep one result a subject, visit and specimen",
        )
    result = mine.set_index("USUBJID")
    level = result["AVALC"].reindex(times.subject)
    sampled = level.notna().to_numpy()
    evaluable = level.isin([chosen.positive, chosen.negative]).to_numpy()
    date = result["ADT"].reindex(times.subject).to_numpy(dtype=float)
    start = starts.set_index("USUBJID")["STARTDT"].reindex(times.subject).to_numpy(dtype=float)
    month = (date - start + 1.0) / days_per_month
    undated = evaluable & ~np.isfinite(month)
    if undated.any():
        raise DataError(
            f"{int(undated.sum())} results of {chosen.marker} have no date, or their subject no start",
            f"dataset ADBM, first {times.subject[undated][0]}",
            "give the date of the sample",
        )
    rest = times.time - month
    # Half an hour: what is left of a difference of equal dates is rounding.
    over = evaluable & (rest < 0.02 / days_per_month)
    keep = evaluable & ~over
    after = times.where(keep)
    finding = (level == chosen.positive).to_numpy()
    return LandmarkTimes(
        replace(after, time=rest[keep], subjects=times.subjects),
        finding[keep],
        times,
        sampled,
        evaluable,
        finding,
        over,
    )


def add_landmark_response(ard: Ard, found: LandmarkTimes, chosen: LandmarkParameters, confidence: float) -> None:
    """Add the finding by arm, and the times after it by finding, in each arm and in all together.

    Parameters
    ----------
    ard : Ard
        Receives counts (``FINDING``: ``SAMPLED``, ``EVALUABLE``, the two levels), ``lower`` and ``upper`` of the
        positive share; the odds ratio of each test arm (``LOGISTIC``); who was left out (``LEFT_OUT``); ``n`` and
        ``events`` by level (``AFTER``), the median (``KM_MEDIAN``) and the rates (``KM_RATE_6``) with limits; ``hr``
        of positive to negative with limits and ``p`` (``COX_LANDMARK``), in each arm stratified by the factors of the
        plan and in all (``TOTAL``) by the arm too.
    found : LandmarkTimes
        From :func:`landmark_times`.
    chosen : LandmarkParameters
        Levels and digits.
    confidence : float
        Level of the limits.
    """
    every, after = found.everybody, found.times
    groups = Groups(every.treatment, every.arms)
    keys = {k: v for k, v in every.keys.items() if k != "group1"}
    own = {**keys, "analysis_id": "FINDING", "variable": chosen.marker}
    sizes = np.append(np.asarray(every.subjects), sum(every.subjects))
    valid = groups.tally(every.arm[found.evaluable])
    add_counts(ard, groups, groups.tally(every.arm[found.sampled]), sizes, variable_level="SAMPLED", **own)
    add_counts(ard, groups, valid, sizes, variable_level="EVALUABLE", **own)
    for name, inside in ((chosen.positive, found.finding), (chosen.negative, found.evaluable & ~found.finding)):
        add_counts(ard, groups, groups.tally(every.arm[inside]), valid, variable_level=name, **own)
    add_counts(
        ard, groups, groups.tally(every.arm[found.over]), None, **{**keys, "analysis_id": "LEFT_OUT", "method": "Count"}
    )
    for position, level in enumerate(groups.levels):
        x = int((found.finding & ((every.arm == position) | (level == TOTAL))).sum())
        exact = clopper_pearson(x, int(valid[position]), confidence=confidence)
        row = {**own, "group1": every.treatment, "group1_level": level, "method": "Clopper-Pearson", "unit": "%"}
        row["variable_level"] = chosen.positive
        for name, value in (("lower", exact.lower), ("upper", exact.upper)):
            add_number(ard, name, 100.0 * value, chosen.digits_percent, reason="no evaluable sample", **row)
        here = np.ones(len(after.time), dtype=bool) if level == TOTAL else after.arm == position
        _add_times(ard, after, found.positive, here, level, chosen, confidence)
    _add_odds(ard, found, chosen, confidence)


def _add_odds(ard: Ard, found: LandmarkTimes, chosen: LandmarkParameters, confidence: float) -> None:
    every = found.everybody
    used = found.evaluable
    for test, control in every.comparisons():
        two = used & np.isin(every.arm, [every.arms.index(test), every.arms.index(control)])
        labels = [every.arms[a].id for a in every.arm[two]]
        strata = [every.strata[s] for s in every.stratum[two]]
        row = {**every.keys, "analysis_id": "LOGISTIC", "method": "Logistic regression", "group1_level": test.id}
        why, ratio, p = "an arm without an evaluable sample", None, None
        if len(set(labels)) == 2:
            factors = {"STRATUM": strata} if len(set(strata)) > 1 else None
            fit = logistic(
                found.finding[two].astype(float),
                labels,
                factors=factors,
                arms=[test.id, control.id],
                control=control.id,
                confidence=confidence,
            )
            ratio, p, why = fit.contrasts[0].odds_ratio, fit.contrasts[0].odds_ratio_p, fit.status
            why = why if why != "ok" else ratio.status
        for name in ("estimate", "lower", "upper"):
            add_number(ard, name, getattr(ratio, name) if ratio else None, chosen.digits_hr, reason=why, **row)
        add_pvalue(ard, "p", p, chosen.digits_p, reason=why, **row)


def _add_times(
    ard: Ard,
    after: EventTimes,
    positive: NDArray[np.bool_],
    here: NDArray[np.bool_],
    level: str,
    chosen: LandmarkParameters,
    confidence: float,
) -> None:
    keys = {**after.keys, "group1_level": level}
    for name, inside in ((chosen.positive, positive & here), (chosen.negative, ~positive & here)):
        row = {**keys, "variable": chosen.marker, "variable_level": name}
        counted = {**row, "analysis_id": "AFTER", "method": "Count"}
        add_count(ard, int(inside.sum()), **counted)
        events = int(after.event[inside].sum())
        ard.add("events", events, formatted=str(events), **counted)
        curve = kaplan_meier(after.time[inside], after.event[inside], confidence=confidence)
        median = curve.quantile(0.5)
        own = {**row, "analysis_id": "KM_MEDIAN", "method": "Kaplan-Meier, log-log", "unit": "months"}
        why = "not reached" if curve.n else curve.status
        add_number(ard, "estimate", median.estimate, chosen.digits_months, reason=why, **own)
        for stat in ("lower", "upper"):
            reason = "confidence limit not reached" if curve.n else curve.status
            add_number(ard, stat, getattr(median, stat), chosen.digits_months, reason=reason, **own)
        at = curve.survival_at(np.asarray(chosen.landmarks_months, dtype=np.float64))
        for i, month in enumerate(chosen.landmarks_months):
            own = {**row, "analysis_id": f"KM_RATE_{month:g}", "method": "Kaplan-Meier, log-log", "unit": "%"}
            why = "nobody observed up to the month" if curve.n else curve.status
            for stat, values in (("estimate", at.survival), ("lower", at.lower), ("upper", at.upper)):
                add_number(ard, stat, 100.0 * float(values[i]), chosen.digits_percent, reason=why, **own)
    part = after.where(here)
    strata = [f"{part.arms[a].id}/{part.strata[s]}" for a, s in zip(part.arm, part.stratum, strict=True)]
    fit = cox_arm(part.time, part.event, positive[here], strata=strata or None, ties=chosen.ties, confidence=confidence)
    row = {
        **keys,
        "analysis_id": "COX_LANDMARK",
        "method": "Cox from the landmark, stratified",
        "variable": chosen.marker,
    }
    why = fit.status.replace("test arm", chosen.positive_label.lower()).replace(
        "control arm", chosen.negative_label.lower()
    )
    for stat, value in (("hr", fit.hr), ("lower", fit.lower), ("upper", fit.upper)):
        add_number(ard, stat, value, chosen.digits_hr, reason=why, **row)
    add_pvalue(ard, "p", fit.p, chosen.digits_p, reason=why, **row)


def landmark_rows(ard: Ard, plan: Plan, chosen: LandmarkParameters) -> list[Row]:
    """The finding by arm, then the times after it; arms and all together in columns."""
    columns = (*(arm.id for arm in plan.study.arms), TOTAL)
    level = confidence_label(plan.study.confidence)
    tests = {arm.id for arm in plan.study.test_arms}

    def counted(name: str) -> tuple[str, ...]:
        return tuple(count_cell(ard, c, analysis_id="FINDING", variable_level=name) for c in columns)

    share = tuple(limits(ard, analysis_id="FINDING", group1_level=c, variable_level=chosen.positive) for c in columns)
    odds = {
        t: (estimate_interval(ard, analysis_id="LOGISTIC", group1_level=t),
            ard.text("p", analysis_id="LOGISTIC", group1_level=t))
        for t in tests
    }  # fmt: skip
    rows = [
        Row(label=f"{chosen.positive_label} at {chosen.visit_label}", kind="group"),
        Row(counted("SAMPLED"), "Sample taken, n (%)", indent=1),
        Row(counted("EVALUABLE"), "Evaluable, n (%)", indent=1),
        Row(counted(chosen.positive), f"{chosen.positive_label}, n (% of evaluable)", indent=1),
        Row(share, f"{level} CI", indent=2),
        Row(counted(chosen.negative), f"{chosen.negative_label}, n (% of evaluable)", indent=1),
        Row(tuple(odds[c][0] if c in tests else "" for c in columns), f"Odds ratio ({level} CI), logistic", indent=1),
        Row(tuple(odds[c][1] if c in tests else "" for c in columns), "p-value (two-sided, nominal)", indent=1),
        Row(label=f"{chosen.name} from {chosen.visit_label} (landmark)", kind="group"),
        Row(
            tuple(ard.text("n", analysis_id="LEFT_OUT", group1_level=c) for c in columns),
            "Evaluable, event or end of follow-up before the landmark, n",
            indent=1,
        ),
    ]
    for name, label in ((chosen.positive, chosen.positive_label), (chosen.negative, chosen.negative_label)):
        own = {"variable_level": name}
        after = tuple(events_cell(ard, c, analysis_id="AFTER", **own) for c in columns)
        medians = tuple(estimate_interval(ard, analysis_id="KM_MEDIAN", group1_level=c, **own) for c in columns)
        rows += [
            Row(after, f"{label}: events/patients at risk", indent=1),
            Row(medians, f"Median, months ({level} CI)", indent=2),
        ]
        for month in chosen.landmarks_months:
            rates = tuple(
                estimate_interval(ard, analysis_id=f"KM_RATE_{month:g}", group1_level=c, **own) for c in columns
            )
            rows.append(Row(rates, f"Rate at {month:g} months, % ({level} CI)", indent=2))
    rows += [
        Row(
            tuple(estimate_interval(ard, "hr", analysis_id="COX_LANDMARK", group1_level=c) for c in columns),
            f"Hazard ratio, {chosen.positive_label.lower()} to {chosen.negative_label.lower()} ({level} CI)",
            indent=1,
        ),
        Row(
            tuple(ard.text("p", analysis_id="COX_LANDMARK", group1_level=c) for c in columns),
            "p-value (two-sided, nominal)",
            indent=1,
        ),
    ]
    return rows
