"""The verdict of double programming: every check of every output, and the status that its pages state."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from csrbook.ard import ARD_KEYS
from csrbook.compare import COLUMNS, Allowance, Comparison, Selection, Tolerance, Waiver, compare_ards
from csrbook.errors import ComparisonError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from csrbook.plan.double_programming import DoubleProgramming, QcFindings

__all__ = ["NOTHING", "STATUS", "Check", "Rulebook", "Verification", "page_text", "status_of"]

STATUS: Final = {
    "matched": "double-programmed and matched",
    "waived": "double-programmed, matched with waiver",
    "none": "not yet double-programmed",
    "different": "double-programmed, DIFFERENT",
}
"""What a page states, by status."""

NOTHING: Final = "no output is double-programmed"
"""What is said where the study has no second programmer: nothing was compared, so nothing agrees."""


@dataclass(frozen=True)
class Rulebook:
    """When two numbers agree, and which differences are admitted."""

    tolerance: Tolerance
    allowances: tuple[Allowance, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    @classmethod
    def of(cls, plan: DoubleProgramming, findings: QcFindings) -> Rulebook:
        """The rules of a plan with the waivers of the register."""
        return cls(
            Tolerance(plan.relative, plan.absolute),
            tuple(Allowance(Selection(item.numbers), item.relative, item.absolute) for item in plan.tolerances),
            tuple(Waiver(Selection(w.numbers), w.reason, w.name, w.date) for w in findings.waivers),
        )

    def compare(
        self, production: pd.DataFrame, qc: pd.DataFrame, subjects: Sequence[str], *, part: bool = False
    ) -> Comparison:
        """Compare the numbers of outputs or of a dataset.

        Parameters
        ----------
        production, qc : DataFrame
            See :func:`csrbook.compare.compare_ards`.
        subjects : sequence of str
            Ids of the outputs, or name of the dataset.
        part : bool
            Whether the second side claims only the numbers that it gives, so that none is missing.
        """
        if part:
            given = set(zip(*(qc[name] for name in ARD_KEYS), strict=True))
            keys = zip(*(production[name] for name in ARD_KEYS), strict=True)
            production = production[[key in given for key in keys]]
        return compare_ards(
            production,
            qc,
            scope=subjects,
            tolerance=self.tolerance,
            allowances=self.allowances,
            waivers=self.waivers,
        )


@dataclass(frozen=True)
class Check:
    """One programmer's numbers of one output, or of a dataset, beside production's."""

    subject: str
    """Id of the output, or name of the dataset."""
    program: str
    """Program or file that the numbers come from."""
    programmer: str
    date: str
    stack: str
    """Libraries of the second side."""
    production: str
    """Libraries of production."""
    comparison: Comparison
    part: bool = False
    """Whether it claims only a part of the output's numbers."""

    def content(self) -> dict[str, Any]:
        """What ``qc.json`` and the certificate say of it."""
        row = {str(name): value for name, value in self.comparison.summary.iloc[0].drop("output").items()}
        worst = float(row.pop("worst"))
        return {
            "program": self.program,
            "programmer": self.programmer,
            "date": self.date,
            "stack": self.stack,
            "production": self.production,
            "part": self.part,
            **{name: int(count) for name, count in row.items()},
            "worst_percent": None if worst != worst else worst,
        }


