"""Double programming of a study: runs what its second programmer wrote, and compares it with production."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from csrbook.double_programming.checks import Check, Rulebook, Verification
from csrbook.errors import CsrbookError
from csrbook.pipeline.files import write_json
from csrbook.pipeline.qc_cache import QcCache, QcTask, library_versions
from csrbook.pipeline.reads import PARTS, watched
from csrbook.processes import processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from csrbook.lock import LockedData
    from csrbook.pipeline.progress import Progress
    from csrbook.pipeline.study import StudyFolder
    from csrbook.plan.double_programming import Derivation, QcPrograms
    from csrbook.plan.models import Plan

__all__ = ["COMPARISON", "RESULT", "double_programmed", "verify_aloud", "verify_numbers", "write_verification"]

RESULT = "qc.json"
COMPARISON = "qc.parquet"


def double_programmed(study: StudyFolder) -> dict[str, str]:
    """Path of the second programmer's program of each output that has one in Python."""
    entries = study.register.programs if study.register is not None else ()
    found = {name: entry.program for entry in entries if not entry.in_r for name in entry.outputs}
    return {output.id: found[output.id] for output in study.plan.catalogue.outputs if output.id in found}


def verify_numbers(
    study: StudyFolder, data: LockedData, ard: pd.DataFrame, *, workers: int = 1, only: Sequence[str] = ()
) -> Verification:
    """Recompute and compare every number that the register of the second programmer covers.

    Parameters
    ----------
    study : StudyFolder
        Plan, programs and register (``qc/programs.yaml``).
    data : LockedData
        The lock that production's numbers were made from.
    ard : DataFrame
        Production's numbers.
    workers : int
        Processes.
    only : sequence of str
        Ids of outputs; all of the ARD, and the derivations, where empty.

    Raises
    ------
    PlanError
        The register is wrong.
    ProgramError
        A program of the second programmer fails.
    """
    from csrbook.double_programming.derivations import locked_values
    from csrbook.double_programming.programs import r_version
    from csrbook.double_programming.received import received_files

    computed = set(ard["output_id"])
    outputs = tuple(o.id for o in study.plan.catalogue.outputs if o.id in computed and (not only or o.id in only))
    register, received = study.register, received_files(study.data, data.id)
    in_r = [entry.program for entry in register.programs if entry.in_r] if register is not None else []
    runtime = r_version() if in_r else ""
    rulebook = Rulebook.of(study.plan.study.double_programming, study.qc_findings)
    by_output = dict(tuple(ard.groupby("output_id", sort=False)))
    jobs = [] if register is None else list(_jobs(register, outputs, by_output, runtime, derivations=not only))
    numbers = _run(study, data, jobs, workers)

    checks = []
    for job, frame in zip(jobs, numbers, strict=True):
        for subject in job.task.subjects:
            mine = frame[frame["output_id"] == subject]
            if job.part and not len(mine):
                continue
            production = by_output[subject] if job.derivation is None else locked_values(data, job.derivation)
            comparison = rulebook.compare(production, mine, (subject,), part=job.part)
            checks.append(Check(subject, job.task.program, **job.about, comparison=comparison, part=job.part))
    for file in received:
        filled = file.filled(data.hash)
        for subject in (name for name in filled.outputs if name in outputs):
            mine = filled.numbers[filled.numbers["output_id"] == subject]
            comparison = rulebook.compare(by_output[subject], mine, (subject,))
            checks.append(Check(subject, file.path.name, file.programmer, file.date, file.stack, "", comparison))
    order = {name: place for place, name in enumerate(outputs)}
    checks.sort(key=lambda check: order.get(check.subject, len(order)))
    left_out = () if runtime else tuple(f"{program}: there is no Rscript here" for program in in_r)
    return Verification(outputs, tuple(checks), left_out)


def verify_aloud(
    study: StudyFolder, data: LockedData, ard: pd.DataFrame, progress: Progress, workers: int, only: Sequence[str] = ()
) -> Verification:
    """As :func:`verify_numbers`, as a stage that says what was found."""
    with progress.stage("Double programming") as note:
        verification = verify_numbers(study, data, ard, workers=workers, only=only)
        agree, *further = verification.findings
        note(agree)
    for said in (*further, *(f"left out: {left}" for left in verification.left_out)):
        progress.say(f"  {said}")
    return verification


