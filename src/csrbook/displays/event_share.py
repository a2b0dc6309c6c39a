"""Share of subjects with an adverse event of a kind and severity, compared between arms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.displays.estimates import add_count, add_number, add_pvalue
from csrbook.stats.risk_difference import miettinen_nurminen

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.precision import Digits
    from csrbook.plan.models import Arm, Plan

__all__ = ["EventShare", "add_event_share", "event_share"]


@dataclass(frozen=True)
class EventShare:
    """Whether each subject of an analysis set had the event.

    Attributes
    ----------
    variable, level : str
        Keys of the event in the ARD.
    had : ndarray of bool
    arm : ndarray of int
        Position in ``arms``.
    """

    analysis_set: str
    treatment: str
    variable: str
    level: str
    arms: tuple[Arm, ...]
    had: NDArray[np.bool_]
    arm: NDArray[np.intp]

    @property
    def keys(self) -> dict[str, str]:
        """ARD columns that all numbers share."""
        return {
            "dataset": "ADAE",
            "analysis_set": self.analysis_set,
            "group1": self.treatment,
            "variable": self.variable,
            "variable_level": self.level,
        }


def event_share(
    subjects: pd.DataFrame, having: set[str], plan: Plan, analysis_set: str, variable: str, level: str
) -> EventShare:
    """Subjects of the set with an arm; ``having`` holds the ``USUBJID`` of those who had the event."""
    study = plan.study
    treated = subjects[subjects["ARM"] != ""].reset_index(drop=True)
    position = {arm.id: index for index, arm in enumerate(study.arms)}
    return EventShare(
        analysis_set=analysis_set,
        treatment="TRT01P" if study.analysis_set(analysis_set).treatment == "planned" else "TRT01A",
        variable=variable,
        level=level,
        arms=study.arms,
        had=treated["USUBJID"].isin(having).to_numpy(dtype=bool),
        arm=np.array([position[arm] for arm in treated["ARM"]], dtype=np.intp),
    )


def add_event_share(ard: Ard, share: EventShare, digits: Digits, confidence: float) -> dict[str, tuple[float, float]]:
    """Add n and % of each arm, risk difference and its score test of each test arm to control.

    Limits and test are inversions of one statistic, so that the p-value is below alpha exactly where the limits of
    confidence 1 − alpha leave out 0.

    Returns
    -------
    dict
        Test arm's id → difference (test minus control, as a proportion) and two-sided p-value of the score test of
        Miettinen and Nurminen for a difference of 0; NaN where there is none.
    """
    for position, arm in enumerate(share.arms):
        here = share.arm == position
        keys = {**share.keys, "group1_level": arm.id, "analysis_id": "EVENT_SHARE", "method": "Count and percentage"}
        add_count(ard, int(share.had[here].sum()), int(here.sum()), digits.digits_percent, **keys)
        ard.add("N", int(here.sum()), formatted=str(int(here.sum())), **keys)
    control = next(index for index, arm in enumerate(share.arms) if arm.role == "control")
    found: dict[str, tuple[float, float]] = {}
    for test, arm in enumerate(share.arms):
        if arm.role != "test":
            continue
        a, b = share.arm == test, share.arm == control
        difference = miettinen_nurminen(
            int(share.had[a].sum()), int(a.sum()), int(share.had[b].sum()), int(b.sum()), confidence=confidence
        )
        keys = {**share.keys, "group1_level": arm.id}
        row = {**keys, "analysis_id": "RISK_DIFFERENCE", "method": "Miettinen-Nurminen"}
        numbers = (difference.difference, difference.lower, difference.upper)
        for name, value in zip(("difference", "lower", "upper"), numbers, strict=True):
            add_number(ard, name, 100.0 * value, digits.digits_percent, reason=difference.status, unit="%", **row)
        reason = "no subject, or every one, had the event" if difference.status == "ok" else difference.status
        add_number(ard, "z", difference.z, digits.digits_statistic, reason=reason, **row)
        add_pvalue(ard, "p", difference.p, digits.digits_p, reason=reason, **row)
        found[arm.id] = (difference.difference, difference.p)
    return found
