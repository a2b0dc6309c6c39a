"""The comparison with R finds differences, and its random data hold what makes survival data difficult."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from tools.crosscheck import __main__ as command
from tools.crosscheck import exchange
from tools.crosscheck.comparison import compare
from tools.crosscheck.datasets import survival
from tools.crosscheck.exchange import Answers
from tools.crosscheck.page import Compared, value_table, worst_table
from tools.crosscheck.parts import PARTS
from tools.crosscheck.quantities import Case, Part, Quantity, Result, result

LOG_RANK = Quantity("log_rank", "Log-rank", 1e-3)
NUMBER = np.array([2.0])
PART = Part("one", "One", (), (LOG_RANK,), lambda _: [Case("set", {"x": NUMBER}, named=True)], lambda d: {})


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
    assert one(value(math.nan), value(2.0)).disagreements
    assert one(value(2.0), Result(np.array([2.0, 2.0]))).disagreements
    assert not one(value(2.0), value(math.nan, "error: singular")).disagreements  # counted as R stops
    assert one(value(2.0), value(math.nan, "error: singular")).stopped.total() == 1


def test_a_quantity_that_one_side_has_not_fails():
    assert compare({"set": ({}, {"log_rank": value(2.0)})}, (LOG_RANK,))[0].disagreements
    assert compare({"set": ({"log_rank": value(2.0)}, {})}, (LOG_RANK,))[0].disagreements


def test_degenerate_on_both_sides_is_counted_and_not_compared():
    row = one(value(math.nan, "no subjects in the test arm"), value(0.0, "the variance is 0"))
    assert (row.compared, row.degenerate, row.disagreements) == (0, {"no subjects": 1}, [])
    assert not row.passed  # nothing was compared


def test_random_sets_are_the_same_whatever_their_number_and_difficult():
    few, many = ([c.data for c in survival(n) if not c.named] for n in (3, 120))
    for a, b in zip(few, many[:3], strict=True):
        assert (a["time"] == b["time"]).all()
        assert (a["arm"] == b["arm"]).all()
    tied = [s for s in many if len(set(s["time"].tolist())) < len(s["time"]) / 2]
    tiny = [s for s in many if min(Counter((*s["arm"].tolist(), 0.0, 1.0)).values()) <= 4 and len(s["arm"]) >= 25]
    empty = [s for s in many if set(s["stratum"].tolist()) < set(s["levels"].tolist())]
    assert min(len(tied), len(tiny), len(empty)) >= 10


def test_what_is_kept_is_read_again_to_the_last_digit(tmp_path):
    numbers = np.array([1 / 3, math.nan, math.inf, -7.0])
    drawn = Case("random 1", {"x": numbers, "word": np.array(["a", "b"])})
    answers = Answers(
        {"R": "4"}, {"set": {"log_rank": value(0.1, "warning: odd")}, "random 1": {"log_rank": value(1.0)}}
    )
    exchange.keep(PART, [*PART.cases(0), drawn], answers, tmp_path)
    cases, again = exchange.kept(PART, tmp_path)
    assert [(c.name, c.named) for c in cases] == [("random 1", False), ("set", True)]
    np.testing.assert_array_equal(cases[0].data["x"], numbers)
    assert cases[0].data["word"].tolist() == ["a", "b"]
    assert cases[1].data["x"] is NUMBER
    assert again.versions == answers.versions
    assert (again.results["set"]["log_rank"].values[0], again.results["set"]["log_rank"].note) == (0.1, "warning: odd")


def test_the_lines_for_r_hold_numbers_to_the_last_digit_and_words(tmp_path):
    lines = exchange._lines([Case("s", {"x": np.array([0.1, math.inf, math.nan]), "w": np.array(["a", "b"])})])
    assert lines == ["s\tx\tn\t0.1 Inf NA\n", "s\tw\tw\ta b\n"]


def test_every_data_set_can_be_written_and_every_scale_is_known():
    for part in PARTS:
        keys = {q.key for q in part.quantities}
        assert len(keys) == len(part.quantities)
        cases = part.cases(2)
        assert len({c.name for c in cases}) == len(cases)
        assert not any(
            " " in word for c in cases for v in c.data.values() if v.dtype.kind == "U" for word in v.tolist()
        )
        for quantity in part.quantities:
            assert isinstance(quantity.scale, float) or quantity.scale in keys | {"unit"}
        assert (exchange.SCRIPTS / f"{part.key}.R").exists()


def test_the_gates_of_the_issue():
    gates = {f"{p.key} {q.key}": q.gate for p in PARTS for q in p.quantities}
    kernel = ("km_", "log_rank", "rmst", "zph_", "arm_", "cox_", "baseline", "robust")
    strict = [g for key, g in gates.items() if key.startswith("survival") and key.split()[1].startswith(kernel)]
    assert len(strict) > 50
    assert max(strict) == 1e-10
    assert max(gates["repeated df"], gates["intercept df"], gates["intercept kr_df"]) == 1e-6


def test_the_tables_show_the_value_that_differs_most():
    own, r = result([1.0, 2.0, math.nan]), Result(np.array([1.0, 2.5, math.nan]))
    answers = Answers({}, {"set": {"log_rank": r}})
    rows = compare({"set": ({"log_rank": own}, {"log_rank": r})}, (LOG_RANK,))
    part = Compared(PART, tuple(PART.cases(0)), tuple(rows), answers, {"set": {"log_rank": own}})
    assert value_table(part).splitlines()[-1] == "| Log-rank | set | 2 | 2 | 2.5 | 2e-01 |"
    assert worst_table(part).splitlines()[-1] == "| Log-rank | 1 | 2 | 0 | 0 | 0 | 2.0e-01 | set | 1e-10 | FAIL |"


@pytest.mark.parametrize(
    ("stops", "code", "words"),
    [
        (exchange.PackageAbsentError("cmprsk"), 0, "R has no package cmprsk"),
        (exchange.ScriptError("r/competing.R: object not found"), 1, "object not found"),
    ],
)
def test_a_part_is_skipped_without_its_package_and_fails_where_r_stops(monkeypatch, capsys, stops, code, words):
    def ask(*_):
        raise stops

    monkeypatch.setattr(command, "ask", ask)
    monkeypatch.setattr(command.shutil, "which", lambda _: "Rscript")
    monkeypatch.setattr(command, "checks", list)
    assert command.main(["--random", "0", "--part", "competing"]) == code
    found = capsys.readouterr()
    assert words in found.out + found.err


def test_without_r_it_says_so_and_exits_with_2(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command.main(["--random", "1"]) == 2
    assert "Rscript is not on the PATH" in capsys.readouterr().err
