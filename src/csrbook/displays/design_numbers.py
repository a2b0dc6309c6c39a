"""Numbers of the design that follow from the plan: events, subjects, power, and what the margin means.

Exponential times are assumed, as in the sample-size calculation itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from csrbook.stats.design import largest_hazard_ratio, schoenfeld_events, schoenfeld_power, subjects_for_events

if TYPE_CHECKING:
    from csrbook.plan.models import NonInferiority, SampleSize

__all__ = ["DesignNumbers", "MarginMeaning", "Operating", "Scenario"]

POWERS: Final = (0.80, 0.90)
FURTHER_HAZARD_RATIOS: Final = (0.90, 0.95, 1.00)
"""Beside the one assumed, so that the reader sees what a smaller true effect costs."""

LONGER: Final = 1.5
"""The second calendar of the scenarios: accrual and follow-up so many times as long."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Events and subjects that one set of assumptions calls for."""

    hazard_ratio: float
    alpha_one_sided: float
    power: float
    events: int
    subjects: int
    subjects_longer: int
    planned: bool


@dataclass(frozen=True, slots=True)
class Operating:
    """What a number of events can show."""

    events: int
    largest_hazard_ratio: float
    power: float
    power_if_equal: float
    power_superiority: float


@dataclass(frozen=True, slots=True)
class MarginMeaning:
    """What the control arm reaches, and what an arm with a hazard ratio at the margin would."""

    measure: str
    unit: str
    digits: int
    control: float
    at_margin: float


class DesignNumbers:
    """Everything that section "Sample size" of the analysis plan prints.

    Parameters
    ----------
    rule : NonInferiority
        Margin and alpha.
    size : SampleSize
        Assumptions and what was planned.
    """

    def __init__(self, rule: NonInferiority, size: SampleSize) -> None:
        self.rule = rule
        self.size = size
        self.events_exact = self._events(size.true_hazard_ratio, rule.alpha_one_sided, size.power)
        self.events = math.ceil(self.events_exact)
        self.sample = subjects_for_events(
            self.events,
            size.control_median,
            size.true_hazard_ratio,
            size.accrual_months,
            size.follow_up_months,
            size.dropout_per_year,
            allocation=size.allocation,
        )
        self.planned = self.operating(size.events)

    @property
    def longer_calendar(self) -> tuple[float, float]:
        """Accrual and follow-up of the second calendar."""
        return LONGER * self.size.accrual_months, LONGER * self.size.follow_up_months

    def scenarios(self) -> list[Scenario]:
        """All combinations of true hazard ratio, alpha (the plan's and twice it) and power."""
        ratios = sorted({self.size.true_hazard_ratio, *FURTHER_HAZARD_RATIOS})
        powers = sorted({self.size.power, *POWERS})
        return [
            self._scenario(ratio, factor * self.rule.alpha_one_sided, power)
            for ratio in ratios
            for factor in (1, 2)
            for power in powers
        ]

    def operating_characteristics(self) -> list[Operating]:
        """For the events planned, and for those that each scenario at the plan's alpha calls for."""
        counts = {s.events for s in self.scenarios() if s.alpha_one_sided == self.rule.alpha_one_sided}
        return [self.operating(events) for events in sorted(counts | {self.size.events})]

    def operating(self, events: int) -> Operating:
        """What this number of events can show."""
        alpha, allocation, truth = self.rule.alpha_one_sided, self.size.allocation, self.size.true_hazard_ratio
        margin = self.rule.margin
        return Operating(
            events,
            largest_hazard_ratio(margin, events, alpha, allocation=allocation),
            schoenfeld_power(truth, events, alpha_one_sided=alpha, margin=margin, allocation=allocation),
            schoenfeld_power(1.0, events, alpha_one_sided=alpha, margin=margin, allocation=allocation),
            schoenfeld_power(truth, events, alpha_one_sided=alpha, allocation=allocation),
        )

    def margin_meaning(self, rate_months: tuple[int, ...] = (6, 12, 18, 24), horizon: int = 24) -> list[MarginMeaning]:
        """Median, rates and restricted mean in the control arm and at the margin."""
        control = math.log(2.0) / self.size.control_median
        worst = control * self.rule.margin
        rates = [
            MarginMeaning(
                f"Event-free at {m} months", "%", 1, 100.0 * math.exp(-control * m), 100.0 * math.exp(-worst * m)
            )
            for m in rate_months
        ]
        return [
            MarginMeaning("Median", "months", 2, math.log(2.0) / control, math.log(2.0) / worst),
            *rates,
            MarginMeaning(
                f"Restricted mean to {horizon} months", "months", 2, _mean(control, horizon), _mean(worst, horizon)
            ),
        ]

    def _events(self, ratio: float, alpha: float, power: float) -> float:
        return schoenfeld_events(
            ratio, alpha_one_sided=alpha, power=power, margin=self.rule.margin, allocation=self.size.allocation
        )

    def _scenario(self, ratio: float, alpha: float, power: float) -> Scenario:
        size = self.size
        events = math.ceil(self._events(ratio, alpha, power))
        subjects = [
            subjects_for_events(
                events,
                size.control_median,
                ratio,
                accrual,
                follow_up,
                size.dropout_per_year,
                allocation=size.allocation,
            ).subjects
            for accrual, follow_up in ((size.accrual_months, size.follow_up_months), self.longer_calendar)
        ]
        chosen = (size.true_hazard_ratio, self.rule.alpha_one_sided, size.power)
        return Scenario(ratio, alpha, power, events, subjects[0], subjects[1], (ratio, alpha, power) == chosen)


def _mean(hazard: float, horizon: float) -> float:
    """Mean of an exponential time, cut at the horizon."""
    return -math.expm1(-hazard * horizon) / hazard
