"""The CDISC pilot study, which nobody here made: every file of it reads, and the formats agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest

from csrbook.data import compare_define, described_dataset, read_define, write_dataset

PILOT = Path(__file__).parents[2].parent / "shared" / "data" / "cdisc_pilot01"
pytestmark = pytest.mark.skipif(not PILOT.is_dir(), reason="the CDISC pilot study is not at hand")

DATASETS = ["adsl", "adae", "adtte"]
KEYS = {"adsl": ["USUBJID"], "adae": ["USUBJID", "AESEQ"], "adtte": ["USUBJID"]}

# The Dataset-JSON files come from a later programming of the same study (R Submission Pilot 5), which derives these
# variables anew; how many records differ was counted with pandas.read_sas and json, without csrbook.
DERIVED_ANEW = {"BMIBLGR1": 1, "ADURN": 4, "ADURU": 718, "TRTEMFL": 65}


@pytest.mark.parametrize("name", DATASETS)
def test_xport_reads_as_pyreadstat_reads_it(name):
    ours, stated = described_dataset(PILOT / f"{name}.xpt")
    theirs, meta = pyreadstat.read_xport(PILOT / f"{name}.xpt", disable_datetime_conversion=True)
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    assert [v.label for v in stated.variables] == meta.column_labels
    assert {v.name for v in stated.variables if v.kind == "date"} == {
        column for column, form in meta.original_variable_types.items() if (form or "").startswith("DATE")
    }


@pytest.mark.parametrize("name", DATASETS)
def test_dataset_json_agrees_with_xport_value_by_value(name):
    xport = described_dataset(PILOT / f"{name}.xpt")[0].sort_values(KEYS[name], ignore_index=True)
    json = described_dataset(PILOT / "dataset-json" / f"{name}.json")[0].sort_values(KEYS[name], ignore_index=True)
    both = [column for column in xport if column in json]
    assert len(both) >= len(xport.columns) - 2
    differing = {
        column: count
        for column in both
        if (count := int(((xport[column] != json[column]) & ~(xport[column].isna() & json[column].isna())).sum()))
    }
    assert differing == {column: count for column, count in DERIVED_ANEW.items() if column in both}
    assert {column: xport[column].dtype for column in both} == {column: json[column].dtype for column in both}


def test_parquet_agrees_with_arrow():
    ours, stated = described_dataset(PILOT / "adlbc.parquet")
    theirs = pq.read_table(PILOT / "adlbc.parquet")
    assert list(ours) == theirs.column_names
    for column in ours:
        values = theirs.column(column).to_pylist()
        if ours[column].dtype == object:
            assert ours[column].tolist() == [(value or "").rstrip(" ") for value in values]
        elif str(theirs.schema.field(column).type).startswith("date"):
            # SAS counts from 1960-01-01, which is day 715510 of the proleptic Gregorian calendar.
            expected = [np.nan if value is None else value.toordinal() - 715510 for value in values]
            np.testing.assert_array_equal(ours[column], expected)
        else:
            np.testing.assert_array_equal(ours[column], [np.nan if value is None else value for value in values])
    assert {v.label for v in stated.variables} >= {"Analysis Value", "Study Identifier"}


@pytest.mark.parametrize("form", ["xpt", "json", "ndjson", "parquet"])
@pytest.mark.parametrize("name", DATASETS)
def test_real_data_go_through_every_format_unchanged(tmp_path, name, form):
    frame, stated = described_dataset(PILOT / f"{name}.xpt")
    write_dataset(frame, tmp_path / f"{name}.{form}", stated)
    again, _ = described_dataset(tmp_path / f"{name}.{form}")
    pd.testing.assert_frame_equal(again, frame, check_exact=True)


def test_define_xml_says_what_the_data_files_say():
    define = read_define(PILOT / "define.xml")
    assert (define.version, define.study, define.standards) == ("1.0.0", "CDISCPILOT01", ("CDISC ADaM 2.1",))
    # Counted with grep: <ItemGroupDef, <CodeList OID=, and the ItemRef elements within <def:ValueListDef.
    assert (len(define.datasets), len(define.codelists), len(define.value_level)) == (10, 58, 903)
    assert define.datasets["ADAE"].keys == ("USUBJID", "AETERM", "ASTDT", "AESEQ")
    assert [term.code for term in define.codelists["AGEGR1"].terms] == ["<65", "65-80", ">80"]
    files = {"ADSL": "adsl.xpt", "ADAE": "adae.xpt", "ADTTE": "adtte.xpt", "ADLBC": "adlbc.parquet"}
    found = compare_define(define, {name: described_dataset(PILOT / file)[1] for name, file in files.items()})
    # The six datasets that are described and not at hand; otherwise names, labels, kinds and lengths all agree.
    assert [(d.dataset, d.attribute, d.schema) for d in found] == [
        (name, "dataset", "") for name in ("ADLBH", "ADLBHY", "ADQSADAS", "ADQSCIBC", "ADQSNPIX", "ADVS")
    ]


def test_define_xml_and_the_later_programming_differ_where_labels_were_changed():
    define = read_define(PILOT / "define.xml")
    stated = described_dataset(PILOT / "dataset-json" / "adtte.json")[1]
    found = [d for d in compare_define(define, {"ADTTE": stated}) if d.dataset == "ADTTE"]
    assert [(d.variable, d.define, d.schema) for d in found] == [
        ("PARAM", "Parameter Description", "Parameter"),
        ("STARTDT", "Time to Event Origin Date for Subject", "Time-to-Event Origin Date for Subject"),
        ("SRCDOM", "Source Domain", "Source Data"),
    ]
