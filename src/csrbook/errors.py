"""Every error that csrbook raises on purpose.

::

    CsrbookError                  exit code 1   (base: what, where, what to do)
    ├── DataError                 exit code 1   the data are not what was declared
    │   ├── TransferError         exit code 1   a transfer file is unreadable, truncated or missing
    │   ├── ValidationError       exit code 1   a schema or a rule failed
    │   └── ComparisonError       exit code 1   double programming disagrees
    ├── ProgramError              exit code 1   an analysis program broke its contract
    ├── RenderError               exit code 1   a page could not be made
    ├── UsageError                exit code 2   the command or the plan is wrong
    │   └── PlanError             exit code 2   a file of the plan is wrong: file, line, field
    ├── StatisticsError           exit code 2   an argument of a statistical function is wrong (also a ``ValueError``)
    └── IntegrityError            exit code 3   a lock or the frozen plan was touched
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "ComparisonError",
    "CsrbookError",
    "DataError",
    "IntegrityError",
    "PlanError",
    "ProgramError",
    "RenderError",
    "StatisticsError",
    "TransferError",
    "UsageError",
    "ValidationError",
]


class CsrbookError(Exception):
    """Base of all errors raised on purpose.

    Parameters
    ----------
    what : str
        What is wrong, as one sentence.
    where : str, optional
        File, line, field, dataset, record: where it is wrong.
    todo : str, optional
        What the reader can do about it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, where: str = "", todo: str = "") -> None:
        super().__init__(what, where, todo)
        self.what = what
        self.where = where
        self.todo = todo

    def __str__(self) -> str:
        return "\n".join(
            f"{head:<8}{text}"
            for head, text in (("wrong:", self.what), ("where:", self.where), ("to do:", self.todo))
            if text
        )


class DataError(CsrbookError):
    """The data are not what the schemas and the plan declare."""


class TransferError(DataError):
    """A transfer file is unreadable, truncated or missing."""


class ValidationError(DataError):
    """A schema or a rule across datasets failed."""


class ComparisonError(DataError):
    """The second programmer's numbers differ from the production numbers."""


class ProgramError(CsrbookError):
    """An analysis program is missing, broke its contract, or failed."""


class RenderError(CsrbookError):
    """A page could not be made."""


class UsageError(CsrbookError):
    """The command line or a setting is wrong."""

    exit_code: ClassVar[int] = 2


class PlanError(UsageError):
    """A file of the plan is wrong; ``where`` names file, line and field."""


class StatisticsError(CsrbookError, ValueError):
    """An argument of a statistical function is wrong; ``where`` names the argument."""

    exit_code: ClassVar[int] = 2


class IntegrityError(CsrbookError):
    """A lock, or the plan under it, is not what was locked."""

    exit_code: ClassVar[int] = 3
