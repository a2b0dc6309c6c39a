"""Whole simulated databases of the trial, each decided by the program that makes the page of the decision."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from analyses.primary.decision import analyse
from csrbook.plan import load_plan
from csrbook.stats.parallel import spread
from simulation.database import simulate
from simulation.parameters import read_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from csrbook.plan.models import Plan
    from csrbook.stats.parallel import Progress
    from simulation.parameters import Parameters

__all__ = ["DECISION", "Decided", "decide", "per_protocol_share"]

ROOT: Final = Path(__file__).parents[2]
DECISION: Final = "T14.2.1.3"  # the output whose program makes the decision
_BLOCK: Final = 20
_LARGE: Final = 4000  # subjects of the database from which the share of the Per-Protocol Set is taken


@dataclass(frozen=True, slots=True)
class Decided:
    """One value a database; NaN where a hazard ratio is not estimable, or a step is not tested.

    ``criterion`` says what a step's test shows in a set by itself, ``step`` what the sequence makes of it.
    """

    log_hr: np.ndarray
    se: np.ndarray
    criterion: Mapping[tuple[str, str], np.ndarray]
    step: Mapping[str, np.ndarray]


class _Frames:
    """A database as the programs read it."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self._frames = frames

    def dataset(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        frame = self._frames[name]
        return (frame if columns is None else frame[list(columns)]).copy()


def decide(hazard_ratio: float, databases: int, *, workers: int = 1, progress: Progress | None = None) -> Decided:
    """Simulate databases with a true hazard ratio and decide each; the same seeds at every hazard ratio."""
    tasks = [(hazard_ratio, start, min(start + _BLOCK, databases)) for start in range(0, databases, _BLOCK)]
    rows = [row for block in spread(_block, tasks, workers=workers, progress=progress) for row in block]
    plan, _ = _study()
    criteria = [(step.id, name) for step in plan.study.gate for name in step.analysis_sets]
    table = np.array(rows, dtype=np.float64)
    steps = 2 + len(criteria)
    return Decided(
        log_hr=table[:, 0],
        se=table[:, 1],
        criterion={key: table[:, 2 + i] for i, key in enumerate(criteria)},
        step={step.id: table[:, steps + i] for i, step in enumerate(plan.study.gate)},
    )


def per_protocol_share() -> float:
    """Share of the randomised who are in the Per-Protocol Set of a large simulated database."""
    plan, parameters = _study()
    adsl = simulate(parameters, plan, subjects=_LARGE)["ADSL"]
    randomised = adsl[adsl["ITTFL"] == "Y"]
    return float((randomised["PPROTFL"] == "Y").mean())


@cache
def _study() -> tuple[Plan, Parameters]:
    return load_plan(ROOT), read_parameters(ROOT / "sap" / "simulation.yaml")


def _block(task: tuple[float, int, int]) -> list[list[float]]:
    hazard_ratio, start, stop = task
    plan, parameters = _study()
    truth = _at(parameters, hazard_ratio)
    output = plan.catalogue.output(DECISION)
    test = next(arm.id for arm in plan.study.arms if arm.role == "test")
    rows = []
    for number in range(start, stop):
        frames = simulate(truth, plan, seed=plan.study.seeds["dry_run"] + number)
        found = analyse(_Frames(frames), output, plan).ard.frame()
        found = found[found["group1_level"] == test]
        values = {
            (r.analysis_id, r.analysis_set, r.variable_level, r.stat_name): float(r.value) for r in found.itertuples()
        }
        first = plan.study.gate[0].analysis_sets[0]
        row = [values["COX_STRATIFIED", first, "", name] for name in ("log_hr", "se")]
        row += [values["GATE", name, step.id, "criterion"] for step in plan.study.gate for name in step.analysis_sets]
        row += [values["GATE", "", step.id, "status"] for step in plan.study.gate]
        rows.append(row)
    return rows


def _at(parameters: Parameters, hazard_ratio: float) -> Parameters:
    """The simulation with the test arm's median moved to the hazard ratio; all else as it is."""
    pfs = parameters.progression_free_survival
    median = pfs.medians.control * hazard_ratio ** (-1.0 / pfs.shape)
    medians = pfs.medians.model_copy(update={"test": median})
    moved = pfs.model_copy(update={"medians": medians, "true_hazard_ratio": hazard_ratio})
    return parameters.model_copy(update={"progression_free_survival": moved})
