"""A validation as strings for its report: values that the text quotes, and tables.

``report/validation-report.qmd`` quotes and places them as the analysis plan does its own (see
:mod:`csrbook.displays.plan_document`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from csrbook.displays.format import fixed
from csrbook.displays.plan_table import Table, hash_lines, number_captions, pairs, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["findings_table", "validation_document", "waivers_table"]

NOTHING: Final = "None."
ACCEPTED: Final = "The data may be locked: no finding rejects them."
LOCKED: Final = "The data were locked: no finding rejects them."
REJECTED: Final = "The data are rejected: they cannot be locked before the rejecting findings are corrected or waived."


def validation_document(content: Mapping[str, Any]) -> dict[str, Any]:
    """Values and tables of a validation, as strings.

    Parameters
    ----------
    content : mapping
        ``subject`` (what was validated: ``Transfer xpt``), ``locked`` (whether it is a lock), ``study`` (text by name),
        ``files`` (dataset, file, records, variables, sha256), ``rules`` (id, sentence,
        datasets, severity, checked_at, verdict, count, note), ``findings`` (rule, verdict, dataset, sentence, count,
        records, first), ``waivers`` (rule, dataset, reason, name, date, admits) and ``environment`` (text by name).

    Returns
    -------
    dict
        ``values`` and ``tables``, as :func:`csrbook.displays.plan_document.plan_document` returns them. A table without
        a row says that there is nothing to say.
    """
    findings = content["findings"]
    counts = {verdict: [f for f in findings if f["verdict"] == verdict] for verdict in ("reject", "review", "waived")}
    of_rules = [rule["verdict"] for rule in content["rules"]]
    values = {
        "validation.result": REJECTED if counts["reject"] else LOCKED if content["locked"] else ACCEPTED,
        "validation.rules": str(len(of_rules)),
        "validation.held": str(of_rules.count("held")),
        "validation.datasets": str(len(content["files"])),
        "validation.records": f"{sum(file['records'] for file in content['files']):,}",
        "validation.subject": content["subject"],
        "validation.to_review": str(len(counts["review"])),
        "validation.waived": str(len(counts["waived"])),
    }
    schema = [finding for finding in findings if finding["rule"] == "schema"]
    of_the_rules = [finding for finding in findings if finding["rule"] != "schema"]
    tables = {
        "validation_severity": _severity(counts),
        "validation_study": pairs(content["study"].items()),
        "validation_files": _files(content["files"]),
        "validation_findings": findings_table("Findings of the rules", of_the_rules),
        "validation_schema_findings": findings_table("Findings of the schemas", schema),
        "validation_waivers": waivers_table(content["waivers"]),
        "validation_rules": _rules(content["rules"]),
        "validation_environment": pairs(content["environment"].items()),
    }
    return {"values": values, "tables": number_captions(tables)}


def _severity(counts: Mapping[str, Sequence[Mapping[str, Any]]]) -> Table:
    labels = {
        "reject": "Rejected: keeps the data from being locked",
        "review": "To review: admitted and recorded",
        "waived": "Waived by the plan: admitted and recorded",
    }
    rows = [
        (
            labels[verdict],
            str(len(found)),
            str(len({f["rule"] for f in found})),
            f"{sum(f['count'] for f in found):,}",
        )
        for verdict, found in counts.items()
    ]
    columns = [("Severity", 3, "left"), ("Findings", 1, "right"), ("Rules", 1, "right"), ("Records", 1, "right")]
    return table("Findings by severity", columns, rows)


def _files(files: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        (file["dataset"], file["file"], hash_lines(file["sha256"]), f"{file['records']:,}", str(file["variables"]))
        for file in files
    ]
    columns = [
        ("Dataset", 0.9, "left"),
        ("File", 1.4, "left"),
        ("SHA-256", 3.5, "left"),
        ("Records", 1.1, "right"),
        ("Variables", 1.1, "right"),
    ]
    return table("Files of the transfer", columns, rows)


def _rules(rules: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        (
            rule["id"],
            rule["sentence"],
            rule["datasets"],
            rule["severity"].capitalize(),
            _verdict(rule),
        )
        for rule in rules
    ]
    columns = [
        ("Rule", 0.7, "left"),
        ("What holds of good data", 4.2, "left"),
        ("Reads", 1.7, "left"),
        ("Severity", 1, "left"),
        ("Verdict", 2, "left"),
    ]
    return table("Rules and their verdicts", columns, rows or [("–", NOTHING, "", "", "")])


def _verdict(rule: Mapping[str, Any]) -> str:
    verdict: str = rule["verdict"].capitalize()
    if rule["note"]:
        return f"{verdict}: {rule['note']}"
    return f"{verdict}, {rule['count']:,} {'record' if rule['count'] == 1 else 'records'}" if rule["count"] else verdict


def findings_table(caption: str, findings: Sequence[Mapping[str, Any]]) -> Table:
    """A table of findings: rule, dataset, verdict, records that break it, sentence, first records."""
    rows = [
        (
            finding["rule"],
            finding["dataset"],
            finding["verdict"].capitalize(),
            _share(finding),
            finding["sentence"],
            "\n".join([*finding["first"], *(["…"] if finding["count"] > len(finding["first"]) > 0 else [])]),
        )
        for finding in findings
    ]
    columns = [
        ("Rule", 0.8, "left"),
        ("Dataset", 1.1, "left"),
        ("Severity", 1.1, "left"),
        ("Records", 1.4, "left"),
        ("What does not hold", 3, "left"),
        ("First records", 2.6, "left"),
    ]
    return table(caption, columns, rows or [("–", "", "", "", NOTHING, "")])


def _share(finding: Mapping[str, Any]) -> str:
    if not finding["count"]:
        return "–"
    share = 100.0 * finding["count"] / finding["records"]
    return f"{finding['count']:,} of {finding['records']:,}\n({'<0.1' if share < 0.1 else fixed(share, 1)}%)"


def waivers_table(waivers: Sequence[Mapping[str, Any]]) -> Table:
    """A table of the plan's waivers, with the number of findings that each admits."""
    rows = [
        (
            waiver["rule"],
            waiver["dataset"] or "Every",
            waiver["reason"],
            f"{waiver['name']}, {waiver['date']}",
            f"{waiver['admits']:,} {'finding' if waiver['admits'] == 1 else 'findings'}"
            if waiver["admits"]
            else "Nothing: take it out of the plan",
        )
        for waiver in waivers
    ]
    columns = [
        ("Rule", 0.7, "left"),
        ("Dataset", 0.9, "left"),
        ("Reason", 4, "left"),
        ("Decided by", 2, "left"),
        ("Admits", 1.5, "left"),
    ]
    return table("Waivers of the plan", columns, rows or [("–", "", NOTHING, "", "")])
