"""What the plan says of double programming, and the register of the second programmer (``qc/*.yaml``)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from csrbook.plan.lock_models import Model

__all__ = [
    "Derivation",
    "DifferenceWaiver",
    "DoubleProgramming",
    "NumberTolerance",
    "QcFinding",
    "QcFindings",
    "QcProgram",
    "QcPrograms",
]


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        msg = f"the date '{text}', which is none such as 2026-01-15"
        raise ValueError(msg) from error
    return text


Day = Annotated[str, AfterValidator(_day)]
Text = Annotated[str, Field(pattern=r"\S")]
Numbers = dict[str, tuple[str, ...]]
"""By key column of the ARD (``output_id``, ``stat_name``), the values that are meant."""


class NumberTolerance(Model):
    """A tolerance of their own for some numbers, and why."""

    numbers: Numbers = Field(min_length=1)
    relative: float = Field(ge=0.0)
    absolute: float = Field(ge=0.0)
    reason: Text


class DoubleProgramming(Model):
    """When a number of the second programmer agrees with production's (``study.yaml``).

    ``|p - q| <= max(relative * max(|p|, |q|), absolute)``; SAS: ``PROC COMPARE METHOD=RELATIVE CRITERION=``.
    """

    relative: float = Field(default=1e-8, ge=0.0)
    absolute: float = Field(default=1e-10, ge=0.0)
    tolerances: tuple[NumberTolerance, ...] = ()
    """The first that fits a number holds."""


class QcProgram(Model):
    """A program of the second programmer and what it recomputes."""

    program: str = Field(pattern=r"^qc/[\w/]+\.(py|R)$")
    outputs: tuple[str, ...] = Field(min_length=1)
    stack: Text
    """Libraries that its numbers come from."""
    production: str = ""
    """Libraries that production's numbers come from, so that a reader sees what is independent of what."""
    programmer: str = ""
    """Who wrote it; the register's second programmer where absent."""
    date: str = ""
    """When it was finished; the register's date where absent."""

    @property
    def in_r(self) -> bool:
        """Whether R runs it. It then recomputes what it can of an output, and not the counts."""
        return self.program.endswith(".R")


class Derivation(Model):
    """A program that derives a dataset's variables again from other datasets."""

    program: str = Field(pattern=r"^qc/[\w/]+\.py$")
    dataset: str
    keys: tuple[str, ...] = Field(min_length=1)
    """Variables that name a record."""
    variables: tuple[str, ...] = Field(min_length=1)
    """Variables that are derived."""
    records: dict[str, tuple[str, ...]] = Field(default={})
    """The records that are derived, by values of variables (``PARAMCD``); all where absent."""
    stack: Text


class QcPrograms(Model):
    """The register of the second programmer (``qc/programs.yaml``)."""

    production_programmer: Text
    second_programmer: Text
    date: Day
    """Until when the programs were written."""
    programs: tuple[QcProgram, ...] = ()
    derivations: tuple[Derivation, ...] = ()


class QcFinding(Model):
    """A difference that double programming found, and what became of it."""

    id: Text
    outputs: tuple[str, ...]
    date: Day
    finding: Text
    severity: Literal["wrong number", "plan unclear", "wrong second program"]
    resolution: Text
    name: Text
    """Who resolved it."""


class DifferenceWaiver(Model):
    """Differences that are admitted, why, by whom and when."""

    numbers: Numbers = Field(min_length=1)
    reason: Text
    name: Text
    date: Day


class QcFindings(Model):
    """What came of double programming (``qc/findings.yaml``)."""

    findings: tuple[QcFinding, ...] = ()
    waivers: tuple[DifferenceWaiver, ...] = ()
