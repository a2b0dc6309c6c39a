"""The RO-Crate of a version folder, held against the rules of RO-Crate 1.1."""

from __future__ import annotations

import hashlib
import json
import os
import shutil

import pytest

from csrbook.pipeline.research_object import write_research_object
from csrbook.pipeline.versions import publish, staging, verify_version
from csrbook.plan import load_plan

from .second_study import SOURCES

LOCK = {
    "id": "L555555555555",
    "data_cutoff": 25_600.0,
    "origin": "simulated",
    "treatment_codes": "real",
    "datasets": {"ADSL": {"records": 42}, "ADAE": {"records": 1234}},
}
MADE_FROM = {
    "lock": "sha256:55",
    "plan": "sha256:66",
    "plan_frozen": "plan not frozen",
    "code": "sha256:77",
    "environment": "sha256:88",
    "engine": {"name": "embedded", "versions": {"pandoc": "3.9", "typst": "0.15.2"}},
    "double_programming": {"verdict": "423 numbers of 4 outputs agree", "outputs": {}},
}
PDF_A = b"%PDF-1.7 <pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>"
FILES = {
    "csr-appendix.pdf": PDF_A,
    "listings/l-16-2-7.pdf": b"%PDF-1.7",
    "results/T14.3.1.json": b"{}",
    "results/ars.json": b"{}",
    "results/ard.parquet": b"PAR1",
    "results/qc.json": b"{}",
    "single/t-14-3-1.rtf": b"{\\rtf1}",
    "single/t-14-3-1.docx": b"PK",
    "zh/csr-appendix.pdf": PDF_A,
    "zh/single/t-14-3-1.html": b"<p>",
}


@pytest.fixture
def folder(tmp_path):
    for name, content in FILES.items():
        path = tmp_path / "version" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "version"


def crate(folder, lock=LOCK, **options):
    path = write_research_object(folder, load_plan(SOURCES), lock, MADE_FROM, **options)
    assert path == folder / "ro-crate-metadata.json"
    return json.loads(path.read_text("utf-8"))


def entities(folder, **options):
    return {entity["@id"]: entity for entity in crate(folder, **options)["@graph"]}


def references(value):
    """Ids of all entities that a value refers to."""
    if isinstance(value, dict):
        return [value["@id"]] if value.keys() == {"@id"} else [i for item in value.values() for i in references(item)]
    return [i for item in value for i in references(item)] if isinstance(value, list) else []


def test_the_descriptor_is_about_the_root_and_states_the_specification(folder):
    content = crate(folder)
    assert content["@context"][0] == "https://w3id.org/ro/crate/1.1/context"
    assert content["@graph"][0] == {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }


def test_the_root_has_what_the_specification_requires(folder):
    found = entities(folder)
    root = found["./"]
    assert root["@type"] == "Dataset"
    assert root["name"] == "Appendices and results of the clinical study report of ZP-203"
    assert "SIMULATED DATA" in root["description"]
    assert "423 numbers of 4 outputs agree" in root["description"]
    # 25 600 days after 1 January 1960.
    assert root["datePublished"] == "2030-02-02"
    assert {found[item["@id"]]["value"] for item in root["identifier"]} == {"DRKS00000002", "sha256:55", "sha256:66"}
    assert found[root["author"]["@id"]]["name"] == "Universitätsklinikum Gießen, Zweigstelle Süd"


def test_the_graph_is_flat_ids_are_unique_and_all_references_lead_somewhere(folder):
    graph = crate(folder)["@graph"]
    ids = [entity["@id"] for entity in graph]
    assert len(ids) == len(set(ids))
    assert all(entity.keys() >= {"@id", "@type"} for entity in graph)
    wanted = {name for entity in graph for value in entity.values() for name in references(value)}
    assert wanted <= {*ids, "https://w3id.org/ro/crate/1.1"}
    nested = [
        value
        for entity in graph
        for item in entity.values()
        for value in (item if isinstance(item, list) else [item])
        if isinstance(value, dict) and value.keys() != {"@id"}
    ]
    assert not nested


def test_every_file_is_reached_from_the_root_and_described(folder):
    found = entities(folder)
    reached, queue = set(), ["./"]
    while queue:
        here = queue.pop()
        reached.add(here)
        parts = found[here].get("hasPart", [])
        queue += [part["@id"] for part in (parts if isinstance(parts, list) else [parts])]
    assert {name for name in reached if not name.endswith("/")} == {*FILES, "manifest.json"}
    for name, content in FILES.items():
        entity = found[name]
        assert entity["@type"] == "File"
        assert entity["contentSize"] == str(len(content))
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()


