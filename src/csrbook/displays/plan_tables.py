"""Tables of the analysis plan's document, one function a table, as strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.displays.design_tables import design_tables
from csrbook.displays.plan_table import Table, number_captions, signatures, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from csrbook.displays.design_numbers import DesignNumbers
    from csrbook.plan.freeze import Record
    from csrbook.plan.models import Estimand, Plan

__all__ = ["plan_tables"]


def plan_tables(
    plan: Plan, design: DesignNumbers | None, placed: Sequence[str] | None = None, frozen: Sequence[Record] = ()
) -> dict[str, Table]:
    """All tables by name, numbered in the order in which a document places them, else in the order below.

    Tables for which the plan states nothing are absent.
    """
    tables = {
        "approval": _approval(),
        "versions": _versions(plan),
        "freezes": _freezes(plan, frozen),
        "objectives": _objectives(plan),
        "endpoints": _endpoints(plan),
        "arms": _arms(plan),
        "strata": _strata(plan),
        "estimands": _estimands(plan),
        "intercurrent_events": _intercurrent_events(plan),
        **{f"estimand.{item.id}": _estimand(plan, item) for item in plan.endpoints.estimands},
        **(design_tables(design) if design is not None else {}),
        "analysis_sets": _analysis_sets(plan),
        "censoring": _censoring(plan),
        "gate": _gate(plan),
        "biomarkers": _biomarkers(plan),
        "catalogue_status": _catalogue_status(plan),
        "seeds": _seeds(plan),
        "catalogue": _catalogue(plan),
    }
    return number_captions({name: content for name, content in tables.items() if content["rows"]}, placed)


def _approval() -> Table:
    roles = ("Author, trial statistician", "Reviewer, second statistician", "Principal investigator", "For the sponsor")
    return signatures(roles)


def _versions(plan: Plan) -> Table:
    columns = [("Version", 1, "left"), ("Date", 1.5, "left"), ("Change", 5, "left")]
    rows = [(item.version, item.date, item.changes) for item in plan.study.versions]
    unstated = (plan.study.sap_version, plan.study.sap_date, "The plan states no history of its versions.")
    return table("Versions", columns, rows or [unstated])


def _freezes(plan: Plan, frozen: Sequence[Record]) -> Table:
    events = {"freeze": "Plan frozen", "unblinding": "Treatment codes opened"}
    rows = [
        (
            str(record.number),
            record.at[: len("2026-01-15")],
            events[record.event],
            record.plan_sha256.removeprefix("sha256:"),
            "This plan" if record.plan_sha256 == plan.hash else "Another",
        )
        for record in frozen
    ]
    columns = [
        ("Record", 0.8, "left"),
        ("Date (UTC)", 1.1, "left"),
        ("Event", 1.4, "left"),
        ("SHA-256 of the plan", 3.6, "left"),
        ("Which plan", 1, "left"),
    ]
    return table("Freezes of the plan", columns, rows or [("–", "–", "Not frozen", "–", "–")])


def _objectives(plan: Plan) -> Table:
    labels = {item.id: item.label for item in plan.endpoints.endpoints}
    rows = [
        (item.level.capitalize(), item.text, "; ".join(labels[name] for name in item.endpoints))
        for item in plan.endpoints.objectives
    ]
    return table(
        "Objectives and their endpoints",
        [("Level", 1.1, "left"), ("Objective", 3.3, "left"), ("Endpoints", 3.3, "left")],
        rows,
    )


def _endpoints(plan: Plan) -> Table:
    rows = [
        (item.label, item.definition, f"{item.dataset} {item.parameter or ''}".strip())
        for item in plan.endpoints.endpoints
    ]
    columns = [("Endpoint", 2.2, "left"), ("Definition", 4.2, "left"), ("Data", 1.5, "left")]
    return table("Definitions of the endpoints", columns, rows)


def _arms(plan: Plan) -> Table:
    rows = [
        (item.label.replace("+", " + "), item.role.capitalize(), " and ".join(d.lower() for d in item.drugs))
        for item in plan.study.arms
    ]
    columns = [("Arm", 2, "left"), ("Role", 1, "left"), ("Drugs", 2, "left")]
    return table("Treatment arms", columns, rows)


def _strata(plan: Plan) -> Table:
    rows = [(item.label, " / ".join(item.levels), item.variable, item.verified or "–") for item in plan.study.strata]
    return table(
        "Stratification factors of the randomisation",
        [("Factor", 2, "left"), ("Levels", 3, "left"), ("As randomised", 1.4, "left"), ("As verified", 1.4, "left")],
        rows,
    )


def _analysis_sets(plan: Plan) -> Table:
    rows = [
        (f"{item.label}\n({item.id})", item.definition, item.flag or "–", item.treatment.capitalize())
        for item in plan.study.analysis_sets
    ]
    return table(
        "Analysis sets",
        [("Set", 2.3, "left"), ("Definition", 4.8, "left"), ("Flag", 1, "left"), ("Arm as", 0.8, "left")],
        rows,
    )


def _estimands(plan: Plan) -> Table:
    rows = [
        (item.label, plan.study.analysis_set(item.analysis_set).label, item.endpoint, _outputs(plan, item.outputs))
        for item in plan.endpoints.estimands
    ]
    return table(
        "Estimands and where they are estimated",
        [("Estimand", 2.6, "left"), ("Analysis set", 1.8, "left"), ("Parameter", 1.2, "left"), ("Output", 1.7, "left")],
        rows,
    )


def _estimand(plan: Plan, estimand: Estimand) -> Table:
    heads = ("Intercurrent events", *("" for _ in estimand.intercurrent_events[1:]))
    events = zip(heads, estimand.intercurrent_events, strict=False)
    rows = [
        ("Treatment", estimand.treatment),
        ("Population", estimand.population),
        ("Variable", estimand.variable),
        *((head, f"{item.event}: {item.strategy}. {item.handling}") for head, item in events),
        ("Population-level summary", estimand.summary),
        ("Estimated in", f"{plan.study.analysis_set(estimand.analysis_set).label}; {_outputs(plan, estimand.outputs)}"),
    ]
    return table(estimand.label, [("Attribute", 1.3, "left"), ("Specification", 5, "left")], rows)


def _intercurrent_events(plan: Plan) -> Table:
    estimands = plan.endpoints.estimands
    events = dict.fromkeys(event.event for item in estimands for event in item.intercurrent_events)
    rows = [
        (name, *(next((e.strategy for e in item.intercurrent_events if e.event == name), "–") for item in estimands))
        for name in events
    ]
    columns = [("Intercurrent event", 1.5, "left"), *((_short(item.label), 1.7, "left") for item in estimands)]
    return table("Intercurrent events and the strategy of each estimand", columns, rows)


def _short(label: str) -> str:
    """``Primary estimand (treatment policy)`` as two lines, without the word that the caption has."""
    return label.replace(" estimand", "").replace(" (", "\n").removesuffix(")")


def _outputs(plan: Plan, identifiers: Iterable[str]) -> str:
    return ", ".join(plan.catalogue.output(name).number for name in identifiers)


def _gate(plan: Plan) -> Table:
    rows = []
    for position, step in enumerate(plan.study.gate, start=1):
        condition = "Always tested" if position == 1 else f"Only where step {position - 1} and all before it are met"
        where = _outputs(plan, step.outputs)
        rows.append(
            (str(position), step.label, step.hypothesis, f"{step.alpha:g}, {step.sided}-sided", condition, where)
        )
    return table(
        "Steps of the confirmatory test sequence",
        [
            ("Step", 0.6, "left"),
            ("Claim", 1.8, "left"),
            ("Hypotheses", 3, "left"),
            ("Alpha", 1.1, "left"),
            ("Tested when", 1.6, "left"),
            ("Output", 1.3, "left"),
        ],
        rows,
    )


def _censoring(plan: Plan) -> Table:
    rows = [(item.situation, item.primary, item.fda, item.ema) for item in plan.endpoints.censoring]
    return table(
        "Event or censoring in each situation, by analysis",
        [
            ("Situation", 1.7, "left"),
            ("Primary (treatment policy)", 1.6, "left"),
            ("FDA-style", 1.7, "left"),
            ("EMA-style", 1.6, "left"),
        ],
        rows,
    )


def _biomarkers(plan: Plan) -> Table:
    programme = plan.endpoints.biomarkers
    markers = programme.markers if programme is not None else ()
    rows = [(m.label, m.specimen.capitalize(), f"{m.positive} / {m.negative}", m.assumption) for m in markers]
    return table(
        "Baseline biomarkers, in the order of the tables",
        [
            ("Biomarker", 1.6, "left"),
            ("Specimen", 0.9, "left"),
            ("Levels (positive / negative)", 2, "left"),
            ("Assumption before any data exist", 3.4, "left"),
        ],
        rows,
    )


def _catalogue_status(plan: Plan) -> Table:
    counts: dict[str, list[int]] = {}
    for output in plan.catalogue.outputs:
        section = plan.catalogue.section(output)
        count = counts.setdefault(f"{section.number} {section.title}", [0, 0, 0])
        for position, true in enumerate((True, output.programmed, output.qc_level == 1)):
            count[position] += true
    rows = [(section, *map(str, count)) for section, count in counts.items()]
    total = [str(sum(count[position] for count in counts.values())) for position in range(3)]
    return table(
        "Outputs by section of the report",
        [
            ("Section", 5, "left"),
            ("Outputs", 1, "right"),
            ("Programmed", 1.2, "right"),
            ("Level 1", 1, "right"),
        ],
        [*rows, ("Total", *total)] if rows else [],
    )


def _catalogue(plan: Plan) -> Table:
    rows = [
        (
            output.id,
            f"{output.title}\N{NO-BREAK SPACE}†" if output.proposal else output.title,
            ", ".join(output.population) or "–",
            output.method,
            str(output.qc_level),
            "Yes" if output.programmed else "Planned",
        )
        for output in plan.catalogue.outputs
    ]
    longest = max((len(item.id) for item in plan.study.analysis_sets), default=0)
    return table(
        "",
        [
            ("Output", 1.2, "left"),
            ("Title", 3.4, "left"),
            ("Set", max(0.8, 0.2 * longest), "left"),
            ("Method", 4.2, "left"),
            ("QC", 0.5, "center"),
            ("Program", 1.0, "left"),
        ],
        rows,
    )


def _seeds(plan: Plan) -> Table:
    rows = [(name.replace("_", " ").capitalize(), str(seed)) for name, seed in plan.study.seeds.items()]
    return table("Seeds of the random numbers", [("Use", 1, "left"), ("Seed", 3, "left")], rows)
