"""Dataset-JSON 1.1: both layouts, every type, and what is refused."""

from __future__ import annotations

import json
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from csrbook.data import DatasetSpecification, Variable, dataset_json
from csrbook.data.dataset_json import read_dataset_json
from csrbook.data.dataset_json_writer import write_dataset_json
from csrbook.errors import TransferError
from tests.data.examples import SPECIFICATION, frame

MADE = datetime(2026, 1, 15, 12, 30)  # noqa: DTZ001 - the header has no time zone
LAYOUTS = ["json", "ndjson"]


def metadata(columns, records, more=None):
    return {
        "datasetJSONCreationDateTime": "2026-01-15T12:30:00", "datasetJSONVersion": "1.1.0", "itemGroupOID": "IG.ADX",
        "records": records, "name": "ADX", "label": "Example",
        "columns": [{"itemOID": f"IT.{c['name']}", "label": "", **c} for c in columns],
    } | (more or {})  # fmt: skip


def written(path, columns, rows, more=None):
    """A file that somebody else wrote."""
    head = metadata(columns, len(rows), more)
    if path.suffix == ".json":
        path.write_text(json.dumps(head | {"rows": rows}), encoding="utf-8")
    else:
        path.write_text("\n".join(map(json.dumps, [head, *rows])), encoding="utf-8")
    return path


def column(name, kind, target=None, **more):
    return {"name": name, "dataType": kind} | ({} if target is None else {"targetDataType": target}) | more


@pytest.fixture(params=LAYOUTS)
def path(request, tmp_path):
    return tmp_path / f"adx.{request.param}"


def test_there_and_back(path):
    write_dataset_json(frame(), path, SPECIFICATION, MADE)
    again, stated = read_dataset_json(path)
    pd.testing.assert_frame_equal(again, frame())
    assert (stated.name, stated.label, stated.keys) == ("ADXX", "Example of Traps", ("USUBJID",))
    assert [(v.name, v.label, v.kind) for v in stated.variables] == [
        (v.name, v.label, v.kind) for v in SPECIFICATION.variables
    ]


def test_what_is_written_is_what_the_standard_says(tmp_path):
    write_dataset_json(frame().iloc[:2], tmp_path / "adxx.ndjson", SPECIFICATION, MADE)
    head, *rows = map(json.loads, (tmp_path / "adxx.ndjson").read_text(encoding="utf-8").splitlines())
    assert rows == [
        ["S-01", "Diarrhoea #1 <b>$\\", "", "0.1", "2020-03-26"],
        ["S-02", "腹泻", "", "-118.625", None],
    ]
    assert (head["datasetJSONCreationDateTime"], head["datasetJSONVersion"]) == ("2026-01-15T12:30:00", "1.1.0")
    assert (head["records"], head["name"], head["itemGroupOID"]) == (2, "ADXX", "IG.ADXX")
    # Tables of types and of the attributes' order in the standard: a decimal is sent as text, an ADaM date as ISO text.
    assert head["columns"][3:] == [
        {
            "itemOID": "IT.ADXX.AVAL", "name": "AVAL", "label": "Analysis Value", "dataType": "decimal",
            "targetDataType": "decimal",
        },
        {
            "itemOID": "IT.ADXX.ADT", "name": "ADT", "label": "Analysis Date", "dataType": "date",
            "targetDataType": "integer", "displayFormat": "E8601DA.",
        },
    ]  # fmt: skip
    write_dataset_json(frame().iloc[:2], tmp_path / "adxx.json", SPECIFICATION, MADE)
    assert json.loads((tmp_path / "adxx.json").read_text(encoding="utf-8")) == head | {"rows": rows}


