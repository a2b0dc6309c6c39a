from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from csrbook.bench import peers
from csrbook.bench.comparisons import Comparison, comparisons, measure, statistics_table
from csrbook.bench.peers import R
from csrbook.bench.stages import change_a_footnote, scale_the_plan
from csrbook.bench.workloads import FULL, Sizes, Workloads
from csrbook.plan import load_plan
from csrbook.stats.cox import cox_arm

ROOT = Path(__file__).parents[2]

TINY = Sizes(
    n=60, bootstrap=10, refits=20, trials=8, trial_events=30, permutations=4, single=((40, 1),), repeated=(24, 3, 3)
)


@pytest.fixture
def without_r(monkeypatch):
    monkeypatch.setattr(peers.shutil, "which", lambda name: None)


def test_every_line_is_printed_and_an_absent_peer_is_named(without_r):
    lines = statistics_table(TINY, 1, least=0.0).splitlines()
    assert re.split(r"\s{2,}", lines[0]) == [
        "What", "Ours, a fit", "Peer", "Peer, a fit", "Ratio", "Goal", "Met", "Estimates differ", "Peak MB"
    ]  # fmt: skip
    rows = [re.split(r"\s{2,}", line) for line in lines[2:]]
    assert [row[0] for row in rows] == [
        "bootstrap, 10 fits, n = 60",
        "bootstrap, 10 fits, n = 60",
        "bootstrap, 10 fits, n = 60",
        "tipping point, 20 refits with their imputations",
        "20 given imputed data sets",
        "8 simulated trials, 30 events, Cox and log-rank",
        "interaction with a marker, 4 permutations",
        "single fit, n = 40",
        "MMRM, 24 patients, 3 visits, 3 patterns",
    ]
    for row in rows:
        absent = row[2].startswith("R ")
        assert (row[6] == "peer absent") is absent
        assert (row[4] == "–") is absent


def test_the_goals_are_those_of_the_design(without_r, tmp_path):
    work = Workloads(replace(FULL, single=((400, 1), (5_000, 1)), refits=10))
    with R(tmp_path) as r:
        goals = {(line.peer.split(",")[0], line.what.split(",")[0]): line.goal for line in comparisons(work, r)}
    assert goals["R coxph", "bootstrap"] == 100
    assert goals["R coxph.fit", "bootstrap"] == 8
    assert goals["lifelines", "bootstrap"] == 1000
    assert goals["R coxph.fit", "tipping point"] == 12
    assert goals["R coxph.fit", "single fit"] == 1
    assert goals["R nlme::gls", "MMRM"] == 40


def test_a_measurement_takes_ours_and_the_peer_in_turn():
    order = []

    def ours():
        order.append("ours")
        return np.array([1.0, 2.0, 3.0])

    def theirs():
        order.append("peer")
        return 8.0, np.array([1.0, 2.5])

    found = measure(Comparison("what", "peer", ours, 3, theirs, 4, 1.0, repeats=2), 5, least=0.0)
    assert order.count("peer") == 2
    assert (found.theirs, found.difference) == (2.0, 0.5)
    first, last = order.index("peer"), len(order) - 1 - order[::-1].index("peer")
    assert last == len(order) - 1
    assert "ours" in order[first:last]


def test_r_reads_what_was_written(tmp_path):
    work = Workloads(TINY)
    work.write(tmp_path)
    for name, table in (("trial", work.trial), ("imputed_time", work.imputed_time), ("repeated", work.repeated)):
        read = np.fromfile(tmp_path / f"{name}.f64", dtype="<f8").reshape(table.shape, order="F")
        np.testing.assert_array_equal(read, table)


def test_the_r_script_knows_every_task(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(R, "present", True)
    monkeypatch.setattr(R, "time", lambda self, task, fits: (asked.append(task), (1.0, np.empty(0)))[1])
    monkeypatch.setattr(peers.shutil, "which", lambda name: None)
    with R(tmp_path) as r:
        for line in comparisons(Workloads(TINY), r):
            if line.peer.startswith("R "):
                line.theirs()
    script = (Path(peers.__file__).parent / "peers.R").read_text("utf-8")
    known = set(re.findall(r"^  ([a-z.]+) = function", script, re.MULTILINE))
    assert {task for task in asked if not task.startswith("single_")} == known
    assert "single_40" in asked


def test_given_data_sets_have_the_fits_of_the_single_model():
    work = Workloads(TINY)
    found = work.refit()
    for i in (0, 7, 19):
        single = cox_arm(work.imputed_time[i], work.imputed_event[i], work.trial[:, 2], strata=work.trial[:, 3])
        assert found[i] == pytest.approx(single.log_hr, rel=1e-9)


def test_the_repeated_measures_have_the_patterns_asked_for():
    data = Workloads(replace(TINY, repeated=(100, 6, 24))).repeated
    seen = {tuple(data[data[:, 1] == subject, 2].tolist()) for subject in range(100)}
    assert len(seen) == 24


def test_a_word_that_is_no_section_is_refused():
    done = subprocess.run([sys.executable, "-m", "csrbook.bench", "speed"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "'speed' is neither one of statistics, stages nor a number" in done.stderr


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="no R here")
def test_r_gives_the_same_estimates(tmp_path):
    work = Workloads(TINY)
    work.write(tmp_path)
    with R(tmp_path) as r:
        if not r.present:
            pytest.skip("R lacks survival or nlme")
        _, values = r.time("refit", 5)
        np.testing.assert_allclose(values, work.refit()[:5], atol=1e-6)
        _, values = r.time("gls", 1)
        np.testing.assert_allclose(values, work.repeated_measures(), rtol=1e-6)


def test_a_changed_footnote_is_one_footnote(tmp_path):
    for room in ("sap", "analyses"):
        shutil.copytree(ROOT / room, tmp_path / room)
    changed = change_a_footnote(tmp_path)
    before, after = load_plan(ROOT).catalogue.outputs, load_plan(tmp_path).catalogue.outputs
    differing = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    ((old, new),) = differing
    assert new.id == changed
    assert new.footnotes == (f"{old.footnotes[0]} Changed.", *old.footnotes[1:])
    assert old.model_copy(update={"footnotes": new.footnotes}) == new


def test_a_larger_trial_is_planned_as_it_is_simulated(tmp_path):
    for room in ("sap", "analyses"):
        shutil.copytree(ROOT / room, tmp_path / room)
    before = (tmp_path / "sap" / "study.yaml").read_bytes()
    scale_the_plan(tmp_path, 326)
    assert (tmp_path / "sap" / "study.yaml").read_bytes() == before
    scale_the_plan(tmp_path, 3_260)
    study = load_plan(tmp_path).study
    assert (study.data_cut.events, study.sample_size.events, study.sample_size.subjects) == (2_280, 2_280, 3_260)
