from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.errors import StatisticsError
from csrbook.stats.group_sequential import (
    classical_boundaries,
    conditional_power,
    drift_for_power,
    exit_probabilities,
    spending,
    spending_boundaries,
)

THIRDS = [1 / 3, 2 / 3, 1.0]


def test_exit_probabilities_by_simulation():
    # One million Brownian paths with drift, stopped at the boundaries.
    design = spending_boundaries([0.5, 0.8, 1.0], alpha_one_sided=0.025, kind="pocock")
    rng = np.random.default_rng(11)
    n, drift = 1_000_000, 2.8
    steps = np.diff(np.concatenate(([0.0], design.information)))
    score = np.cumsum(rng.normal(size=(n, 3)) * np.sqrt(steps) + drift * steps, axis=1)
    crossed = score / np.sqrt(design.information) >= design.critical_z
    first = np.where(crossed.any(axis=1), crossed.argmax(axis=1), 3)
    simulated = np.bincount(first, minlength=4)[:3] / n
    ours = exit_probabilities(design.critical_z, design.information, drift=drift)
    np.testing.assert_allclose(ours, simulated, atol=4 * math.sqrt(0.25 / n))


@pytest.mark.parametrize("kind", ["obrien-fleming", "pocock", "hwang-shih-decani"])
def test_the_error_spent_is_the_error_made(kind):
    information = [0.2, 0.35, 0.7, 0.95, 1.0]
    design = spending_boundaries(information, alpha_one_sided=0.025, kind=kind)
    made = np.cumsum(exit_probabilities(design.critical_z, information))
    wanted = [spending(t, alpha_one_sided=0.025, kind=kind) for t in information]
    np.testing.assert_allclose(made, wanted, rtol=1e-9)


def test_one_look_is_the_fixed_design():
    assert spending_boundaries([1.0], alpha_one_sided=0.025).critical_z[0] == pytest.approx(1.959963984540054)
    assert drift_for_power(spending_boundaries([1.0], alpha_one_sided=0.025), 0.8) == pytest.approx(
        1.959963984540054 + 0.8416212335729143, abs=1e-10
    )


def test_spending_in_closed_form():
    # Pocock at 1/2: α log(1 + (e − 1)/2); Hwang–Shih–DeCani with gamma 0 is linear; all end on α.
    assert spending(0.5, alpha_one_sided=0.025, kind="pocock") == pytest.approx(0.025 * math.log(1 + (math.e - 1) / 2))
    assert spending(0.3, alpha_one_sided=0.05, kind="hwang-shih-decani", gamma=0.0) == pytest.approx(0.015)
    for kind in ("obrien-fleming", "pocock", "hwang-shih-decani"):
        assert spending(1.0, alpha_one_sided=0.025, kind=kind) == pytest.approx(0.025)
    assert spending(0.0, alpha_one_sided=0.025) == 0.0


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: spending_boundaries([0.5, 0.4, 1.0], alpha_one_sided=0.025), "information"),
        (lambda: spending_boundaries([0.5, 1.1], alpha_one_sided=0.025), "information"),
        (lambda: spending_boundaries([], alpha_one_sided=0.025), "information"),
        (lambda: spending_boundaries([0.0, 1.0], alpha_one_sided=0.025), "information"),
        (lambda: spending_boundaries([1.0], alpha_one_sided=2.5), "alpha_one_sided"),
        (lambda: spending_boundaries([1.0], alpha_one_sided=0.025, kind="haybittle"), "kind"),
        (lambda: classical_boundaries(0, alpha_one_sided=0.025), "looks"),
        (lambda: exit_probabilities([2.0], [0.5, 1.0]), "critical_z"),
        (lambda: conditional_power(1.0, 1.0, critical_z=2.0), "information"),
    ],
)
def test_a_wrong_argument_is_named(call, name):
    with pytest.raises(StatisticsError) as caught:
        call()
    assert caught.value.where == f"argument '{name}'"
