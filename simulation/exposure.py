"""ADEX: duration, dose, intensity, reductions and interruptions of each drug, in agreement with the adverse events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csrbook.simulate.columns import sequence_within, text
from simulation.adverse_events import INTERRUPTED, REDUCED, EventRows

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.simulate.streams import Streams
    from simulation.follow_up import FollowUp
    from simulation.frame import Base
    from simulation.parameters import Parameters
    from simulation.subjects import Cohort

__all__ = ["PYROTINIB_MG", "exposure_dataset"]

PYROTINIB_MG = 400.0
PYROTINIB_STEP_MG = 80.0
CAPECITABINE_MG_M2 = 2000.0
"""Twice 1000 mg/m² a day, on days 1 to 14 of 21."""
CAPECITABINE_TABLET_MG = 500.0
CAPECITABINE_REDUCTION = 0.25
FULVESTRANT_MG = 500.0
"""On days 1, 15 and 29, then every 28 days."""

DRUGS = ("CAPECITABINE", "FULVESTRANT", "PYROTINIB")
PARAMETERS = {
    "DURWK": ("Duration of Treatment (weeks)", "WEEKS"),
    "NDRED": ("Number of Dose Reductions", "COUNT"),
    "NINT": ("Number of Interruptions", "COUNT"),
    "PLDOSE": ("Planned Cumulative Dose (mg)", "mg"),
    "RDI": ("Relative Dose Intensity (%)", "%"),
    "TDOSE": ("Actual Cumulative Dose (mg)", "mg"),
}
NUMBERS = {"DURWK": 1, "TDOSE": 2, "PLDOSE": 3, "RDI": 4, "NDRED": 5, "NINT": 6}

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Drug:
    """Exposure of each subject to one drug."""

    taken: NDArray[np.bool_]
    last: Ints
    planned: Floats
    given: Floats
    reductions: Floats
    interruptions: Floats


def exposure_dataset(
    base: Base, parameters: Parameters, cohort: Cohort, follow_up: FollowUp, events: EventRows, streams: Streams
) -> pd.DataFrame:
    """ADEX: one row a subject, drug and parameter; drugs only where they were taken."""
    rng = streams.generator("exposure")
    partner_end = np.where(follow_up.treated, np.minimum(follow_up.end, follow_up.partner_stop), 0)
    drugs = (
        _capecitabine(rng, parameters, cohort, follow_up, events, partner_end),
        _fulvestrant(rng, cohort, follow_up, events, partner_end),
        _pyrotinib(rng, parameters, cohort, follow_up, events),
    )
    # subject by drug by parameter, both in alphabetical order: ravelled, the rows are sorted by key
    taken = np.stack([drug.taken for drug in drugs], axis=1)
    subject, code = np.nonzero(taken)
    start = follow_up.start[subject]
    last, planned, given, reductions, interruptions = (
        np.stack([getattr(drug, name) for drug in drugs], axis=1)[subject, code]
        for name in ("last", "planned", "given", "reductions", "interruptions")
    )
    values = {
        "DURWK": (last - start + 1) / 7.0,
        "NDRED": reductions,
        "NINT": interruptions,
        "PLDOSE": planned,
        "RDI": 100.0 * given / planned,
        "TDOSE": given,
    }
    names, each = tuple(PARAMETERS), len(PARAMETERS)
    row = np.repeat(np.arange(len(subject)), each)
    parameter = np.tile(np.arange(each), len(subject))
    date = base.date("RANDDT")[subject]
    return base.frame(
        subject[row],
        {
            "EXSEQ": sequence_within(subject[row]),
            "PARCAT1": text(DRUGS, code[row]),
            "PARAMCD": text(names, parameter),
            "PARAM": text([PARAMETERS[name][0] for name in names], parameter),
            "PARAMN": np.array([float(NUMBERS[name]) for name in names])[parameter],
            "AVAL": np.stack([values[name] for name in names], axis=1).ravel(),
            "AVALU": text([PARAMETERS[name][1] for name in names], parameter),
            "ASTDT": (date + start)[row],
            "AENDT": (date + last)[row],
        },
    )


def _changes(
    rng: np.random.Generator, events: EventRows, drug: int, end: Ints
) -> tuple[Floats, Floats, Floats, Floats]:
    """Number of reductions, days at each reduced step, number of interruptions and days without the drug."""
    size = len(end)
    remaining = np.maximum(end[events.subject] - events.onset, 0).astype(np.float64)
    reduced, paused = events.action[:, drug] == REDUCED, events.action[:, drug] == INTERRUPTED
    pause = np.minimum(rng.integers(3, 11, len(paused)), remaining)

    def total(rows: NDArray[np.bool_], weights: Floats) -> Floats:
        return np.bincount(events.subject[rows], weights=weights[rows], minlength=size)

    one = np.ones(len(remaining))
    return total(reduced, one), total(reduced, remaining), total(paused, one), total(paused, pause)


def _missed(rng: np.random.Generator, parameters: Parameters, size: int) -> Floats:
    """Share of planned doses that a subject forgets."""
    return np.minimum(rng.exponential(parameters.treatment.missed_doses, size), 0.25)


def _pyrotinib(
    rng: np.random.Generator, parameters: Parameters, cohort: Cohort, follow_up: FollowUp, events: EventRows
) -> _Drug:
    end = np.where(follow_up.treated, follow_up.end, 0)
    days = np.where(follow_up.treated, end - follow_up.start + 1, 0).astype(np.float64)
    reductions, reduced_days, pauses, paused_days = _changes(rng, events, 0, end)
    taken_days = np.maximum(days - paused_days - np.floor(days * _missed(rng, parameters, cohort.size)), 1.0)
    given = taken_days * PYROTINIB_MG - np.minimum(reduced_days, 2 * taken_days) * PYROTINIB_STEP_MG
    return _Drug(follow_up.treated, end, days * PYROTINIB_MG, given, reductions, pauses)


def _capecitabine(
    rng: np.random.Generator,
    parameters: Parameters,
    cohort: Cohort,
    follow_up: FollowUp,
    events: EventRows,
    end: Ints,
) -> _Drug:
    taken = cohort.actual == 1
    days = np.where(taken, end - follow_up.start + 1, 1)
    dosing = (14 * (days // 21) + np.minimum(days % 21, 14)).astype(np.float64)
    rest = np.where((days % 21 == 0) | (days % 21 > 14), np.where(days % 21 == 0, 7, days % 21 - 14), 0)
    surface = _surface(cohort)
    tablets = np.maximum(np.rint(CAPECITABINE_MG_M2 * surface / CAPECITABINE_TABLET_MG), 1.0) * CAPECITABINE_TABLET_MG
    reductions, reduced_days, pauses, paused_days = _changes(rng, events, 1, end)
    share = dosing / days
    taken_days = np.maximum(
        dosing - np.floor(paused_days * share) - np.floor(dosing * _missed(rng, parameters, cohort.size)), 1.0
    )
    lower = np.floor(np.minimum(reduced_days * share, 2 * taken_days)) * CAPECITABINE_REDUCTION
    given = np.maximum(np.rint((taken_days - lower) * tablets / CAPECITABINE_TABLET_MG), 1.0) * CAPECITABINE_TABLET_MG
    planned = np.rint(CAPECITABINE_MG_M2 * surface * dosing)
    return _Drug(taken, end - rest, planned, given, reductions, pauses)


def _surface(cohort: Cohort) -> Floats:
    """Body surface area (m²) of the randomised subjects at baseline."""
    return cohort.baseline("BSABL")


def _fulvestrant(rng: np.random.Generator, cohort: Cohort, follow_up: FollowUp, events: EventRows, end: Ints) -> _Drug:
    taken = cohort.actual == 0
    span = np.where(taken, end - follow_up.start, 0)
    injections = np.where(span >= 28, 2 + span // 28, np.where(span >= 14, 2, 1))
    last = follow_up.start + np.where(injections >= 3, 28 * (injections - 2), np.where(injections == 2, 14, 0))
    reductions, _, pauses, _ = _changes(rng, events, 1, end)
    skipped = np.minimum(rng.binomial(pauses.astype(np.int64), 0.25), injections - 1)
    return _Drug(taken, last, FULVESTRANT_MG * injections, FULVESTRANT_MG * (injections - skipped), reductions, pauses)