def test_the_same_data_give_the_same_bytes(path, tmp_path):
    write_dataset_json(frame(), path, SPECIFICATION, MADE)
    other = tmp_path / f"again{path.suffix}"
    write_dataset_json(frame().copy(), other, SPECIFICATION, MADE)
    assert other.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("declared", "values", "expected"),
    [
        (column("X", "string"), ["a  ", "", None, " b"], ["a", "", "", " b"]),
        (column("X", "date"), ["2012", "2012-03", None, "2012-03-26"], ["2012", "2012-03", "", "2012-03-26"]),
        (column("X", "datetime"), ["2012-03-26T10:00", None], ["2012-03-26T10:00", ""]),
        # 22000 days from 1960-01-01: SAS, PUT(22000, E8601DA.) = 2020-03-26.
        (column("X", "date", "integer"), ["2020-03-26", "1960-01-01", None, "1959-12-31"], [22000, 0, np.nan, -1]),
        (column("X", "datetime", "integer"), ["1960-01-02T00:00:01.5", "1960-01-01T00:01"], [86401.5, 60]),
        (column("X", "time", "integer"), ["00:00:00", "23:59:59", None], [0, 86399, np.nan]),
        (column("X", "integer"), [1, None, -3, 4.0], [1, np.nan, -3, 4]),
        (column("X", "float"), [0.1, 1e-300, None], [0.1, 1e-300, np.nan]),
        (column("X", "decimal", "decimal"), ["0.1", " -7.50 ", None, "", "."], [0.1, -7.5, np.nan, np.nan, np.nan]),
        (column("X", "decimal", "decimal"), ["1,234.5", "12,345,678", "NA", "1e3"], [1234.5, 12345678, np.nan, 1000]),
        (column("X", "decimal", "decimal"), ["0.1", 2, 3.5], [0.1, 2, 3.5]),
        (column("X", "decimal", "decimal"), [None, None], [np.nan, np.nan]),
    ],
)  # fmt: skip
def test_types(path, declared, values, expected):
    again, _ = read_dataset_json(written(path, [declared], [[value] for value in values]))
    dtype = object if isinstance(expected[0], str) else float
    pd.testing.assert_frame_equal(again, pd.DataFrame({"X": pd.Series(expected, dtype=dtype)}))


@pytest.mark.parametrize(
    ("declared", "value", "reason"),
    [
        (column("X", "string"), 63, "declared string, holds 63"),
        (column("X", "string"), ["nested"], "holds"),
        (column("X", "integer"), True, "declared integer, holds True"),
        (column("X", "integer"), "12 mg", "'12 mg', which is no number"),
        (column("X", "decimal", "decimal"), "1,23", "'1,23', which is no number"),
        (column("X", "decimal", "decimal"), "1_000", "which is no number"),
        (column("X", "decimal", "decimal"), "١", "which is no number"),
        (column("X", "decimal", "decimal"), "1e999", "too large"),
        (column("X", "float"), 10**400, "too large"),
        (column("X", "date", "integer"), "2012-03", "'2012-03' is no complete date"),
        (column("X", "date", "integer"), "2012-02-30", "day is out of range"),
        (column("X", "date", "integer"), "20120330", "no complete date"),
        (column("X", "datetime", "integer"), "2012-03-26T10:00:00+02:00", "without time zone"),
        (column("X", "string"), "a\0b", "no character"),
        (column("X", "string"), "\ud83d", "no character"),
        (column("X", "string"), "x" * 32_768, "longer than the 32767"),
        (column("X", "boolean"), True, "type 'boolean'"),
        (column("X", "date", "float"), "2012-03-26", "target 'float'"),
        (column("", "string"), "", "column ''"),
        (column("X", "string", length=0), "", "length of column 'X'"),
        (column("X", "string", length=True), "", "length of column 'X'"),
        (column("X\n", "string"), "", "no printable text"),
    ],
)
def test_what_is_refused(path, declared, value, reason):
    with pytest.raises(TransferError, match=reason):
        read_dataset_json(written(path, [declared], [[value]]))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"records": 3}, "states 3 records and holds 1"),
        ({"records": "1"}, "number of records is not readable"),
        ({"records": True}, "number of records is not readable"),
        ({"datasetJSONVersion": "1.0.0"}, "states version 1.0.0"),
        ({"datasetJSONVersion": "1.10"}, "no Dataset-JSON 1.1"),
        ({"datasetJSONVersion": None}, "states no version"),
        ({"columns": []}, "declares no columns"),
        ({"columns": [column("X", "string"), column("x", "string")]}, "two columns have one name"),
        ({"columns": ["X"]}, "no object"),
        ({"name": None}, "its name"),
    ],
)
def test_a_header_that_lies_is_refused(path, more, reason):
    with pytest.raises(TransferError, match=reason):
        read_dataset_json(written(path, [column("X", "string")], [["a"]], more))


@pytest.mark.parametrize("row", [["a", "b"], [], "a", None, {"X": "a"}])
def test_a_record_that_is_not_as_wide_as_the_columns_is_refused(path, row):
    with pytest.raises(TransferError, match="record 2 has"):
        read_dataset_json(written(path, [column("X", "string")], [["a"], row]))


