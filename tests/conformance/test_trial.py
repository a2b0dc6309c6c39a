"""The files of the simulated trial conform, and the other engine makes the same pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pikepdf
import pytest

from csrbook.conformance import check_folder, check_pdf, submission, summary
from csrbook.conformance.document import Document
from csrbook.conformance.rows import read_displays
from csrbook.pipeline.pages import render_pages
from csrbook.pipeline.study import find_study
from csrbook.pipeline.workers import default_workers
from tests.pipeline.studies import own_modules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("end_to_end")


def pages(path: Path) -> Iterator[str]:
    """Text of each page, with the place of each piece in points."""
    with pikepdf.open(path) as pdf:
        for _, page in Document(pdf, path, path.name).pages():
            yield "\n".join(f"{run.box.x0:.1f} {run.box.y0:.1f} {run.text}" for run in page.runs)


def test_the_published_files_conform(version: Path) -> None:
    files = [path.relative_to(version).as_posix() for path in submission.submitted(version)]
    assert {"csr-appendix.pdf", "sap.pdf", "qc-report.pdf"} <= set(files)
    assert [file for file in files if file.startswith("listings/")]
    assert summary(check_folder(version, default_workers())) == []


def test_the_pages_made_by_quarto_are_the_same_and_conform(
    rendered: tuple[Path, str], version: Path, quarto_stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, _ = rendered
    monkeypatch.setenv("QUARTO", str(quarto_stand_in))
    with own_modules():
        made = render_pages(find_study(study), version / "results", tmp_path, "quarto", alone=False)
    assert made.engine == "quarto"
    documents = sorted(path.name for path in tmp_path.glob("*.pdf"))
    assert documents == sorted(path.name for path in version.glob("*.pdf"))
    displays = read_displays(version / "results")
    for name in documents:
        both = zip(pages(version / name), pages(tmp_path / name), strict=True)
        assert [number for number, (one, other) in enumerate(both, start=1) if one != other] == [], name
        assert summary(check_pdf(tmp_path / name, displays=displays)) == []
