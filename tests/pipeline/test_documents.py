"""What the documents of a version are made of: the lock, the schemas, the plan, the programs and the numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pypdf
import pytest

from csrbook.data import write_transfer
from csrbook.double_programming.checks import Verification
from csrbook.lock import load_schemas, open_lock
from csrbook.lock.create import create_lock
from csrbook.lock.locked_data import LockedData
from csrbook.lock.validate import validate
from csrbook.lock.verdicts import verdicts
from csrbook.pipeline.documents import document_content, documents_of, prepare_documents
from csrbook.pipeline.double_programming import write_verification
from csrbook.pipeline.lock_facts import dataset_facts, validation_facts
from csrbook.pipeline.method_calls import method_calls
from csrbook.pipeline.pages import edition_of
from csrbook.pipeline.render import lock_identity
from csrbook.pipeline.run import LockIdentity, choose_outputs, run_outputs, write_results
from csrbook.pipeline.study import StudyFolder, find_study
from csrbook.render import create_project, render_documents
from tests.displays.small_efficacy import small_data
from tests.schemas.tiny_database import frames

from .studies import ROOT

pytestmark = pytest.mark.xdist_group("documents")

OUTPUTS = ("T14.2.1.1", "T14.2.1.3", "T14.2.1.8", "F14.2.1.4", "T14.2.2.1", "T14.2.2.9", "T14.2.2.12", "T14.2.2.18",
           "T14.2.4.3", "T14.2.6.2", "F14.2.6.3", "D16.1.9.2")  # fmt: skip
MADE = ("report/statistical-methods.qmd", "report/adrg.qmd", "report/validation-report.qmd", "report/qc-report.qmd")


@pytest.fixture(scope="module")
def study():
    return find_study(ROOT)


def transfer(folder):
    write_transfer(frames(), folder, load_schemas(ROOT).datasets)
    return folder / "parquet"


@pytest.fixture(scope="module")
def data(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents")
    lock = create_lock(transfer(folder / "transfer"), study.plan, study.root, folder / "locks")
    return open_lock(lock.path, study.plan)


@pytest.fixture(scope="module")
def run(study, data):
    identity = LockIdentity(data.hash, int(data.data_cutoff), simulated=False)
    return run_outputs(study, small_data(), identity, choose_outputs(study, OUTPUTS))


@pytest.fixture(scope="module")
def results(study, data, run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    write_results(run, folder)
    write_verification(study, Verification(OUTPUTS, (), ()), folder)
    prepare_documents(study, data, folder)
    return folder


@pytest.fixture(scope="module")
def content(study, results):
    return document_content(study, results)


def rows(content, name):
    return content["tables"][name]["rows"]


def full_text(content, document):
    """A document with the parts that it includes."""
    text = (ROOT / document).read_text("utf-8")
    own = {Path(name).name: part for name, part in content["parts"].items()}
    known = {**own, **{path.name: path.read_text("utf-8") for path in (ROOT / document).parent.glob("_*.qmd")}}
    return re.sub(r"\{\{< include (\S+) >\}\}", lambda found: known[found[1]], text)


# What is made


def test_a_study_has_the_documents_that_it_wrote(study, tmp_path):
    assert documents_of(study) == ["report/csr-appendix.qmd", "sap/sap.qmd", *MADE]
    second = StudyFolder(ROOT / "tests" / "second_study")
    assert documents_of(second) == ["report/csr-appendix.qmd", "sap/sap.qmd"]
    prepare_documents(second, None, tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_is_not_rendered_is_not_made(study, results):
    made = document_content(study, results, ["report/csr-appendix.qmd", "report/validation-report.qmd"])
    assert made["parts"] == {}
    assert "validation_rules" in made["tables"]
    assert not {"methods_by_output", "adrg_core"} & set(made["tables"])


@pytest.mark.parametrize("document", ["sap/sap.qmd", *MADE])
def test_a_document_quotes_and_places_what_there_is(content, document):
    text = full_text(content, document)
    keys = set(re.findall(r'\.plan key="([^"]+)"', text))
    assert keys <= set(content["values"])
    placed = re.findall(r'^::: \{\.plan-table src="([^"]+)"\}', text, re.MULTILINE)
    assert len(set(placed)) == len(placed)
    captions = [content["tables"][name]["caption"] for name in placed]
    numbers = [int(re.match(r"Table (\d+): ", caption)[1]) for caption in captions if caption]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_table_is_text_and_rectangular(content):
    for name, table in content["tables"].items():
        for row in table["rows"]:
            assert len(row) == len(table["columns"]) == len(table["header"]), name
            assert all(isinstance(text, str) for text in row), name


# Methods


def test_every_used_method_has_its_software_sas_and_r(study, content):
    text = content["parts"]["report/_methods.qmd"]
    parts = {part.split()[0]: part for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]}
    used = {name for names in method_calls(study.plan, study.root).values() for name in names}
    assert len(used) > 40
    prefix = "methods.standing."
    standing = {k.split(".")[-1]: v.split(", ") for k, v in content["values"].items() if k.startswith(prefix)}
    lacking = set()
    for name in used:
        own = parts[name.split(".")[1]]
        assert f"- **Software**: `csrbook.stats.{name}`" in own
        assert "- **Outputs**: " in own
        linked = [parts[target] for target in re.findall(r"\[`(\w+)`\]\(#", own) if target in parts]
        behind = [parts[other] for other, names in standing.items() if name.split(".")[1] in names]
        said = "\n".join([own, *linked, *behind])
        if not ("- **SAS**: " in said and "- **R**: " in said):
            lacking.add(name)
    assert lacking == set()


def test_every_programmed_output_has_a_row_with_the_methods_of_its_numbers(study, content, run):
    found = {row[0]: row for row in rows(content, "methods_by_output")}
    assert list(found) == [output.number for output in study.plan.catalogue.outputs if output.programmed]
    for name, numbers in run.ard.groupby("output_id"):
        said = found[study.plan.catalogue.output(str(name)).number][2]
        assert said == "; ".join(dict.fromkeys(method for method in numbers["method"] if method))


def test_packages_and_environment_are_those_that_are_pinned(content):
    pinned = re.findall(r"^([\w.-]+)==([^ ]+)", (ROOT / "requirements" / "base.txt").read_text("utf-8"), re.MULTILINE)
    packages = rows(content, "methods_packages")
    shown = [tuple(row[place : place + 2]) for place in (0, 2, 4) for row in packages]
    assert [pair for pair in shown if pair != ("", "")] == pinned
    session = dict(rows(content, "methods_session"))
    assert "OMP_NUM_THREADS = 1" in session["Environment"].splitlines()
    assert "imputation = 130025" in session["Seeds of random numbers"].splitlines()


def test_the_raw_output_is_that_of_the_ard(study, content, run):
    """Every printed number is a number of its output, and every estimate of a model is printed or referred to."""
    ard = run.ard
    for identifier in OUTPUTS:
        own = ard[ard["output_id"] == identifier]
        known = own[own["value"].notna() & (own["unit"] != "text")]
        numbers = {f"{value:.10g}" for value in known["value"]}
        table = content["tables"].get(f"raw.{identifier}")
        assert table is not None, identifier
        text = "; ".join(row[1] for row in table["rows"] if not row[1].startswith("As in "))
        printed = re.findall(r"(?:^|; )(\w+) (-?[\d.]+(?:e-?\d+)?|NE)", text)
        assert {value for _, value in printed} - {"NE"} <= numbers
        referred = re.findall(r"As in (\w)\w+ ([\d.]+)\.", " ".join(row[1] for row in table["rows"]))
        for kind, number in referred:
            assert f"raw.{kind}{number}" in content["tables"]
        if not referred:
            models = known[known["stat_name"].isin(["hr", "log_hr", "se", "z"])]
            missing = {(r.stat_name, f"{r.value:.10g}") for r in models.itertuples()} - set(printed)
            assert not missing, identifier
    left = sum(int(row[2].replace(",", "")) for row in rows(content, "raw_left_out"))
    assert left + int(content["values"]["raw.numbers"].replace(",", "")) == len(ard)


# Reviewer's guide


def test_every_variable_of_every_schema_is_described(content):
    schemas = load_schemas(ROOT)
    for name, specification in schemas.datasets.items():
        described = rows(content, f"adrg.dataset.{name}")
        assert [row[:2] for row in described] == [[v.name, v.label] for v in specification.variables]
        keys = sorted((row[4], row[0]) for row in described if row[4].startswith("Key "))
        assert [key for _, key in keys] == list(specification.keys)
        terms = {row[0]: row[3] for row in described}
        for variable in specification.variables:
            if variable.codes is not None:
                codes = [code if isinstance(code, str) else f"{code:g}" for code in variable.codes]
                assert terms[variable.name] == ", ".join(codes)


def test_counts_sizes_and_hashes_are_those_of_the_manifest(content, data):
    manifest = data.manifest["datasets"]
    assert [(row[0], row[4], row[5]) for row in rows(content, "adrg_overview")] == [
        (name, f"{item['records']:,}", f"{item['subjects']:,}") for name, item in manifest.items()
    ]
    for row in rows(content, "adrg_files"):
        item = manifest[row[0]]
        assert row[1] == item["transfer_file"]
        assert f"sha256:{row[2].replace(chr(10), '')}" == item["transfer_sha256"]
        assert f"sha256:{row[3].replace(chr(10), '')}" == item["content_sha256"]
        assert row[4] == f"{(data.path / item['file']).stat().st_size:,}"
    assert content["values"]["adrg.records"] == str(sum(item["records"] for item in manifest.values()))


def test_sets_parameters_and_sources_are_counted_in_the_data(content):
    """Four subjects, of whom three were randomised and two treated (tests/schemas/tiny_database.py)."""
    sets = {row[1]: row[3] for row in rows(content, "adrg_sets")}
    assert (sets["SCR"], sets["ITT"], sets["SAF"]) == ("4", "3", "2")
    tte = frames()["ADTTE"]
    dependencies = {row[0]: row for row in rows(content, "adrg_dependencies")}
    counted = {source: int((tte["SRCDOM"] == source).sum()) for source in sorted(set(tte["SRCDOM"]))}
    assert dependencies["ADTTE"][3] == ", ".join(f"{source} {count}" for source, count in counted.items())
    assert dependencies["ADSL"][1] == "1"
    listed = rows(content, "adrg_parameters")
    start = next(place for place, row in enumerate(listed) if row[0] == "ADTTE")
    of_tte = [row for place, row in enumerate(listed) if place >= start][: tte["PARAMCD"].nunique()]
    assert [(row[1], row[3]) for row in of_tte] == [
        (code, str(int((tte["PARAMCD"] == code).sum()))) for code in sorted(set(tte["PARAMCD"]))
    ]


def test_every_program_is_listed_with_its_outputs_and_its_hash(study, content):
    import hashlib

    programs = rows(content, "adrg_programs")
    outputs = [number for row in programs for number in row[1].split(", ")]
    assert sorted(outputs) == sorted(o.number for o in study.plan.catalogue.outputs if o.programmed)
    for path, _, digest, size in programs:
        text = (ROOT / path).read_bytes().replace(b"\r\n", b"\n")
        assert digest.replace("\n", "") == hashlib.sha256(text).hexdigest()
        assert size == f"{len(text):,}"
    second = {row[0].split("\n")[0] for row in rows(content, "adrg_second_programs")}
    assert second == {p.program for p in study.register.programs} | {d.program for d in study.register.derivations}


# Validation


def test_the_lock_s_report_says_what_validation_said(study, data, content, tmp_path):
    schemas = load_schemas(ROOT)
    found = validate(transfer(tmp_path / "again"), study.plan, schemas, None)
    said = {verdict.id: verdict.verdict for verdict in verdicts(schemas, found.findings)}
    reported = validation_facts(study.plan, data, schemas)
    assert [rule["id"] for rule in reported["rules"]] == list(said)
    differing = {rule["id"] for rule in reported["rules"] if rule["verdict"] != said[rule["id"]]}
    # Checked on the pages, which are published only where it holds.
    assert differing == {"R62"}
    assert next(rule for rule in reported["rules"] if rule["id"] == "R62")["verdict"] == "held"
    assert content["values"]["validation.subject"] == f"Data lock {data.id}"
    assert content["values"]["validation.result"] == "The data were locked: no finding rejects them."


def manifest_with(data, **changed):
    """The lock as if its manifest said something else."""
    return LockedData(data.path, {**data.manifest, **changed})


def test_findings_that_the_manifest_records_are_in_the_report(study, data):
    finding = {"rule": "R16", "sentence": "A stratum.", "dataset": "ADSL", "count": 2, "records": 4, "first": ["S1"]}
    waiver = {"rule": "R45", "reason": "A reason", "name": "A. Name", "date": "2030-01-02"}
    waived = {**finding, "rule": "R45", "waiver": waiver}
    recorded = {**data.manifest["validation"], "review": [finding], "waived": [waived]}
    made = validation_facts(study.plan, manifest_with(data, validation=recorded), load_schemas(ROOT))
    verdict = {rule["id"]: (rule["verdict"], rule["count"]) for rule in made["rules"]}
    assert (verdict["R16"], verdict["R45"], verdict["R01"]) == (("review", 2), ("waived", 2), ("held", 0))
    assert [finding["verdict"] for finding in made["findings"]] == ["waived", "review"]


def test_a_rule_that_is_newer_than_the_lock_is_not_said_to_hold(study, data):
    rules = [name for name in data.manifest["validation"]["rules"] if name != "R05"]
    recorded = {**data.manifest["validation"], "rules": rules}
    made = validation_facts(study.plan, manifest_with(data, validation=recorded), load_schemas(ROOT))
    assert [rule["id"] for rule in made["rules"] if rule["verdict"] == "not checked"] == ["R05"]


def test_the_facts_do_not_depend_on_where_the_data_came_from(study, data, tmp_path):
    elsewhere = transfer(tmp_path / "another name")
    again = open_lock(create_lock(elsewhere, study.plan, study.root, tmp_path / "locks").path, study.plan)
    schemas = load_schemas(ROOT)
    for facts in (validation_facts, dataset_facts):
        # Which code validated the data is a fact of the lock.
        here, there = ({**facts(study.plan, lock, schemas), "environment": {}} for lock in (data, again))
        assert json.dumps(here) == json.dumps(there)
        for personal in (str(tmp_path), "another name", again.manifest["made"]["at"]):
            assert personal not in json.dumps(there)


# Pages


def test_the_documents_are_rendered(study, data, content, tmp_path):
    lock = lock_identity(data)
    project = create_project(
        tmp_path / "project",
        ROOT,
        edition=edition_of(study.plan, lock),
        displays=[],
        plan={name: content[name] for name in ("values", "tables")},
        timestamp=lock.timestamp,
        parts=content["parts"],
    )
    rendered = render_documents(project, MADE[:3], engine="embedded", timestamp=lock.timestamp)
    texts = {}
    for path in rendered.files:
        reader = pypdf.PdfReader(path)
        texts[path.stem] = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert "proc phreg; model t*cnsr(1)=arm / ties=efron" in texts["statistical-methods"]
    assert "Raw output of the models" in texts["statistical-methods"]
    for name in load_schemas(ROOT).datasets:
        assert f"{name} {load_schemas(ROOT).datasets[name].label}" in texts["adrg"]
    assert f"Data lock {data.id} holds" in texts["validation-report"]
