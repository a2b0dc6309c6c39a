"""Why each output of the trial was made, by its objectives, estimands, gate and chapter of ICH E3."""

from __future__ import annotations

import pytest

from csrbook.ars.purposes import PURPOSE_TERMS, purpose, reason
from tests.analyses.trial import trial_plan


@pytest.mark.parametrize(
    ("output", "records", "expected"),
    [
        # Estimands, their plots, and what else stands in their section.
        ("T14.2.1.1", {("ADTTE", "PFSINV")}, "PRIMARY OUTCOME MEASURE"),
        ("T14.2.1.2", {("ADTTE", "PFSPP")}, "PRIMARY OUTCOME MEASURE"),
        ("T14.2.1.9", {("ADTTE", "PFSINV"), ("ADTTE", "PFSPP")}, "PRIMARY OUTCOME MEASURE"),
        # Later steps of the gate.
        ("T14.2.1.8", {("ADTTE", "PFSINV")}, "SECONDARY OUTCOME MEASURE"),
        ("T14.3.1.7", {("ADAE", "")}, "SECONDARY OUTCOME MEASURE"),
        # Supplementary estimand, subgroups and biomarkers of the primary endpoint.
        ("T14.2.2.1", {("ADTTE", "PFSFDA")}, "EXPLORATORY OUTCOME MEASURE"),
        ("F14.2.3.1", {("ADTTE", "PFSINV")}, "EXPLORATORY OUTCOME MEASURE"),
        ("T14.2.6.2", {("ADTTE", "PFSINV")}, "EXPLORATORY OUTCOME MEASURE"),
        # Secondary endpoints by parameter and by dataset.
        ("T14.2.4.1", {("ADSL", ""), ("ADTTE", "OS")}, "SECONDARY OUTCOME MEASURE"),
        ("T14.2.2.5", {("ADTTE", "PFSBICR")}, "SECONDARY OUTCOME MEASURE"),
        ("T14.3.1.1", {("ADSL", ""), ("ADAE", "")}, "SECONDARY OUTCOME MEASURE"),
        # What is the endpoint of no objective.
        ("F14.2.4.7", {("ADTR", "")}, "EXPLORATORY OUTCOME MEASURE"),
        ("T14.3.4.2", {("ADLB", "")}, "SAFETY"),
        ("T14.1.4.1", {("ADTTE", "PFSINV")}, "STUDY POPULATION"),
        ("D16.1.9.1", set(), "STUDY INFORMATION"),
        ("L16.2.7.1", {("ADAE", "")}, "INDIVIDUAL PATIENT DATA"),
    ],
)
def test_purpose(output, records, expected):
    plan = trial_plan()
    found = purpose(plan.catalogue.output(output), plan, records).model_dump()
    terms = {term.id: term.submission_value for term in PURPOSE_TERMS.sponsor_terms}
    assert (found.get("controlled_term") or terms[found["sponsor_term_id"]]) == expected


def test_what_was_added_after_unblinding_is_data_driven():
    output = trial_plan().catalogue.output("T14.2.1.1")
    assert reason(output, []).controlled_term == "SPECIFIED IN SAP"
    assert reason(output, ["T14.2.1.1"]).controlled_term == "DATA DRIVEN"
