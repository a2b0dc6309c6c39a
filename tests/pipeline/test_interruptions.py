"""A render that is stopped, that meets another one, or that may not write: nothing half-published, nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from csrbook.lock.audit_trail import read
from csrbook.pipeline.files import tree_hashes

from .studies import ROOT, copy_study, csrbook, succeed

pytestmark = pytest.mark.xdist_group("interruptions")


def as_in_the_foreground():
    """Heed Ctrl-C, as a command in a terminal does: a shell has what it starts with ``&`` ignore it, tests and all."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(study):
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "csrbook", "render", "--subjects", "40"]
    return subprocess.Popen(
        command, cwd=study, env=env, stderr=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True,
        preexec_fn=as_in_the_foreground,
    )  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return copy_study(tmp_path_factory.mktemp("interruptions") / "study", second=False)


@pytest.fixture(scope="module")
def stopped(study):
    """The study after a render that got Ctrl-C, as all processes of a terminal get it, while it made pages."""
    process = start(study)
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith("Analyses"):
            os.killpg(process.pid, signal.SIGINT)
    return process.wait(timeout=60), "".join(said)


def test_a_stopped_render_says_so_and_publishes_nothing(study, stopped):
    code, said = stopped
    assert code == 130
    assert said.endswith("csrbook: stopped; nothing was published\n")
    assert "Traceback" not in said
    (folder,) = (study / "outputs").glob("L*")
    assert list(folder.iterdir()) == []


def test_two_renders_at_once_publish_one_version(study, stopped):
    both = [start(study), start(study)]
    said = [process.communicate(timeout=300)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert len(list((study / "data").iterdir())) == 1
    (lock,) = (study / "locks").glob("L*")
    assert [path.name for path in (study / "outputs" / lock.name).iterdir()] == ["v001"]
    assert sum("Nothing changed" in text for text in said) == 1
    entries = [(entry.event, entry.details["id"]) for entry in read(study / "locks")]
    assert entries.count(("lock", lock.name)) == entries.count(("render", lock.name)) == 1
    assert "1 published versions intact" in succeed("verify", cwd=study)


def test_pages_that_cannot_be_written_are_a_plain_error(study, tmp_path):
    """A file where the folder belongs: root, who may write anything, cannot write there either."""
    other = copy_study(tmp_path / "study", second=False)
    (other / "outputs").write_text("not a folder")
    done = csrbook("render", "--subjects", "40", cwd=other)
    assert done.returncode == 2
    assert all(part in done.stderr for part in ("pages cannot be written", "where:  outputs/L", "to do:"))
    assert "Traceback" not in done.stderr
    assert (other / "outputs").read_text() == "not a folder"


def test_simulating_again_finds_the_same_transfer(study, stopped):
    (transfer,) = (study / "data").iterdir()
    before = tree_hashes(transfer)
    assert transfer.name in succeed("simulate", "--subjects", "40", cwd=study)
    assert [path.name for path in (study / "data").iterdir()] == [transfer.name]
    assert tree_hashes(transfer) == before


def test_an_unknown_engine_is_refused_before_anything_is_made(tmp_path):
    study = copy_study(tmp_path / "study", second=False)
    done = csrbook("render", "--engine", "word", cwd=study)
    assert done.returncode == 2
    assert "use one of auto, quarto, embedded" in done.stderr
    assert not (study / "data").exists()


def test_an_output_that_the_appendix_forgets_is_named_before_pages_are_made(study, stopped, tmp_path):
    other = copy_study(tmp_path / "study", second=False)
    path = other / "report" / "csr-appendix.qmd"
    place = '::: {.tlf src="T14.3.1.1"}\n:::\n'
    text = path.read_text("utf-8")
    assert place in text
    path.write_text(text.replace(place, ""), "utf-8")
    done = csrbook("render", "--subjects", "40", cwd=other)
    assert done.returncode == 2
    assert "programmed but not placed: T14.3.1.1" in done.stderr
    assert not (other / "outputs").exists()
