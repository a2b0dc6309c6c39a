"""What the reviewer's guide finds in the specifications of datasets."""

from __future__ import annotations

import pytest

from csrbook.displays.adrg_datasets import (
    core_table,
    dataset_table,
    dependency_table,
    flag_table,
    imputation_table,
    kind_of,
    overview_table,
    treatment_table,
)


def variable(name, label="", kind="text", length=None, codes=None):
    return {"name": name, "label": label or f"Label of {name}", "kind": kind, "length": length, "codes": codes}


def dataset(name, keys, *variables):
    facts = {"label": f"Dataset {name}", "records": 1200, "subjects": 20}
    return {"name": name, "keys": list(keys), "variables": list(variables), **facts}


SUBJECT = variable("USUBJID", length=12)
ARM = variable("TRT01P")
ADSL = dataset("ADSL", ["USUBJID"], SUBJECT, ARM, variable("AGE", kind="number"), variable("SEX", codes=["F", "M"]))
ADAE = dataset(
    "ADAE", ["USUBJID", "AESEQ"], SUBJECT, ARM, variable("AESEQ", kind="number"), variable("ASTDTF"),
    variable("AGE", "Age at onset", "number"), variable("TRTEMFL"),
)  # fmt: skip
ADTTE = dataset(
    "ADTTE", ["USUBJID", "PARAMCD"], SUBJECT, variable("PARAMCD"), variable("CNSR", kind="number", codes=[0.0, 1.0])
)
ADLB = dataset("ADLB", ["USUBJID", "PARAMCD"], SUBJECT, ARM, variable("PARAMCD"), variable("ANL01FL"))
EVERY = [ADSL, ADTTE, ADAE, ADLB]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (ADSL, "Subject-level analysis dataset (ADSL)"),
        (ADTTE, "Basic data structure (BDS), time to event"),
        (ADLB, "Basic data structure (BDS)"),
        (ADAE, "Occurrence data structure (OCCDS)"),
        (dataset("ADXX", ["USUBJID"], SUBJECT), "Other"),
    ],
)
def test_the_class_follows_from_the_variables(item, kind):
    assert kind_of(item) == kind


def test_a_dataset_s_variables_with_their_terms_and_roles():
    assert dataset_table(ADAE, EVERY)["rows"] == [
        ["USUBJID", "Label of USUBJID", "Text", "12 characters", "Key 1"],
        ["TRT01P", "Label of TRT01P", "Text", "–", "ADSL"],
        ["AESEQ", "Label of AESEQ", "Number", "–", "Key 2"],
        ["ASTDTF", "Label of ASTDTF", "Text", "–", ""],
        # The same name with another label is another variable.
        ["AGE", "Age at onset", "Number", "–", ""],
        ["TRTEMFL", "Label of TRTEMFL", "Text", "–", ""],
    ]
    assert [row[3:] for row in dataset_table(ADTTE, EVERY)["rows"]][-1] == ["0, 1", ""]
    assert dataset_table(ADSL, EVERY)["rows"][3] == ["SEX", "Label of SEX", "Text", "F, M", ""]


def test_core_treatment_flags_and_imputation_are_found_by_name():
    assert [row[::2] for row in core_table(EVERY)["rows"]] == [["USUBJID", "all 3 of them"], ["TRT01P", "ADAE, ADLB"]]
    assert [row[::2] for row in treatment_table(EVERY)["rows"]] == [["TRT01P", "ADSL, ADAE, ADLB"]]
    assert [row[::2] for row in flag_table(EVERY)["rows"]] == [["TRTEMFL", "ADAE"], ["ANL01FL", "ADLB"]]
    assert [row[::2] for row in imputation_table(EVERY)["rows"]] == [["ASTDTF", "ADAE"]]
    assert imputation_table([ADSL])["rows"] == [["–", "None.", ""]]


def test_dependencies_by_core_variables_and_by_named_sources():
    """ADTTE carries identifiers only; its records name ADAE and ADSL as their source."""
    made = dependency_table(EVERY, {"ADTTE": {"ADAE": 7, "ADSL": 1300, "ADTTE": 1}}, {"ADSL": ("ADAE", "ADSL")})
    assert made["rows"] == [
        ["ADSL", "1", "–", "–", "ADAE"],
        ["ADTTE", "3", "ADAE, ADSL", "ADAE 7, ADSL 1,300, ADTTE 1", "–"],
        ["ADAE", "2", "ADSL", "–", "–"],
        ["ADLB", "2", "ADSL", "–", "–"],
    ]


def test_datasets_that_name_each_other_have_a_step_all_the_same():
    pair = [dataset(name, ["USUBJID"], SUBJECT) for name in ("ADAA", "ADBB")]
    rows = dependency_table(pair, {"ADAA": {"ADBB": 1}, "ADBB": {"ADAA": 1}}, {})["rows"]
    assert [row[1] for row in rows] == ["2", "2"]


def test_a_dataset_without_subjects_has_none_in_the_overview():
    assert overview_table([{**ADAE, "subjects": None}])["rows"] == [
        ["ADAE", "Dataset ADAE\nOccurrence data structure (OCCDS)", "USUBJID, AESEQ", "6", "1,200", "–"]
    ]