@dataclass(frozen=True)
class Verification:
    """Everything that was compared.

    Attributes
    ----------
    outputs : tuple of str
        Ids of all outputs that production computed, in the order of the catalogue.
    checks : tuple of Check
        In that order; an output may have none or several. Those of datasets come last.
    left_out : tuple of str
        Programs that could not run here, and why.
    """

    outputs: tuple[str, ...]
    checks: tuple[Check, ...]
    left_out: tuple[str, ...] = field(default=())

    @cached_property
    def by_subject(self) -> dict[str, tuple[Check, ...]]:
        """Checks by output or dataset."""
        found: dict[str, tuple[Check, ...]] = {}
        for check in self.checks:
            found[check.subject] = (*found.get(check.subject, ()), check)
        return found

    @cached_property
    def statuses(self) -> dict[str, str]:
        """Key of :data:`STATUS` by output, and by dataset that was derived again."""
        subjects = dict.fromkeys((*self.outputs, *self.by_subject))
        return {name: status_of(self.by_subject.get(name, ())) for name in subjects}

    @property
    def agrees(self) -> bool | None:
        """Whether nothing differs of what was compared; None where nothing was."""
        return "different" not in self.statuses.values() if self.checks else None

    @property
    def complete(self) -> bool:
        """Whether every output is double-programmed and matches, waived differences apart."""
        return set(self.statuses.values()) <= {"matched", "waived"}

    @property
    def return_code(self) -> int:
        """The return codes of all comparisons together, bit by bit, as SYSINFO after PROC COMPARE."""
        code = 0
        for check in self.checks:
            code |= check.comparison.return_code
        return code

    @cached_property
    def comparison(self) -> Comparison:
        """All checks as one comparison; a number that was compared twice stands there twice."""
        import pandas as pd

        frames = [check.comparison.frame for check in self.checks]
        frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS), dtype=object)
        return Comparison(frame, tuple(self.by_subject), texts=sum(check.comparison.texts for check in self.checks))

    @property
    def findings(self) -> tuple[str, ...]:
        """The result in words: what agrees of the outputs, what of the datasets, and what does not."""
        if not self.checks:
            return (NOTHING,)
        numbers = [check for check in self.checks if check.subject in self.outputs]
        whole = [check for check in numbers if not check.part]
        agree = sum(_matched(check) for check in whole)
        said = [f"{agree:,} numbers of {len({c.subject for c in whole})} outputs agree"]
        if again := sum(_matched(check) for check in numbers if check.part):
            said[0] += f", {again:,} of them in R too"
        if derived := [check for check in self.checks if check.subject not in self.outputs]:
            said.append(f"{sum(map(_matched, derived)):,} values of {' and '.join(c.subject for c in derived)}")
        if different := len(self.comparison.failures):
            said.append(f"{different:,} DO NOT")
        return tuple(said)

    @property
    def verdict(self) -> str:
        """The result in one sentence, as ``qc.json``, certificate and manifest say it."""
        return "; ".join(self.findings)

    def require_agreement(self, limit: int = 20) -> None:
        """Raise where a number differs without a waiver.

        Raises
        ------
        ComparisonError
            With both values of each number listed; exit code 1.
        """
        if self.agrees is False:
            self.comparison.require_agreement(limit)

    def require_completeness(self) -> None:
        """Raise unless every output is double-programmed and matches.

        Raises
        ------
        ComparisonError
            Names the outputs; exit code 1.
        """
        if self.complete:
            return
        parts = [
            f"{STATUS[status]}: {', '.join(names)}"
            for status in ("different", "none")
            if (names := [name for name, found in self.statuses.items() if found == status])
        ]
        raise ComparisonError(
            "double programming is not complete, so nothing final was published",
            "\n        ".join(["", *parts]),
            "mend what differs, waive it in qc/findings.yaml, or render without --final",
        )


def page_text(status: str) -> str:
    """What a page states of a status: ``Double-programmed and matched``."""
    said = STATUS[status]
    return said[:1].upper() + said[1:]


def status_of(checks: Sequence[Check]) -> str:
    """Key of :data:`STATUS` of an output: that of its worst check; one check at least must claim all its numbers."""
    if any(not check.comparison.ok for check in checks):
        return "different"
    if all(check.part for check in checks):
        return "none"
    return "waived" if any((check.comparison.frame["waiver"] != "").any() for check in checks) else "matched"


def _matched(check: Check) -> int:
    return int((check.comparison.frame["verdict"] == "matched").sum())
