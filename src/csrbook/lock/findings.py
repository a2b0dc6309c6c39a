"""What validation found: a rule, a dataset, the records that break it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from csrbook.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.data.specification import DatasetSpecification

__all__ = ["Finding", "Severity", "first_keys", "reject"]

Severity = Literal["reject", "review"]
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
    sentence: str
    """The rule, or what the schema expected."""
    count: int
    """Records that break it; 0 where the dataset as a whole does, or the rule could not run."""
    records: int
    """Records of the dataset."""
    first: tuple[str, ...] = ()
    """Keys of the first records that break it."""

    def __str__(self) -> str:
        share = f", {self.count} of {self.records} records" if self.count else ""
        keys = f": {'; '.join(self.first)}{' …' if self.count > len(self.first) else ''}" if self.first else ""
        return f"{self.rule} {self.dataset}: {self.sentence}{share}{keys}"


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
    rejecting = [finding for finding in findings if finding.severity == "reject"]
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
