"""What stops a render, and what the reader of the error is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from csrbook.errors import RenderError, UsageError
from csrbook.render import create_project, render_documents
from tests.render import samples
from tests.render.conftest import EDITION, PLAN, ROOT, TIMESTAMP, render, write

if TYPE_CHECKING:
    from pathlib import Path

DISPLAY = samples.content("T14.2.1.1", samples.estimates())


def render_body(study: Path, body: str) -> str:
    write(study, body)
    book = render(study.parent / "project", [DISPLAY], study=study, document="report/doc.qmd", plan=PLAN)
    return "\n".join(book.texts)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('[]{.ard output="T14.2.1.1" stat="hazard"}', "no number 'hazard' of output T14.2.1.1"),
        ('[]{.ard output="T99.1" stat="hr"}', "no number 'hr' of output T99.1"),
        ('[]{.ard output="T14.2.1.1"}', "needs the attribute 'stat'"),
        ('[]{.plan key="study.nothing"}', "no value 'study.nothing' in the plan"),
        ('::: {.plan-table src="nothing"}\n:::', "no table 'nothing' in the plan"),
        ('::: {.tlf src="T14.9.9.9"}\n:::', "no display or results file 'T14.9.9.9'"),
        ('> a quotation\n>\n> ::: {.tlf src="T14.2.1.1"}\n> :::', "must not stand inside another block"),
        ("[Table 9](#t-9)", "a link points to '#t-9', which does not exist"),
        ("{{< meta nothing >}}", "the meta shortcode names 'nothing', which does not exist"),
        ("{{< var nothing >}}", "the var shortcode names 'nothing', which does not exist"),
        ("{{< include missing.qmd >}}", "a document cannot be read"),
        ("{{< video film.mp4 >}}", "the shortcode 'video'"),
        ("See @tbl-one.", "a Quarto cross-reference"),
    ],
)
def test_unknown_names_stop_the_render(study: Path, body: str, what: str) -> None:
    with pytest.raises(RenderError) as caught:
        render_body(study, body)
    assert what in caught.value.what
    assert caught.value.where
    assert caught.value.todo


def test_known_names_are_quoted_literally(study: Path) -> None:
    (study / "_variables.yml").write_text("centre: Guangzhou\n", encoding="utf-8")
    body = (
        'HR []{.ard output="T14.2.1.1" stat="ci"}, p []{.ard output="T14.2.1.1" stat="p"}, margin '
        '[]{.plan key="study.margin"}, {{< meta title >}}, {{< var centre >}}.\n\n'
        '::: {.plan-table src="sets"}\n:::\n\n# Section\n\n::: {.tlf src="T14.2.1.1"}\n:::\n\n[Table](#t-14-2-1-1)'
    )
    text = render_body(study, body).replace("\n", " ")
    assert "HR 0.660 to 1.123, p <0.0001, margin 1.30 #not *markup*, A title, Guangzhou." in text
    assert "Table 1: Sets Set Definition ITT All randomised $PP$ <b>All</b> #treated" in text


def test_documents_that_include_each_other_are_refused(study: Path) -> None:
    write(study, "{{< include doc.qmd >}}")
    with pytest.raises(RenderError, match="include each other"):
        render(study.parent / "project", [], study=study, document="report/doc.qmd")


def test_duplicate_key_in_front_matter_is_refused(study: Path) -> None:
    write(study, "Text", head="title: one\ntitle: two")
    with pytest.raises(RenderError, match="duplicate key"):
        render(study.parent / "project", [], study=study, document="report/doc.qmd")


def test_two_displays_of_one_output_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="two displays"):
        create_project(tmp_path / "p", ROOT, edition=EDITION, displays=[DISPLAY, DISPLAY], timestamp=TIMESTAMP)


def test_folder_in_use_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(RenderError, match="not empty"):
        create_project(tmp_path, ROOT, edition=EDITION, displays=[], timestamp=TIMESTAMP)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_folder_that_is_no_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="not a study"):
        create_project(tmp_path / "p", tmp_path, edition=EDITION, displays=[], timestamp=TIMESTAMP)


def test_unknown_engine_is_wrong_use(study: Path) -> None:
    write(study, "Text")
    project = create_project(study.parent / "p", study, edition=EDITION, displays=[], timestamp=TIMESTAMP)
    with pytest.raises(UsageError) as caught:
        render_documents(project, ["report/doc.qmd"], engine="word", timestamp=TIMESTAMP)
    assert caught.value.exit_code == 2


def test_output_without_rows_says_so(study: Path) -> None:
    empty = samples.content("L16.2.6.1", samples.listing(0))
    write(study, '# Section\n\n::: {.tlf src="L16.2.6.1"}\n:::')
    book = render(study.parent / "project", [empty], study=study, document="report/doc.qmd")
    assert "No record meets the criteria of this output." in book.text_of("L16.2.6.1")
