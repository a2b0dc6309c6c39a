"""Faults of files: truncated, swapped, in another encoding, or not what they say that they are."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - an injection is given a folder
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from csrbook.data.xport_header import read_member
from tools.fault_injection.injection import READER, SCHEMA, Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from csrbook.data.xport_header import Member

__all__ = ["FILES", "without_last_records"]

FILES = Catalogue("Files of a transfer")

CARD = 80


def edit(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the bytes of a file."""
    path.write_bytes(change(path.read_bytes()))


def once(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Put other bytes in place of the first of some."""

    def change(data: bytes) -> bytes:
        if old not in data:
            raise LookupError(f"no {old!r} to change")
        return data.replace(old, new, 1)

    return change


def member(path: Path) -> Member:
    """The header of an XPORT file."""
    return read_member(path.read_bytes(), "utf-8", path.name)


def overwrite(path: Path, record: int, variable: str, new: bytes) -> None:
    """Put other bytes at the beginning of a variable in one record of an XPORT file."""
    head = member(path)
    place = next(field.position for field in head.fields if field.name == variable)
    at = head.start + record * head.length + place
    edit(path, lambda data: data[:at] + new + data[at + len(new) :])


@FILES.file("advs.xpt", READER, "the file is truncated")
def truncated_within_a_record(folder: Path) -> None:
    """A file ends within a record."""
    edit(folder / "advs.xpt", lambda data: data[: len(data) // 2 // CARD * CARD])


@FILES.file("advs.xpt", READER, "it ends within record")
def truncated_within_a_card(folder: Path) -> None:
    """A file lacks its last ten bytes."""
    edit(folder / "advs.xpt", lambda data: data[:-10])


@FILES.file("advs.xpt", READER, "it ends within its header")
def truncated_within_the_header(folder: Path) -> None:
    """A file ends within its header."""
    edit(folder / "advs.xpt", lambda data: data[:1000])


@FILES.file("addv.xpt", READER, "the file is truncated", version=8)
def last_records_cut_off(folder: Path) -> None:
    """A file of version 8 lacks its last records, cut at the end of a record."""
    without_last_records(folder / "addv.xpt", 5)


@FILES.file("addv.xpt", READER, "and holds more", version=8)
def records_miscounted(folder: Path) -> None:
    """A file of version 8 states five records fewer than it holds."""
    path = folder / "addv.xpt"
    head = member(path)
    stated = head.records or 0
    edit(path, once(f"{stated:15d}".encode(), f"{stated - 5:15d}".encode()))


def without_last_records(path: Path, records: int) -> None:
    """Cut the last records off an XPORT file, and fill its last card again."""
    head = member(path)
    data = path.read_bytes()
    kept = head.start + ((len(data) - head.start) // head.length - records) * head.length
    path.write_bytes(data[:kept] + b" " * (-kept % CARD))


@FILES.file("advs.xpt", READER, "it ends within its header")
def empty_file(folder: Path) -> None:
    """A file is empty."""
    (folder / "advs.xpt").write_bytes(b"")


@FILES.file("advs.xpt", READER, "it is not a SAS XPORT file")
def page_of_a_portal(folder: Path) -> None:
    """A file is the page of a portal whose session had ended."""
    (folder / "advs.xpt").write_bytes(b"<!DOCTYPE html><html><body>Please log in</body></html>" * 20)


@FILES.file("advs.xpt", READER, "it is not a SAS XPORT file")
def header_bytes_flipped(folder: Path) -> None:
    """Bits of a header have flipped."""
    edit(folder / "advs.xpt", lambda data: data[:25] + bytes([data[25] ^ 0x55]) + data[26:])


@FILES.file("advs.xpt", READER, "states an impossible type, length or position")
def descriptor_bytes_flipped(folder: Path) -> None:
    """Bits of a variable's descriptor have flipped."""
    edit(folder / "advs.xpt", lambda data: data[: 8 * CARD + 5] + b"\xff" + data[8 * CARD + 6 :])


@FILES.file("advs.xpt", READER, "the observations do not begin at byte")
def variables_miscounted(folder: Path) -> None:
    """A header states fewer variables than it describes."""
    path = folder / "advs.xpt"
    count = len(member(path).fields)
    edit(path, once(f"{count:010d}".encode(), f"{count - 4:010d}".encode()))


@FILES.file("advs.xpt", READER, "it holds more than one dataset")
def two_datasets_in_one_file(folder: Path) -> None:
    """A file holds its dataset twice, one behind the other."""
    edit(folder / "advs.xpt", lambda data: data + data[3 * CARD :])


@FILES.file("adsl.xpt", SCHEMA, "AGE is at least 18")
def sign_bit_flipped(folder: Path) -> None:
    """The sign bit of an age has flipped."""
    path = folder / "adsl.xpt"
    # An IBM double begins with its sign and an exponent of 16: hexadecimal 42 stands for numbers from 16 to 255.
    overwrite(path, 0, "AGE", b"\xc2")


@FILES.file("adsl.xpt", SCHEMA, "WEIGHTBL is at most 250")
def exponent_bit_flipped(folder: Path) -> None:
    """A bit in the exponent of a weight has flipped."""
    overwrite(folder / "adsl.xpt", 0, "WEIGHTBL", b"\x46")


@FILES.file("advs.xpt", READER, "is not UTF-8")
def latin_1_not_declared(folder: Path) -> None:
    """A text in a file of UTF-8 is in Latin-1."""
    overwrite(folder / "advs.xpt", 3, "PARAM", b"\xb0C")


@FILES.file("adcm.xpt", READER, "is not UTF-8")
def chinese_encoding_not_declared(folder: Path) -> None:
    """A drug is named in Chinese, in GBK, and no encoding is declared."""
    overwrite(folder / "adcm.xpt", 0, "CMTRT", "来曲唑片".encode("gbk"))


@FILES.file("adcm.xpt", READER, "is not GBK")
def two_encodings_in_one_file(folder: Path) -> None:
    """A file that is declared as GBK has a text in Latin-1."""
    (folder / "dictionary.csv").write_text("dataset,variable,encoding\nADCM,,GBK\n", "utf-8")
    overwrite(folder / "adcm.xpt", 0, "CMTRT", "来曲唑片".encode("gbk"))
    overwrite(folder / "adcm.xpt", 1, "CMTRT", b"\xb5 ")


@FILES.file("adsl.xpt", "R17", "ITTFL is one of")
def encoding_declared_wrongly(folder: Path) -> None:
    """A flag is a byte of Latin-1 under the declaration that the file is in Latin-1, and no Y."""
    (folder / "dictionary.csv").write_text("dataset,variable,encoding\nADSL,,latin-1\n", "utf-8")
    overwrite(folder / "adsl.xpt", 0, "ITTFL", b"\xdd")


@FILES.file("advs.xpt adlb.xpt", READER, "the file holds dataset ADLB")
def files_swapped(folder: Path) -> None:
    """Two datasets are in each other's file."""
    swap(folder / "advs.xpt", folder / "adlb.xpt")


@FILES.file("advs.parquet adeg.parquet", SCHEMA, "the dataset has CRIT1, CRIT1FL")
def files_without_a_name_swapped(folder: Path) -> None:
    """Two datasets are in each other's Parquet file, which does not name its dataset."""
    swap(folder / "advs.parquet", folder / "adeg.parquet")


def swap(one: Path, other: Path) -> None:
    """Exchange two files."""
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)


