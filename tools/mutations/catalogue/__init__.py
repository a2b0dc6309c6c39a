"""The errors that are planted, by the part of the report in which they are caught."""

from __future__ import annotations

from tools.mutations.catalogue import (
    biomarkers,
    datasets,
    event_time_data,
    event_times,
    patient_reported,
    population,
    resampling,
    responses,
    safety,
    sensitivity,
)

__all__ = ["MUTATIONS"]

MUTATIONS = (
    *event_times.MUTATIONS,
    *event_time_data.MUTATIONS,
    *sensitivity.MUTATIONS,
    *resampling.MUTATIONS,
    *responses.MUTATIONS,
    *biomarkers.MUTATIONS,
    *population.MUTATIONS,
    *safety.MUTATIONS,
    *patient_reported.MUTATIONS,
    *datasets.MUTATIONS,
)
