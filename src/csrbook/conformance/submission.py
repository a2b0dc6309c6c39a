"""An eCTD can take the files: names, lengths of paths, sizes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from csrbook.conformance.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["PREFIX", "SUBMITTED", "check", "submitted"]

SUBMITTED: Final = (".pdf", ".rtf", ".docx", ".html", ".xpt", ".xml", ".txt")
"""Kinds of files that go into a submission; results and manifests in JSON and Parquet stay with the sponsor."""

RESULTS: Final = "results"

PREFIX: Final = (
    "0000/m5/53-clin-stud-rep/535-rep-effic-safety-stud/" + "i" * 20 + "/5351-stud-rep-contr/" + "s" * 20 + "/"
)
"""Where a report stands in a submission; 20 characters are left for the indication and for the study each."""

NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)?")
LONGEST_NAME: Final = 64
LONGEST_PATH: Final = 150
LARGEST: Final = 500 * 1024**2


def submitted(folder: Path) -> list[Path]:
    """Files of a version that go into a submission, in the order of their names."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in SUBMITTED and path.relative_to(folder).parts[0] != RESULTS
    ]


def check(folder: Path, path: Path) -> Iterator[Finding]:
    """All rules of this theme, for one file of a folder."""
    place = path.relative_to(folder)
    file = place.as_posix()
    for part in place.parts:
        if not NAME.fullmatch(part) or (part != place.name and "." in part):
            yield Finding(file, "submission.name", part, "has other characters than a to z, 0 to 9 and hyphens")
        if len(part) > LONGEST_NAME:
            what = f"has {len(part)} characters, more than {LONGEST_NAME}"
            yield Finding(file, "submission.name", part, what)
    if len(PREFIX) + len(file) > LONGEST_PATH:
        what = f"has {len(file)} characters, more than the {LONGEST_PATH - len(PREFIX)} that a submission leaves"
        yield Finding(file, "submission.path", "", what)
    if path.stat().st_size > LARGEST:
        yield Finding(file, "submission.size", "", f"has {path.stat().st_size / 1024**2:,.0f} MB, more than 500")
