"""The trial's complete ADaM database from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from csrbook.errors import PlanError, UsageError
from csrbook.simulate.streams import Streams
from simulation.adverse_event_data import adverse_event_dataset
from simulation.adverse_events import Vocabulary, draw_events, fatal_subjects
from simulation.biomarkers import Assays, biomarker_dataset, draw_assays, draw_markers
from simulation.deviations import deviation_dataset, first_important, per_protocol
from simulation.disease_course import draw_course
from simulation.exposure import exposure_dataset
from simulation.follow_up import FollowUp, observe
from simulation.frame import Base
from simulation.laboratory import laboratory_dataset
from simulation.lesions import draw_lesions
from simulation.medications import history_dataset, medication_dataset
from simulation.other_safety import electrocardiogram_dataset, vital_signs_dataset
from simulation.parameters import Parameters, read_parameters
from simulation.questionnaires import draw_scores, questionnaire_dataset
from simulation.response import derive_response, read_independently
from simulation.subject_level import screened_ki67, subject_level, subject_level_dataset
from simulation.subjects import Cohort, draw_subjects
from simulation.time_to_event import Sources, event_time_dataset
from simulation.tumour import lesion_dataset, response_dataset

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.plan.models import Plan

__all__ = ["LARGEST", "SMALLEST", "Simulated", "simulate", "simulate_study"]

SMALLEST, LARGEST = 20, 200_000
"""Fewest and most randomised subjects. Below 20 a stratum is often empty; site numbers allow 9,999 subjects a site."""
FILE = "sap/simulation.yaml"


@dataclass(frozen=True)
class Simulated:
    """A simulated database and what it was made from."""

    frames: dict[str, pd.DataFrame]
    subjects: int
    """Number of randomised subjects."""
    seed: int


def simulate_study(root: Path, plan: Plan, subjects: int | None = None, seed: int | None = None) -> Simulated:
    """Simulate with the parameters that stand in the study's ``sap/simulation.yaml``."""
    subjects, seed = _size(plan, subjects), _seed(plan, seed)
    return Simulated(simulate(root / FILE, plan, subjects, seed), subjects, seed)


def simulate(
    parameters: Mapping[str, Any] | Path | Parameters, plan: Plan, subjects: int | None = None, seed: int | None = None
) -> dict[str, pd.DataFrame]:
    """Simulate the database of one trial.

    Parameters
    ----------
    parameters : mapping, Path or Parameters
        Content of ``simulation.yaml``, or its path.
    plan : Plan
        Arms, strata, scan schedule, events at the cut-off, default size and seed.
    subjects : int, optional
        Randomised subjects; the events at the cut-off are scaled with them.
    seed : int, optional
        Not negative; the plan's ``seeds.simulation`` without it.

    Returns
    -------
    dict of str to DataFrame
        The fourteen datasets sorted by key; text is ``object`` with ``""`` for blank, numbers and SAS dates are
        ``float64``.

    Raises
    ------
    PlanError
        A parameter is wrong or cannot be reached.
    UsageError
        The number of subjects or the seed is out of range.
    """
    p = read_parameters(parameters)
    subjects, streams = _size(plan, subjects), Streams(_seed(plan, seed))
    events = _events(plan, subjects)
    window = plan.study.treatment_emergent_days

    cohort = draw_subjects(p, plan, subjects, streams)
    markers = draw_markers(streams.generator("biomarkers", "markers"), p, subjects)
    course = draw_course(p, plan, cohort, markers, events, streams)
    follow_up = observe(p, plan, cohort, course, streams)
    lesions = draw_lesions(p, cohort, course, follow_up, streams)
    response = derive_response(plan, lesions, follow_up)
    review, reviewed = read_independently(p, response, follow_up, streams)
    exclusion = per_protocol(cohort, follow_up, response)
    fatal = fatal_subjects(p, course, follow_up, window, streams)
    ki67 = screened_ki67(p, cohort, markers, streams)
    assays = _assays(p, cohort, follow_up, markers, ki67[cohort.randomised], streams)
    scores = draw_scores(p, cohort, follow_up, streams)
    columns = subject_level(
        cohort, course, follow_up, exclusion, fatal, ki67, assays.evaluable, scores.evaluable, streams
    )
    base = Base({name: values[cohort.randomised] for name, values in columns.items()})

    vocabulary = Vocabulary.of(p)
    events_rows = draw_events(p, vocabulary, cohort, course, follow_up, fatal, window, streams)
    adae, event_sources = adverse_event_dataset(base, p, vocabulary, follow_up, events_rows, window, streams)
    adrs, response_rows = response_dataset(base, plan, follow_up, response, review, reviewed)
    adtr, lesion_numbers = lesion_dataset(base, plan, follow_up, lesions, response)
    adqs, deterioration = questionnaire_dataset(base, scores)
    adcm, therapies = medication_dataset(base, cohort, follow_up, vocabulary, events_rows, streams)
    sources = Sources(
        response_rows,
        lesion_numbers,
        event_sources,
        deterioration,
        therapies,
        scores.evaluable,
        first_important(exclusion, follow_up),
    )
    return {
        "ADSL": subject_level_dataset(columns),
        "ADTTE": event_time_dataset(base, plan, follow_up, lesions, response, review, reviewed, sources),
        "ADRS": adrs,
        "ADTR": adtr,
        "ADAE": adae,
        "ADLB": laboratory_dataset(base, cohort, follow_up, vocabulary, events_rows, window, streams),
        "ADEX": exposure_dataset(base, p, cohort, follow_up, events_rows, streams),
        "ADQS": adqs,
        "ADBM": biomarker_dataset(base, p, assays),
        "ADCM": adcm,
        "ADDV": deviation_dataset(base, p, follow_up, exclusion, streams),
        "ADMH": history_dataset(base, cohort, streams),
        "ADVS": vital_signs_dataset(base, cohort, follow_up, vocabulary, events_rows, window, streams),
        "ADEG": electrocardiogram_dataset(base, cohort, follow_up, vocabulary, events_rows, window, streams),
    }


