"""Recomputes the tables that hold a time to an event against the non-inferiority margin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.contract import as_frame, members, share
from qc.primary.event_time import QUARTILES, Endpoint, endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of a non-inferiority table.

    Parameters
    ----------
    data : Data
        ``data.dataset(name)`` gives the records of a dataset.
    output : Output
        The plan row: analysis set, parameter, landmarks; a set or a parameter that the losses are counted against.
    plan : Plan
        Arms, strata, margin, confidence levels.

    Returns
    -------
    DataFrame
        :data:`csrbook.ard.ARD_KEYS` and ``value``, NaN where not estimable.
    """
    chosen, parameters = output.population[0], output.parameters
    time = endpoint(data, plan, chosen, parameters["paramcd"])
    rows = [
        *time.subjects(),
        *time.status(),
        *_excluded(data, output, time),
        *time.quantiles(parameters.get("quantiles", QUARTILES)),
        *time.rates(parameters["landmarks_months"]),
        *time.follow_up(),
        *time.strata_counts(),
    ]
    if "compared_with" in parameters:
        rows.extend(_changes(time, endpoint(data, plan, chosen, parameters["compared_with"])))
    for pair in time.comparisons():
        rows.extend([*pair.hazard_ratio_rows(), *pair.log_rank_rows(), *pair.noninferiority_rows()])
    return as_frame(output, rows)


def _excluded(data: Data, output: Output, time: Endpoint) -> Iterator[Row]:
    """Subjects of the reference set that are not in the analysis set."""
    reference = output.parameters.get("reference_set")
    if reference is None:
        return
    whole = members(data, time.plan, reference)
    for arm in time.plan.study.arms:
        mine = whole.loc[whole["ARM"] == arm.id, "USUBJID"]
        keys = time.of(arm, "EXCLUDED", "Count and percentage")
        keys |= {"variable": "REFERENCE_SET", "variable_level": reference}
        yield from share(keys, int((~mine.isin(time.members["USUBJID"])).sum()), len(mine))


def _changes(time: Endpoint, reference: Endpoint) -> Iterator[Row]:
    """Events of the reference parameter, and subjects whose status or time differs from it.

    A subject with one of the two records only has changed neither.
    """
    columns = ["USUBJID", "ARM", "AVAL", "CNSR"]
    both = time.frame[columns].merge(reference.frame[columns[:1] + columns[2:]], on="USUBJID", suffixes=("", "_THERE"))
    here, there = both["CNSR"].eq(0), both["CNSR_THERE"].eq(0)
    changes = {
        "LOST": there & ~here,
        "ADDED": here & ~there,
        "EARLIER": here.eq(there) & both["AVAL"].lt(both["AVAL_THERE"]),
        "LATER": here.eq(there) & both["AVAL"].gt(both["AVAL_THERE"]),
    }
    name = reference.keys["group2_level"]
    for arm in time.plan.study.arms:
        events = int(reference.arm(arm)["CNSR"].eq(0).sum())
        keys = time.of(arm, "REFERENCE_EVENTS", "Count and percentage")
        yield from share({**keys, "variable": "PARAMCD", "variable_level": name}, events, time.size(arm))
        for change, subject in changes.items():
            keys = {**keys, "analysis_id": "CHANGE", "variable": name, "variable_level": change}
            yield from share(keys, int((subject & both["ARM"].eq(arm.id)).sum()), time.size(arm))
