"""One rendering of an appendix that places the samples, for all tests that only look at it.

The template library is the trial's own; the document, ``tests/render/csr-appendix.qmd``, places what ``samples.py``
makes.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from pypdf import PdfReader

from csrbook.render import Edition, Rendered, create_project, render_documents
from tests.render import samples

ROOT = Path(__file__).resolve().parents[2]
APPENDIX = "report/csr-appendix.qmd"
TIMESTAMP = 1_768_435_200
"""15 January 2026."""

EDITION = Edition(
    title="A trial of one treatment against another",
    protocol="2020-KY-140",
    sponsor="Sun Yat-sen Memorial Hospital, Sun Yat-sen University",
    status="SIMULATED DATA",
    registry="NCT04646759",
    version="1.0",
    date="15 January 2026",
    data_cutoff="15JAN2026",
    lock="sha256:" + "9f3c1e7ab02d9f3c" * 4,
    plan="sha256:" + "01ab" * 16,
)

PLAN: dict[str, Any] = {
    "values": {"study.margin": "1.30 #not *markup*", "catalogue.T14.1.1.1.sap": "9.2"},
    "tables": {
        "program_log": {
            "columns": [{"width": 1, "align": "left"}, {"width": 2, "align": "left"}],
            "header": ["Output", "Messages"],
            "rows": [["Table 14.1.1.1\npopulation/disposition.py", "None"]],
            "anchors": ["log-t-14-1-1-1"],
        },
        "sets": {
            "caption": "Table 1: Sets",
            "columns": [{"width": 1, "align": "left"}, {"width": 3, "align": "left"}],
            "header": ["Set", "Definition"],
            "rows": [["ITT", "All randomised"], ["$PP$", "<b>All</b> #treated"]],
        },
    },
}


def by_line(words: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Words from top to bottom, those of one line from left to right (bold ones are a little higher)."""
    lines: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=lambda word: float(word["top"] + word["bottom"])):
        middle = word["top"] + word["bottom"]
        if lines and middle - lines[-1][0]["top"] - lines[-1][0]["bottom"] < 6:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [word for line in lines for word in sorted(line, key=lambda word: float(word["x0"]))]


@dataclass(frozen=True)
class Book:
    """A rendered PDF and the displays it was made from."""

    path: Path
    displays: dict[str, dict[str, Any]]
    rendered: Rendered

    @cached_property
    def texts(self) -> list[str]:
        """Text of each page as pypdf extracts it."""
        return [page.extract_text() for page in PdfReader(self.path).pages]

    @cached_property
    def words(self) -> list[list[dict[str, Any]]]:
        """Words of each page that lie on the page, as pdfplumber sees them, line by line."""
        with pdfplumber.open(self.path) as pdf:
            return [by_line(page.within_bbox(page.bbox).extract_words()) for page in pdf.pages]

    def pages_of(self, output: str) -> list[int]:
        """Numbers (from 0) of the pages whose last line names the output."""
        mark = re.compile(rf"{re.escape(output)}\s+\d+ / \d+")
        return [number for number, text in enumerate(self.texts) if mark.search(text)]

    def text_of(self, output: str) -> str:
        """Text of the output's pages."""
        return "\n".join(self.texts[number] for number in self.pages_of(output))

    def visible_of(self, output: str) -> str:
        """Words that can be seen on the output's pages."""
        return " ".join(word["text"] for number in self.pages_of(output) for word in self.words[number])


def sample_study(folder: Path) -> Path:
    """A study beside the folder whose appendix places the samples."""
    root = folder.with_name(f"{folder.name}-study")
    shutil.copytree(ROOT / "report", root / "report")
    shutil.copyfile(Path(__file__).with_name("csr-appendix.qmd"), root / APPENDIX)
    shutil.copyfile(ROOT / "_quarto.yml", root / "_quarto.yml")
    return root


def render(
    folder: Path, displays: list[dict[str, Any]], study: Path | None = None, document: str = APPENDIX, **options: Any
) -> Book:
    """Make a project and render one document with the embedded engine; that of the samples where no study is named."""
    project = create_project(
        folder, study or sample_study(folder), edition=EDITION, displays=displays, timestamp=TIMESTAMP, **options
    )
    rendered = render_documents(project, [document], engine="embedded", timestamp=TIMESTAMP)
    return Book(rendered.files[0], {display["id"]: display for display in displays}, rendered)


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The appendix with all its outputs."""
    return render(tmp_path_factory.mktemp("render") / "project", samples.catalogue())


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study with the real templates and no document of its own."""
    root = tmp_path / "study"
    shutil.copytree(ROOT / "report" / "_render", root / "report" / "_render")
    shutil.copyfile(ROOT / "_quarto.yml", root / "_quarto.yml")
    return root


def write(study: Path, body: str, *, head: str = 'title: "A title"', name: str = "doc.qmd") -> None:
    (study / "report" / name).write_text(f"---\n{head}\n---\n\n{body}\n", encoding="utf-8")
