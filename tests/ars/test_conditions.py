"""ARD levels and conditions of the plan as clauses of the standard."""

from __future__ import annotations

import pytest

from csrbook.ars.conditions import Variables, clauses, level_selection
from csrbook.ars.identifiers import Identifiers

KNOWN = Variables(
    {
        "ADSL": {"ITTFL": "text", "AGE": "number", "KI67": "number", "RANDDT": "date"},
        "ADAE": {"ATOXGRN": "number", "AREL": "text", "AEACN1": "text", "AEACN2": "text"},
    },
    parameters=["KI67"],
)


def read(dataset, variable, level):
    selected = level_selection(dataset, variable, level, KNOWN)
    return selected and [[f"{c.dataset}.{c.variable} {c.comparator} {c.value[0]!r}" for c in part] for part in selected]


@pytest.mark.parametrize(
    ("variable", "level", "expected"),
    [
        ("ITTFL", "Y", [["ADSL.ITTFL EQ 'Y'"]]),
        ("ITTFL", "NE Y", [["ADSL.ITTFL NE 'Y'"]]),
        ("AREL", "NE ''", [["ADAE.AREL NE ''"]]),
        ("AREL & ATOXGRN", "RELATED & GE 3", [["ADAE.AREL EQ 'RELATED'"], ["ADAE.ATOXGRN GE '3'"]]),
        ("AEACN1 | AEACN2", "DOSE REDUCED | NE ''", [["ADAE.AEACN1 EQ 'DOSE REDUCED'", "ADAE.AEACN2 NE ''"]]),
        (
            "AREL & AEACN1 | AEACN2",
            "RELATED & A | B",
            [["ADAE.AREL EQ 'RELATED'"], ["ADAE.AEACN1 EQ 'A'", "ADAE.AEACN2 EQ 'B'"]],
        ),
    ],
)
def test_a_level_is_read_as_the_condition_that_it_says(variable, level, expected):
    assert read("ADAE", variable, level) == expected


@pytest.mark.parametrize(
    ("variable", "level"),
    [
        ("DERIVED", "Y"),
        ("AREL & DERIVED", "RELATED & Y"),
        ("AREL & AEACN1", "RELATED / A"),
        ("ATOXGRN", "MISSING"),
        ("AREL", "GT 3"),
        ("KI67", "HIGH"),
        ("KI67", "1"),
        ("RANDDT", "First visit"),
    ],
)
def test_a_level_that_is_no_value_of_a_variable_has_no_condition(variable, level):
    assert read("ADAE", variable, level) is None


def test_one_condition_stands_alone_and_several_are_joined():
    assert list(clauses(level_selection("ADAE", "AREL", "RELATED", KNOWN))) == ["condition"]
    selected = level_selection("ADAE", "AREL & AEACN1 | AEACN2", "RELATED & A | B", KNOWN)
    joined = clauses(selected)["compound_expression"].model_dump(exclude_none=True)
    assert joined["logical_operator"] == "AND"
    first, second = joined["where_clauses"]
    assert (first["level"], first["condition"]["variable"]) == (2, "AREL")
    assert second["compound_expression"]["logical_operator"] == "OR"
    assert [part["level"] for part in second["compound_expression"]["where_clauses"]] == [3, 3]


def test_identifiers_are_given_once_whatever_case_they_have():
    names = Identifiers()
    assert [names.new("G", text) for text in ("≥65", "<65", "a b", "A B")] == ["G.65", "G.65-2", "G.a-b", "G.A-B-2"]
