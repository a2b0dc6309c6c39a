"""T14.1.3.6 Baseline of patients inside and outside an analysis set, with standardised differences."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from csrbook.ard import Ard
from csrbook.displays.columns import MISSING, Groups, add_sizes
from csrbook.displays.counts import as_text
from csrbook.displays.derived import add_derived
from csrbook.displays.estimates import add_number
from csrbook.displays.model import Cell, Column, Row
from csrbook.displays.parameters import read_parameters
from csrbook.displays.program import Results, analysis_subjects
from csrbook.displays.summary import SummaryParameters, add_summary, blocks_display
from csrbook.plan.models import Arm
from csrbook.stats.standardised_difference import standardised_difference, standardised_difference_of_counts

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.displays.model import Display
    from csrbook.displays.program import Data
    from csrbook.displays.summary import Variable
    from csrbook.plan.models import Output, Plan


class SetComparisonParameters(SummaryParameters):
    """What the plan row says: the flag that divides the patients, and what its two values are called."""

    flag: str
    inside: str
    outside: str
    digits_difference: int = 3


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Summaries of both groups; the standardised difference of each variable (``SMD``)."""
    chosen = read_parameters(output, SetComparisonParameters)
    analysis_set = output.population[0]
    subjects = add_derived(data, analysis_subjects(data, plan, analysis_set), chosen.derived)
    subjects["ARM"] = subjects[chosen.flag]
    groups = _groups(chosen)
    ard = Ard(output.id, dataset="ADSL", analysis_set=analysis_set)
    add_sizes(ard, groups, groups.sizes(subjects["ARM"]))
    add_summary(ard, subjects, groups, chosen.variables)
    for variable in chosen.variables:
        value = _difference(subjects, chosen.flag, variable)
        reason = "the standardised difference needs two values that differ in each group"
        add_number(
            ard, "smd", value, chosen.digits_difference, reason=reason,
            analysis_id="SMD", method="Standardised difference", group1=chosen.flag, variable=variable.name,
        )  # fmt: skip
    return Results(ard)


def _groups(chosen: SetComparisonParameters) -> Groups:
    """Columns by the flag in place of the arm."""
    sides = (("Y", chosen.inside, "test"), ("N", chosen.outside, "control"))
    arms = tuple(
        Arm.model_validate({"id": level, "code": code, "label": label, "short": label, "role": role})
        for code, (level, label, role) in enumerate(sides, start=1)
    )
    return Groups(chosen.flag, arms)


def _difference(subjects: pd.DataFrame, flag: str, variable: Variable) -> float:
    inside = (subjects[flag] == "Y").to_numpy()
    values = subjects[variable.name]
    if variable.type == "continuous":
        known = np.asarray(values, dtype=float)
        return standardised_difference(known[inside], known[~inside])
    if variable.type == "date":
        return math.nan
    text = as_text(values).to_numpy()
    levels = [level for level in dict.fromkeys(sorted(text)) if level != MISSING]
    counts = [[int((text[side] == level).sum()) for level in levels] for side in (inside, ~inside)]
    return standardised_difference_of_counts(*counts)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """The two groups, all patients, and the standardised difference on the first row of each variable."""
    chosen = read_parameters(output, SetComparisonParameters)
    ard = results.ard
    page = blocks_display(ard, [(output.population[0], _groups(chosen))], plan, chosen)
    labels = {f"{v.label}, n (%)" if v.type == "categorical" else v.label: v.name for v in chosen.variables}
    rows = [_with_difference(ard, row, labels.get(row.label, "")) for row in page.rows]
    header = (*page.header[:-1], (*page.header[-1], Cell("Standardised\ndifference")))
    return replace(page, rows=tuple(rows), header=header, columns=(*page.columns, Column(0.9, "decimal")))


def _with_difference(ard: Ard, row: Row, name: str) -> Row:
    cells = row.cells or ("", "", "")
    text = ard.text("smd", analysis_id="SMD", variable=name) if name else ""
    # A heading with a number is a row, printed in the weight of a heading.
    return replace(row, cells=(*cells, text), kind="section" if row.kind == "group" else row.kind)
