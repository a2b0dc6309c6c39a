"""Runs the programs of the catalogue on locked data: ARD, displays and the log of their warnings."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import CsrbookError, ProgramError, UsageError
from csrbook.pipeline.files import write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from csrbook.displays.program import Data
    from csrbook.pipeline.study import StudyFolder
    from csrbook.plan.models import Output

__all__ = ["LockIdentity", "RunResult", "choose_outputs", "run_outputs", "write_results"]


SAS_DAY_OF_1970: Final = 3653


@dataclass(frozen=True)
class LockIdentity:
    """What a page says of the lock that it was made from."""

    hash: str
    cutoff_day: int
    """Data cut-off as a SAS date."""
    simulated: bool

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
    """The lock, numbers, displays by output id, and the log by output id."""

    lock: LockIdentity
    ard: pd.DataFrame
    displays: dict[str, dict[str, Any]]
    log: dict[str, list[str]]


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
    outputs: Iterable[Output],
    tick: Callable[[str], None] = lambda _: None,
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
    outputs : iterable of Output
        Rows of the catalogue.
    tick : callable, optional
        Called with the id of each output before it runs.

    Raises
    ------
    ProgramError
        Where a program is missing or fails; the message names the program and the output.
    """
    from csrbook.ard import bind
    from csrbook.displays.model import identity

    frames, displays, log = [], {}, {}
    for output in outputs:
        tick(output.id)
        program = study.program(output)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                results = program.analyse(data, output, study.plan)
                display = program.display(results, output, study.plan)
                frame = results.ard.frame()
            except CsrbookError:
                raise
            except Exception as error:
                raise ProgramError(
                    f"{output.id} failed: {type(error).__name__}: {error}",
                    _where(error, output),
                    f"mend the program; `csrbook run {output.id}` runs it alone",
                ) from error
        # The same warning from many cells says nothing more than once.
        messages = list(dict.fromkeys(f"{item.category.__name__}: {item.message}" for item in caught))
        log[output.id] = messages + [str(text) for text in frame["warning"].unique() if text]
        about = identity(output, study.plan, lock=lock.hash, data_cutoff=lock.data_cutoff, simulated=lock.simulated)
        displays[output.id] = display.to_dict(about)
        frames.append(frame)
    return RunResult(lock, bind(frames), displays, log)


def _where(error: Exception, output: Output) -> str:
    """Program, and the line of it in which the error arose."""
    import traceback

    program = output.program or ""
    lines = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.replace("\\", "/").endswith(program)]
    return f"{program}:{lines[-1].lineno}" if lines else program


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
    write_json(folder / "lock.json", asdict(result.lock))
    write_json(folder / "log.json", result.log, indent=1)
