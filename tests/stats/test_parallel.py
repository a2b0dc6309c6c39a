from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.cox_replicates import bootstrap_cox_arm, refit_cox_arm
from csrbook.stats.imputation import delta_imputation, tipping_point
from csrbook.stats.parallel import spread

SQUARES = [0, 1, 4, 9, 16, 25, 36]


def square(value, power=2):
    return value**power


def fails_from_three(value):
    if value >= 3:
        raise StatisticsError(f"value is {value}", "argument 'value'", "give less")
    return value


def threads_of_this_process(_):
    return os.getpid(), os.environ["OMP_NUM_THREADS"]


def dies(_):
    os._exit(3)


class Counting(Executor):
    """Works at once, and counts what has been handed out but not taken back."""

    def __init__(self):
        self.open, self.most = 0, 0

    def submit(self, function, /, *arguments, **options):
        future = Counted(self)
        future.set_result(function(*arguments, **options))
        self.open += 1
        self.most = max(self.most, self.open)
        return future


class Counted(Future):
    def __init__(self, executor):
        super().__init__()
        self.executor = executor

    def result(self, timeout=None):
        self.executor.open -= 1
        return super().result(timeout)


def test_results_stand_in_the_order_of_the_tasks_here_and_in_processes():
    seen = []
    assert spread(square, range(7), progress=lambda done, total: seen.append((done, total))) == SQUARES
    assert seen == [(i, 7) for i in range(1, 8)]
    seen.clear()
    assert spread(square, range(7), workers=2, progress=lambda done, total: seen.append((done, total))) == SQUARES
    assert seen == [(i, 7) for i in range(1, 8)]
    assert spread(partial(square, power=3), [2, 3]) == [8, 27]
    assert spread(square, [], workers=2) == []


def test_other_processes_have_one_thread_and_the_environment_comes_back(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    found = spread(threads_of_this_process, range(4), workers=2)
    assert {threads for _, threads in found} == {"1"}
    assert os.getpid() not in {process for process, _ in found}
    assert os.environ["OMP_NUM_THREADS"] == "5"
    assert "MKL_NUM_THREADS" not in os.environ


@pytest.mark.parametrize("how", ["here", "processes", "threads"])
def test_the_first_failure_is_raised_with_its_number(how):
    with ThreadPoolExecutor(2) as pool:
        options = {"here": {}, "processes": {"workers": 2}, "threads": {"executor": pool}}[how]
        with pytest.raises(StatisticsError, match="value is 3") as caught:
            spread(fails_from_three, range(100), **options)
        assert caught.value.__notes__ == ["in task 3 of 100 (from 0)"]
        assert pool.submit(square, 3).result() == 9  # a given executor is left running


def test_a_process_that_dies_is_told():
    with pytest.raises(StatisticsError, match="a worker process ended"):
        spread(dies, range(4), workers=2)


def test_tasks_in_flight_are_bounded():
    executor = Counting()
    assert spread(square, range(1000), executor=executor) == [i * i for i in range(1000)]
    assert executor.most == 64


def test_repeated_fits_are_the_same_in_other_processes():
    rng = np.random.default_rng(1)
    time, event, arm = rng.exponential(size=60), rng.random(60) < 0.7, np.arange(60) % 2
    rows = rng.exponential(size=(1100, 60))
    seen = []

    def fits(**how):
        grid = tipping_point(time, event, arm, margin=1.3, deltas_test=[1, 2], imputations=70, **how).grid
        return [
            bootstrap_cox_arm(time, event, arm, replicates=300, **how).log_hr,
            refit_cox_arm(rows, rows < 1.5, arm, **how).log_hr,
            *(result.log_hr for result in grid),
            delta_imputation(time, event, arm, model="piecewise_exponential", imputations=70, **how).log_hr,
        ]

    here = fits(progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)] * 4
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        there = fits(executor=pool)
    for one, other in zip(here, there, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("workers", [0, -1, 1.5, True])
def test_workers_is_a_whole_number(workers):
    with pytest.raises(StatisticsError) as caught:
        spread(square, [1], workers=workers)
    assert caught.value.where == "argument 'workers'"


CLUSTER = """
import numpy as np
from distributed import Client
from csrbook.stats.cox_replicates import bootstrap_cox_arm
from csrbook.stats.imputation import tipping_point
from csrbook.stats.parallel import spread

def square(value):
    return value * value

if __name__ == "__main__":
    options = dict(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0", silence_logs=50)
    with Client(**options) as client:
        executor = client.get_executor()
        assert spread(square, range(100), executor=executor) == [i * i for i in range(100)]
        rng = np.random.default_rng(1)
        time, event, arm = rng.exponential(size=80), rng.integers(0, 2, 80), np.arange(80) % 2
        here = bootstrap_cox_arm(time, event, arm, replicates=300)
        there = bootstrap_cox_arm(time, event, arm, replicates=300, executor=executor)
        assert np.array_equal(here.log_hr, there.log_hr) and np.array_equal(here.se, there.se)
        options = dict(margin=1.3, deltas_test=[1, 2], imputations=70)
        here = tipping_point(time, event, arm, **options)
        there = tipping_point(time, event, arm, **options, executor=executor)
        assert all(np.array_equal(a.log_hr, b.log_hr) for a, b in zip(here.grid, there.grid, strict=True))
    print("the same")
"""


def test_a_dask_cluster_gives_the_same_numbers(tmp_path):
    pytest.importorskip("distributed")
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER, encoding="utf-8")
    search = os.pathsep.join(str(Path(place).resolve()) for place in sys.path if place)
    # The folder is where Dask's workers put their files.
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
        env={**os.environ, "PYTHONPATH": search},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "the same\n", "")
