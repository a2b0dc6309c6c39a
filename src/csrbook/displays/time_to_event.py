"""Time-to-event numbers: events and censoring, Kaplan–Meier, Cox, log-rank and non-inferiority, as ARD rows.

Each function adds one analysis to an ARD for the arms that the plan has. Comparisons are made for each test arm against
the control arm and carry the test arm's id. :mod:`csrbook.displays.time_to_event_table` lays them out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.displays.columns import add_sizes_once
from csrbook.displays.estimates import add_count, add_number, add_pvalue, add_text, confidence_label
from csrbook.displays.format import NOT_ESTIMABLE, fixed
from csrbook.stats.cox import cox_arm
from csrbook.stats.kaplan_meier import kaplan_meier, reverse_kaplan_meier
from csrbook.stats.log_rank import log_rank
from csrbook.stats.noninferiority import noninferiority

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.ard import Ard
    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.precision import Digits
    from csrbook.plan.models import NonInferiority
    from csrbook.stats.cox import CoxArm

__all__ = [
    "MARGIN_DIGITS",
    "add_cox",
    "add_events",
    "add_excluded",
    "add_follow_up",
    "add_kaplan_meier",
    "add_log_rank",
    "add_noninferiority",
    "add_strata",
    "comparison_id",
    "comparison_keys",
    "fit_cox",
    "quantile_analysis",
]

MARGIN_DIGITS: Final = 2
_KM: Final = "Kaplan-Meier, log-log"
_QUARTILES: Final = {0.25: "KM_Q1", 0.5: "KM_MEDIAN", 0.75: "KM_Q3"}


def add_events(ard: Ard, times: EventTimes, digits: Digits) -> None:
    """Sizes of the arms (``SUBJECTS``), events by kind (``EVENTS``) and censored subjects by reason (``CENSORED``).

    Kinds are listed where they occur in any arm, in the order of ``CNSR`` and then of the alphabet.
    """
    add_sizes_once(ard, times.groups, times.subjects, times.analysis_set)
    for kind, chosen in (("EVENTS", times.event), ("CENSORED", ~times.event)):
        pairs = sorted(set(zip(times.status[chosen].tolist(), times.reason[chosen].tolist(), strict=True)))
        reasons = list(dict.fromkeys(reason for _, reason in pairs))
        for position, arm in enumerate(times.arms):
            keys = {**times.keys, "group1_level": arm.id}
            whole = times.subjects[position]
            keys |= {"analysis_id": kind, "method": "Count and percentage"}
            here = chosen & (times.arm == position)
            add_count(ard, int(here.sum()), whole, digits.digits_percent, **keys)
            for reason in reasons:
                count = int((times.reason[here] == reason).sum())
                row = {**keys, "variable": "EVNTDESC", "variable_level": reason}
                add_count(ard, count, whole, digits.digits_percent, **row)


def quantile_analysis(share: float) -> str:
    """``analysis_id`` of a quantile: ``KM_MEDIAN``, ``KM_Q1``, ``KM_Q3``, else ``KM_P`` and the percentage."""
    return _QUARTILES.get(share, f"KM_P{100.0 * share:g}")


def add_kaplan_meier(
    ard: Ard,
    times: EventTimes,
    *,
    quantiles: Sequence[float],
    landmarks: Sequence[float],
    digits: Digits,
    confidence: float,
) -> None:
    """Quantiles (``KM_MEDIAN``, ``KM_Q1``, …) and rates at landmark months (``KM_RATE``) in each arm."""
    for position, arm in enumerate(times.arms):
        here = times.arm == position
        curve = kaplan_meier(times.time[here], times.event[here], confidence=confidence)
        keys = {**times.keys, "group1_level": arm.id, "method": _KM}
        for share in quantiles:
            quantile = curve.quantile(share)
            reason = "not reached" if curve.n else curve.status
            _add_interval(
                ard,
                (quantile.estimate, quantile.lower, quantile.upper),
                digits.digits_months,
                reasons=(reason, "confidence limit not reached"),
                **{**keys, "analysis_id": quantile_analysis(share), "unit": "months"},
            )
        if not landmarks:
            continue
        at = curve.survival_at(np.asarray(landmarks, dtype=np.float64))
        for index, month in enumerate(landmarks):
            _add_interval(
                ard,
                (100.0 * at.survival[index], 100.0 * at.lower[index], 100.0 * at.upper[index]),
                digits.digits_percent,
                reasons=(
                    "nobody observed up to the month" if curve.n else curve.status,
                    "no confidence limit before the first event or where all had it",
                ),
                **{
                    **keys,
                    "analysis_id": "KM_RATE",
                    "variable": "MONTH",
                    "variable_level": f"{month:g}",
                    "unit": "%",
                },
            )


def add_follow_up(ard: Ard, times: EventTimes, digits: Digits, confidence: float) -> None:
    """Median follow-up by the reverse Kaplan–Meier method in each arm (``FOLLOW_UP``)."""
    for position, arm in enumerate(times.arms):
        here = times.arm == position
        curve = reverse_kaplan_meier(times.time[here], times.event[here], confidence=confidence)
        median = curve.quantile(0.5)
        keys = {
            **times.keys,
            "group1_level": arm.id,
            "analysis_id": "FOLLOW_UP",
            "method": "Kaplan-Meier of censoring, log-log",
            "unit": "months",
        }
        _add_interval(
            ard,
            (median.estimate, median.lower, median.upper),
            digits.digits_months,
            reasons=("not reached" if curve.n else curve.status, "confidence limit not reached"),
            **keys,
        )


def fit_cox(times: EventTimes, test: str, confidence: float, ties: str = "efron") -> CoxArm:
    """Cox model with the arm only, of one test arm against control, in the strata of ``times``."""
    pair = next((t, c) for t, c in times.comparisons() if t.id == test)
    two = times.of(*pair)
    return cox_arm(
        two.time,
        two.event,
        two.arm == times.arms.index(pair[0]),
        strata=_stratum_names(two),
        ties=ties,
        confidence=confidence,
    )


def comparison_id(ard: Ard, kind: str, **keys: str) -> str:
    """``analysis_id`` under which the ARD has a comparison: stratified where it has both, ``""`` where it has none."""
    for name in (f"{kind}_STRATIFIED", kind, f"{kind}_UNSTRATIFIED"):
        if ard.select(analysis_id=name, **keys):
            return name
    return ""


def comparison_keys(times: EventTimes, test: str, kind: str, ties: str = "efron") -> dict[str, str]:
    """Keys of a comparison: ``COX`` or ``LOG_RANK``, stratified or not."""
    stratified = bool(times.factors)
    method = {"COX": f"Cox proportional hazards, {ties.capitalize()}", "LOG_RANK": "Log-rank"}[kind]
    return {
        **times.keys,
        "group1_level": test,
        "analysis_id": f"{kind}_{'STRATIFIED' if stratified else 'UNSTRATIFIED'}",
        "method": f"{method}, stratified" if stratified else method,
    }


def add_cox(
    ard: Ard, times: EventTimes, digits: Digits, confidence: float, ties: str = "efron", /,
    *, only: str = "", reason: str = "", **more: str,
) -> dict[str, CoxArm]:  # fmt: skip
    """Hazard ratio of each test arm to control with Wald limits (``COX_STRATIFIED`` or ``COX_UNSTRATIFIED``).

    Parameters
    ----------
    only : str
        Id of the one test arm that is compared; all where it is empty.
    reason : str
        Why no estimate is to be given, whatever the model finds; empty where there is no such reason.
    **more : str
        Further ARD columns, such as the subgroup.
    """
    fits: dict[str, CoxArm] = {}
    for test, _ in times.comparisons():
        if only and test.id != only:
            continue
        fit = fits[test.id] = fit_cox(times, test.id, confidence, ties)
        keys = {**comparison_keys(times, test.id, "COX", ties), **more}
        if fit.status == "ok" and fit.uninformative_strata:
            strata = "; ".join(fit.uninformative_strata)
            keys["warning"] = f"Strata that add nothing to the hazard ratio: {strata}."

        def shown(value: float) -> float | None:
            return None if reason else value

        why = reason or fit.status
        for name, value in (("hr", fit.hr), ("lower", fit.lower), ("upper", fit.upper)):
            add_number(ard, name, shown(value), digits.digits_hr, reason=why, **keys)
        for name, value in (("log_hr", fit.log_hr), ("se", fit.se), ("z", fit.z)):
            add_number(ard, name, shown(value), digits.digits_statistic, reason=why, **keys)
        add_pvalue(ard, "p", shown(fit.p), digits.digits_p, reason=why, **keys)
    return fits


def add_log_rank(ard: Ard, times: EventTimes, digits: Digits) -> None:
    """Two-sided log-rank test of each test arm against control (``LOG_RANK_STRATIFIED`` or ``…_UNSTRATIFIED``)."""
    for test, control in times.comparisons():
        two = times.of(test, control)
        result = log_rank(
            two.time,
            two.event,
            two.arm == times.arms.index(test),
            strata=_stratum_names(two),
        )
        keys = comparison_keys(times, test.id, "LOG_RANK")
        add_number(ard, "chi_square", result.chi2, digits.digits_statistic, reason=result.status, **keys)
        add_pvalue(ard, "p", result.p, digits.digits_p, reason=result.status, **keys)


def add_noninferiority(
    ard: Ard, times: EventTimes, fits: dict[str, CoxArm], rule: NonInferiority, digits: Digits
) -> None:
    """Test each hazard ratio against the margin (``NONINFERIORITY``): z, one-sided p, limits, whether it is met.

    ``met`` is decided on unrounded numbers; where the hazard ratio is not estimable it is not met.
    """
    for test, fit in fits.items():
        alpha = rule.alpha_one_sided
        result = noninferiority(fit.log_hr, fit.se, rule.margin, alpha_one_sided=alpha, status=fit.status)
        keys = {
            **times.keys,
            "group1_level": test,
            "analysis_id": "NONINFERIORITY" if times.factors else "NONINFERIORITY_UNSTRATIFIED",
            "method": "Wald test of the log hazard ratio against the log margin",
        }
        add_number(ard, "margin", result.margin, MARGIN_DIGITS, **keys)
        for name, value in (("hr", result.hazard_ratio), ("lower", result.lower), ("upper", result.upper)):
            add_number(ard, name, value, digits.digits_hr, reason=result.status, **keys)
        add_number(ard, "z", result.z, digits.digits_statistic, reason=result.status, **keys)
        add_pvalue(ard, "p", result.p, digits.digits_p, reason=result.status, **keys)
        add_text(ard, "met", "Met" if result.met else "Not met", float(result.met), **keys)
        upper = fixed(result.upper, digits.digits_hr)
        margin = fixed(result.margin, MARGIN_DIGITS)
        level = confidence_label(rule.confidence)
        if upper == NOT_ESTIMABLE:
            sentence = f"Non-inferiority not shown: the hazard ratio is not estimable ({result.status})."
        elif result.met:
            sentence = f"Non-inferiority shown: the upper limit of the {level} CI ({upper}) is below {margin}."
        else:
            sentence = f"Non-inferiority not shown: the upper limit of the {level} CI ({upper}) is not below {margin}."
        add_text(ard, "conclusion", sentence, **keys)


def add_strata(ard: Ard, times: EventTimes) -> None:
    """Subjects and events in each stratum, and the number of strata (``STRATA``)."""
    common = {k: v for k, v in times.keys.items() if k != "group1"}
    keys = {**common, "analysis_id": "STRATA", "method": "Count"}
    add_count(ard, len(times.strata), **keys)
    for code, name in enumerate(times.strata):
        inside = times.stratum == code
        row = {**keys, "variable": "/".join(times.factors) or "STRATUM", "variable_level": name or "all"}
        add_count(ard, int(inside.sum()), **row)
        ard.add("events", int((inside & times.event).sum()), formatted=str(int((inside & times.event).sum())), **row)


def add_excluded(ard: Ard, times: EventTimes, reference: tuple[int, ...], reference_set: str, digits: Digits) -> None:
    """Subjects of a larger set that the analysis set leaves out, in each arm (``EXCLUDED``)."""
    for position, arm in enumerate(times.arms):
        keys = {
            **times.keys,
            "group1_level": arm.id,
            "analysis_id": "EXCLUDED",
            "method": "Count and percentage",
            "variable": "REFERENCE_SET",
            "variable_level": reference_set,
        }
        left_out = reference[position] - times.subjects[position]
        add_count(ard, left_out, reference[position], digits.digits_percent, **keys)


def _stratum_names(times: EventTimes) -> list[str] | None:
    """Name of each record's stratum, so that a message about a stratum can name it; None without strata."""
    return [times.strata[code] for code in times.stratum] if times.factors else None


def _add_interval(
    ard: Ard, numbers: tuple[float, float, float], digits: int, *, reasons: tuple[str, str], **keys: str
) -> None:
    estimate, lower, upper = numbers
    add_number(ard, "estimate", estimate, digits, reason=reasons[0], **keys)
    limit_reason = reasons[0] if math.isnan(estimate) else reasons[1]
    add_number(ard, "lower", lower, digits, reason=limit_reason, **keys)
    add_number(ard, "upper", upper, digits, reason=limit_reason, **keys)
