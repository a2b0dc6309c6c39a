"""One trial of the planned size and one large trial, simulated once."""

from __future__ import annotations

from pathlib import Path

import pytest

from csrbook.plan import load_plan
from simulation.database import simulate
from simulation.parameters import read_parameters

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def plan():
    return load_plan(ROOT)


@pytest.fixture(scope="session")
def parameters():
    return read_parameters(ROOT / "sap" / "simulation.yaml")


@pytest.fixture(scope="session")
def trial(plan, parameters):
    """The trial of the plan: its size, its seed."""
    return simulate(parameters, plan)


@pytest.fixture(scope="session")
def large(plan, parameters):
    """4,000 subjects, so that Monte-Carlo error is small."""
    return simulate(parameters, plan, subjects=4000, seed=20240601)
