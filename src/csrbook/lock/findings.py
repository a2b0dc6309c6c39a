"""What validation found: a rule, a dataset, the records that break it, and who waived it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from csrbook.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.data.specification import DatasetSpecification
    from csrbook.plan.models import Waiver

__all__ = ["SCHEMA", "Finding", "Severity", "first_keys", "reject"]

Severity = Literal["reject", "review"]
SCHEMA = "schema"
"""Stands for the id of a rule where a schema's expectation is none of the specification's rules."""
SHOWN_KEYS = 5
SHOWN_FINDINGS = 20


@dataclass(frozen=True)
class Finding:
    """Records of one dataset that break one rule."""

    rule: str
    """Id of the rule (``R07``), or ``schema``."""
    severity: Severity
    """``reject`` keeps the data from being locked; ``review`` is recorded in the manifest."""
    dataset: str
    """Name of the dataset, or of the part of the plan that breaks the rule."""
    sentence: str
    """The rule, or what the schema expected."""
    count: int
    """Records that break it; 0 where the dataset as a whole does, or the rule could not run."""
    records: int
    """Records of the dataset."""
    first: tuple[str, ...] = ()
    """Keys of the first records that break it."""
    not_run: str = ""
    """Why the rule could not run."""
    waiver: Waiver | None = None
    """What in the plan admits it all the same."""

    @property
    def rejects(self) -> bool:
        """Whether it keeps the data from being locked."""
        return self.severity == "reject" and self.waiver is None

    @property
    def verdict(self) -> str:
        """``reject``, ``review`` or ``waived``."""
        return "waived" if self.waiver is not None else self.severity

    @property
    def share(self) -> float | None:
        """Share of the records; None where no records are counted."""
        return self.count / self.records if self.count and self.records else None

    @property
    def told(self) -> str:
        """The rule in words, with the reason where it could not run."""
        return f"{self.sentence} This rule could not run: {self.not_run}." if self.not_run else self.sentence

    def __str__(self) -> str:
        share = f", {self.count} of {self.records} records" if self.count else ""
        keys = f": {'; '.join(self.first)}{' …' if self.count > len(self.first) else ''}" if self.first else ""
        return f"{self.rule} {self.dataset}: {self.told}{share}{keys}"

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON-ready content, for manifests."""
        content: dict[str, Any] = {
            "rule": self.rule,
            "sentence": self.told,
            "dataset": self.dataset,
            "count": self.count,
            "records": self.records,
            "first": list(self.first),
        }
        if self.waiver is not None:
            content["waiver"] = self.waiver.model_dump(exclude_none=True)
        return content


def first_keys(
    frame: pd.DataFrame,
    rows: NDArray[np.bool_],
    specification: DatasetSpecification,
    show: Sequence[str] = (),
) -> tuple[str, ...]:
    """The keys of the first records chosen, as text, with the values of some more variables."""
    names = [name for name in specification.keys if name in frame.columns]
    chosen = frame[[*names, *show]].iloc[rows.nonzero()[0][:SHOWN_KEYS]]
    return tuple(
        " ".join([*(_text(value) for value in record[: len(names)]), *_shown(show, record[len(names) :])])
        for record in chosen.itertuples(index=False, name=None)
    )


def _shown(names: Sequence[str], values: Sequence[object]) -> list[str]:
    return [f"({name}={_text(value)!r})" for name, value in zip(names, values, strict=True)]


def _text(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def reject(findings: Sequence[Finding], where: str) -> None:
    """Raise where a finding rejects the data.

    Raises
    ------
    ValidationError
        Names each rule, how many records break it, and the first of them.
    """
    rejecting = [finding for finding in findings if finding.rejects]
    if not rejecting:
        return
    shown = [str(finding) for finding in rejecting[:SHOWN_FINDINGS]]
    if len(rejecting) > SHOWN_FINDINGS:
        shown.append(f"… and {len(rejecting) - SHOWN_FINDINGS} more")
    rules = len({(finding.rule, finding.sentence) for finding in rejecting})
    raise ValidationError(
        f"the data break {rules} {'rule' if rules == 1 else 'rules'}; nothing was locked",
        "\n        ".join([where, *shown]),
        "correct the data at their source and transfer them again",
    )
