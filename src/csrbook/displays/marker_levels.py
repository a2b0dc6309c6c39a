"""Which level of each biomarker a subject has, by the visit and specimen of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from csrbook.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.plan.models import Biomarker

__all__ = ["MARKER_VARIABLES", "NOT_EVALUABLE", "absent_markers", "marker_levels"]

NOT_EVALUABLE: Final = "NE"
"""Level of subjects whose result is missing or not evaluable; counted, never modelled."""

MARKER_VARIABLES: Final = ("USUBJID", "PARAMCD", "AVISIT", "BMSPEC", "AVALC")


def marker_levels(
    records: pd.DataFrame, markers: Sequence[Biomarker], subject: NDArray[np.object_]
) -> dict[str, NDArray[np.object_]]:
    """Level of each subject for each marker; :data:`NOT_EVALUABLE` where there is no valid result.

    Parameters
    ----------
    records : DataFrame
        ADBM with :data:`MARKER_VARIABLES`.
    markers : sequence of Biomarker
        Parameter, visit, specimen and levels of each.
    subject : ndarray of str
        ``USUBJID`` in the order of the event times.

    Raises
    ------
    DataError
        Where a subject has two results of one marker.
    """
    found: dict[str, NDArray[np.object_]] = {}
    places = _places(records)
    for marker in markers:
        mine = records.iloc[places.get((marker.parameter, marker.visit, marker.specimen), [])]
        if mine["USUBJID"].duplicated().any():
            raise DataError(
                f"a subject has more than one result of {marker.parameter}",
                f"dataset ADBM, AVISIT {marker.visit}, BMSPEC {marker.specimen}",
                "keep one result a subject, visit and specimen",
            )
        result = dict(zip(mine["USUBJID"], mine["AVALC"], strict=True))
        valid = {marker.positive, marker.negative}
        levels = [result.get(identifier, "") for identifier in subject]
        found[marker.id] = np.array([v if v in valid else NOT_EVALUABLE for v in levels], dtype=object)
    return found


def absent_markers(records: pd.DataFrame, markers: Sequence[Biomarker]) -> list[str]:
    """A sentence on each marker of which the data hold no record of the planned visit and specimen."""
    places = _places(records)
    return [
        f"No record of {marker.label} ({marker.parameter}) at visit {marker.visit} in specimen {marker.specimen}."
        for marker in markers
        if (marker.parameter, marker.visit, marker.specimen) not in places
    ]


def _places(records: pd.DataFrame) -> Mapping[tuple[str, str, str], Any]:
    """Positions of the records of each parameter, visit and specimen, in one pass over the data."""
    return cast("Mapping[tuple[str, str, str], Any]", records.groupby(["PARAMCD", "AVISIT", "BMSPEC"]).indices)
