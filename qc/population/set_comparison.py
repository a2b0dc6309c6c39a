"""Recompute the comparison of the members of a set with all others: baseline characteristics and their differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from qc.contract import as_frame, members
from qc.descriptive import TOTAL, as_text, levels
from qc.population.standardised_difference import of_means, of_shares
from qc.population.summary import variable_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from csrbook.plan.models import Output, Plan
    from qc.contract import Data, Row

__all__ = ["recompute"]


def recompute(data: Data, output: Output, plan: Plan) -> pd.DataFrame:
    """All numbers of the table; its columns are the flag's members, the others, and all together."""
    flag = output.parameters["flag"]
    adsl = members(data, plan, output.population[0])
    inside = adsl[flag].eq("Y")
    who = {"Y": inside, "N": ~inside, TOTAL: pd.Series(True, index=adsl.index)}
    keys: Row = {"dataset": "ADSL", "analysis_set": output.population[0], "group1": flag}
    count: Row = {**keys, "analysis_id": "SUBJECTS", "method": "Count", "variable": "USUBJID", "stat_name": "N"}
    rows: list[Row] = [{**count, "group1_level": name, "value": float(mask.sum())} for name, mask in who.items()]
    for variable in output.parameters["variables"]:
        values = adsl[variable["name"]]
        rows += variable_rows(keys, variable, adsl, who, values)
        rows.append(
            {
                **keys,
                "analysis_id": "SMD",
                "method": "Standardised difference",
                "variable": variable["name"],
                "stat_name": "smd",
                "value": _difference(variable, values[inside], values[~inside]),
            }
        )
    return as_frame(output, rows)


def _difference(variable: Mapping[str, Any], first: pd.Series, second: pd.Series) -> float:
    """Members less others for a mean, without sign for levels."""
    if variable["type"] == "continuous":
        return of_means(first.to_numpy(float), second.to_numpy(float))
    if variable["type"] == "flag":
        counted = [[group.eq("Y").sum(), group.ne("Y").sum()] for group in (first, second)]
    else:
        names = levels(pd.concat([first, second]), variable.get("levels", ()))
        counted = [[as_text(group).eq(level).sum() for level in names] for group in (first, second)]
    return of_shares(np.array(counted[0], dtype=float), np.array(counted[1], dtype=float))
