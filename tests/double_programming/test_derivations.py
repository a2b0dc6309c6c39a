"""A dataset derived again, compared variable by variable."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from csrbook.compare import compare_ards
from csrbook.double_programming.derivations import derived_again, locked_values
from csrbook.errors import ProgramError
from csrbook.plan.double_programming import Derivation

from .small import SmallLock

DERIVATION = Derivation(
    program="qc/derivations/adsl.py", dataset="ADSL", keys=("USUBJID",), variables=("AGEGR1", "AGE"), stack="pandas"
)


def derived(**changes):
    frame = SmallLock().dataset("ADSL").assign(**changes)
    module = SimpleNamespace(derive=lambda data, plan: frame)
    return derived_again(module, SmallLock(), None, DERIVATION)


def compared(second, derivation=DERIVATION):
    return compare_ards(locked_values(SmallLock(), derivation), second, scope=("ADSL",))


def test_every_value_of_every_record_is_compared_words_and_numbers():
    result = compared(derived())
    assert result.ok
    assert len(result.frame) == 4
    assert result.texts == 0


@pytest.mark.parametrize(
    ("changes", "variable"), [({"AGEGR1": ["<65", ">=65"]}, "AGEGR1"), ({"AGE": [50.0, 51.0]}, "AGE")]
)
def test_a_value_that_differs_is_named_by_record_and_variable(changes, variable):
    result = compared(derived(**changes))
    (row,) = result.failures.to_dict("records")
    assert (row["group1_level"], row["stat_name"], row["verdict"]) == ("2", variable, "different")


def test_a_record_that_is_missing_or_too_many_is_told():
    whole = derived()
    assert set(compared(whole[whole["group1_level"] == "1"]).failures["verdict"]) == {"missing"}
    more = pd.concat([whole, whole[whole["group1_level"] == "1"].assign(group1_level="3")])
    assert set(compared(more).failures["verdict"]) == {"extra"}


def test_only_the_records_that_are_derived_are_compared():
    some = DERIVATION.model_copy(update={"records": {"USUBJID": ("2",)}})
    assert locked_values(SmallLock(), some)["group1_level"].unique().tolist() == ["2"]


def test_a_program_that_fails_or_lacks_a_variable_is_named():
    module = SimpleNamespace(derive=lambda data, plan: pd.DataFrame({"USUBJID": ["1"]}))
    with pytest.raises(ProgramError, match="gives no AGEGR1, AGE"):
        derived_again(module, SmallLock(), None, DERIVATION)
    with pytest.raises(ProgramError, match="ZeroDivisionError"):
        derived_again(SimpleNamespace(derive=lambda data, plan: 1 / 0), SmallLock(), None, DERIVATION)
