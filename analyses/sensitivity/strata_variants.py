"""T14.2.2.7 The primary comparison unstratified, and stratified by the verified factors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from csrbook.ard import Ard
from csrbook.displays.analysis_rows import AnalysisBlock, add_cox_analysis, analysis_display, noninferiority_rule
from csrbook.displays.estimates import add_count, add_warnings
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.errors import PlanError

if TYPE_CHECKING:
    from csrbook.displays.model import Display
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan

Strata = Literal["randomised", "verified", "none"]


class Variant(Parameters):
    """A model: its label, and the strata of it."""

    label: str
    strata: Strata


class VariantParameters(Digits):
    """What the plan row says."""

    paramcd: str
    analyses: tuple[Variant, ...]
    ties: str = "efron"


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Each model, and the subjects whose verified stratum is another one than that of the randomisation."""
    chosen = read_parameters(output, VariantParameters)
    rule = noninferiority_rule(output, plan)
    source = EventTimesSource(data, plan)
    ard = Ard(output.id, dataset="ADTTE")
    for variant in chosen.analyses:
        times = source.select(output.population[0], chosen.paramcd, _factors(variant.strata, output, plan))
        add_warnings(ard, times.warnings, **{**times.keys, "method": variant.label})
        add_cox_analysis(ard, times, variant.strata, rule, chosen, chosen.ties)
        if variant.strata == "verified":
            randomised = source.select(output.population[0], chosen.paramcd)
            names = [np.array(t.strata, dtype=object)[t.stratum] for t in (randomised, times)]
            keys = {**times.keys, "analysis_id": "OTHER_STRATUM", "method": "Count"}
            add_count(ard, int((names[0] != names[1]).sum()), len(names[0]), chosen.digits_percent, **keys)
    return Results(ard)


def _factors(strata: Strata, output: Output, plan: Plan) -> list[str] | None:
    if strata == "randomised":
        return None
    if strata == "none":
        return []
    verified = [factor.verified for factor in plan.study.strata]
    if None in verified:
        raise PlanError(
            "a stratification factor has no verified variable",
            f"sap/study.yaml, strata (needed by {output.id})",
            "name it under 'verified', or take the analysis out of the plan row",
        )
    return [name for name in verified if name is not None]


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A row a model."""
    from dataclasses import replace

    chosen = read_parameters(output, VariantParameters)
    ard = results.ard
    block = AnalysisBlock("", tuple((variant.strata, variant.label) for variant in chosen.analyses))
    page = analysis_display(ard, plan, noninferiority_rule(output, plan), [block])
    other = ard.select(analysis_id="OTHER_STRATUM", stat_name="n")
    if not other:
        return page
    share = ard.text("p", analysis_id="OTHER_STRATUM")
    note = f"Patients in another stratum when verified than when randomised: {other[0]['formatted']} ({share}%)."
    return replace(page, footnotes=(note, *page.footnotes))
