"""Biomarkers: latent status, and the dataset ADBM with assay failure, detection limits and clearance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.simulate.binaries import correlated_binaries
from csrbook.simulate.columns import flag, sequence_within, text
from simulation.frame import Base, relative_day

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.simulate.streams import Streams
    from simulation.parameters import Parameters

__all__ = ["Assays", "Markers", "biomarker_dataset", "draw_assays", "draw_markers", "ki67_percent"]

KI67_HIGH = 30.0
"""Ki-67 (%) from which it counts as high."""
NEXT_GENERATION, HISTOCHEMISTRY, HYBRIDISATION = "NGS 520-GENE PANEL", "IMMUNOHISTOCHEMISTRY", "IN SITU HYBRIDISATION"
VISITS = ("BASELINE", "C3D1", "EOT")
UNITS = {"VAF": "%", "COPIES": "COPIES", "PERCENT": "%", "NONE": ""}


@dataclass(frozen=True)
class Assay:
    """A parameter: specimen, method, what is measured, texts of the negative and positive result, visits, variants."""

    code: str
    name: str
    specimen: str
    method: str
    unit: str
    results: tuple[str, str]
    visits: tuple[int, ...] = (0,)
    variants: tuple[str, ...] = ()


_MUTATION = ("WILD TYPE", "MUTATED")
# In the order of PARAMCD, visits in the order of AVISIT: the rows of a subject come out sorted by key.
ASSAYS = (
    Assay("AKT1", "AKT1 Mutation", "PLASMA", NEXT_GENERATION, "VAF", _MUTATION, (0,), ("E17K",)),
    Assay("CTCLR", "ctDNA Clearance", "PLASMA", NEXT_GENERATION, "VAF", ("NOT CLEARED", "CLEARED"), (1,)),
    Assay("ERBB2CN", "ERBB2 Copy Number", "PLASMA", NEXT_GENERATION, "COPIES", ("NOT AMPLIFIED", "AMPLIFIED")),
    Assay("ERBB2MUT", "ERBB2 Mutation", "PLASMA", NEXT_GENERATION, "VAF", _MUTATION, (0,), ("L755S", "V777L", "S310F")),
    Assay("ESR1", "ESR1 Mutation", "PLASMA", NEXT_GENERATION, "VAF", _MUTATION, (0, 2), ("D538G", "Y537S", "Y537N")),
    Assay(
        "HER2HET", "HER2 Heterogeneity", "TISSUE", HYBRIDISATION, "PERCENT", ("HOMOGENEOUS", "HETEROGENEOUS"), (0, 2)
    ),
    Assay("KI67", "Ki-67", "TISSUE", HISTOCHEMISTRY, "PERCENT", ("LOW", "HIGH")),
    Assay(
        "MAXVAF",
        "Maximum Variant Allele Fraction",
        "PLASMA",
        NEXT_GENERATION,
        "VAF",
        ("NOT DETECTED", "DETECTED"),
        (0, 1, 2),
    ),
    Assay(
        "PIK3CA", "PIK3CA Mutation", "PLASMA", NEXT_GENERATION, "VAF", _MUTATION, (0, 2), ("H1047R", "E545K", "E542K")
    ),
    Assay("PTEN", "PTEN Mutation", "TISSUE", NEXT_GENERATION, "VAF", _MUTATION, (0,), ("R130Q", "R130*")),
    Assay(
        "TP53", "TP53 Mutation", "PLASMA", NEXT_GENERATION, "VAF", _MUTATION, (0,), ("R175H", "R248Q", "R273H", "Y220C")
    ),
)


@dataclass(frozen=True)
class Markers:
    """True status of each marker in each subject."""

    positive: NDArray[np.bool_]
    """Shape (subjects, markers), in the order of the parameters."""
    clearance: NDArray[np.bool_]
    """Whether circulating tumour DNA clears by C3D1."""


@dataclass(frozen=True)
class Assays:
    """Results of the laboratory, arrays of shape (subjects, columns) with one column a parameter and visit."""

    parameter: NDArray[np.int64]
    visit: NDArray[np.int64]
    present: NDArray[np.bool_]
    day: NDArray[np.int64]
    result: NDArray[np.int64]
    """0 negative, 1 positive, 2 not evaluable."""
    value: NDArray[np.float64]
    variant: NDArray[np.float64]

    @property
    def evaluable(self) -> NDArray[np.bool_]:
        """Subjects with a valid result of at least one marker at baseline."""
        return (self.present & (self.visit == 0) & (self.result < 2)).any(axis=1)


def draw_markers(rng: np.random.Generator, parameters: Parameters, size: int) -> Markers:
    """Draw the true status of every marker."""
    p = parameters.biomarkers
    names = [marker.id for marker in p.markers]
    correlation = np.eye(len(names))
    for pair in p.correlations:
        i, j = names.index(pair.between[0]), names.index(pair.between[1])
        correlation[i, j] = correlation[j, i] = pair.value
    prevalence = np.array([marker.prevalence for marker in p.markers])
    positive = correlated_binaries(rng, size, prevalence, correlation)
    return Markers(positive, rng.random(size) < p.clearance.prevalence)


def ki67_percent(high: NDArray[np.bool_], draw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ki-67 (%) of each subject, in steps of five on the side of the limit that the status tells."""
    return np.where(high, KI67_HIGH + 5.0 * np.floor(draw**1.5 * 11), 5.0 + 5.0 * np.floor(draw * 5))


