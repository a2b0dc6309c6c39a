from __future__ import annotations

import pandas as pd
import pytest
from pydantic import ValidationError

from csrbook.displays.conditions import Condition, Selection, describe_conditions
from csrbook.errors import ProgramError

FRAME = pd.DataFrame({"GRADE": [1.0, 3.0, float("nan"), 5.0], "SERIOUS": ["Y", "N", "", "Y"]})


def condition(*parts):
    return Condition.model_validate(list(parts))


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("GRADE", "EQ", 3), [False, True, False, False]),
        (("GRADE", "NE", 3), [True, False, True, True]),
        (("GRADE", "GT", 3), [False, False, False, True]),
        (("GRADE", "GE", 3), [False, True, False, True]),
        (("GRADE", "LT", 3), [True, False, False, False]),
        (("GRADE", "LE", 3), [True, True, False, False]),
        (("SERIOUS", "IN", ["Y", "N"]), [True, True, False, True]),
        (("SERIOUS", "NOTIN", ["Y", "N"]), [False, False, True, False]),
        (("SERIOUS", "NE", ""), [True, True, False, True]),
    ],
)
def test_each_comparator_selects_its_records(parts, expected):
    assert Selection(FRAME, "ADAE")([condition(*parts)]).tolist() == expected


def test_where_means_all_and_any_of_means_at_least_one():
    select = Selection(FRAME, "ADAE")
    serious, severe = condition("SERIOUS", "EQ", "Y"), condition("GRADE", "GE", 3)
    assert select([serious, severe]).tolist() == [False, False, False, True]
    assert select([], [serious, severe]).tolist() == [True, True, False, True]
    assert select([severe], [serious]).tolist() == [False, False, False, True]
    assert select().tolist() == [True] * 4


def test_an_unknown_variable_is_named():
    with pytest.raises(ProgramError, match="ADAE has no variable AESERX"):
        Selection(FRAME, "ADAE")([condition("AESERX", "EQ", "Y")])


@pytest.mark.parametrize("parts", [("GRADE", "EQ"), ("GRADE", "IN", 3), ("GRADE", "EQ", [3]), ("GRADE", "LIKE", 3)])
def test_a_condition_of_the_wrong_shape_is_refused(parts):
    with pytest.raises(ValidationError):
        condition(*parts)


def test_conditions_become_variable_and_level_of_the_ard():
    serious, severe = condition("AESER", "EQ", "Y"), condition("ATOXGRN", "GE", 3)
    assert describe_conditions([serious, severe]) == {"variable": "AESER & ATOXGRN", "variable_level": "Y & GE 3"}
    either = [condition("AEACN1", "EQ", "DRUG WITHDRAWN"), condition("AEACN2", "EQ", "DRUG WITHDRAWN")]
    assert describe_conditions([], either) == {
        "variable": "AEACN1 | AEACN2",
        "variable_level": "DRUG WITHDRAWN | DRUG WITHDRAWN",
    }
    assert describe_conditions([condition("CQ01NAM", "NE", "")])["variable_level"] == "NE ''"
