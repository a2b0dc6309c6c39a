"""The canonical form and the content hash: what they depend on, and what they do not."""

from __future__ import annotations

import hashlib
import json
import struct

import numpy as np
import pandas as pd
import pytest

from csrbook.data import DatasetSpecification, Variable, read_transfer, write_dataset
from csrbook.data.parquet import arrow_table
from csrbook.lock import hashing
from csrbook.lock.canonical import aligned, canonical, repeated_keys
from csrbook.lock.hashing import code_hash, combined_hash, content_hash, environment_hash, table_hashes, variable_hashes

SPECIFICATION = DatasetSpecification(
    "ADXX", "Example", ("USUBJID", "ASEQ"), tuple(Variable(n, n, k) for n, k in
    (("USUBJID", "text"), ("ASEQ", "number"), ("AVALC", "text"), ("AVAL", "number"))),
)  # fmt: skip


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {"USUBJID": ["S2", "S10", "S2"], "ASEQ": [10.0, 1.0, 9.0], "AVALC": ["b", "", "é"], "AVAL": [0.0, np.nan, -1.5]}
    )


def hashed(data: pd.DataFrame, specification: DatasetSpecification = SPECIFICATION) -> str:
    ordered = canonical(aligned(data, specification), specification)
    hashes = variable_hashes(ordered, specification)
    # What is written is hashed as a table, what is read as a frame.
    assert table_hashes(arrow_table(ordered, specification), specification) == hashes
    return content_hash(specification.name, len(ordered), hashes)


def test_records_stand_in_key_order():
    ordered = canonical(frame(), SPECIFICATION)
    assert list(zip(ordered.USUBJID, ordered.ASEQ, strict=True)) == [("S10", 1.0), ("S2", 9.0), ("S2", 10.0)]


def test_the_hash_is_the_one_that_the_documentation_describes():
    """By hand, with the standard library."""
    said = {
        "USUBJID": b"text\n" + struct.pack("<I3sI2s3i", 3, b"S10", 2, b"S2", 0, 1, 1),
        "ASEQ": b"number\n" + struct.pack("<3d", 1.0, 9.0, 10.0),
        "AVALC": b"text\n" + struct.pack("<II2sI1s3i", 0, 2, "é".encode(), 1, b"b", 0, 1, 2),
        "AVAL": b"number\n" + struct.pack("<Q2d", 0x7FF8000000000000, -1.5, 0.0),
    }
    variables = [[name, f"sha256:{hashlib.sha256(data).hexdigest()}"] for name, data in sorted(said.items())]
    line = json.dumps([2, "ADXX", 3, variables], separators=(",", ":"))
    assert hashed(frame()) == f"sha256:{hashlib.sha256(line.encode()).hexdigest()}"


def test_the_hash_of_a_frame_stays_the_same_for_ever():
    """Recorded with pandas 2.3.3, numpy 2.4.4; with any other value no lock that exists would verify."""
    assert hashed(frame()) == "sha256:5f7b4e5ca6d0f2c35874c0ec89574c503b66126adb644069249901457490d257"


def test_the_hash_does_not_depend_on_order_or_on_the_sign_of_zero():
    shuffled = frame().iloc[[2, 0, 1], [3, 1, 0, 2]]
    assert hashed(shuffled) == hashed(frame())
    assert hashed(frame().assign(AVAL=[-0.0, np.nan, -1.5])) == hashed(frame())


def test_a_dataset_without_records_has_a_hash():
    assert hashed(frame().iloc[:0]) != hashed(frame().iloc[:1])


def test_the_hash_does_not_depend_on_the_order_of_the_schema():
    turned = DatasetSpecification("ADXX", "Example", SPECIFICATION.keys, SPECIFICATION.variables[::-1])
    assert hashed(frame(), turned) == hashed(frame())


def test_the_hash_does_not_depend_on_the_order_of_records_of_one_key():
    twice = pd.concat([frame(), frame().assign(AVALC="z", AVAL=[3.0, np.nan, 2.0])])
    assert hashed(twice.iloc[[5, 0, 4, 1, 3, 2]]) == hashed(twice)
    missing = frame().assign(ASEQ=np.nan)
    assert hashed(missing.iloc[[2, 1, 0]]) == hashed(missing)


