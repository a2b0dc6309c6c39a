"""Programs in Python, and programs in R by a recorded stub of its command line."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from types import SimpleNamespace

import pytest

from csrbook.ard import ARD_KEYS
from csrbook.double_programming.programs import recompute, recompute_in_r, rscript
from csrbook.errors import ProgramError

from .small import SmallLock, ard, numbers

OUTPUT = SimpleNamespace(id="T1.1", datasets=("ADSL",), model_dump=lambda mode: {"id": "T1.1"})
PLAN = SimpleNamespace(
    hash="sha256:plan",
    study=SimpleNamespace(model_dump=lambda mode: {"arms": [{"id": "A"}]}),
    endpoints=SimpleNamespace(model_dump=lambda mode: {}),
)
STUB = """#!{python}
import csv, pathlib, sys
program, folder, *ids = sys.argv[2:]
folder = pathlib.Path(folder)
assert sys.argv[1] == "--vanilla"
assert (folder / "data" / "ADSL.csv").read_text().startswith("USUBJID,AGE,AGEGR1,RANDDT\\n1,50.0,<65,22000.0\\n2,,,")
assert "study.arms.1.id,A" in (folder / "plan.csv").read_text()
if "fail" in program:
    sys.exit("Error in coxph: no convergence")
for name in ids:
    rows = list(csv.DictReader((folder / "template" / (name + ".csv")).open()))
    for row in rows:
        row["value"] = "5" if row["stat_name"] == "n" else ""
    with (folder / "filled" / (name + ".csv")).open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0]); writer.writeheader(); writer.writerows(rows)
"""


@pytest.fixture
def stub(tmp_path, monkeypatch):
    path = tmp_path / "bin" / "Rscript"
    path.parent.mkdir()
    path.write_text(STUB.format(python=sys.executable))
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")


def in_r(program):
    return recompute_in_r(program, ard(("T1.1", "n", 5), ("T1.1", "hr", 0.9)), SmallLock(), [OUTPUT], PLAN)


def test_a_program_in_r_gets_data_plan_and_template_and_claims_what_it_fills(stub, tmp_path):
    found = in_r(tmp_path / "good.R")["T1.1"]
    assert found["stat_name"].tolist() == ["n"]
    assert found["value"].tolist() == [5.0]
    assert found["group1_level"].tolist() == ["=A"]


def test_a_program_in_r_that_fails_says_what_r_said(stub, tmp_path):
    with pytest.raises(ProgramError, match="no convergence"):
        in_r(tmp_path / "fail.R")


def test_without_rscript_a_program_in_r_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert rscript() is None
    with pytest.raises(ProgramError, match="no Rscript"):
        in_r(tmp_path / "good.R")


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R")
def test_r_itself_reads_the_folder_and_fills_a_template(tmp_path):
    program = tmp_path / "mean.R"
    program.write_text(
        "a <- commandArgs(TRUE)\n"
        't <- read.csv(file.path(a[1], "template", paste0(a[2], ".csv")), colClasses = "character")\n'
        'd <- read.csv(file.path(a[1], "data", "ADSL.csv")); t$value[t$stat_name == "n"] <- sum(!is.na(d$AGE))\n'
        't$value[t$stat_name == "hr"] <- "NE"\n'
        'write.csv(t, file.path(a[1], "filled", paste0(a[2], ".csv")), row.names = FALSE, na = "")\n'
    )
    found = in_r(program)["T1.1"].set_index("stat_name")["value"]
    assert found["n"] == 1.0
    assert found.isna()["hr"]


def run(function):
    return recompute(SimpleNamespace(recompute=function), "qc/x.py", SmallLock(), OUTPUT, None)


def test_a_program_in_python_gives_keys_and_values():
    frame = run(lambda data, output, plan: numbers(("T1.1", "n", 5)).assign(note=1))
    assert list(frame.columns) == [*ARD_KEYS, "value"]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda data, output, plan: 1 / 0, "ZeroDivisionError"),
        (lambda data, output, plan: numbers(("T1.1", "n", 5)).drop(columns="value"), "no column value"),
        (lambda data, output, plan: None, "no column output_id"),
        (None, "no function 'recompute'"),
    ],
)
def test_a_program_in_python_that_fails_is_named(function, said):
    with pytest.raises(ProgramError, match=said) as raised:
        run(function)
    assert raised.value.where == "qc/x.py"
