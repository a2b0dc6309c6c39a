"""Tables of the sample-size section of the analysis plan, as strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.displays.format import fixed, percent
from csrbook.displays.plan_table import Table, table

if TYPE_CHECKING:
    from csrbook.displays.design_numbers import DesignNumbers

__all__ = ["design_tables"]


def design_tables(design: DesignNumbers) -> dict[str, Table]:
    """What the margin means, the assumptions, other assumptions, and what a number of events can show."""
    return {
        "margin": _margin(design),
        "assumptions": _assumptions(design),
        "scenarios": _scenarios(design),
        "operating": _operating(design),
    }


def _assumptions(design: DesignNumbers) -> Table:
    size, rule = design.size, design.rule
    rows = [
        ("Margin of the hazard ratio", fixed(rule.margin, 2)),
        ("Alpha, one-sided", f"{rule.alpha_one_sided:g}"),
        ("True hazard ratio", fixed(size.true_hazard_ratio, 3)),
        ("Median, control arm", f"{fixed(size.control_median, 1)} months"),
        ("Median, test arm", f"{fixed(size.test_median, 1)} months"),
        ("Power", f"{percent(size.power, 1.0, 0)}%"),
        ("Allocation, test to control", f"{size.allocation:g} to 1"),
        ("Accrual, uniform", f"{size.accrual_months:g} months"),
        ("Follow-up after the last randomisation", f"{size.follow_up_months:g} months"),
        ("Dropout, exponential", f"{percent(size.dropout_per_year, 1.0, 0)}% a year"),
        ("Events required, before rounding up", fixed(design.events_exact, 1)),
        ("Events planned", str(size.events)),
        (
            "Probability of an event, test and control arm",
            f"{percent(design.sample.probability_test, 1.0)}% and {percent(design.sample.probability_control, 1.0)}%",
        ),
        ("Patients required, before rounding up", fixed(design.sample.subjects_exact, 1)),
        ("Patients planned", str(size.subjects)),
    ]
    return table("Assumptions and result", [("Quantity", 3, "left"), ("Value", 2, "left")], rows)


def _scenarios(design: DesignNumbers) -> Table:
    size, (accrual, follow_up) = design.size, design.longer_calendar
    rows = [
        (
            f"{fixed(item.hazard_ratio, 3)}{' (planned)' if item.planned else ''}",
            f"{item.alpha_one_sided:g}",
            f"{percent(item.power, 1.0, 0)}%",
            str(item.events),
            str(item.subjects),
            str(item.subjects_longer),
        )
        for item in design.scenarios()
    ]
    return table(
        "Events and patients under other assumptions",
        [
            ("True hazard ratio", 1.8, "left"),
            ("Alpha, one-sided", 1.3, "right"),
            ("Power", 1, "right"),
            ("Events", 1, "right"),
            (f"Patients\n({size.accrual_months:g}+{size.follow_up_months:g} months)", 1.6, "right"),
            (f"Patients\n({accrual:g}+{follow_up:g} months)", 1.6, "right"),
        ],
        rows,
    )


def _operating(design: DesignNumbers) -> Table:
    rows = [
        (
            f"{item.events}{' (planned)' if item.events == design.size.events else ''}",
            fixed(item.largest_hazard_ratio, 3),
            _power(item.power),
            _power(item.power_if_equal),
            _power(item.power_superiority),
        )
        for item in design.operating_characteristics()
    ]
    truth = fixed(design.size.true_hazard_ratio, 3)
    return table(
        "What a number of events can show",
        [
            ("Events", 1.3, "left"),
            ("Largest observed hazard ratio that shows non-inferiority", 2.2, "right"),
            (f"Power, non-inferiority, true hazard ratio {truth}", 1.8, "right"),
            ("Power, non-inferiority, true hazard ratio 1", 1.8, "right"),
            (f"Power, superiority, true hazard ratio {truth}", 1.8, "right"),
        ],
        rows,
    )


def _margin(design: DesignNumbers) -> Table:
    rows = [
        (
            f"{item.measure} ({item.unit})",
            fixed(item.control, item.digits),
            fixed(item.at_margin, item.digits),
            fixed(item.at_margin - item.control, item.digits).replace("-", "\N{MINUS SIGN}"),
        )
        for item in design.margin_meaning()
    ]
    return table(
        "What a hazard ratio at the margin means, exponential times",
        [
            ("Quantity", 2.6, "left"),
            ("Control arm as assumed", 1.5, "right"),
            ("Hazard ratio at the margin", 1.6, "right"),
            ("Difference", 1, "right"),
        ],
        rows,
    )


def _power(power: float) -> str:
    """A whole percentage; never 100, because no number of events is certain to succeed."""
    return ">99%" if power > 0.99 else f"{percent(power, 1.0, 0)}%"