def draw_assays(
    parameters: Parameters,
    markers: Markers,
    ki67: NDArray[np.float64],
    visceral: NDArray[np.bool_],
    days: NDArray[np.int64],
    attended: NDArray[np.bool_],
    streams: Streams,
) -> Assays:
    """Draw what the laboratory reports.

    Parameters
    ----------
    days, attended : array of shape (subjects, 3)
        Day of baseline, C3D1 and end of treatment, and whether the subject was still there.
    """
    p, rng = parameters.biomarkers, streams.generator("biomarkers", "assays")
    size, names = len(ki67), [marker.id for marker in p.markers]
    sample = rng.random(size) < p.sample
    taken = (
        attended
        & sample[:, None]
        & (rng.random((size, 3)) < np.array([1.0, p.follow_up_sample, 0.7 * p.follow_up_sample]))
    )
    # tumours with visceral metastases shed more DNA; the shift keeps the mean at about the planned share
    shed = rng.random((size, 3)) < np.clip(p.shedding + np.where(visceral, 0.03, -0.05), 0.0, 1.0)[:, None]
    tissue = rng.random((size, 3)) < p.tissue_evaluable
    biopsy = taken & (rng.random((size, 3)) < np.array([1.0, 0.0, 0.3]))
    columns = [(index, visit) for index, assay in enumerate(ASSAYS) for visit in assay.visits]
    shape = (size, len(columns))
    draw, level = rng.random(shape), rng.lognormal(np.log(4.0), 0.9, shape)
    limit = p.limit_of_detection
    present, result, value = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.int64), np.zeros(shape)
    for column, (index, visit) in enumerate(columns):
        assay = ASSAYS[index]
        plasma = assay.specimen == "PLASMA"
        present[:, column] = (taken if plasma else biopsy)[:, visit]
        valid = (shed if plasma else tissue)[:, visit]
        # after treatment some tumours have gained a mutation or lost the other clone
        gained = (draw[:, column] < 0.08) & (visit == 2)
        if assay.code in names:
            positive = markers.positive[:, names.index(assay.code)] | gained
        elif assay.code == "CTCLR":
            positive, valid = markers.clearance, valid & shed[:, 0]
        else:
            positive = np.where(visit == 1, ~markers.clearance, True)
        amount = np.clip(level[:, column], limit * 1.05, 90.0)
        if assay.code == "CTCLR":
            amount = np.where(positive, 0.0, amount)
        elif assay.unit == "VAF":
            amount = np.where(positive, amount, 0.0)
        elif assay.unit == "COPIES":
            amount = np.where(positive, 4.0 + amount, 1.6 + draw[:, column])
        elif assay.code == "KI67":
            amount = ki67
        else:
            amount = np.where(positive, 10.0 + 35.0 * draw[:, column], 4.0 * draw[:, column])
        result[:, column] = np.where(valid, positive.astype(np.int64), 2)
        value[:, column] = np.where(valid, np.round(amount, 2), np.nan)
    # C3D1 is reported once: clearance and the maximum fraction come from the same sample
    codes = [ASSAYS[index].code for index, _ in columns]
    cleared, fraction = codes.index("CTCLR"), columns.index((_position("MAXVAF"), 1))
    value[:, cleared] = np.where(result[:, cleared] < 2, value[:, fraction], np.nan)
    return Assays(
        parameter=np.array([index for index, _ in columns]),
        visit=np.array([visit for _, visit in columns]),
        present=present,
        day=np.stack([days[:, visit] for _, visit in columns], axis=1),
        result=result,
        value=value,
        variant=rng.random(shape),
    )


def _position(code: str) -> int:
    """Position of a parameter among the assays."""
    return [assay.code for assay in ASSAYS].index(code)


def biomarker_dataset(base: Base, parameters: Parameters, assays: Assays) -> pd.DataFrame:
    """ADBM of randomised subjects who gave a sample."""
    subject, column = np.nonzero(assays.present)
    parameter, visit = assays.parameter[column], assays.visit[column]
    result, value = assays.result[subject, column], assays.value[subject, column]
    texts = [result for assay in ASSAYS for result in (*assay.results, "NE")]
    unit = [assay.unit for assay in ASSAYS]
    variants = [assay.variants for assay in ASSAYS]
    first = np.cumsum([0, *(len(v) for v in variants)])[:-1]
    number = np.array([len(v) for v in variants])[parameter]
    chosen = first[parameter] + np.floor(assays.variant[subject, column] * number).astype(np.int64)
    mutated = (result == 1) & (number > 0)
    in_plasma = np.array([u == "VAF" for u in unit])[parameter]
    date = base.date("RANDDT")[subject] + assays.day[subject, column]
    return base.frame(
        subject,
        {
            "BMSEQ": sequence_within(subject),
            "PARAMCD": text([assay.code for assay in ASSAYS], parameter),
            "PARAM": text([assay.name for assay in ASSAYS], parameter),
            "PARAMN": parameter + 1.0,
            "AVISIT": text(VISITS, visit),
            "AVISITN": np.array([0.0, 8.0, 999.0])[visit],
            "ADT": date,
            "ADY": relative_day(date, base.date("RANDDT")[subject]),
            "AVALC": text(texts, 3 * parameter + result),
            "AVAL": value,
            "AVALU": text([UNITS[u] for u in unit], parameter),
            "ABLFL": flag(visit == 0),
            "BMSPEC": text([assay.specimen for assay in ASSAYS], parameter),
            "BMMETH": text([assay.method for assay in ASSAYS], parameter),
            "LOD": np.where(in_plasma, parameters.biomarkers.limit_of_detection, np.nan),
            "VARIANT": text([name for group in variants for name in group], np.where(mutated, chosen, -1)),
        },
    )
