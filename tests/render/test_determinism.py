"""The same input gives the same bytes, wherever and whenever it is rendered."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.render.conftest import ROOT

SCRIPT = """
import json, sys
from pathlib import Path
from tests.render.conftest import EDITION, TIMESTAMP, sample_study
from csrbook.render import create_project, render_documents
displays = json.loads(sys.stdin.read())
folder = Path(sys.argv[1])
project = create_project(
    folder, sample_study(folder), edition=EDITION, displays=displays, timestamp=TIMESTAMP, listing_rows=40
)
rendered = render_documents(project, ["report/csr-appendix.qmd"], engine="embedded", timestamp=TIMESTAMP)
print(json.dumps([str(path) for path in (*rendered.files, *project.listings)]))
"""


def render_elsewhere(folder: Path, displays: str, **environment: str) -> dict[str, str]:
    """Hash of every PDF made by a process of its own, by file name."""
    folder.mkdir(parents=True)
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder / "project")],
        input=displays,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", **environment},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return {Path(path).name: hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in json.loads(run.stdout)}


def test_bytes_do_not_depend_on_place_time_zone_or_hash_seed(tmp_path: Path) -> None:
    from tests.render import samples

    displays = json.dumps(samples.catalogue())
    first = render_elsewhere(tmp_path / "one", displays, TZ="UTC", LC_ALL="C.UTF-8", PYTHONHASHSEED="0")
    second = render_elsewhere(
        tmp_path / "a longer folder" / "two",
        displays,
        TZ="Asia/Shanghai",
        LC_ALL="C",
        PYTHONHASHSEED="4711",
        SOURCE_DATE_EPOCH="1",
    )
    assert first == second
    assert sorted(first) == ["csr-appendix.pdf", "l-16-2-6-1.pdf", "l-16-2-7-1.pdf"]


def test_pdf_holds_no_path_of_the_machine(tmp_path: Path) -> None:
    import pikepdf

    from tests.render import samples
    from tests.render.conftest import render

    book = render(tmp_path / "project", samples.catalogue())
    with pikepdf.open(book.path) as pdf:
        plain = tmp_path / "plain.pdf"
        pdf.save(plain, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.all)
    assert str(tmp_path).encode() not in plain.read_bytes()
