"""Grouping factors from the rows of an ARD."""

from __future__ import annotations

import pytest

from csrbook.ard import Ard
from csrbook.ars.conditions import Variables
from csrbook.ars.groupings import Groupings
from csrbook.ars.identifiers import Identifiers
from tests.analyses.trial import trial_plan

KNOWN = Variables({"ADSL": {"TRT01P": "text", "SEX": "text"}, "ADAE": {"ATOXGRN": "number", "AEDECOD": "text"}})
ROWS = [
    {"group1": "TRT01P", "group1_level": "CAP", "dataset": "ADAE", "variable": "AEDECOD", "variable_level": "Nausea"},
    {"group1": "TRT01P", "group1_level": "TOTAL", "dataset": "ADAE", "variable": "ATOXGRN", "variable_level": "GE 3"},
    {"group1": "TRT01P", "group1_level": "CAP", "dataset": "ADAE", "variable": "ATOXGRN", "variable_level": "5"},
    {"group1": "SEX", "group1_level": "F", "dataset": "ADAE", "variable": "WEEK", "variable_level": "1"},
    {"group1": "TRT01P", "dataset": "ADAE", "group2": "PARAMCD", "group2_level": "PFS", "variable": "AEDECOD"},
    {"group1": "TRT01P", "dataset": "ADAE", "group2": "WORST", "group2_level": "5"},
]


@pytest.fixture(scope="module")
def groupings():
    ard = Ard("T1.1")
    for number, row in enumerate(ROWS):
        ard.add("n", 1, formatted="1", analysis_id=str(number), **row)
    return Groupings(ard.frame(), trial_plan(), KNOWN, Identifiers())


def factor(groupings, identifier):
    (found,) = [item for item in groupings.factors if item.id == identifier]
    return found


def test_a_parameter_is_no_grouping(groupings):
    assert [item.id for item in groupings.factors] == [
        "GF.TRT01P",
        "GF.SEX",
        "GF.ADAE.WORST",
        "GF.ADAE.AEDECOD",
        "GF.ADAE.ATOXGRN",
        "GF.ADAE.WEEK",
    ]


def test_columns_are_arms_by_their_labels_and_all_of_them(groupings):
    arm, total = factor(groupings, "GF.TRT01P").groups
    assert (arm.name, arm.condition.value) == ("Capecitabine+Pyrotinib", ("Capecitabine+Pyrotinib",))
    assert [clause.sub_clause_id for clause in total.compound_expression.where_clauses] == [arm.id]


def test_levels_with_a_comparison_are_prespecified_groups(groupings):
    grade = factor(groupings, "GF.ADAE.ATOXGRN")
    assert not grade.data_driven
    said = [(group.label, group.condition.comparator, group.condition.value) for group in grade.groups]
    assert said == [("GE 3", "GE", ("3",)), ("5", "EQ", ("5",))]
    assert groupings.levels("ADAE", "ATOXGRN", "GE 3").group_id == grade.groups[0].id


def test_values_of_a_variable_are_data_driven(groupings):
    term = factor(groupings, "GF.ADAE.AEDECOD")
    assert (term.data_driven, term.grouping_variable, term.groups) == (True, "AEDECOD", None)
    assert groupings.levels("ADAE", "AEDECOD", "Nausea").group_value == "Nausea"


def test_levels_of_a_derived_variable_are_groups_without_condition(groupings):
    (week,) = factor(groupings, "GF.ADAE.WEEK").groups
    assert (week.name, week.condition, week.compound_expression) == ("1", None, None)


def test_a_result_across_groups_names_the_factor_alone(groupings):
    assert groupings.columns("TRT01P", "").model_dump(exclude_none=True) == {"grouping_id": "GF.TRT01P"}
