"""T14.2.2.6 Concordance of two readers of progression: agreement, and early and late discrepancy by arm."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from csrbook.ard import Ard
from csrbook.displays.agreement_table import RatingPair, add_agreement, agreement_display
from csrbook.displays.columns import TOTAL, Groups, add_sizes, treatment_groups
from csrbook.displays.counts import add_counts, count_cell
from csrbook.displays.derived import Derived, add_derived
from csrbook.displays.estimates import confidence_label, page_notes
from csrbook.displays.format import NOT_ESTIMABLE
from csrbook.displays.model import Row
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.program import Results, analysis_subjects
from csrbook.displays.risk_difference import RiskDifferences, risk_difference_cell
from csrbook.stats.discrepancy import discrepancy_rates

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.displays.model import Display
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan
    from csrbook.stats.discrepancy import Discrepancy

TIMING = {"same": "On the same date", "earlier": "{first} earlier", "later": "{first} later"}
RATES = {"EARLY": "Early discrepancy rate", "LATE": "Late discrepancy rate"}


class ConcordanceParameters(Parameters):
    """What the plan row says."""

    derived: tuple[Derived, ...]
    """Progression (``Y`` or ``N``) and its date by each reader."""
    pair: RatingPair
    first_date: str
    second_date: str
    first_reader: str
    """Short name of the first reader, as in "investigator earlier"."""
    second_reader: str


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Cross-table and kappa; timing of progressions found by both; discrepancy rates and their differences."""
    chosen = read_parameters(output, ConcordanceParameters)
    analysis_set = output.population[0]
    subjects = add_derived(data, analysis_subjects(data, plan, analysis_set), chosen.derived)
    groups = treatment_groups(plan, analysis_set)
    codes = groups.codes(subjects["ARM"])
    ard = Ard(output.id, dataset="ADRS", analysis_set=analysis_set)
    add_sizes(ard, groups, groups.tally(codes))
    add_agreement(ard, subjects, groups, [chosen.pair], plan.study.confidence)
    rated = ((subjects[chosen.pair.first] != "") & (subjects[chosen.pair.second] != "")).to_numpy(dtype=bool)
    found = [
        _discrepancy(subjects[rated & (level == TOTAL) | rated & (codes == position)], chosen)
        for position, level in enumerate(groups.levels)
    ]
    _add_discrepancies(ard, groups, found, plan.study.confidence)
    return Results(ard)


def _discrepancy(subjects: pd.DataFrame, chosen: ConcordanceParameters) -> Discrepancy:
    progressed = [(subjects[name] == "Y").to_numpy(dtype=bool) for name in (chosen.pair.first, chosen.pair.second)]
    dates = [subjects[name].to_numpy(dtype=np.float64) for name in (chosen.first_date, chosen.second_date)]
    return discrepancy_rates(*progressed, *dates)


def _add_discrepancies(ard: Ard, groups: Groups, found: list[Discrepancy], confidence: float) -> None:
    both = [one.same + one.earlier + one.later for one in found]
    for level in TIMING:
        counts = [getattr(one, level) for one in found]
        add_counts(ard, groups, counts, both, analysis_id="TIMING", variable="TIMING", variable_level=level.upper())
    arms = replace(groups, total=False)
    for rate, counts, wholes in (
        ("EARLY", [one.early for one in found], [one.early_of for one in found]),
        ("LATE", [one.late for one in found], [one.late_of for one in found]),
    ):
        keys = {"variable": "RATE", "variable_level": rate}
        add_counts(ard, groups, counts, wholes, analysis_id="DISCREPANCY", **keys)
        for level, whole in zip(groups.levels, wholes, strict=True):
            ard.add(
                "whole", whole, formatted=str(whole), group1=groups.variable, group1_level=level,
                analysis_id="DISCREPANCY", method="Count", **keys,
            )  # fmt: skip
        differences = RiskDifferences(arms, wholes[: len(groups.arms)], confidence)
        differences.add(ard, counts[: len(groups.arms)], analysis_id="DIFFERENCE", **keys)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """The agreement table, with the timing and the rates below."""
    chosen = read_parameters(output, ConcordanceParameters)
    ard = results.ard
    groups = treatment_groups(plan, output.population[0])
    confidence = plan.study.confidence
    page = agreement_display(ard, groups, [chosen.pair], confidence, "Progression")
    rows = list(page.rows)
    rows.append(Row(kind="group", label="Date of progression by both readers, n (%)"))
    for level, label in TIMING.items():
        cells = tuple(
            count_cell(ard, name, analysis_id="TIMING", variable_level=level.upper()) for name in groups.levels
        )
        rows.append(Row(cells, label.format(first=chosen.first_reader), indent=1))
    tests = {arm.id: arm for arm in groups.arms if arm.role == "test"}
    rows.append(Row(kind="group", label=f"Discrepancy of the {chosen.first_reader.lower()}"))
    for rate, label in RATES.items():
        keys = {"variable_level": rate}
        cells = tuple(_rate(ard, level, keys) for level in groups.levels)
        rows.append(Row(cells, f"{label}, n/N (%)", indent=1))
        cells = tuple(
            risk_difference_cell(ard, tests[level], analysis_id="DIFFERENCE", **keys) if level in tests else ""
            for level in groups.levels
        )
        text = f"Difference to {plan.study.arm('control').short}, percentage points ({confidence_label(confidence)} CI)"
        rows.append(Row(cells, text, indent=2))
    return replace(page, rows=tuple(rows), footnotes=page_notes(ard))


def _rate(ard: Ard, level: str, keys: dict[str, str]) -> str:
    own = {"analysis_id": "DISCREPANCY", "group1_level": level, **keys}
    count, whole, share = (ard.text(name, **own) for name in ("n", "whole", "p"))
    return NOT_ESTIMABLE if share == NOT_ESTIMABLE else f"{count}/{whole} ({share})"
