"""The simulation of coverage finds what is wrong, and its own numbers are right where a closed form exists."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from scipy.stats import binom

from csrbook.stats.proportions import wilson
from csrbook.stats.weighted_log_rank import max_combo
from tools.coverage import __main__ as command
from tools.coverage.counts import SCENARIOS as COUNTS
from tools.coverage.draws import positive_stable, trial
from tools.coverage.harness import (
    ABOVE,
    BELOW,
    HIT,
    MISS,
    NO_RESULT,
    Found,
    Scenario,
    each,
    inside,
    interval,
    rejected,
    rejection,
    simulate,
)
from tools.coverage.hazard_tests import _max_combo
from tools.coverage.scenarios import SCENARIOS


def generator(seed: int = 7) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def z_interval(rng: np.random.Generator, width: float) -> tuple[int, ...]:
    """Mean of 4 standard normal values, sd known: coverage is 2Φ(width) − 1."""
    mean = float(rng.standard_normal(4).mean())
    return (inside(mean - width / 2.0, mean + width / 2.0, 0.0),)


def z_scenario(width: float, why: str = "") -> Scenario:
    return Scenario(
        f"z {width}",
        "four normal values",
        "4",
        (interval("z limits", why=why),),
        each(partial(z_interval, width=width)),
    )


def found(hits: int, draws: int, measure, none: int = 0) -> Found:
    counts = [0] * 5
    counts[HIT], counts[MISS], counts[NO_RESULT] = hits, draws - hits, none
    return Found(Scenario("hand", "", "9", (measure,), each(lambda rng: (HIT,))), measure, tuple(counts))


def test_a_normal_mean_is_covered_as_its_closed_form_says():
    for width, expected in ((1.959963984540054, 0.95), (1.0, 0.6826894921370859)):
        (row,) = simulate([z_scenario(width)], 3000)
        assert abs(row.share - expected) <= 4.0 * math.sqrt(expected * (1.0 - expected) / 3000)
        # Misses fall on both sides alike.
        below, above = row.counts[BELOW], row.counts[ABOVE]
        assert abs(below - above) <= 4.0 * math.sqrt(below + above)


def test_wilson_is_covered_as_the_binomial_sum_says():
    proportion = next(s for s in COUNTS if s.name == "proportion")
    row = next(f for f in simulate([proportion], 10_000) if f.measure.label == "Wilson")
    limits = [wilson(x, 50) for x in range(51)]
    exact = sum(binom.pmf(x, 50, 0.2) for x, w in enumerate(limits) if w.lower <= 0.2 <= w.upper)
    assert abs(row.share - exact) <= 4.0 * math.sqrt(exact * (1.0 - exact) / 10_000)


def test_the_number_of_workers_and_other_scenarios_change_nothing():
    a, b = z_scenario(1.5), z_scenario(2.5)
    alone = simulate([a], 1300)
    with ThreadPoolExecutor(3) as pool:
        both = simulate([b, a], 1300, executor=pool)
    assert both[1].counts == alone[0].counts
    assert both[0].counts != alone[0].counts
    assert sum(alone[0].counts) == 1300


def test_codes_of_one_draw():
    nan = math.nan
    assert [inside(1, 2, x) for x in (0.5, 1.0, 1.5, 2.5)] == [BELOW, HIT, HIT, ABOVE]
    # A limit that is not reached excludes nothing on its side.
    assert [inside(1, nan, 9.0), inside(nan, 2, -9.0), inside(nan, nan, 1.0)] == [HIT, HIT, NO_RESULT]
    assert [rejected(0.04), rejected(0.06), rejected(0.04, 0.025), rejected(nan)] == [HIT, MISS, MISS, NO_RESULT]


def test_verdicts():
    # 10,000 draws: 3 standard errors are 0.0065 at 0.95 and at 0.05.
    assert found(9440, 10_000, interval("i")).verdict == "nominal"
    assert found(9430, 10_000, interval("i")).verdict == "liberal"
    assert found(9570, 10_000, interval("i")).verdict == "conservative"
    assert found(9570, 10_000, interval("i", exact=True)).verdict == "conservative by construction"
    assert found(9430, 10_000, interval("i", exact=True)).verdict.startswith("BROKEN")
    assert found(570, 10_000, rejection("t")).verdict == "liberal"
    assert found(430, 10_000, rejection("t")).verdict == "conservative"
    assert found(0, 0, interval("i"), none=50).verdict.startswith("BROKEN")
    # Draws without a result do not count.
    assert found(950, 1000, interval("i"), none=500).share == 0.95


def test_only_large_departures_need_a_reason():
    assert found(9430, 10_000, interval("i")).explained(0.01)
    assert not found(9300, 10_000, interval("i")).explained(0.01)
    assert found(9300, 10_000, interval("i", why="small n")).explained(0.01)
    assert not found(9300, 10_000, interval("i", exact=True, why="small n")).explained(0.01)


def test_a_method_with_too_narrow_limits_fails_the_command(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(command, "SCENARIOS", (z_scenario(1.959963984540054), z_scenario(1.5)))
    page = tmp_path / "coverage.md"
    assert command.main(["--draws", "2000", "--write", str(page)]) == 1
    assert "z limits: 0.8" in capsys.readouterr().err  # 2Φ(1.5) − 1 = 0.866
    text = page.read_text("utf-8")
    assert text.count("| z limits") == 2
    assert "liberal at n = 4" in text
    assert command.main(["--draws", "2000", "--only", "z 1.9"]) == 0


def test_wrong_use_is_refused(capsys):
    for arguments in (["--draws", "0"], ["--only", "no such scenario"]):
        with pytest.raises(SystemExit) as stopped:
            command.main(arguments)
        assert stopped.value.code == 2
    assert "scenarios are: curve 100" in capsys.readouterr().err


def test_scenarios_have_names_of_their_own():
    names = [s.name for s in SCENARIOS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_every_scenario_has_a_code_for_each_measure(scenario):
    codes = scenario.draw(generator(), 2)
    assert codes.shape == (2, len(scenario.measures))
    for column, measure in zip(codes.T, scenario.measures, strict=True):
        possible = {MISS, HIT, NO_RESULT} if measure.kind == "test" else {MISS, HIT, BELOW, ABOVE, NO_RESULT}
        assert set(column.tolist()) <= possible


@pytest.mark.parametrize(("hazard_ratio", "expected"), [(0.35, HIT), (1.0, MISS)])
def test_max_combo_is_decided_as_by_its_own_p_value(hazard_ratio, expected):
    t = trial(generator(11), 60, hazard_ratio=hazard_ratio)
    assert _max_combo(t) == rejected(max_combo(t.time, t.event, t.arm, strata=t.stratum).p) == expected


def test_positive_stable_frailties_have_their_laplace_transform():
    frailty = positive_stable(generator(), 20_000, 0.6)
    for s in (0.3, 1.0, 3.0):
        value = np.exp(-s * frailty)
        assert abs(value.mean() - math.exp(-(s**0.6))) <= 4.0 * value.std() / math.sqrt(20_000)
