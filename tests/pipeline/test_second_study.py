"""A second study, tests/second_study, on the same engine: another trial with other arms, sets, datasets and outputs."""

from __future__ import annotations

import json
import shutil
from collections import Counter

import pandas as pd
import pikepdf
import pypdf
import pytest

from .second_study import ARMS, CODES, copy_second_study, write_received
from .studies import ROOT, csrbook, succeed

pytestmark = pytest.mark.xdist_group("second_study")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The second study with its transfer locked and rendered, and what the commands said."""
    folder = copy_second_study(tmp_path_factory.mktemp("second") / "study")
    transfer = write_received(folder / "data" / "received")
    said = succeed("check", cwd=folder)
    said += succeed("plan", "freeze", "--name", "R. Fisher", cwd=folder)
    said += succeed("unblind", "--lock", transfer, "--name", "R. Fisher", "--reason", "Database lock", cwd=folder)
    return folder, said + succeed("render", cwd=folder)


@pytest.fixture(scope="module")
def version(study):
    (lock,) = (study[0] / "locks").glob("L*")
    return study[0] / "outputs" / lock.name / "v001"


@pytest.fixture(scope="module")
def pages(version):
    return [" ".join(p.extract_text().split()) for p in pypdf.PdfReader(version / "csr-appendix.pdf").pages]


PROGRAMMED = ("T14.1.1", "F14.2.1", "T14.3.1", "L16.2.7")


def display(version, output):
    return json.loads((version / "results" / f"{output}.json").read_text("utf-8"))


def test_every_page_says_final_and_none_anything_of_the_other_trial(version, pages):
    assert all("FINAL" in page for page in pages)
    said = "".join(pages) + "".join(p.extract_text() for p in pypdf.PdfReader(version / "sap.pdf").pages)
    assert "Universitätsklinikum Gießen, Zweigstelle Süd" in said
    for word in ("SIMULATED", "NCT04646759", "yrotinib", "apecitabine", "rogression", "umour", "nferiority"):
        assert word not in said


def test_the_tables_of_its_plan_are_numbered_as_its_document_places_them(version):
    said = " ".join("".join(p.extract_text() for p in pypdf.PdfReader(version / "sap.pdf").pages).split())
    assert "Table 1: Treatment arms" in said
    assert "Table 2: Primary estimand" in said


@pytest.mark.parametrize(
    ("output", "title"),
    [
        ("T14.1.1", "Demographic Characteristics"),
        ("F14.2.1", "Kaplan–Meier Plot of the Time to First Exacerbation"),
        ("T14.3.1", "Adverse Events by System Organ Class and Preferred Term"),
        ("L16.2.7", "Listing of Adverse Events"),
    ],
)
def test_each_output_has_a_page(pages, output, title):
    assert [p for p in pages if title in p and f"Data cut-off 02FEB2030 {output[:1]}" and f" {output} " in p]


def test_three_columns_count_the_planned_or_the_actual_arm(version):
    # By hand: 13, 12 and 15 randomised; of the 12 on 5 mg one took nothing and one took 10 mg.
    assert Counter(CODES) == {9: 13, 1: 12, 2: 15}
    planned = [cell["text"] for cell in display(version, "T14.1.1")["header"][-1]]
    assert planned[1:] == ["Zephanol 5 mg\n(N=12)", "Zephanol 10 mg\n(N=15)", "Placebo\n(N=13)", "Total\n(N=40)"]
    actual = [cell["text"] for cell in display(version, "T14.3.1")["header"][0]]
    assert actual[1:4] == ["Zephanol 5 mg\n(N=10)", "Zephanol 10 mg\n(N=16)", "Placebo\n(N=13)"]
    assert actual[4:] == ["Risk difference\nZ5\n− PBO", "Risk difference\nZ10\n− PBO"]


def test_adverse_events_count_patients_once_at_their_worst(version):
    rows = {row["label"]: row["cells"] for row in display(version, "T14.3.1")["rows"]}
    # 1 of 16 is 6.3%, 3 of 13 are 23.1%; severe: patient 15 on 10 mg, patient 1 on placebo.
    assert rows["Nausea"][:6] == ["0", "0", "1 (6.3)", "1 (6.3)", "3 (23.1)", "1 (7.7)"]
    assert rows["Fall"][:6] == ["0", "0", "1 (6.3)", "0", "0", "0"]


def test_kaplan_meier_of_placebo_agrees_with_the_calculation_by_hand(version, pages):
    ard = pd.read_parquet(version / "results" / "ard.parquet")
    mine = ard[(ard["output_id"] == "F14.2.1") & (ard["group1_level"] == "PBO") & (ard["stat_name"] == "estimate")]
    by = mine.set_index("analysis_id")
    # No one is censored before month 8: after three of 13 events 10/13 remain, after six 7/13, after seven 6/13 < 1/2.
    assert by.loc["KM_RATE", "value"] == pytest.approx(100 * 10 / 13, abs=1e-10)
    assert by.loc["KM_RATE", "formatted"] == "76.9"
    assert by.loc["KM_MEDIAN", "formatted"] == "7.0"
    assert any("Median time to the first exacerbation on placebo: 7.0 months" in page for page in pages)
    curves = display(version, "F14.2.1")["figure"]["curves"]
    assert [curve["name"] for curve in curves] == list(ARMS.values())
    # At months 0, 2, … 12 as many are at risk as have a time of at least that.
    assert curves[2]["at_risk"] == [13, 12, 10, 8, 6, 4, 1]


def test_the_listing_prints_every_record_of_the_safety_set_literally(version):
    rows = [row["cells"] for row in display(version, "L16.2.7")["rows"]]
    assert len(rows) == 6  # seven records, one of them of the patient who took nothing
    assert rows[0] == ["ZP-001", "PBO", "Nausea", "Übelkeit & <b>Erbrechen</b>", "26OCT2029"]


def test_the_appendix_is_tagged_pdf_a(version):
    with pikepdf.open(version / "csr-appendix.pdf") as pdf:
        metadata = pdf.open_metadata()
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"].upper()) == ("2", "A")
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root


def test_a_study_without_second_programs_is_rendered_and_says_so_everywhere(study, version):
    folder, said = study
    nothing = "no output is double-programmed"
    assert nothing in said
    qc = json.loads((version / "results" / "qc.json").read_text("utf-8"))
    assert (qc["verdict"], qc["agrees"], qc["complete"]) == (nothing, None, False)
    made_from = json.loads((version / "manifest.json").read_text("utf-8"))["made_from"]
    assert made_from["double_programming"] == {"verdict": nothing, "outputs": dict.fromkeys(PROGRAMMED, "none")}
    done = csrbook("qc", cwd=folder)
    assert done.returncode == 0
    assert nothing in done.stderr.lower()


def test_from_the_first_study_s_folder_the_second_runs_its_own_programs(study, tmp_path):
    """Both have a package ``analyses``; the current directory comes first on Python's path."""
    folder, _ = study
    assert "Fall" in succeed("run", "T14.3.1", "--study", folder, cwd=ROOT)
    bare = tmp_path / "bare"
    shutil.copytree(folder, bare, ignore=shutil.ignore_patterns("__pycache__"))
    (bare / "analyses" / "__init__.py").unlink()
    done = csrbook("run", "T14.3.1", "--study", bare, cwd=ROOT)
    assert done.returncode == 1
    assert "analyses/__init__.py" in done.stderr


def test_a_study_without_simulation_says_that_it_needs_a_transfer(study):
    """Run where another study's simulation lies, which must not be taken for its own."""
    done = csrbook("simulate", "--study", study[0], cwd=ROOT)
    assert done.returncode == 2
    assert "the study has no simulation" in done.stderr
    assert "csrbook lock" in done.stderr


def test_a_second_program_of_no_output_is_refused(study, tmp_path):
    other = tmp_path / "study"
    shutil.copytree(study[0], other, ignore=shutil.ignore_patterns("__pycache__", "outputs"))
    (other / "qc").mkdir()
    entry = "{program: qc/deaths.py, outputs: [T14.3.2], stack: pandas}"
    register = f"production_programmer: A\nsecond_programmer: B\ndate: '2030-02-03'\nprograms: [{entry}]\n"
    (other / "qc" / "programs.yaml").write_text(register)
    done = csrbook("status", cwd=other)
    assert done.returncode == 2
    assert "qc/programs.yaml:4, programs[0].outputs[0]" in done.stderr
    assert "T14.3.2" in done.stderr
