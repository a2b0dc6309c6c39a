"""The Quarto engine, against a stand-in that records what it is asked and answers as the real command does."""

from __future__ import annotations

import json
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

from csrbook.errors import RenderError
from csrbook.render import RenderProject, create_project, render_documents
from csrbook.render.engine import choose_engine
from csrbook.render.quarto import find_quarto
from tests.render.conftest import EDITION, TIMESTAMP, Book, write

if TYPE_CHECKING:
    from pathlib import Path

STAND_IN = """#!{python}
import json, os, shutil, sys
from pathlib import Path
here = Path(__file__).parent
answer = json.loads((here / "answer.json").read_text())
if sys.argv[1:] == ["--version"]:
    print(answer["version"])
elif sys.argv[2:] == ["--version"]:
    print({{"pandoc": "pandoc 3.8.3", "typst": "typst 0.14.2 (b33de9de)"}}[sys.argv[1]])
else:
    keys = ("SOURCE_DATE_EPOCH", "TYPST_FONT_PATHS", "TYPST_IGNORE_SYSTEM_FONTS", "QUARTO_PROJECT_DIR")
    record = {{"arguments": sys.argv[1:], "folder": os.getcwd(), **{{key: os.environ.get(key) for key in keys}}}}
    (here / "record.json").write_text(json.dumps(record))
    document = Path(sys.argv[2])
    print(answer["says"])
    if answer["pdf"]:
        shutil.copyfile(answer["pdf"], document.with_suffix(".pdf"))
    document.with_suffix(".typ").write_text(answer["markup"])
    sys.exit(answer["exit"])
"""


class StandIn:
    """The stand-in command and what it will answer."""

    def __init__(self, folder: Path, pdf: Path) -> None:
        self.folder = folder
        self.path = folder / "quarto"
        self.path.write_text(STAND_IN.format(python=sys.executable), encoding="utf-8")
        self.path.chmod(self.path.stat().st_mode | stat.S_IXUSR)
        self.answer(pdf=str(pdf))

    def answer(self, **changes: Any) -> None:
        file = self.folder / "answer.json"
        normal = {"version": "1.9.38", "says": "Output created", "pdf": "", "markup": "= Text", "exit": 0}
        before = json.loads(file.read_text()) if file.exists() else normal
        file.write_text(json.dumps({**before, **changes}))

    @property
    def record(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "record.json").read_text())
        return found


@pytest.fixture
def quarto(tmp_path: Path, book: Book, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    (tmp_path / "bin").mkdir()
    monkeypatch.delenv("QUARTO", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return StandIn(tmp_path / "bin", book.path)


@pytest.fixture
def project(tmp_path: Path, study: Path) -> RenderProject:
    write(study, "Some text.")
    return create_project(tmp_path / "project", study, edition=EDITION, displays=[], timestamp=TIMESTAMP)


def test_document_is_rendered_in_the_project_with_its_fonts_and_date(quarto: StandIn, project: RenderProject) -> None:
    rendered = render_documents(project, ["report/doc.qmd"], timestamp=TIMESTAMP)
    assert quarto.record == {
        "arguments": ["render", "report/doc.qmd", "--to", "typst"],
        "folder": str(project.folder),
        "SOURCE_DATE_EPOCH": "1768435200",
        "TYPST_FONT_PATHS": str(project.folder / "fonts"),
        "TYPST_IGNORE_SYSTEM_FONTS": "true",
        "QUARTO_PROJECT_DIR": str(project.folder),
    }
    assert rendered.engine == "quarto"
    assert rendered.versions == {"quarto": "1.9.38", "pandoc": "3.8.3", "typst": "0.14.2"}
    assert rendered.files == (project.folder / "report" / "doc.pdf",)
    assert rendered.files[0].read_bytes().startswith(b"%PDF-1.7")


def test_failure_carries_the_last_lines(quarto: StandIn, project: RenderProject) -> None:
    quarto.answer(exit=1, pdf="", says="one\n" * 50 + "ERROR: the filter says no")
    with pytest.raises(RenderError) as caught:
        render_documents(project, ["report/doc.qmd"], timestamp=TIMESTAMP)
    assert caught.value.what.endswith("ERROR: the filter says no")
    assert caught.value.what.count("one") < 30
    assert caught.value.where == "report/doc.qmd"


def test_missing_pdf_is_a_failure(quarto: StandIn, project: RenderProject) -> None:
    quarto.answer(pdf="")
    with pytest.raises(RenderError, match="could not render"):
        render_documents(project, ["report/doc.qmd"], timestamp=TIMESTAMP)


@pytest.mark.parametrize("left", ["?meta:protocol", "?var:centre", "{{< embed x >}}", "{{\\< video x"])
def test_shortcode_that_quarto_leaves_unresolved_is_an_error(
    quarto: StandIn, project: RenderProject, left: str
) -> None:
    quarto.answer(markup=f"#strong[{left}]")
    with pytest.raises(RenderError, match="left something unresolved"):
        render_documents(project, ["report/doc.qmd"], timestamp=TIMESTAMP)


def test_warning_about_the_layout_is_an_error(quarto: StandIn, project: RenderProject) -> None:
    quarto.answer(says="warning: layout did not converge within 5 attempts")
    with pytest.raises(RenderError, match="did not converge"):
        render_documents(project, ["report/doc.qmd"], timestamp=TIMESTAMP)


def test_command_named_by_the_variable_comes_first(
    quarto: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTO", str(quarto.path))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_quarto(required=True)
    assert found is not None
    assert found.path == str(quarto.path)


@pytest.mark.parametrize(("version", "engine"), [("1.9.0", "quarto"), ("1.10.2", "quarto"), ("1.8.27", "embedded")])
def test_auto_takes_a_quarto_that_is_new_enough(quarto: StandIn, version: str, engine: str) -> None:
    quarto.answer(version=version)
    assert choose_engine("auto").name == engine
    assert choose_engine("embedded").name == "embedded"


def test_old_quarto_is_an_error_when_asked_for(quarto: StandIn) -> None:
    quarto.answer(version="1.8.27")
    with pytest.raises(RenderError, match=r"1\.8\.27 is too old"):
        choose_engine("quarto")


def test_named_command_that_does_not_run_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUARTO", str(tmp_path / "nowhere"))
    with pytest.raises(RenderError) as caught:
        choose_engine("auto")
    assert "nowhere" in caught.value.where


def test_without_quarto_auto_is_the_embedded_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("QUARTO", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose_engine("auto").name == "embedded"
    with pytest.raises(RenderError, match="no Quarto command"):
        choose_engine("quarto")
