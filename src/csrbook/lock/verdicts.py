"""What validation says of each rule, in words: for the console, the CSV file, the report and the manifest."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from csrbook.lock.findings import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from csrbook.lock.findings import Finding
    from csrbook.lock.study_schemas import Rule, StudySchemas
    from csrbook.lock.validate import Validation
    from csrbook.plan.models import Waiver

__all__ = ["CSV_HEADER", "Verdict", "console_summary", "csv_rows", "manifest_summary", "verdicts"]

CSV_HEADER: Final = (
    "rule", "verdict", "dataset", "count", "records", "share", "sentence", "first_keys",
    "waiver_reason", "waiver_name", "waiver_date",
)  # fmt: skip
SHOWN: Final = 3
HELD, AFTER_RUN = "held", "checked after the run"
WIDTHS: Final = (10, 36, 27)
"""Of dataset, sentence and keys; the other columns take what they need, and no line is wider than a terminal."""
HEADINGS: Final = {
    "reject": "REJECTED: correct these at their source and transfer the data again",
    "review": "TO REVIEW: admitted, and recorded with the lock",
    "waived": "WAIVED by the plan: admitted, and recorded with the lock",
}


@dataclass(frozen=True)
class Verdict:
    """What validation says of a rule."""

    id: str
    sentence: str
    datasets: str
    """Names of the datasets that it reads."""
    severity: str
    checked_at: str
    verdict: str
    """``held``, ``review``, ``rejected``, ``could not run``, ``waived`` or ``checked after the run``."""
    count: int
    """Records that break it."""
    note: str = ""
    """Why it could not run."""


def verdicts(schemas: StudySchemas, findings: Sequence[Finding]) -> list[Verdict]:
    """One verdict a rule, in the order of the rules."""
    return [_verdict(rule, [finding for finding in findings if finding.rule == rule.id]) for rule in schemas.rules]


def _verdict(rule: Rule, own: Sequence[Finding]) -> Verdict:
    datasets = "every dataset" if "*" in rule.reads else ", ".join(rule.reads)
    rejecting = [finding for finding in own if finding.rejects]
    stopped = [finding for finding in rejecting if finding.not_run]
    if stopped:
        said, counted = "could not run", stopped
    elif rejecting:
        said, counted = "rejected", rejecting
    elif waived := [finding for finding in own if finding.waiver is not None]:
        said, counted = "waived", waived
    elif own:
        said, counted = "review", list(own)
    else:
        said, counted = (HELD if rule.checked_at == "validation" else AFTER_RUN), []
    note = "; ".join(dict.fromkeys(finding.not_run for finding in stopped))
    count = sum(finding.count for finding in counted)
    return Verdict(rule.id, rule.sentence, datasets, rule.severity, rule.checked_at, said, count, note)


def manifest_summary(validation: Validation, schemas: StudySchemas) -> dict[str, Any]:
    """What a lock's manifest says of its validation.

    Returns
    -------
    dict
        ``rules`` that were checked, findings to ``review``, findings that are ``waived``, and ``unused_waivers``.
    """
    by_verdict = {
        verdict: [finding.to_dict() for finding in validation.findings if finding.verdict == verdict]
        for verdict in ("review", "waived")
    }
    return {
        "rules": [rule.id for rule in schemas.rules if rule.checked_at == "validation"],
        **by_verdict,
        "unused_waivers": [waiver.model_dump(exclude_none=True) for waiver in validation.unused],
    }


def csv_rows(findings: Iterable[Finding]) -> list[tuple[object, ...]]:
    """Findings as rows under :data:`CSV_HEADER`; keys stand in one cell, parted by semicolons."""
    return [
        (
            finding.rule,
            finding.verdict,
            finding.dataset,
            finding.count,
            finding.records,
            finding.share,
            finding.told,
            "; ".join(finding.first),
            finding.waiver.reason if finding.waiver else None,
            finding.waiver.name if finding.waiver else None,
            finding.waiver.date if finding.waiver else None,
        )
        for finding in findings
    ]


def console_summary(validation: Validation, schemas: StudySchemas) -> str:
    """What a data manager reads: how many rules hold, and a table of what does not."""
    said = verdicts(schemas, validation.findings)
    kinds = dict.fromkeys(item.verdict for item in said)
    counts = {kind: sum(item.verdict == kind for item in said) for kind in kinds}
    records = sum(validation.records.values())
    of_schema = sum(finding.rule == SCHEMA for finding in validation.findings)
    lines = [
        f"{_counted(len(validation.records), 'dataset')}, {_counted(records, 'record')} in {validation.transfer.name}/",
        f"{len(said)} rules: {', '.join(f'{number} {kind}' for kind, number in counts.items())}"
        if said
        else "no rules; the schemas alone were checked",
        *([f"schemas: {_counted(of_schema, 'more finding')}"] if of_schema else []),
    ]
    for verdict, heading in HEADINGS.items():
        own = [finding for finding in validation.findings if finding.verdict == verdict]
        if own:
            lines += ["", heading, _table(own)]
        lines += [_waived(finding) for finding in own if finding.waiver is not None]
    if validation.unused:
        lines += ["", "WAIVERS THAT ADMIT NOTHING: take them out of the plan"]
        lines += [
            f"  {w.rule} {w.dataset or 'in every dataset'}: {w.reason} ({w.name}, {w.date})" for w in validation.unused
        ]
    lines += ["", "REJECTED" if validation.rejected else "The data may be locked"]
    return "\n".join(lines)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _table(findings: Sequence[Finding]) -> str:
    from tabulate import tabulate

    rows = []
    for finding in findings:
        keys = [*finding.first[:SHOWN], *(["…"] if finding.count > SHOWN else [])]
        numbers = (f"{finding.count:,}" if finding.count else "–", _percentage(finding))
        dataset, told, first = (
            "\n".join(line for text in texts for line in wrap(text, width))
            for texts, width in zip(([finding.dataset], [finding.told], keys), WIDTHS, strict=True)
        )
        rows.append((finding.rule, dataset, *numbers, told, first))
    head = ["Rule", "Dataset", "Records", "Share", "What does not hold", "First records"]
    align = ("left", "left", "right", "right", "left", "left")
    return str(tabulate(rows, headers=head, colalign=align, disable_numparse=True))


def _percentage(finding: Finding) -> str:
    """Share of the records as a percentage; ``<0.1%`` for less."""
    if finding.share is None:
        return "–"
    return "<0.1%" if finding.share < 0.001 else f"{100.0 * finding.share:.1f}%"


def _waived(finding: Finding) -> str:
    return f"  {finding.rule} {finding.dataset}: {_decision(finding.waiver)}" if finding.waiver else ""


def _decision(waiver: Waiver) -> str:
    return f"{waiver.reason} ({waiver.name}, {waiver.date})"
