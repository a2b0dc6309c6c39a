"""define.xml: what is read of it, what is refused, and how it is held against a schema."""

from __future__ import annotations

import pandera.pandas as pa
import pytest

from csrbook.data import DatasetSpecification, Difference, Variable, compare_define, find_define, read_define
from csrbook.data.define_model import CodeList, Condition, Term
from csrbook.data.specification import specified
from csrbook.errors import TransferError
from tests.data.define_files import DEFINE_1, define_xml

SCHEMA = DatasetSpecification(
    "ADXX",
    "Example of Traps",
    ("PARAMCD", "USUBJID"),
    (
        Variable("USUBJID", "Unique Subject Identifier", "text", 20),
        Variable("PARAMCD", "Parameter Code", "text", 8, ("ALB", "ALP")),
        Variable("AVAL", "Analysis Value", "number"),
        Variable("ADT", "Analysis Date", "date"),
        Variable("AEDECOD", "Dictionary-Derived Term", "text", 200, ("Nausea",)),
    ),
)


@pytest.fixture(params=["2.0", "2.1"])
def path(request, tmp_path):
    path = tmp_path / "define.xml"
    path.write_text(define_xml(request.param), encoding="utf-8")
    return path


def edited(path, old, new):
    whole = path.read_text(encoding="utf-8")
    assert whole.count(old) == 1, whole.count(old)
    path.write_text(whole.replace(old, new), encoding="utf-8")
    return path


def test_the_dataset(path):
    define = read_define(path)
    dataset = define.datasets["ADXX"]
    assert define.study == "NCT00000001"
    assert define.standards == (("ADaMIG 1.3",) if define.version == "2.1.0" else ("CDISC ADaM 2.1",))
    assert (dataset.label, dataset.structure) == ("Example of Traps", "one record per subject")
    assert dataset.observation_class == "BASIC DATA STRUCTURE"
    assert dataset.keys == ("PARAMCD", "USUBJID")
    assert define.comments[dataset.comment] == "See the reviewer's guide"
    assert [variable.name for variable in dataset.variables] == ["USUBJID", "PARAMCD", "AVAL", "ADT", "AEDECOD"]


def test_the_variables(path):
    define = read_define(path)
    subject, code, value, date, _ = define.datasets["ADXX"].variables
    assert (subject.label, subject.type, subject.length, subject.mandatory) == (
        "Unique Subject Identifier", "text", 20, True,
    )  # fmt: skip
    assert (value.type, value.length, value.digits, value.mandatory) == ("float", 8, 2, False)
    assert (value.origin, value.source) == ("Derived", "Sponsor" if define.version == "2.1.0" else "")
    assert define.methods[value.method] == "LB.LBSTRESN, in SI units"
    assert define.comments[value.comment] == "See the reviewer's guide"
    assert (date.type, date.format) == ("integer", "DATE9.")
    assert define.codelists[code.codelist] == CodeList(
        "CL.PARAMCD", "Parameter Code", "text", (Term("ALB", "Albumin"), Term("ALP", "")), ""
    )
    assert define.codelists["CL.MEDDRA"].external == "MedDRA 27.0"


def test_value_level_metadata(path):
    define = read_define(path)
    (entry,) = define.value_level
    assert entry.value_list == define.datasets["ADXX"].variables[2].value_list == "VL.ADXX.AVAL"
    assert (entry.variable.label, entry.variable.type, entry.variable.length) == ("Albumin", "integer", 3)
    assert define.methods[entry.variable.method] == "as reported"
    assert entry.where == (
        Condition("IT.ADXX.PARAMCD", "IN", ("ALB", "ALP")),
        Condition("IT.ADXX.AVISIT", "EQ", ("BASELINE",)),
    )


def test_version_1_says_the_same_in_attributes(tmp_path):
    (tmp_path / "define.xml").write_text(DEFINE_1, encoding="latin-1")
    define = read_define(tmp_path / "define.xml")
    dataset = define.datasets["ADSL"]
    (age,) = dataset.variables
    assert (define.version, define.study) == ("1.0.0", "Olé")
    assert (dataset.label, dataset.keys, dataset.observation_class) == (
        "Subject-Level Analysis", ("STUDYID", "USUBJID"), "ADSL",
    )  # fmt: skip
    assert (age.label, age.type, age.length, age.origin) == ("Age", "integer", 8, "Derived")
    assert define.methods[age.method] == "RFICDT minus BRTHDT"


def test_a_define_is_found_in_any_case(path):
    assert find_define(path.parent) == path
    renamed = path.rename(path.with_name("Define.XML"))
    assert find_define(path.parent) == renamed
    renamed.unlink()
    assert find_define(path.parent) is None


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('<ItemDef OID="IT.ADXX.ADT"', '<ItemDef OID="IT.ADXX.ADX"', "refers to the variable 'IT.ADXX.ADT'"),
        ('<ItemDef OID="IT.ADXX.ADT"', '<ItemDef OID="IT.ADXX.AVAL"', "the ItemDef 'IT.ADXX.AVAL' twice"),
        ('<ItemDef OID="IT.ADXX.ADT"', "<ItemDef", "ItemDef has no OID"),
        ('WhereClauseOID="WC.ALB"', 'WhereClauseOID="WC.X"', "refers to the where-clause 'WC.X'"),
        ('Length="20"', 'Length="-20"', "the Length '-20' is no number"),
        ('Length="20"', 'Length="99999999999999999999"', "is no number"),
        ("DefineVersion", "Version", "no Define-XML"),
        ('<ItemGroupDef OID="IG.ADXX" Name="ADXX"', '<ItemGroupDef OID="IG.ADXX"', "has no name"),
        ('Name="ADT"', 'Name="aval"', "a variable twice"),
        ("</Study>", "", "no XML"),
        ("<Study OID", "<Trial OID", "no XML"),
    ],
)
def test_a_define_that_is_wrong_is_refused(path, old, new, reason):
    with pytest.raises(TransferError, match=reason):
        read_define(edited(path, old, new))


