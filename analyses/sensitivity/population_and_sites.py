"""T14.2.2.18 As treated, leaving out single sites, and with a frailty of the site."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from csrbook.ard import Ard
from csrbook.displays.analysis_rows import (
    AnalysisBlock,
    add_cox_analysis,
    add_event_counts,
    add_hazard_ratio,
    analysis_display,
    noninferiority_rule,
)
from csrbook.displays.estimates import add_count, add_number, add_pvalue, add_warnings
from csrbook.displays.event_times import EventTimesSource
from csrbook.displays.parameters import Parameters, read_parameters
from csrbook.displays.precision import Digits
from csrbook.displays.program import Results
from csrbook.stats.frailty import frailty_arm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from csrbook.displays.event_times import EventTimes
    from csrbook.displays.model import Display
    from csrbook.displays.program import Data
    from csrbook.plan.models import NonInferiority, Output, Plan


class Population(Parameters):
    """An analysis set with its label."""

    label: str
    analysis_set: str


class SiteParameters(Digits):
    """What the plan row says."""

    paramcd: str
    populations: tuple[Population, ...]
    site: str = "SITEID"
    """Variable of ADSL."""
    smallest_site: int = 10
    """A site with fewer patients is not left out in turn."""
    frailty_label: str
    leave_out_heading: str
    ties: str = "efron"


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """The comparison in each set; without each large site; and given the frailty of the site."""
    chosen = read_parameters(output, SiteParameters)
    rule = noninferiority_rule(output, plan)
    source = EventTimesSource(data, plan)
    ard = Ard(output.id, dataset="ADTTE")
    for population in chosen.populations:
        times = source.select(population.analysis_set, chosen.paramcd)
        add_warnings(ard, times.warnings, **times.keys)
        add_cox_analysis(ard, times, f"SET {population.analysis_set}", rule, chosen, chosen.ties)
    analysis_set = output.population[0]
    times = source.select(analysis_set, chosen.paramcd)
    site = source.subjects(analysis_set).set_index("USUBJID")[chosen.site].reindex(list(times.subject)).to_numpy()
    _add_frailty(ard, times, site, rule, chosen)
    for name in sorted(set(site.tolist())):
        if int((site == name).sum()) >= chosen.smallest_site:
            add_cox_analysis(ard, times.where(site != name), f"WITHOUT {name}", rule, chosen, chosen.ties)
            keys = {**times.keys, "analysis_id": "SITE", "variable": chosen.site, "variable_level": name}
            add_count(ard, int((site == name).sum()), **keys)
    return Results(ard)


def _add_frailty(
    ard: Ard, times: EventTimes, site: NDArray[np.object_], rule: NonInferiority, chosen: SiteParameters
) -> None:
    add_event_counts(ard, times, "FRAILTY", chosen)
    for test, control in times.comparisons():
        pair = np.isin(times.arm, [times.arms.index(test), times.arms.index(control)])
        two = times.where(pair)
        found = frailty_arm(
            two.time, two.event, two.arm == two.arms.index(test), [str(name) for name in site[pair]],
            strata=list(two.stratum) if two.factors else None, ties=chosen.ties, confidence=rule.confidence,
        )  # fmt: skip
        method = f"Cox proportional hazards, {chosen.ties.capitalize()}, gamma frailty of the site"
        add_hazard_ratio(
            ard, times, test, "FRAILTY", found.log_hr, found.se, rule, chosen, method=method, status=found.status
        )
        keys = {**times.keys, "group1_level": test.id, "analysis_id": "FRAILTY", "method": method}
        add_count(ard, found.groups, **keys)
        add_number(ard, "theta", found.theta, chosen.digits_statistic, reason=found.status, **keys)
        add_number(ard, "chi_square", found.lr_chi2, chosen.digits_statistic, reason=found.status, **keys)
        add_pvalue(ard, "p", found.lr_p, chosen.digits_p, reason=found.status, **keys)


def display(results: Results, output: Output, plan: Plan) -> Display:
    """The sets, the frailty, then a row a site that is left out; the variance of the frailty below the table."""
    chosen = read_parameters(output, SiteParameters)
    ard = results.ard
    sites = [(str(row["variable_level"]), str(row["formatted"])) for row in ard.select(analysis_id="SITE")]
    whole = [(f"SET {p.analysis_set}", p.label) for p in chosen.populations]
    blocks = [AnalysisBlock("", (*whole, ("FRAILTY", chosen.frailty_label)))]
    if sites:
        rows = tuple((f"WITHOUT {name}", f"Without site {name} ({count} patients)") for name, count in sites)
        blocks.append(AnalysisBlock(chosen.leave_out_heading, rows))
    page = analysis_display(ard, plan, noninferiority_rule(output, plan), blocks)
    notes = [] if sites else [f"No site has {chosen.smallest_site} patients, so that none is left out."]
    tests = plan.study.test_arms
    for test in tests:
        keys = {"analysis_id": "FRAILTY", "group1_level": test.id}
        count, theta, p = (ard.text(name, **keys) for name in ("n", "theta", "p"))
        whom = f", {test.short}" if len(tests) > 1 else ""
        notes.append(f"Variance of the frailty of {count} sites{whom}: {theta} (likelihood-ratio p-value {p}).")
    if sites:
        notes += [_range(ard, [name for name, _ in sites], test.id, test.short if len(tests) > 1 else "")
                  for test in tests]  # fmt: skip
    return replace(page, footnotes=(*notes, *page.footnotes))


def _range(ard: Ard, sites: list[str], test: str, short: str) -> str:
    """In how many of the analyses without a site the upper limit is below the margin, and the largest one."""
    keys = {"analysis_id": "ANALYSIS", "group1_level": test}
    met = sum(ard.value("met", variable_level=f"WITHOUT {name}", **keys) == 1.0 for name in sites)
    uppers = [(ard.value("upper", variable_level=f"WITHOUT {name}", **keys), name) for name in sites]
    known = [pair for pair in uppers if pair[0] == pair[0]]
    largest = ""
    if known:
        name = max(known)[1]
        largest = (
            f"; largest upper limit {ard.text('upper', variable_level=f'WITHOUT {name}', **keys)} (without {name})"
        )
    whom = f", {short}" if short else ""
    return f"Upper limit below the margin in {met} of {len(sites)} analyses without a site{whom}{largest}."
