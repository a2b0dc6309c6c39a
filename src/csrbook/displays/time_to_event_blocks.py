"""Several event times below each other: Kaplan–Meier and Cox for each, competing risks for those that have them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from csrbook.displays.competing_risks import (
    CompetingRiskParameters,
    add_competing_risks,
    competing_causes,
    competing_risk_rows,
)
from csrbook.displays.estimates import add_warnings
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Row
from csrbook.displays.time_to_event import add_cox, add_events, add_kaplan_meier, add_log_rank
from csrbook.displays.time_to_event_table import comparison_rows, event_rows, kaplan_meier_rows
from csrbook.errors import PlanError

if TYPE_CHECKING:
    from csrbook.ard import Ard
    from csrbook.displays.program import Data
    from csrbook.plan.models import Plan

__all__ = ["EventTimeBlocks", "add_event_times", "event_time_rows"]


class EventTimeBlocks(CompetingRiskParameters):
    """What the plan row says.

    Attributes
    ----------
    paramcd : dict
        Parameters and their names, a block each, in the order of the page.
    competing : tuple of str
        Those with competing events (``COMPEV``): cumulative incidence, Gray's test and the Fine–Gray model.
    curves : tuple of str
        Those whose Kaplan–Meier quantiles and rates are shown; all without competing events are.
    quantiles : tuple of float
        Of the Kaplan–Meier curves.
    ties : {"efron", "breslow", "exact"}
        Of the Cox models.
    """

    competing: tuple[str, ...] = ()
    curves: tuple[str, ...] = ()
    quantiles: tuple[float, ...] = (0.25, 0.5, 0.75)
    ties: str = "efron"

    def has_curve(self, parameter: str) -> bool:
        """Whether the block shows the Kaplan–Meier estimate."""
        return parameter in self.curves or parameter not in self.competing


def add_event_times(ard: Ard, data: Data, plan: Plan, analysis_set: str, chosen: EventTimeBlocks) -> None:
    """Add each parameter: events, Kaplan–Meier, stratified Cox model and log-rank test, competing risks.

    With competing events the Cox model and the log-rank test compare the cause-specific hazards: a competing event
    censors. See :mod:`csrbook.displays.time_to_event` and :mod:`csrbook.displays.competing_risks` for the keys.
    """
    unknown = sorted({*chosen.competing, *chosen.curves} - set(chosen.paramcd))
    if unknown:
        raise PlanError(
            f"{unknown[0]} is no parameter of the row",
            f"sap/outputs.yaml, output {ard.output_id}, parameters.competing or .curves",
            f"one of {', '.join(chosen.paramcd)}",
        )
    source = EventTimesSource(data, plan)
    confidence = plan.study.confidence
    for parameter in chosen.paramcd:
        times = source.select(analysis_set, parameter)
        add_warnings(ard, times.warnings, **times.keys)
        if parameter in chosen.competing:
            plain = times if chosen.stratified else times.unstratified()
            add_competing_risks(ard, plain, competing_causes(data, times), chosen, confidence)
        else:
            add_events(ard, times, chosen)
        if chosen.has_curve(parameter):
            add_kaplan_meier(
                ard,
                times,
                quantiles=chosen.quantiles,
                landmarks=chosen.landmarks_months,
                digits=chosen,
                confidence=confidence,
            )
        add_cox(ard, times, chosen, confidence, chosen.ties)
        add_log_rank(ard, times, chosen)


def event_time_rows(ard: Ard, plan: Plan, chosen: EventTimeBlocks) -> list[Row]:
    """A section a parameter, arms in columns."""
    rows: list[Row] = []
    blank = ("",) * len(plan.study.arms)
    for parameter, name in chosen.paramcd.items():
        keys = {"group2_level": parameter}
        rows += [Row(kind="blank")] if rows else []
        if len(chosen.paramcd) > 1:
            rows.append(Row(blank, name, kind="section"))
        if parameter in chosen.competing:
            rows.append(Row(label="Competing risks", kind="group"))
            rows += competing_risk_rows(ard, plan, chosen.landmarks_months, chosen.labels, **keys)
        else:
            rows += event_rows(ard, plan, chosen.labels, "Status, n (%)", **keys)
        censored = "Competing events censored: " if parameter in chosen.competing else ""
        if chosen.has_curve(parameter):
            title = f"{censored}{name[:1].lower() + name[1:] if censored else name}"
            rows += kaplan_meier_rows(ard, plan, title, chosen.quantiles, chosen.landmarks_months, **keys)
        compared = comparison_rows(ard, plan, True, **keys)
        if parameter in chosen.competing:
            compared = [replace(row, label=row.label.replace("Hazard", "Cause-specific hazard")) for row in compared]
        rows += compared
    return rows
