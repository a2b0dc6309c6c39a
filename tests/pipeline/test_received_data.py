"""A transfer that was received, not simulated: locked by hand, with terms that try to be markup."""

from __future__ import annotations

import shutil

import pandas as pd
import pypdf
import pytest

from csrbook.errors import ProgramError
from csrbook.pipeline.study import find_study

from .studies import copy_study, csrbook, succeed

pytestmark = pytest.mark.xdist_group("received")

# Each would do something else than print itself in one of Typst, Markdown, HTML, LaTeX or Quarto.
HOSTILE = [
    '#import "x": * #panic(1)',
    "<b>bold</b> & <script>alert(1)</script>",
    "$x^2$ \\textbf{no} \\ *star* _under_ `tick`",
    "{{< meta title >}} @ref [link](http://x) ~sub~",
    "-- three --- dashes ... 'single' \"double\"",
    "Unbroken" + "x" * 192,
]  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study with a received transfer of 60 subjects in data/received."""
    folder = copy_study(tmp_path_factory.mktemp("received") / "study", second=False)
    succeed("simulate", "--subjects", "60", cwd=folder)
    (simulated,) = (folder / "data").glob("simulated-60-*")
    received = folder / "data" / "received"
    shutil.copytree(simulated / "parquet", received)
    adae = pd.read_parquet(received / "adae.parquet")
    emergent = adae.index[adae["TRTEMFL"] == "Y"][: len(HOSTILE)]
    adae.loc[emergent, "AETERM"] = HOSTILE
    adae.to_parquet(received / "adae.parquet", index=False)
    return folder


@pytest.fixture(scope="module")
def lock(study):
    succeed("lock", study / "data" / "received", cwd=study)
    (path,) = (study / "locks").glob("L*")
    return path


def test_the_one_real_lock_is_taken_and_its_pages_do_not_say_simulated(study, lock):
    said = succeed("render", cwd=study)
    assert f"{lock.name} verified" in said
    reader = pypdf.PdfReader(study / "outputs" / lock.name / "v001" / "csr-appendix.pdf")
    text = [page.extract_text() for page in reader.pages]
    assert not [page for page in text if "SIMULATED" in page]
    everything = "".join("".join(text).split())
    for term in HOSTILE:
        assert "".join(term.split()) in everything, term


def test_locking_the_same_transfer_again_finds_the_same_lock(study, lock):
    before = lock.stat().st_mtime_ns
    assert lock.name in succeed("lock", study / "data" / "received", cwd=study)
    assert [path.name for path in (study / "locks").iterdir() if path.is_dir()] == [lock.name]
    assert lock.stat().st_mtime_ns == before


def test_the_format_of_the_transfer_does_not_change_the_lock(study, tmp_path):
    (simulated,) = (study / "data").glob("simulated-60-*")
    twin = copy_study(tmp_path / "twin", second=False)
    said = {name: succeed("lock", simulated / name, "--study", twin, cwd=tmp_path) for name in ("xpt", "parquet")}
    assert len(list((twin / "locks").glob("L*"))) == 1
    (path,) = (twin / "locks").glob("L*")
    assert all(path.name in text for text in said.values())


def damage_truncate(folder):
    path = folder / "adtte.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    return 1, "adtte.parquet"


def damage_missing(folder):
    (folder / "adrs.parquet").unlink()
    return 1, "ADRS"


def damage_garbage(folder):
    (folder / "adlb.parquet").write_bytes(b"PK\x03\x04 not a dataset")
    return 1, "adlb.parquet"


def damage_value(folder):
    adsl = pd.read_parquet(folder / "adsl.parquet")
    adsl.loc[0, "SEX"] = "X"
    adsl.to_parquet(folder / "adsl.parquet", index=False)
    return 1, "SEX"


def damage_duplicate(folder):
    adsl = pd.read_parquet(folder / "adsl.parquet")
    pd.concat([adsl, adsl.iloc[:1]]).to_parquet(folder / "adsl.parquet", index=False)
    return 1, "USUBJID"


def damage_column(folder):
    adtte = pd.read_parquet(folder / "adtte.parquet").drop(columns="CNSR")
    adtte.to_parquet(folder / "adtte.parquet", index=False)
    return 1, "CNSR"


@pytest.mark.parametrize(
    "damage",
    [damage_truncate, damage_missing, damage_garbage, damage_value, damage_duplicate, damage_column],
    ids=lambda f: f.__name__,
)
def test_a_bad_transfer_is_refused_in_three_parts_and_leaves_no_lock(study, lock, tmp_path, damage):
    folder = tmp_path / "transfer"
    shutil.copytree(study / "data" / "received", folder)
    code, named = damage(folder)
    before = sorted(path.name for path in (study / "locks").iterdir())
    done = csrbook("lock", folder, cwd=study)
    assert done.returncode == code, done.stderr
    assert all(part in done.stderr for part in ("wrong:", "where:", "to do:"))
    assert named in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in (study / "locks").iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["render", "--lock", "L000000000000"], 2, "L000000000000"),
        (["run", "T99.9"], 2, "T99.9"),
        (["lock", "nowhere"], 1, "nowhere"),
        (["render", "--engine", "word"], 2, "word"),
        (["simulate", "--subjects", "1"], 2, "subjects"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_wrong_use_is_told_without_a_traceback(study, lock, arguments, code, named):
    done = csrbook(*arguments, cwd=study)
    assert done.returncode == code, done.stderr
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_outside_a_study_it_says_so(tmp_path):
    done = csrbook("status", cwd=tmp_path)
    assert done.returncode == 2
    assert "sap/study.yaml" in done.stderr


def test_a_program_that_fails_is_named_with_its_line(study, lock, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(study, broken)
    path = broken / "analyses" / "population" / "analysis_sets.py"
    text = path.read_text("utf-8")
    path.write_text(text + "\n\ndef analyse(data, output, plan):\n    return 1 / 0\n", "utf-8")
    done = csrbook("run", "T14.1.2.1", cwd=broken)
    assert done.returncode == 1
    assert f"analyses/population/analysis_sets.py:{len(text.splitlines()) + 4}" in done.stderr
    assert "ZeroDivisionError" in done.stderr


def test_an_output_without_a_program_is_named(tmp_path):
    twin = copy_study(tmp_path / "twin", second=False)
    rows = twin / "sap" / "outputs.yaml"
    text = rows.read_text("utf-8")
    start = text.index("  - id: T14.1.2.2")
    rest = text[start:].replace("    program: analyses/population/summary.py\n", "", 1)
    rows.write_text(text[:start] + rest, "utf-8")
    study = find_study(twin)
    with pytest.raises(ProgramError, match=r"T14\.1\.2\.2 is not programmed yet"):
        study.program(study.plan.catalogue.output("T14.1.2.2"))
