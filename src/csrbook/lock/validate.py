"""A transfer held against the schemas and the rules.

Each dataset is read, checked by itself and beside ADSL, and let go but for what the rules on several datasets
read. So a transfer never stands in memory as a whole, and a large one is checked by two processes.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from csrbook.data.text_columns import expand
from csrbook.data.transfer import read_dataset, transfer_files
from csrbook.errors import DataError, UsageError
from csrbook.lock.canonical import aligned
from csrbook.lock.define_check import check_define
from csrbook.lock.rule_data import SUBJECTS, RuleData
from csrbook.lock.rules import kept_variables, run_on_dataset, run_together
from csrbook.lock.schema_check import check_schema, unusable
from csrbook.lock.study_schemas import load_schemas
from csrbook.lock.waivers import apply_waivers, require_known_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from csrbook.lock.findings import Finding
    from csrbook.lock.study_schemas import StudySchemas
    from csrbook.lock.treatment import Codes, Treatment
    from csrbook.plan.models import Plan, Waiver

    Column = NDArray[np.float64] | tuple[NDArray[np.int32], list[str]]

__all__ = ["TransferFrames", "Validation", "check_frames", "specifications_exist", "validate"]

LARGE = 200_000_000
"""Bytes of a transfer that is worth a second process, which takes seconds to begin."""


class TransferFrames(MutableMapping[str, pd.DataFrame]):
    """The datasets of a transfer, each read anew when it is asked for, its columns in the schema's order.

    Parameters
    ----------
    files : mapping
        Path by dataset name.
    schemas : StudySchemas
    codes : callable, optional
        Puts the treatment codes into a dataset: a method of :class:`csrbook.lock.treatment.Treatment`.
    """

    def __init__(self, files: Mapping[str, Path], schemas: StudySchemas, codes: Codes | None = None) -> None:
        self._files: dict[str, Path | pd.DataFrame] = dict(files)
        self._schemas = schemas
        self._codes = codes

    def __getitem__(self, name: str) -> pd.DataFrame:
        found = self._files[name]
        if not isinstance(found, Path):
            return found
        specification = self._schemas.datasets[name]
        frame = aligned(read_dataset(found), specification)
        return frame if self._codes is None else self._codes(frame, specification)

    def __setitem__(self, name: str, frame: pd.DataFrame) -> None:
        self._files[name] = frame

    def __delitem__(self, name: str) -> None:
        del self._files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


@dataclass(frozen=True)
class Validation:
    """What validation of a transfer found.

    Attributes
    ----------
    transfer : Path
        Folder of the transfer.
    files : dict
        Path by dataset name.
    frames : TransferFrames
        The data.
    records : dict
        Number of records by dataset name.
    findings : tuple of Finding
        Of the define.xml and the schemas in the order of the datasets, then of the rules in theirs; waived ones are
        marked.
    unused : tuple of Waiver
        Waivers of the plan that admit nothing.
    """

    transfer: Path
    files: dict[str, Path]
    frames: TransferFrames
    records: dict[str, int]
    findings: tuple[Finding, ...]
    unused: tuple[Waiver, ...]

    @property
    def rejected(self) -> bool:
        """Whether a finding keeps the data from being locked."""
        return any(finding.rejects for finding in self.findings)


@dataclass(frozen=True)
class _Checked:
    """What is left of a dataset once it was checked beside ADSL."""

    name: str
    records: int
    findings: list[Finding]
    unusable: dict[str, str]
    kept: dict[str, Column]


def validate(transfer: Path, plan: Plan, schemas: StudySchemas, treatment: Treatment | None = None) -> Validation:
    """Read a transfer and check it.

    Parameters
    ----------
    transfer : Path
        Folder with one file a dataset.
    plan : Plan
        Names the datasets, gives the rules' parameters and the waivers.
    schemas : StudySchemas
        From :func:`csrbook.lock.load_schemas`.
    treatment : Treatment, optional
        Says which treatment codes the data are checked with; those in the transfer by default.

    Returns
    -------
    Validation

    Raises
    ------
    TransferError
        A file is missing, unreadable or truncated.
    UsageError
        The plan names a dataset that has no schema.
    PlanError
        The plan waives a rule that does not exist.
    """
    specifications_exist(plan, schemas)
    require_known_rules(plan, schemas)
    files = transfer_files(transfer, plan.study.datasets)
    if treatment is not None:
        treatment.open(TransferFrames(files, schemas))
    frames = TransferFrames(files, schemas, None if treatment is None else treatment.as_checked)
    subjects = _check_dataset(SUBJECTS, frames[SUBJECTS], None, schemas, plan) if SUBJECTS in files else None
    sizes = {name: path.stat().st_size for name, path in files.items() if name != SUBJECTS}
    if sum(sizes.values()) > LARGE and (os.cpu_count() or 1) > 1:
        checked = _by_two(files, sizes, subjects, schemas, plan, treatment)
    else:
        checked = [_check_dataset(name, frames[name], subjects, schemas, plan) for name in sizes]
    done = {result.name: result for result in [*([subjects] if subjects else []), *checked]}
    found = check_define(transfer, {name: schemas.datasets[name] for name in files})
    found += _all_findings(done, schemas, plan)
    findings, unused = apply_waivers(found if treatment is None else treatment.sifted(found, schemas.rules), plan)
    records = {name: done[name].records for name in files}
    return Validation(transfer, files, frames, records, tuple(findings), unused)


def check_frames(frames: Mapping[str, pd.DataFrame], schemas: StudySchemas, plan: Plan) -> list[Finding]:
    """Check datasets in memory as :func:`validate` checks a transfer.

    Parameters
    ----------
    frames : mapping
        Frame by dataset name: text columns of ``str`` with ``""`` for blank, numbers and SAS dates of ``float64``. A
        dataset that the plan names and that is not there is a finding of each rule that reads it.
    schemas : StudySchemas
    plan : Plan

    Returns
    -------
    list of Finding
        Waived ones are marked.
    """
    require_known_rules(plan, schemas)
    ordered = [name for name in plan.study.datasets if name in frames and name != SUBJECTS]
    whole = {name: aligned(frames[name], schemas.datasets[name]) for name in ordered}
    subjects = None
    if SUBJECTS in frames:
        subjects = _check_dataset(SUBJECTS, aligned(frames[SUBJECTS], schemas.datasets[SUBJECTS]), None, schemas, plan)
    done = {SUBJECTS: subjects} if subjects else {}
    done |= {name: _check_dataset(name, frame, subjects, schemas, plan) for name, frame in whole.items()}
    return apply_waivers(_all_findings(done, schemas, plan), plan)[0]


def specifications_exist(plan: Plan, schemas: StudySchemas) -> None:
    """Refuse a plan that names a dataset without a schema."""
    if unknown := [name for name in plan.study.datasets if name not in schemas.datasets]:
        raise UsageError(
            f"the plan names {', '.join(unknown)}, for which there is no schema",
            "sap/study.yaml: datasets",
            "write the schema in schemas/ or take the dataset out of the plan",
        )


def _check_dataset(
    name: str, frame: pd.DataFrame, subjects: _Checked | None, schemas: StudySchemas, plan: Plan
) -> _Checked:
    """Check a dataset by itself and beside ADSL."""
    specification = schemas.datasets[name]
    beside = {SUBJECTS: _frame(subjects)} if subjects is not None else {}
    data = RuleData({**beside, name: frame}, schemas.datasets, plan)
    findings = check_schema(
        frame, specification, schemas.models[name], schemas.rules, lambda variable: data.coded(name, variable)
    )
    lost = unusable(findings)
    data.forget(name, [*lost, *(column for column in frame.columns if column not in specification.names)])
    left = {SUBJECTS: subjects.unusable} if subjects is not None else {}
    findings += run_on_dataset(name, data, schemas, {**left, name: lost})
    kept: dict[str, Column] = {
        variable: _column(data, name, variable)
        for variable in kept_variables(name, [str(column) for column in data[name].columns], schemas)
    }
    return _Checked(name, len(frame), findings, lost, kept)


def _column(data: RuleData, name: str, variable: str) -> Column:
    values = data[name][variable].to_numpy()
    return data.coded(name, variable) if values.dtype.kind == "O" else values


def _frame(checked: _Checked) -> pd.DataFrame:
    columns = {name: expand(*column) if isinstance(column, tuple) else column for name, column in checked.kept.items()}
    return pd.DataFrame(columns, index=pd.RangeIndex(checked.records), copy=False)


def _all_findings(done: Mapping[str, _Checked], schemas: StudySchemas, plan: Plan) -> list[Finding]:
    """Findings of each dataset and of all together, in the order of the rules and of the plan's datasets."""
    data = RuleData({name: _frame(checked) for name, checked in done.items()}, schemas.datasets, plan)
    lost = {name: checked.unusable for name, checked in done.items()}
    expected = plan.study.datasets
    findings = [finding for name in expected if name in done for finding in done[name].findings]
    findings += run_together(data, schemas, lost, expected)
    rules = {rule.id: place for place, rule in enumerate(schemas.rules)}
    place = {name: place for place, name in enumerate(expected)}
    return sorted(findings, key=lambda found: (rules.get(found.rule, -1), place.get(found.dataset, -1)))