def _assays(
    parameters: Parameters,
    cohort: Cohort,
    follow_up: FollowUp,
    markers: Any,
    ki67: NDArray[np.float64],
    streams: Streams,
) -> Assays:
    """Days on which samples were due, and whether the subject was still there."""
    rng = streams.generator("biomarkers", "visits")
    start = np.where(follow_up.treated, follow_up.start, 0)
    end = np.where(follow_up.treated, follow_up.end, -1)
    days = np.stack(
        [
            start - rng.integers(0, 4, cohort.size),
            start + 56 + rng.integers(-3, 4, cohort.size),
            end + rng.integers(0, 8, cohort.size),
        ],
        axis=1,
    )
    there = days <= follow_up.last[:, None]
    there[:, 0] = True
    there[:, 1] &= days[:, 1] <= end
    there[:, 2] &= follow_up.treated & ~follow_up.ongoing & (end - start > 70)
    return draw_assays(parameters, markers, ki67, cohort.visceral, days, there, streams)


def _size(plan: Plan, subjects: int | None) -> int:
    if subjects is None:
        if plan.study.sample_size is None:
            raise PlanError(
                "the plan gives no sample size",
                "sap/study.yaml, sample_size",
                "state it, or ask for a number of subjects",
            )
        subjects = plan.study.sample_size.subjects
    if not SMALLEST <= subjects <= LARGEST:
        raise UsageError(
            f"{subjects} subjects cannot be simulated",
            "number of subjects",
            f"ask for {SMALLEST} to {LARGEST:,} randomised subjects",
        )
    return subjects


def _seed(plan: Plan, seed: int | None) -> int:
    if seed is None:
        if "simulation" not in plan.study.seeds:
            raise PlanError(
                "the plan gives no seed of the simulation", "sap/study.yaml, seeds.simulation", "state a whole number"
            )
        seed = plan.study.seeds["simulation"]
    if seed < 0:
        raise UsageError(f"{seed} is not a seed", "seed", "give a whole number that is not negative")
    return seed


def _events(plan: Plan, subjects: int) -> int:
    """Events at the cut-off: the planned proportion of the planned size."""
    planned = plan.study.sample_size.subjects if plan.study.sample_size else subjects
    return round(plan.study.data_cut.events * subjects / planned)
