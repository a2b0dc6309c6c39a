"""The template that goes out, and the filled file that comes back."""

from __future__ import annotations

import csv
import json
import math

import pandas as pd
import pytest

from csrbook.ard import ARD_KEYS
from csrbook.double_programming.contract import COLUMNS, read_filled, template_rows, write_template
from csrbook.errors import IntegrityError, UsageError

from .small import LOCK, ard


@pytest.fixture
def template(tmp_path):
    write_template(template_rows(ard(("T1.1", "n", 5), ("T1.1", "hr", 0.9), ("T2.2", "p", 0.1)), LOCK), tmp_path / "T")
    return tmp_path / "T.csv"


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fill(path, values, change=lambda row: row):
    table = [{**row, "value": value} for row, value in zip(rows(path), values, strict=True)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(map(change, table))
    return path


def test_a_template_has_every_key_and_no_value(template):
    table = rows(template)
    assert [row["stat_name"] for row in table] == ["n", "hr", "p"]
    assert {row["value"] for row in table} == {""}
    assert {row["lock"] for row in table} == {LOCK}
    content = json.loads(template.with_suffix(".json").read_text("utf-8"))
    assert content["lock"] == LOCK
    assert [number["value"] for number in content["numbers"]] == [None, None, None]
    text = template.read_text("utf-8") + template.with_suffix(".json").read_text("utf-8")
    assert "0.9" not in text


def test_words_are_not_asked_for():
    words = ard(("T1.1", "conclusion", math.nan)).assign(unit="text")
    assert template_rows(pd.concat([words, ard(("T1.1", "hr", math.nan))]), LOCK)[0]["stat_name"] == "hr"


def test_a_filled_file_gives_numbers_not_estimable_ones_and_what_was_left_empty(template):
    filled = read_filled(fill(template, ["5", "NE", ""]), LOCK)
    assert filled.numbers["stat_name"].tolist() == ["n", "hr"]
    assert filled.numbers["value"].iloc[0] == 5.0
    assert math.isnan(filled.numbers["value"].iloc[1])
    assert (filled.outputs, filled.empty) == (("T1.1", "T2.2"), 1)


def test_a_key_that_a_spreadsheet_would_take_for_a_formula_comes_back_as_it_was(template):
    assert rows(template)[0]["group1_level"] == "'=A"
    assert set(read_filled(fill(template, ["1", "2", "3"]), LOCK).numbers["group1_level"]) == {"=A"}


def test_json_says_the_same_as_csv(template):
    path = template.with_suffix(".json")
    content = json.loads(path.read_text("utf-8"))
    for number, value in zip(content["numbers"], [5, "NE", None], strict=True):
        number["value"] = value
    path.write_text(json.dumps(content), "utf-8")
    pd.testing.assert_frame_equal(
        read_filled(path, LOCK).numbers, read_filled(fill(template, ["5", "NE", ""]), LOCK).numbers
    )


def test_columns_and_rows_may_stand_in_any_order_and_more_columns_be_there(template):
    frame = pd.DataFrame(rows(fill(template, ["1", "2.5e-3", "3"])))
    frame.iloc[::-1][[*frame.columns[::-1]]].assign(note="mine").to_csv(template, index=False)
    filled = read_filled(template, LOCK).numbers.set_index("stat_name")["value"]
    assert filled.to_dict() == {"p": 3.0, "hr": 0.0025, "n": 1.0}


def test_numbers_of_another_lock_are_refused(template):
    other = "sha256:" + "cd" * 32
    with pytest.raises(IntegrityError, match="line 3: lock cdcdcdcdcdcd") as raised:
        read_filled(
            fill(template, "123", lambda row: {**row, "lock": other} if row["stat_name"] == "hr" else row), LOCK
        )
    assert raised.value.exit_code == 3


@pytest.mark.parametrize("value", ["abc", "1,5", "inf", "nan", "1.2.3", "NA"])
def test_what_is_no_number_is_refused_with_its_line(template, value):
    with pytest.raises(UsageError, match="line 3"):
        read_filled(fill(template, ["1", value, "3"]), LOCK)


@pytest.mark.parametrize("column", ["lock", "value", *ARD_KEYS])
def test_a_missing_column_is_named(template, column):
    pd.DataFrame(rows(template)).drop(columns=column).to_csv(template, index=False)
    with pytest.raises(UsageError, match=f"no column {column}"):
        read_filled(template, LOCK)


@pytest.mark.parametrize("name", ["absent.csv", "absent.json"])
def test_a_file_that_is_not_there_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match=name):
        read_filled(tmp_path / name, LOCK)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"lock": "x"}', '{"lock": "x", "numbers": [3]}'])
def test_json_that_is_no_template_is_refused(tmp_path, content):
    path = tmp_path / "x.json"
    path.write_text(content, "utf-8")
    with pytest.raises(UsageError):
        read_filled(path, LOCK)


def test_a_row_that_is_too_long_and_bytes_that_are_no_text_are_refused(template):
    good = template.read_bytes()
    template.write_bytes(good.rstrip() + b",1,2,3\n")
    with pytest.raises(UsageError, match="as many cells"):
        read_filled(template, LOCK)
    template.write_bytes(good + b"\xff\xfe\n")
    with pytest.raises(UsageError, match="cannot be read"):
        read_filled(template, LOCK)
