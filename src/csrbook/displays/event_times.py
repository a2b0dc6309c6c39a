"""Event times of an analysis set: from ADTTE and ADSL to plain arrays.

Every time-to-event display starts here. Subjects, arms and strata come from ADSL, times and statuses from ADTTE, so
that a subject without a record is counted and named instead of being lost in a merge.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.displays.columns import Groups
from csrbook.displays.program import analysis_subjects
from csrbook.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from csrbook.displays.program import Data
    from csrbook.plan.models import Arm, Plan

__all__ = ["MISSING_STRATUM", "EventTimes", "EventTimesSource", "strata_codes"]

MISSING_STRATUM: Final = "Missing"
"""Level of a stratification factor for subjects without a value: a stratum of its own, named, with a warning."""

_ADTTE = ("USUBJID", "PARAMCD", "AVAL", "CNSR", "EVNTDESC")


@dataclass(frozen=True)
class EventTimes:
    """Times, statuses, arms and strata of one parameter in one analysis set.

    Attributes
    ----------
    parameter, analysis_set : str
        ``PARAMCD`` and the id of the analysis set.
    arms : tuple of Arm
        In plan order; ``arm`` holds positions in it.
    treatment : str
        Variable that the arms come from (``TRT01P``).
    subject, reason : ndarray of str
        ``USUBJID``; ``EVNTDESC``, the kind of event or the reason for censoring.
    time : ndarray of float
        Months.
    status : ndarray of int
        ``CNSR``: 0 is an event, any other value a kind of censoring.
    stratum : ndarray of int
        Position in ``strata``.
    strata : tuple of str
        Names of the observed strata; one unnamed stratum where the analysis is not stratified.
    factors : tuple of str
        Stratification variables; empty where the analysis is not stratified.
    subjects : tuple of int
        Size of the analysis set in each arm, with or without a record.
    warnings : tuple of str
        What a reader must know about the data, as sentences.
    """

    parameter: str
    analysis_set: str
    arms: tuple[Arm, ...]
    treatment: str
    subject: NDArray[np.object_]
    time: NDArray[np.float64]
    status: NDArray[np.intp]
    reason: NDArray[np.object_]
    arm: NDArray[np.intp]
    stratum: NDArray[np.intp]
    strata: tuple[str, ...]
    factors: tuple[str, ...]
    subjects: tuple[int, ...]
    warnings: tuple[str, ...] = ()
    subgroup: tuple[str, str] | None = None
    """Variable and level that stand in the ARD in place of ``PARAMCD``; see :meth:`named`."""

    @property
    def event(self) -> NDArray[np.bool_]:
        """Whether the time is that of an event."""
        occurred: NDArray[np.bool_] = self.status == 0
        return occurred

    @property
    def groups(self) -> Groups:
        """The arms as the columns of a table."""
        return Groups(self.treatment, self.arms, total=False)

    @property
    def keys(self) -> dict[str, str]:
        """ARD columns that all numbers of these data share."""
        variable, level = self.subgroup or ("PARAMCD", self.parameter)
        return {
            "analysis_set": self.analysis_set,
            "group1": self.treatment,
            "group2": variable,
            "group2_level": level,
        }

    def named(self, variable: str, level: str) -> EventTimes:
        """The same records under the name of a subgroup: ``group2`` and ``group2_level`` of their numbers."""
        return replace(self, subgroup=(variable, level))

    def where(self, keep: NDArray[np.bool_]) -> EventTimes:
        """The records for which ``keep`` is true; ``subjects`` are then those records' subjects."""
        counts = np.bincount(self.arm[keep], minlength=len(self.arms))
        return replace(
            self,
            subject=self.subject[keep],
            time=self.time[keep],
            status=self.status[keep],
            reason=self.reason[keep],
            arm=self.arm[keep],
            stratum=self.stratum[keep],
            subjects=tuple(int(count) for count in counts),
        )

    def of(self, *arms: Arm) -> EventTimes:
        """The records of these arms; positions in ``arms`` stay as they were."""
        positions = [self.arms.index(arm) for arm in arms]
        return self.where(np.isin(self.arm, positions))

    def unstratified(self) -> EventTimes:
        """The same records in one stratum."""
        return replace(self, stratum=np.zeros_like(self.stratum), strata=("",), factors=())

    def comparisons(self) -> tuple[tuple[Arm, Arm], ...]:
        """Each test arm with the control arm, in plan order."""
        return self.groups.comparisons()


