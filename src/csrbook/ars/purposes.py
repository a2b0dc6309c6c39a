"""Why an analysis was done: reason and purpose, from the plan's objectives, estimands and gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from csrbook.ars.model import ControlledTerm, SponsorTerm, SponsorTermRef, TerminologyExtension

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from collections.abc import Set as AbstractSet

    from csrbook.plan.models import Endpoint, Output, Plan

__all__ = ["PURPOSE_TERMS", "purpose", "reason"]

_PRIMARY, _SECONDARY, _EXPLORATORY = (
    ControlledTerm.model_validate({"controlledTerm": f"{level} OUTCOME MEASURE"})
    for level in ("PRIMARY", "SECONDARY", "EXPLORATORY")
)
LEVELS: Final = {"primary": 0, "co-primary": 0, "key secondary": 1, "secondary": 1, "exploratory": 2}

# What the standard has no term for, by the chapter of ICH E3 in which such outputs stand.
_SPONSOR: Final = {
    "14.1": ("POPULATION", "STUDY POPULATION", "Who was studied and how: patients, baseline, exposure, conduct."),
    "14.3": ("SAFETY", "SAFETY", "Safety that is the endpoint of no objective."),
    "16.1": ("STUDY", "STUDY INFORMATION", "Randomisation, plan and methods."),
    "16.2": ("PATIENTS", "INDIVIDUAL PATIENT DATA", "Listings of individual patients."),
}

PURPOSE_TERMS: Final = TerminologyExtension(
    id="TE.PURPOSE",
    enumeration="AnalysisPurposeEnum",
    sponsor_terms=tuple(
        SponsorTerm(id=f"TE.PURPOSE.{short}", submission_value=value, description=said)
        for short, value, said in _SPONSOR.values()
    ),
)


def reason(output: Output, post_hoc: Collection[str]) -> ControlledTerm:
    """Whether an output is as the plan had it before the treatment codes were known."""
    return ControlledTerm(controlled_term="DATA DRIVEN" if output.id in post_hoc else "SPECIFIED IN SAP")


def purpose(output: Output, plan: Plan, records: AbstractSet[tuple[str, str]]) -> ControlledTerm | SponsorTermRef:
    """What an output is for.

    Parameters
    ----------
    output : Output
        Row of the catalogue.
    plan : Plan
        Objectives, estimands and gate.
    records : set of tuple of str
        Dataset and ``PARAMCD`` (empty where none) of its numbers.

    Returns
    -------
    ControlledTerm or SponsorTermRef
        Primary: an output that a primary or co-primary estimand names, or one of such an endpoint in the same section.
        Secondary: a later step of the gate. Otherwise the least of the levels of the objectives that name its endpoint,
        since the greater ones have outputs of their own; the greatest of several endpoints. Else the chapter of ICH E3.
    """
    chapter = ".".join(output.id[1:].split(".")[:2])
    if chapter not in ("14.2", "14.3"):
        return _sponsor_term(chapter)
    levels = _levels(plan)
    named = [e for e in plan.endpoints.endpoints if e.id in levels and _is_of(e, records)]
    estimated = {name for e in plan.endpoints.estimands if LEVELS.get(e.role) == 0 for name in e.outputs}
    if output.id in estimated:
        return _PRIMARY
    if any(output.id in step.outputs for step in plan.study.gate):
        return _SECONDARY
    sections = {plan.catalogue.section(plan.catalogue.output(name)).number for name in estimated}
    if plan.catalogue.section(output).number in sections and any(min(levels[e.id]) == 0 for e in named):
        return _PRIMARY
    if named:
        return (_PRIMARY, _SECONDARY, _EXPLORATORY)[min(max(levels[e.id]) for e in named)]
    return _EXPLORATORY if chapter == "14.2" else _sponsor_term(chapter)


def _sponsor_term(chapter: str) -> SponsorTermRef:
    short = _SPONSOR.get(chapter, _SPONSOR["16.1"])[0]
    return SponsorTermRef(sponsor_term_id=f"TE.PURPOSE.{short}")


def _levels(plan: Plan) -> Mapping[str, list[int]]:
    """Levels of the objectives that name an endpoint, by its id."""
    found: dict[str, list[int]] = {}
    for objective in plan.endpoints.objectives:
        for name in objective.endpoints:
            found.setdefault(name, []).append(LEVELS[objective.level])
    return found


def _is_of(endpoint: Endpoint, records: AbstractSet[tuple[str, str]]) -> bool:
    if endpoint.parameter is None:
        return any(dataset == endpoint.dataset for dataset, _ in records)
    return (endpoint.dataset, endpoint.parameter) in records
