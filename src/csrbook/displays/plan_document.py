"""The plan as strings for the analysis plan's document: values that its text quotes, and its tables.

``sap.qmd`` quotes a value by ``[]{.plan key="study.noninferiority.margin"}`` and places a table by
``::: {.plan-table src="estimands"}``; so no number of the plan is typed a second time. Keys are dotted paths into the
plan; an entry of a list is named by its ``id`` or ``variable``. Keys that begin with ``design.`` are computed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from csrbook.displays.design_numbers import DesignNumbers
from csrbook.displays.format import fixed
from csrbook.displays.plan_tables import plan_tables
from csrbook.plan.freeze import last_freeze

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.plan.freeze import Record
    from csrbook.plan.models import Plan

__all__ = ["design_numbers", "plan_document"]

DAYS_PER_WEEK: Final = 7

PERCENTAGES: Final = frozenset({"confidence", "power", "dropout_per_year", "fdr"})
"""Fields that hold a share and are printed as a percentage."""

DIGITS: Final = {"margin": 2, "true_hazard_ratio": 3}


def plan_document(plan: Plan, placed: Sequence[str] | None = None, frozen: Sequence[Record] = ()) -> dict[str, Any]:
    """Values and tables of the plan, as strings.

    Parameters
    ----------
    plan : Plan
        The validated plan.
    placed : sequence of str, optional
        Names of the tables in the order in which the document places them, which numbers them.
    frozen : sequence of Record
        Records of ``sap/frozen.json``, oldest first; none where the plan was never frozen.

    Returns
    -------
    dict
        ``values``: text by dotted key. ``tables``: by name ``caption``, ``columns`` (``width``, ``align``), ``header``
        and ``rows``. What the plan does not state is absent: a trial without a margin has no ``design`` values.
    """
    values = _flatten(plan.study.model_dump(), "study")
    if plan.endpoints.biomarkers is not None:
        values |= _flatten(plan.endpoints.biomarkers.model_dump(), "endpoints.biomarkers")
    study = plan.study
    for role in ("test", "control"):
        arm = next((item for item in study.arms if item.role == role), None)
        if arm is not None:
            values |= {f"study.{role}.label": arm.label.replace("+", " + "), f"study.{role}.short": arm.short}
    if study.noninferiority is not None:
        values["study.noninferiority.confidence"] = _percent(study.noninferiority.confidence)
    outputs = plan.catalogue.outputs
    values |= {
        "catalogue.total": str(len(outputs)),
        "catalogue.programmed": str(sum(output.programmed for output in outputs)),
        "catalogue.proposals": str(sum(output.proposal for output in outputs)),
        "catalogue.double_programmed": str(sum(output.qc_level == 1 for output in outputs)),
        "plan.hash": plan.hash,
        "plan.frozen": _frozen(plan, frozen),
    }
    # Which section of the SAP specifies an output, for the links on its pages.
    specified = {output.id: plan.catalogue.sap_section(output) for output in outputs}
    values |= {f"catalogue.{name}.sap": section for name, section in specified.items() if section}
    if study.scan_interval_weeks is not None and study.scan_window_days is not None:
        interval, window = DAYS_PER_WEEK * study.scan_interval_weeks, study.scan_window_days
        values |= {
            "assessments.interval_days": str(interval),
            "assessments.stable_days": str(interval - window),
            "assessments.missed_days": str(2 * (interval + window)),
        }
    design = design_numbers(plan)
    if design is not None:
        values |= _design_values(design)
    return {"values": values, "tables": plan_tables(plan, design, placed, frozen)}


def _frozen(plan: Plan, records: Sequence[Record]) -> str:
    """Whether this is the frozen plan."""
    freeze = last_freeze(records)
    if freeze is None:
        return "This plan is not frozen."
    when = f"record {freeze.number} of {freeze.at[: len('2026-01-15')]}"
    if freeze.plan_sha256 == plan.hash:
        return f"This plan is frozen: it is the plan of {when}."
    return f"This plan differs from the frozen one, which is that of {when}: what rests on a difference is post hoc."


def design_numbers(plan: Plan) -> DesignNumbers | None:
    """Numbers of the design; None where the plan states no margin or no sample size."""
    if plan.study.noninferiority is None or plan.study.sample_size is None:
        return None
    return DesignNumbers(plan.study.noninferiority, plan.study.sample_size)


def _design_values(design: DesignNumbers) -> dict[str, str]:
    accrual, follow_up = design.longer_calendar
    return {
        "design.log_margin": fixed(math.log(design.rule.margin), 3),
        "design.log_hazard_ratio": fixed(math.log(design.size.true_hazard_ratio), 3).replace("-", "\N{MINUS SIGN}"),
        "design.events_exact": fixed(design.events_exact, 1),
        "design.events": str(design.events),
        "design.subjects": str(design.sample.subjects),
        "design.subjects_exact": fixed(design.sample.subjects_exact, 1),
        "design.probability": _percent(design.sample.probability, 1),
        "design.probability_test": _percent(design.sample.probability_test, 1),
        "design.probability_control": _percent(design.sample.probability_control, 1),
        "design.largest_hazard_ratio": fixed(design.planned.largest_hazard_ratio, 3),
        "design.power": _percent(design.planned.power, 1),
        "design.power_if_equal": _percent(design.planned.power_if_equal),
        "design.power_superiority": _percent(design.planned.power_superiority),
        "design.study_months": f"{design.size.accrual_months + design.size.follow_up_months:g}",
        "design.longer_accrual": f"{accrual:g}",
        "design.longer_follow_up": f"{follow_up:g}",
    }


def _flatten(content: Any, path: str, field: str = "") -> dict[str, str]:
    """Texts and numbers of nested data by dotted path."""
    if isinstance(content, dict):
        parts = [_flatten(value, f"{path}.{key}", str(key)) for key, value in content.items()]
    elif isinstance(content, list | tuple):
        names = [item.get("id", item.get("variable")) if isinstance(item, dict) else None for item in content]
        parts = [_flatten(item, f"{path}.{name}") for item, name in zip(content, names, strict=True) if name]
        if content and all(isinstance(item, str | int | float) for item in content):
            parts = [{path: _enumerate([_shown(item, field) for item in content])}]
    elif content is None or isinstance(content, bool):
        parts = []
    else:
        parts = [{path: _shown(content, field)}]
    return {key: text for part in parts for key, text in part.items()}


def _shown(value: str | float, field: str) -> str:
    if isinstance(value, str):
        return value
    if field in PERCENTAGES:
        return _percent(value)
    return fixed(value, DIGITS[field]) if field in DIGITS else f"{value:.10g}"


def _percent(share: float, digits: int = 0) -> str:
    return f"{fixed(100.0 * share, digits)}%"


def _enumerate(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
