"""RTF and DOCX as LibreOffice opens them: every row can be seen, and every page has titles, headers and footnotes."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from pypdf import PdfReader

from csrbook.render.single.docx import write_docx
from csrbook.render.single.rtf import rtf
from csrbook.render.single.sheet import Sheet
from csrbook.render.words import WORDS
from tests.render import samples
from tests.render.conftest import TIMESTAMP
from tests.render.single import displays
from tests.render.single.displays import header_texts, sheet_of

SOFFICE = shutil.which("soffice")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not on PATH")]

DISPLAYS = {
    "classes": samples.content("T14.3.1.2", samples.adverse_events(), samples.BY_CLASS),
    "listing": samples.content("L16.2.7.1", samples.listing(30), "Adverse Events"),
    "long": displays.pages_long(),
    "spanned": displays.spanned(),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Text of each page, without blanks (lines break elsewhere), by the name of the file."""
    folder = tmp_path_factory.mktemp("office")
    sources = []
    for name, display in DISPLAYS.items():
        sheet = sheet_of(display, folder)
        text, package = folder / f"{name}-rtf.rtf", folder / f"{name}-docx.docx"
        text.write_text("".join(rtf(sheet, [], TIMESTAMP)), encoding="ascii", newline="\n")
        write_docx(sheet, [], TIMESTAMP, package)
        sources += [text, package]
    subprocess.run(
        [str(SOFFICE), f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "pdf",
         "--outdir", str(folder), *map(str, sources)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return {
        path.stem: [close(page.extract_text()) for page in PdfReader(path.with_suffix(".pdf")).pages]
        for path in sources
    }


def close(text: str) -> str:
    """The text without blanks and without what LibreOffice's PDF says of a line that it broke."""
    return "".join(text.replace("\xad", "").split())


@pytest.mark.parametrize("kind", ["rtf", "docx"])
@pytest.mark.parametrize("name", DISPLAYS)
def test_every_page_has_its_titles_headers_and_number(pages: dict[str, list[str]], name: str, kind: str) -> None:
    display = DISPLAYS[name]
    found = pages[f"{name}-{kind}"]
    assert len(found) > 1 or name == "spanned"
    for number, text in enumerate(found, start=1):
        assert f"Page{number}of{len(found)}" in text
        assert close(display["title"]) in text
        assert close(f"{display['id']} {number} / {len(found)}") in text
        for header in header_texts(display):
            for line in header.split("\n"):
                assert close(line) in text, (number, line)


@pytest.mark.parametrize("name", DISPLAYS)
def test_rtf_pages_are_those_that_were_planned_with_footnotes_on_each(pages: dict[str, list[str]], name: str) -> None:
    found = pages[f"{name}-rtf"]
    planned = "".join(rtf(Sheet(DISPLAYS[name], WORDS), [], TIMESTAMP)).count("\\pagebb") + 1
    assert len(found) == planned
    for text in found:
        assert all(close(note) in text for note in DISPLAYS[name]["footnotes"])


@pytest.mark.parametrize("kind", ["rtf", "docx"])
@pytest.mark.parametrize("name", DISPLAYS)
def test_every_cell_can_be_read(pages: dict[str, list[str]], name: str, kind: str) -> None:
    text = "".join(pages[f"{name}-{kind}"])
    for row in DISPLAYS[name]["rows"]:
        for cell in (row["label"], *row["cells"]):
            # A word that is wider than its column is broken anywhere, and its lines stand between those of other cells.
            for word in cell.split():
                assert len(word) > 12 or word in text, cell
