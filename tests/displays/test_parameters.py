from __future__ import annotations

import pytest

from csrbook.displays.event_hierarchy import HierarchyParameters
from csrbook.displays.parameters import label_of, read_parameters, sentence_case
from csrbook.displays.summary import SummaryParameters
from csrbook.errors import PlanError
from tests.displays.small_study import row


def test_an_unknown_parameter_names_output_and_field():
    with pytest.raises(PlanError) as caught:
        read_parameters(row("T14.3.1.2", "SAF", sorting="frequency"), HierarchyParameters)
    assert caught.value.where == "sap/outputs.yaml, output T14.3.1.2, field parameters.sorting"
    assert "sort" in caught.value.todo


def test_a_wrong_value_names_its_place_in_a_list():
    variables = [{"name": "AGE", "label": "Age", "type": "integer"}]
    with pytest.raises(PlanError, match=r"parameters\.variables\.0\.type"):
        read_parameters(row("T14.1.3.1", "ITT", variables=variables), SummaryParameters)


def test_values_in_capitals_print_as_sentences_unless_the_plan_labels_them():
    assert sentence_case("LOST TO FOLLOW-UP") == "Lost to follow-up"
    assert sentence_case("Diarrhoea NOS") == "Diarrhoea NOS"
    assert label_of({"HER2": {"IHC POSITIVE": "IHC positive"}}, "HER2", "IHC POSITIVE") == "IHC positive"
    assert label_of({}, "HER2", "NOT DONE") == "Not done"