class EventTimesSource:
    """Reads the datasets once and gives the event times of any set and parameter.

    Parameters
    ----------
    data : Data
        Locked data.
    plan : Plan
        Arms, analysis sets, stratification factors.
    dataset : str
        Name of the time-to-event dataset.
    """

    def __init__(self, data: Data, plan: Plan, dataset: str = "ADTTE") -> None:
        self._data = data
        self._plan = plan
        self._dataset = dataset
        self._records: pd.DataFrame | None = None
        self._subjects: dict[str, pd.DataFrame] = {}

    def subjects(self, analysis_set: str) -> pd.DataFrame:
        """ADSL records of an analysis set with ``ARM``, read once."""
        if analysis_set not in self._subjects:
            self._subjects[analysis_set] = analysis_subjects(self._data, self._plan, analysis_set)
        return self._subjects[analysis_set]

    def records(self, parameter: str) -> pd.DataFrame:
        """Records of one parameter; an error where there is none."""
        if self._records is None:
            self._records = self._data.dataset(self._dataset, list(_ADTTE))
        found = self._records[self._records["PARAMCD"] == parameter]
        if found.empty:
            raise DataError(
                f"no record of parameter {parameter}",
                f"dataset {self._dataset}, PARAMCD",
                "correct the parameter in the plan row, or deliver the parameter",
            )
        return found

    def select(self, analysis_set: str, parameter: str, strata: Sequence[str] | None = None) -> EventTimes:
        """Event times of a parameter in an analysis set.

        Parameters
        ----------
        analysis_set, parameter : str
            Id of the set and ``PARAMCD``.
        strata : sequence of str, optional
            Stratification variables of ADSL; those of the plan where it is absent, none where it is empty.

        Returns
        -------
        EventTimes
            In the order of ADSL.
        """
        study = self._plan.study
        factors = tuple(factor.variable for factor in study.strata) if strata is None else tuple(strata)
        chosen = study.analysis_set(analysis_set)
        adsl = self.subjects(analysis_set)
        warnings: list[str] = []
        position = {arm.id: index for index, arm in enumerate(study.arms)}
        arm = np.array([position.get(identifier, -1) for identifier in adsl["ARM"]], dtype=np.intp)
        if (unknown := int((arm < 0).sum())) > 0:
            warnings.append(f"{_subjects(unknown)} of the analysis set without a treatment arm left out.")
        merged = adsl[["USUBJID", *factors]].merge(
            self.records(parameter).drop(columns="PARAMCD"), on="USUBJID", how="left", indicator=True, sort=False
        )
        if len(merged) != len(adsl):
            raise DataError(
                f"{len(merged) - len(adsl)} subjects have more than one record of {parameter}",
                f"dataset {self._dataset}, keys USUBJID, PARAMCD",
                "a time-to-event parameter has one record a subject",
            )
        counts = np.bincount(arm[arm >= 0], minlength=len(study.arms))
        time = merged["AVAL"].to_numpy(dtype=np.float64)
        status = merged["CNSR"].to_numpy(dtype=np.float64)
        absent = np.isnan(time) | np.isnan(status)
        if (lost := int((absent & (arm >= 0)).sum())) > 0:
            warnings.append(f"{_subjects(lost)} of the analysis set without an evaluable {parameter} record left out.")
        keep = (arm >= 0) & ~absent
        merged = merged[keep].reset_index(drop=True)
        stratum, names = strata_codes(merged, factors)
        unnamed = [code for code, name in enumerate(names) if MISSING_STRATUM in name.split("/")]
        if unnamed:
            count = int(np.isin(stratum, unnamed).sum())
            warnings.append(
                f"{_subjects(count)} without a value of a stratification factor analysed in a stratum of their own."
            )
        return EventTimes(
            parameter=parameter,
            analysis_set=analysis_set,
            arms=study.arms,
            treatment="TRT01P" if chosen.treatment == "planned" else "TRT01A",
            subject=merged["USUBJID"].to_numpy(dtype=object),
            time=time[keep],
            status=status[keep].astype(np.intp),
            reason=merged["EVNTDESC"].to_numpy(dtype=object),
            arm=arm[keep],
            stratum=stratum,
            strata=names,
            factors=factors,
            subjects=tuple(int(count) for count in counts),
            warnings=tuple(warnings),
        )


def strata_codes(subjects: pd.DataFrame, factors: Sequence[str]) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Stratum of each subject, and the names of the observed strata in sorted order.

    A blank value of a factor becomes the level :data:`MISSING_STRATUM`.
    """
    if not factors:
        return np.zeros(len(subjects), dtype=np.intp), ("",)
    columns = [[str(v) if v == v and v != "" else MISSING_STRATUM for v in subjects[factor]] for factor in factors]
    joined = ["/".join(levels) for levels in zip(*columns, strict=True)]
    names = tuple(sorted(set(joined)))
    index = {name: code for code, name in enumerate(names)}
    return np.array([index[name] for name in joined], dtype=np.intp), names


def _subjects(count: int) -> str:
    return "1 subject" if count == 1 else f"{count} subjects"
