"""Runs the study's rules across datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csrbook.lock.findings import Finding, first_keys
from csrbook.lock.rule_data import CannotRun, RuleData

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from csrbook.lock.study_schemas import Rule, StudySchemas
    from csrbook.plan.models import Plan

__all__ = ["run_rules"]


def run_rules(frames: Mapping[str, pd.DataFrame], schemas: StudySchemas, plan: Plan) -> list[Finding]:
    """Every way in which the datasets break a rule.

    Parameters
    ----------
    frames : mapping
        Frame by dataset name.
    schemas : StudySchemas
        Gives the rules.
    plan : Plan
        Gives the rules' parameters.

    Returns
    -------
    list of Finding
        In the order of the rules. A rule that cannot run, because a dataset, a variable or a parameter is missing, is a
        finding that rejects.
    """
    data = RuleData(frames, schemas.datasets, plan)
    findings: list[Finding] = []
    for rule in schemas.rules:
        if missing := _missing(rule, data):
            findings.append(_not_run(rule, missing))
            continue
        try:
            found = [(name, np.asarray(rows, dtype=bool)) for name, rows in rule.check(data)]
        except CannotRun as reason:
            findings.append(_not_run(rule, str(reason)))
            continue
        except KeyError as name:
            # A variable that the plan names, such as a stratification factor, stands in no rule's list.
            findings.append(_not_run(rule, f"{name.args[0]} is missing"))
            continue
        findings.extend(_findings(rule, found, data, schemas))
    return findings


def _missing(rule: Rule, data: RuleData) -> str:
    """The datasets and variables that a rule reads and the data do not have."""
    absent = []
    for name, variables in rule.reads.items():
        for dataset in data.names if name == "*" else (name,):
            if dataset not in data.names:
                absent.append(dataset)
            else:
                absent += [f"{dataset}.{v}" for v in variables if v not in data[dataset].columns]
    return f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} missing" if absent else ""


def _not_run(rule: Rule, reason: str) -> Finding:
    datasets = "all datasets" if "*" in rule.reads else ", ".join(rule.reads)
    return Finding(rule.id, "reject", datasets, f"{rule.sentence} This rule could not run: {reason}.", 0, 0)


def _findings(
    rule: Rule,
    found: list[tuple[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]],
    data: RuleData,
    schemas: StudySchemas,
) -> list[Finding]:
    together: dict[str, np.ndarray[tuple[int], np.dtype[np.bool_]]] = {}
    for name, rows in found:
        together[name] = together[name] | rows if name in together else rows
    return [
        Finding(
            rule.id,
            rule.severity,
            name,
            rule.sentence,
            int(rows.sum()),
            len(rows),
            first_keys(data[name], rows, schemas.datasets[name]),
        )
        for name, rows in together.items()
        if rows.any()
    ]
