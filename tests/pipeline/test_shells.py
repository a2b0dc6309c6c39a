"""Shells read no lock and no transfer, and print no number; on a few outputs of the trial, and on the second study."""

from __future__ import annotations

import json
import re

import pypdf
import pytest

from csrbook.errors import UsageError
from csrbook.pipeline import shells
from csrbook.pipeline.progress import Progress
from csrbook.pipeline.run import choose_outputs
from csrbook.pipeline.study import find_study

from .second_study import copy_second_study
from .studies import copy_study, csrbook, own_modules

pytestmark = pytest.mark.xdist_group("shells")

CHOSEN = ("T14.1.1.1", "T14.2.1.1", "F14.2.1.4", "T14.3.1.2", "L16.2.7.1")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Shells of a few outputs, in a study whose locks and transfers hold what is no data at all."""
    root = copy_study(tmp_path_factory.mktemp("shells") / "study", second=False)
    appendix = root / "report" / "csr-appendix.qmd"
    placed = "\n\n".join(f'::: {{.tlf src="{name}"}}\n:::' for name in CHOSEN)
    appendix.write_text(f'---\ntitle: "Pages"\nlandscape: true\n---\n\n# Pages\n\n{placed}\n', "utf-8")
    for name in ("locks", "data"):
        (root / name).mkdir()
        (root / name / "L000000000000").write_text("not to be read")
    with pytest.MonkeyPatch.context() as patch, own_modules():
        chosen = choose_outputs
        patch.setattr("csrbook.pipeline.run.choose_outputs", lambda study, _: chosen(study, CHOSEN))
        patch.setattr("csrbook.pipeline.appendix.check_appendix", lambda _: len(CHOSEN))
        shells.make_shells(find_study(root), "embedded", Progress(), root / "made")
    return root / "made"


def test_no_cell_has_a_digit(made):
    for name in CHOSEN:
        content = json.loads((made / "results" / f"{name}.json").read_text("utf-8"))
        cells = [cell for row in content["rows"] for cell in row["cells"]]
        assert not [cell for cell in cells if re.search(r"\d", cell)]
        assert content["status"] == "SHELL – NO DATA"
        assert content["lock"] == "none"
    assert cells


def test_rows_are_those_of_the_plan_and_terms_of_the_data_are_placeholders(made):
    rows = json.loads((made / "results" / "T14.3.1.2.json").read_text("utf-8"))["rows"]
    labels = [row["label"] for row in rows]
    assert labels[0].startswith("Patients with at least one")
    assert "<Body System or Organ Class 1>" in labels
    assert sum("Organ Class" in label for label in labels) == 3


def test_every_page_says_that_it_is_a_shell(made):
    pages = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(made / "shells.pdf").pages]
    assert len(pages) > len(CHOSEN)
    assert all("SHELL – NO DATA" in page for page in pages[:1] + pages[3:])


def test_a_lock_and_pages_of_some_outputs_are_refused(tmp_path):
    root = copy_second_study(tmp_path / "study")
    for option, why in (["--lock", "L0"], "no patient's data"), (["--pdf", "x.pdf"], "a document of their own"):
        done = csrbook("run", "--shells", *option, cwd=root)
        assert done.returncode == 2
        assert why in done.stderr


def test_a_study_without_a_simulation_has_no_shells(tmp_path):
    root = copy_second_study(tmp_path / "study")
    with own_modules(), pytest.raises(UsageError, match="no simulation"):
        shells.make_shells(find_study(root), "embedded", Progress(), tmp_path / "made")
    assert not (tmp_path / "made").exists()
