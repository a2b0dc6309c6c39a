"""What of the plan a program reads: found by handing it a plan that takes note."""

from __future__ import annotations

from typing import Any, Final

from pydantic import PrivateAttr

from csrbook.plan.models import Plan
from csrbook.plan.parts import digest

__all__ = ["PARTS", "part_digests", "watched"]

PARTS: Final = ("study", "endpoints", "catalogue", "hash")


class _WatchedPlan(Plan):
    """A plan that notes which of its parts are read."""

    _reads: set[str] = PrivateAttr(default_factory=set)

    def __getattribute__(self, name: str) -> Any:
        if name in PARTS:
            object.__getattribute__(self, "__pydantic_private__")["_reads"].add(name)
        elif name.startswith(("model_", "copy", "dict", "json")) or name == "__dict__":
            # Whoever takes the plan as a whole reads all of it.
            private = object.__getattribute__(self, "__pydantic_private__")
            if private is not None:
                private["_reads"].update(PARTS)
        return super().__getattribute__(name)


def part_digests(plan: Plan) -> dict[str, str]:
    """Digest of each of the :data:`PARTS`.

    A program that looks into the catalogue, or takes the plan as a whole, rests on all of it.
    """
    return {
        "study": digest(plan.study.model_dump(mode="json")),
        "endpoints": digest(plan.endpoints.model_dump(mode="json")),
        "catalogue": plan.hash,
        "hash": plan.hash,
    }


def watched(plan: Plan) -> tuple[Plan, set[str]]:
    """A plan of the same content, and the set that will hold the names of the :data:`PARTS` that were read.

    Parameters
    ----------
    plan : Plan
        The plan of the study.
    """
    own = _WatchedPlan.model_construct(None, **{name: getattr(plan, name) for name in PARTS})
    reads: set[str] = object.__getattribute__(own, "__pydantic_private__")["_reads"]
    reads.clear()
    return own, reads
