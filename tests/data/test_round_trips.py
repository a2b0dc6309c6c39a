"""Any frame that SAS could hold, in every format: written and read it is the same."""

from __future__ import annotations

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csrbook.data import DatasetSpecification, Variable, described_dataset, write_dataset
from csrbook.data.iso_dates import iso_date
from tests.data.sas7bdat_file import sas7bdat

SPECIFICATION = DatasetSpecification(
    "ADX",
    "Example",
    (),
    (
        Variable("TERM", "Reported Term", "text"),
        Variable("FLAG", "Flag", "text"),
        Variable("AVAL", "Analysis Value", "number"),
        Variable("ASEQ", "Sequence Number", "number"),
        Variable("ADT", "Analysis Date", "date"),
    ),
)
DICTIONARY = "variable,label,type\n" + "".join(f"{v.name},{v.label},{v.kind}\n" for v in SPECIFICATION.variables)

# XPORT of version 5 holds 200 bytes and cannot tell blanks at the end; a NUL is text nowhere.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from(" \"',=\n\r\t腹Ü"), max_size=20
).map(lambda text: text.rstrip(" "))
# The range of IBM floating point, in which the sign of zero is lost.
NUMBERS = st.just(np.nan) | st.just(0.0) | st.floats(1e-70, 1e70) | st.floats(-1e70, -1e-70)
WHOLE = st.just(np.nan) | st.integers(-(2**53), 2**53).map(float)
# 0001-01-01 to 9999-12-31, the dates that ISO 8601 writes in four digits.
DATES = st.just(np.nan) | st.integers(-715509, 2936549).map(float)
FRAMES = st.lists(st.tuples(TEXTS, st.sampled_from(["", "Y"]), NUMBERS, WHOLE, DATES), max_size=8).map(
    lambda rows: pd.DataFrame(
        {
            name: np.array([row[place] for row in rows], dtype=object if place < 2 else np.float64)
            for place, name in enumerate(SPECIFICATION.names)
        }
    )
)


def write(frame, path, version):
    if path.suffix == ".csv":
        path.with_name("adx.dictionary.csv").write_text(DICTIONARY, encoding="utf-8")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(frame.columns)
            for row in frame.itertuples(index=False):
                cells = ["" if value != value else value for value in row]
                cells[4] = iso_date(cells[4]) if cells[4] != "" else ""
                writer.writerow(cells)
    elif path.suffix == ".sas7bdat":
        path.write_bytes(sas7bdat(frame, SPECIFICATION))
    else:
        write_dataset(frame, path, SPECIFICATION, version=version)


@pytest.mark.parametrize(
    ("name", "version"),
    [("adx.xpt", 5), ("adx.xpt", 8), ("adx.json", 5), ("adx.ndjson", 5), ("adx.parquet", 5), ("adx.csv", 5)],
)
@settings(max_examples=60, deadline=None)
@given(frame=FRAMES)
def test_there_and_back(name, version, frame):
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        write(frame, path, version)
        again, stated = described_dataset(path)
    pd.testing.assert_frame_equal(again, frame)
    if path.suffix != ".parquet":
        assert [(v.name, v.label, v.kind) for v in stated.variables] == [
            (v.name, v.label, v.kind) for v in SPECIFICATION.variables
        ]


@settings(max_examples=2, deadline=None)
@given(frame=FRAMES.filter(len))
def test_there_and_back_through_another_process(frame):
    with TemporaryDirectory() as folder:
        path = Path(folder, "adx.sas7bdat")
        write(frame, path, 5)
        again, _ = described_dataset(path)
    pd.testing.assert_frame_equal(again, frame)


@settings(max_examples=40, deadline=None)
@given(
    names=st.lists(st.from_regex(r"[A-Z_][A-Z0-9_]{0,31}", fullmatch=True), min_size=1, max_size=4, unique=True),
    label=st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), max_size=64),
    text=st.text("aß腹", max_size=2000),
)
def test_long_names_labels_and_texts_survive_version_8(names, label, text):
    specification = DatasetSpecification("ADX", "", (), tuple(Variable(name, label, "text") for name in names))
    frame = pd.DataFrame({name: [text, "x"] for name in names})
    with TemporaryDirectory() as folder:
        path = Path(folder, "adx.xpt")
        write_dataset(frame, path, specification, version=8)
        again, stated = described_dataset(path)
    pd.testing.assert_frame_equal(again, frame)
    assert [(v.name, v.label) for v in stated.variables] == [(name, label) for name in names]
