"""What the standard's logical model requires, allows and refuses."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from csrbook.ars.model import Analysis, Condition, ControlledTerm, DataSubset, GroupingFactor, Operation, WhereClause
from csrbook.ars.report_model import DisplaySection, Output, ReportingEvent

CONDITION = {"dataset": "ADSL", "variable": "ITTFL", "comparator": "EQ", "value": ["Y"]}
SUBSET = {"id": "DS.1", "name": "Those", "level": 1, "order": 1, "condition": CONDITION}
ANALYSIS = {
    "id": "AN.1",
    "name": "A mean",
    "version": 1,
    "reason": {"controlledTerm": "SPECIFIED IN SAP"},
    "purpose": {"sponsorTermId": "TE.1"},
    "methodId": "MTH.1",
    "results": [{"operationId": "MTH.1.mean", "rawValue": "1.5", "formattedValue": "1.5"}],
}


def test_json_is_read_and_written_in_camel_case():
    analysis = Analysis.model_validate(ANALYSIS)
    assert analysis.method_id == "MTH.1"
    assert analysis.model_dump(mode="json", by_alias=True, exclude_none=True) == ANALYSIS


@pytest.mark.parametrize("name", ["id", "name", "reason", "purpose", "methodId"])
def test_an_analysis_without_a_required_field_is_refused(name):
    with pytest.raises(ValidationError, match=name):
        Analysis.model_validate({key: value for key, value in ANALYSIS.items() if key != name})


@pytest.mark.parametrize("name", ["id", "name", "level", "order"])
def test_a_data_subset_without_a_required_field_is_refused(name):
    with pytest.raises(ValidationError, match=name):
        DataSubset.model_validate({key: value for key, value in SUBSET.items() if key != name})


@pytest.mark.parametrize(
    ("kind", "required"),
    [
        (GroupingFactor, {"id", "name", "dataDriven"}),
        (Operation, {"id", "name", "order"}),
        (WhereClause, {"level", "order"}),
        (Output, {"id", "name", "displays"}),
        (ReportingEvent, {"id", "name", "mainListOfContents"}),
    ],
)
def test_the_standards_required_fields_are_required(kind, required):
    with pytest.raises(ValidationError) as refused:
        kind.model_validate({})
    assert required <= {error["loc"][0] for error in refused.value.errors()}


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (Analysis, ANALYSIS | {"analysisId": "1"}),
        (DataSubset, SUBSET | {"definition": "text"}),
        (Condition, CONDITION | {"values": ["Y"]}),
    ],
)
def test_a_field_that_the_standard_does_not_have_is_refused(kind, content):
    with pytest.raises(ValidationError, match="extra_forbidden"):
        kind.model_validate(content)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (Condition, CONDITION | {"comparator": "=="}),
        (Condition, CONDITION | {"value": "Y"}),
        (ControlledTerm, {"controlledTerm": "POST HOC"}),
        (DisplaySection, {"sectionType": "Body", "orderedSubSections": []}),
        (Analysis, ANALYSIS | {"version": "one"}),
    ],
)
def test_a_term_or_type_that_the_standard_does_not_have_is_refused(kind, content):
    with pytest.raises(ValidationError):
        kind.model_validate(content)
