"""A lock in words, for those who answer for the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from csrbook.lock import Lock
    from csrbook.lock.audit_trail import AuditTrail
    from csrbook.plan.models import Plan

__all__ = ["standing", "summary"]

HEAD = ["Dataset", "Records", "Subjects", "File received", "SHA-256 of\nthe file", "SHA-256 of\nthe content"]
WIDTH = 84
"""Of what is said beside a heading."""
ALIGN = ("left", "right", "right", "left", "left", "left")


def summary(lock: Lock, plan: Plan) -> str:
    """What was locked, dataset by dataset, under which plan and rules, and what comes next."""
    from tabulate import tabulate

    from csrbook.lock.audit_trail import inspect
    from csrbook.lock.difference import in_words

    manifest = lock.manifest
    table = [
        [
            name,
            f"{dataset['records']:,}",
            "" if dataset["subjects"] is None else f"{dataset['subjects']:,}",
            dataset["transfer_file"],
            _short(dataset["transfer_sha256"]),
            _short(dataset["content_sha256"]),
        ]
        for name, dataset in manifest["datasets"].items()
    ]
    frozen = manifest["plan_frozen"]
    dummies = manifest["treatment_codes"] == "dummy"
    codes = (
        ", with dummy treatment codes"
        if dummies
        else ""
        if manifest["origin"] == "simulated"
        else ", with the real treatment codes"
    )
    waiting = manifest.get("dry_run", {}).get("rules_waiting", ())
    known = manifest["origin"] == "received" and manifest["treatment_codes"] == "real"
    never = "never frozen before its codes were known" if known else "not frozen"
    plan_said = f"frozen, version {frozen['version']}, {frozen['at']}" if frozen else never
    said = [
        ("Lock", f"{lock.id}, {'made now' if lock.created else 'made before'} ({manifest['made']['at']})"),
        ("Study", manifest["study"]),
        ("Data", f"{manifest['origin']}{codes}"),
        ("Data cut-off", in_words(manifest["data_cutoff"], "date")),
        *_rules(manifest),
        *([("  wait for codes", ", ".join(waiting))] if waiting else []),
        ("Plan", f"{_short(manifest['plan_sha256'])}, {plan_said}"),
        ("Former lock", manifest["parent"] or "none"),
        *([("Reason", manifest["reason"])] if manifest["reason"] else []),
        ("Audit trail ends", inspect(lock.path.parent).head),
        *_next(lock, plan),
    ]
    return "\n".join(
        [
            tabulate(table, headers=HEAD, colalign=ALIGN, disable_numparse=True),
            "",
            tabulate(said, tablefmt="plain", maxcolwidths=[None, WIDTH]),
        ]
    )


def standing(path: Path, plan: Plan, trail: AuditTrail) -> list[str]:
    """Who signed a lock that verifies, who has yet to, what stamps its time, whether it is in force."""
    from csrbook.lock.ledger import not_entered
    from csrbook.lock.signatures import missing_signatories, signatures
    from csrbook.lock.status import unlocking
    from csrbook.lock.timestamps import can_verify, timestamps

    lines = []
    if record := unlocking(path):
        lines.append(f"unlocked {record['at']} by {record['name']}: {record['reason']}")
    lines += [f"signed by {signature}" for signature in signatures(path, plan)]
    lines += [
        f"not signed yet by {signatory.name}{f', {signatory.role}' if signatory.role else ''}"
        for signatory in missing_signatories(path, plan)
    ]
    stamped = "time stamp" if can_verify() else 'time stamp, not examined without the extra "sign"'
    lines += [f"{stamped}: {stamp}" for stamp in timestamps(path)]
    lines += [
        f"{name} is not in the audit trail: its maker died just then, or lines were cut off; the next lock or "
        "signature enters it"
        for name in not_entered(path, trail)
    ]
    return lines


def _rules(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    validation = manifest["validation"]
    waived = {finding["rule"] for finding in validation["waived"]}
    reviewed = {finding["rule"] for finding in validation["review"]} - waived
    waiting = manifest.get("dry_run", {}).get("rules_not_run", ())
    held = len(validation["rules"]) - len(reviewed) - len(waived)
    said = f"{held} hold, {len(reviewed)} to review, {len(waived)} waived"
    rows = [("Rules", f"{said}, {len(waiting)} wait for the treatment codes" if waiting else said)]
    for finding in validation["review"]:
        found = f"{finding['rule']} {finding['dataset']}: {finding['count']:,} of {finding['records']:,} records"
        rows.append(("- to review", f"{found}. {finding['sentence']}"))
    for finding in validation["waived"]:
        waiver = finding["waiver"]
        rows.append(("- waived", f"{finding['rule']} {finding['dataset']}: {waiver['reason']} ({waiver['name']})"))
    return rows


def _next(lock: Lock, plan: Plan) -> list[tuple[str, str]]:
    manifest = lock.manifest
    if manifest["origin"] == "simulated":
        return [("Next", "csrbook render")]
    if manifest["treatment_codes"] == "dummy":
        unblind = f'csrbook unblind --lock {lock.id} --codes FILE --name "NAME" --reason "…"'
        return [("Next", "csrbook render"), ("At the end", unblind)]
    names = [signatory.name for signatory in plan.study.signatories] or ["NAME"]
    signing = [("Next", f'csrbook sign {lock.id} --key FILE --name "{name}" --meaning "…"') for name in names]
    return [*signing, ("Then", "csrbook verify; csrbook render")]


def _short(digest: str) -> str:
    """The beginning of a hash, enough to compare by eye."""
    return digest.removeprefix("sha256:")[:12]