def test_files_say_what_they_are(folder):
    found = entities(folder)
    said = {name: (found[name]["name"], found[name]["encodingFormat"]) for name in FILES}
    table = "Table 14.3.1 Adverse Events by System Organ Class and Preferred Term"
    assert said["results/T14.3.1.json"] == (table, "application/json")
    assert said["single/t-14-3-1.rtf"] == (table, "application/rtf")
    assert said["listings/l-16-2-7.pdf"] == ("Listing 16.2.7 Listing of Adverse Events", "application/pdf")
    assert said["csr-appendix.pdf"][0] == "Appendices 14 and 16 of the clinical study report"
    assert said["results/ard.parquet"][1] == "application/vnd.apache.parquet"


def test_an_edition_says_its_language(folder):
    found = entities(folder)
    assert found["zh/"]["name"] == "Edition in the language zh"
    assert found["zh/csr-appendix.pdf"]["name"] == found["csr-appendix.pdf"]["name"]
    spoken = {name for name in FILES if "inLanguage" in found[name]}
    assert spoken == {"zh/csr-appendix.pdf", "zh/single/t-14-3-1.html"}


def test_conformance_is_what_the_files_claim_of_themselves(folder):
    found = entities(folder)
    claimed = {name: [found[i]["name"] for i in references(found[name].get("conformsTo", {}))] for name in FILES}
    assert claimed["csr-appendix.pdf"] == ["ISO 19005-2 (PDF/A-2)", "ISO 14289-1 (PDF/UA-1)"]
    assert claimed["results/ars.json"] == ["CDISC Analysis Results Standard v1.0"]
    assert claimed["listings/l-16-2-7.pdf"] == []
    for name in ("csr-appendix.pdf", "zh/csr-appendix.pdf"):
        (folder / name).write_bytes(b"%PDF-1.7")
    assert "#pdf-a-2" not in entities(folder)


def test_actions_name_inputs_programs_and_results(folder):
    found = entities(folder)
    render, checked = found["#render"], found["#double-programming"]
    software = [found[name] for name in references(render["instrument"])]
    assert [(item["name"], item["softwareVersion"]) for item in software][1:] == [
        ("pandoc", "3.9"),
        ("typst", "0.15.2"),
    ]
    assert {found[name]["value"] for name in references(software[0]["identifier"])} == {"sha256:77", "sha256:88"}
    lock, plan = (found[name] for name in references(render["object"]))
    assert (lock["@type"], lock["identifier"]) == ("Dataset", {"@id": "#lock-hash"})
    assert "ADSL (42 records), ADAE (1,234 records)" in lock["description"]
    assert plan["version"] == "2.0"
    assert checked["result"] == {"@id": "results/qc.json"}


def test_terms_of_use_are_stated_or_left_to_the_sponsor(folder):
    assert entities(folder)["#terms"]["description"].startswith(
        "No licence is stated. The sponsor, Universitätsklinikum"
    )
    assert entities(folder, terms="CC BY 4.0")["#terms"]["description"] == "CC BY 4.0"


def test_real_data_are_not_called_simulated(folder):
    assert "SIMULATED" not in json.dumps(crate(folder, LOCK | {"origin": "received"}))


def test_the_same_folder_gives_the_same_bytes_whatever_stands_there_already(folder, tmp_path):
    crate(folder)
    first = (folder / "ro-crate-metadata.json").read_bytes()
    other = tmp_path / "elsewhere"
    shutil.copytree(folder, other)
    for path in other.rglob("*"):
        os.utime(path, (1, 1))
    (other / "manifest.json").write_text("{}")
    crate(other)
    assert (other / "ro-crate-metadata.json").read_bytes() == first


def test_the_manifest_holds_the_hash_of_the_crate_and_not_the_other_way_round(folder, tmp_path):
    with staging(tmp_path / "outputs") as staged:
        shutil.copytree(folder, staged, dirs_exist_ok=True)
        crate(staged)
        version = publish(staged, tmp_path / "outputs", MADE_FROM).folder
    verify_version(version)
    manifest = json.loads((version / "manifest.json").read_text("utf-8"))
    assert "ro-crate-metadata.json" in manifest["files"]
    found = {item["@id"]: item for item in json.loads((version / "ro-crate-metadata.json").read_text())["@graph"]}
    assert "sha256" not in found["manifest.json"]
    assert set(manifest["files"]) == {*FILES, "ro-crate-metadata.json"}
