"""One command from nothing to the published pages, as a user runs it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

import pandas as pd
import pikepdf
import pypdf
import pytest

from csrbook.pipeline.files import tree_hashes
from csrbook.plan import load_plan
from tests.ars.numbers import numbers_of_ard, numbers_of_event
from tests.render import samples

from .studies import LANGUAGES, ROOT, clock_ahead, copy_study, csrbook, succeed

pytestmark = pytest.mark.xdist_group("end_to_end")

NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


@pytest.fixture(scope="module")
def appendix(version):
    """Text of each page of the appendix."""
    return [page.extract_text() for page in pypdf.PdfReader(version / "csr-appendix.pdf").pages]


def display(version, output):
    return json.loads((version / "results" / f"{output}.json").read_text("utf-8"))


def programmed():
    return [output for output in load_plan(ROOT).catalogue.outputs if output.programmed]


DOCUMENTS = ("csr-appendix.pdf", "sap.pdf", "adrg.pdf", "qc-report.pdf", "validation-report.pdf")


def test_everything_that_was_promised_lies_in_the_version(version):
    names = set(tree_hashes(version))
    assert {*DOCUMENTS, "statistical-methods.pdf", "manifest.json", "ro-crate-metadata.json"} <= names
    assert {"results/ard.parquet", "results/ars.json", "results/qc.json"} <= names
    assert {f"results/{output.id}.json" for output in programmed()} <= names
    for folder in ("", "zh/") if samples.chinese_font() else ("",):
        assert {f"{folder}{document}" for document in DOCUMENTS} <= names
        for output in programmed():
            assert {f"{folder}single/{output.anchor}.{suffix}" for suffix in ("rtf", "docx", "html")} <= names
            # A listing that is a PDF of its own already is not written twice.
            pdfs = {f"{folder}single/{output.anchor}.pdf", f"{folder}listings/{output.anchor}.pdf"}
            assert len(pdfs & names) == 1, output.id


def test_the_chinese_edition_is_complete_and_has_the_same_numbers(rendered, version):
    if not samples.chinese_font():
        pytest.skip("needs a Chinese font")
    _, said = rendered
    assert "zh: no texts without a translation" in said
    for name in ("t-14-2-1-1", "t-14-3-1-1"):
        ours, theirs = (
            re.findall(r"<td[^>]*>(.*?)</td>", (version / folder / f"{name}.html").read_text("utf-8"), re.DOTALL)
            for folder in ("single", "zh/single")
        )
        numbers = [[sorted(NUMBER.findall(cell)) for cell in cells] for cells in (ours, theirs)]
        assert numbers[0] == numbers[1]
        assert any(numbers[0])


def test_the_reporting_event_has_every_number_of_the_ard_and_its_files_exist(version):
    ard = pd.read_parquet(version / "results" / "ard.parquet")
    event = json.loads((version / "results" / "ars.json").read_text("utf-8"))
    assert numbers_of_event(event) == numbers_of_ard(ard, load_plan(ROOT))
    places = [file["location"] for output in event["outputs"] for file in output["fileSpecifications"]]
    assert places
    for place in places:
        assert (version / "results" / place.partition("#")[0]).resolve().is_file(), place


def test_the_research_object_names_every_file(version):
    crate = json.loads((version / "ro-crate-metadata.json").read_text("utf-8"))
    named = {item["@id"] for item in crate["@graph"] if item["@type"] == "File"}
    assert named == set(tree_hashes(version)) - {"ro-crate-metadata.json"}


def test_it_says_which_engine_which_lock_and_where_the_pages_lie(rendered, version):
    _, said = rendered
    assert "embedded engine" in said or "quarto engine" in said
    assert f"Pages: outputs/{version.parent.name}/v001" in said


def test_the_same_from_another_directory_in_a_hostile_environment_gives_the_same_bytes(version, tmp_path):
    other = copy_study(tmp_path / "somewhere else" / "étude")
    elsewhere = tmp_path / "cwd"
    elsewhere.mkdir()
    mask = os.umask(0o077)
    try:
        succeed(
            "render", *LANGUAGES, "--study", other, cwd=elsewhere, **clock_ahead(tmp_path),
            TZ="Asia/Shanghai", LC_ALL="C", PYTHONHASHSEED="77", OMP_NUM_THREADS="2", SOURCE_DATE_EPOCH="1",
        )  # fmt: skip
    finally:
        os.umask(mask)
    twin = other / "outputs" / version.parent.name / "v001"
    assert tree_hashes(twin) == tree_hashes(version)


def test_a_second_render_changes_nothing(rendered, version):
    study, _ = rendered
    before = tree_hashes(version)
    said = succeed("render", *LANGUAGES, cwd=study / "sap")
    assert "Nothing changed" in said
    assert tree_hashes(version) == before
    assert [path.name for path in sorted(version.parent.iterdir())] == ["v001"]


def test_verify_finds_locks_and_pages_intact(rendered):
    study, _ = rendered
    assert "1 published versions intact" in succeed("verify", cwd=study)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_are_tagged_pdf_a_with_bookmarks(version, document):
    with pikepdf.open(version / document) as pdf:
        metadata = pdf.open_metadata()
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"].upper()) == ("2", "A")
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        with pdf.open_outline() as outline:
            assert len(outline.root) >= 5


def test_the_certificate_has_a_row_for_each_output(version):
    text = " ".join(" ".join(page.extract_text().split()) for page in pypdf.PdfReader(version / "qc-report.pdf").pages)
    assert "PROC COMPARE: 0 " in text
    for output in programmed():
        assert re.search(rf"{re.escape(output.id)} Python [\d,]+ [\d,]+ 0 0 0 ", text), output.id


def test_every_programmed_output_is_in_the_bookmarks(version):
    reader = pypdf.PdfReader(version / "csr-appendix.pdf")

    def titles(items):
        return [t for i in items for t in (titles(i) if isinstance(i, list) else [" ".join(i.title.split())])]

    found = titles(reader.outline)
    for output in programmed():
        assert any(title.startswith(output.number) and output.title in title for title in found), output.id


def test_every_page_of_an_output_says_what_it_is(version, appendix):
    lock = json.loads((version / "manifest.json").read_text("utf-8"))["made_from"]["lock"]
    plan = load_plan(ROOT)
    for output in programmed():
        foot = re.compile(rf"Program: {re.escape(output.program)} .* {re.escape(output.id)} \d+ / \d+$")
        pages = [text for text in (" ".join(page.split()) for page in appendix) if foot.search(text)]
        assert pages, output.id
        for number, text in enumerate(pages, start=1):
            assert f"Page {number} of {len(pages)}" in text
            assert "SIMULATED DATA" in text
            assert lock.removeprefix("sha256:")[:12] in text
            # a document of the plan has no population and may have no dataset
            assert all(plan.study.analysis_set(name).label in text for name in output.population[:1])
            assert ("ADaM." in text) == bool(output.datasets)


def test_every_number_on_a_page_comes_from_the_ard(version):
    ard = pd.read_parquet(version / "results" / "ard.parquet")
    for output in programmed():
        if output.kind != "table":
            continue
        known = set()
        rows = ard[ard["output_id"] == output.id]
        for text in rows["formatted"]:
            known |= set(NUMBER.findall(text))
        for row in display(version, output.id)["rows"]:
            for cell in row["cells"]:
                for number in NUMBER.findall(cell):
                    assert number in known, f"{output.id}: {row['label']}: {cell}"


def test_column_headers_count_the_analysis_set(version):
    study = version.parents[2]
    adsl = pd.read_parquet(study / "locks" / version.parent.name / "data" / "ADSL.parquet")
    itt = adsl[adsl["ITTFL"] == "Y"]["TRT01PN"].value_counts()
    head = json.dumps(display(version, "T14.2.1.1")["header"])
    assert f"(N={itt[1]})" in head
    assert f"(N={itt[2]})" in head


def test_the_default_trial_has_the_planned_size_and_events(version):
    ard = pd.read_parquet(version / "results" / "ard.parquet")
    rows = ard[(ard["output_id"] == "T14.2.1.1") & (ard["variable_level"] == "") & ard["stat_name"].isin(["N", "n"])]
    by = rows[rows["group1_level"] != ""].groupby("analysis_id")["value"].sum()
    plan = load_plan(ROOT).study
    assert by["SUBJECTS"] == plan.sample_size.subjects
    assert by["EVENTS"] == plan.data_cut.events


def test_double_programming_agrees_and_compares_every_number_of_its_outputs(version):
    qc = json.loads((version / "results" / "qc.json").read_text("utf-8"))
    ard = pd.read_parquet(version / "results" / "ard.parquet")
    assert qc["agrees"] is True
    made_from = json.loads((version / "manifest.json").read_text("utf-8"))["made_from"]
    assert made_from["double_programming"]["verdict"] == qc["verdict"]
    assert made_from["double_programming"]["outputs"] == {
        name: item["status"] for name, item in (qc["outputs"] | qc["derivations"]).items()
    }
    assert list(qc["outputs"]) == [output.id for output in programmed()]
    assert {item["status"] for item in (qc["outputs"] | qc["derivations"]).values()} == {"matched"}
    assert (qc["complete"], qc["return_code"]) == (True, 0)
    for output, item in qc["outputs"].items():
        rows = ard[(ard["output_id"] == output) & ~((ard["unit"] == "text") & ard["value"].isna())]
        (whole,) = [check for check in item["checks"] if not check["part"]]
        assert whole["matched"] == whole["compared"] == len(rows)
    assert set(qc["derivations"]) == {"ADSL", "ADTTE"}


def test_the_pages_of_each_output_and_the_manifest_state_its_double_programming(version, appendix):
    for output in programmed():
        place = re.compile(rf"Double-programmed and matched {re.escape(output.id)} \d+ / \d+$")
        assert any(place.search(" ".join(page.split())) for page in appendix), output.id


def test_a_planted_difference_stops_the_comparison(rendered, version, tmp_path):
    study, _ = rendered
    results = tmp_path / "results"
    shutil.copytree(version / "results", results)
    ard = pd.read_parquet(results / "ard.parquet")
    hit = (ard["output_id"] == "T14.2.1.1") & (ard["analysis_id"] == "COX_STRATIFIED") & (ard["stat_name"] == "hr")
    assert hit.sum() == 1
    ard.loc[hit, "value"] *= 1 + 1e-6
    ard.to_parquet(results / "ard.parquet")
    done = csrbook("qc", "--results", results, cwd=study)
    assert done.returncode == 1
    # In Python, and in R where there is one.
    assert re.search(r"\b[12] different", done.stderr)
    assert max(map(len, (done.stdout + done.stderr).splitlines())) <= 100
    assert "hr" in done.stderr


def test_a_touched_lock_is_refused_and_nothing_is_lost(rendered, version, tmp_path):
    study, _ = rendered
    damaged = tmp_path / "study"
    shutil.copytree(study, damaged)
    target = damaged / "locks" / version.parent.name / "data" / "ADTTE.parquet"
    target.chmod(0o644)
    content = bytearray(target.read_bytes())
    content[len(content) // 2] ^= 1
    target.write_bytes(content)
    pages = tree_hashes(damaged / "outputs")
    for command in (["render", "--lock", version.parent.name], ["run", "T14.2.1.1"], ["verify"], ["qc"]):
        done = csrbook(*command, cwd=damaged)
        assert done.returncode == 3, done.stderr
        assert "ADTTE.parquet" in done.stderr
    assert tree_hashes(damaged / "outputs") == pages


def test_a_changed_plan_refuses_the_lock(rendered, version, tmp_path):
    study, _ = rendered
    changed = tmp_path / "study"
    shutil.copytree(study, changed)
    path = changed / "sap" / "study.yaml"
    text = path.read_text("utf-8")
    assert "margin: 1.30" in text
    path.write_text(text.replace("margin: 1.30", "margin: 1.35"), "utf-8")
    done = csrbook("render", "--lock", version.parent.name, cwd=changed)
    assert done.returncode == 3
    assert "plan" in done.stderr
    assert not list((changed / "outputs" / version.parent.name).glob("v002"))


def test_one_program_runs_alone(rendered):
    study, _ = rendered
    said = succeed("run", "T14.2.1.1", cwd=study)
    assert "NONINFERIORITY" in said
    assert max(map(len, said.splitlines())) <= 100
    assert "T14.3.1.1" not in said


WAY_BACK = re.compile(r"Contents(?: · SAP [\d.]+)?(?: · Log)?(?: · Mentioned on pages? [\d, ]+…?)?")


def without_status(text):
    """Text of a page without what is known only where all is rendered: double programming, and the way back."""
    said = "Double-programmed and matched"
    assert text.count(said) <= 1
    return WAY_BACK.sub("", text.replace(said, ""))


def test_the_pages_of_outputs_alone_are_those_of_the_appendix(rendered, version, appendix, tmp_path):
    study, _ = rendered
    alone, listing = tmp_path / "pages.pdf", "listings/l-16-2-8-1.pdf"
    said = succeed("run", "T14.1.2.2", "T14.3.1.4", "L16.2.8.1", "--pdf", alone, cwd=study)
    assert f"Pages: {alone}" in said
    place = re.compile(r"\b\d+ / \d+")
    texts = [page.extract_text() for page in pypdf.PdfReader(alone).pages]
    # A section's heading, which rides on its first display in the appendix, stands elsewhere in the order of the text.
    known = [sorted(place.sub("", without_status(text)).split()) for text in appendix]
    assert [text for text in texts if sorted(place.sub("", text).split()) not in known] == []
    assert {place.search(text)[0] for text in texts} == {f"{n + 1} / {len(texts)}" for n in range(len(texts))}
    listings = [pypdf.PdfReader(folder / listing).pages for folder in (tmp_path, version)]
    assert len(listings[0]) == len(listings[1])
    first, published = (pages[0].extract_text() for pages in listings)
    assert first.split() == without_status(published).split()

    before = tree_hashes(tmp_path)
    for option in (["--pdf", alone], ["--pdf", tmp_path / "other.pdf"]):
        done = csrbook("run", "L16.2.8.1", *option, cwd=study)
        assert done.returncode == 2
        assert "exists already" in done.stderr
    assert tree_hashes(tmp_path) == before


def test_the_r_of_the_documentation_gives_what_it_says(rendered, tmp_path):
    """From the template to the comparison, as a second statistician does it who knows only R."""
    if shutil.which("Rscript") is None:
        pytest.skip("needs R")
    study, _ = rendered
    page = (ROOT / "docs" / "double_programming.md").read_text("utf-8")
    (program,) = re.findall(r"^```r\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "second.R").write_text(program, "utf-8")
    succeed("qc", "template", "T14.2.1.1", "--out", tmp_path / "asked", "--data", cwd=study)
    done = subprocess.run(
        ["Rscript", "--vanilla", "second.R"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    if "no package called" in done.stderr:
        pytest.skip("needs R's survival")
    assert done.returncode == 0, done.stderr
    compared = csrbook("qc", "compare", tmp_path / "T14.2.1.1-filled.csv", cwd=study)
    assert compared.returncode == 1
    (row,) = [line.split() for line in compared.stdout.splitlines() if line.startswith("T14.2.1.1")]
    assert row[1:5] == ["9", "9", "0", "94"]
