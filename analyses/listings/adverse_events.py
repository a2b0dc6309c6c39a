"""L16.2.7.1 Adverse events by patient, treatment-emergent or not."""

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
    dates_and_days,
    joined,
    listing_display,
    numbers,
    texts,
)
from csrbook.displays.parameters import Labels, Parameters, read_parameters
from csrbook.displays.program import Data, Results, analysis_subjects

if TYPE_CHECKING:
    from csrbook.displays.model import Display
    from csrbook.plan.models import Output, Plan


class AdverseEventListingParameters(Parameters):
    """What the plan row says: short names of the drugs of the relation and action variables, and of their values."""

    drugs: tuple[str, ...]
    labels: Labels = Field(default_factory=dict)


_LISTED = ("AEBODSYS", "AEDECOD", "AETERM", "ASTDT", "ASTDY", "AENDT", "AENDY", "ATOXGRN", "AESER", "AEOUT", "TRTEMFL")


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """The records of the analysis set, ordered by treatment, subject and start."""
    drugs = read_parameters(output, AdverseEventListingParameters).drugs
    analysis_set = output.population[0]
    subjects = analysis_subjects(data, plan, analysis_set).set_index("USUBJID")
    by_drug = [f"{name}{number}" for number in range(1, len(drugs) + 1) for name in ("AREL", "AEACN")]
    records = data.dataset("ADAE", columns=["USUBJID", "AESEQ", *_LISTED, *by_drug])
    records = records[records["USUBJID"].isin(subjects.index)].reset_index(drop=True)
    for name in ("SUBJID", "ARM", "AGE", "SEX"):
        records[name] = records["USUBJID"].map(subjects[name])
    order = {arm.id: position for position, arm in enumerate(plan.study.arms)}
    records["ORDER"] = records["ARM"].map(order)
    ard = Ard(output.id, dataset="ADAE", analysis_set=analysis_set)
    add_listing_counts(ard, treatment_groups(plan, analysis_set), records)
    return Results(ard, records.sort_values(["ORDER", "USUBJID", "ASTDT", "AESEQ"], kind="stable", ignore_index=True))


def display(results: Results, output: Output, plan: Plan) -> Display:
    """One row an event, a rule between subjects."""
    parameters = read_parameters(output, AdverseEventListingParameters)
    numbered = range(1, len(parameters.drugs) + 1)
    names = " /\n".join(parameters.drugs)
    related = [coded(f"AREL{n}", parameters.labels.get("AREL", {})) for n in numbered]
    actions = [coded(f"AEACN{n}", parameters.labels.get("AEACN", {})) for n in numbered]
    assert results.records is not None  # noqa: S101 - analyse() of this program returns them
    columns = [
        ListingColumn("Subject", texts("SUBJID"), 1.6),
        ListingColumn("Arm", texts("ARM"), 0.85),
        ListingColumn("Age/\nsex", joined(numbers("AGE", 0), texts("SEX"), by="/"), 0.85),
        ListingColumn("System organ class", texts("AEBODSYS"), 4.3),
        ListingColumn("Preferred term", texts("AEDECOD"), 3.7),
        ListingColumn("Reported term", texts("AETERM"), 3.1),
        ListingColumn("Start date (day)", dates_and_days("ASTDT", "ASTDY"), 2.8),
        ListingColumn("End date (day)", dates_and_days("AENDT", "AENDY"), 2.8),
        ListingColumn("Gr.", numbers("ATOXGRN", 0), 0.6),
        ListingColumn("Ser.", texts("AESER"), 0.7),
        ListingColumn("TE", coded("TRTEMFL", {"": "N"}), 0.6),
        ListingColumn(f"Related\n{names}", joined(*related, by="/"), 1.15),
        ListingColumn(f"Action\n{names}", joined(*actions, by="/"), 1.4),
        ListingColumn("Outcome", coded("AEOUT", parameters.labels.get("AEOUT", {})), 2.25),
    ]
    return listing_display(results.records, columns, group_by=1, footnotes=(arms_note(plan.study.arms),))
