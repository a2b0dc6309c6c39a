"""Waivers: findings that the plan admits, each with a reason, a name and a date."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from csrbook.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.lock.findings import Finding
    from csrbook.lock.study_schemas import StudySchemas
    from csrbook.plan.models import Plan, Waiver

__all__ = ["DEFINE", "apply_waivers", "require_known_rules"]

DEFINE = "DEFINE"
"""Stands for the id of a rule in findings on the transfer's define.xml."""


def require_known_rules(plan: Plan, schemas: StudySchemas) -> None:
    """Refuse a waiver of a rule that does not exist.

    Raises
    ------
    PlanError
        Names the rule. What a schema expects is no rule: it is changed in the schema. A rule of pages is not waived.
    """
    known = [*(rule.id for rule in schemas.rules if rule.checked_at == "validation"), DEFINE]
    unknown = [waiver.rule for waiver in plan.study.waivers if waiver.rule not in known]
    if unknown:
        raise PlanError(
            f"a waiver of the unknown rule {', '.join(unknown)}",
            "sap/study.yaml: waivers",
            f"name a rule of schemas/consistency.py, {known[0]} to {known[-2]}, or {DEFINE}"
            if len(known) > 1
            else f"name {DEFINE}",
        )


def apply_waivers(findings: Sequence[Finding], plan: Plan) -> tuple[list[Finding], tuple[Waiver, ...]]:
    """Mark the findings that a waiver admits.

    Parameters
    ----------
    findings : sequence of Finding
    plan : Plan
        Its waivers name a rule, and a dataset or all of them. A waiver of a dataset goes before one of all.

    Returns
    -------
    findings : list of Finding
        In the same order. A finding that is only reviewed needs no waiver and is left as it is.
    unused : tuple of Waiver
        Waivers that admit nothing.
    """
    waivers = sorted(plan.study.waivers, key=lambda waiver: waiver.dataset is None)
    used = set()
    marked = []
    for finding in findings:
        fitting = (
            waiver
            for waiver in waivers
            if finding.severity == "reject"
            and waiver.rule == finding.rule
            and waiver.dataset in (finding.dataset, None)
        )
        waiver = next(fitting, None)
        used.add(waiver)
        marked.append(finding if waiver is None else replace(finding, waiver=waiver))
    return marked, tuple(waiver for waiver in plan.study.waivers if waiver not in used)
