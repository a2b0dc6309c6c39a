from __future__ import annotations

from csrbook.displays.log_document import log_document

SILENT = {"program": "analyses/a.py", "messages": [], "data_warnings": [], "not_estimable": {}, "error": ""}
LOUD = {
    "program": "analyses/efficacy/b.py",
    "messages": ["RuntimeWarning: overflow", "ERROR of solver: singular"],
    "data_warnings": ["2 patients without a date"],
    "not_estimable": {"no event": 1200},
    "error": "T14.2 failed",
}


def test_every_output_has_a_row_and_every_word_is_in_it():
    made = log_document({"T14.1": SILENT, "T14.2": LOUD}, {"T14.1": "Table 14.1", "T14.2": "Table 14.2"})
    assert made["tables"]["program_log"]["rows"] == [
        ["Table 14.1\na.py", "None", "None"],
        [
            "Table 14.2\nefficacy/b.py",
            "T14.2 failed\nRuntimeWarning: overflow\nERROR of solver: singular\nData: 2 patients without a date",
            "1,200: no event",
        ],
    ]
    assert made["tables"]["program_log"]["anchors"] == ["log-t-14-1", "log-t-14-2"]
    assert made["values"] == {
        "log.outputs": "2",
        "log.with_messages": "1",
        "log.with_data_warnings": "1",
        "log.with_not_estimable": "1",
        "log.with_errors": "1",
    }


def test_no_output_leaves_a_row_that_says_so():
    assert log_document({}, {})["tables"]["program_log"]["rows"] == [["None", "", ""]]
