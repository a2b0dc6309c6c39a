"""What the documents place: each programmed output once, in the order of the catalogue, and tables of the plan."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from csrbook.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from csrbook.pipeline.study import StudyFolder

__all__ = ["APPENDIX", "PLAN", "VALIDATION_REPORT", "check_appendix", "document_of", "placed_outputs", "placed_tables"]

APPENDIX = "report/csr-appendix.qmd"
PLAN = "sap/sap.qmd"
VALIDATION_REPORT = "report/validation-report.qmd"


def placed_outputs(study: StudyFolder) -> list[str]:
    """Ids of the outputs that the appendix places, in its order."""
    return _placed(study, APPENDIX, "tlf")


def placed_tables(study: StudyFolder) -> list[str]:
    """Names of the tables that the analysis plan places, in its order."""
    return _placed(study, PLAN, "plan-table")


def document_of(outputs: Iterable[str]) -> str:
    """Text of a document that places these outputs and nothing else."""
    places = (f'::: {{.tlf src="{name}"}}\n:::\n' for name in outputs)
    return "\n".join(
        ['---\ntitle: "Tables, Figures and Listings"\nbare: true\nlandscape: true\ntoc: false\n---\n', *places]
    )


def _placed(study: StudyFolder, document: str, kind: str) -> list[str]:
    path = study.root / document
    if not path.is_file():
        raise UsageError("the document is missing", document, "write it, or take the one of another study as a start")
    places = re.compile(rf'^:::\s*\{{\.{kind}\s+src="([^"]+)"\}}', re.MULTILINE)
    return places.findall(path.read_text(encoding="utf-8"))


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
