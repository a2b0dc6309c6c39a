"""L16.2.7 Adverse events by patient."""

from __future__ import annotations

from csrbook.ard import Ard
from csrbook.displays.columns import treatment_groups
from csrbook.displays.listing import ListingColumn, add_listing_counts, arms_note, dates, listing_display, texts
from csrbook.displays.program import Results, analysis_subjects


def analyse(data, output, plan):
    arms = analysis_subjects(data, plan, output.population[0]).set_index("USUBJID")["ARM"]
    records = data.dataset("ADAE")
    records = records[records["USUBJID"].isin(arms.index)].reset_index(drop=True)
    records["ARM"] = records["USUBJID"].map(arms)
    ard = Ard(output.id, dataset="ADAE")
    add_listing_counts(ard, treatment_groups(plan, output.population[0]), records)
    return Results(ard, records)


def display(results, output, plan):
    columns = [
        ListingColumn("Subject", texts("USUBJID"), 1.5),
        ListingColumn("Arm", texts("ARM")),
        ListingColumn("Preferred term", texts("AEDECOD"), 3),
        ListingColumn("Reported term", texts("AETERM"), 3),
        ListingColumn("Start", dates("ASTDT")),
    ]
    return listing_display(results.records, columns, group_by=1, footnotes=(arms_note(plan.study.arms),))
