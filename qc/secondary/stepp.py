"""Recomputes the subpopulation treatment effect pattern plot: windows, hazard ratios, band and permutation test.

Random streams of a comparison and covariate, both from Philox with the seed sequence of the output's seed, in blocks of
256. Permutations, spawn key (0, block): for each stratum in the order of the names, in it first control, then the test
arm, ``permuted`` along the rows of a table of 256 by the cell's subjects. Multipliers, spawn key (1, block): standard
normal, 256 by subjects. Rows left over in the last block are not used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from qc.contract import Data, Row, against_control, as_frame, event_times, named, of_parameter
from qc.cox_newton import fit, fit_arms

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan

__all__ = ["recompute", "sliding_windows"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BLOCK = 256
MULTIPLIERS = 10_000
"""Draws of the Gaussian multipliers of the band."""


@dataclass(frozen=True)
class Subjects:
    """Test arm and control with a value of the covariate, in the order of the data; strata and windows as numbers.

    ``inside`` has the shape (windows, subjects).
    """

    time: Floats
    event: Flags
    test: Floats
    stratum: NDArray[np.intp]
    inside: Flags

    def log_hazard_ratios(self, inside: Flags) -> tuple[Floats, Floats]:
        """Stratified Cox model in each subset (last axis the subjects), with its standard error.

        Who is outside goes to a stratum without events.
        """
        rows = inside.reshape(-1, len(self.time))
        estimate, error = fit_arms(self.time, self.event & rows, self.test, np.where(rows, self.stratum, -1))
        return estimate.reshape(inside.shape[:-1]), error.reshape(inside.shape[:-1])


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the figure, a panel for each covariate."""
    chosen, parameters = output.population[0], output.parameters
    frame = event_times(data, plan, chosen, parameters["paramcd"])
    keys = {**of_parameter(plan, chosen, parameters["paramcd"]), "method": "STEPP, sliding windows"}
    rows: list[Row] = []
    for arm, pair in against_control(plan, frame):
        for covariate in parameters["covariates"]:
            here = {**keys, "group1_level": arm.id, "variable": covariate["variable"]}
            rows += _panel(here, pair, parameters, plan.study.confidence)
    return as_frame(output, rows)


def _panel(keys: Row, pair: pd.DataFrame, parameters: dict[str, Any], confidence: float) -> Iterator[Row]:
    """Windows of a covariate with their hazard ratios and limits, and the test that they do not differ.

    There is nothing to show where fewer subjects than make a window have a value, or all have the same.
    """
    known = pair[pair[keys["variable"]].notna()]
    values = known[keys["variable"]].to_numpy(float)
    if len(values) < parameters["window"] or len(np.unique(values)) < 2:
        yield from named({**keys, "analysis_id": "STEPP_TEST"}, {"supremum": math.nan, "p": math.nan})
        return
    windows = sliding_windows(values, parameters["window"], parameters["overlap"])
    inside = np.array([(values >= low) & (values <= high) for low, high in windows])
    subjects = Subjects(
        known["AVAL"].to_numpy(float),
        known["CNSR"].eq(0).to_numpy(),
        known["TEST"].to_numpy(),
        np.unique(known["STRATUM"], return_inverse=True)[1],
        inside,
    )
    (overall,), _ = subjects.log_hazard_ratios(np.ones((1, len(values)), dtype=bool))
    estimate, error = subjects.log_hazard_ratios(inside)
    supremum, p = _permutation_test(subjects, estimate, overall, parameters["permutations"], parameters["seed"])
    yield from named({**keys, "analysis_id": "STEPP_TEST"}, {"supremum": supremum, "p": p, "hr": math.exp(overall)})
    yield from named({**keys, "analysis_id": "STEPP_MISSING"}, {"n": len(pair) - len(known)})

    pointwise = norm.isf((1.0 - confidence) / 2.0)
    together = _critical_value(subjects, np.isfinite(estimate), confidence, parameters["seed"])
    for number, (b, se, member) in enumerate(zip(estimate, error, inside, strict=True), start=1):
        numbers = {
            "median": np.median(values[member]),
            "n": member.sum(),
            "hr": math.exp(b),
            "lower": math.exp(b - pointwise * se),
            "upper": math.exp(b + pointwise * se),
            "band_lower": math.exp(b - together * se),
            "band_upper": math.exp(b + together * se),
        }
        yield from named({**keys, "analysis_id": "STEPP", "variable_level": f"WINDOW {number}"}, numbers)


