"""Whole trials: non-inferiority at the margin, in one analysis and group-sequentially."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats.decision_rule import DecisionRule
from csrbook.stats.group_sequential import spending_boundaries
from csrbook.stats.operating_characteristics import operating_characteristics
from csrbook.stats.trial_assumptions import Accrual, Stratum, TrialAssumptions, Weibull
from tools.coverage.harness import HIT, MISS, Scenario, interval, rejection

if TYPE_CHECKING:
    from tools.coverage.harness import Codes

__all__ = ["SCENARIOS"]

_MARGIN: Final = 1.3
_ALPHA: Final = 0.025
_TRIAL: Final = TrialAssumptions(
    subjects=200,
    control=Weibull(11.0),
    accrual=Accrual((24.0,)),
    dropout_hazard=0.004,
    strata=(Stratum(0.6, 1.0), Stratum(0.4, 1.5)),
)


def _decided(rng: np.random.Generator, draws: int) -> Codes:
    """The engine returns counts; which trial of a block they come from does not matter."""
    rules = [DecisionRule(_MARGIN, _ALPHA, events=150)]
    for kind in ("obrien-fleming", "pocock", "hwang-shih-decani"):
        looks = spending_boundaries([0.5, 0.75, 1.0], alpha_one_sided=_ALPHA, kind=kind)
        rules.append(DecisionRule(_MARGIN, _ALPHA, events=150, looks=looks))
    seed = int(rng.integers(2**31))
    found = [operating_characteristics(_TRIAL, rule, _MARGIN, trials=draws, seed=seed) for rule in rules]
    counts = [f.noninferior.count for f in found] + [found[0].coverage.count]
    order = np.arange(draws)
    return np.stack([np.where(order < count, HIT, MISS) for count in counts], axis=1).astype(np.int8)


_LOOKS: Final = "Non-inferiority, group-sequential, looks at 50%, 75%, 100%, {} spending"
SCENARIOS: Final = (
    Scenario(
        "design",
        f"whole trials at the margin (hazard ratio {_MARGIN}), 2 strata, accrual and dropout, analysed at 150 events",
        "200",
        (
            rejection("Non-inferiority of a whole trial, one analysis, one-sided", _ALPHA),
            *(
                rejection(_LOOKS.format(kind), _ALPHA)
                for kind in ("O'Brien–Fleming", "Pocock", "Hwang–Shih–DeCani (γ = −4)")
            ),
            interval("Hazard ratio of an event-driven trial, 95% limits"),
        ),
        _decided,
    ),
)
