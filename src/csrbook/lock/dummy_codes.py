"""Dummy treatment codes: what a dry-run lock holds in place of the real ones.

Where the real codes are at hand, the arms are dealt out anew: within each stratum, among subjects with the same
variables blank (screened only, randomised, treated), the subjects exchange all their treatment variables at random. Arm
sizes by stratum, and how many were treated otherwise than planned, stay as they are; who they were does not. (A subject
alone in her group keeps her own.)

Where the codes have not been received, each stratum is dealt the arms of the plan in equal numbers; the first analysis
set by planned treatment says who was randomised and the first by actual treatment who was treated, and these take what
was planned.

Variables that name drugs follow: a record of a drug that only the real arm has gets the drug in the same place of the
dummy arm's list, and goes where that arm has none. The plan's ``shuffled`` variables are dealt out anew among the
records of their dataset.

What a dry run does *not* hide: records can be told apart wherever a drug leaves traces, such as adverse events that
only it has, laboratory values, visit schedules, numbers of records, or a randomisation number whose list is known. None
of this is tied to a dummy arm, so a table by arm shows nothing of how the real ones differ; but a reader who
knows the drugs may tell the treatment of a single patient from a listing. What must stay hidden from such a reader has
to be kept out of the transfer, or be listed as ``shuffled``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from csrbook.data.text_columns import distinct
from csrbook.errors import UsageError
from csrbook.lock.canonical import aligned, canonical
from csrbook.lock.treatment_codes import ACTUAL, IDENTIFIER, PLANNED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.data.specification import DatasetSpecification
    from csrbook.plan.models import Arm, Blinding, Plan, Study

__all__ = [
    "Exchange",
    "dealt_codes",
    "exchanged_codes",
    "in_set",
    "renamed_drugs",
    "require_all_listed",
    "revealing",
    "shuffled",
    "with_codes",
]

SUBJECTS = "ADSL"
CODES_TASK, SHUFFLE_TASK = 0, 1
"""Streams of random numbers, one a task, so that one more shuffle leaves the codes as they are."""


def _stream(study: Study, *task: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(study.seeds["dry_run"], spawn_key=task)))


def revealing(frames: Mapping[str, pd.DataFrame], plan: Plan, blinding: Blinding) -> list[str]:
    """Variables from which the treatment of a subject can be read.

    Returns
    -------
    list of str
        ``ADSL.TRT01P``: treatment variables of the plan that are not blank, any other text variable that holds the
        label of an arm, and variables with the name of a drug that not every arm has.
    """
    arms = plan.study.arms
    labels = {arm.label for arm in arms} | {arm.id for arm in arms} | {arm.short for arm in arms}
    common = set.intersection(*(set(arm.drugs) for arm in arms))
    drugs = {drug for arm in arms for drug in arm.drugs} - common
    found = []
    for name, frame in frames.items():
        for variable in map(str, frame.columns):
            values = frame[variable].to_numpy()
            if variable in blinding.treatment_variables:
                reveals = bool((values != "").any()) if values.dtype.kind == "O" else not bool(np.isnan(values).all())
            elif values.dtype.kind != "O":
                reveals = False
            else:
                words = set(distinct(values)[1])
                reveals = bool(words & (drugs if variable in blinding.drug_variables.get(name, ()) else labels))
            if reveals:
                found.append(f"{name}.{variable}")
    return found


def dealt_codes(adsl: pd.DataFrame, plan: Plan) -> dict[str, dict[str, Any]]:
    """Dummy codes for subjects whose codes have not been received.

    Parameters
    ----------
    adsl : DataFrame
        With the flags of the plan's analysis sets and the strata.
    plan : Plan

    Returns
    -------
    dict
        Treatment variables by subject.
    """
    study = plan.study
    adsl = adsl.sort_values(IDENTIFIER, ignore_index=True)
    randomised = in_set(adsl, study, "planned")
    treated = in_set(adsl, study, "actual") & randomised
    draw = _stream(study, CODES_TASK)
    codes: dict[str, dict[str, Any]] = {}
    for rows in _groups(_strata(adsl, study), randomised):
        # A permuted block as long as the stratum.
        dealt = draw.permutation(np.arange(len(rows)) % len(study.arms))
        for row, place in zip(rows, dealt, strict=True):
            arm = study.arms[place]
            label, code = (arm.label, float(arm.code)) if treated[row] else ("", np.nan)
            own = dict(zip((*PLANNED, *ACTUAL), (arm.label, float(arm.code), label, code), strict=True))
            codes[adsl[IDENTIFIER][row]] = own
    return codes


def with_codes(
    frame: pd.DataFrame,
    codes: Mapping[str, Mapping[str, Any]],
    blinding: Blinding,
    specification: DatasetSpecification,
) -> pd.DataFrame:
    """A dataset with these treatment variables, as far as it has them; blank for subjects without codes."""
    positions, subjects = distinct(frame[IDENTIFIER].to_numpy())
    new = {}
    for variable in specification.variables:
        if variable.name in blinding.treatment_variables:
            blank = "" if variable.kind == "text" else np.nan
            values = [codes.get(subject, {}).get(variable.name, blank) for subject in subjects]
            new[variable.name] = np.array(values, dtype=object if variable.kind == "text" else np.float64)[positions]
    return aligned(frame.assign(**new), specification)


@dataclass(frozen=True)
class Exchange:
    """What each subject gets in a dry run: the treatment variables of another, and the names of that arm's drugs."""

    codes: Mapping[str, Mapping[str, Any]]
    drugs: Mapping[str, Mapping[str, str]]


