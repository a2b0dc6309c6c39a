"""The arm's effect by subgroup: hazard ratio within each level, and the test of arm by factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from csrbook.displays.columns import MISSING
from csrbook.displays.estimates import add_count, add_number, add_pvalue
from csrbook.displays.parameters import Parameters, sentence_case
from csrbook.displays.precision import Digits
from csrbook.displays.time_to_event import add_cox
from csrbook.errors import ProgramError
from csrbook.stats.interaction import treatment_by_marker

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.event_times import EventTimes

__all__ = ["ALL", "Factor", "SubgroupParameters", "add_subgroups", "factor_levels", "level_label"]

ALL = "ALL"
"""``variable`` of the row over all subjects."""


class Factor(Parameters):
    """A factor of ADSL: its levels with their labels, in order; or the limits that cut a number into levels.

    With ``cut`` a value below it is level ``LT``, from it on ``GE``; ``levels`` then labels these two.
    """

    variable: str
    label: str
    levels: dict[str, str] = Field(default_factory=dict)
    cut: float | None = None


class SubgroupParameters(Digits):
    """What the plan row of a subgroup analysis says."""

    paramcd: str
    factors: tuple[Factor, ...]
    minimum_events: int = 0
    """A level with fewer events in both arms together has no hazard ratio."""
    ties: str = "efron"
    ticks: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0)


def factor_levels(subjects: pd.DataFrame, factor: Factor, who: NDArray[np.object_]) -> NDArray[np.object_]:
    """Level of each subject; :data:`MISSING` where there is no value."""
    if factor.variable not in subjects.columns:
        raise ProgramError(
            f"there is no variable {factor.variable} to divide the subjects by",
            "sap/outputs.yaml, parameters.factors",
            "name a variable of ADSL",
        )
    values = subjects.set_index("USUBJID")[factor.variable].reindex(list(who))
    if factor.cut is not None:
        number = values.to_numpy(dtype=float)
        found = np.where(number < factor.cut, "LT", "GE").astype(object)
        found[np.isnan(number)] = MISSING
        return found
    return np.array(
        [MISSING if v != v or v == "" else f"{v:g}" if isinstance(v, float) else str(v) for v in values], dtype=object
    )


def level_label(factor: Factor, level: str) -> str:
    """The plan's label of a level, ``Missing``, or the value as a sentence."""
    return "Missing" if level == MISSING else factor.levels.get(level) or sentence_case(level)


def add_subgroups(
    ard: Ard, times: EventTimes, subjects: pd.DataFrame, chosen: SubgroupParameters, confidence: float
) -> None:
    """Add each level's counts and hazard ratio, and each factor's interaction test, for each test arm.

    Parameters
    ----------
    ard : Ard
        Receives ``EVENTS`` (``n``, ``events``) of each arm and level, ``COX_UNSTRATIFIED`` of each level and of all
        subjects (``variable`` :data:`ALL`), and ``INTERACTION`` (``chi_square``, ``df``, ``p``) of each factor.
    times : EventTimes
        Of all subjects; the models are not stratified.
    subjects : DataFrame
        ADSL with the factors.
    chosen : SubgroupParameters
        Factors, smallest number of events, digits.
    confidence : float
        Of the limits.

    Notes
    -----
    The model within a level has the arm only. The interaction is tested by the likelihood ratio of arm × factor in all
    subjects with a value, no strata: levels without events, or in one arm alone, make it not estimable.
    """
    plain = times.unstratified()
    _add_level(ard, plain, np.ones(len(plain.time), dtype=bool), ALL, "", chosen, confidence)
    for factor in chosen.factors:
        levels = factor_levels(subjects, factor, plain.subject)
        found = sorted(set(levels) - set(factor.levels) - {MISSING})
        for level in [*factor.levels, *found, *([MISSING] if MISSING in levels else [])]:
            _add_level(ard, plain, levels == level, factor.variable, level, chosen, confidence)
        for test, control in plain.comparisons():
            arms = [plain.arms.index(test), plain.arms.index(control)]
            use = np.isin(plain.arm, arms) & (levels != MISSING)
            _add_interaction(ard, plain.where(use), levels[use], factor, test.id, chosen)


def _add_level(
    ard: Ard, times: EventTimes, inside: NDArray[np.bool_], variable: str, level: str, chosen: SubgroupParameters,
    confidence: float,
) -> None:  # fmt: skip
    own = {"variable": variable, "variable_level": level}
    for position, arm in enumerate(times.arms):
        here = inside & (times.arm == position)
        keys = {**times.keys, "group1_level": arm.id, "analysis_id": "EVENTS", "method": "Count", **own}
        add_count(ard, int(here.sum()), **keys)
        events = int((here & times.event).sum())
        ard.add("events", events, formatted=str(events), **keys)
    part = times.where(inside)
    least = chosen.minimum_events
    for test, control in times.comparisons():
        two = part.of(test, control)
        count = int(two.event.sum())
        reason = f"fewer than {least} events" if variable != ALL and count < least else ""
        add_cox(ard, two, chosen, confidence, chosen.ties, only=test.id, reason=reason, **own)


def _add_interaction(
    ard: Ard, two: EventTimes, levels: NDArray[np.object_], factor: Factor, test: str, chosen: SubgroupParameters
) -> None:
    keys = {
        **two.keys, "group1_level": test, "analysis_id": "INTERACTION", "variable": factor.variable,
        "method": "Likelihood-ratio test of arm by factor, Cox, Efron",
    }  # fmt: skip
    present = [name for name in [*factor.levels, *sorted(set(levels) - set(factor.levels))] if name in set(levels)]
    if len(present) < 2:
        found, reason = None, "the factor has one level"
    else:
        position = next(i for i, arm in enumerate(two.arms) if arm.id == test)
        found = treatment_by_marker(two.time, two.event, two.arm == position, levels, marker_levels=present)
        reason = "" if found.status == "ok" else found.status
    chi_square, df, p = (None, None, None) if found is None or reason else (found.chi2, float(found.df), found.p)
    add_number(ard, "chi_square", chi_square, chosen.digits_statistic, reason=reason, **keys)
    add_number(ard, "df", df, 0, reason=reason, **keys)
    add_pvalue(ard, "p", p, chosen.digits_p, reason=reason, **keys)
