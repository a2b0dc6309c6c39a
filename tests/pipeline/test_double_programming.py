"""Double programming of a small study through the commands: register, pages, templates, waivers, final pages."""

from __future__ import annotations

import csv
import json
import shutil

import pandas as pd
import pypdf
import pytest

from csrbook.ard import ARD_KEYS

from .second_study import copy_second_study, write_received
from .studies import ROOT, csrbook, succeed

pytestmark = pytest.mark.xdist_group("second_study")

REGISTER = """
production_programmer: A. First
second_programmer: B. Second
date: "2030-02-03"
programs:
  - program: qc/listing.py
    outputs: [L16.2.7]
    stack: pandas
    production: own counts
derivations:
  - program: qc/adsl.py
    dataset: ADSL
    keys: [USUBJID]
    variables: [FASFL, TRT01PN]
    stack: pandas
"""
LISTING = """
import pandas as pd
from csrbook.ard import ARD_KEYS


def recompute(data, output, plan):
    adsl, adae = data.dataset("ADSL"), data.dataset("ADAE")
    treated = adsl[adsl["SAFFL"] == "Y"]
    rows = []
    for arm in (*plan.study.arms, None):
        mine = treated if arm is None else treated[treated["TRT01AN"] == arm.code]
        found = adae[adae["USUBJID"].isin(mine["USUBJID"])]
        for name, value in (("records", len(found)), ("subjects", found["USUBJID"].nunique())):
            keys = {"analysis_id": "LISTED", "method": "Count", "dataset": "ADAE", "group1": "TRT01A"}
            level = "TOTAL" if arm is None else arm.id
            rows.append({**dict.fromkeys(ARD_KEYS, ""), "output_id": output.id, **keys, "group1_level": level,
                         "stat_name": name, "value": float(value)})
    return pd.DataFrame(rows)
"""
DERIVED = """
def derive(data, plan):
    adsl = data.dataset("ADSL")
    codes = {arm.label: float(arm.code) for arm in plan.study.arms}
    return adsl.assign(TRT01PN=adsl["TRT01P"].map(codes), FASFL=adsl["TRT01P"].ne("").map({True: "Y", False: "N"}))
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The second study with a second programmer and the certificate's document, unblinded and locked."""
    folder = copy_second_study(tmp_path_factory.mktemp("double") / "study")
    shutil.copy2(ROOT / "report" / "qc-report.qmd", folder / "report" / "qc-report.qmd")
    for name, text in {"__init__.py": "", "programs.yaml": REGISTER, "listing.py": LISTING, "adsl.py": DERIVED}.items():
        (folder / "qc").mkdir(exist_ok=True)
        (folder / "qc" / name).write_text(text, "utf-8")
    transfer = write_received(folder / "data" / "received")
    succeed("plan", "freeze", "--name", "R. Fisher", cwd=folder)
    succeed("unblind", "--lock", transfer, "--name", "R. Fisher", "--reason", "Database lock", cwd=folder)
    return folder


@pytest.fixture
def study(template, tmp_path):
    return shutil.copytree(template, tmp_path / "study", ignore=shutil.ignore_patterns("__pycache__"))


def latest(study):
    return max((study / "outputs").glob("L*/v*"))


def pages(study, name="csr-appendix.pdf"):
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(latest(study) / name).pages]


def break_program(study):
    path = study / "qc" / "listing.py"
    path.write_text(path.read_text("utf-8").replace("float(value)", "float(value) + (level == 'TOTAL')"), "utf-8")


def test_each_page_states_what_double_programming_found(study):
    said = succeed("render", cwd=study)
    assert "8 numbers of 1 outputs agree" in said
    assert "84 values of ADSL" in said
    listing = [page for page in pages(study) if "L16.2.7 1 / " in page or " L16.2.7 " in page]
    assert any("Double-programmed and matched" in page for page in listing)
    assert any("T14.1.1" in page and "Not yet double-programmed" in page for page in pages(study))
    made_from = json.loads((latest(study) / "manifest.json").read_text("utf-8"))["made_from"]
    assert made_from["double_programming"]["outputs"]["L16.2.7"] == "matched"
    assert made_from["double_programming"]["outputs"]["T14.1.1"] == "none"
    assert made_from["final"] is False


