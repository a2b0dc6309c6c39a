"""What an analysis program is, and what it is given.

A program is a module of the study with two functions::

    def analyse(data: Data, output: Output, plan: Plan) -> Results: ...
    def display(results: Results, output: Output, plan: Plan) -> Display: ...

``analyse`` turns locked data into numbers; ``display`` lays the numbers out and computes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from csrbook.ard import Ard
    from csrbook.displays.model import Display
    from csrbook.plan.models import Output, Plan

__all__ = ["Data", "Program", "Results", "analysis_subjects"]


class Data(Protocol):
    """Locked data, read by dataset name."""

    def dataset(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The records of a dataset (``ADSL``) in key order, as the caller's own copy.

        Text columns are ``object`` columns of ``str`` with ``""`` for blank; numbers and SAS dates are ``float64``
        with NaN for missing.
        """
        ...


@dataclass(frozen=True)
class Results:
    """What ``analyse`` returns: the numbers, and for a listing also the records that it prints."""

    ard: Ard
    records: pd.DataFrame | None = None


class Program(Protocol):
    """The two functions of a program module."""

    def analyse(self, data: Data, output: Output, plan: Plan) -> Results:
        """Locked data to numbers."""
        ...

    def display(self, results: Results, output: Output, plan: Plan) -> Display:
        """Numbers to a page."""
        ...


def analysis_subjects(data: Data, plan: Plan, analysis_set: str) -> pd.DataFrame:
    """ADSL records of an analysis set, with the arm that the set analyses by.

    Parameters
    ----------
    data : Data
        Locked data.
    plan : Plan
        Defines the set's flag and whether it analyses by planned or actual treatment.
    analysis_set : str
        Id of the set (``ITT``).

    Returns
    -------
    DataFrame
        ADSL, restricted to the set, with ``ARM`` (the arm's id, ``""`` where the subject has none) added.
    """
    chosen = plan.study.analysis_set(analysis_set)
    adsl = data.dataset("ADSL")
    if chosen.flag is not None:
        adsl = adsl[adsl[chosen.flag] == "Y"].reset_index(drop=True)
    variable = "TRT01PN" if chosen.treatment == "planned" else "TRT01AN"
    codes = {arm.code: arm.id for arm in plan.study.arms}
    adsl["ARM"] = [codes.get(int(code), "") if code == code else "" for code in adsl[variable]]
    return adsl
