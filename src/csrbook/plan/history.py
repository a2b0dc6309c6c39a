"""The history of the plan: which versions there were, and what each changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.plan.lock_models import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PlanVersion", "history_fault"]


class PlanVersion(Model):
    """A version of the analysis plan, and what it changed."""

    version: str
    date: str
    changes: str


def history_fault(versions: Sequence[PlanVersion], version: str, date: str) -> str:
    """What is wrong with a history, oldest first, of the plan of this version and date; empty where nothing is."""
    if versions and (versions[-1].version, versions[-1].date) != (version, date):
        last = versions[-1]
        return f"versions end with {last.version} of {last.date}, but sap_version and sap_date are {version} of {date}"
    if len({item.version for item in versions}) != len(versions):
        return "a version that stands twice in versions"
    return ""