def exchanged_codes(adsl: pd.DataFrame, plan: Plan, blinding: Blinding) -> Exchange:
    """Exchange the treatment variables among subjects.

    Parameters
    ----------
    adsl : DataFrame
        With the real codes.
    plan : Plan
    blinding : Blinding

    Returns
    -------
    Exchange
        By subject. It does not depend on the order of the records.
    """
    adsl = adsl.sort_values(IDENTIFIER, ignore_index=True)
    real = adsl[[name for name in blinding.treatment_variables if name in adsl]]
    blank = np.column_stack([(real[name] == "") | real[name].isna() for name in real])
    patterns = ["".join(map(str, row)) for row in blank.astype(int)]
    strata = [f"{pattern} {stratum}" for pattern, stratum in zip(patterns, _strata(adsl, plan.study), strict=True)]
    draw = _stream(plan.study, CODES_TASK)
    donors = np.arange(len(adsl))
    for rows in _groups(strata, np.ones(len(adsl), dtype=bool)):
        donors[rows] = draw.permutation(rows)
    dummy = real.iloc[donors].reset_index(drop=True)
    subjects = adsl[IDENTIFIER].tolist()
    records = [{str(name): value for name, value in row.items()} for row in dummy.to_dict("records")]
    drugs = map(_drug_names, _arms_of(real, plan), _arms_of(dummy, plan))
    return Exchange(dict(zip(subjects, records, strict=True)), dict(zip(subjects, drugs, strict=True)))


def renamed_drugs(frame: pd.DataFrame, variables: Sequence[str], exchange: Exchange) -> pd.DataFrame:
    """A dataset with the drugs of the dummy arms, without the records of drugs in whose place these have none."""
    if not variables:
        return frame
    own = [exchange.drugs.get(subject, {}) for subject in frame[IDENTIFIER]]
    new = {}
    kept = np.ones(len(frame), dtype=bool)
    for variable in variables:
        fitting = [names.get(value, value) for names, value in zip(own, frame[variable], strict=True)]
        new[variable] = np.array(fitting, dtype=object)
        kept &= (new[variable] != "") | (frame[variable].to_numpy() == "")
    return frame.assign(**new)[kept].reset_index(drop=True)


