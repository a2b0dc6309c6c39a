"""The file with the treatment codes: read by label or by code, refused where it is in doubt."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from csrbook.errors import TransferError
from csrbook.lock.treatment_codes import codes_file, read_codes
from tests.displays.small_study import ARMS

HEAD = "USUBJID,TRT01P,TRT01A\n"


def write(folder, text, name="treatment-codes.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        "USUBJID,TRT01P,TRT01A\nS1,Control,Alpha+Base\nS2,Control,\n",
        "USUBJID,TRT01PN,TRT01AN\nS1,2,1\nS2,2.0,\n",
        "\ufeffTRT01A, TRT01P,TRT01PN,USUBJID\r\nAlpha+Base,Control,2,S1\r\n\r\n,Control,2,S2\r\n",
        '"USUBJID","TRT01PN","TRT01A"\n"S1","2","Alpha+Base"\n"S2","2",""\n',
    ],
    ids=["labels", "codes", "both, from a spreadsheet", "quoted"],
)
def test_labels_and_codes_complete_each_other(tmp_path, text):
    codes = read_codes(write(tmp_path, text), ARMS)
    assert list(codes) == ["S1", "S2"]
    assert codes["S1"] == {"TRT01P": "Control", "TRT01PN": 2.0, "TRT01A": "Alpha+Base", "TRT01AN": 1.0}
    assert (codes["S2"]["TRT01P"], codes["S2"]["TRT01A"]) == ("Control", "")
    assert math.isnan(codes["S2"]["TRT01AN"])


def test_further_variables_are_kept(tmp_path):
    codes = read_codes(write(tmp_path, "USUBJID,TRT01P,TRT01A,RANDNO\nS1,Control,Control,0042\n"), ARMS)
    assert codes["S1"]["RANDNO"] == "0042"


def test_a_parquet_file_is_read_too(tmp_path):
    path = tmp_path / "treatment-codes.parquet"
    pd.DataFrame({"USUBJID": ["S1", "S2"], "TRT01PN": [2.0, 1.0], "TRT01AN": [1.0, math.nan]}).to_parquet(path)
    codes = read_codes(path, ARMS)
    assert codes["S1"]["TRT01A"] == "Alpha+Base"
    assert codes["S2"]["TRT01A"] == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not readable"),
        (b"USUBJID,TRT01P,TRT01A\nS1,\xff,Control\n", "not readable"),
        ("USUBJID,TRT01P\nS1,Control\n", "no TRT01A or TRT01AN"),
        ("SUBJID,TRT01P,TRT01A\nS1,Control,Control\n", "no USUBJID"),
        (HEAD + "S1,Control\n", "not as many cells"),
        (HEAD + 'S1,"Control,Control\n', "not readable"),
        (HEAD + "S1,Control,Control\nS1,Control,Control\n", "names S1 twice"),
        (HEAD + ",Control,Control\n", "no subject in record 1"),
        (HEAD + "S1,Placebo,Control\n", "Placebo is no treatment of the plan"),
        ("USUBJID,TRT01P,TRT01PN,TRT01A\nS1,Control,1,Control\n", "1 and Control is no treatment"),
        ("USUBJID,TRT01PN,TRT01AN\nS1,9,2\n", "9 is no treatment"),
    ],
)
def test_a_file_in_doubt_is_refused(tmp_path, text, said):
    path = write(tmp_path, text)
    with pytest.raises(TransferError, match=said) as caught:
        read_codes(path, ARMS)
    assert str(path) in caught.value.where


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(TransferError, match="no such file"):
        read_codes(tmp_path / "codes.csv", ARMS)


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "treatment-codes.csv"
    with path.open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(TransferError, match="over 64 MB"):
        read_codes(path, ARMS)


def test_the_file_is_found_in_a_transfer_by_its_name(tmp_path):
    assert codes_file(tmp_path / "nowhere") is None
    write(tmp_path, "", "codes.csv")
    write(tmp_path, "", "treatment-codes.txt")
    assert codes_file(tmp_path) is None
    found = write(tmp_path, "", "Treatment-Codes.CSV")
    assert codes_file(tmp_path) == found
    write(tmp_path, "", "treatment-codes.xpt")
    with pytest.raises(TransferError, match="two files"):
        codes_file(tmp_path)
