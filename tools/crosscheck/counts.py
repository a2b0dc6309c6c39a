"""Part "counts": one table of two arms: proportions, their difference, rates."""

from __future__ import annotations

from typing import Final

import numpy as np

from csrbook.stats.contingency import fisher_exact
from csrbook.stats.proportions import clopper_pearson, wilson
from csrbook.stats.rates import garwood, rate_difference, rate_ratio
from csrbook.stats.risk_difference import farrington_manning, miettinen_nurminen, newcombe
from tools.crosscheck.datasets import stream
from tools.crosscheck.quantities import Case, Data, Part, Quantity, Result, result

QUANTITIES: Final = (
    Quantity("clopper_pearson", "Clopper–Pearson limits of each arm", 1e-3),
    Quantity("wilson", "Wilson limits of each arm", 1e-3),
    Quantity("miettinen_nurminen", "Miettinen–Nurminen limits of the difference", 1e-3, 1e-8),
    Quantity("newcombe", "Newcombe's limits of the difference", 1e-3),
    Quantity("farrington_manning", "Farrington–Manning z and p, margin −0.1", 1e-3, 1e-8),
    Quantity("fisher", "Fisher's exact p", 1e-6, 1e-7),
    Quantity("garwood", "Garwood limits of the rate of each arm", 1e-3),
    Quantity("rate_ratio", "Rate ratio, exact limits and p", 1e-6, 1e-7),
    Quantity("rate_ratio_wald", "Rate ratio, Wald limits and p", 1e-6),
    Quantity("rate_difference", "Rate difference, score limits", 1e-3, 1e-8),
    Quantity("rate_difference_wald", "Rate difference, Wald limits and p", 1e-3),
)
MARGIN: Final = -0.1
# Newcombe 1998, table II, and tables with no and with all responders.
NAMED: Final = {
    "Newcombe a": (56, 70, 48, 80),
    "Newcombe b": (9, 10, 3, 10),
    "Newcombe c": (6, 7, 2, 7),
    "Newcombe d": (5, 56, 0, 29),
    "none": (0, 10, 0, 20),
    "all": (10, 10, 20, 20),
    "apart": (10, 10, 0, 10),
}


def cases(count: int) -> list[Case]:
    """Tables in print, and random ones, tiny and with empty cells; each with exposure times."""
    found = [Case(name, _data(*table, 12.5, 20.25), named=True) for name, table in NAMED.items()]
    for i in range(count):
        generator = stream(3, i)
        n1, n0 = (int(n) for n in generator.integers(1, (5, 20, 80, 400)[i % 4], 2))
        p1, p0 = generator.choice([0.0, 0.02, 0.2, 0.5, 0.9, 1.0], 2)
        x1, x0 = int(generator.binomial(n1, p1)), int(generator.binomial(n0, p0))
        t1, t0 = np.round(generator.uniform(0.5, 100.0, 2), 2).tolist()
        found.append(Case(f"table {i + 1}", _data(x1, n1, x0, n0, t1, t0)))
    return found


def _data(x1: int, n1: int, x0: int, n0: int, t1: float, t0: float) -> Data:
    return {
        name: np.array([float(v)])
        for name, v in zip(("x1", "n1", "x0", "n0", "t1", "t0"), (x1, n1, x0, n0, t1, t0), strict=True)
    }


def ours(data: Data) -> dict[str, Result]:
    """Every quantity of a table; events and exposure are the responders and a time."""
    x1, n1, x0, n0 = (int(data[k][0]) for k in ("x1", "n1", "x0", "n0"))
    t1, t0 = float(data["t1"][0]), float(data["t0"][0])
    four = x1, n1, x0, n0
    found = {}
    for name, method in (("clopper_pearson", clopper_pearson), ("wilson", wilson)):
        limits = [method(x1, n1), method(x0, n0)]
        found[name] = result([[p.lower, p.upper] for p in limits])
    for name, difference in (("miettinen_nurminen", miettinen_nurminen(*four)), ("newcombe", newcombe(*four))):
        found[name] = result([difference.lower, difference.upper], difference.status)
    test = farrington_manning(*four, margin=MARGIN)
    found["farrington_manning"] = result([test.z, test.p], test.status)
    exact = fisher_exact([[x1, n1 - x1], [x0, n0 - x0]])
    found["fisher"] = result(exact.p, exact.status)
    rates = [garwood(x1, t1), garwood(x0, t0)]
    found["garwood"] = result([[r.lower, r.upper] for r in rates])
    for name, contrast in (
        ("rate_ratio", rate_ratio(x1, t1, x0, t0)),
        ("rate_ratio_wald", rate_ratio(x1, t1, x0, t0, method="wald")),
        ("rate_difference_wald", rate_difference(x1, t1, x0, t0, method="wald")),
    ):
        found[name] = result([contrast.lower, contrast.upper, contrast.p], contrast.status)
    score = rate_difference(x1, t1, x0, t0)
    return found | {"rate_difference": result([score.lower, score.upper], score.status)}


PART: Final = Part("counts", "Proportions and rates of two arms", (), QUANTITIES, cases, ours, most=300, kept=30)
