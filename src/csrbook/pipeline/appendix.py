"""Whether the appendix places every programmed output once, in the order of the catalogue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from csrbook.errors import UsageError

if TYPE_CHECKING:
    from csrbook.pipeline.study import StudyFolder

__all__ = ["APPENDIX", "check_appendix", "placed_outputs"]

APPENDIX = "report/csr-appendix.qmd"
_PLACE = re.compile(r'^:::\s*\{\.tlf\s+src="([^"]+)"\}', re.MULTILINE)


def placed_outputs(study: StudyFolder) -> list[str]:
    """Ids of the outputs that the appendix places, in its order."""
    path = study.root / APPENDIX
    if not path.is_file():
        raise UsageError("the appendix is missing", APPENDIX, "write it, or take the one of another study as a start")
    return _PLACE.findall(path.read_text(encoding="utf-8"))


def check_appendix(study: StudyFolder) -> int:
    """Return the number of outputs placed, or say what is missing, too much or out of order.

    Raises
    ------
    UsageError
        Where the appendix and the catalogue disagree.
    """
    placed = placed_outputs(study)
    programmed = [output.id for output in study.plan.catalogue.outputs if output.programmed]
    if placed == programmed:
        return len(placed)
    missing = [name for name in programmed if name not in placed]
    surplus = [name for name in placed if name not in programmed]
    what = (
        f"programmed but not placed: {', '.join(missing)}" if missing
        else f"placed but not programmed: {', '.join(surplus)}" if surplus
        else "the outputs are not placed once each in the order of the catalogue"
    )  # fmt: skip
    raise UsageError(
        what, APPENDIX, 'place each programmed output once by ::: {.tlf src="…"} in the catalogue\'s order'
    )
