"""What changed from one lock to another: subjects, records and values by key."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from csrbook.lock import open_lock
from csrbook.lock.difference import Change, compare_locks, in_words
from tests.pipeline.second_study import write_received


@pytest.fixture
def edited(small):
    """Five corrections: a value, a date, a blank, a subject gone, a subject and an event new."""
    small.change("ADSL", 0, "AGE", 61.0)
    small.change("ADSL", 1, "GOLD", "3" if pd.read_parquet(small.transfer / "adsl.parquet").GOLD[1] == "2" else "2")
    small.change("ADAE", 0, "ASTDT", 25_502.0)
    for name, key, new in (
        ("adsl", "ZP-042", {"USUBJID": "ZP-043"}),
        ("adae", "ZP-026", {"USUBJID": "ZP-001", "AESEQ": 3.0}),
    ):
        path = small.transfer / f"{name}.parquet"
        frame = pd.read_parquet(path)
        mine = frame.USUBJID.eq(key)
        added = frame[mine].assign(**new)
        pd.concat([frame[~mine], added]).to_parquet(path, index=False)
    return small


@pytest.fixture
def differences(edited, locked):
    newer = edited.lock()
    found = compare_locks(open_lock(locked), open_lock(newer.path))
    return {difference.name: difference for difference in found}


def test_every_change_is_named_by_key(differences, small):
    ages = pd.read_parquet(small.transfer / "adsl.parquet").set_index("USUBJID")
    adsl = list(differences["ADSL"].changes())
    gold = ages.GOLD["ZP-002"]
    old_age = next(change.old for change in adsl if change.variable == "AGE")
    assert adsl == [
        Change("ADSL", "removed", "USUBJID=ZP-042"),
        Change("ADSL", "added", "USUBJID=ZP-043"),
        Change("ADSL", "changed", "USUBJID=ZP-001", "AGE", old_age, "61"),
        Change("ADSL", "changed", "USUBJID=ZP-002", "GOLD", "2" if gold == "3" else "3", gold),
    ]
    assert 45 <= int(old_age) < 80
    assert list(differences["ADAE"].changes()) == [
        Change("ADAE", "removed", "USUBJID=ZP-026, AESEQ=1"),
        Change("ADAE", "added", "USUBJID=ZP-001, AESEQ=3"),
        # 25,501 and 25,502 days after 1960-01-01.
        Change("ADAE", "changed", "USUBJID=ZP-001, AESEQ=1", "ASTDT", "2029-10-26", "2029-10-27"),
    ]
    assert differences["ADTTE"].same
    assert list(differences["ADTTE"].changes()) == []


def test_the_changes_are_counted(differences):
    adsl = differences["ADSL"]
    assert (adsl.records, len(adsl.added), len(adsl.removed)) == ((42, 42), 1, 1)
    assert (adsl.records_changed, adsl.values_changed) == (2, 2)
    assert (adsl.subjects_added, adsl.subjects_removed) == (("ZP-043",), ("ZP-042",))
    assert (differences["ADAE"].subjects_added, differences["ADAE"].subjects_removed) == ((), ("ZP-026",))


def test_a_lock_does_not_differ_from_itself(locked):
    assert all(difference.same for difference in compare_locks(open_lock(locked), open_lock(locked)))


class Data:
    """Locked data without a lock: frames, with a hash of each variable."""

    def __init__(self, keys, kinds, **frames):
        self.frames = frames
        self.names = tuple(frames)
        self.manifest = {"datasets": {
            name: {
                "records": len(frame),
                "keys": keys,
                "variables": {column: kinds[column] for column in frame},
                "variable_sha256": {column: repr(frame[column].tolist()) for column in frame},
            }
            for name, frame in frames.items()
        }}  # fmt: skip

    def dataset(self, name, columns):
        return self.frames[name][list(columns)]


KINDS = {"USUBJID": "text", "A": "number", "B": "text", "C": "text"}


def compared(old, new, keys=("USUBJID",), kinds=KINDS, new_kinds=None):
    older, newer = (
        Data(list(keys), kinds, X=pd.DataFrame(old)),
        Data(list(keys), new_kinds or kinds, X=pd.DataFrame(new)),
    )
    (difference,) = compare_locks(older, newer)
    return difference


def test_missing_values_are_equal_to_each_other_and_to_nothing_else():
    old = {"USUBJID": ["1", "2", "3"], "A": [np.nan, np.nan, 1.0]}
    new = {"USUBJID": ["1", "2", "3"], "A": [np.nan, 2.0, np.nan]}
    changes = [(change.key, change.old, change.new) for change in compared(old, new).changes()]
    assert changes == [("USUBJID=2", "", "2"), ("USUBJID=3", "1", "")]


def test_the_smallest_difference_is_shown_with_every_digit():
    new = np.nextafter(0.1, 1)
    (change,) = compared({"USUBJID": ["1"], "A": [0.1]}, {"USUBJID": ["1"], "A": [new]}).changes()
    assert (change.old, change.new) == ("0.1", "0.10000000000000002")


def test_variables_that_came_and_went():
    difference = compared({"USUBJID": ["1"], "B": ["x"]}, {"USUBJID": ["1"], "C": ["x"]})
    assert (difference.variables_added, difference.variables_removed) == (("C",), ("B",))
    assert not difference.same
    assert difference.values_changed == 0


def test_a_variable_of_another_kind_is_another_variable():
    difference = compared(
        {"USUBJID": ["1"], "A": [1.0]}, {"USUBJID": ["1"], "A": ["1"]}, new_kinds={**KINDS, "A": "text"}
    )
    assert (difference.variables_added, difference.variables_removed) == (("A",), ("A",))


def test_records_of_one_key_are_compared_in_their_order():
    old = {"USUBJID": ["1", "1", "2"], "A": [1.0, 2.0, 3.0]}
    new = {"USUBJID": ["1", "1", "1", "2"], "A": [1.0, 5.0, 6.0, 3.0]}
    assert [(c.kind, c.variable, c.old, c.new) for c in compared(old, new).changes()] == [
        ("added", "", "", ""),
        ("changed", "A", "2", "5"),
    ]


def test_datasets_that_came_and_went():
    frame = pd.DataFrame({"USUBJID": ["1", "2"], "A": [1.0, 2.0]})
    came, went = compare_locks(Data(["USUBJID"], KINDS, OLD=frame), Data(["USUBJID"], KINDS, NEW=frame))
    assert (came.name, came.records, [change.kind for change in came.changes()]) == ("NEW", (0, 2), ["added"] * 2)
    assert (went.name, went.records, [change.key for change in went.changes()]) == (
        "OLD", (2, 0), ["USUBJID=1", "USUBJID=2"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [(0.0, "date", "1960-01-01"), (22_400.0, "date", "2021-04-30"), (0.5, "date", "0.5"), (-3.0, "number", "-3"),
     (np.nan, "date", ""), (1e300, "number", "1e+300"), ("", "text", "")],
)  # fmt: skip
def test_values_in_words(value, kind, words):
    assert in_words(value, kind) == words


def test_another_transfer_of_the_same_data_holds_the_same(small, locked, tmp_path):
    write_received(tmp_path / "again")
    other = small.under_another_plan(1).lock()
    assert all(difference.same for difference in compare_locks(open_lock(locked), open_lock(other.path)))
