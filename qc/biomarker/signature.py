"""A signature of all biomarkers by penalised Cox regression, and its concordance corrected for optimism."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qc.biomarker.concordance import pairs
from qc.biomarker.markers import NOT_EVALUABLE, marker_times
from qc.biomarker.penalised_cox import PartialLikelihood, path, penalties
from qc.contract import Data, Row, as_frame, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from csrbook.plan.models import Output, Plan

__all__ = ["recompute"]

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

FINAL, OUTER_FOLDS, OUTER_FIT, BOOTSTRAP = range(4)
"""Purposes of the random streams."""

WEIGHTS = {"HARRELL": False, "UNO": True}


@dataclass(frozen=True)
class Sample:
    """Patients, or copies of some; copies have the same ``subject``."""

    time: Floats
    event: NDArray[np.bool_]
    x: Floats
    stratum: Integers
    subject: Integers

    def take(self, chosen: NDArray[np.generic]) -> Sample:
        """Take some rows, by number or by truth."""
        columns = (self.time, self.event, self.x, self.stratum, self.subject)
        return Sample(*(column[chosen] for column in columns))

    def likelihood(self) -> PartialLikelihood:
        """Partial likelihood of a Cox model of these rows."""
        return PartialLikelihood(self.time, self.event, self.x, self.stratum)

    def pairs(self, coefficients: Floats) -> Floats:
        """Concordant and comparable pairs of the score, shape (weights, 2)."""
        arrays = (self.time, self.event, self.x @ coefficients, self.stratum)
        return np.array([pairs(*arrays, uno=uno) for uno in WEIGHTS.values()])


@dataclass(frozen=True)
class Procedure:
    """What is repeated in every fold and bootstrap sample: path of penalties and choice of one by cross-validation.

    The stream of a purpose is ``Philox(SeedSequence(seed, spawn_key=(purpose, number, ...)))``.
    """

    seed: int
    steps: int
    l1_ratio: float
    rule: str
    folds: int

    def stream(self, *key: int) -> np.random.Generator:
        """Random numbers of a purpose."""
        return np.random.Generator(np.random.Philox(np.random.SeedSequence(self.seed, spawn_key=key)))

    def choose(self, sample: Sample, generator: np.random.Generator) -> tuple[Floats, float] | None:
        """Coefficients and penalty; None where a fold leaves no event to learn from.

        The penalty has the largest sum over the folds of l(b) - l_k(b), where b comes from the patients outside the
        fold, l counts all patients and l_k those outside; or is the largest one within one standard error of it.
        """
        fold = _folds(sample, self.folds, generator)
        if not all(sample.event[fold != k].any() for k in range(self.folds)):
            return None
        whole = sample.likelihood()
        penalty = penalties(whole, self.steps, self.l1_ratio)
        gain = []
        for k in range(self.folds):
            part = sample.take(fold != k).likelihood()
            beta = path(part, penalty, self.l1_ratio).coefficients.T
            gain.append(whole.values(beta) - part.values(beta))
        total = np.sum(gain, axis=0)
        best = int(np.argmax(total))
        if self.rule == "one-se":
            error = np.std(np.array(gain)[:, best], ddof=1) * math.sqrt(self.folds)
            best = int(np.argmax(total >= total[best] - error))
        elif self.rule != "best":
            raise ValueError(f"no rule {self.rule!r} of the choice of a penalty")
        return path(whole, penalty[: best + 1], self.l1_ratio).coefficients[best], float(penalty[best])


def _folds(sample: Sample, folds: int, generator: np.random.Generator) -> Integers:
    """Deal the patients out in random order, first those with an event; copies go together."""
    patient, at, row = np.unique(sample.subject, return_index=True, return_inverse=True)
    drawn = generator.permutation(len(patient))
    happened = sample.event[at][drawn]
    dealt = np.concatenate([drawn[happened], drawn[~happened]])
    fold = np.empty(len(patient), dtype=np.intp)
    fold[dealt] = np.arange(len(patient)) % folds
    return fold[row]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a signature."""
    (analysis_set,) = output.population
    given = output.parameters
    markers = marker_times(data, plan, analysis_set, given["paramcd"])
    everybody = markers[0].frame
    complete = np.all([marker.frame["STATUS"].ne(NOT_EVALUABLE) for marker in markers], axis=0)
    used = everybody[complete]
    status = [marker.frame["STATUS"][complete].eq(marker.marker.positive) for marker in markers]
    stratum = np.unique((used["ARM"] + "/" + used["STRATUM"]).to_numpy(str), return_inverse=True)[1]
    sample = Sample(
        used["AVAL"].to_numpy(float),
        used["CNSR"].eq(0).to_numpy(),
        np.column_stack(status).astype(float),
        stratum,
        np.arange(len(used)),
    )
    keys = {"dataset": "ADTTE", "analysis_set": analysis_set, "group2": "PARAMCD", "group2_level": given["paramcd"]}
    numbers = {"ALL": len(everybody), "COMPLETE": len(used), "EVENTS": int(sample.event.sum())}
    rows: list[Row] = []
    for name, n in numbers.items():
        row = {**keys, "analysis_id": "SUBJECTS_USED", "method": "Count", "variable": name}
        rows.extend(named(row, {"n": n}))
    columns = [(marker.marker.parameter, marker.marker.positive) for marker in markers]
    rows.extend(_signature(keys, sample, columns, output, plan.study.seeds[given["seed"]]))
    return as_frame(output, rows)


