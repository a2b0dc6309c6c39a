"""What the displays of a time to an event are made of: counts, Kaplan-Meier estimates and comparisons, row by row.

A program puts together the parts that its display holds (plan, sections 8.3 to 8.5 and 9.2).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from qc.contract import arm_variable, event_times, members, named, share, subjects
from qc.survival import CoxEstimate, Limits, ProductLimit, cox, log_rank

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    import numpy as np
    import pandas as pd

    from csrbook.plan.models import Arm, Plan
    from qc.contract import Data, Row

__all__ = ["QUARTILES", "Comparison", "Endpoint", "endpoint"]

QUARTILES = {0.25: "KM_Q1", 0.5: "KM_MEDIAN", 0.75: "KM_Q3"}

STATUSES = {"EVENTS": True, "CENSORED": False}
"""Whether the event happened, by the analysis that counts."""


@dataclass(frozen=True)
class Endpoint:
    """A time to an event in a set: all its subjects, those with a record, and the keys that the numbers share.

    ``frame`` has ``AVAL``, ``CNSR``, ``EVNTDESC`` and ``STRATUM`` beside the variables of ``members``.
    """

    plan: Plan
    members: pd.DataFrame
    frame: pd.DataFrame
    keys: Row

    @property
    def strata(self) -> tuple[str, ...]:
        """Variables of the stratification factors."""
        return tuple(factor.variable for factor in self.plan.study.strata)

    @property
    def happened(self) -> pd.Series[bool]:
        """Whether the event was observed."""
        return self.frame["CNSR"].eq(0)

    def arm(self, arm: Arm) -> pd.DataFrame:
        """Take the records of an arm."""
        return self.frame[self.frame["ARM"] == arm.id]

    def size(self, arm: Arm) -> int:
        """Count the subjects of an arm, with or without a record: the denominator of all percentages."""
        return int(self.members["ARM"].eq(arm.id).sum())

    def of(self, arm: Arm, analysis: str, method: str) -> Row:
        """Keys of an analysis of an arm."""
        return {**self.keys, "group1_level": arm.id, "analysis_id": analysis, "method": method}

    def subjects(self) -> Iterator[Row]:
        """``N`` of each arm."""
        return subjects(self.plan, self.keys["analysis_set"], self.members)

    def reasons(self, analysis: str) -> list[str]:
        """Descriptions of the events, or of the censorings, found in any arm."""
        return list(self.frame.loc[self.happened.eq(STATUSES[analysis]), "EVNTDESC"].unique())

    def total(self, analysis: str) -> Iterator[Row]:
        """Subjects with an event, or censored, in number and percentage of the arm."""
        return self._status(analysis, ())

    def status(self, reasons: Mapping[str, Collection[str]] | None = None) -> Iterator[Row]:
        """Events by kind and censorings by reason; a reason that an arm lacks stands with a zero.

        Parameters
        ----------
        reasons : mapping of str to collection of str, optional
            The descriptions that are counted, by ``EVENTS`` and ``CENSORED``; those found in the data without it.
        """
        for analysis in STATUSES:
            yield from self._status(analysis, self.reasons(analysis) if reasons is None else reasons[analysis])

    def _status(self, analysis: str, reasons: Iterable[str]) -> Iterator[Row]:
        chosen = self.frame[self.happened.eq(STATUSES[analysis])]
        for arm in self.plan.study.arms:
            described = chosen.loc[chosen["ARM"] == arm.id, "EVNTDESC"]
            keys, whole = self.of(arm, analysis, "Count and percentage"), self.size(arm)
            yield from share(keys, len(described), whole)
            for reason in reasons:
                detail = {**keys, "variable": "EVNTDESC", "variable_level": reason}
                yield from share(detail, int(described.eq(reason).sum()), whole)

    def analysed(self) -> Iterator[Row]:
        """Subjects with a record."""
        for arm in self.plan.study.arms:
            yield {**self.of(arm, "ANALYSED", "Count"), "stat_name": "n", "value": float(len(self.arm(arm)))}

    def curve(self, arm: Arm, *, reverse: bool = False) -> ProductLimit:
        """Kaplan-Meier curve of an arm; in reverse, events and censorings change places."""
        mine = self.arm(arm)
        event = mine["CNSR"].gt(0) if reverse else mine["CNSR"].eq(0)
        return ProductLimit(mine["AVAL"].to_numpy(float), event.to_numpy(bool), self.plan.study.confidence)

    def quantiles(self, parts: Iterable[float]) -> Iterator[Row]:
        """Times by which parts of an arm have had the event, in months."""
        for arm in self.plan.study.arms:
            curve = self.curve(arm)
            for part in parts:
                keys = self.of(arm, QUARTILES.get(part, f"KM_P{100.0 * part:g}"), "Kaplan-Meier, log-log")
                yield from _limits(keys, curve.quantile(part))

    def rates(self, months: Iterable[float]) -> Iterator[Row]:
        """Percentages without an event at landmarks."""
        for arm in self.plan.study.arms:
            curve = self.curve(arm)
            keys = self.of(arm, "KM_RATE", "Kaplan-Meier, log-log")
            for month in months:
                detail = {**keys, "variable": "MONTH", "variable_level": f"{month:g}"}
                yield from _limits(detail, curve.at(float(month)), scale=100.0)

    def follow_up(self) -> Iterator[Row]:
        """Median follow-up by the reverse Kaplan-Meier estimate."""
        for arm in self.plan.study.arms:
            keys = self.of(arm, "FOLLOW_UP", "Kaplan-Meier of censoring, log-log")
            yield from _limits(keys, self.curve(arm, reverse=True).quantile(0.5))

    def steps(self) -> Iterator[Row]:
        """The curve of each arm, one step for each distinct time."""
        for arm in self.plan.study.arms:
            curve, keys = self.curve(arm), {**self.of(arm, "KM_CURVE", "Kaplan-Meier"), "variable": "STEP"}
            columns = {
                "time": curve.time,
                "estimate": curve.survival,
                "n_risk": curve.at_risk,
                "n_event": curve.events,
                "n_censored": curve.censored,
            }
            for position in range(len(curve.time)):
                numbers = {name: column[position] for name, column in columns.items()}
                yield from named({**keys, "variable_level": str(position + 1)}, numbers)

    def at_risk(self, months: Iterable[float]) -> Iterator[Row]:
        """Subjects whose time is at least a month of the axis."""
        for arm in self.plan.study.arms:
            time = self.arm(arm)["AVAL"]
            keys = {**self.of(arm, "AT_RISK", "Count"), "variable": "MONTH", "stat_name": "n"}
            for month in months:
                yield {**keys, "variable_level": f"{month:g}", "value": float(time.ge(month).sum())}

    def strata_counts(self) -> Iterator[Row]:
        """Number of strata in the data, and subjects and events in each."""
        keys = {**self.keys, "analysis_id": "STRATA", "method": "Count"}
        del keys["group1"]
        label = self.frame["STRATUM"]
        yield {**keys, "stat_name": "n", "value": float(label.nunique())}
        for name, inside in self.frame.groupby(label):
            row = {**keys, "variable": "/".join(self.strata) or "STRATUM", "variable_level": str(name)}
            yield from named(row, {"n": len(inside), "events": inside["CNSR"].eq(0).sum()})

    def comparisons(self, *, stratified: bool = True) -> Iterator[Comparison]:
        """Each test arm against control."""
        for arm in self.plan.study.test_arms:
            yield Comparison(self, arm, stratified and bool(self.strata))


@dataclass(frozen=True)
class Comparison:
    """A test arm against the control arm."""

    endpoint: Endpoint
    test: Arm
    stratified: bool

    @cached_property
    def _arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Time, event, test arm and stratum of the subjects of both arms."""
        frame, control = self.endpoint.frame, self.endpoint.plan.study.arm("control")
        pair = frame[frame["ARM"].isin([self.test.id, control.id])]
        label = pair["STRATUM"] if self.stratified else pair["STRATUM"].mask(pair["STRATUM"].notna(), "all")
        return (
            pair["AVAL"].to_numpy(float),
            pair["CNSR"].eq(0).to_numpy(bool),
            pair["ARM"].eq(self.test.id).to_numpy(bool),
            label.to_numpy(object),
        )

    @cached_property
    def fit(self) -> CoxEstimate:
        """Cox model with the arm as its only covariate."""
        return cox(*self._arrays)

    @cached_property
    def log_rank(self) -> dict[str, float]:
        """Chi-square and p-value of the log-rank test."""
        score = log_rank(*self._arrays)
        return {"chi_square": score.chi_square, "p": score.p_value}

    @cached_property
    def against_margin(self) -> dict[str, float]:
        """Test of the log hazard ratio against the log of the plan's margin; empty where the plan has none."""
        rule = self.endpoint.plan.study.noninferiority
        if rule is None:
            return {}
        limits = self.fit.limits(rule.confidence)
        return {
            "margin": rule.margin,
            "hr": limits.estimate,
            "lower": limits.lower,
            "upper": limits.upper,
            "z": self.fit.z_against(rule.margin),
            "p": self.fit.p_below(rule.margin),
            "met": float(limits.upper < rule.margin),
        }

    def hazard_ratio_rows(self) -> Iterator[Row]:
        """Hazard ratio, its logarithm and Wald test."""
        wald = self.fit.limits(self.endpoint.plan.study.confidence)
        numbers = {
            "hr": wald.estimate,
            "lower": wald.lower,
            "upper": wald.upper,
            "log_hr": self.fit.log_hazard_ratio,
            "se": self.fit.standard_error,
            "z": self.fit.z_against(1.0),
            "p": self.fit.p_not_one(),
        }
        return named(self._keys("COX", "Cox proportional hazards, Efron"), numbers)

    def log_rank_rows(self) -> Iterator[Row]:
        """Log-rank test."""
        return named(self._keys("LOG_RANK", "Log-rank"), self.log_rank)

    def noninferiority_rows(self) -> Iterator[Row]:
        """Test against the margin."""
        name = "NONINFERIORITY" if self.stratified else "NONINFERIORITY_UNSTRATIFIED"
        method = "Wald test of the log hazard ratio against the log margin"
        return named(self.endpoint.of(self.test, name, method), self.against_margin)

    def _keys(self, analysis: str, method: str) -> Row:
        if self.stratified:
            return self.endpoint.of(self.test, f"{analysis}_STRATIFIED", f"{method}, stratified")
        return self.endpoint.of(self.test, f"{analysis}_UNSTRATIFIED", method)


def endpoint(data: Data, plan: Plan, analysis_set: str, parameter: str) -> Endpoint:
    """Read a parameter of ADTTE in an analysis set."""
    keys = {
        "dataset": "ADTTE",
        "analysis_set": analysis_set,
        "group1": arm_variable(plan, analysis_set),
        "group2": "PARAMCD",
        "group2_level": parameter,
    }
    return Endpoint(plan, members(data, plan, analysis_set), event_times(data, plan, analysis_set, parameter), keys)


def _limits(keys: Row, limits: Limits, scale: float = 1.0) -> Iterator[Row]:
    return named(keys, {name: scale * value for name, value in asdict(limits).items()})
