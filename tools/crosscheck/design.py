"""Part "design": sample size, group-sequential boundaries, multiplicity, pooling over imputations."""

from __future__ import annotations

from typing import Final

import numpy as np

from csrbook.stats.design import (
    event_probability,
    largest_hazard_ratio,
    schoenfeld_events,
    schoenfeld_power,
    subjects_for_events,
)
from csrbook.stats.group_sequential import (
    classical_boundaries,
    conditional_power,
    drift_for_power,
    exit_probabilities,
    spending,
    spending_boundaries,
)
from csrbook.stats.multiplicity import benjamini_hochberg
from csrbook.stats.rubin import rubin
from tools.crosscheck.datasets import stream
from tools.crosscheck.quantities import Case, Data, Part, Quantity, Result, result

QUANTITIES: Final = (
    Quantity("schoenfeld", "Schoenfeld: events, power, largest HR that excludes the margin"),
    Quantity("event_probability", "Probability of an event with accrual and dropout (integral)", 1e-12, 1e-9),
    Quantity("subjects", "Subjects needed for the events", 1e-12, 1e-9),
    Quantity("spending", "Error spent: O'Brien–Fleming, Pocock, Hwang–Shih–DeCani"),
    Quantity("boundaries", "Lan–DeMets boundaries of the three (recursive integration)", 1.0, 1e-6),
    Quantity("classical", "O'Brien–Fleming and Pocock boundaries (recursive integration)", 1.0, 1e-6),
    Quantity("exit", "Probabilities of stopping at each look under a drift of 3", 1.0, 1e-7),
    Quantity("drift", "Drift that gives a power of 0.8", 1.0, 1e-6),
    Quantity("conditional_power", "Conditional power: trend, null, drift of 3"),
    Quantity("benjamini_hochberg", "Benjamini–Hochberg adjusted p-values"),
    Quantity("rubin", "Rubin's rules: estimate, SE, df, limits, p", 1e-3),
    Quantity("rubin_small", "the same with Barnard and Rubin's degrees of freedom", 1e-3),
)
KINDS: Final = ("obrien-fleming", "pocock", "hwang-shih-decani")


def cases(count: int) -> list[Case]:
    """The trial of the reference cases and thirds of the information, and ``count`` random designs."""
    first = {
        "hr": [11 / 13],
        "alpha": [0.025],
        "power": [0.9],
        "margin": [1.3],
        "allocation": [1.0],
        "events": [228.0],
        "median": [11.0],
        "accrual": [24.0],
        "follow": [12.0],
        "dropout": [0.05],
        "information": [1 / 3, 2 / 3, 1.0],
        "z": [1.5],
        "p": [0.01, 0.02, 0.03, 0.04, 0.05, 0.04],
        "q": [1.0, 2.0, 3.0],
        "s": [1.0, 1.0, 1.0],
    }
    found = [Case("thirds", {key: np.array(values) for key, values in first.items()}, named=True)]
    return found + [Case(f"design {i + 1}", _random(i)) for i in range(count)]


def _random(index: int) -> Data:
    generator = stream(8, index)
    looks = 1 + index % 5
    m = int(generator.integers(2, 30))
    data = {
        "hr": generator.uniform(0.5, 1.0, 1),
        "alpha": generator.choice([0.005, 0.025, 0.05], 1),
        "power": generator.uniform(0.6, 0.95, 1),
        "margin": generator.uniform(1.05, 1.6, 1),
        "allocation": generator.choice([0.5, 1.0, 2.0], 1),
        "events": generator.uniform(50.0, 800.0, 1),
        "median": generator.uniform(3.0, 40.0, 1),
        "accrual": generator.uniform(6.0, 40.0, 1),
        "follow": generator.uniform(1.0, 30.0, 1),
        "dropout": generator.uniform(0.0, 0.2, 1),
        "information": np.cumsum(generator.dirichlet(np.full(looks, 5.0))),
        "z": generator.normal(1.0, 1.0, 1),
        "p": generator.uniform(0.0, 1.0, int(generator.integers(1, 25))) ** 2,
        "q": generator.normal(-0.2, 0.1, m),
        "s": generator.uniform(0.08, 0.12, m),
    }
    rounded = {key: np.round(values, 4) for key, values in data.items()}
    rounded["information"][-1] = 1.0
    return rounded


def ours(data: Data) -> dict[str, Result]:
    """Every quantity of a design."""
    one = {key: float(values[0]) for key, values in data.items()}
    alpha = one["alpha"]
    plan = {"alpha_one_sided": alpha, "margin": one["margin"], "allocation": one["allocation"]}
    t = data["information"]
    hazard, lost = np.log(2.0) / one["median"], -np.log1p(-one["dropout"]) / 12.0
    needed = subjects_for_events(
        one["events"],
        one["median"],
        one["hr"],
        one["accrual"],
        one["follow"],
        one["dropout"],
        allocation=one["allocation"],
    )
    designs = [spending_boundaries(t, alpha_one_sided=alpha, kind=kind) for kind in KINDS]
    classical = [classical_boundaries(3, alpha_one_sided=alpha, kind=kind).critical_z for kind in KINDS[:2]]
    critical = {"critical_z": 1.96}
    conditional = [conditional_power(one["z"], 0.5, **critical, drift=drift) for drift in (None, 0.0, 3.0)]
    pooled = [rubin(data["q"], data["s"]), rubin(data["q"], data["s"], df_complete=50.0)]
    first, small = ([p.estimate, p.se, p.df, p.lower, p.upper, p.p] for p in pooled)
    return {
        "schoenfeld": result(
            [
                schoenfeld_events(one["hr"], power=one["power"], **plan),
                schoenfeld_power(one["hr"], one["events"], **plan),
                largest_hazard_ratio(one["margin"], one["events"], alpha, allocation=one["allocation"]),
            ]
        ),
        "event_probability": result(event_probability(hazard, lost, one["accrual"], one["follow"])),
        "subjects": result(needed.subjects_exact),
        "spending": result([[spending(x, alpha_one_sided=alpha, kind=kind) for x in t] for kind in KINDS]),
        "boundaries": result([design.critical_z for design in designs]),
        "classical": result(classical),
        "exit": result(exit_probabilities(designs[0].critical_z, t, drift=3.0)),
        "drift": result(drift_for_power(designs[0], 0.8)),
        "conditional_power": result(conditional),
        "benjamini_hochberg": result(benjamini_hochberg(data["p"])),
        "rubin": result(first),
        "rubin_small": result(small),
    }


PART: Final = Part(
    "design", "Design, group-sequential boundaries, multiplicity, pooling", (), QUANTITIES, cases, ours, most=10, kept=1
)
