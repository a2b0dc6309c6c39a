"""CSV files, which are read by a declared dictionary only; and the encodings that a dictionary may declare."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from csrbook.data import DatasetSpecification, Variable, described_dataset, read_dataset, read_transfer
from csrbook.data.encodings import known_encoding
from csrbook.data.xport import write_xport
from csrbook.errors import TransferError

DICTIONARY = """variable,label,type,length,format,missing,encoding
,Adverse Events,,,,,utf-8
USUBJID,Unique Subject Identifier,text,20,,,
AETERM,Reported Term,text,,,UNK,
AVAL,Analysis Value,number,,,-99 ND,
ADT,Analysis Date,date,,,,
BRTHDT,Date of Birth,date,,DATE9.,,
ADTM,Analysis Datetime,datetime,,,,
"""
DATA = """USUBJID,AETERM,AVAL,ADT,BRTHDT,ADTM
S-01,"Rash, ""itchy""  ",0.1,2020-03-26,02JAN1960,1960-01-02T00:00:01.5
S-02,  腹泻,-99,,,
S-03,UNK,ND,1959-12-31,01jan1960,
S-04,,1e-3,1960-01-01,,1960-01-01T00:01
"""
FRAME = pd.DataFrame(
    {
        "USUBJID": ["S-01", "S-02", "S-03", "S-04"],
        "AETERM": ['Rash, "itchy"', "  腹泻", "", ""],
        "AVAL": [0.1, np.nan, np.nan, 0.001],
        # SAS: PUT(22000, E8601DA.) = 2020-03-26.
        "ADT": [22000.0, np.nan, -1.0, 0.0],
        "BRTHDT": [1.0, np.nan, 0.0, np.nan],
        "ADTM": [86401.5, np.nan, np.nan, 60.0],
    }
)


@pytest.fixture
def path(tmp_path):
    (tmp_path / "adae.dictionary.csv").write_text(DICTIONARY, encoding="utf-8")
    (tmp_path / "adae.csv").write_text(DATA, encoding="utf-8")
    return tmp_path / "adae.csv"


def edited(path, old, new, count=1):
    whole = path.read_text(encoding="utf-8")
    assert whole.count(old) == count
    path.write_text(whole.replace(old, new), encoding="utf-8")


def test_a_file_with_a_dictionary(path):
    frame, stated = described_dataset(path)
    pd.testing.assert_frame_equal(frame, FRAME)
    assert stated == DatasetSpecification(
        "ADAE",
        "Adverse Events",
        (),
        (
            Variable("USUBJID", "Unique Subject Identifier", "text", 20),
            Variable("AETERM", "Reported Term", "text"),
            Variable("AVAL", "Analysis Value", "number"),
            Variable("ADT", "Analysis Date", "date"),
            Variable("BRTHDT", "Date of Birth", "date"),
            Variable("ADTM", "Analysis Datetime", "number"),
        ),
    )


def test_one_dictionary_for_all_datasets(path):
    rows = DICTIONARY.splitlines()
    shared = ["dataset," + rows[0], *("ADAE," + row for row in rows[1:]), "ADSL,AGE,Age,number,,,,"]
    path.with_name("adae.dictionary.csv").unlink()
    path.with_name("dictionary.csv").write_text("\r\n".join(shared), encoding="utf-8-sig")
    path.with_name("adsl.csv").write_bytes(b"\xef\xbb\xbfAGE\r\n61\r\n")
    frames = read_transfer(path.parent, ["ADSL", "ADAE"])
    pd.testing.assert_frame_equal(frames["ADAE"], FRAME)
    pd.testing.assert_frame_equal(frames["ADSL"], pd.DataFrame({"AGE": [61.0]}))


def test_without_a_dictionary_it_is_refused(path):
    path.with_name("adae.dictionary.csv").unlink()
    with pytest.raises(TransferError, match=r"does not say[\s\S]*adae\.dictionary\.csv"):
        read_dataset(path)


def test_two_dictionaries_are_ambiguous(path):
    path.with_name("dictionary.csv").write_text("dataset,variable,type\nADAE,AGE,number\n", encoding="utf-8")
    with pytest.raises(TransferError, match="two dictionaries declare ADAE"):
        read_dataset(path)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (",0.1,", ",0.1 mg,", "AVAL holds '0.1 mg', which is no number"),
        (",0.1,", ",NaN,", "no number"),
        (",0.1,", ",1e999,", "too large"),
        (",0.1,", ",٣,", "no number"),
        ("2020-03-26", "2020-03", "ADT holds '2020-03', no complete date"),
        ("2020-03-26", "26/03/2020", "no complete date"),
        ("2020-03-26", "2020-02-30", "day is out of range"),
        ("02JAN1960", "02ENE1960", "no complete date"),
        ("S-04,,", "S-04,,,", "record 4 has 7 cells"),
        ("S-04,,", "S-04,", "record 4 has 5 cells"),
        ("S-04", "S-0000000000000000004", "longer than the declared 20"),
        ("S-04", "S\x0004", "no character"),
        ("S-04", '"S-04', "not readable: line"),
        ("S-04", '"S"-04', "not readable: line"),
        ("USUBJID", "SUBJID", "USUBJID missing; SUBJID not declared"),
        ("USUBJID", "AVAL", "USUBJID missing"),
        ("USUBJID", "usubjid", "usubjid not declared"),
        ("S-04", "x" * 200_000, "field larger than field limit"),
    ],
)
def test_a_file_that_is_not_as_declared_is_refused(path, old, new, reason):
    edited(path, old, new)
    with pytest.raises(TransferError, match=reason):
        read_dataset(path)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("text,20", "string,20", "the type 'string'"),
        ("text,20", "text,-1", "the length '-1'"),
        ("text,20", "text,0", "the length '0'"),
        ("DATE9.", "DATE7.", "the date format 'DATE7'"),
        ("AETERM", "usubjid", "'usubjid' is declared twice"),
        ("UNK,", "UNK,latin-1", "belongs in the dataset's own row"),
        (",label,", ",lable,", "a column 'lable'"),
        (",label,", ",type,", "a column twice"),
        ("utf-8", "utf-9", "'utf-9' is no encoding"),
        ("utf-8", "rot13", "'rot13' is no encoding"),
        ("utf-8", "unicode_escape", "no encoding that is read"),
        ("number,,,", "number,,", "row 5 has 6 cells"),
    ],
)
def test_a_dictionary_that_is_wrong_is_refused(path, old, new, reason):
    edited(path.with_name("adae.dictionary.csv"), old, new)
    with pytest.raises(TransferError, match=reason):
        read_dataset(path)


@pytest.mark.parametrize(("form", "text"), [
    ("DDMMYY10", "26/03/2020"), ("MMDDYY10.", "03/26/2020"), ("YYMMDDN8", "20200326"), ("SAS", "22000"),
    ("", "2020-03-26"),
])  # fmt: skip
def test_date_formats(tmp_path, form, text):
    (tmp_path / "adx.dictionary.csv").write_text(f"variable,type,format\nADT,date,{form}\n", encoding="utf-8")
    (tmp_path / "adx.csv").write_text(f"ADT\n{text}\n", encoding="utf-8")
    assert read_dataset(tmp_path / "adx.csv")["ADT"].tolist() == [22000.0]


@pytest.mark.parametrize(
    ("encoding", "text", "data"),
    [
        # Code charts: ü is FC in ISO 8859-1, € 80 in Windows-1252, 腹泻 B8B9 D0BA in GBK.
        ("latin-1", "Übelkeit", b"\xdcbelkeit"),
        ("windows-1252", "5 €", b"5 \x80"),
        ("GBK", "腹泻", b"\xb8\xb9\xd0\xba"),
        ("gb18030", "腹泻", b"\xb8\xb9\xd0\xba"),
        ("UTF-8", "腹泻", "腹泻".encode()),
    ],
)
@pytest.mark.parametrize("form", ["csv", "xpt"])
def test_text_of_another_encoding_is_converted_where_it_is_declared_and_refused_where_not(
    tmp_path, form, encoding, text, data
):
    path = tmp_path / f"adx.{form}"
    if form == "csv":
        path.write_bytes(b"AETERM\n" + data + b"\n")
    else:
        specification = DatasetSpecification("ADX", "", (), (Variable("AETERM", "", "text"),))
        wanted = data.ljust(9).decode("latin-1").encode()
        write_xport(
            pd.DataFrame({"AETERM": ["#" * len(wanted)]}),
            path,
            specification,
            datetime(2026, 1, 15),  # noqa: DTZ001
        )
        whole = path.read_bytes()
        path.write_bytes(whole.replace(b"#" * len(wanted), data.ljust(len(wanted))))
    declared = f"dataset,variable,type,encoding\nADX,,,{encoding}\nADX,AETERM,text,\n"
    (tmp_path / "dictionary.csv").write_text(declared, encoding="utf-8")
    assert read_dataset(path)["AETERM"].tolist() == [text]
    if encoding != "UTF-8":
        (tmp_path / "dictionary.csv").write_text(declared.replace(encoding, ""), encoding="utf-8")
        with pytest.raises(TransferError, match=r"(?i)not utf-8"):
            read_dataset(path)


def test_a_declared_encoding_that_is_wrong_is_refused(path):
    edited(path.with_name("adae.dictionary.csv"), "utf-8", "ascii")
    with pytest.raises(TransferError, match="not ascii"):
        read_dataset(path)


def test_a_format_that_states_its_encoding_needs_none(tmp_path):
    FRAME[["USUBJID"]].to_parquet(tmp_path / "adae.parquet", index=False)
    (tmp_path / "dictionary.csv").write_text("dataset,variable,encoding\nADAE,,latin-1\n", encoding="utf-8")
    with pytest.raises(TransferError, match="states its encoding itself"):
        read_dataset(tmp_path / "adae.parquet")


@pytest.mark.parametrize("name", ["", "zlib", "idna", "utf-16", "mbcs", "a\0b", "é" * 50])
def test_encodings_that_are_none_or_hide_ascii_are_refused(name):
    with pytest.raises(TransferError, match="no encoding that is read"):
        known_encoding(name, "dictionary.csv")
