"""Adverse events of the patients of a set, derived again from dates, grades and relations, and what is counted of them.

No derived flag of the data is believed: whether an event is treatment-emergent follows from its start and the doses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from qc.contract import arm_variable, members, share, subjects
from qc.proportions import RiskDifference, miettinen_nurminen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["EMERGENT", "Patients", "condition_keys", "share_of_arms"]

EMERGENT = "TRTEMFL"
RELATION = re.compile(r"AREL\d*")
"""Relation to any study drug, and to the first, the second and so on."""

Numbers = Mapping[Any, int] | pd.Series
"""Number of patients by arm; an arm without any may be absent."""


@dataclass(frozen=True)
class Patients:
    """The patients of an output's analysis set, their time at risk and their records."""

    data: Data
    output: Output
    plan: Plan

    @property
    def analysis_set(self) -> str:
        """Id of the set."""
        return self.output.population[0]

    @cached_property
    def adsl(self) -> pd.DataFrame:
        """ADSL of the set with ``ARM`` and ``RISK``, the days from the first dose to the end of the time at risk.

        That is the end of the treatment-emergent period, death or the data cut-off, the first of them; both ends count.
        """
        adsl = members(self.data, self.plan, self.analysis_set)
        last = adsl["TRTEDT"] + self.plan.study.treatment_emergent_days
        ends = pd.concat([last, adsl["DTHDT"], adsl[self.plan.study.data_cut.variable]], axis="columns")
        return adsl.assign(LAST=last, RISK=ends.min(axis="columns") - adsl["TRTSDT"] + 1.0)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Number of patients of each arm, of any number of arms."""
        counts = self.adsl["ARM"].value_counts()
        return {arm.id: int(counts.get(arm.id, 0)) for arm in self.plan.study.arms}

    @cached_property
    def events(self) -> pd.DataFrame:
        """ADAE of the set with ``ARM``, ``RISK``, ``START`` and ``END`` (days, the first dose is day 1).

        ``TRTEMFL`` is made anew: a start from the first dose to the plan's days after the last one. A start that is not
        known is the day of the first dose, unless the event ended before it; a relation that is missing counts as
        related (plan, sections 7.3 and 7.4).
        """
        dates = self.adsl[["USUBJID", "ARM", "RISK", "TRTSDT", "LAST"]]
        events = self.data.dataset("ADAE").drop(columns=["TRTSDT", "LAST"], errors="ignore")
        events = events.merge(dates, on="USUBJID", validate="many_to_one")
        over = events["AENDT"] < events["TRTSDT"]
        start = events["ASTDT"].fillna(events["TRTSDT"].mask(over))
        emergent = (start >= events["TRTSDT"]) & ~(start > events["LAST"])
        events[EMERGENT] = emergent.map({True: "Y", False: ""})
        events["START"] = start - events["TRTSDT"] + 1.0
        events["END"] = events["AENDT"] - events["TRTSDT"] + 1.0
        relations = [str(name) for name in events if RELATION.fullmatch(str(name))]
        events[relations] = events[relations].replace("", "RELATED")
        return events

    @property
    def emergent(self) -> pd.DataFrame:
        """The treatment-emergent events."""
        return self.events[self.events[EMERGENT].eq("Y")]

    def records(self, dataset: str) -> pd.DataFrame:
        """Records of any dataset with ``ARM``; adverse events with what is derived of them."""
        if dataset == "ADAE":
            return self.events
        return self.data.dataset(dataset).merge(self.adsl[["USUBJID", "ARM"]], on="USUBJID", validate="many_to_one")

    def keys(self, dataset: str = "ADAE") -> Row:
        """Key columns that all numbers of the output share."""
        group = arm_variable(self.plan, self.analysis_set)
        return {"dataset": dataset, "analysis_set": self.analysis_set, "group1": group}

    def heads(self, *, total: bool = False) -> Iterator[Row]:
        """``N`` of each column."""
        yield from subjects(self.plan, self.analysis_set, self.adsl)
        if total:
            keys: Row = {**self.keys("ADSL"), "group1_level": "TOTAL", "analysis_id": "SUBJECTS", "method": "Count"}
            yield {**keys, "variable": "USUBJID", "stat_name": "N", "value": float(sum(self.sizes.values()))}

    def differences(self, keys: Row, count: Numbers, *, test: bool = False) -> Iterator[Row]:
        """Risk difference of each test arm and control in percent, and the score test if asked for."""
        control = self.plan.study.arm("control").id
        for arm in self.plan.study.test_arms:
            pair = (int(count.get(arm.id, 0)), self.sizes[arm.id], int(count.get(control, 0)), self.sizes[control])
            found = _difference(*pair, self.plan.study.confidence)
            row = {**keys, "group1_level": arm.id, "method": "Risk difference, Miettinen-Nurminen"}
            for name, value in (("rd", found.estimate), ("lower", found.lower), ("upper", found.upper)):
                yield {**row, "stat_name": name, "value": 100.0 * value}
            if test:
                yield {**row, "stat_name": "z", "value": found.z}
                yield {**row, "stat_name": "p", "value": found.p}


@cache
def _difference(x1: int, n1: int, x0: int, n0: int, confidence: float) -> RiskDifference:
    """Counts come again and again, mostly small ones: compute each difference once."""
    return miettinen_nurminen(x1, n1, x0, n0, confidence)


def share_of_arms(keys: Row, count: Numbers, sizes: Mapping[str, int], *, total: bool = False) -> Iterator[Row]:
    """Number and percentage of each arm, and of all."""
    row = {**keys, "method": "Count and percentage"}
    for arm, size in sizes.items():
        yield from share({**row, "group1_level": arm}, int(count.get(arm, 0)), size)
    if total:
        whole = sum(int(count.get(arm, 0)) for arm in sizes)
        yield from share({**row, "group1_level": "TOTAL"}, whole, sum(sizes.values()))


def condition_keys(where: Sequence[Sequence[Any]] = (), any_of: Sequence[Sequence[Any]] = ()) -> Row:
    """Name conditions as ``variable`` and ``variable_level`` do: ``AREL & ATOXGRN`` and ``RELATED & GE 3``."""

    def level(condition: Sequence[Any]) -> str:
        _, comparator, value = condition
        return str(value) if comparator == "EQ" else f"{comparator} {value!r}"

    names, levels = [c[0] for c in where], [level(c) for c in where]
    if any_of:
        names.append(" | ".join(c[0] for c in any_of))
        levels.append(" | ".join(level(c) for c in any_of))
    return {"variable": " & ".join(names), "variable_level": " & ".join(levels)}