def test_the_certificate_names_both_sides_counts_and_datasets(study):
    succeed("render", cwd=study)
    text = " ".join(pages(study, "qc-report.pdf"))
    for part in (
        "Certificate of Double Programming", "L16.2.7 Python 8 8 0 0 0 0", "ADSL Python 84 84 0 0 0 0",
        "A. First", "B. Second, 2030-02-03", "qc/listing.py", "own counts", "PROC COMPARE: 0", "Second programmer",
    ):  # fmt: skip
        assert part in text, part


def test_a_difference_is_published_said_on_the_page_and_ends_with_1(study):
    break_program(study)
    done = csrbook("render", cwd=study)
    assert done.returncode == 1
    assert "2 different" in done.stderr
    assert any("Double-programmed, DIFFERENT" in page for page in pages(study))
    text = " ".join(pages(study, "qc-report.pdf"))
    assert "PROC COMPARE: 4096" in text
    assert "LISTED, TOTAL, records" in text
    # It is not remembered as done: the next run tells it again.
    assert csrbook("render", cwd=study).returncode == 1


def test_final_pages_need_every_output_matched(study):
    done = csrbook("render", "--final", cwd=study)
    assert done.returncode == 1
    assert "not yet double-programmed: T14.1.1, F14.2.1, T14.3.1" in done.stderr
    assert not list((study / "outputs").glob("L*/v*"))
    break_program(study)
    done = csrbook("render", "--final", cwd=study)
    assert done.returncode == 1
    assert "DIFFERENT: L16.2.7" in done.stderr
    assert not list((study / "outputs").glob("L*/v*"))


def fill(study, folder, change=lambda row: None):
    """Fill the templates of a folder from production's own numbers, as a second programmer would who made no error."""
    ard = pd.read_parquet(latest(study) / "results" / "ard.parquet")
    keys = list(ARD_KEYS)
    known = {tuple(row[:-1]): row[-1] for row in ard[[*keys, "value"]].itertuples(index=False)}
    files = sorted(folder.glob("*.csv"))
    for path in [path for path in files if path.name != "plan.csv"]:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            value = known[tuple(row[name] for name in keys)]
            row["value"] = "NE" if value != value else repr(float(value))
            change(row)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    return [path for path in files if path.name != "plan.csv"]


def test_from_template_to_final_pages_by_files_of_a_second_programmer(study, tmp_path):
    succeed("render", cwd=study)
    out = tmp_path / "asked"
    said = succeed("qc", "template", "T14.1.1", "F14.2.1", "T14.3.1", "--out", out, "--data", cwd=study)
    assert "270 numbers" in said
    assert {path.name for path in (out / "data").iterdir()} == {"ADSL.csv", "ADTTE.csv", "ADAE.csv"}
    assert json.loads((out / "plan.json").read_text("utf-8"))["study"]["arms"][0]["id"] == "LOW"
    again = csrbook("qc", "template", "T14.1.1", "--out", out, cwd=study)
    assert again.returncode == 2
    files = fill(study, out)
    said = succeed("qc", "compare", *files, cwd=study)
    assert "Return code (as SYSINFO after PROC COMPARE): 0" in said
    assert csrbook("render", "--final", cwd=study).returncode == 1
    about = ["--name", "C. Third", "--stack", "SAS 9.4 TS1M8", "--date", "2030-02-10"]
    succeed("qc", "compare", *files, *about, cwd=study)
    said = succeed("render", "--final", cwd=study)
    assert "423 numbers of 4 outputs agree" in said
    assert not any("Not yet" in page for page in pages(study))
    text = " ".join(pages(study, "qc-report.pdf"))
    assert "SAS 9.4 TS1M8" in text
    assert "C. Third, 2030-02-10" in text
    assert "F14.2.1 File 270 270" in text
    done = csrbook("qc", "compare", *files, *about, cwd=study)
    assert done.returncode == 2
    assert "not overwritten" in done.stderr


