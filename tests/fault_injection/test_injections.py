"""Every fault of the catalogue is caught by the rule that has to catch it, and undamaged databases are not rejected.

Here each injection meets the one rule that has to catch it, on the datasets which that rule reads. The command
``python -m tools.fault_injection`` carries all of them out against every rule, and makes docs/fault_injection.md.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest

from tools.fault_injection import __main__ as command
from tools.fault_injection.damaged import Damaged, NoVictimError
from tools.fault_injection.injection import READER, SCHEMA
from tools.fault_injection.reading import read_damaged
from tools.fault_injection.run import CATALOGUES, FURTHER, INJECTIONS, ROOT, Outcome, bench, run, undamaged

NAMES = [injection.name for injection in INJECTIONS]
BY_NAME = {injection.name: injection for injection in INJECTIONS}


@pytest.fixture(scope="module")
def good():
    return bench().good


@pytest.mark.parametrize("injection", INJECTIONS, ids=NAMES)
def test_the_fault_is_caught(injection):
    outcome = run(injection, whole=False)
    assert outcome.caught, "\n".join([f"{injection.fault}: expected {injection.expected}, found", *outcome.told])


def test_the_catalogue_is_as_large_as_promised():
    # That a rule cannot run is no fault that it catches.
    counts = Counter(injection.expected for injection in INJECTIONS if not injection.not_run)
    of_data = {rule.id for rule in bench().schemas.rules if rule.checked_at == "validation"}
    assert len(of_data) == 61
    assert {rule: counts[rule] for rule in of_data if counts[rule] < 2} == {}
    assert set(counts) == of_data | {SCHEMA, READER}
    assert len(INJECTIONS) >= 150


def test_names_and_faults_are_given_once():
    everything = [*INJECTIONS, *FURTHER]
    assert [name for name, count in Counter(item.name for item in everything).items() if count > 1] == []
    assert [fault for fault, count in Counter(item.fault for item in everything).items() if count > 1] == []
    assert all(item.fault for item in everything)


def test_the_good_database_is_only_looked_at():
    assert set(bench().before) == {("R16", "ADSL")}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_undamaged_databases_are_not_rejected(seed):
    assert [finding for finding in undamaged(seed, 40) if finding[1] == "reject"] == []


def test_what_lies_beyond_the_rules_is_not_found():
    def all_of_them(db):
        for injection in of_data:
            injection.damage(db)

    of_data = [injection for injection in FURTHER if not injection.files]
    of_files = [injection for injection in FURTHER if injection.files]
    assert run(replace(of_data[0], damage=all_of_them)).told == ()
    assert [run(injection).told for injection in of_files] == [()] * len(of_files)


@pytest.mark.parametrize(
    ("file", "version"),
    [("adsl.xpt", 5), ("adsl.xpt", 8), ("adsl.json", 5), ("adsl.ndjson", 5), ("adsl.parquet", 5), ("adsl.csv", 5)],
)
def test_good_files_hold_the_good_data(good, file, version):
    read = read_damaged((file,), good, bench().schemas.datasets, lambda folder: None, version)
    pd.testing.assert_frame_equal(read["ADSL"], good["ADSL"].reset_index(drop=True))


def test_a_finding_that_is_not_the_expected_one_does_not_count():
    injection = BY_NAME["consent_a_day_after_randomisation"]
    assert run(injection, whole=False).caught
    for wrong in ({"expected": "R06"}, {"found_in": "ADAE"}, {"severity": "review"}, {"wording": "death"}):
        assert not run(replace(injection, **wrong), whole=False).caught
    assert not run(replace(injection, damage=lambda db: None), whole=False).caught


def test_a_finding_must_name_the_damaged_record():
    def elsewhere(db):
        BY_NAME["consent_a_day_after_randomisation"].damage(db)
        db.victims = {"another subject"}

    assert not run(replace(BY_NAME["consent_a_day_after_randomisation"], damage=elsewhere), whole=False).caught


def test_a_file_that_is_read_is_not_refused():
    assert not run(replace(BY_NAME["truncated_within_a_card"], damage=lambda folder: None), whole=False).caught


def test_a_damaged_database_leaves_the_good_one_as_it_was(good):
    before = {name: frame.copy() for name, frame in good.items()}
    db = Damaged(good, bench().plan)
    db.put("ADSL", 0, AGE=-1.0)
    db.append("ADSL", 0)
    db.drop("ADLB", 0)
    db.swap("ADVS", slice(None), "AVAL", "BASE")
    db.everywhere(good["ADSL"].USUBJID.iloc[0], SITEID="999")
    assert len(db["ADSL"]) == len(good["ADSL"]) + 1
    for name, frame in good.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_a_fault_without_a_victim_is_an_error(good):
    with pytest.raises(NoVictimError, match="ADSL"):
        Damaged(good, bench().plan).find("ADSL", SEX="M")


def test_the_page_is_that_of_this_catalogue():
    text = (ROOT / "docs" / "fault_injection.md").read_text("utf-8")
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]
    assert [(name.strip(" `"), fault.strip()) for name, fault in rows] == [
        (injection.name, injection.fault) for injection in (*INJECTIONS, *FURTHER)
    ]
    assert "**missed**" not in text
    assert f"{len(INJECTIONS)} of {len(INJECTIONS)} were caught" in text
    assert all(f"### {catalogue.title}" in text for catalogue in CATALOGUES)


def test_the_command_writes_the_page_and_tells_what_was_missed(tmp_path, monkeypatch, capsys):
    missed = INJECTIONS[0]

    def outcome(number):
        return Outcome(number != 0, 1, (), ("R99 ADSL: something else",))

    monkeypatch.setattr(command, "run_number", outcome)
    monkeypatch.setattr(
        command, "undamaged", lambda seed, subjects: (("R07", "reject", "ADSL", 1),) if seed == 2 else ()
    )
    page = tmp_path / "page.md"
    assert command.main(["--databases", "2", "--write", str(page)]) == 1
    told = capsys.readouterr().out
    assert f"missed: {missed.name}" in told
    assert "false alarm: R07 rejects the undamaged database of seed 2" in told
    assert f"{len(INJECTIONS) - 1} of {len(INJECTIONS)} injections" in told
    text = page.read_text("utf-8")
    assert text.count("**missed**") == 1
    assert "| R07" in text
    with pytest.raises(SystemExit):
        command.main(["--databases", "0"])
