"""The second study's report as a reporting event, held against its hand-made data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from csrbook.ars import reporting_event, write_ars
from csrbook.ars.integrity import broken_references, repeated_identifiers, require_integrity
from csrbook.errors import ProgramError
from csrbook.pipeline.files import write_json

from .numbers import items_of, numbers_of_ard, numbers_of_event
from .second_event import STATUSES, event, made

pytestmark = pytest.mark.xdist_group("second_study")

SCHEMA = os.environ.get("CSRBOOK_ARS_SCHEMA")


def one(items, **fields):
    (found,) = [item for item in items if all(item.get(name) == value for name, value in fields.items())]
    return found


def results_of(content, analysis, **operation):
    """Printed result by groups of an analysis (its id), for the operation with these fields."""
    method = one(content["methods"], id=one(content["analyses"], id=analysis)["methodId"])
    wanted = one(method["operations"], **operation)["id"]
    return {
        tuple(
            group.get("groupValue") or group["groupId"].rsplit(".", 1)[1] for group in result["resultGroups"]
        ): result["formattedValue"]
        for result in one(content["analyses"], id=analysis)["results"]
        if result["operationId"] == wanted
    }


def test_every_number_of_the_ard_is_a_result_once_and_no_other():
    assert numbers_of_event(event()) == numbers_of_ard(made().ard, made().plan)


def test_a_lost_a_doubled_and_a_changed_number_are_found():
    content = event()
    numbers = numbers_of_ard(made().ard, made().plan)
    results = one(content["analyses"], id="AN.T14.1.1.SUMMARY")["results"]
    kept = list(results)
    for changed in (kept[1:], [kept[0], *kept], [{**kept[0], "formattedValue": "?"}, *kept[1:]]):
        results[:] = changed
        assert numbers_of_event(content) != numbers


def test_a_count_is_found_by_arm_system_organ_class_and_term():
    # events(): nausea in patients 1 to 3 on placebo and in 15, who took 10 mg; a fall in 26, on 10 mg.
    nausea, fall = ("Gastrointestinal disorders", "Nausea"), ("Injury, poisoning and procedural complications", "Fall")
    assert results_of(event(), "AN.T14.3.1.AEDECOD.ANY", label="n") == {
        ("LOW", *nausea): "0", ("HIGH", *nausea): "1", ("PBO", *nausea): "3",
        ("LOW", *fall): "0", ("HIGH", *fall): "1", ("PBO", *fall): "0",
    }  # fmt: skip


def test_sets_groups_and_subsets_have_the_conditions_of_the_plan():
    content = event()
    flag = {"dataset": "ADSL", "variable": "SAFFL", "comparator": "EQ", "value": ["Y"]}
    assert one(content["analysisSets"], id="SET.TREATED")["condition"] == flag
    groups = one(content["analysisGroupings"], id="GF.TRT01A")["groups"]
    assert [(group["name"], group.get("condition", {}).get("value")) for group in groups] == [
        ("Zephanol 5 mg", ["Zephanol 5 mg"]),
        ("Zephanol 10 mg", ["Zephanol 10 mg"]),
        ("Placebo", ["Placebo"]),
        ("Total", None),
    ]
    total = groups[-1]["compoundExpression"]
    assert total["logicalOperator"] == "OR"
    assert [clause["subClauseId"] for clause in total["whereClauses"]] == [group["id"] for group in groups[:-1]]
    assert [subset["name"] for subset in content["dataSubsets"]] == ["ADTTE.PARAMCD EQ TTEXAC", "ADAE.TRTEMFL EQ Y"]


def test_an_analysis_says_what_was_analysed():
    content = event()
    rates = one(content["analyses"], id="AN.F14.2.1.KM-MEDIAN")
    assert {name: rates[name] for name in ("dataset", "variable", "dataSubsetId", "analysisSetId")} == {
        "dataset": "ADTTE", "variable": "AVAL", "dataSubsetId": "DS.ADTTE.TTEXAC", "analysisSetId": "SET.FAS",
    }  # fmt: skip
    assert rates["description"] == "Not estimable: confidence limit not reached (3)."
    assert sum("rawValue" not in result for result in rates["results"]) == 3


def test_levels_of_a_variable_are_data_driven_and_those_of_a_program_are_not():
    content = event()
    stage, month = (one(content["analysisGroupings"], id=f"GF.{name}") for name in ("ADSL.GOLD", "ADTTE.MONTH"))
    assert (stage["dataDriven"], stage["groupingDataset"], stage["groupingVariable"]) == (True, "ADSL", "GOLD")
    assert (month["dataDriven"], "groupingVariable" in month) == (False, False)


def test_a_percentage_refers_to_its_count_and_to_the_size_of_its_column():
    content = event()
    found = one(content["analyses"], id="AN.T14.1.1.SUMMARY-2")["referencedAnalysisOperations"]
    roles = {
        related["id"]: (related["referencedOperationRole"]["controlledTerm"], related["operationId"])
        for method in content["methods"]
        for operation in method["operations"]
        for related in operation.get("referencedOperationRelationships", [])
    }
    assert [(*roles[item["referencedOperationRelationshipId"]], item["analysisId"]) for item in found] == [
        ("NUMERATOR", "MTH.Count-and-percentage.n", "AN.T14.1.1.SUMMARY-2"),
        ("DENOMINATOR", "MTH.Count.N", "AN.T14.1.1.SUBJECTS"),
    ]


def test_a_percentage_of_other_subjects_names_no_denominator():
    plan, ard, displays, kinds = made()
    halved = ard.copy()
    wrong = (halved["analysis_id"] == "SUMMARY") & (halved["stat_name"] == "p")
    halved.loc[wrong, "value"] /= 2
    content = json.loads(
        reporting_event(plan, halved, displays, kinds).model_dump_json(by_alias=True, exclude_none=True)
    )
    found = one(content["analyses"], id="AN.T14.1.1.SUMMARY-2")["referencedAnalysisOperations"]
    assert [item["analysisId"] for item in found] == ["AN.T14.1.1.SUMMARY-2"]


def test_reason_and_purpose_follow_from_the_plan():
    analyses = event(post_hoc=["T14.3.1"])["analyses"]
    said = {item["id"].split(".", 1)[1].rsplit(".", 1)[0]: (item["reason"], item["purpose"]) for item in analyses}
    planned, data_driven = {"controlledTerm": "SPECIFIED IN SAP"}, {"controlledTerm": "DATA DRIVEN"}
    assert said["T14.1.1"] == (planned, {"sponsorTermId": "TE.PURPOSE.POPULATION"})
    assert said["F14.2.1"] == (planned, {"controlledTerm": "PRIMARY OUTCOME MEASURE"})
    assert said["T14.3.1"] == (data_driven, {"sponsorTermId": "TE.PURPOSE.SAFETY"})


def test_contents_are_sections_outputs_and_analyses():
    content = event()
    main = content["mainListOfContents"]["contentsList"]
    assert [item["name"] for item in main["listItems"]] == [
        "14.1 Demographic Data",
        "14.2 Efficacy Data",
        "14.3 Safety Data",
        "16.2 Patient Data Listings",
    ]
    assert [item["outputId"] for item in items_of(main) if "outputId" in item] == [
        "T14.1.1",
        "F14.2.1",
        "T14.3.1",
        "L16.2.7",
    ]
    listed = [item["analysisId"] for item in items_of(main) if "analysisId" in item]
    assert listed == [item["id"] for item in content["analyses"]]
    others = content["otherListsOfContents"]
    assert [(item["label"], len(item["contentsList"]["listItems"])) for item in others] == [
        ("Tables", 2),
        ("Figures", 1),
        ("Listings", 1),
    ]


def test_an_output_says_its_files_its_program_and_its_parameters():
    content = event(double_programming=STATUSES)
    table = one(content["outputs"], id="T14.3.1")
    assert [file["location"] for file in table["fileSpecifications"]] == [
        *(f"../single/t-14-3-1.{suffix}" for suffix in ("pdf", "rtf", "docx", "html")),
        "T14.3.1.json",
    ]
    assert table["categoryIds"] == ["CAT.KIND.table", "CAT.QC_LEVEL.2", "CAT.QC_STATUS.matched"]
    assert one(content["outputs"], id="F14.2.1")["categoryIds"][-1] == "CAT.ESTIMAND.PRIMARY"
    code = table["programmingCode"]
    program = one(content["referenceDocuments"], id=code["documentRef"]["referenceDocumentId"])
    assert (code["context"], program["location"]) == ("Python 3", "analyses/adverse_events.py")
    assert one(code["parameters"], name="grade")["value"] == ["AESEVN"]
    appendix = table["documentRefs"][0]
    assert (appendix["referenceDocumentId"], appendix["pageRefs"][0]["pageNames"]) == ("DOC.APPENDIX", ["t-14-3-1"])


def test_a_display_has_the_texts_of_its_page():
    content = event()
    (ordered,) = one(content["outputs"], id="F14.2.1")["displays"]
    shared = {text["id"]: text["text"] for part in content["globalDisplaySections"] for text in part["subSections"]}
    texts = {
        part["sectionType"]: [
            text["subSection"]["text"] if "subSection" in text else shared[text["subSectionId"]]
            for text in part["orderedSubSections"]
        ]
        for part in ordered["display"]["displaySections"]
    }
    assert texts["Header"] == ["Protocol ZP-203", "Universitätsklinikum Gießen, Zweigstelle Süd", "FINAL"]
    title = ["Figure 14.2.1", "Kaplan–Meier Plot of the Time to First Exacerbation", "Full Analysis Set"]
    assert texts["Title"] == title
    assert texts["Footnote"][0].startswith("A month is 30.4375 days")
    assert texts["Footer"][0] == "Source: ADaM.ADSL, ADaM.ADTTE"


@pytest.fixture(scope="module")
def whole():
    plan, ard, displays, kinds = made()
    return reporting_event(plan, ard, displays, kinds)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("method_id", "MTH.none"),
        ("analysis_set_id", "SET.none"),
        ("data_subset_id", "DS.none"),
        ("ordered_groupings", None),
    ],
)
def test_a_reference_that_leads_nowhere_is_found(whole, field, value):
    analysis = next(item for item in whole.analyses if item.data_subset_id is not None)
    others = tuple(item for item in whole.analyses if item is not analysis)
    broken = whole.model_copy(update={"analyses": (*others, analysis.model_copy(update={field: value}))})
    assert not broken_references(whole)
    assert any(said.startswith(f"{analysis.id}: no ") for said in broken_references(broken))
    with pytest.raises(ProgramError, match="references of the reporting event are wrong"):
        require_integrity(broken)


def test_a_result_of_another_methods_operation_is_found(whole):
    first, *others = whole.analyses
    foreign = next(item for item in others if item.method_id != first.method_id).results[0]
    broken = whole.model_copy(update={"analyses": (first.model_copy(update={"results": (foreign,)}), *others)})
    assert any(foreign.operation_id in said for said in broken_references(broken))


@pytest.mark.parametrize("field", ["analyses", "methods", "analysis_groupings", "outputs", "data_subsets"])
def test_an_identifier_that_is_given_twice_is_found(whole, field):
    items = getattr(whole, field)
    doubled = whole.model_copy(update={field: (*items, items[0])})
    assert not repeated_identifiers(whole)
    assert items[0].id in repeated_identifiers(doubled)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A folder of results as the pipeline writes it."""
    folder = tmp_path_factory.mktemp("ars")
    made().ard.to_parquet(folder / "ard.parquet", index=False)
    for display in made().displays:
        write_json(folder / f"{display['id']}.json", display)
    write_json(folder / "qc.json", STATUSES)
    return folder


