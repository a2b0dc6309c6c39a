"""Documents that would look different under the two engines are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from csrbook.errors import RenderError
from csrbook.render.lint import Finding, lint_document, require_portable
from tests.render.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def findings(tmp_path: Path, text: str) -> list[Finding]:
    path = tmp_path / "doc.qmd"
    path.write_text(text, encoding="utf-8")
    return lint_document(path, "doc.qmd")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("See @tbl-ages and more.", "a Quarto cross-reference"),
        ("![](x.png){#fig-x}", "a label of a Quarto cross-reference"),
        ("::: {.callout-note}", "a callout"),
        ("::: {.landscape}", "a Quarto layout div"),
        ("::: {.panel-tabset}", "a Quarto layout div"),
        ('::: {layout-ncol="2"}', "a Quarto layout attribute"),
        ("```{python}", "an executed cell"),
        ("``` {r}", "an executed cell"),
        ("The mean is `r mean(x)`.", "an executed expression"),
        ("{{< embed other.ipynb >}}", "the shortcode 'embed'"),
        ("{{< pagebreak >}}", "the shortcode 'pagebreak'"),
        ("| a | b |", "a drawn table (write it as '.rows')"),
        ("+-----+-----+", "a drawn table (write it as '.rows')"),
        ('::: {.tfl src="T1"}', "the unknown div '.tfl'"),
        ("::: summary", "the unknown div '.summary'"),
        ('The margin is []{.quote key="x"}.', "the unknown span '.quote'"),
    ],
)
def test_construct_is_found_with_its_line(tmp_path: Path, line: str, what: str) -> None:
    assert findings(tmp_path, f"---\ntitle: x\n---\n\n{line}\n") == [Finding("doc.qmd", 5, what)]


@pytest.mark.parametrize("key", ["date", "execute", "jupyter", "number-sections"])
def test_front_matter_key_is_found(tmp_path: Path, key: str) -> None:
    (found,) = findings(tmp_path, f"---\ntitle: x\n{key}: true\n---\n")
    assert f"'{key}'" in found.what


def test_portable_constructs_pass(tmp_path: Path) -> None:
    text = (
        "---\ntitle: x\n---\n\n# A\n\n{{< include b.qmd >}} {{< meta title >}} {{< var x >}}\n\n"
        '::: {.tlf src="T1"}\n:::\n\n::: {.wide}\n::: {.rows widths="1 2"}\nA\n:   b\n:::\n:::\n\n'
        '[]{.ard output="T1" stat="hr"} [Table 1](#t-1) a@tbl-b.org `code` $x_i$\n\n```r\nsurvfit()\n```\n'
    )
    assert findings(tmp_path, text) == []


def test_error_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "a.qmd").write_text("text\n\n@fig-one\n", encoding="utf-8")
    with pytest.raises(RenderError) as caught:
        require_portable(tmp_path)
    assert caught.value.where == "report/a.qmd:3"


def test_documents_of_this_study_are_portable() -> None:
    documents = [*sorted((ROOT / "report").rglob("*.qmd")), *sorted((ROOT / "sap").rglob("*.qmd"))]
    assert len(documents) >= 3
    assert [lint_document(path, path.name) for path in documents] == [[] for _ in documents]
