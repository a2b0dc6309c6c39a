"""All files of a project: which there are, that they are the same anywhere, and the PDF among them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from csrbook.errors import RenderError, UsageError
from csrbook.render import RenderProject, create_project
from csrbook.render.single import FORMATS, write_single_outputs
from tests.render import samples
from tests.render.conftest import EDITION, ROOT, TIMESTAMP, sample_study
from tests.render.single.readers import Docx, Html, read_rtf

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("T14.3.1.2", "F14.2.6.3", "F14.2.1.4", "L16.2.7.1", "L16.2.6.1")
SEPARATE = "L16.2.6.1"


def sample_displays() -> list[dict[str, Any]]:
    chosen = {display["id"]: display for display in samples.catalogue() if display["id"] in NAMES}
    chosen["F14.2.6.3"] = samples.content("F14.2.6.3", samples.marker_forest(30), "Forest Plot")
    chosen[SEPARATE] = samples.content(SEPARATE, samples.listing(40), "Individual Data")
    return [chosen[name] for name in NAMES]


def sample_project(folder: Path) -> RenderProject:
    return create_project(
        folder,
        sample_study(folder),
        edition=EDITION,
        displays=sample_displays(),
        timestamp=TIMESTAMP,
        listing_rows=100,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> RenderProject:
    return sample_project(tmp_path_factory.mktemp("single") / "project")


@pytest.fixture(scope="module")
def files(project: RenderProject, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    target = tmp_path_factory.mktemp("files") / "single"
    written = write_single_outputs(project, NAMES, target, timestamp=TIMESTAMP, workers=1)
    assert sorted(written) == sorted(target.iterdir())
    return {path.name: path for path in written}


def test_every_output_is_there_in_every_format_but_the_listing_that_has_its_pdf(
    project: RenderProject, files: dict[str, Path]
) -> None:
    assert [path.name for path in project.listings] == ["l-16-2-6-1.pdf"]
    anchors = [f"{name[0].lower()}-{name[1:].replace('.', '-')}" for name in NAMES]
    assert list(files) == [f"{a}.{s}" for a in anchors for s in FORMATS if f"{a}.{s}" != "l-16-2-6-1.pdf"]


def test_a_listing_that_has_its_pdf_has_all_rows_in_the_other_formats(files: dict[str, Path]) -> None:
    rows = [list(row["cells"]) for row in sample_displays()[-1]["rows"]]
    assert len(rows) > 100
    assert [r.cells for r in Docx(files["l-16-2-6-1.docx"]).rows() if not r.header] == rows
    assert [r.cells for r in Html(files["l-16-2-6-1.html"].read_text("utf-8")).rows() if not r.header] == rows
    parts = read_rtf(files["l-16-2-6-1.rtf"].read_text("ascii"))
    assert [r.cells for r in parts["body"].rows if not r.header] == rows


def test_the_pdf_holds_the_output_and_nothing_else(files: dict[str, Path]) -> None:
    reader = PdfReader(files["t-14-3-1-2.pdf"])
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert reader.metadata.title == f"Table 14.3.1.2 {samples.BY_CLASS}, 2020-KY-140"
    assert f"Page 1 of {len(reader.pages)}" in text
    # One bookmark at the top; those of the table's classes stand under it.
    assert [item.title for item in reader.outline if not isinstance(item, list)] == [
        f"Table 14.3.1.2 {samples.BY_CLASS}"
    ]
    for row in sample_displays()[0]["rows"]:
        assert " ".join(row["label"].split()) in " ".join(text.split()) or len(row["label"]) > 40
    assert reader.trailer["/Root"]["/PageMode"] == "/UseOutlines"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"] == True  # noqa: E712 - an object of the PDF
    assert b"pdfaid:part" in reader.trailer["/Root"]["/Metadata"].get_data()


def test_a_figure_of_several_parts_has_them_all_with_their_description(files: dict[str, Path]) -> None:
    alt = sample_displays()[1]["alt"]
    docx = Docx(files["f-14-2-6-3.docx"])
    pictures = [name for name in docx.parts if name.endswith(".png")]
    assert len(pictures) > 1
    assert docx.text("word/document.xml").count("Figure 14.2.6.3") == 1
    rtf = files["f-14-2-6-3.rtf"].read_text("ascii")
    assert rtf.count("\\pngblip") == rtf.count(f"\\sv {alt}") == len(pictures)
    page = Html(files["f-14-2-6-3.html"].read_text("utf-8"))
    assert len(page.named("svg")) == len(pictures)
    assert [text for _, text in page.named("figcaption")] == [alt]
    names = [a["id"] for _, a, _ in page.elements if "id" in a]
    assert len(names) == len(set(names))


def test_a_picture_leaves_room_for_titles_and_footnotes(files: dict[str, Path]) -> None:
    docx = Docx(files["f-14-2-1-4.docx"])
    png = docx.parts["word/media/figure1.png"]
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    assert abs(width / 200 * 25.4 - 257) < 0.5
    assert 80 < height / 200 * 25.4 < 135


def test_two_processes_write_what_one_writes(project: RenderProject, files: dict[str, Path], tmp_path: Path) -> None:
    written = write_single_outputs(project, NAMES, tmp_path / "single", timestamp=TIMESTAMP, workers=2)
    assert [path.name for path in written] == list(files)
    for path in written:
        assert path.read_bytes() == files[path.name].read_bytes(), path.name


def test_no_file_knows_where_it_was_made(files: dict[str, Path]) -> None:
    for path in files.values():
        assert str(path.parent).encode() not in path.read_bytes()
        assert b"/tmp/" not in path.read_bytes()


def test_formats_may_be_chosen(project: RenderProject, tmp_path: Path) -> None:
    written = write_single_outputs(
        project, ["L16.2.7.1"], tmp_path, formats=("html", "rtf"), timestamp=TIMESTAMP, workers=1
    )
    assert [path.name for path in written] == ["l-16-2-7-1.html", "l-16-2-7-1.rtf"]


def test_an_unknown_format_or_output_is_refused(project: RenderProject, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no format 'doc'"):
        write_single_outputs(project, NAMES, tmp_path, formats=("doc",), timestamp=TIMESTAMP)
    for workers in (1, 2):
        with pytest.raises(RenderError, match="no display"):
            write_single_outputs(
                project, ["T14.9.9.9", "T14.3.1.2"], tmp_path, formats=("rtf",), timestamp=TIMESTAMP, workers=workers
            )


def test_an_anchor_that_leads_elsewhere_is_refused(study: Path, tmp_path: Path) -> None:
    display = {**samples.content("T14.2.1.1", samples.estimates()), "anchor": "../t"}
    project = create_project(tmp_path / "project", study, edition=EDITION, displays=[display], timestamp=TIMESTAMP)
    with pytest.raises(RenderError, match="cannot be the name of a file"):
        write_single_outputs(project, ["T14.2.1.1"], tmp_path / "out", formats=("rtf",), timestamp=TIMESTAMP, workers=1)


SCRIPT = """
import hashlib, json, sys, time
from pathlib import Path
time.time = lambda: 4_000_000_000.0
from csrbook.render.single import write_single_outputs
from tests.render.conftest import TIMESTAMP
from tests.render.single.test_outputs import NAMES, sample_project
folder = Path(sys.argv[1])
files = write_single_outputs(sample_project(folder / "p"), NAMES, folder / "s", timestamp=TIMESTAMP, workers=1)
print(json.dumps({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}))
"""


def test_bytes_do_not_depend_on_place_clock_time_zone_locale_umask_or_hash_seed(
    files: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "a longer folder"
    folder.mkdir()
    environment = {"TZ": "Asia/Shanghai", "LC_ALL": "C", "PYTHONHASHSEED": "4711", "SOURCE_DATE_EPOCH": "1"}
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", **environment},
        umask=0o077,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    here = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    assert json.loads(run.stdout) == here
