"""Files made to exhaust the reader or to deceive it: refused with a clear error, in bounded memory and time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csrbook.data import read_dataset, read_define, write_dataset
from csrbook.errors import TransferError
from tests.data.define_files import define_xml
from tests.data.examples import SPECIFICATION, frame
from tests.data.sas7bdat_file import sas7bdat

MEMORY = 1 << 30
"""Bytes of address space that the readers get beyond what Python and its libraries take."""
SECONDS = 60
"""Far above what any of these takes on an idle machine, and far below for ever."""

# Reads the files named as arguments under a bound on memory, and prints the errors.
READ = f"""
import resource, sys
from pathlib import Path
from csrbook.data.transfer import read_dataset
from csrbook.data.define_xml import read_define
from csrbook.errors import TransferError
import pandas, pyarrow.parquet, defusedxml.ElementTree
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + {MEMORY},) * 2)
for path in map(Path, sys.argv[1:]):
    try:
        (read_define if path.suffix == ".xml" else read_dataset)(path)
    except TransferError as error:
        print(path.name, "refused:", " ".join(str(error).split()))
    else:
        print(path.name, "read")
"""


def header(records, columns):
    return json.dumps(
        {
            "datasetJSONCreationDateTime": "2026-01-15T12:30:00", "datasetJSONVersion": "1.1.0", "itemGroupOID": "IG",
            "records": records, "name": "", "label": "", "columns": columns,
        }
    )[:-1]  # fmt: skip


TEXT = [{"itemOID": "I", "name": "X", "label": "", "dataType": "string"}]
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + "]><ODM>&j;</ODM>"
)
ELSEWHERE = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><ODM>&a;</ODM>'
CSV_DICTIONARY = "dataset,variable,type\n" + "".join(f"C{i},X,text\n" for i in range(9))

BOMBS = {
    # name: (content, what the error says)
    "j1.json": ("[" * 5_000_000, "refused"),
    "j2.json": (header(1, TEXT) + ',"rows":[' + "[" * 5_000_000, "refused"),
    "j3.json": ('{"a":' * 3_000_000, "refused"),
    "j4.json": (header(1, TEXT) + ',"rows":[["' + "x" * 5_000_000 + '"]]}', "more than 2097152 characters"),
    "j5.json": (header(1, TEXT) + ',"rows":[[' + "[]," * 1_000_000 + "[]]]}", "1000001 values"),
    "j6.json": (header(1, TEXT) + ',"rows":[[' + "9" * 1_000_000 + "]]}", "refused"),
    "j7.json": (header(10**30, TEXT) + ',"rows":[]}', "holds 0"),
    "j8.json": (header(1, TEXT) + ',"rows":[["a"' + " " * 5_000_000 + "]]}", "refused"),
    "j9.json": (header(1, TEXT * 10_000) + ',"rows":[]}', "two columns have one name|more than"),
    "n1.ndjson": (header(1, TEXT) + "}\n" + "[" * 5_000_000, "more than 2097152 characters"),
    "n2.ndjson": (header(1, TEXT) + '}\n["' + '\\"' * 5_000_000, "more than 2097152 characters"),
    "n3.ndjson": (header(1, TEXT) + "}\n" + "[" * 100_000 + "]" * 100_000, "nested too deeply"),
    "c1.csv": ("X\n" + '"' * 5_000_000, "more than 4194304 characters"),
    "c2.csv": ("X\n" + '""""' * 1_000_000 + "\n", "refused"),
    "c3.csv": ("X\n" + "," * 4_000_000 + "\n", "4000001 cells"),
    "c4.csv": ("," * 4_000_000 + "\n", "not those of the dictionary"),
    "c5.csv": ("X\n" + '"' + "\n" * 5_000_000, "field larger than field limit"),
    "c6.csv": ("X\n" + "\0" * 1000, "no character"),
    "d1.xml": (LAUGHS, "document type or entities"),
    "d2.xml": (ELSEWHERE, "document type or entities"),
    "d3.xml": ("<ODM>" + "<a>" * 5_000_000, "60 levels"),
    "d4.xml": ("<ODM " + "".join(f'a{i}="" ' for i in range(100_000)) + "/>", "no Define-XML"),
    "d5.xml": ("<ODM>" + " " * (33 << 20), "more than 32 MB"),
    "d8.xml": ("<ODM>" + "<a/>" * 400_001, "400000 elements"),
    "d9.xml": ("<ODM><!--" + "x" * 10_000_000 + "--></ODM>", "no Define-XML"),
    "d6.xml": ('<?xml version="1.0" encoding="x-none"?><ODM/>', "no XML"),
    "d7.xml": ('<?xml version="1.0" encoding="utf-7"?>+ADw-ODM/+AD4-', "encodings are not supported|no XML"),
}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded by what Linux offers")
@pytest.mark.parametrize("kind", ["j", "n", "c", "d"])
def test_bombs_of_text(tmp_path, kind):
    bombs = {name: bomb for name, bomb in BOMBS.items() if name.startswith(kind)}
    for name, (content, _) in bombs.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "dictionary.csv").write_text(CSV_DICTIONARY, encoding="utf-8")
    check(tmp_path, {name: reason for name, (_, reason) in bombs.items()})


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded by what Linux offers")
def test_bombs_of_parquet(tmp_path):
    """Some kilobytes that say that they are gigabytes."""
    blanks = pa.nulls(1_000_000)
    with pq.ParquetWriter(tmp_path / "rows.parquet", pa.schema([("X", pa.null())])) as writer:
        for _ in range(30):
            writer.write_table(pa.table({"X": blanks}))
    long = pa.table({"X": ["x" * 1_000_000] * 100})
    pq.write_table(long, tmp_path / "text.parquet", compression="zstd", use_dictionary=False)
    pq.write_table(pa.table({"X": ["x" * 40_000]}), tmp_path / "word.parquet")
    pq.write_table(pa.table({f"X{i}": [1.0] for i in range(3000)}), tmp_path / "wide.parquet")
    nested = pa.list_(pa.string())
    for _ in range(20):
        nested = pa.list_(nested)
    pq.write_table(pa.table({"X": pa.nulls(1, nested)}), tmp_path / "deep.parquet")
    assert max(path.stat().st_size for path in tmp_path.iterdir() if path.stem in {"rows", "text"}) < 100_000
    reasons = {
        "rows.parquet": "30000000 records of 1 variables, which",
        "text.parquet": "unfold to",
        "word.parquet": "longer than the 32767",
        "wide.parquet": "read",
        "deep.parquet": "neither text, number",
    }
    check(tmp_path, reasons)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded by what Linux offers")