def test_the_file_holds_the_event(results):
    path = write_ars(results, made().plan, made().kinds)
    assert path.name == "ars.json"
    assert json.loads(path.read_text("utf-8")) == event(double_programming=STATUSES)


def test_the_file_has_the_same_bytes_whatever_the_order_of_hashes(results, tmp_path):
    root = Path(__file__).parents[2]
    kinds = tmp_path / "kinds.json"
    write_json(kinds, made().kinds)
    code = (
        "import json, pathlib, sys\n"
        "from csrbook.ars import write_ars\n"
        "from csrbook.plan import load_plan\n"
        "plan = load_plan(pathlib.Path('tests/second_study'))\n"
        "write_ars(pathlib.Path(sys.argv[1]), plan, json.loads(pathlib.Path(sys.argv[2]).read_text()))\n"
    )
    written = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root / "src"), "LC_ALL": "C"}
        subprocess.run([sys.executable, "-c", code, str(results), str(kinds)], cwd=root, env=environment, check=True)
        written.append((results / "ars.json").read_bytes())
    assert written[0] == written[1]


@pytest.mark.skipif(SCHEMA is None, reason="CSRBOOK_ARS_SCHEMA does not name the standard's JSON schema")
def test_the_official_schema_accepts_it():
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(Path(SCHEMA).read_text("utf-8"))
    validator = jsonschema.Draft7Validator(schema)
    content = event(double_programming=STATUSES)
    assert not [error.message for error in validator.iter_errors(content)]
    content["analyses"][0]["unknown"] = 1
    assert [error.message for error in validator.iter_errors(content)]
