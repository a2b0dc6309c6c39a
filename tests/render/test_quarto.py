"""The Quarto engine, against two commands in Quarto's place.

One records what it is asked and answers what a test wants. The other (``quarto_stand_in.py``) makes the pages as Quarto
does, so that what the two engines give can be compared.
"""

from __future__ import annotations

import json
import stat
import sys
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest

from csrbook.conformance import check_pdf, summary
from csrbook.conformance.document import Document
from csrbook.errors import RenderError
from csrbook.render import RenderProject, create_project, render_documents
from csrbook.render.engine import choose_engine
from csrbook.render.quarto import find_quarto
from tests.render import samples
from tests.render.conftest import APPENDIX, EDITION, TIMESTAMP, Book, sample_study, write

if TYPE_CHECKING:
    from pathlib import Path

RECORDER = """#!{python}
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


class Recorder:
    """A command that records what it is asked, and what it will answer."""

    def __init__(self, folder: Path, pdf: Path) -> None:
        self.folder = folder
        self.path = folder / "quarto"
        self.path.write_text(RECORDER.format(python=sys.executable), encoding="utf-8")
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
def quarto(tmp_path: Path, book: Book, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    (tmp_path / "bin").mkdir()
    monkeypatch.delenv("QUARTO", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return Recorder(tmp_path / "bin", book.path)


@pytest.fixture
def project(tmp_path: Path, study: Path) -> RenderProject:
    write(study, "Some text.")
    return create_project(tmp_path / "project", study, edition=EDITION, displays=[], timestamp=TIMESTAMP)


def test_document_is_rendered_in_the_project_with_its_fonts_and_date(quarto: Recorder, project: RenderProject) -> None:
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


def test_failure_carries_the_last_lines(quarto: Recorder, project: RenderProject) -> None:
    quarto.answer(exit=1, pdf="", says="one\n" * 50 + "ERROR: the filter says no")
    with pytest.raises(RenderError) as caught:
        render_documents(project, ["report/doc.qmd"], timestamp=TIMESTAMP)
    assert caught.value.what.endswith("ERROR: the filter says no")
    assert caught.value.what.count("one") < 30
    assert caught.value.where == "report/doc.qmd"


def test_missing_pdf_is_a_failure(quarto: Recorder, project: RenderProject) -> None:
    quarto.answer(pdf="")
    with pytest.raises(RenderError, match="could not render"):
        render_documents(project, ["report/doc.qmd"], timestamp=TIMESTAMP)


@pytest.mark.parametrize("left", ["?meta:protocol", "?var:centre", "{{< embed x >}}", "{{\\< video x"])
def test_shortcode_that_quarto_leaves_unresolved_is_an_error(
    quarto: Recorder, project: RenderProject, left: str
) -> None:
    quarto.answer(markup=f"#strong[{left}]")
    with pytest.raises(RenderError, match="left something unresolved"):
        render_documents(project, ["report/doc.qmd"], timestamp=TIMESTAMP)


def test_warning_about_the_layout_is_an_error(quarto: Recorder, project: RenderProject) -> None:
    quarto.answer(says="warning: layout did not converge within 5 attempts")
    with pytest.raises(RenderError, match="did not converge"):
        render_documents(project, ["report/doc.qmd"], timestamp=TIMESTAMP)


def test_command_named_by_the_variable_comes_first(
    quarto: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTO", str(quarto.path))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_quarto(required=True)
    assert found is not None
    assert found.path == str(quarto.path)


@pytest.mark.parametrize(
    ("version", "engine"), [("1.9.0", "quarto"), ("1.10.2", "quarto"), ("2.0", "quarto"), ("1.8.27", "embedded")]
)
def test_auto_takes_a_quarto_that_is_new_enough(quarto: Recorder, version: str, engine: str) -> None:
    quarto.answer(version=version)
    assert choose_engine("auto").name == engine
    assert choose_engine("embedded").name == "embedded"


def test_old_quarto_is_an_error_when_asked_for(quarto: Recorder) -> None:
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


def text_of(path: Path) -> list[str]:
    """What each page paints, in the order of painting, furniture included."""
    with pikepdf.open(path) as pdf:
        return ["\n".join(run.text for run in page.runs) for _, page in Document(pdf, path, path.name).pages()]


def test_both_engines_give_the_same_pages_and_both_conform(
    book: Book, quarto_stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTO", str(quarto_stand_in))
    folder = tmp_path / "project"
    displays = samples.catalogue()
    project = create_project(folder, sample_study(folder), edition=EDITION, displays=displays, timestamp=TIMESTAMP)
    made = render_documents(project, [APPENDIX], engine="quarto", timestamp=TIMESTAMP)
    (path,) = made.files
    assert made.engine == "quarto"
    pages = text_of(path)
    assert len(pages) > 15
    assert pages == text_of(book.path)
    rows = {display["anchor"]: display for display in displays if display["columns"]}
    for made_by in (path, book.path):
        # The samples have no plan, to which the reading guide links.
        assert summary(f for f in check_pdf(made_by, displays=rows) if f.rule != "navigation.file") == []


def test_the_engines_resolve_shortcodes_and_settings_alike(
    study: Path, quarto_stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTO", str(quarto_stand_in))
    (study / "_variables.yml").write_text("sites: {centres: 27}\n", encoding="utf-8")
    (study / "report" / "_part.qmd").write_text(
        "---\ntitle: Part\n---\nFrom a part, {{< var sites.centres >}}.\n", "utf-8"
    )
    body = "# A section\n\n## One below\n\n{{< include _part.qmd >}}\n\nOf {{< meta subtitle >}}: 'quoted' -- text."
    write(study, body, head='title: "A title"\nsubtitle: "A subtitle"\ntoc: false\nlandscape: true')
    pages = {}
    for engine in ("embedded", "quarto"):
        project = create_project(tmp_path / engine, study, edition=EDITION, displays=[], timestamp=TIMESTAMP)
        made = render_documents(project, ["report/doc.qmd"], engine=engine, timestamp=TIMESTAMP)
        pages[engine] = text_of(made.files[0])
    assert pages["embedded"] == pages["quarto"]
    (page,) = [text for text in pages["quarto"] if "From a part" in text]
    assert "From a part, 27." in page
    assert "Of A subtitle: ‘quoted’ – text." in page


def test_an_error_of_the_filter_reaches_the_reader_under_quarto(
    study: Path, quarto_stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTO", str(quarto_stand_in))
    write(study, '# Section\n\n[]{.plan key="absent.key"}')
    project = create_project(tmp_path / "project", study, edition=EDITION, displays=[], timestamp=TIMESTAMP)
    with pytest.raises(RenderError, match=r"no value 'absent\.key' in the plan"):
        render_documents(project, ["report/doc.qmd"], engine="quarto", timestamp=TIMESTAMP)


def test_a_key_that_does_not_exist_stops_the_render_under_quarto(
    study: Path, quarto_stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTO", str(quarto_stand_in))
    write(study, "# Section\n\nOf {{< meta absent >}}.")
    project = create_project(tmp_path / "project", study, edition=EDITION, displays=[], timestamp=TIMESTAMP)
    with pytest.raises(RenderError, match=r"left something unresolved: \?meta:absent"):
        render_documents(project, ["report/doc.qmd"], engine="quarto", timestamp=TIMESTAMP)
