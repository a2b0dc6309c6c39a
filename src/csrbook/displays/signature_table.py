"""A prognostic signature of many covariates: its coefficients, and what it is worth outside the data it was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from csrbook.displays.estimates import add_count, add_number, add_text
from csrbook.displays.format import NOT_ESTIMABLE
from csrbook.displays.marker_levels import NOT_EVALUABLE
from csrbook.displays.model import Cell, Column, Row
from csrbook.displays.precision import Digits
from csrbook.stats.signature import cox_signature

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from csrbook.ard import Ard
    from csrbook.displays.event_times import EventTimes
    from csrbook.plan.models import Biomarker
    from csrbook.stats.signature import HonestConcordance

__all__ = ["HEADER", "WIDTHS", "SignatureParameters", "add_signature", "signature_rows"]

WIDTHS = (Column(2.6), Column(1.2, "decimal"), Column(1.2, "decimal"), Column(1.4, "decimal"))

HEADER = (
    (
        Cell("Covariate", align="left"),
        Cell("Coefficient\n(log hazard ratio)"),
        Cell("Hazard\nratio"),
        Cell("Selected in bootstrap\nsamples (%)"),
    ),
)

CONCORDANCES = {"HARRELL": "Harrell's C", "UNO": "Uno's C"}


class SignatureParameters(Digits):
    """What the plan row says.

    Attributes
    ----------
    paramcd : str
        Parameter of the event times.
    markers : tuple of str
        Ids of the markers that are offered; all of the plan where empty.
    l1_ratio, steps, rule, inner_folds, outer_folds, repeats, resamples
        As in :func:`csrbook.stats.signature.cox_signature`.
    seed : str
        Name of the seed in the plan.
    """

    paramcd: str
    markers: tuple[str, ...] = ()
    l1_ratio: float = Field(default=1.0, ge=0.0, le=1.0)
    steps: int = 30
    rule: str = "best"
    inner_folds: int = 5
    outer_folds: int = 5
    repeats: int = 1
    resamples: int = 50
    seed: str


def add_signature(
    ard: Ard,
    times: EventTimes,
    levels: Mapping[str, NDArray[np.object_]],
    markers: Sequence[Biomarker],
    chosen: SignatureParameters,
    seed: int,
) -> None:
    """Add the signature of the subjects with a valid result of every marker.

    Parameters
    ----------
    ard : Ard
        Receives ``n`` of ``SUBJECTS_USED`` (``ALL``, ``COMPLETE``, ``EVENTS``); for each marker ``coef``, ``hr`` and
        ``selected`` (percent of the bootstrap signatures) under ``COEFFICIENT``; ``apparent``, ``optimism``,
        ``corrected`` and ``nested`` under ``CONCORDANCE`` by kind; ``penalty``, ``n_selected``, folds and resamples
        used under ``PROCEDURE``.
    times : EventTimes
        Stratified as the model is to be. The arms are strata too, so that treatment is no part of the signature.
    levels : mapping
        Level of each subject by id of the marker.
    markers : sequence of Biomarker
        Covariates: 1 for the positive level.
    chosen : SignatureParameters
        Procedure and digits.
    seed : int
        Of folds and resamples.
    """
    shared = {k: v for k, v in times.keys.items() if k != "group1"}
    everybody = np.ones(len(times.time), dtype=bool)
    complete = np.logical_and.reduce([levels[m.id] != NOT_EVALUABLE for m in markers], initial=True) & everybody
    used = times.where(complete)
    for name, count in (("ALL", sum(times.subjects)), ("COMPLETE", len(used.time)), ("EVENTS", int(used.event.sum()))):
        row = {**shared, "analysis_id": "SUBJECTS_USED", "method": "Count", "variable": name}
        add_count(ard, count, **row)
    x = np.array([[float(v) for v in levels[m.id][complete] == m.positive] for m in markers]).T
    found = cox_signature(
        used.time,
        used.event,
        x.reshape(len(used.time), len(markers)),
        names=[m.id for m in markers],
        strata=[f"{times.arms[a].id}/{used.strata[s]}" for a, s in zip(used.arm, used.stratum, strict=True)],
        l1_ratio=chosen.l1_ratio,
        steps=chosen.steps,
        rule=chosen.rule,
        inner_folds=chosen.inner_folds,
        outer_folds=chosen.outer_folds,
        repeats=chosen.repeats,
        resamples=chosen.resamples,
        seed=seed,
    )
    why = found.status
    for marker, coef, share in zip(markers, found.coef.tolist(), found.selection.tolist(), strict=True):
        row = {**shared, "analysis_id": "COEFFICIENT", "method": "Penalised Cox model", "variable": marker.id}
        row["variable_level"] = marker.positive
        add_number(ard, "coef", coef, chosen.digits_statistic, reason=why, **row)
        add_number(ard, "hr", float(np.exp(coef)), chosen.digits_hr, reason=why, **row)
        add_number(ard, "selected", 100.0 * share, chosen.digits_percent, reason=why, **{**row, "unit": "%"})
    for kind, c in (("HARRELL", found.harrell), ("UNO", found.uno)):
        _add_concordance(ard, c, why, chosen, {**shared, "variable": kind})
    row = {**shared, "analysis_id": "PROCEDURE", "method": "Nested cross-validation, bootstrap"}
    add_number(ard, "penalty", found.penalty, 4, reason=why, **row)
    counts = {
        "n_selected": len(found.selected) if found.coef.size and not np.isnan(found.coef).any() else 0,
        "outer_used": found.outer_used,
        "outer_folds": found.outer_folds,
        "resamples_used": found.resamples_used,
        "resamples": found.resamples,
    }
    for name, value in counts.items():
        ard.add(name, value, formatted=str(value), **row)
    add_text(ard, "status", why, **row)


def _add_concordance(
    ard: Ard, c: HonestConcordance, why: str, chosen: SignatureParameters, keys: dict[str, str]
) -> None:
    row = {**keys, "analysis_id": "CONCORDANCE", "method": "Concordance index"}
    for name in ("apparent", "optimism", "corrected", "nested"):
        add_number(ard, name, getattr(c, name), chosen.digits_statistic, reason=why, **row)


def signature_rows(ard: Ard, markers: Sequence[Biomarker]) -> list[Row]:
    """Coefficients first, then the concordance in the data and corrected."""
    rows = [Row(label="Signature", kind="group")]
    for marker in markers:
        own = {"analysis_id": "COEFFICIENT", "variable": marker.id}
        coef, hr, share = (ard.text(name, **own) for name in ("coef", "hr", "selected"))
        absent = ard.value("coef", **own) == 0.0 and coef != NOT_ESTIMABLE
        cells = ("Not selected", "", share) if absent else (coef, hr, share)
        rows.append(Row(cells, f"{marker.label}: {marker.positive.lower()}", indent=1))
    rows.append(Row((*CONCORDANCES.values(), ""), "Concordance index", kind="section"))
    labels = {
        "apparent": "Apparent (in the data of the signature)",
        "optimism": "Optimism (bootstrap)",
        "corrected": "Corrected for optimism",
        "nested": "Nested cross-validation",
    }
    for name, label in labels.items():
        texts = [ard.text(name, analysis_id="CONCORDANCE", variable=kind) for kind in CONCORDANCES]
        rows.append(Row((*texts, ""), label, indent=1))
    return rows