@pytest.mark.parametrize("rows", [{"rows": []}, {}])
def test_rows_may_be_absent_where_there_are_no_records(tmp_path, rows):
    path = tmp_path / "adx.json"
    path.write_text(json.dumps(metadata([column("X", "string"), column("N", "integer")], 0) | rows), encoding="utf-8")
    again, _ = read_dataset_json(path)
    pd.testing.assert_frame_equal(
        again, pd.DataFrame({"X": np.empty(0, dtype=object), "N": np.empty(0, dtype=np.float64)})
    )


def test_rows_may_be_absent_only_there(tmp_path):
    path = tmp_path / "adx.json"
    path.write_text(json.dumps(metadata([column("X", "string")], 254)), encoding="utf-8")
    with pytest.raises(TransferError, match="states 254 records and holds 0"):
        read_dataset_json(path)


def test_the_order_of_names_does_not_matter(tmp_path):
    path = tmp_path / "adx.json"
    head = metadata([column("X", "string"), column("N", "integer")], 2)
    path.write_text(json.dumps({"rows": [["a", 1], ["b", None]]} | head), encoding="utf-8-sig")
    again, _ = read_dataset_json(path)
    pd.testing.assert_frame_equal(again, pd.DataFrame({"X": ["a", "b"], "N": [1.0, np.nan]}))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"name": "A", "name": "B"}', "twice"),
        ('{"columns": [{"name": "A", "name": "B"}]}', "one name twice"),
        ('{"records": NaN}', "NaN is no JSON number"),
        ('{"rows": [[1], [2]', "truncated"),
        ('{"records": 1', "truncated"),
        ("", "truncated"),
        ("[]", "where '{' belongs"),
        ('{"a": 1} {}', "something follows"),
        ('{"a": 1,}', "not readable"),
        ("{1: 2}", "no text"),
    ],
)
def test_what_is_no_json_is_refused(tmp_path, text, reason):
    (tmp_path / "adx.json").write_text(text, encoding="utf-8")
    with pytest.raises(TransferError, match=reason):
        read_dataset_json(tmp_path / "adx.json")


@pytest.mark.parametrize("first", ["[]", "{", '{"records": 1}', "\n"])
def test_a_first_line_without_metadata_is_refused(tmp_path, first):
    (tmp_path / "adx.ndjson").write_text(first + '\n["a"]\n', encoding="utf-8")
    with pytest.raises(TransferError, match="not readable"):
        read_dataset_json(tmp_path / "adx.ndjson")


def test_text_that_is_not_utf_8_is_refused(path):
    written(path, [column("X", "string")], [["Uebelkeit"]])
    path.write_bytes(path.read_bytes().replace(b"Ueb", "Üb".encode("latin-1")))
    with pytest.raises(TransferError, match="is not utf-8"):
        read_dataset_json(path)


def test_records_beyond_one_batch_and_values_beyond_one_chunk(path, monkeypatch):
    monkeypatch.setattr(dataset_json, "BATCH", 7)
    monkeypatch.setattr("csrbook.data.json_values.CHUNK", 11)
    rows = [[f"{'x' * (i % 40)}{i}", i if i % 3 else None, f"{i}.5" if i > 9 else None] for i in range(50)]
    columns = [column("X", "string"), column("N", "integer"), column("D", "decimal", "decimal")]
    again, _ = read_dataset_json(written(path, columns, rows))
    expected = pd.DataFrame(rows, columns=["X", "N", "D"]).astype({"N": float, "D": float})
    pd.testing.assert_frame_equal(again, expected)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [("AVAL", np.inf, "infinite"), ("ADT", 0.5, "no whole number of days"), ("ADT", 4e6, "four digits"),
     ("AETERM", None, "holds None")],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused(path, name, value, reason):
    bad = frame()
    bad.loc[0, name] = value
    with pytest.raises(TransferError, match=reason) as caught:
        write_dataset_json(bad, path, SPECIFICATION, MADE)
    assert name in caught.value.where


def test_whole_numbers_are_integers_and_no_zero_is_negative(tmp_path):
    specification = DatasetSpecification("ADX", "X", (), (Variable("N", "N", "number"), Variable("D", "D", "number")))
    write_dataset_json(
        pd.DataFrame({"N": [-0.0, 2.0**53], "D": [-0.0, 1e-7]}), tmp_path / "adx.ndjson", specification, MADE
    )
    head, *rows = map(json.loads, (tmp_path / "adx.ndjson").read_text(encoding="utf-8").splitlines())
    assert [c["dataType"] for c in head["columns"]] == ["integer", "decimal"]
    assert rows == [[0, "0"], [2**53, "0.0000001"]]
