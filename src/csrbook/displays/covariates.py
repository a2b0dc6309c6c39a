"""Baseline covariates of a regression model: from the plan's list and ADSL to the columns of a design matrix."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pydantic import Field

from csrbook.displays.parameters import Parameters, sentence_case
from csrbook.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Covariate", "Design", "covariate_design", "named_status"]

_NUMBERED: Final = re.compile(r"covariate (\d+(?:, \d+)*)")


class Covariate(Parameters):
    """A covariate of ADSL (or derived): a number as it is, or levels with the first as reference.

    A number with ``cut`` becomes levels: below the first limit, from it on below the second, and so on, named ``1``,
    ``2`` …; ``levels`` then labels these. Subjects without a value are told from the others by an indicator if
    ``missing`` labels them (their number is then 0), else they are left out of the model.
    """

    variable: str
    label: str
    levels: dict[str, str] = Field(default_factory=dict)
    cut: tuple[float, ...] = ()
    per: float = Field(default=1.0, gt=0.0)
    """Unit of a number: the effect is for so much more of it."""
    missing: str = ""


@dataclass(frozen=True)
class Design:
    """Columns of the design matrix.

    Attributes
    ----------
    x : ndarray, shape (n, p)
        Of the subjects that are ``complete``.
    names : tuple of (str, str)
        Variable and printed label of each column.
    complete : ndarray of bool
        Subjects with every value that the model needs.
    notes : tuple of str
        Subjects left out and columns that no subject, or every subject, is in, as sentences.
    """

    x: NDArray[np.float64]
    names: tuple[tuple[str, str], ...]
    complete: NDArray[np.bool_]
    notes: tuple[str, ...]


def covariate_design(subjects: pd.DataFrame, who: Sequence[str], covariates: Sequence[Covariate]) -> Design:
    """The design matrix of these subjects, in their order, without intercept.

    Raises
    ------
    ProgramError
        Where ADSL has no such variable.
    """
    own = subjects.set_index("USUBJID").reindex(list(who))
    complete = np.ones(len(own), dtype=bool)
    columns: list[tuple[str, str, NDArray[np.float64]]] = []
    notes: list[str] = []
    for covariate in covariates:
        if covariate.variable not in own.columns:
            raise ProgramError(
                f"there is no variable {covariate.variable} to adjust for",
                "sap/outputs.yaml, parameters.covariates",
                "name a variable of ADSL or of parameters.derived",
            )
        values = own[covariate.variable]
        known = (values.notna() & (values != "")).to_numpy(dtype=bool)
        if covariate.missing:
            columns.append((covariate.variable, f"{covariate.label}: {covariate.missing}", (~known).astype(np.float64)))
        else:
            complete &= known
            if lost := int((~known).sum()):
                notes.append(f"{lost} patients without a value of {covariate.label} left out of the adjusted model.")
        columns += _columns(covariate, values, known)
    kept = []
    for variable, label, column in columns:
        if len(np.unique(column[complete])) > 1:
            kept.append((variable, label, column[complete]))
        else:
            notes.append(f"{label} is the same in all patients, and not in the model.")
    x = np.column_stack([column for _, _, column in kept]) if kept else np.empty((int(complete.sum()), 0))
    return Design(x, tuple((variable, label) for variable, label, _ in kept), complete, tuple(notes))


def named_status(status: str, names: Sequence[str]) -> str:
    """Why a model has no estimate, with the names of its columns where the model gave their positions."""

    def named(found: re.Match[str]) -> str:
        return " and ".join(names[int(position)] for position in found[1].split(", "))

    return _NUMBERED.sub(named, status)


def _columns(
    covariate: Covariate, values: pd.Series[Any], known: NDArray[np.bool_]
) -> list[tuple[str, str, NDArray[np.float64]]]:
    variable, label = covariate.variable, covariate.label
    if not covariate.levels and not covariate.cut:
        number = np.where(known, values.where(known, 0.0).to_numpy(dtype=np.float64), 0.0) / covariate.per
        return [(variable, label, number)]
    if covariate.cut:
        number = values.where(known, 0.0).to_numpy(dtype=np.float64)
        place = np.searchsorted(np.asarray(covariate.cut), number, side="right") + 1
        found = np.array([str(level) for level in place.tolist()], dtype=object)
    else:
        found = np.array([f"{v:g}" if isinstance(v, float) else str(v) for v in values], dtype=object)
    present = sorted({name for name, here in zip(found.tolist(), known.tolist(), strict=True) if here})
    levels = [*covariate.levels, *(name for name in present if name not in covariate.levels)]
    reference = covariate.levels.get(levels[0], levels[0]) if levels else ""
    return [
        (
            variable,
            f"{label}: {covariate.levels.get(level) or sentence_case(level)} versus {reference}",
            (known & (found == level)).astype(np.float64),
        )
        for level in levels[1:]
    ]
