"""The latent course of disease: progression, death, loss, and the data cut-off that follows from them.

Times are whole days from randomisation; ``NEVER`` stands for what does not happen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import PlanError
from csrbook.simulate.columns import choose
from csrbook.simulate.event_times import exponential_rate, marginal_weibull, scale_for_median
from simulation.biomarkers import Markers, draw_markers
from simulation.subjects import Cohort, site_effects

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from csrbook.plan.models import Plan
    from csrbook.simulate.streams import Streams
    from simulation.parameters import Parameters

__all__ = ["DEATH", "NEVER", "PROGRESSION", "SYMPTOMATIC", "Course", "draw_course"]

NEVER = 10**7
PROGRESSION, DEATH, SYMPTOMATIC = 0, 1, 2
REFERENCE = 20_000
"""Subjects of the reference population over which a marginal distribution is defined."""
RESPONSE_INTERVALS = 2.5
"""Scan intervals without progression or death that a confirmed response needs: one scan to respond, one to confirm."""
SCANS = 60
"""Scheduled scans for which the jitter is drawn; nine years of scans every eight weeks."""


@dataclass(frozen=True)
class Course:
    """Latent course of each randomised subject, and the cut-off."""

    kind: NDArray[np.int64]
    """PROGRESSION, DEATH (without progression) or SYMPTOMATIC (deterioration without a scan that shows progression)."""
    progression_scan: NDArray[np.int64]
    """Number of the scheduled scan (from 1) that shows progression; NEVER for the other kinds."""
    event: NDArray[np.int64]
    """Day of progression, else of death."""
    death: NDArray[np.int64]
    deterioration: NDArray[np.int64]
    """Day of the drawn event time of kind SYMPTOMATIC."""
    lost: NDArray[np.int64]
    withdrew: NDArray[np.bool_]
    """Whether the loss is a withdrawal of consent."""
    responder: NDArray[np.bool_]
    measurable: NDArray[np.bool_]
    scan: NDArray[np.int64]
    """Day of each scheduled scan, shape (subjects, scans)."""
    cutoff: int
    """SAS date."""


def _log_hazards(
    parameters: Parameters, columns: NDArray[np.bool_], site: NDArray[np.float64], markers: Markers
) -> NDArray[np.float64]:
    """Linear predictor in each arm, shape (subjects, 2)."""
    p, b = parameters.progression_free_survival, parameters.biomarkers
    names = ("visceral", "trastuzumab_metastatic", "ecog_1")
    common = columns @ np.log([p.hazard_ratios.get(name, 1.0) for name in names]) + site
    common = common + markers.positive @ np.log([m.hazard_ratio for m in b.markers])
    common = common + markers.clearance * np.log(b.clearance.hazard_ratio)
    predictive = markers.positive @ np.log([m.interaction for m in b.markers])
    return np.stack([common + predictive, common], axis=1)


@dataclass(frozen=True)
class _Arm:
    """What is calibrated on the reference population of an arm."""

    log_hazard: NDArray[np.float64]
    survival_scale: float
    response_cut: float


def _calibrate(parameters: Parameters, plan: Plan, streams: Streams) -> list[_Arm]:
    """Scales and cut points with which each arm as a whole has its planned medians and response rate."""
    rng = streams.generator("course", "reference")
    p, s = parameters.progression_free_survival, parameters.subjects
    columns = rng.random((REFERENCE, 3)) < np.array([s.visceral, s.trastuzumab_metastatic, s.ecog_1])
    hazard = _log_hazards(
        parameters, columns, rng.normal(0.0, p.site_sd, REFERENCE), draw_markers(rng, parameters, REFERENCE)
    )
    exponential, later = rng.exponential(size=REFERENCE), rng.exponential(size=REFERENCE)
    kind, noise = rng.random(REFERENCE) >= p.death_first, rng.standard_normal(REFERENCE)
    lost = rng.exponential(size=REFERENCE) / _loss_rate(parameters, plan)
    interval = 7 * plan.study.scan_interval_weeks
    # shares of subjects that cannot respond for another reason than early progression, death or loss
    staying = (1.0 - p.symptomatic_only) * (1.0 - parameters.follow_up.no_baseline_follow_up)
    staying *= 1.0 - parameters.treatment.not_treated
    # a response is lost where the scan that should show or confirm it is missed or cannot be read
    staying *= (1.0 - parameters.follow_up.missed_scan) * (1.0 - parameters.follow_up.not_evaluable_scan)
    arms = []
    for index in (0, 1):
        eta = hazard[:, index]
        months = marginal_weibull(exponential, eta, eta, p.medians.array[index], p.shape)
        after = later * np.exp(-parameters.overall_survival.prognostic_share * eta)
        scale = scale_for_median(
            lambda x, m=months, a=after: np.where(kind, m + x * a, m),
            parameters.overall_survival.medians.array[index],
            0.1,
            500.0,
        )
        days = months * plan.study.days_per_month
        able = (days >= RESPONSE_INTERVALS * interval) & (lost > 2.2 * interval)
        score = _response_score(parameters, months, noise, p.medians.array[index], p.shape)
        rate = parameters.tumour_response.confirmed_response.array[index] / parameters.tumour_response.measurable
        share = rate / np.mean(able) / staying
        if share > 1.0:
            raise PlanError(
                f"a confirmed response rate of {rate:.3f} among measurable subjects cannot be reached: only "
                f"{np.mean(able):.3f} stay without progression long enough to respond and confirm",
                "sap/simulation.yaml, tumour_response.confirmed_response",
                "lower the response rate or raise the median progression-free survival",
            )
        arms.append(_Arm(eta, scale, float(np.quantile(score[able], 1.0 - share))))
    return arms


def _response_score(
    parameters: Parameters, months: NDArray[np.float64], noise: NDArray[np.float64], median: float, shape: float
) -> NDArray[np.float64]:
    """Latent score of response: it rises with the logarithm of progression-free survival."""
    weight = parameters.tumour_response.duration_weight
    standard = np.log(np.maximum(months, 1e-3) / median) * shape / 1.2825 + 0.16
    return np.asarray(weight * standard + np.sqrt(1.0 - weight**2) * noise)


def _loss_rate(parameters: Parameters, plan: Plan) -> float:
    return exponential_rate(parameters.follow_up.loss_per_year, 12.0 * plan.study.days_per_month)


def draw_course(
    parameters: Parameters, plan: Plan, cohort: Cohort, markers: Markers, events: int, streams: Streams
) -> Course:
    """Draw the course of every subject; the cut-off is the calendar date of the given number of events."""
    p, size = parameters.progression_free_survival, cohort.size
    site = site_effects(streams.generator("course", "sites"), parameters.subjects.sites, p.site_sd)[cohort.site]
    # centred over the subjects: a few dozen sites would otherwise shift both arms' medians by chance
    site -= site.mean()
    columns = np.stack([cohort.visceral, cohort.trastuzumab_metastatic, cohort.ecog_1], axis=1)
    hazard = _log_hazards(parameters, columns, site, markers)
    rng = streams.generator("course", "times")
    exponential, later, noise = rng.exponential(size=size), rng.exponential(size=size), rng.standard_normal(size)
    other = 1.0 - p.death_first - p.symptomatic_only
    kind = choose(rng, (other, p.death_first, p.symptomatic_only), size)
    months, after, responder = np.empty(size), np.empty(size), np.zeros(size, dtype=bool)
    for index, arm in enumerate(_calibrate(parameters, plan, streams)):
        own = cohort.arm == index
        eta, median = hazard[own, index], p.medians.array[index]
        months[own] = marginal_weibull(exponential[own], eta, arm.log_hazard, median, p.shape)
        after[own] = arm.survival_scale * later[own] * np.exp(-parameters.overall_survival.prognostic_share * eta)
        responder[own] = _response_score(parameters, months[own], noise[own], median, p.shape) > arm.response_cut
    days, after = months * plan.study.days_per_month, np.ceil(after * plan.study.days_per_month).astype(np.int64)
    drawn = np.maximum(np.ceil(days), 10).astype(np.int64)

    scan = _scan_days(parameters, plan, size, streams)
    interval = 7 * plan.study.scan_interval_weeks
    number = np.clip(np.rint(days / interval), 1, SCANS).astype(np.int64)
    at_scan = scan[np.arange(size), number - 1]
    death = np.select([kind == PROGRESSION, kind == DEATH], [at_scan + after, drawn], drawn + after)
    event = np.where(kind == PROGRESSION, at_scan, death)
    number = np.where(kind == PROGRESSION, number, NEVER)

    lost, withdrew = _losses(parameters, plan, cohort, streams)
    # a loss at or about the event hides it; otherwise it comes clearly later
    seen = (event + 2 < lost) & ((number < SCANS) | (kind != PROGRESSION))
    lost = np.where(seen, lost, np.maximum(np.minimum(lost, event - 1), 1))
    cutoff, tied = _cutoff(cohort.day0.astype(np.int64) + event, seen, events)
    # events that share the date of the last one counted would make too many: they happen a day later
    rows = np.flatnonzero(tied & (kind == PROGRESSION))
    scan[rows, number[rows] - 1] += 1
    event, death = event + tied, death + tied
    if np.any(cohort.day0 >= cutoff):
        raise PlanError(
            f"the cut-off at {events} events comes before the last subject is randomised",
            "sap/study.yaml, data_cut.events",
            "plan more events, fewer subjects or a faster accrual",
        )
    reach = int(cutoff - cohort.day0.min()) // interval + 2
    measurable = streams.generator("course", "measurable").random(size) < parameters.tumour_response.measurable
    return Course(
        kind=kind,
        progression_scan=number,
        event=event,
        death=death,
        deterioration=np.where(kind == SYMPTOMATIC, drawn, NEVER),
        lost=lost,
        withdrew=withdrew,
        responder=responder & measurable & (kind != SYMPTOMATIC) & (days >= RESPONSE_INTERVALS * interval),
        measurable=measurable,
        scan=scan[:, : min(reach, SCANS)],
        cutoff=cutoff,
    )


def _scan_days(parameters: Parameters, plan: Plan, size: int, streams: Streams) -> NDArray[np.int64]:
    """Days of the calendar scans; one day of the window is kept free to break ties at the cut-off."""
    rng = streams.generator("course", "scans")
    limit = plan.study.scan_window_days - 1
    jitter = np.clip(np.rint(rng.normal(0.0, parameters.follow_up.scan_jitter_days, (size, SCANS))), -limit, limit)
    return 7 * plan.study.scan_interval_weeks * np.arange(1, SCANS + 1) + jitter.astype(np.int64)


def _losses(
    parameters: Parameters, plan: Plan, cohort: Cohort, streams: Streams
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Day of loss to follow-up or withdrawal; those never treated, and a few others, leave at once."""
    rng, size, p = streams.generator("course", "losses"), cohort.size, parameters.follow_up
    lost = np.ceil(rng.exponential(size=size) / _loss_rate(parameters, plan)) + 5
    early = rng.random(size) < p.no_baseline_follow_up
    lost = np.where(early | (cohort.actual < 0), 8 + np.floor(rng.random(size) * 36), lost)
    withdrew = (rng.random(size) < p.withdrawal_share) | early | (cohort.actual < 0)
    return lost.astype(np.int64), withdrew


def _cutoff(calendar: NDArray[np.int64], seen: NDArray[np.bool_], events: int) -> tuple[int, NDArray[np.int64]]:
    """Date of the last event counted, and 1 for events of the same date that are too many."""
    order = np.flatnonzero(seen)
    order = order[np.argsort(calendar[order], kind="stable")]
    if not 0 < events <= len(order):
        raise PlanError(
            f"{events} events are planned at the cut-off but {len(order)} can be observed",
            "sap/study.yaml, data_cut.events",
            "plan at least one event and fewer events than subjects",
        )
    cutoff = int(calendar[order[events - 1]])
    tied = np.zeros(len(calendar), dtype=np.int64)
    surplus = order[events:]
    tied[surplus[calendar[surplus] == cutoff]] = 1
    return cutoff, tied
