"""Listings of records as the plan row describes them (14.3.2 to 14.3.4, 16.1.7, 16.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.displays.parameters import read_parameters
from csrbook.displays.record_listing import RecordListingParameters, list_records, record_listing_display

if TYPE_CHECKING:
    from csrbook.displays.model import Display
    from csrbook.displays.program import Data, Results
    from csrbook.plan.models import Output, Plan


def analyse(data: Data, output: Output, plan: Plan) -> Results:
    """The records that the plan row describes."""
    return list_records(data, output, plan, read_parameters(output, RecordListingParameters))


def display(results: Results, output: Output, plan: Plan) -> Display:
    """One row a record."""
    return record_listing_display(results, plan, read_parameters(output, RecordListingParameters))
