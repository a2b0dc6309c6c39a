"""Runs the study's rules: each on the records of one dataset, or on several datasets together.

Most rules look at one dataset beside ADSL. They are run when that dataset is at hand (:func:`run_on_dataset`), after
which only what the other rules read need stay in memory (:func:`kept_variables`, :func:`run_together`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csrbook.lock.findings import Finding, first_keys
from csrbook.lock.rule_data import IDENTIFIER, SUBJECTS, CannotRun
from csrbook.lock.rule_reads import lacks, read_by, targets, together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from csrbook.lock.findings import Severity
    from csrbook.lock.rule_data import RuleData
    from csrbook.lock.study_schemas import Rule, StudySchemas
    from csrbook.plan.models import Plan

__all__ = ["kept_variables", "run_on_dataset", "run_together"]

Unusable = dict[str, dict[str, str]]
FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a check raises on data that it was not written for."""


def run_on_dataset(name: str, data: RuleData, schemas: StudySchemas, unusable: Unusable) -> list[Finding]:
    """What breaks the rules that need no other dataset beside ADSL.

    Parameters
    ----------
    name : str
        Dataset.
    data : RuleData
        Holds the dataset, and ADSL.
    schemas : StudySchemas
        Gives the rules.
    unusable : dict
        By dataset the variables of another type than the schema's, which the data do not hold.

    Returns
    -------
    list of Finding
        A rule that cannot run, because a dataset, a variable or a parameter is missing, is a finding that rejects.
    """
    findings = []
    for rule in _with_check(schemas):
        if rule.apart and name in targets(rule, [name]):
            findings += _run(rule, data, schemas, unusable, name)
        elif not rule.apart and _alone(rule) == name:
            findings += _run(rule, data, schemas, unusable, None)
    return findings


def run_together(data: RuleData, schemas: StudySchemas, unusable: Unusable, expected: Sequence[str]) -> list[Finding]:
    """What breaks the rules that need several datasets; and the rules that lack a dataset.

    Parameters
    ----------
    data : RuleData
        Holds of every dataset at least :func:`kept_variables`.
    schemas : StudySchemas
    unusable : dict
        As for :func:`run_on_dataset`.
    expected : sequence of str
        The datasets that the plan names.
    """
    findings = []
    for rule in _with_check(schemas):
        if rule.apart:
            needed = targets(rule, [name for name in expected if name in schemas.datasets])
            if absent := [name for name in needed if name not in data.names]:
                findings.append(_not_run(rule, f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} missing"))
        elif len(together(rule)) > 1 or _alone(rule) not in data.names:
            findings += _run(rule, data, schemas, unusable, None)
    return findings


def kept_variables(name: str, names: Sequence[str], schemas: StudySchemas) -> list[str]:
    """The variables of a dataset that :func:`run_together` reads, and the key, which names records."""
    if name == SUBJECTS:
        return list(names)
    several = [rule for rule in _with_check(schemas) if len(together(rule)) > 1]
    wanted = {*read_by([rule for rule in several if name in rule.reads], name, names), *schemas.datasets[name].keys}
    return [variable for variable in names if variable in wanted or variable == IDENTIFIER]


def _with_check(schemas: StudySchemas) -> list[Rule]:
    return [rule for rule in schemas.rules if rule.check is not None]


def _alone(rule: Rule) -> str | None:
    """The one dataset that a rule needs beside ADSL, ADSL where it needs none; None where it needs several."""
    needed = together(rule)
    return next(iter(needed), SUBJECTS) if len(needed) <= 1 else None


def _run(rule: Rule, data: RuleData, schemas: StudySchemas, unusable: Unusable, name: str | None) -> list[Finding]:
    if missing := lacks(rule, data, name, unusable):
        return [_not_run(rule, missing, name)]
    assert rule.check is not None  # noqa: S101 - only rules with a check are run
    broken: dict[tuple[str, Severity], NDArray[np.bool_]] = {}
    try:
        for place, rows, *severity in rule.check(data) if name is None else rule.check(data, name):
            key = (place, severity[0] if severity else rule.severity)
            mask = np.asarray(rows, dtype=bool)
            broken[key] = broken[key] | mask if key in broken else mask
    except CannotRun as reason:
        return [_not_run(rule, str(reason), name)]
    except KeyError as absent:
        # A variable that the plan names, such as a stratification factor, stands in no rule's list.
        return [_not_run(rule, f"{absent.args[0]} is missing", name)]
    except FAULTS as error:
        return [_not_run(rule, f"it fails on these data ({type(error).__name__}: {error})", name)]
    return [
        Finding(
            rule.id,
            severity,
            place,
            rule.sentence,
            int(rows.sum()),
            len(rows),
            first_keys(data[place], rows, schemas.datasets[place])
            if place in schemas.datasets
            else _members(place, rows, data.plan),
        )
        for (place, severity), rows in broken.items()
        if rows.any()
    ]


def _members(place: str, rows: NDArray[np.bool_], plan: Plan) -> tuple[str, ...]:
    """Names of the chosen members of a part of the plan."""
    parts: Mapping[str, list[str]] = {
        "sap/outputs.yaml": [output.id for output in plan.catalogue.outputs],
        "sap/study.yaml: analysis_sets": [item.id for item in plan.study.analysis_sets],
    }
    return tuple(parts[place][row] for row in np.flatnonzero(rows)[:5])


def _not_run(rule: Rule, reason: str, name: str | None = None) -> Finding:
    dataset = name or ("all datasets" if "*" in rule.reads else ", ".join(rule.reads))
    return Finding(rule.id, "reject", dataset, rule.sentence, 0, 0, not_run=reason)