def shuffled(frame: pd.DataFrame, plan: Plan, blinding: Blinding, specification: DatasetSpecification) -> pd.DataFrame:
    """A dataset with the plan's ``shuffled`` variables dealt out anew among its records.

    Raises
    ------
    UsageError
        A variable that the plan names is not there, or is part of the key.
    """
    for number, item in enumerate(blinding.shuffled):
        if item.dataset != specification.name:
            continue
        for variable in (*item.variables, *item.within):
            if variable not in specification.names or (variable in item.variables and variable in specification.keys):
                fault = "is part of the key of" if variable in specification.keys else "is no variable of"
                raise UsageError(
                    f"{variable} {fault} {item.dataset} and cannot be shuffled",
                    f"sap/study.yaml, blinding.shuffled[{number}]",
                    "name other variables",
                )
        frame = canonical(frame, specification)
        draw = _stream(plan.study, SHUFFLE_TASK, number)
        groups = [" ".join(map(str, row)) for row in frame[list(item.within)].itertuples(index=False)]
        donors = np.arange(len(frame))
        for rows in _groups(groups if item.within else [""] * len(frame), np.ones(len(frame), dtype=bool)):
            donors[rows] = draw.permutation(rows)
        frame = frame.assign(**{name: frame[name].to_numpy()[donors] for name in item.variables})
    return frame


def require_all_listed(frames: Mapping[str, pd.DataFrame], found: Sequence[str], blinding: Blinding) -> None:
    """Refuse a dry run that would tell the real arm.

    Parameters
    ----------
    frames : mapping
        The datasets with the real codes.
    found : sequence of str
        What :func:`revealing` found.
    blinding : Blinding

    Raises
    ------
    UsageError
        A treatment variable does not stand in ADSL, or a variable that the plan does not list names arms.
    """
    if not any(f"{SUBJECTS}.{name}" in found for name in blinding.treatment_variables):
        raise UsageError(
            f"{', '.join(found[:3])} tells treatments, though ADSL holds no codes",
            "the transfer",
            "have it blanked at its source",
        )
    hidden = {f"{item.dataset}.{variable}" for item in blinding.shuffled for variable in item.variables}
    hidden |= {f"{name}.{variable}" for name, variables in blinding.drug_variables.items() for variable in variables}
    listed = {name for name in found if name.split(".")[1] in blinding.treatment_variables}
    lacking = sorted(name for name in listed if name.split(".")[1] not in frames[SUBJECTS])
    unlisted = [name for name in found if name not in listed | hidden]
    if lacking or unlisted:
        raise UsageError(
            f"{', '.join(lacking or unlisted)} would tell the real arm of a dry run",
            "sap/study.yaml, blinding",
            "a treatment variable must stand in ADSL, too" if lacking else "list the variable there",
        )


def _arms_of(codes: pd.DataFrame, plan: Plan) -> list[Arm | None]:
    """The arm that each subject was treated in; where not treated, the one planned; None without either."""
    arms = {float(arm.code): arm for arm in plan.study.arms}
    return [arms.get(a, arms.get(p)) for p, a in zip(codes[PLANNED[1]], codes[ACTUAL[1]], strict=True)]


def in_set(adsl: pd.DataFrame, study: Study, treatment: str) -> NDArray[np.bool_]:
    """Who is in the plan's first analysis set with a flag that counts by the ``planned``, or the ``actual``, treatment.

    That is who was randomised, or who was treated.
    """
    flags = [item.flag for item in study.analysis_sets if item.treatment == treatment and item.flag is not None]
    if not flags or flags[0] not in adsl:
        return np.zeros(len(adsl), dtype=bool)
    return np.asarray(adsl[flags[0]].to_numpy() == "Y", dtype=bool)


def _strata(adsl: pd.DataFrame, study: Study) -> list[str]:
    """The stratum of each subject, as one text."""
    factors = [name for name in (factor.variable for factor in study.strata) if name in adsl]
    return ["/".join(map(str, row)) for row in adsl[factors].itertuples(index=False)] if factors else [""] * len(adsl)


def _groups(labels: Sequence[str], chosen: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Positions of the chosen records with equal labels, by label."""
    places: dict[str, list[int]] = {}
    for place in np.flatnonzero(chosen):
        places.setdefault(labels[int(place)], []).append(int(place))
    return [np.array(places[label], dtype=np.int64) for label in sorted(places)]


def _drug_names(real: Arm | None, dummy: Arm | None) -> dict[str, str]:
    """For each drug that only the real arm has, the dummy arm's in its place; ``""`` where that has none."""
    if real is None or dummy is None:
        return {}
    own = [drug for drug in real.drugs if drug not in dummy.drugs]
    other = [drug for drug in dummy.drugs if drug not in real.drugs]
    return {drug: other[place] if place < len(other) else "" for place, drug in enumerate(own)}
