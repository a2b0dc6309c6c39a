"""The repeated-measures data sets beside the tests, and R's results for them (made by ``data/make_mmrm.R``)."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.stats.reference import DATA, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

SETS = ("three", "two", "orthodont")


def repeated(name: str) -> dict[str, NDArray[Any]]:
    """id, visit, arm, base, sex, y of a data set, one record an observed visit."""
    every = table("repeated")
    keep = every["set"] == name
    return {key: values[keep] for key, values in every.items() if key != "set"}


def arguments(name: str) -> dict[str, Any]:
    """Arguments of the model y ~ arm * visit + base * visit + sex (orthodont: y ~ arm * visit)."""
    d = repeated(name)
    result: dict[str, Any] = {"response": d["y"], "subject": d["id"], "visit": d["visit"], "arm": d["arm"]}
    if name != "orthodont":
        result |= {"covariates": {"base": d["base"]}, "factors": {"sex": d["sex"]}, "by_visit": ["base"]}
    return result


@cache
def r_mmrm(name: str) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((DATA / "r_mmrm.json").read_text(encoding="utf-8"))[name]
    return results


def orthodont_by_age() -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[np.float64]]:
    """Potthoff and Roy's growth curves: distance, child, age, and the design 1, girl, age, girl × age."""
    d = repeated("orthodont")
    age, girl = d["visit"], (d["arm"] == "Female").astype(float)
    return d["y"], d["id"], age, np.column_stack((np.ones(len(age)), girl, age, girl * age))
