"""The log of the programs, their processes, and results that are kept: on the second study, dry run."""

from __future__ import annotations

import json
import logging
import warnings

import pytest

from csrbook.errors import ProgramError
from csrbook.lock import create_lock, open_lock
from csrbook.pipeline import workers
from csrbook.pipeline.files import tree_hashes
from csrbook.pipeline.output_run import collected_messages
from csrbook.pipeline.reads import watched
from csrbook.pipeline.render import lock_identity
from csrbook.pipeline.result_cache import ResultCache
from csrbook.pipeline.run import choose_outputs, run_outputs, write_results
from csrbook.pipeline.study import find_study

from .second_study import copy_second_study, write_received
from .studies import own_modules

pytestmark = pytest.mark.xdist_group("kept_results")

OUTPUTS = ["T14.1.1", "F14.2.1", "T14.3.1", "L16.2.7"]


@pytest.fixture
def folder(tmp_path):
    folder = copy_second_study(tmp_path / "study")
    write_received(folder / "data" / "blinded", codes=False)
    with own_modules():
        yield folder


def opened(folder):
    study = find_study(folder)
    lock = create_lock(folder / "data" / "blinded", study.plan, study.root, study.locks, dry_run=True)
    return study, open_lock(lock.path, study.plan)


def run(folder, **options):
    with own_modules():
        study, data = opened(folder)
        cache = ResultCache(study, data) if options.pop("keep", False) else None
        return run_outputs(
            study, data, lock_identity(data), choose_outputs(study, []), cache=cache, strict=False, **options
        )


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def break_program(folder, name, line):
    path = folder / "analyses" / f"{name}.py"
    path.write_text(path.read_text("utf-8") + f"\n\ndef analyse(data, output, plan):\n    {line}\n", "utf-8")


def test_every_failing_program_is_told_and_what_succeeds_is_written(folder, tmp_path):
    break_program(folder, "demography", "raise KeyError('AGE')")
    break_program(folder, "event_listing", "return 1 // 0")
    result = run(folder)
    assert list(result.failures) == ["T14.1.1", "L16.2.7"]
    with pytest.raises(ProgramError, match="2 programs failed") as told:
        result.require_success()
    assert "KeyError: 'AGE' (analyses/demography.py:" in str(told.value)
    assert "ZeroDivisionError" in str(told.value)
    write_results(result, tmp_path / "results")
    log = json.loads((tmp_path / "results" / "log.json").read_text("utf-8"))
    assert log["T14.1.1"]["error"] == "T14.1.1 failed: KeyError: 'AGE'"
    assert [name for name in OUTPUTS if (tmp_path / "results" / f"{name}.json").is_file()] == ["F14.2.1", "T14.3.1"]
    assert log["F14.2.1"]["error"] == ""


def test_warnings_and_logged_errors_are_collected_once_each_and_in_their_words():
    with collected_messages() as said:
        for _ in range(3):
            warnings.warn("the model did not converge", RuntimeWarning, stacklevel=1)
        logging.getLogger("solver").error("singular at step %d", 4)
        logging.getLogger("solver").info("not worth a word")
    assert list(dict.fromkeys(said)) == [
        "RuntimeWarning: the model did not converge",
        "ERROR of solver: singular at step 4",
    ]


def test_results_are_kept_and_give_the_same_bytes(folder, tmp_path):
    first, second = run(folder, keep=True), run(folder, keep=True)
    assert (first.kept, second.kept) == (0, 4)
    for number, result in enumerate((first, second)):
        write_results(result, tmp_path / str(number))
    assert tree_hashes(tmp_path / "0") == tree_hashes(tmp_path / "1")


def test_other_processes_give_the_same_bytes(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "WORTHWHILE", 1)
    for number in (1, 2):
        write_results(run(folder, workers=number), tmp_path / str(number))
    assert tree_hashes(tmp_path / "1") == tree_hashes(tmp_path / "2")


@pytest.mark.parametrize("name", ["ard.parquet", "made-from.json"])
def test_a_kept_result_that_was_touched_is_not_used(folder, name):
    run(folder, keep=True)
    path = folder / "outputs" / ".cache" / "results" / "T14.3.1" / name
    path.write_bytes(path.read_bytes().replace(b"sha256", b"sha255") + b"\n")
    again = run(folder, keep=True)
    assert again.kept == 3
    assert run(folder, keep=True).kept == 4


@pytest.mark.parametrize(
    ("file", "old", "new", "again"),
    [
        # A footnote is a part of one row; the lock is another one, its data are the same.
        ("sap/outputs.yaml", "A month is {", "One month is {", ["F14.2.1"]),
        # No program of this study reads the endpoints.
        ("sap/endpoints.yaml", "label: Time to first", "label: Months to first", []),
        ("analyses/demography.py", '"""T14.1.1 ', '"""T14.1.1: ', ["T14.1.1"]),
        # Every program reads the arms in the study's part of the plan.
        ("sap/study.yaml", "short: PBO", "short: SHAM", OUTPUTS),
    ],
)
def test_only_what_rests_on_a_change_runs_again(folder, file, old, new, again):
    run(folder, keep=True)
    edit(folder / file, old, new)
    begun = []
    run(folder, keep=True, tick=begun.append)
    assert begun == again


def test_a_plan_that_is_watched_tells_what_was_read(folder):
    plan, reads = watched(find_study(folder).plan)
    assert reads == set()
    assert plan.study.arms
    assert reads == {"study"}
    plan.model_dump()
    assert reads == {"study", "endpoints", "catalogue", "hash"}