@FILES.file("advs.xpt", READER, "dataset ADVS is missing")
def file_missing(folder: Path) -> None:
    """A dataset has no file."""
    (folder / "advs.xpt").unlink()


@FILES.file("advs.xpt advs.parquet", READER, "dataset ADVS has more than one file")
def dataset_in_two_files(folder: Path) -> None:
    """A dataset has a file in each of two formats, one of them from another day."""
    edit(folder / "advs.xpt", once(b"01JAN60", b"02JAN60"))


@FILES.file("advs.xpt", READER, "it is a link and no file")
def link_in_place_of_a_file(folder: Path) -> None:
    """A file is a link to another folder."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (folder / "advs.xpt").rename(elsewhere / "advs.xpt")
    (folder / "advs.xpt").symlink_to(elsewhere / "advs.xpt")


@FILES.file("advs.xpt", READER, "the file is not readable")
def wrong_name_of_the_format(folder: Path) -> None:
    """An XPORT file is named as Parquet."""
    (folder / "advs.xpt").rename(folder / "advs.parquet")


@FILES.file("advs.parquet", READER, "the file is not readable")
def parquet_truncated(folder: Path) -> None:
    """A Parquet file has lost its second half."""
    edit(folder / "advs.parquet", lambda data: data[: len(data) // 2])


@FILES.file("advs.parquet", READER, "the file is not readable")
def parquet_bytes_flipped(folder: Path) -> None:
    """The data of a Parquet file are damaged."""
    edit(folder / "advs.parquet", lambda data: data[:100] + bytes(byte ^ 0xFF for byte in data[100:400]) + data[400:])


@FILES.file("advs.parquet", READER, "which is neither text, number, date nor local time")
def parquet_with_truth_values(folder: Path) -> None:
    """The baseline flags of a Parquet file are truth values."""
    path = folder / "advs.parquet"
    table = pq.read_table(path)
    flags = pa.array([text == "Y" for text in table.column("ABLFL").to_pylist()])
    pq.write_table(table.set_column(table.column_names.index("ABLFL"), "ABLFL", flags), path)


@FILES.file("advs.parquet", READER, "holds an infinite number")
def parquet_with_an_infinite_number(folder: Path) -> None:
    """A change of a Parquet file is a division by zero."""
    path = folder / "advs.parquet"
    table = pq.read_table(path)
    changes = [float("inf"), *table.column("CHG").to_pylist()[1:]]
    pq.write_table(table.set_column(table.column_names.index("CHG"), "CHG", pa.array(changes, pa.float64())), path)


@FILES.file("advs.json", READER, "the file is not readable")
def json_truncated(folder: Path) -> None:
    """A Dataset-JSON file ends within a record."""
    edit(folder / "advs.json", lambda data: data[: len(data) * 2 // 3])


@FILES.file("advs.json", READER, "it states")
def json_record_lost(folder: Path) -> None:
    """A Dataset-JSON file states one record more than it holds."""
    rewrite(folder / "advs.json", lambda content: content["rows"].pop())


@FILES.file("advs.json", READER, "ADT holds")
def json_date_impossible(folder: Path) -> None:
    """A date is the 30th of February."""
    rewrite(folder / "advs.json", lambda content: put_cell(content, "ADT", "2022-02-30"))


@FILES.file("advs.json", READER, "AVAL holds")
def json_decimal_comma(folder: Path) -> None:
    """A number has a decimal comma."""
    rewrite(folder / "advs.json", lambda content: put_cell(content, "AVAL", "12,5"))


@FILES.file("advs.json", READER, "is no JSON number")
def json_not_a_number(folder: Path) -> None:
    """A missing number is written as NaN, which JSON does not have."""
    rewrite(folder / "advs.json", lambda content: put_cell(content, "AVAL", float("nan")))


@FILES.file("advs.json", "R52", "BASE is the value of the baseline record")
def json_columns_swapped(folder: Path) -> None:
    """The declarations of the columns AVAL and BASE are swapped."""

    def change(content: dict[str, list[dict[str, object]]]) -> None:
        names = {"AVAL": "BASE", "BASE": "AVAL"}
        for column in content["columns"]:
            column["name"] = names.get(str(column["name"]), column["name"])

    rewrite(folder / "advs.json", change)


@FILES.file("advs.json", READER, "two columns have one name")
def json_column_twice(folder: Path) -> None:
    """Two columns are declared by one name."""

    def change(content: dict[str, list[dict[str, object]]]) -> None:
        content["columns"][-1]["name"] = content["columns"][-2]["name"]

    rewrite(folder / "advs.json", change)


@FILES.file("advs.ndjson", READER, "it states")
def lines_lost(folder: Path) -> None:
    """A file of JSON lines lacks its last line."""
    edit(folder / "advs.ndjson", lambda data: data[: data.rstrip(b"\n").rindex(b"\n") + 1])


@FILES.file("advs.ndjson", READER, "values where there are")
def cell_lost_in_a_line(folder: Path) -> None:
    """A record of a file of JSON lines lacks a value."""
    lines = (folder / "advs.ndjson").read_bytes().split(b"\n")
    lines[5] = json.dumps(json.loads(lines[5])[1:]).encode()
    (folder / "advs.ndjson").write_bytes(b"\n".join(lines))


@FILES.file("advs.ndjson", READER, "is not utf-8")
def lines_in_latin_1(folder: Path) -> None:
    """A line of a file of JSON lines is in Latin-1."""
    edit(folder / "advs.ndjson", once(b"mmHg", b"mmH\xe9"))


def rewrite(path: Path, change: Callable[[dict[str, list[dict[str, object]]]], object]) -> None:
    """Change the content of a JSON file."""
    content = json.loads(path.read_text("utf-8"))
    change(content)
    path.write_text(json.dumps(content), "utf-8")


def put_cell(content: dict[str, list[dict[str, object]]], variable: str, value: object) -> None:
    """Put another value into the first record."""
    place = [column["name"] for column in content["columns"]].index(variable)
    content["rows"][0][place] = value  # type: ignore[index]


@FILES.file("adsl.csv", READER, "a CSV file does not say what its variables are")
def dictionary_missing(folder: Path) -> None:
    """A CSV file comes without a dictionary."""
    (folder / "adsl.dictionary.csv").unlink()


@FILES.file("adsl.csv", READER, "its columns are not those of the dictionary")
def semicolons_for_commas(folder: Path) -> None:
    """A CSV file is separated by semicolons."""
    edit(folder / "adsl.csv", lambda data: data.replace(b",", b";"))


@FILES.file("adsl.csv", READER, "the heading")
def comma_within_a_cell(folder: Path) -> None:
    """A text with a comma stands without quotation marks in a CSV file."""
    edit(folder / "adsl.csv", once(b"POSTMENOPAUSAL", b"POSTMENOPAUSAL, SURGICAL"))


@FILES.file("adsl.csv", READER, "line")
def quotation_mark_not_closed(folder: Path) -> None:
    """A quotation mark in a CSV file is not closed."""
    edit(folder / "adsl.csv", once(b",POSTMENOPAUSAL,", b',"POSTMENOPAUSAL,'))


@FILES.file("adsl.csv", READER, "no complete date")
def dates_of_another_form(folder: Path) -> None:
    """A date in a CSV file is written day first."""
    edit(folder / "adsl.csv", once(b",CHN,20", b",CHN,03/04/20"))


@FILES.file("adsl.csv", READER, "is not utf-8")
def csv_in_gbk(folder: Path) -> None:
    """A line of a CSV file is in GBK and the rest in UTF-8."""
    edit(folder / "adsl.csv", once(b"POSTMENOPAUSAL", "绝经后".encode("gbk")))


@FILES.file("adsl.csv", SCHEMA, "MENOP is one of")
def csv_in_chinese(folder: Path) -> None:
    """A code in a CSV file is written in Chinese, in good UTF-8."""
    edit(folder / "adsl.csv", once(b"POSTMENOPAUSAL", "绝经后".encode()))


@FILES.file("adsl.csv", "R01", "the key USUBJID is unique")
def line_pasted_twice(folder: Path) -> None:
    """A line of a CSV file was pasted twice."""
    lines = (folder / "adsl.csv").read_bytes().splitlines(keepends=True)
    (folder / "adsl.csv").write_bytes(b"".join([*lines, lines[4]]))