@pytest.mark.parametrize("size", [0, 30, 400, -10])
def test_a_truncated_define_is_refused(path, size):
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(TransferError, match="not readable"):
        read_define(path)


def test_a_define_and_a_schema_that_agree(path):
    assert compare_define(read_define(path), {"ADXX": SCHEMA}) == []


def changed(**more):
    """The schema with one variable changed."""
    name = more.pop("variable")
    variables = tuple(
        Variable(**({f: getattr(v, f) for f in ("name", "label", "kind", "length", "codes")} | more))
        if v.name == name else v
        for v in SCHEMA.variables
    )  # fmt: skip
    return {"ADXX": DatasetSpecification(SCHEMA.name, SCHEMA.label, SCHEMA.keys, variables)}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (changed(variable="AVAL", label="Value"), [("AVAL", "label", "Analysis Value", "Value")]),
        (changed(variable="AVAL", kind="text"), [("AVAL", "type", "float", "text")]),
        (changed(variable="AVAL", kind="date"), [("AVAL", "type", "float", "date")]),
        (changed(variable="ADT", kind="number"), [("ADT", "type", "integer DATE9.", "number")]),
        (changed(variable="USUBJID", kind="number"), [("USUBJID", "type", "text", "number")]),
        (changed(variable="USUBJID", length=19), [("USUBJID", "length", "20", "19")]),
        (changed(variable="USUBJID", length=21), []),
        (changed(variable="USUBJID", length=None), []),
        (changed(variable="PARAMCD", codes=("ALB",)), [("PARAMCD", "codelist", "ALB, ALP", "ALB")]),
        (changed(variable="PARAMCD", codes=("ALP", "ALB")), []),
        (changed(variable="PARAMCD", codes=None), []),
        (changed(variable="USUBJID", codes=("S1",)), [("USUBJID", "codelist", "", "S1")]),
        (changed(variable="AVAL", codes=(1.0, 2.5)), [("AVAL", "codelist", "", "1, 2.5")]),
        (
            changed(variable="ADT", name="ADTM"),
            [("ADTM", "variable", "", "ADTM"), ("ADT", "variable", "ADT", "")],
        ),
        (
            {"ADXX": DatasetSpecification("ADXX", "Other", ("USUBJID", "PARAMCD"), SCHEMA.variables)},
            [("", "label", "Example of Traps", "Other"), ("", "keys", "PARAMCD, USUBJID", "USUBJID, PARAMCD")],
        ),
        ({}, [("", "dataset", "ADXX", "")]),
    ],
)  # fmt: skip
def test_differences(path, schema, expected):
    assert compare_define(read_define(path), schema) == [Difference("ADXX", *each) for each in expected]


def test_a_dataset_that_the_define_lacks(path):
    schemas = {"ADXX": SCHEMA, "ADYY": DatasetSpecification("ADYY", "", (), ())}
    (difference,) = compare_define(read_define(path), schemas)
    assert difference == Difference("ADYY", "", "dataset", "", "ADYY")
    assert str(difference) == "ADYY dataset: define.xml has none; schema ADYY"


def test_numeric_codelists_are_compared_as_numbers(path):
    edited(path, 'Length="8" SignificantDigits="2"', 'Length="8"')
    edited(path, "<def:ValueListRef", '<CodeListRef CodeListOID="CL.PARAMCD"/><def:ValueListRef')
    edited(path, 'CodedValue="ALB"', 'CodedValue="1"')
    edited(path, 'CodedValue="ALP"', 'CodedValue="2.0"')
    found = compare_define(read_define(path), changed(variable="AVAL", codes=(1.0, 2.0)))
    assert [difference.variable for difference in found] == ["PARAMCD"]


def test_a_pandera_schema_states_length_and_codelist():
    schema = pa.DataFrameSchema(
        {
            "USUBJID": pa.Column(title="Subject", checks=pa.Check.str_length(1, 20), metadata={"kind": "text"}),
            "SEX": pa.Column(title="Sex", checks=pa.Check.isin(["F", "M", ""]), metadata={"kind": "text"}),
            "AGEGR1N": pa.Column(checks=pa.Check.isin([1.0, 2.0]), metadata={"kind": "number"}),
            "RANDDT": pa.Column(title="Date", metadata={"kind": "date"}),
        },
        title="Subject-Level Analysis",
        unique=["USUBJID"],
    )
    assert specified("ADSL", schema) == DatasetSpecification(
        "ADSL",
        "Subject-Level Analysis",
        ("USUBJID",),
        (
            Variable("USUBJID", "Subject", "text", 20),
            Variable("SEX", "Sex", "text", None, ("F", "M")),
            Variable("AGEGR1N", "AGEGR1N", "number", None, (1.0, 2.0)),
            Variable("RANDDT", "Date", "date"),
        ),
    )
