"""``csrbook validate`` and a rejected ``csrbook lock``: what is told, and which files lie where."""

from __future__ import annotations

import pypdf
import pytest

from csrbook.data import write_transfer
from csrbook.data.parquet import read_parquet, write_parquet
from csrbook.errors import ValidationError
from csrbook.lock import load_schemas
from csrbook.lock.validate import validate
from csrbook.pipeline.lock_commands import lock_transfer
from csrbook.pipeline.study import find_study
from csrbook.pipeline.validation import validate_transfer, write_report
from tests.schemas.tiny_database import frames

from .studies import ROOT, copy_study, csrbook

pytestmark = pytest.mark.xdist_group("validation")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study with a good transfer in data/good and a bad one in data/bad, both of Parquet files."""
    folder = copy_study(tmp_path_factory.mktemp("validation") / "study", second=False)
    schemas = load_schemas(ROOT).datasets
    for name in ("good", "bad"):
        write_transfer(frames(), folder / "data" / f"{name}.tmp", schemas)
        (folder / "data" / f"{name}.tmp" / "parquet").rename(folder / "data" / name)
    path = folder / "data" / "bad" / "admh.parquet"
    frame = read_parquet(path)
    frame.loc[0, "AENDT"] = 14999.0
    frame.loc[0, "MHTERM"] = "=HYPERLINK()"
    write_parquet(frame, path, schemas["ADMH"])
    return folder


def pages(path):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def test_a_good_transfer_passes_and_nothing_is_locked(study, tmp_path, capsys):
    report = tmp_path / "report.pdf"
    validate_transfer(study, study / "data" / "good", tmp_path / "findings.csv", report)
    assert "62 rules: 61 held, 1 checked after the run" in capsys.readouterr().out
    assert (tmp_path / "findings.csv").read_text("utf-8").splitlines()[1:] == []
    text = " ".join(pages(report).split())
    assert "The data may be locked: no finding rejects them." in text
    assert "SIMULATED" not in text
    assert "R61" in text
    assert not (study / "locks").exists()


def test_a_report_on_simulated_data_says_so(study, tmp_path):
    (study / "data" / "transfer.json").write_text('{"origin": "simulated"}')
    schemas = load_schemas(study)
    folder = find_study(study)
    write_report(folder, validate(study / "data" / "good", folder.plan, schemas), schemas, tmp_path / "report.pdf")
    (study / "data" / "transfer.json").unlink()
    assert "SIMULATED DATA" in pages(tmp_path / "report.pdf")


def test_a_bad_transfer_is_rejected_and_its_findings_are_written(study, tmp_path, capsys):
    with pytest.raises(ValidationError, match="the data break 1 rule; nothing is locked by this command") as caught:
        validate_transfer(study, study / "data" / "bad", tmp_path / "findings.csv", None)
    assert caught.value.exit_code == 1
    assert str(tmp_path / "findings.csv") in caught.value.where
    assert "R45" in capsys.readouterr().out
    assert "R45,reject,ADMH,1,1,1.0," in (tmp_path / "findings.csv").read_text("utf-8")


def test_a_rejected_lock_says_where_findings_and_report_lie(study, capsys):
    with pytest.raises(ValidationError, match="nothing was locked") as caught:
        lock_transfer(study, study / "data" / "bad")
    assert "R45" in capsys.readouterr().out
    (folder,) = (study / "outputs" / "validation").iterdir()
    assert str(folder / "findings.csv") in caught.value.where
    assert "\nR45,reject,ADMH,1,1,1.0," in (folder / "findings.csv").read_text("utf-8")
    report = folder / "validation-report.pdf"
    text = " ".join(pages(report).split())
    assert "The data are rejected" in text
    assert "Nothing ends before it starts." in text
    assert not list((study / "locks").glob("L*"))
    before = report.stat()
    with pytest.raises(ValidationError):
        lock_transfer(study, study / "data" / "bad")
    assert [path.name for path in (study / "outputs" / "validation").iterdir()] == [folder.name]
    assert report.stat().st_mtime_ns == before.st_mtime_ns


def test_a_file_that_exists_is_not_overwritten(study, tmp_path):
    target = tmp_path / "findings.csv"
    target.write_text("mine")
    done = csrbook("validate", "data/good", "--csv", target, cwd=study)
    assert done.returncode == 2
    assert "it is not overwritten" in done.stderr
    assert target.read_text() == "mine"
