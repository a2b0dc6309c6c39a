"""Timing of assessments: how many, how far apart, off schedule, and missed, by subject and by visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.displays.columns import TOTAL, Groups
from csrbook.displays.counts import add_counts
from csrbook.displays.estimates import add_number, add_pvalue
from csrbook.displays.summary import Variable, add_summary
from csrbook.stats.cmh_scores import cmh_scores_from_data
from csrbook.stats.descriptive import describe

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.ard import Ard

__all__ = ["PER_SUBJECT", "VisitSchedule", "add_timing_by_visit", "add_timing_of_subjects"]

_WITH: Final = "Patients with, n (%)"

PER_SUBJECT: Final = (
    Variable(name="NASSESS", label="Number of assessments after baseline", type="continuous"),
    Variable(name="INTERVAL", label="Mean interval between assessments (weeks)", type="continuous", digits=1),
    Variable(name="OFFFL", label="At least one assessment outside the window", type="flag", heading=_WITH),
    Variable(name="MISSFL", label="At least one missed assessment", type="flag", heading=_WITH),
    Variable(name="MISS2FL", label="Two or more missed in a row", type="flag", heading=_WITH),
)  # fmt: skip
"""What is summarised of each subject."""


@dataclass(frozen=True)
class VisitSchedule:
    """The planned rhythm: weeks between assessments, and the days by which one may be off."""

    weeks: int
    window: int


def add_timing_of_subjects(
    ard: Ard, subjects: pd.DataFrame, visits: pd.DataFrame, groups: Groups, schedule: VisitSchedule
) -> None:
    """Summarise each subject's assessments, and compare the mean interval of each test arm with control.

    Parameters
    ----------
    ard : Ard
        Receives the summaries of :data:`PER_SUBJECT` and, under ``WILCOXON``, ``chi_square`` and the two-sided ``p``
        of the rank-sum test (Kruskal–Wallis with one degree of freedom, midranks, no continuity correction).
    subjects : DataFrame
        One record a subject, with ``USUBJID`` and ``ARM``.
    visits : DataFrame
        One record an assessment after baseline: ``USUBJID``, ``ADT``, ``AVISITN`` (week), ``OFF`` (days off schedule).
    groups : Groups
        Columns.
    schedule : VisitSchedule
        Rhythm and window.

    Notes
    -----
    An assessment is missed where the next one that took place is of a later scheduled week; after the last assessment
    nothing can be said. SAS: ``proc npar1way wilcoxon``; R: ``wilcox.test(correct = FALSE, exact = FALSE)``.
    """
    frame = _per_subject(subjects, visits, schedule)
    add_summary(ard, frame, groups, PER_SUBJECT)
    for test, control in groups.comparisons():
        two = frame[frame["ARM"].isin([test.id, control.id]) & frame["INTERVAL"].notna()]
        keys = {
            "analysis_id": "WILCOXON", "method": "Wilcoxon rank-sum test", "group1": groups.variable,
            "group1_level": test.id, "variable": "INTERVAL",
        }  # fmt: skip
        if two["ARM"].nunique() < 2 or two["INTERVAL"].nunique() < 2:
            reason = "the test needs intervals in both arms that differ"
            add_number(ard, "chi_square", None, 3, reason=reason, **keys)
            add_pvalue(ard, "p", None, 4, reason=reason, **keys)
            continue
        found = cmh_scores_from_data(two["ARM"].to_numpy(), two["INTERVAL"].to_numpy(), scores="rank").row_mean_scores
        add_number(ard, "chi_square", found.chi2, 3, reason=found.status, **keys)
        add_pvalue(ard, "p", found.p, 4, reason=found.status, **keys)


def _per_subject(subjects: pd.DataFrame, visits: pd.DataFrame, schedule: VisitSchedule) -> pd.DataFrame:
    ordered = visits.sort_values(["USUBJID", "AVISITN"], kind="stable")
    earlier = ordered.groupby("USUBJID")[["ADT", "AVISITN"]].shift()
    # The first interval begins at randomisation, week 0.
    start = ordered["USUBJID"].map(subjects.set_index("USUBJID")["RANDDT"])
    ordered = ordered.assign(
        DAYS=ordered["ADT"] - earlier["ADT"].fillna(start),
        MISSED=(ordered["AVISITN"] - earlier["AVISITN"].fillna(0.0)) / schedule.weeks - 1.0,
        BEYOND=ordered["OFF"].abs() > schedule.window,
    )
    by_subject = ordered.groupby("USUBJID")
    frame = subjects[["USUBJID", "ARM"]].copy()
    key = frame["USUBJID"]
    frame["NASSESS"] = key.map(by_subject.size()).fillna(0.0).astype(float)
    # Days into weeks after the mean: means of weeks that are equal would differ in their last bit, and not tie.
    frame["INTERVAL"] = key.map(by_subject["DAYS"].mean()) / 7.0
    for name, flags in (
        ("OFFFL", by_subject["BEYOND"].any()),
        ("MISSFL", by_subject["MISSED"].max() >= 1.0),
        ("MISS2FL", by_subject["MISSED"].max() >= 2.0),
    ):
        yes: pd.Series[Any] = key.map(flags).eq(True)
        frame[name] = np.where(yes, "Y", "N").astype(object)
    return frame


def add_timing_by_visit(ard: Ard, subjects: pd.DataFrame, visits: pd.DataFrame, groups: Groups, schedule: VisitSchedule,
                        last_week: int) -> list[int]:  # fmt: skip
    """Assessments of each scheduled week: number, days off schedule, and how many are outside the window.

    Returns
    -------
    list of int
        The weeks, from the first to ``last_week``. Keys: ``analysis_id`` ``VISIT``, ``variable`` ``AVISITN``.
    """
    arm = groups.codes(visits["USUBJID"].map(subjects.set_index("USUBJID")["ARM"]))
    week = visits["AVISITN"].to_numpy(dtype=float)
    off = visits["OFF"].to_numpy(dtype=float)
    weeks = list(range(schedule.weeks, last_week + 1, schedule.weeks))
    for number in weeks:
        here: NDArray[np.bool_] = week == number
        own = {"variable": "AVISITN", "variable_level": str(number)}
        seen = groups.tally(arm[here])
        add_counts(ard, groups, seen, None, analysis_id="VISIT", **own)
        beyond = groups.tally(arm[here & (np.abs(off) > schedule.window)])
        add_counts(ard, groups, beyond, seen, analysis_id="VISIT_OFF", **own)
        for position, level in enumerate(groups.levels):
            found = describe(off[here if level == TOTAL else here & (arm == position)])
            keys = {**own, "analysis_id": "VISIT_DAYS", "group1": groups.variable, "group1_level": level,
                    "method": "Descriptive statistics", "unit": "days"}  # fmt: skip
            for name in ("median", "min", "max"):
                add_number(
                    ard, name, getattr(found, name), 1 if name == "median" else 0, reason="nobody assessed", **keys
                )
    return weeks