def test_a_wrong_or_incomplete_file_ends_with_1_and_a_listing_has_every_number(study, tmp_path):
    succeed("render", cwd=study)
    out, listing = tmp_path / "asked", tmp_path / "listing.csv"
    succeed("qc", "template", "T14.1.1", "--out", out, cwd=study)
    hit = iter([True])

    def change(row):
        if row["stat_name"] == "mean" and next(hit, False):
            row["value"] = repr(float(row["value"]) * (1 + 1e-6))
        elif row["stat_name"] == "max":
            row["value"] = ""

    files = fill(study, out, change)
    done = csrbook("qc", "compare", *files, "--listing", listing, cwd=study)
    assert done.returncode == 1
    assert "1 different" in done.stderr
    assert "missing" in done.stderr
    assert "4160" in done.stdout
    with listing.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 52
    (row,) = [row for row in table if row["verdict"] == "different"]
    assert float(row["percent"]) == pytest.approx(1e-4, rel=1e-3)
    assert row["prints_differently"] == "no"
    assert max(map(len, (done.stdout + done.stderr).splitlines())) <= 100


def test_a_file_from_another_lock_is_refused_with_3(study, tmp_path):
    succeed("render", cwd=study)
    out = tmp_path / "asked"
    succeed("qc", "template", "T14.1.1", "--out", out, cwd=study)
    files = fill(study, out, lambda row: row.update(lock="sha256:" + "00" * 32))
    done = csrbook("qc", "compare", *files, cwd=study)
    assert done.returncode == 3
    assert "another lock" in done.stderr


def test_a_waived_difference_is_no_failure_and_stands_on_page_and_certificate(study):
    break_program(study)
    (study / "qc" / "findings.yaml").write_text(
        """
findings:
  - id: Q1
    outputs: [L16.2.7]
    date: "2030-02-04"
    finding: The total counts one record more.
    severity: wrong second program
    resolution: Waived in this test.
    name: D. Fourth
waivers:
  - numbers: {output_id: [L16.2.7], group1_level: [TOTAL]}
    reason: The total is planted
    name: D. Fourth
    date: "2030-02-05"
""",
        "utf-8",
    )
    succeed("render", cwd=study)
    assert any("Double-programmed, matched with waiver" in page for page in pages(study))
    text = " ".join(pages(study, "qc-report.pdf"))
    assert "The total is planted" in text
    assert "The total counts one record more." in text
    assert "Wrong second program" in text


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("programs.yaml", "[L16.2.7]", "[L16.2.8]", "L16.2.8"),
        ("programs.yaml", "[L16.2.7]", "[T14.3.2]", "T14.3.2"),
        ("programs.yaml", "dataset: ADSL", "dataset: ADXX", "ADXX"),
        ("programs.yaml", "stack: pandas\n    production", "stick: pandas\n    production", "stick"),
        ("programs.yaml", 'date: "2030-02-03"', 'date: "03FEB2030"', "2026-01-15"),
        ("programs.yaml", "qc/listing.py", "../listing.py", "pattern"),
        ("programs.yaml", "qc/listing.py", "qc/other.py", "qc/other.py"),
        ("listing.py", "def recompute", "def compute", "recompute"),
        ("listing.py", "import pandas as pd", "import pandas as pd, nothing_such", "nothing_such"),
        ("listing.py", '"subjects", found', '"subjects", 1 / 0, found', "ZeroDivisionError"),
    ],
)
def test_a_wrong_register_or_program_is_named_and_nothing_is_published(study, file, old, new, said):
    path = study / "qc" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    done = csrbook("render", cwd=study)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((study / "outputs").glob("L*/v*"))


def test_numbers_that_nothing_changed_for_are_kept_and_a_changed_program_runs_again(study):
    succeed("qc", cwd=study)
    kept = study / "outputs" / ".cache" / "qc" / "L16.2.7"
    before = (kept / "made-from.json").stat().st_mtime_ns
    succeed("qc", cwd=study)
    assert (kept / "made-from.json").stat().st_mtime_ns == before
    # A kept file that was touched is not believed.
    frame = pd.read_parquet(kept / "numbers.parquet")
    frame.assign(value=frame["value"] + 1).to_parquet(kept / "numbers.parquet")
    succeed("qc", cwd=study)
    break_program(study)
    assert csrbook("qc", "run", "L16.2.7", cwd=study).returncode == 1


def test_status_counts_it(study):
    said = succeed("status", "--all", cwd=study)
    assert "listing.py" in said
