"""The comparison with R finds differences, and its random data hold what makes survival data difficult."""

from __future__ import annotations

import math

import numpy as np

from tools.crosscheck import __main__ as command
from tools.crosscheck.comparison import compare
from tools.crosscheck.datasets import named, random, write
from tools.crosscheck.quantities import QUANTITIES, Quantity, Result

LOG_RANK = Quantity("log_rank", "Log-rank", 1e-3)


def one(own: Result, r: Result):
    return compare({"set": ({"log_rank": own}, {"log_rank": r})}, (LOG_RANK,))[0]


def value(x: float, note: str = "") -> Result:
    return Result(np.array([x]), note)


def test_a_difference_over_the_gate_fails_and_says_where():
    assert one(value(2.0), value(2.0 * (1 + 1e-12))).passed
    row = one(value(2.0), value(2.0 * (1 + 1e-9)))
    assert not row.passed
    assert row.where == "set"
    assert math.isclose(row.worst, 1e-9, rel_tol=1e-3)


def test_a_result_on_one_side_only_fails():
    assert one(value(math.nan, "no subjects in the test arm"), value(2.0)).disagreements
    assert one(value(2.0), value(math.nan)).disagreements
    assert not one(value(2.0), value(math.nan, "error: singular")).disagreements  # counted as R stops
    assert one(value(2.0), value(math.nan, "error: singular")).stopped.total() == 1


def test_degenerate_on_both_sides_is_counted_and_not_compared():
    row = one(value(math.nan, "no subjects in the test arm"), value(0.0, "the variance is 0"))
    assert (row.compared, row.degenerate, row.disagreements) == (0, {"no subjects": 1}, [])
    assert not row.passed  # nothing was compared


def test_random_sets_are_the_same_whatever_their_number_and_difficult():
    few, many = random(3), random(120)
    for a, b in zip(few, many[:3], strict=True):
        assert (a.time == b.time).all()
        assert (a.arm == b.arm).all()
    tied = [s for s in many if len(set(s.time.tolist())) < len(s.time) / 2]
    tiny = [s for s in many if min(int(s.arm.sum()), len(s.arm) - int(s.arm.sum())) <= 3 and len(s.arm) >= 25]
    empty = [s for s in many if set(s.stratum) < set(s.levels)]
    assert min(len(tied), len(tiny), len(empty)) >= 10


def test_the_file_for_r_holds_every_subject(tmp_path):
    sets = [*named(), *random(2)]
    write(sets, tmp_path / "data.csv")
    lines = (tmp_path / "data.csv").read_text("utf-8").splitlines()
    assert len(lines) == 1 + sum(len(s.time) for s in sets)
    assert lines[1] == "lung,306.0,1,0,1,74.0,0.0,NA"  # the first subject of R's lung


def test_every_scale_is_a_number_or_a_quantity():
    keys = {q.key for q in QUANTITIES}
    assert all(isinstance(q.scale, float) or q.scale in keys for q in QUANTITIES)
    assert {q.gate for q in QUANTITIES} == {1e-10}


def test_without_r_it_says_so_and_exits_with_2(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command.main(["--random", "1"]) == 2
    assert "Rscript is not on the PATH" in capsys.readouterr().err
