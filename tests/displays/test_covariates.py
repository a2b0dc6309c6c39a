from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csrbook.displays.covariates import Covariate, covariate_design, named_status
from csrbook.errors import ProgramError

SUBJECTS = pd.DataFrame(
    {
        "USUBJID": ["1", "2", "3", "4"],
        "AGE": [40.0, 50.0, 60.0, 70.0],
        "SEX": ["F", "M", "F", ""],
        "DFI": [10.0, 24.0, np.nan, 30.0],
        "SITE": ["A", "A", "A", "A"],
    }
)


def test_numbers_levels_and_cuts_become_columns_in_the_order_of_the_plan():
    design = covariate_design(
        SUBJECTS,
        ["3", "1", "2"],
        [
            Covariate(variable="AGE", label="Age, per 10 years", per=10),
            Covariate(variable="SEX", label="Sex", levels={"M": "men", "F": "women"}),
            Covariate(variable="DFI", label="Interval", cut=(24,), levels={"1": "short", "2": "long"}, missing="none"),
        ],
    )
    assert design.names == (
        ("AGE", "Age, per 10 years"),
        ("SEX", "Sex: women versus men"),
        ("DFI", "Interval: none"),
        ("DFI", "Interval: long versus short"),
    )
    assert design.x.tolist() == [[6.0, 1.0, 1.0, 0.0], [4.0, 1.0, 0.0, 0.0], [5.0, 0.0, 0.0, 1.0]]
    assert design.complete.all() and design.notes == ()


def test_who_has_no_value_is_left_out_and_told():
    sex = Covariate(variable="SEX", label="Sex", levels={"M": "men", "F": "women"})
    design = covariate_design(SUBJECTS, ["1", "2", "3", "4"], [sex])
    assert design.complete.tolist() == [True, True, True, False]
    assert design.notes == ("1 patients without a value of Sex left out of the adjusted model.",)
    assert design.x.tolist() == [[1.0], [0.0], [1.0]]


def test_a_column_that_tells_nobody_apart_is_not_in_the_model():
    design = covariate_design(
        SUBJECTS,
        ["1", "2"],
        [
            Covariate(variable="SITE", label="Site", levels={"A": "A", "B": "B"}),
            Covariate(variable="DFI", label="Interval", missing="none"),
        ],
    )
    assert design.names == (("DFI", "Interval"),)
    assert design.notes == (
        "Site: B versus A is the same in all patients, and not in the model.",
        "Interval: none is the same in all patients, and not in the model.",
    )


def test_an_unknown_variable_is_an_error():
    with pytest.raises(ProgramError, match="WEIGHT"):
        covariate_design(SUBJECTS, ["1"], [Covariate(variable="WEIGHT", label="Weight")])


def test_a_reason_names_the_columns():
    assert named_status("monotone likelihood in covariate 0, 2", ["a", "b", "c"]) == "monotone likelihood in a and c"
    assert named_status("no events", []) == "no events"
