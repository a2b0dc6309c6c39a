"""Runs the programs of the catalogue on locked data: ARD, displays and the log of their warnings and errors."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import ProgramError, UsageError, ValidationError
from csrbook.pipeline.files import write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from csrbook.displays.program import Data
    from csrbook.errors import CsrbookError
    from csrbook.pipeline.output_run import LogEntry, OutputRun
    from csrbook.pipeline.result_cache import ResultCache
    from csrbook.pipeline.study import StudyFolder
    from csrbook.plan.models import Output, Plan

__all__ = [
    "LOG",
    "LockIdentity",
    "RunResult",
    "choose_outputs",
    "require_population_counts",
    "run_outputs",
    "write_results",
]


SAS_DAY_OF_1970: Final = 3653

LOCK: Final = "lock.json"
LOG: Final = "log.json"


@dataclass(frozen=True)
class LockIdentity:
    """What a page says of the lock that it was made from."""

    hash: str
    cutoff_day: int
    """Data cut-off as a SAS date."""
    simulated: bool
    dummy: bool = False
    """Whether its treatment codes are those of a dry run."""

    @property
    def data_cutoff(self) -> str:
        """Data cut-off as it is printed."""
        from csrbook.displays.format import date9

        return date9(self.cutoff_day)

    @property
    def timestamp(self) -> int:
        """Midnight (UTC) of the data cut-off in seconds since 1970: the date of every document.

        A clock would make other bytes of the same data.
        """
        return (self.cutoff_day - SAS_DAY_OF_1970) * 86_400


@dataclass(frozen=True)
class RunResult:
    """The lock, numbers, displays by output id, the log by output id, and the errors of programs that failed."""

    lock: LockIdentity
    ard: pd.DataFrame
    displays: dict[str, dict[str, Any]]
    log: dict[str, LogEntry]
    failures: dict[str, CsrbookError] = field(default_factory=dict)
    kept: int = 0
    """Outputs that did not run, because nothing had changed that they are made from."""

    def require_success(self) -> None:
        """Raise where a program failed; the message names each that did.

        Raises
        ------
        CsrbookError
            The one error where one program failed, else a ProgramError that lists them.
        """
        if not self.failures:
            return
        errors = list(self.failures.values())
        if len(errors) == 1:
            raise errors[0]
        listed = [f"{error.what} ({error.where})" for error in errors]
        raise ProgramError(
            f"{len(errors)} programs failed",
            "\n        ".join(["", *listed]),
            "mend the programs; `csrbook run ID` runs one alone",
        )


def choose_outputs(study: StudyFolder, only: Sequence[str]) -> list[Output]:
    """The programmed outputs of the catalogue, or those asked for, in the order of the catalogue.

    Raises
    ------
    UsageError
        Where an output is asked for that the catalogue does not have.
    """
    outputs = study.plan.catalogue.outputs
    unknown = sorted(set(only) - {output.id for output in outputs})
    if unknown:
        raise UsageError(
            f"no such output: {', '.join(unknown)}", "sap/outputs.yaml", "`csrbook status --all` lists all outputs"
        )
    return [o for o in outputs if (o.id in only if only else o.programmed)]


def run_outputs(
    study: StudyFolder,
    data: Data,
    lock: LockIdentity,
    outputs: Sequence[Output],
    tick: Callable[[str], None] = lambda _: None,
    post_hoc: Mapping[str, Sequence[str]] = MappingProxyType({}),
    *,
    workers: int = 1,
    cache: ResultCache | None = None,
    strict: bool = True,
) -> RunResult:
    """Run programs.

    Parameters
    ----------
    study : StudyFolder
        Where the programs are.
    data : Data
        Locked data.
    lock : LockIdentity
        For the foot of each page.
    outputs : sequence of Output
        Rows of the catalogue.
    tick : callable, optional
        Called with the id of each output before it runs, or is handed to another process.
    post_hoc : mapping, optional
        By output id, in what it departs from the frozen plan (:func:`csrbook.pipeline.post_hoc.post_hoc_outputs`).
    workers : int
        Processes; the results and their order are the same with any number.
    cache : ResultCache, optional
        Gives results back whose inputs did not change, and takes new ones.
    strict : bool
        Whether to raise where a program failed. All of them run before, so that every error is told.

    Raises
    ------
    ProgramError
        Where a program is missing or fails; the message names the program and the output.
    """
    from csrbook.ard import ARD_COLUMNS, bind
    from csrbook.displays.model import identified, identity
    from csrbook.pipeline.workers import run_all

    runs: dict[str, OutputRun] = {}
    if cache is not None:
        runs = {output.id: found for output in outputs if (found := cache.find(output)) is not None}
    kept = len(runs)
    waiting = [output for output in outputs if output.id not in runs]
    runs |= run_all(study, data, waiting, workers=workers, tick=tick, cache=cache)

    frames, displays, failures = [], {}, {}
    for output in outputs:
        run = runs[output.id]
        if run.failure is not None or run.ard is None or run.display is None:
            failures[output.id] = run.failure or ProgramError("the program gave nothing", output.program or "")
            continue
        about = identity(
            output,
            study.plan,
            lock=lock.hash,
            data_cutoff=lock.data_cutoff,
            simulated=lock.simulated,
            dummy=lock.dummy,
            post_hoc=post_hoc.get(output.id, ()),
        )
        displays[output.id] = identified(run.display, about)
        frames.append(run.ard)
    log = {output.id: runs[output.id].log for output in outputs}
    if not frames:
        import pandas as pd

        frames.append(pd.DataFrame(columns=list(ARD_COLUMNS)).astype({"value": "float64"}))
    result = RunResult(lock, bind(frames), displays, log, failures, kept)
    if strict:
        result.require_success()
    return result


def require_population_counts(result: RunResult, data: Data, plan: Plan) -> None:
    """Stop where the N over a column is not that of its ARD, or not the number of its subjects in ADSL (rule R62).

    Raises
    ------
    ValidationError
        Names each output and column.
    """
    from csrbook.lock.population_counts import check_population_counts, read_from_adsl

    adsl = data.dataset("ADSL", read_from_adsl(result.ard, plan))
    findings = check_population_counts(result.displays, result.ard, adsl, plan)
    if findings:
        raise ValidationError(
            "numbers of subjects disagree between pages, ARD and ADSL, so nothing was published",
            "\n        ".join(["", *map(str, findings)]),
            "mend the programs of these outputs",
        )


def write_results(result: RunResult, folder: Path) -> None:
    """Write ``ard.parquet``, one JSON a display, ``lock.json`` and ``log.json``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    # Without pandas' own metadata the bytes do not depend on the version of pandas.
    table = pa.Table.from_pandas(result.ard, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, folder / "ard.parquet", compression="zstd")
    for output_id, content in result.displays.items():
        write_json(folder / f"{output_id}.json", content)
    write_json(folder / LOCK, asdict(result.lock))
    write_json(folder / LOG, {name: entry.to_dict() for name, entry in result.log.items()}, indent=1)
