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


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("obrien-fleming", [3.7103, 2.5114, 1.9930]),  # dossier F29: gsDesign sfLDOF, rpact asOF
        ("hwang-shih-decani", [3.0107, 2.5465, 1.9992]),  # dossier F31: gsDesign sfHSD, gamma −4
    ],
)
def test_spending_boundaries_in_print(kind, expected):
    design = spending_boundaries(THIRDS, alpha_one_sided=0.025, kind=kind)
    assert design.critical_z.tolist() == pytest.approx(expected, abs=5e-5)
    assert design.alpha_spent[-1] == pytest.approx(0.025, rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("obrien-fleming", [3.4711, 2.4544, 2.0040]), ("pocock", [2.2895] * 3)],  # dossier F30: Jennison and Turnbull 2000
)
def test_classical_boundaries_in_print(kind, expected):
    assert classical_boundaries(3, alpha_one_sided=0.025, kind=kind).critical_z.tolist() == pytest.approx(
        expected, abs=5e-5
    )


def test_interim_of_the_dossier():
    # Dossier section B: interim at 60%, z 2.6686 / 1.9810; 171.7 events at most for HR 11/13 (≤ .768 / ≤ .961), and 460
    # for HR 1 (≤ .943 / ≤ 1.081), power 80%, margin 1.30 (rpact 3.3.4).
    design = spending_boundaries([0.6, 1.0], alpha_one_sided=0.025)
    assert design.critical_z.tolist() == pytest.approx([2.6686, 1.9810], abs=5e-5)
    drift = drift_for_power(design, 0.8)
    for hazard_ratio, events, largest in ((11 / 13, 171.7, (0.768, 0.961)), (1.0, 460.0, (0.943, 1.081))):
        needed = 4 * (drift / math.log(1.3 / hazard_ratio)) ** 2
        assert needed == pytest.approx(events, abs=0.05)
        limits = 1.3 * np.exp(-design.critical_z * 2 / np.sqrt(needed * design.information))
        assert limits.tolist() == pytest.approx(largest, abs=5e-4)


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
    ("drift", "expected"),
    [(0.0, 0.10172), (None, 0.59025), (1.959963984540054 + 1.2815515655446004, 0.84620)],
)
def test_conditional_power(drift, expected):
    # Dossier F32, closed form: z = 1.5 at t = .5, α = .025; under the null, the trend, and the design with 90% power.
    power = conditional_power(1.5, 0.5, critical_z=1.959963984540054, drift=drift)
    assert power == pytest.approx(expected, abs=5e-6)


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
