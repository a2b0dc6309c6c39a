"""Which variables a rule names: ``*`` among datasets is every dataset, and in a variable's name any letters."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from csrbook.lock.findings import SCHEMA
from csrbook.lock.rule_data import SUBJECTS, RuleData

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from csrbook.lock.study_schemas import Rule

__all__ = ["EVERY", "KEY", "lacks", "owner", "read_by", "targets", "together"]

EVERY = "*"
KEY = "(key)"


def owner(rules: Sequence[Rule], dataset: str, variable: str) -> str:
    """Id of the rule that a schema's expectation of a variable belongs to; ``schema`` where it is none's.

    Parameters
    ----------
    rules : sequence of Rule
    dataset : str
    variable : str
        Name of a variable, or :data:`KEY` for the key.
    """
    for place in (dataset, EVERY):
        for rule in rules:
            if any(fnmatchcase(variable, pattern) for pattern in rule.schema.get(place, ())):
                return rule.id
    return SCHEMA


def targets(rule: Rule, names: Iterable[str]) -> list[str]:
    """The datasets that a rule judges one by one."""
    if EVERY in rule.reads:
        return list(names)
    return [name for name in rule.reads if name != SUBJECTS]


def together(rule: Rule) -> set[str]:
    """The datasets beside ADSL that a rule needs at a time."""
    return set() if rule.apart else set(rule.reads) - {SUBJECTS, EVERY}


def read_by(rules: Iterable[Rule], dataset: str, names: Sequence[str]) -> list[str]:
    """Those of a dataset's variables that the rules read."""
    patterns = {pattern for rule in rules for place in (dataset, EVERY) for pattern in rule.reads.get(place, ())}
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]


def lacks(rule: Rule, data: RuleData, dataset: str | None, unusable: dict[str, dict[str, str]]) -> str:
    """What a rule reads and the data do not have, in words; ``""`` where nothing is missing.

    Parameters
    ----------
    rule : Rule
    data : RuleData
    dataset : str, optional
        The one dataset that is judged; all that the rule reads where absent.
    unusable : dict
        By dataset the variables that are of another type than they should be.
    """
    absent, wrong = [], []
    for place in dict.fromkeys([SUBJECTS, dataset] if dataset is not None else rule.reads):
        named = [*rule.reads.get(str(place), ()), *(rule.reads.get(EVERY, ()) if place == dataset else ())]
        exact = dict.fromkeys(name for name in named if "*" not in name)
        if named and place not in data.names:
            absent.append(str(place))
            continue
        for variable in exact:
            if variable in unusable.get(str(place), {}):
                wrong.append(f"{place}.{variable} is not {unusable[str(place)][variable]}")
            elif variable not in data[str(place)].columns:
                absent.append(f"{place}.{variable}")
    missing = [f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} missing"] if absent else []
    return "; ".join([*missing, *wrong])
