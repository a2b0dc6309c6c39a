"""Lesions at baseline and their sizes at each scan, such that RECIST 1.1 finds progression where it was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csrbook.simulate.columns import choose
from simulation.disease_course import PROGRESSION, Course

if TYPE_CHECKING:
    from csrbook.simulate.streams import Streams
    from simulation.follow_up import FollowUp
    from simulation.parameters import Parameters
    from simulation.subjects import Cohort

__all__ = ["LOCATIONS", "NODE", "NODE_LIMIT", "Lesions", "draw_lesions"]

LOCATIONS = ("LIVER", "LUNG", "LYMPH NODE", "BREAST", "CHEST WALL", "SKIN", "BONE", "PLEURA", "BRAIN")
NODE, BONE, PLEURA, BRAIN = 2, 6, 7, 8
SITES = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5])
"""Location of each candidate target lesion; no organ has more than two, as RECIST 1.1 asks."""
WEIGHT_VISCERAL = np.array([3.0, 1.5, 2.5, 1.2, 1.2, 0.7, 0.6, 0.2, 0.3, 0.1, 0.1])
WEIGHT_OTHER = np.array([0.0, 0.0, 0.0, 0.0, 3.0, 2.0, 2.0, 0.8, 1.2, 0.4, 0.5])
NODE_NORMAL = 6
"""Short axis (mm) of a node that has become normal (below 10 mm)."""
NODE_LIMIT = 10
"""Short axis (mm) from which a node is pathological."""
TARGETS, NON_TARGETS = 5, 2

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Lesions:
    """Lesions as measured by the investigator; the only source from which responses are derived.

    Sizes are in mm; −1 where there is no lesion or no measurement.
    """

    location: Ints
    """Of each target lesion, shape (subjects, 5); −1 for none."""
    baseline: Ints
    """Shape (subjects, 5)."""
    size: Ints
    """Shape (subjects, scans, 5)."""
    non_target_location: Ints
    """Shape (subjects, 2); −1 for none."""
    non_target: Ints
    """0 absent, 1 present, 2 unequivocal progression, −1 none; shape (subjects, scans, 2)."""
    new_location: Ints
    """Location of a new lesion found at a scan, −1 for none; shape (subjects, scans)."""


def draw_lesions(
    parameters: Parameters, cohort: Cohort, course: Course, follow_up: FollowUp, streams: Streams
) -> Lesions:
    """Draw baseline lesions, the way in which progression shows, and the sizes at each scan."""
    p, size = parameters.tumour_response, cohort.size
    rng = streams.generator("lesions", "baseline")
    location, baseline = _targets(rng, parameters, cohort, course)
    count = np.where(course.measurable, choose(rng, (0.45, 0.40, 0.15), size), choose(rng, (0.0, 0.6, 0.4), size))
    place = choose(rng, (0.62, 0.18, 0.20), (size, NON_TARGETS))
    place = np.array([BONE, PLEURA, NODE])[place]
    place = np.where((place == PLEURA) & ~cohort.visceral[:, None], BONE, place)
    non_target_location = np.where(np.arange(NON_TARGETS) < count[:, None], place, -1)

    rng = streams.generator("lesions", "progression")
    scans = course.scan.shape[1]
    at_scan = (course.kind == PROGRESSION)[:, None] & (np.arange(1, scans + 1) == course.progression_scan[:, None])
    ways = p.progression_by
    lead = choose(rng, (ways["target"], ways["new_lesion"], ways["non_target"]), size)
    # a leading reason that the subject cannot show is replaced by a new lesion
    lead = np.where((lead == 0) & ~course.measurable | (lead == 2) & (count == 0), 1, lead)
    by_target = course.measurable & ((lead == 0) | (rng.random(size) < 0.15))
    by_new = (lead == 1) | (rng.random(size) < 0.12)
    by_non_target = (count > 0) & ((lead == 2) | (rng.random(size) < 0.05))
    brain = rng.random(size) < p.brain
    spread = np.where(
        cohort.visceral,
        choose(rng, (0.4, 0.25, 0.15, 0, 0, 0.02, 0.18), size),
        choose(rng, (0.2, 0.15, 0.3, 0, 0, 0.05, 0.3), size),
    )
    new_location = np.where(at_scan & by_new[:, None], np.where(brain, BRAIN, spread)[:, None], -1)

    sums, complete = _sums(parameters, course, follow_up, baseline, location, at_scan & by_target[:, None], streams)
    sizes = _divide(sums, complete, baseline, location)
    sizes = np.where((follow_up.attended[:, :, None]) & (location[:, None, :] >= 0), sizes, -1)
    unread = follow_up.attended & ~follow_up.readable
    sizes[:, :, 0] = np.where(unread, -1, sizes[:, :, 0])
    state = np.where(complete, 0, 1)[:, :, None] * np.ones(NON_TARGETS, dtype=np.int64)
    state[:, :, 0] = np.where(at_scan & by_non_target[:, None], 2, state[:, :, 0])
    state = np.where(follow_up.attended[:, :, None] & (non_target_location[:, None, :] >= 0), state, -1)
    return Lesions(
        location=location,
        baseline=baseline,
        size=sizes,
        non_target_location=non_target_location,
        non_target=state,
        new_location=np.where(follow_up.attended, new_location, -1),
    )


def _targets(rng: np.random.Generator, parameters: Parameters, cohort: Cohort, course: Course) -> tuple[Ints, Ints]:
    """Organs and sizes of target lesions at baseline."""
    size = cohort.size
    # weighted sampling without replacement (Efraimidis and Spirakis 2006): the largest u^(1/w) are taken
    weight = np.where(cohort.visceral[:, None], WEIGHT_VISCERAL, WEIGHT_OTHER)
    with np.errstate(divide="ignore"):
        key = np.log(rng.random((size, len(SITES)))) / weight
    chosen = np.argsort(-key, axis=1, kind="stable")[:, :TARGETS]
    location = SITES[chosen]
    number = 1 + choose(rng, parameters.tumour_response.target_lesions, size)
    present = (np.arange(TARGETS) < number[:, None]) & course.measurable[:, None]
    extra = rng.exponential(1.0, (size, TARGETS))
    diameter = np.where(location == NODE, 15 + np.minimum(6 * extra, 35), 10 + np.minimum(14 * extra, 110))
    return np.where(present, location, -1), np.where(present, np.rint(diameter).astype(np.int64), -1)


def _sums(
    parameters: Parameters,
    course: Course,
    follow_up: FollowUp,
    baseline: Ints,
    location: Ints,
    growth: Flags,
    streams: Streams,
) -> tuple[Ints, Flags]:
    """Sum of diameters at each scan, and where the response is complete.

    The sums are whole millimetres and keep RECIST 1.1's rules with room to spare: before progression never 20 % and
    5 mm above the nadir, at a progression by target lesions clearly so; a responder stays at 30 % below baseline
    from the response on.
    """
    rng = streams.generator("lesions", "sums")
    size, scans = course.scan.shape
    base = np.where(baseline > 0, baseline, 0).sum(axis=1)
    nodes = (location == NODE).sum(axis=1)
    only_nodes = nodes == (location >= 0).sum(axis=1)
    responder = course.responder
    first = np.minimum(1 + choose(rng, (0.62, 0.28, 0.10), size), np.maximum(course.progression_scan - 2, 1))
    complete_from = first + (rng.random(size) < 0.5)
    complete_from = np.minimum(complete_from, np.maximum(course.progression_scan - 2, 1))
    is_complete = responder & (rng.random(size) < parameters.tumour_response.complete)
    depth = np.where(responder, 0.08 + 0.52 * rng.beta(1.6, 1.8, size), 0.74 + 0.34 * rng.beta(1.4, 1.8, size))
    early = np.minimum(np.maximum(depth + 0.25, 0.50), 0.66)
    noise = rng.uniform(-0.02, 0.05, (size, scans))
    jump = 1.30 + rng.exponential(0.35, size)
    nadir, sums = base.copy(), np.zeros((size, scans), dtype=np.int64)
    complete = np.zeros((size, scans), dtype=bool)
    for scan in range(scans):
        after = scan + 1 - first
        path = np.where(
            responder, depth + (early - depth) * 0.5 ** np.maximum(after, 0), 1 + (depth - 1) * min((scan + 1) / 2, 1.0)
        )
        path = np.where(responder & (after < 0), 0.80 + 0.1 * (1 + after / 3), path)
        value = np.rint(base * (path + noise[:, scan])).astype(np.int64)
        ceiling = np.maximum((6 * nadir - 1) // 5, nadir + 4)
        value = np.minimum(value, ceiling)
        in_response = responder & (after >= 0)
        value = np.where(in_response, np.minimum(value, (7 * base - 1) // 10), np.maximum(value, 7 * base // 10 + 1))
        value = np.minimum(np.maximum(value, 1), np.maximum(ceiling, 1))
        now = is_complete & (scan + 1 >= complete_from)
        value = np.where(now, NODE_NORMAL * nodes, value)
        grown = np.maximum(np.rint(nadir * jump).astype(np.int64), nadir + 6)
        grown = np.where(5 * grown <= 6 * nadir, (6 * nadir) // 5 + 1, grown)
        # where all targets are nodes, the largest must exceed the 10 mm below which a node is normal
        grown = np.where(only_nodes, np.maximum(grown, (NODE_LIMIT + 1) * nodes), grown)
        value = np.where(growth[:, scan], grown, value)
        sums[:, scan], complete[:, scan] = value, now & ~growth[:, scan]
        nadir = np.where(follow_up.readable[:, scan], np.minimum(nadir, value), nadir)
    # after the first progression there are no scans; the scan of progression is not a complete response any more
    past = np.arange(1, scans + 1) >= course.progression_scan[:, None]
    return sums, complete & ~past


def _divide(sums: Ints, complete: Flags, baseline: Ints, location: Ints) -> Ints:
    """Divide each sum among the lesions in proportion to baseline, in whole millimetres that add up to it."""
    weight = np.where(baseline > 0, baseline, 0).astype(np.float64)
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1.0)
    edges = np.rint(sums[:, :, None] * (np.cumsum(weight, axis=1) / total)[:, None, :]).astype(np.int64)
    parts = np.diff(edges, axis=2, prepend=0)
    normal = np.where(location == NODE, NODE_NORMAL, 0)[:, None, :]
    return np.where(complete[:, :, None], normal, parts)
