"""Tables in the text, the synopsis and the numbers of headings, without Typst and with what they refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from csrbook.errors import RenderError
from csrbook.render import create_project
from csrbook.render.embedded import convert
from tests.render import samples
from tests.render.conftest import EDITION, PLAN, TIMESTAMP, write
from tests.render.test_native_tables import body_of, text

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree import ElementTree as ET

ROWS = """\
::: {.rows widths="1 2 3" pages="true"}
Item
:   Topic
:   Where

**Results**

22a
:   Flow
:   [Table\u00a014.1.1.1](#t-14-1-1-1), margin []{.plan key="study.margin"}
:::
"""


def converted(study: Path, body: str, writer: str) -> str:
    """Markup of a document under a pandoc writer."""
    write(study, body)
    displays = [samples.content("T14.1.1.1", samples.demography())]
    project = create_project(
        study.parent / "project", study, edition=EDITION, displays=displays, plan=PLAN, timestamp=TIMESTAMP
    )
    return convert(project.folder, "report/doc.qmd", writer, TIMESTAMP)[0]


def cells(table: ET.Element) -> list[list[str]]:
    return [[text(cell) for cell in row] for row in table.iter("tr")]


def test_rows_are_a_table_elsewhere_too(study: Path) -> None:
    (table,) = body_of(converted(study, ROWS, "html")).iter("table")
    assert cells(table) == [
        ["Item", "Topic", "Where"],
        ["Results"],
        ["22a", "Flow", "Table 14.1.1.1, margin 1.30 #not *markup*"],
    ]
    over = next(cell for cell in table.iter("td") if text(cell) == "Results")
    assert over.get("colspan") == "3"
    assert [link.get("href") for link in table.iter("a")] == ["#t-14-1-1-1"]


def test_a_row_with_too_few_cells_is_an_error(study: Path) -> None:
    with pytest.raises(RenderError, match=r"a row of '\.rows' has 2 cells for 3 columns: 22b"):
        converted(study, ROWS.removesuffix(":::\n") + "\n22b\n:   Losses\n:::\n", "typst")


def test_what_is_no_row_is_an_error(study: Path) -> None:
    with pytest.raises(RenderError, match=r"'\.rows' holds terms with definitions and paragraphs, not BulletList"):
        converted(study, ROWS.replace("**Results**", "- Results"), "typst")


def test_synopsis_goes_before_the_contents_in_typst_and_stays_elsewhere(study: Path) -> None:
    body = "# 9 Analysis\n\nx\n\n::: {.synopsis}\n# Synopsis\n\n::: {.halves}\n::: {.half}\na\n:::\n:::\n:::\n"
    typst = converted(study, body, "typst")
    assert typst.index("= Synopsis") < typst.index("toc: true") < typst.index("= 9 Analysis")
    write(study, body)
    html = text(body_of(convert(study.parent / "project", "report/doc.qmd", "html", TIMESTAMP)[0]))
    assert html.index("9 Analysis") < html.index("Synopsis")


@pytest.mark.parametrize(
    ("heading", "anchor"), [("9.2 Test", "s-9-2"), ("14 Safety Data", "s-14"), ("Margin of 1.3", "margin-of-1.3")]
)
def test_a_heading_is_named_by_its_number(study: Path, heading: str, anchor: str) -> None:
    assert f"= {heading}\n<{anchor}>" in converted(study, f"# {heading}\n\nx", "typst")


@pytest.mark.parametrize(
    ("prose", "made"),
    [
        ("(Table 14.1.1.1)", '\\(#reference("14.1.1.1")[Table 14.1.1.1];)'),
        ("Tables 14.1.1.1, 14.2.1.1.", '#reference("14.1.1.1")[Tables 14.1.1.1];, #reference("14.2.1.1")[14.2.1.1];.'),
        ("T14.1.1.1", '#reference("14.1.1.1")[T14.1.1.1];'),
        ("section 14.1.1 of it", "section 14.1.1 of it"),
        ("Table 14.1.1 of it", '#reference("14.1.1")[Table 14.1.1]; of it'),
        ("[Table 14.1.1.1](#t-14-1-1-1)", '#output-link("t-14-1-1-1")[Table 14.1.1.1];'),
    ],
)  # fmt: skip
def test_a_mention_of_an_output_is_a_reference(study: Path, prose: str, made: str) -> None:
    assert f"\n{made}\n" in converted(study, f"# A\n\n{prose}\n\nend", "typst")