def sliding_windows(values: Floats, size: int, overlap: int) -> list[tuple[float, float]]:
    """Closed intervals of at least ``size`` subjects, of whom neighbours share at most ``overlap``.

    Each ends at the smallest value that brings it to ``size``, the next begins at the smallest later value that leaves
    it no more than ``overlap`` of the last one. The last ends at the largest value with whoever is left.
    """
    distinct = np.unique(values)
    windows: list[tuple[float, float]] = []
    low = distinct[0]
    while True:
        enough = [high for high in distinct if np.sum((values >= low) & (values <= high)) >= size]
        high = enough[0] if enough else distinct[-1]
        windows.append((float(low), float(high)))
        if high == distinct[-1]:
            return windows
        later = distinct[distinct > low]
        low = next(value for value in later if np.sum((values >= value) & (values <= high)) <= overlap)


def _permutation_test(
    subjects: Subjects, estimate: Floats, overall: float, permutations: int, seed: int
) -> tuple[float, float]:
    """Largest deviation from the overall log hazard ratio in standard deviations of its permutation distribution.

    The data as they are count among the permutations, in the standard deviation and in the p-value.
    """
    estimable = np.isfinite(estimate)
    if math.isnan(overall) or not estimable.any() or len(estimate) < 2:
        return math.nan, math.nan
    cell = 2 * subjects.stratum + subjects.test.astype(int)
    moved = np.concatenate([_permuted(cell, seed, block) for block in range(math.ceil(permutations / BLOCK))])
    inside = subjects.inside[estimable][:, moved[:permutations]]
    deviations = subjects.log_hazard_ratios(inside)[0].T - overall
    deviations = deviations[np.isfinite(deviations).all(axis=1)]
    together = np.vstack([estimate[estimable] - overall, deviations])
    largest = (np.abs(together) / together.std(axis=0)).max(axis=1)
    return float(largest[0]), float(np.mean(largest >= largest[0] * (1.0 - 1e-12)))


def _permuted(cell: NDArray[np.intp], seed: int, block: int) -> NDArray[np.intp]:
    """Positions of the subjects, permuted within cells, in the rows of a block."""
    stream = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(0, block))))
    places = np.tile(np.arange(len(cell)), (BLOCK, 1))
    for code in np.unique(cell):
        mine = np.flatnonzero(cell == code)
        places[:, mine] = stream.permuted(places[:, mine], axis=1)
    return places


def _critical_value(subjects: Subjects, estimable: Flags, confidence: float, seed: int) -> float:
    """Quantile of the largest standardised sum of influences times standard normal multipliers over the windows."""
    if not estimable.any():
        return math.nan
    influences = np.column_stack([_influence(subjects, member) for member in subjects.inside[estimable]])
    influences /= np.linalg.norm(influences, axis=0)
    blocks = []
    for block in range(math.ceil(MULTIPLIERS / BLOCK)):
        stream = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(1, block))))
        blocks.append(np.abs(stream.standard_normal((BLOCK, len(influences))) @ influences).max(axis=1))
    return float(np.quantile(np.concatenate(blocks)[:MULTIPLIERS], confidence))


def _influence(subjects: Subjects, member: Flags) -> Floats:
    """Influence of each subject on a window's log hazard ratio, 0 for those outside."""
    result = np.zeros(len(member))
    model = fit(subjects.time[member], subjects.event[member], subjects.test[member], stratum=subjects.stratum[member])
    result[member] = model.influence[:, 0]
    return result