def test_bombs_of_sas(tmp_path):
    """Headers that state more rows, wider rows or larger pages than the bytes bear out."""
    whole = sas7bdat(frame(), SPECIFICATION)
    start = whole.index(b"\xf7\xf7\xf7\xf7")
    rows = whole[: start + 24] + b"\xff\xff\xff\x7f" + whole[start + 28 :]
    wide = whole[: start + 20] + b"\xff\xff\xff\x7f" + whole[start + 24 :]
    pages = whole[:200] + b"\xff\xff\xff\x7f" + whole[204:]
    for name, content in (("rows", rows), ("wide", wide), ("pages", pages)):
        (tmp_path / f"{name}.sas7bdat").write_bytes(content)
    check(tmp_path, dict.fromkeys(("rows.sas7bdat", "wide.sas7bdat", "pages.sas7bdat"), "refused"))


def check(folder, reasons):
    done = subprocess.run(
        [sys.executable, "-c", READ, *(str(folder / name) for name in reasons)],
        capture_output=True, text=True, timeout=SECONDS * len(reasons), check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert list(said) == list(reasons)
    for name, reason in reasons.items():
        assert any(part in said[name] for part in reason.split("|")), f"{name}: {said[name][:300]}"


def made(form, folder):
    """A good file of each format."""
    path = folder / {"xpt8": "adxx.xpt", "define": "define.xml"}.get(form, f"adxx.{form}")
    if form == "define":
        path.write_text(define_xml("2.1"), encoding="utf-8")
    elif form == "csv":
        path.write_text('A,B,C\n"x, y",1,2020-01-01\n"",2.5,\n', encoding="utf-8")
        folder.joinpath("adxx.dictionary.csv").write_text("variable,type\nA,text\nB,number\nC,date\n", encoding="utf-8")
    else:
        write_dataset(frame(), path, SPECIFICATION, version=8 if form == "xpt8" else 5)
    return path


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["replace", "delete", "insert", "repeat", "cut"]),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 60),
        st.binary(min_size=1, max_size=4)
        | st.sampled_from([b"\0\0\0", b'"', b"[{", b"999999", b"-1", b"\n", b"1e999"]),
    ),
    min_size=1,
    max_size=4,
)


def damaged(whole, edits):
    data = bytearray(whole)
    for action, share, count, new in edits:
        at = int(share * len(data))
        if action == "replace":
            data[at : at + len(new)] = new
        elif action == "delete":
            del data[at : at + count]
        elif action == "insert":
            data[at:at] = new
        elif action == "repeat":
            data[at:at] = data[at : at + count]
        else:
            del data[at + count :]
    return bytes(data)


@pytest.mark.parametrize("form", ["xpt", "xpt8", "json", "ndjson", "parquet", "csv", "define"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits=EDITS)
def test_a_damaged_file_reads_or_is_refused(form, edits):
    with TemporaryDirectory() as folder:
        path = made(form, Path(folder))
        path.write_bytes(damaged(path.read_bytes(), edits))
        try:
            (read_define if form == "define" else read_dataset)(path)
        except TransferError as error:
            assert path.stem in error.where


@pytest.mark.parametrize("place", [37, 70, 196, 200, 1024 + 16, 1024 + 18, 1024 + 24, 1024 + 28, 4900, 5112])
def test_a_damaged_sas7bdat_reads_or_is_refused(tmp_path, place):
    whole = sas7bdat(frame(), SPECIFICATION)
    path = tmp_path / "adxx.sas7bdat"
    path.write_bytes(whole[:place] + b"\xfe\xff" + whole[place + 2 :])
    try:
        read_dataset(path)
    except TransferError as error:
        assert path.name in error.where
