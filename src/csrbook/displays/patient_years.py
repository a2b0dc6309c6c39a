"""Time at risk of adverse events: from the first dose to the end of the treatment-emergent period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import ProgramError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.plan.models import Plan

__all__ = ["days_at_risk", "days_to_first", "years"]


def days_at_risk(subjects: pd.DataFrame, plan: Plan) -> NDArray[np.float64]:
    """Days from the first dose to the end of the treatment-emergent period, death or the data cut-off.

    Parameters
    ----------
    subjects : DataFrame
        ADSL records with ``TRTSDT``, ``TRTEDT``, ``DTHDT`` and the plan's variable of the data cut-off.
    plan : Plan
        Length of the treatment-emergent period after the last dose, and the data cut-off.

    Returns
    -------
    ndarray of float
        Days, both ends counted; 0 for a subject without a first dose.

    Notes
    -----
    SAS: ``min(trtedt + 28, dthdt, dcutdt) - trtsdt + 1``; a missing date does not count.
    """
    treated = subjects["TRTEDT"] + plan.study.treatment_emergent_days
    ends = (treated, subjects["DTHDT"], subjects[plan.study.data_cut.variable])
    last = np.fmin.reduce([np.asarray(end, dtype=np.float64) for end in ends])
    days = last - np.asarray(subjects["TRTSDT"], dtype=np.float64) + 1.0
    if (wrong := np.flatnonzero(days < 0)).size:
        raise ProgramError(
            f"the time at risk of {subjects['USUBJID'].iloc[int(wrong[0])]} ends before the first dose",
            "ADSL, TRTSDT, TRTEDT, DTHDT",
            "correct the dates, or restrict the subjects to those treated",
        )
    known: NDArray[np.float64] = np.nan_to_num(days)
    return known


def days_to_first(
    days: NDArray[np.float64], subject: NDArray[np.intp], day: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which subjects had an event, and their days at risk of a first one.

    Parameters
    ----------
    days : ndarray of float
        Days at risk of each subject.
    subject : ndarray of int
        Position of the subject of each event.
    day : ndarray of float
        Day of each event, counted from the first dose (1); an event that began before it, or without a day, counts on
        day 1.

    Returns
    -------
    tuple of ndarray
        Whether the subject had an event, and days up to its first event or to the end of the time at risk.
    """
    had = np.zeros(len(days), dtype=bool)
    had[subject] = True
    first = np.full(len(days), np.inf)
    np.minimum.at(first, subject, np.maximum(np.nan_to_num(day, nan=1.0), 1.0))
    return had, np.minimum(days, first)


def years(days: float, plan: Plan) -> float:
    """Days as years of twelve months of the plan's length."""
    return days / (12.0 * plan.study.days_per_month)
