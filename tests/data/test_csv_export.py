"""CSV that csrbook writes: a spreadsheet shows it and executes nothing."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csrbook.data import as_before_export, csv_text


def read(text):
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        # OWASP, "CSV Injection": cells that begin with = + - @ tab or carriage return.
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("http://x";"y")', '\'=HYPERLINK("http://x";"y")'),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("-", "'-"),
        # What no spreadsheet executes stays as it is.
        ("-1.5", "-1.5"),
        ("+3", "+3"),
        ("-1.5e-07", "-1.5e-07"),
        (-1.5, "-1.5"),
        (np.float64(-1.5), "-1.5"),
        (-3, "-3"),
        (0.1, "0.1"),
        (None, ""),
        (float("nan"), ""),
        ("a=b", "a=b"),
        ('He said "no", twice', 'He said "no", twice'),
        ("two\nlines", "two\nlines"),
        ("a\0b", "a\ufffdb"),
        ("腹泻", "腹泻"),
        (True, "True"),
    ],
)
def test_cells(value, cell):
    assert read(csv_text(["x", "y"], [[value, "end"]])) == [["x", "y"], [cell, "end"]]


def test_the_header_is_made_safe_too():
    assert csv_text(["=x"], []) == "'=x\n"


@pytest.mark.parametrize("row", [[], [1, 2]])
def test_a_row_of_another_length_is_refused(row):
    with pytest.raises(ValueError, match="the header 1"):
        csv_text(["x"], [row])


@given(st.lists(st.lists(st.text() | st.floats() | st.none(), min_size=2, max_size=2), max_size=5))
def test_no_cell_begins_as_a_formula_does(rows):
    again = read(csv_text(["x", "y"], rows))
    assert len(again) == len(rows) + 1
    for row in again[1:]:
        for cell in row:
            if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")):
                float(cell)


@pytest.mark.parametrize("text", ["=A1", "  =A1", "+x", "-1", "-x", "@x", "'", "plain", "", "'quoted'"])
def test_a_cell_is_found_again_as_it_was_before_the_export(text):
    """What a second programmer gets as a key of a number he brings back as he got it."""
    (cell,) = next(csv.reader(io.StringIO(csv_text(["h"], [[text]]).split("\n", 1)[1])))
    assert as_before_export(cell) == text
