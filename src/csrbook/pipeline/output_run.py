"""Runs one program and keeps everything that it, the libraries under it and the data had to say."""

from __future__ import annotations

import logging
import traceback
import warnings
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from csrbook.errors import CsrbookError, ProgramError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.displays.program import Data
    from csrbook.pipeline.study import StudyFolder
    from csrbook.plan.models import Output, Plan

__all__ = ["LogEntry", "OutputRun", "collected_messages", "run_output"]


@dataclass(frozen=True)
class LogEntry:
    """What is to be known of one program's run; an entry of ``log.json``.

    Attributes
    ----------
    program : str
        Path of the program in the study.
    messages : tuple of str
        Warnings of Python and of the libraries, and what was logged as a warning or an error; each once.
    data_warnings : tuple of str
        What the program itself says of the data (``warning`` of the ARD).
    not_estimable : dict
        Reason by which numbers are ``NE``, and how many (``error`` of the ARD).
    error : str
        Why the program failed; empty where it did not.
    """

    program: str
    messages: tuple[str, ...] = ()
    data_warnings: tuple[str, ...] = ()
    not_estimable: dict[str, int] | None = None
    error: str = ""

    @property
    def warnings(self) -> int:
        """How many messages and warnings about the data there are."""
        return len(self.messages) + len(self.data_warnings)

    def to_dict(self) -> dict[str, Any]:
        """The entry as JSON-ready content."""
        return {**asdict(self), "not_estimable": dict(self.not_estimable or {})}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> LogEntry:
        """The entry of such content."""
        lists = {name: tuple(content[name]) for name in ("messages", "data_warnings")}
        return cls(**{**content, **lists})


@dataclass(frozen=True)
class OutputRun:
    """What one program gave: its numbers, its display without an identity, and its log.

    A program that failed gave neither numbers nor display; ``failure`` is then the error.
    """

    log: LogEntry
    ard: pd.DataFrame | None = None
    display: dict[str, Any] | None = None
    failure: CsrbookError | None = None


def run_output(study: StudyFolder, data: Data, output: Output, plan: Plan, *, unchecked: bool = False) -> OutputRun:
    """Run the program of one output.

    Parameters
    ----------
    study : StudyFolder
        Where the program is.
    data : Data
        Locked data.
    output : Output
        Row of the catalogue.
    plan : Plan
        What the program is given as the plan.
    unchecked : bool
        Whether the numbers are left unchecked and are not returned, because an observer has masked them.

    Returns
    -------
    OutputRun
        Holds the error of a program that is missing or fails, so that the others can still run and be told of.
    """
    name = output.program or ""
    try:
        # Outside of the log: what a library says when it is first loaded is no word of the output that runs first.
        program = study.program(output)
    except CsrbookError as error:
        return OutputRun(LogEntry(name, error=error.what), failure=error)
    with collected_messages() as messages:
        try:
            results = program.analyse(data, output, plan)
            display = program.display(results, output, plan).content()
            frame = None if unchecked else results.ard.frame()
        except CsrbookError as error:
            return OutputRun(LogEntry(name, _once(messages), error=error.what), failure=error)
        except Exception as error:  # noqa: BLE001 - told with its program and line, whatever it is
            failure = ProgramError(
                f"{output.id} failed: {type(error).__name__}: {error}",
                _where(error, name),
                f"mend the program; `csrbook run {output.id}` runs it alone",
            )
            return OutputRun(LogEntry(name, _once(messages), error=failure.what), failure=failure)
    if frame is None:
        return OutputRun(LogEntry(name, _once(messages)), None, display)
    reasons = frame.loc[frame["error"] != "", "error"].value_counts(sort=False)
    entry = LogEntry(
        name,
        _once(messages),
        tuple(str(text) for text in frame["warning"].unique() if text),
        {str(reason): int(count) for reason, count in sorted(reasons.items())},
    )
    return OutputRun(entry, frame, display)


@contextmanager
def collected_messages() -> Iterator[list[str]]:
    """Collect warnings, and what is logged as a warning or worse, while a program runs."""
    said: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(f"{record.levelname} of {record.name}: {record.getMessage()}")

    collector = Collector(logging.WARNING)
    root = logging.getLogger()
    root.addHandler(collector)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                yield said
            finally:
                said[:0] = [f"{item.category.__name__}: {item.message}" for item in caught]
    finally:
        root.removeHandler(collector)


def _once(messages: list[str]) -> tuple[str, ...]:
    """The same warning from many cells says nothing more than once."""
    return tuple(dict.fromkeys(messages))


def _where(error: Exception, program: str) -> str:
    """Program, and the line of it in which the error arose."""
    lines = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.replace("\\", "/").endswith(program)]
    return f"{program}:{lines[-1].lineno}" if lines else program