def write_verification(study: StudyFolder, verification: Verification, results: Path) -> None:
    """Write ``qc.json``, the content of the certificate, and ``qc.parquet``, every number with both values."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    write_json(results / RESULT, _certificate(study, verification), indent=1)
    # Without pandas' own metadata the bytes do not depend on the version of pandas.
    table = pa.Table.from_pandas(verification.comparison.frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, results / COMPARISON, compression="zstd")


def _certificate(study: StudyFolder, verification: Verification) -> dict[str, Any]:
    """The verification with findings, tolerances and the environment of both sides."""
    from csrbook import __version__
    from csrbook.double_programming.certificate import certificate
    from csrbook.double_programming.programs import r_version
    from csrbook.lock.hashing import code_hash, environment_hash

    libraries = "; ".join(f"{name} {version}" for name, version in library_versions().items())
    environment = {
        "Production": f"csrbook {__version__}",
        "Code of engine and study": code_hash(study.root),
        "Pinned packages of both sides": environment_hash(study.root),
        "Second side, Python": libraries,
        "Second side, R": r_version() or "there was no R",
    }
    return certificate(
        verification,
        study.plan.study.double_programming,
        study.qc_findings,
        study.register.production_programmer if study.register is not None else "",
        environment,
    )


@dataclass(frozen=True)
class _Job:
    """A task of the second programmer: outputs by a program, or a dataset derived again."""

    task: QcTask
    about: dict[str, str]
    """Who wrote the program and when, and the libraries of both sides."""
    derivation: Derivation | None = None
    ard: pd.DataFrame | None = None
    """Production's numbers, for a program in R, which is handed their keys."""

    @property
    def part(self) -> bool:
        """Whether the program claims only a part of the numbers."""
        return self.ard is not None


def _jobs(
    register: QcPrograms,
    outputs: Sequence[str],
    by_output: dict[Any, pd.DataFrame],
    runtime: str,
    *,
    derivations: bool,
) -> Iterator[_Job]:
    from csrbook.double_programming.contract import template_rows
    from csrbook.plan.parts import digest

    author = {"programmer": register.second_programmer, "date": register.date}
    for entry in register.programs:
        about = {**author, "stack": entry.stack, "production": entry.production}
        about |= {name: own for name in author if (own := getattr(entry, name))}
        mine = tuple(name for name in entry.outputs if name in outputs)
        if not entry.in_r:
            for name in mine:
                yield _Job(QcTask(entry.program, (name,)), about)
        elif mine and runtime:
            import pandas as pd

            asked = pd.concat([by_output[name] for name in mine])
            yield _Job(QcTask(entry.program, mine, runtime, digest(template_rows(asked, ""))), about, ard=asked)
    for derivation in register.derivations if derivations else ():
        about = {**author, "stack": derivation.stack, "production": "as transferred"}
        yield _Job(QcTask(derivation.program, (derivation.dataset,)), about, derivation)


def _run(study: StudyFolder, data: LockedData, jobs: Sequence[_Job], workers: int) -> list[pd.DataFrame]:
    """The numbers of each job, those that nothing changed for from the cache."""
    cache = QcCache(study, data)
    found = [cache.find(job.task) for job in jobs]
    waiting = [place for place, frame in enumerate(found) if frame is None]
    if len(waiting) < 2 or workers < 2:
        task = _Runner(study, data, study.plan)
        results = iter([(place, task(jobs[place])) for place in waiting])
    else:
        results = _in_processes(study, data, jobs, waiting, workers)
    for place, (frame, reads) in results:
        cache.store(jobs[place].task, frame, reads)
        found[place] = frame
    return [frame for frame in found if frame is not None]


def _in_processes(
    study: StudyFolder, data: LockedData, jobs: Sequence[_Job], waiting: Sequence[int], workers: int
) -> Iterator[tuple[int, tuple[pd.DataFrame, frozenset[str]]]]:
    ended = CsrbookError(
        "a process of double programming was ended from outside", "qc/", "give the machine more memory"
    )
    with processes(min(workers, len(waiting)), ended, _begin, (study.root, data, study.plan)) as pool:
        # Programs in R first: each is one long process.
        first = sorted(waiting, key=lambda place: (not jobs[place].part, place))
        futures = {place: pool.submit(_work, jobs[place]) for place in first}
        for place in first:
            yield place, futures[place].result()


@dataclass(frozen=True)
class _Runner:
    """What a process runs jobs with."""

    study: StudyFolder
    data: LockedData
    plan: Plan

    def __call__(self, job: _Job) -> tuple[pd.DataFrame, frozenset[str]]:
        """The numbers of a job, and what of the plan its program read."""
        import pandas as pd

        from csrbook.double_programming.derivations import derived_again
        from csrbook.double_programming.programs import recompute, recompute_in_r

        program = job.task.program
        rows = [self.plan.catalogue.output(name) for name in job.task.subjects if job.derivation is None]
        if job.ard is not None:
            parts = recompute_in_r(self.study.root / program, job.ard, self.data, rows, self.plan)
            return pd.concat(list(parts.values()), ignore_index=True), frozenset(PARTS)
        module = self.study.module(program, "the second programmer")
        plan, reads = watched(self.plan)
        if job.derivation is not None:
            return derived_again(module, self.data, plan, job.derivation), frozenset(reads)
        return recompute(module, program, self.data, rows[0], plan), frozenset(reads)


_RUNNER: list[_Runner] = []
"""Of a process of the pool: set once when it begins."""


def _begin(root: Path, data: LockedData, plan: Plan) -> None:
    from csrbook.pipeline.study import StudyFolder

    _RUNNER[:] = [_Runner(StudyFolder(root), data, plan)]


def _work(job: _Job) -> tuple[pd.DataFrame, frozenset[str]]:
    return _RUNNER[0](job)
