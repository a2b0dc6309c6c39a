"""Biomarkers against an event time: interaction with treatment first, then prognosis, then effects within levels.

A marker is *predictive* where its interaction with treatment passes the false discovery rate of the plan, and
*prognostic* where its effect in the control arm does. The family of each rate is all markers of the plan whose test
exists.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.displays.estimates import add_count, add_number, add_pvalue, add_text
from csrbook.displays.marker_levels import NOT_EVALUABLE
from csrbook.displays.time_to_event import comparison_keys
from csrbook.stats.interaction import treatment_by_marker
from csrbook.stats.multiplicity import benjamini_hochberg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.precision import Digits
    from csrbook.plan.models import Arm, Biomarker, Biomarkers
    from csrbook.stats.cox import CoxArm

__all__ = ["add_marker_effects", "marker_summary"]


@dataclass
class _Effect:
    """Numbers of one marker before the false discovery rate is known."""

    marker: Biomarker
    p_interaction: float
    p_prognostic: float
    reason_interaction: str
    reason_prognostic: str


def add_marker_effects(
    ard: Ard,
    times: EventTimes,
    levels: Mapping[str, NDArray[np.object_]],
    programme: Biomarkers,
    digits: Digits,
    confidence: float,
) -> None:
    """Add everything on each marker, for each test arm against control.

    ``PREVALENCE`` (subjects by level, ``NE`` among them), ``EVENTS`` (subjects and events by arm and level),
    ``INTERACTION`` (chi_square, p, q; ratio of hazard ratios, positive over negative, with limits), ``PROGNOSTIC``
    (hazard ratio of positive to negative in the control arm; p, q), ``COX_STRATIFIED`` within each level, and
    ``SUMMARY``. Keys: ``variable`` is the marker, ``variable_level`` its level.
    """
    for marker in programme.markers:
        _add_prevalence(ard, times, marker, levels[marker.id], digits)
    for test, control in times.comparisons():
        effects = [
            _add_effect(ard, times.of(test, control), levels_of, marker, test, programme, digits, confidence)
            for marker, levels_of in (
                (m, levels[m.id][np.isin(times.arm, [times.arms.index(test), times.arms.index(control)])])
                for m in programme.markers
            )
        ]
        _add_rates(ard, times, effects, test, programme, digits)


def _add_prevalence(ard: Ard, times: EventTimes, marker: Biomarker, level: NDArray[np.object_], digits: Digits) -> None:
    """Subjects at each level: of those with a result for the two levels, of all for those without."""
    shared = {k: v for k, v in times.keys.items() if k != "group1"}
    valid = int((level != NOT_EVALUABLE).sum())
    for name in (marker.positive, marker.negative, NOT_EVALUABLE):
        keys = {**shared, "analysis_id": "PREVALENCE", "method": "Count and percentage"}
        keys |= {"variable": marker.id, "variable_level": name}
        whole = len(level) if name == NOT_EVALUABLE else valid
        add_count(ard, int((level == name).sum()), whole, digits.digits_percent, **keys)
    for position, arm in enumerate(times.arms):
        for name in (marker.positive, marker.negative):
            here = (times.arm == position) & (level == name)
            keys = {**times.keys, "group1_level": arm.id, "analysis_id": "EVENTS", "method": "Count"}
            keys |= {"variable": marker.id, "variable_level": name}
            for stat, count in (("n", int(here.sum())), ("events", int((here & times.event).sum()))):
                ard.add(stat, count, formatted=str(count), **keys)


def _add_effect(
    ard: Ard,
    two: EventTimes,
    level: NDArray[np.object_],
    marker: Biomarker,
    test: Arm,
    programme: Biomarkers,
    digits: Digits,
    confidence: float,
) -> _Effect:
    keep = level != NOT_EVALUABLE
    used, marks = two.where(keep), level[keep]
    treated = used.arm == used.arms.index(test)
    result = treatment_by_marker(
        used.time,
        used.event,
        treated,
        marks,
        strata=[used.strata[code] for code in used.stratum] if used.factors else None,
        marker_levels=(marker.negative, marker.positive),
        confidence=confidence,
    )
    few = _few(marker, marks, used.event, programme.minimum_events)
    few_control = few
    if keep.any():
        few_control = _few(
            marker, marks[~treated], used.event[~treated], programme.minimum_events, " in the control arm"
        )
    keys = {**used.keys, "group1_level": test.id, "variable": marker.id}
    cox = comparison_keys(used, test.id, "COX")
    for part in result.levels:
        row = {**cox, "variable": marker.id, "variable_level": part.label}
        why = few.get(part.label, "") or _status(_named(marker, part.label), part.arm.status)
        _add_ratio(ard, part.arm, why, digits, row)

    reason = _joined(few) or _status(marker.label, result.status)
    row = {**keys, "analysis_id": "INTERACTION", "method": "Likelihood-ratio test of arm by marker, Cox, Efron"}
    shown = {"chi_square": result.chi2, "ratio": result.ratio, "lower": result.ratio_lower, "upper": result.ratio_upper}
    for stat, value in shown.items():
        places = digits.digits_statistic if stat == "chi_square" else digits.digits_hr
        add_number(ard, stat, None if reason else value, places, reason=reason, **row)
    p_interaction = math.nan if reason else result.p
    add_pvalue(ard, "p", p_interaction, digits.digits_p, reason=reason, **row)

    # The positive level is the second, and only the first has no prognosis of its own.
    prognostic = next(part.prognostic for part in result.levels if part.prognostic is not None)
    why = _joined(few_control) or _status(f"{marker.label} in the control arm", prognostic.status)
    row = {**keys, "analysis_id": "PROGNOSTIC", "method": "Cox in the control arm, Efron, positive to negative"}
    _add_ratio(ard, prognostic, why, digits, row)
    p_prognostic = math.nan if why else prognostic.p
    add_pvalue(ard, "p", p_prognostic, digits.digits_p, reason=why, **row)
    return _Effect(marker, p_interaction, p_prognostic, reason, why)


def _add_ratio(ard: Ard, fit: CoxArm, reason: str, digits: Digits, keys: Mapping[str, str]) -> None:
    """A hazard ratio with its limits, or the reason why there is none."""
    for stat, value in (("hr", fit.hr), ("lower", fit.lower), ("upper", fit.upper)):
        add_number(ard, stat, None if reason else value, digits.digits_hr, reason=reason, **keys)


def _add_rates(
    ard: Ard, times: EventTimes, effects: Sequence[_Effect], test: Arm, programme: Biomarkers, digits: Digits
) -> None:
    """The q-values of both families and the summary of each marker."""
    families = {
        "INTERACTION": benjamini_hochberg(np.array([effect.p_interaction for effect in effects], dtype=np.float64)),
        "PROGNOSTIC": benjamini_hochberg(np.array([effect.p_prognostic for effect in effects], dtype=np.float64)),
    }
    for index, effect in enumerate(effects):
        keys = {**times.keys, "group1_level": test.id, "variable": effect.marker.id}
        for analysis, reason in (
            ("INTERACTION", effect.reason_interaction),
            ("PROGNOSTIC", effect.reason_prognostic),
        ):
            row = {**keys, "analysis_id": analysis, "method": "Benjamini-Hochberg"}
            add_pvalue(ard, "q", float(families[analysis][index]), digits.digits_p, reason=reason, **row)
        words = marker_summary(
            float(families["INTERACTION"][index]), float(families["PROGNOSTIC"][index]), programme.fdr
        )
        reasons = dict.fromkeys(filter(None, (effect.reason_interaction, effect.reason_prognostic)))
        row = {**keys, "analysis_id": "SUMMARY", "method": "False discovery rate", "error": "; ".join(reasons)}
        add_text(ard, "summary", words, **row)


def marker_summary(q_interaction: float, q_prognostic: float, fdr: float) -> str:
    """Predictive, prognostic, both or neither by the rule of the plan; what is not estimable is not decided.

    Examples
    --------
    >>> marker_summary(0.04, 0.3, 0.1), marker_summary(float("nan"), 0.02, 0.1)
    ('Predictive', 'Prognostic; predictive NE')
    """
    passed = [word for word, q in (("predictive", q_interaction), ("prognostic", q_prognostic)) if q <= fdr]
    unknown = [
        f"{word} {NOT_EVALUABLE}"
        for word, q in (("predictive", q_interaction), ("prognostic", q_prognostic))
        if math.isnan(q)
    ]
    if len(unknown) == 2:
        return NOT_EVALUABLE
    head = " and ".join(passed) or ("neither" if not unknown else "")
    text = "; ".join(part for part in (head, *unknown) if part)
    if not passed and unknown:
        text = f"not {'prognostic' if math.isnan(q_interaction) else 'predictive'}; {unknown[0]}"
    return text[:1].upper() + text[1:]


def _few(
    marker: Biomarker, marks: NDArray[np.object_], event: NDArray[np.bool_], minimum: int, where: str = ""
) -> dict[str, str]:
    """Why a level is not modelled, for each level that is not."""
    reasons = {}
    for name in (marker.positive, marker.negative):
        count = int((event & (marks == name)).sum())
        if not len(marks):
            reasons[name] = f"{marker.label}: no valid result{where}"
        elif count < minimum:
            events = "1 event" if count == 1 else f"{count} events"
            reasons[name] = f"{_named(marker, name)}: {events}{where}, fewer than {minimum}"
    return reasons


def _joined(reasons: Mapping[str, str]) -> str:
    return "; ".join(dict.fromkeys(reasons.values()))


def _status(subject: str, status: str) -> str:
    return "" if status == "ok" else f"{subject}: {status}"


def _named(marker: Biomarker, level: str) -> str:
    return f"{marker.label}, {level.lower()}"