def _signature(
    keys: Row, sample: Sample, columns: Sequence[tuple[str, str]], output: Output, seed: int
) -> Iterator[Row]:
    """Coefficients, concordance and how often the procedure succeeded."""
    given = output.parameters
    procedure = Procedure(seed, given["steps"], given["l1_ratio"], given["rule"], given["inner_folds"])
    enough = int(sample.event.sum()) >= max(given["inner_folds"], given["outer_folds"])
    made = procedure.choose(sample, procedure.stream(FINAL)) if enough else None
    coefficients, penalty = made or (np.full(len(columns), math.nan), math.nan)
    fits = _bootstrap(sample, procedure, given["resamples"]) if made else []
    folds = _outer_folds(sample, procedure, given["outer_folds"], given["repeats"]) if made else []

    share = np.mean([fit.coefficients != 0.0 for fit in fits], axis=0) if fits else np.full(len(columns), math.nan)
    for (variable, level), beta, selected in zip(columns, coefficients, share, strict=True):
        row = {**keys, "analysis_id": "COEFFICIENT", "method": "Penalised Cox model"}
        values = {"coef": beta, "hr": math.exp(beta), "selected": 100.0 * selected}
        yield from named({**row, "variable": variable, "variable_level": level}, values)

    apparent = _ratio(sample.pairs(coefficients)) if made else np.full(2, math.nan)
    optimism = np.mean([fit.inside - fit.outside for fit in fits], axis=0) if fits else np.full(2, math.nan)
    nested = _ratio(np.sum(folds, axis=0)) if folds else np.full(2, math.nan)
    for i, name in enumerate(WEIGHTS):
        row = {**keys, "analysis_id": "CONCORDANCE", "method": "Concordance index", "variable": name}
        values = {
            "apparent": apparent[i],
            "optimism": optimism[i],
            "corrected": apparent[i] - optimism[i],
            "nested": nested[i],
        }
        yield from named(row, values)

    row = {**keys, "analysis_id": "PROCEDURE", "method": "Nested cross-validation, bootstrap"}
    values = {
        "penalty": penalty,
        "n_selected": np.count_nonzero(coefficients) if made else 0,
        "outer_used": len(folds),
        "outer_folds": given["outer_folds"] * given["repeats"],
        "resamples_used": len(fits),
        "resamples": given["resamples"],
    }
    yield from named(row, values)


@dataclass(frozen=True)
class Resample:
    """Signature of a bootstrap sample and its concordance in the sample and in the data, by weights."""

    coefficients: Floats
    inside: Floats
    outside: Floats


def _bootstrap(sample: Sample, procedure: Procedure, resamples: int) -> list[Resample]:
    """Repeat the procedure in samples with replacement; the rows are drawn first, then the inner folds."""
    made = []
    for number in range(resamples):
        generator = procedure.stream(BOOTSTRAP, number)
        drawn = sample.take(generator.integers(0, len(sample.time), len(sample.time)))
        chosen = procedure.choose(drawn, generator)
        if chosen is not None:
            beta = chosen[0]
            made.append(Resample(beta, _ratio(drawn.pairs(beta)), _ratio(sample.pairs(beta))))
    return made


def _outer_folds(sample: Sample, procedure: Procedure, folds: int, repeats: int) -> list[Floats]:
    """Pairs within each outer fold, scored by the signature of the other patients."""
    found = []
    for repeat in range(repeats):
        fold = _folds(sample, folds, procedure.stream(OUTER_FOLDS, repeat))
        for k in range(folds):
            chosen = procedure.choose(sample.take(fold != k), procedure.stream(OUTER_FIT, repeat, k))
            if chosen is not None:
                found.append(sample.take(fold == k).pairs(chosen[0]))
    return found


def _ratio(counted: Floats) -> Floats:
    """Concordance by weights; NaN where no pair is comparable."""
    concordant, comparable = counted.T
    result: Floats = np.divide(concordant, comparable, out=np.full(len(counted), math.nan), where=comparable > 0.0)
    return result