@pytest.mark.parametrize("form", ["xpt", "parquet", "json", "ndjson"])
def test_the_hash_does_not_depend_on_the_format(tmp_path, form):
    write_dataset(frame(), tmp_path / f"adxx.{form}", SPECIFICATION)
    assert hashed(read_transfer(tmp_path, ["ADXX"])["ADXX"]) == hashed(frame())


def test_the_hash_of_a_csv_file_is_the_same(tmp_path):
    (tmp_path / "adxx.csv").write_text("AVAL,USUBJID,AVALC,ASEQ\n0,S2,b,10\n,S10,,1\n-1.5,S2,é,9\n", "utf-8")
    dictionary = "variable,label,type\nUSUBJID,,text\nASEQ,,number\nAVALC,,text\nAVAL,,number\n"
    (tmp_path / "adxx.dictionary.csv").write_text(dictionary, "utf-8")
    assert hashed(read_transfer(tmp_path, ["ADXX"])["ADXX"]) == hashed(frame())


WRITTEN = [{"compression": "gzip"}, {"compression": None, "version": "1.0"}, {"row_group_size": 1}]


@pytest.mark.parametrize("options", WRITTEN)
def test_the_hash_does_not_depend_on_how_parquet_was_written(tmp_path, options):
    """Other encodings, and the strings and integers of other programs."""
    data = frame().assign(ASEQ=frame().ASEQ.astype("int32"), AVALC=frame().AVALC.astype("string[pyarrow]"))
    data.to_parquet(tmp_path / "adxx.parquet", index=False, **options)
    assert hashed(read_transfer(tmp_path, ["ADXX"])["ADXX"]) == hashed(frame())


@pytest.mark.parametrize(
    ("variable", "record", "value"),
    [("AVAL", 2, np.nextafter(-1.5, 0)), ("AVAL", 1, 0.0), ("AVALC", 1, " x"), ("AVALC", 0, "é"), ("USUBJID", 0, "S3")],
)
def test_the_hash_depends_on_every_value(variable, record, value):
    changed = frame()
    changed.loc[record, variable] = value
    assert hashed(changed) != hashed(frame())


def test_text_cannot_move_between_neighbouring_records():
    one = frame().assign(AVALC=["ab", "", "c"])
    other = frame().assign(AVALC=["a", "", "bc"])
    assert hashed(one) != hashed(other)


def test_a_column_of_missing_values_without_a_type_is_text_where_text_is_due():
    untyped = frame().assign(AVALC=np.nan)
    assert aligned(untyped, SPECIFICATION).AVALC.tolist() == ["", "", ""]


def test_repeated_keys():
    twice = pd.concat([frame(), frame().iloc[[0]]], ignore_index=True)
    assert repeated_keys(twice, SPECIFICATION.keys).tolist() == [True, False, False, True]
    assert not repeated_keys(frame().iloc[:0], SPECIFICATION.keys).any()


def test_the_hash_of_the_code_sees_programs_and_not_caches(tmp_path):
    (tmp_path / "analyses").mkdir()
    program = tmp_path / "analyses" / "t.py"
    program.write_text("x = 1\n")
    before = code_hash(tmp_path)
    cache = tmp_path / "analyses" / "__pycache__"
    cache.mkdir()
    (cache / "t.py").write_text("junk")
    (tmp_path / "notes.py").write_text("elsewhere")
    program.write_bytes(b"x = 1\r\n")
    assert code_hash(tmp_path) == before
    program.write_text("x = 2\n")
    assert code_hash(tmp_path) != before


def test_the_hash_of_the_code_sees_the_engine_wherever_it_is_installed(tmp_path, monkeypatch):
    engine = tmp_path / "site-packages" / "csrbook"
    engine.mkdir(parents=True)
    monkeypatch.setattr(hashing, "ENGINE", engine)
    before = code_hash(tmp_path)
    (engine / "new.py").write_text("x = 1\n")
    assert code_hash(tmp_path) != before


def test_the_hash_of_the_environment_is_that_of_the_pins(tmp_path):
    assert environment_hash(tmp_path) == combined_hash({})
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "base.txt").write_text("numpy==2.4.6\n")
    assert environment_hash(tmp_path) == combined_hash({"base.txt": "numpy==2.4.6\n"})
