"""T14.2.2.17 Weighted log-rank tests and their maximum: equality of the arms, for superiority only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from csrbook.ard import Ard
from csrbook.displays.columns import plain_header
from csrbook.displays.estimates import add_number, add_pvalue, add_warnings, page_notes
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.model import Column, Display, Row
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.stats.weighted_log_rank import max_combo, weighted_log_rank

if TYPE_CHECKING:
    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.program import Data
    from csrbook.plan.models import Output, Plan


class WeightedTest(Parameters):
    """A test: its label and weight, with the exponents of Fleming and Harrington."""

    label: str
    weight: Literal["fleming-harrington", "gehan-breslow", "tarone-ware", "log-rank"] = "fleming-harrington"
    rho: float = 0.0
    gamma: float = 0.0
    emphasis: str
    """Where in time a difference weighs most, in words."""


class WeightedParameters(Digits):
    """What the plan row says; the maximum is over the tests of Fleming and Harrington."""

    paramcd: str
    tests: tuple[WeightedTest, ...]
    maximum_label: str
    maximum_emphasis: str


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """Each test of each test arm against control, stratified."""
    chosen = read_parameters(output, WeightedParameters)
    times = EventTimesSource(data, plan).select(output.population[0], chosen.paramcd)
    ard = Ard(output.id, dataset="ADTTE")
    add_warnings(ard, times.warnings, **times.keys)
    for test, control in times.comparisons():
        two = times.of(test, control)
        _add_tests(ard, two, test.id, chosen)
    return Results(ard)


def _add_tests(ard: Ard, two: EventTimes, test: str, chosen: WeightedParameters) -> None:
    here = two.arm == next(i for i, arm in enumerate(two.arms) if arm.id == test)
    strata = list(two.stratum) if two.factors else None
    keys = {**two.keys, "group1_level": test, "analysis_id": "WEIGHTED_TEST", "variable": "TEST"}
    for item in chosen.tests:
        found = weighted_log_rank(
            two.time, two.event, here, weight=item.weight, rho=item.rho, gamma=item.gamma, strata=strata
        )
        own = {**keys, "variable_level": item.label, "method": f"Weighted log-rank, {item.weight}"}
        for name, value in (("z", found.z), ("chi_square", found.chi2)):
            add_number(ard, name, value, chosen.digits_statistic, reason=found.status, **own)
        add_pvalue(ard, "p", found.p, chosen.digits_p, reason=found.status, **own)
    weights = [(item.rho, item.gamma) for item in chosen.tests if item.weight == "fleming-harrington"]
    combined = max_combo(two.time, two.event, here, weights=weights, strata=strata)
    own = {**keys, "variable_level": chosen.maximum_label, "method": "MaxCombo"}
    add_number(ard, "statistic", combined.statistic, chosen.digits_statistic, reason=combined.status, **own)
    add_pvalue(ard, "p", combined.p, chosen.digits_p, reason=combined.status, **own)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """A row a test, the maximum last."""
    chosen = read_parameters(output, WeightedParameters)
    ard = results.ard
    tests = plan.study.test_arms
    word = "Stratified" if plan.study.strata else "Unstratified"
    rows: list[Row] = []
    for test in tests:
        control = plan.study.arm("control").label
        rows.append(Row(kind="group", label=f"{word}, {test.label} versus {control}"))
        keys = {"analysis_id": "WEIGHTED_TEST", "group1_level": test.id}
        for item in chosen.tests:
            own = {**keys, "variable_level": item.label}
            cells = (item.emphasis, *(ard.text(name, **own) for name in ("z", "chi_square", "p")))
            rows.append(Row(cells, item.label, indent=1))
        own = {**keys, "variable_level": chosen.maximum_label}
        cells = (chosen.maximum_emphasis, ard.text("statistic", **own), "", ard.text("p", **own))
        rows.append(Row(cells, chosen.maximum_label, indent=1))
    heads = ["Weighs most", "z (maximum: |z|)", "Chi-square\n(1 df)", "p-value\n(two-sided)"]
    return Display(
        columns=(Column(2.0), Column(1.5), *(Column(0.9, "decimal") for _ in heads[1:])),
        header=plain_header("Test", heads),
        rows=tuple(rows),
        footnotes=page_notes(ard),
    )
