"""What a rule found wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Finding", "summary"]

SHOWN = 3


class Finding(NamedTuple):
    """One place where a file breaks a rule."""

    file: str
    """Path from the checked folder, with ``/``."""
    rule: str
    """``room.rule``, such as ``archival.encryption``."""
    where: str
    """Page, object or cell; empty where it is the file."""
    what: str
    """What is wrong, in words."""


def summary(findings: Iterable[Finding]) -> list[str]:
    """One line for each file and rule: how often, where first, and what.

    Parameters
    ----------
    findings : iterable of Finding
        In any order; lines keep the order in which files and rules come first.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.file, finding.rule), []).append(finding)
    return [_line(file, rule, group) for (file, rule), group in groups.items()]


def _line(file: str, rule: str, group: list[Finding]) -> str:
    places = [item.where for item in group if item.where]
    shown = ", ".join(dict.fromkeys(places[:SHOWN])) + (f" and {len(group) - SHOWN} more" if len(group) > SHOWN else "")
    return f"{file}: {rule}: {group[0].what}" + (f" ({shown})" if shown else "")
