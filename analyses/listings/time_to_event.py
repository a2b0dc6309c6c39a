"""L16.2.6.1 Progression-free and overall survival by patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from csrbook.ard import Ard
from csrbook.displays.columns import treatment_groups
from csrbook.displays.listing import (
    ListingColumn,
    add_listing_counts,
    arms_note,
    coded,
    dates,
    listing_display,
    numbers,
    texts,
)
from csrbook.displays.parameters import Labels, Parameters, read_parameters
from csrbook.displays.program import Data, Results, analysis_subjects

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.displays.listing import Printer
    from csrbook.displays.model import Display
    from csrbook.plan.models import Output, Plan


class TimeToEventParameters(Parameters):
    """What the plan row says: the parameters, from left to right, and their short names."""

    paramcd: tuple[str, ...]
    names: dict[str, str] = Field(default_factory=dict)
    digits: int = 1
    labels: Labels = Field(default_factory=dict)


_LISTED = ("STARTDT", "ADT", "AVAL", "CNSR", "EVNTDESC", "CNSDTDSC")


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """One record a subject: what ADTTE says of each parameter, beside arm and strata."""
    parameters = read_parameters(output, TimeToEventParameters)
    analysis_set = output.population[0]
    subjects = analysis_subjects(data, plan, analysis_set)
    groups = treatment_groups(plan, analysis_set)
    ard = Ard(output.id, dataset="ADTTE", analysis_set=analysis_set)
    records = subjects[["USUBJID", "SUBJID", "ARM", *(factor.variable for factor in plan.study.strata)]].copy()
    adtte = data.dataset("ADTTE", columns=["USUBJID", "PARAMCD", *_LISTED])
    for name in parameters.paramcd:
        times = adtte[adtte["PARAMCD"] == name].set_index("USUBJID")[list(_LISTED)].add_prefix(f"{name}.")
        records = records.join(times, on="USUBJID")
        listed = records[records[f"{name}.ADT"].notna()]
        add_listing_counts(ard, groups, listed, variable="PARAMCD", variable_level=name)
        for text in ("EVNTDESC", "CNSDTDSC"):
            records[f"{name}.{text}"] = records[f"{name}.{text}"].fillna("")
    order = {arm.id: position for position, arm in enumerate(plan.study.arms)}
    records["ORDER"] = records["ARM"].map(order)
    return Results(ard, records.sort_values(["ORDER", "USUBJID"], kind="stable").reset_index(drop=True))


def display(results: Results, output: Output, plan: Plan) -> Display:
    """One row a subject, one block of columns a parameter."""
    parameters = read_parameters(output, TimeToEventParameters)
    columns = [
        ListingColumn("Subject", texts("SUBJID"), 1.8),
        ListingColumn("Arm", texts("ARM"), 1.0),
        *(
            ListingColumn(factor.label, coded(factor.variable, parameters.labels.get(factor.variable, {})), width)
            for factor, width in zip(plan.study.strata, (1.5, *([2.3] * len(plan.study.strata))), strict=False)
        ),
        ListingColumn("Start", dates(f"{parameters.paramcd[0]}.STARTDT"), 2.05),
    ]
    for name in parameters.paramcd:
        short = parameters.names.get(name, name)
        columns += [
            ListingColumn(f"{short}\ndate", dates(f"{name}.ADT"), 2.05),
            ListingColumn(f"{short}\nmonths", numbers(f"{name}.AVAL", parameters.digits), 1.35, "decimal"),
            ListingColumn(f"{short} status (CNSR):\nevent or reason, date", _status(name, parameters.labels), 5.2),
        ]
    assert results.records is not None  # noqa: S101 - analyse() of this program returns them
    return listing_display(results.records, columns, footnotes=(arms_note(plan.study.arms),))


def _status(name: str, labels: Labels) -> Printer:
    """``Event (0): Progressive disease``; ``Censored (1): Ongoing at data cut-off; date: last adequate assessment``."""
    event = coded(f"{name}.EVNTDESC", labels.get("EVNTDESC", {}))
    date = coded(f"{name}.CNSDTDSC", labels.get("CNSDTDSC", {}))

    def printed(records: pd.DataFrame) -> list[str]:
        return [
            "" if code != code else f"{'Censored' if code else 'Event'} ({code:g}): {e}{_date_of(d)}"
            for code, e, d in zip(records[f"{name}.CNSR"], event(records), date(records), strict=True)
        ]

    return printed


def _date_of(text: str) -> str:
    return f"; date: {text[:1].lower()}{text[1:]}" if text else ""
