"""The filter without Typst: native pandoc tables from the same JSON, here as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from csrbook.render import create_project
from csrbook.render.embedded import convert
from tests.render import samples
from tests.render.conftest import EDITION, PLAN, TIMESTAMP, write

if TYPE_CHECKING:
    from pathlib import Path


def body_of(markup: str) -> ET.Element:
    """The body of an HTML page, as a tree (pandoc writes it well formed)."""
    inner = markup[markup.index("<body>") : markup.index("</body>") + len("</body>")]
    for name, character in (("&nbsp;", "\u00a0"), ("&emsp;", "\u2003")):
        inner = inner.replace(name, character)
    return ET.fromstring(inner.replace("<br>", "<br/>"))  # noqa: S314 - the page was made here


def text(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.fixture
def page(study: Path, tmp_path: Path) -> ET.Element:
    displays = [
        samples.content("T14.3.1.2", samples.adverse_events(), "Adverse Events"),
        samples.content("L16.2.7.1", samples.listing(6), "Listing of Events"),
        samples.content("F14.2.1.4", samples.kaplan_meier(), "Curves"),
    ]
    body = (
        '# 14.3 Safety\n\n::: {.tlf src="T14.3.1.2"}\n:::\n\n::: {.tlf src="L16.2.7.1"}\n:::\n\n'
        '::: {.tlf src="F14.2.1.4"}\n:::\n\n::: {.plan-table src="sets"}\n:::\n\n[]{.plan key="study.margin"}'
    )
    write(study, body)
    (study / "_quarto.yml").write_text("filters: [report/_render/display.lua]\n", encoding="utf-8")
    project = create_project(tmp_path / "p", study, edition=EDITION, displays=displays, plan=PLAN, timestamp=TIMESTAMP)
    markup, _ = convert(project.folder, "report/doc.qmd", "html", TIMESTAMP)
    return body_of(markup)


def test_every_row_of_a_table_is_a_row_of_html(page: ET.Element) -> None:
    table = page.findall(".//table")[0]
    rows = [[text(cell) for cell in row] for row in table.findall("./tbody/tr")]
    expected = [[" ".join(row.label.split()), *row.cells] for row in samples.adverse_events().rows]
    assert rows == expected


def test_header_keeps_its_spans(page: ET.Element) -> None:
    first, second = page.findall(".//table")[0].findall("./thead/tr")
    assert [(text(cell), cell.get("colspan", "1"), cell.get("rowspan", "1")) for cell in first] == [
        ("System Organ Class Preferred Term", "1", "2"),
        ("Fulvestrant + Pyrotinib (N=163)", "2", "1"),
        ("Capecitabine + Pyrotinib (N=163)", "2", "1"),
    ]
    assert [text(cell) for cell in second] == ["n (%)", "Events", "n (%)", "Events"]


def test_listing_has_every_cell(page: ET.Element) -> None:
    rows = [[text(cell) for cell in row] for row in page.findall(".//table")[1].findall("./tbody/tr")]
    assert rows == [[" ".join(cell.split()) for cell in row.cells] for row in samples.listing(6).rows]


def test_sections_are_bold_and_terms_indented(page: ET.Element) -> None:
    labels = [row[0] for row in page.findall(".//table")[0].findall("./tbody/tr")]
    assert [text(label) for label in labels if label.find("strong") is not None] == [*samples.CLASSES, "Uncoded"]
    anaemia = next(label for label in labels if "Anaemia" in text(label))
    assert "".join(anaemia.itertext()).startswith("\u2003")


def test_heading_footnotes_and_alternative_text_are_there(page: ET.Element) -> None:
    headings = {heading.get("id"): text(heading) for heading in page.iter() if heading.tag in {"h1", "h2"}}
    assert headings["t-14-3-1-2"] == "Table 14.3.1.2 Adverse Events"
    whole = text(page)
    assert "Source: ADaM.ADSL. Program: analyses/population/demography.py" in whole
    assert samples.kaplan_meier().alt in whole
    assert "1.30 #not *markup*" in whole


def test_plan_table_is_a_table(page: ET.Element) -> None:
    table = page.findall(".//table")[-1]
    assert [[text(cell) for cell in row] for row in table.iter("tr")] == [
        ["Set", "Definition"], ["ITT", "All randomised"], ["$PP$", "<b>All</b> #treated"],
    ]  # fmt: skip
