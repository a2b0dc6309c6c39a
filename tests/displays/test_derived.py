"""Variables of one value a subject from datasets with many records."""

from __future__ import annotations

import pandas as pd
import pytest

from csrbook.displays.derived import Derived, add_derived
from csrbook.errors import DataError, ProgramError
from tests.displays.small_study import Frames

NAN = float("nan")
SUBJECTS = pd.DataFrame({"USUBJID": ["S1", "S2", "S3"], "RANDDT": [100.0, 200.0, 300.0], "AGE": [70.0, NAN, 50.0]})
ADEX = pd.DataFrame(
    {
        "USUBJID": ["S1", "S1", "S2", "S9"],
        "DRUG": ["A", "B", "A", "A"],
        "AVAL": [2.0, 4.0, NAN, 7.0],
        "ADT": [107.0, 114.0, 207.0, 0.0],
        "TERM": ["x", "y", "z", "z"],
    }
)


def derived(**given: object) -> list[object]:
    item = Derived.model_validate({"name": "NEW", "dataset": "ADEX", **given})
    return add_derived(Frames(ADEX=ADEX), SUBJECTS, [item])["NEW"].tolist()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"reduce": "count"}, [2, 1, 0]),
        ({"reduce": "any", "where": [["DRUG", "EQ", "B"]]}, ["Y", "N", "N"]),
        ({"reduce": "sum", "variable": "AVAL"}, [6, NAN, NAN]),
        ({"reduce": "mean", "variable": "AVAL"}, [3, NAN, NAN]),
        ({"reduce": "minimum", "variable": "AVAL"}, [2, NAN, NAN]),
        ({"reduce": "maximum", "variable": "ADT", "minus": "RANDDT", "divide": 7}, [2, 1, NAN]),
        ({"reduce": "distinct", "variable": "DRUG"}, [2, 1, 0]),
        ({"reduce": "value", "variable": "AVAL", "where": [["DRUG", "EQ", "B"]]}, [4, NAN, NAN]),
        ({"reduce": "value", "variable": "TERM", "where": [["DRUG", "EQ", "A"]]}, ["x", "z", ""]),
        ({"reduce": "any", "dataset": "ADSL", "where": [["AGE", "GE", 65]]}, ["Y", "N", "N"]),
    ],
)
def test_ways_to_reduce(given, expected):
    assert (
        derived(**given) == pytest.approx(expected, nan_ok=True)
        if expected[0] not in ("Y", "x")
        else derived(**given) == expected
    )


def test_one_variable_may_rest_on_another():
    items = [
        Derived(name="DOSES", dataset="ADEX", reduce="count"),
        Derived.model_validate({"name": "MANY", "dataset": "ADSL", "reduce": "any", "where": [["DOSES", "GE", 2]]}),
    ]
    assert add_derived(Frames(ADEX=ADEX), SUBJECTS, items)["MANY"].tolist() == ["Y", "N", "N"]


def test_several_records_are_no_value():
    with pytest.raises(DataError, match="1 subjects have more than one record for NEW"):
        derived(reduce="value", variable="AVAL")


def test_a_variable_that_does_not_exist_is_named():
    with pytest.raises(ProgramError, match="ADEX has no variable 'DOSE' to derive NEW from"):
        derived(reduce="sum", variable="DOSE")