def _by_two(
    files: Mapping[str, Path],
    sizes: Mapping[str, int],
    subjects: _Checked | None,
    schemas: StudySchemas,
    plan: Plan,
    treatment: Treatment | None,
) -> list[_Checked]:
    """Check the datasets beside ADSL in this process and another, each with half of the bytes."""
    shares: tuple[list[str], list[str]] = ([], [])
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        min(shares, key=lambda share: sum(sizes[own] for own in share)).append(name)
    there, here = shares
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        task = pool.submit(_check_files, there, files, schemas.root, plan, treatment)
        frames = TransferFrames(files, schemas, None if treatment is None else treatment.as_checked)
        checked = [_check_dataset(name, frames[name], subjects, schemas, plan) for name in here]
        try:
            return [*checked, *task.result()]
        except BrokenExecutor as error:
            raise DataError(
                "a process that checked datasets was ended from outside", ", ".join(there), "give it more memory"
            ) from error


def _check_files(
    names: list[str], files: Mapping[str, Path], root: Path, plan: Plan, treatment: Treatment | None
) -> list[_Checked]:
    """Check datasets in another process, which reads ADSL and the schemas for itself."""
    schemas = load_schemas(root)
    frames = TransferFrames(files, schemas, None if treatment is None else treatment.as_checked)
    subjects = _check_dataset(SUBJECTS, frames[SUBJECTS], None, schemas, plan) if SUBJECTS in files else None
    return [_check_dataset(name, frames[name], subjects, schemas, plan) for name in names]
