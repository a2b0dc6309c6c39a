"""Carries out injections and says whether each was caught by what has to catch it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from csrbook.errors import TransferError
from csrbook.lock import load_schemas
from csrbook.lock.rule_reads import read_by
from csrbook.lock.validate import check_frames
from csrbook.plan import load_plan
from simulation.database import simulate_study
from tools.fault_injection.beyond import BEYOND
from tools.fault_injection.damaged import Damaged
from tools.fault_injection.files import FILES
from tools.fault_injection.injection import READER
from tools.fault_injection.measurements import MEASUREMENTS
from tools.fault_injection.reading import read_damaged
from tools.fault_injection.safety import SAFETY
from tools.fault_injection.schema import NOT_RUN, VARIABLES
from tools.fault_injection.structure import STRUCTURE
from tools.fault_injection.subjects import SUBJECTS
from tools.fault_injection.time_to_event import TIME_TO_EVENT
from tools.fault_injection.tumour import TUMOUR

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from csrbook.lock.findings import Finding
    from csrbook.lock.study_schemas import StudySchemas
    from csrbook.plan.models import Plan
    from tools.fault_injection.injection import Injection

__all__ = [
    "CATALOGUES",
    "FURTHER",
    "INJECTIONS",
    "ROOT",
    "Bench",
    "Outcome",
    "bench",
    "run",
    "run_number",
    "undamaged",
]

ROOT: Final = Path(__file__).parents[2]
SIZE: Final = 60
SEED: Final = 7
"""Of the good database: this one has an untreated subject, a fatal event, a subject who was never assessed, a death
without progression and a date of which only the year is known, so that every fault finds a record."""
SHOWN_KEYS: Final = 5
"""A finding of no more records than these names them all."""
CATALOGUES: Final = (STRUCTURE, SUBJECTS, TIME_TO_EVENT, TUMOUR, SAFETY, MEASUREMENTS, VARIABLES, NOT_RUN, FILES)
INJECTIONS: Final = tuple(injection for catalogue in CATALOGUES for injection in catalogue.injections)
FURTHER: Final = tuple(BEYOND.injections)
"""Faults that no rule looks at."""


@dataclass(frozen=True)
class Bench:
    """The good database and what validation holds it against."""

    good: Mapping[str, pd.DataFrame]
    plan: Plan
    schemas: StudySchemas
    before: Mapping[tuple[str, str], int]
    """Records of the good database that are looked at, by rule and dataset."""


@dataclass(frozen=True)
class Outcome:
    """What became of an injection."""

    caught: bool
    """Whether the finding that was expected is there and names what was damaged."""
    count: int
    """Records in that finding; 0 where the whole file or dataset is meant."""
    others: tuple[str, ...]
    """Rules that have further findings, ``schema`` among them."""
    told: tuple[str, ...]
    """Every finding or error in words."""


@cache
def bench() -> Bench:
    """The bench on which every injection is carried out, made once a process."""
    plan, schemas = load_plan(ROOT), load_schemas(ROOT)
    good = simulate_study(ROOT, plan, SIZE, SEED).frames
    found = check_frames(good, schemas, plan)
    return Bench(good, plan, schemas, {(finding.rule, finding.dataset): finding.count for finding in found})


def run(injection: Injection, *, whole: bool = True) -> Outcome:
    """Damage the good database and validate it.

    Parameters
    ----------
    injection : Injection
    whole : bool
        Whether every rule is run on every dataset, or only the one that has to catch the fault on what it reads.

    Returns
    -------
    Outcome
    """
    table = bench()
    db = Damaged(table.good, table.plan)
    if injection.files:
        try:
            read = read_damaged(
                injection.files, table.good, table.schemas.datasets, injection.damage, injection.version
            )
        except TransferError as error:
            caught = injection.expected == READER and injection.wording in str(error)
            return Outcome(caught, 0, (), (str(error),))
        db.frames.update(read)
    else:
        injection.damage(db)
    schemas, plan, frames = table.schemas, db.plan, dict(db.frames)
    if not whole:
        schemas, plan, frames = _only(injection, schemas, plan, frames)
    found = [finding for finding in check_frames(frames, schemas, plan) if _new(finding, table)]
    hits = [finding for finding in found if _expected(finding, injection) and _names(finding, db.victims)]
    others = dict.fromkeys(finding.rule for finding in found if finding not in hits)
    told = tuple(str(finding) for finding in found)
    return Outcome(bool(hits), max((hit.count for hit in hits), default=0), tuple(others), told)


def run_number(number: int) -> Outcome:
    """The outcome of an injection by its place in the catalogues: unlike a function, a number travels to a process."""
    return run((*INJECTIONS, *FURTHER)[number])


def undamaged(seed: int, subjects: int) -> tuple[tuple[str, str, str, int], ...]:
    """What validation says of a database that nobody damaged.

    Parameters
    ----------
    seed : int
        Of the simulation.
    subjects : int
        Randomised subjects.

    Returns
    -------
    tuple
        Rule, severity, dataset and number of records of each finding.
    """
    plan, schemas = _study()
    found = check_frames(simulate_study(ROOT, plan, subjects, seed).frames, schemas, plan)
    return tuple((finding.rule, finding.severity, finding.dataset, finding.count) for finding in found)


@cache
def _study() -> tuple[Plan, StudySchemas]:
    return load_plan(ROOT), load_schemas(ROOT)


def _only(
    injection: Injection, schemas: StudySchemas, plan: Plan, frames: dict[str, pd.DataFrame]
) -> tuple[StudySchemas, Plan, dict[str, pd.DataFrame]]:
    """The one rule, the datasets that it needs to judge the damaged one, and of good ones what it reads."""
    rules = tuple(rule for rule in schemas.rules if rule.id == injection.expected)
    needed = {injection.found_in, *injection.datasets} & set(plan.study.datasets)
    for rule in rules:
        if rule.check is not None:
            needed |= {"ADSL"} if rule.apart else set(rule.reads) | {"ADSL"}
    study = plan.study.model_copy(update={"datasets": tuple(name for name in plan.study.datasets if name in needed)})
    specifications = dict(schemas.datasets)
    kept = {name: frame for name, frame in frames.items() if name in needed}
    for name, frame in kept.items():
        if frame is bench().good[name]:
            whole = specifications[name]
            read = {*read_by(rules, name, whole.names), *whole.keys}
            variables = tuple(variable for variable in whole.variables if variable.name in read)
            specifications[name] = replace(whole, variables=variables)
            kept[name] = frame[list(specifications[name].names)]
    return (
        replace(schemas, rules=rules, datasets=specifications),
        plan.model_copy(update={"study": study}),
        kept,
    )


def _new(finding: Finding, table: Bench) -> bool:
    """Whether the good database does not have this finding already."""
    return finding.count == 0 or finding.count > table.before.get((finding.rule, finding.dataset), 0)


def _expected(finding: Finding, injection: Injection) -> bool:
    return (
        finding.rule == injection.expected
        and finding.severity == injection.severity
        and bool(finding.not_run) == injection.not_run
        and (finding.not_run != "" or finding.dataset == injection.found_in)
        and injection.wording in finding.told
    )


def _names(finding: Finding, victims: set[str]) -> bool:
    """Whether the finding names a record that was damaged, where it names all of its records."""
    if not victims or not 0 < finding.count <= SHOWN_KEYS:
        return True
    return any(key.startswith(victim) for key in finding.first for victim in victims)
