"""The plan as strings: the numbers of the design, the tables, and how the analysis plan's text uses them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from csrbook.displays.plan_document import design_numbers, plan_document
from csrbook.plan import load_plan
from csrbook.plan.freeze import Record

if TYPE_CHECKING:
    from csrbook.plan.models import Plan

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "sap" / "sap.qmd").read_text(encoding="utf-8")
KEYS = re.findall(r'\[\]\{\.plan key="([^"]+)"\}', TEXT)
TABLES = re.findall(r'::: \{\.plan-table src="([^"]+)"\}', TEXT)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan(ROOT)


@pytest.fixture(scope="module")
def document(plan) -> dict:
    return plan_document(plan)


# Expected numbers: reference dossier of the trial, section B, recomputed there in R and checked against rpact.


@pytest.mark.parametrize(
    ("hazard_ratio", "alpha", "power", "events", "subjects", "subjects_longer"),
    [
        ("1.000", "0.025", "80%", "457", "628", "550"),
        ("1.000", "0.025", "90%", "611", "838", "736"),
        ("1.000", "0.05", "80%", "360", "494", "434"),
        ("1.000", "0.05", "90%", "498", "684", "600"),
        ("0.846", "0.025", "80%", "171", "244", "212"),
        ("0.846 (planned)", "0.025", "90%", "228", "326", "282"),
        ("0.846", "0.05", "80%", "135", "194", "168"),
        ("0.846", "0.05", "90%", "186", "266", "230"),
    ],
)
def test_events_and_patients_of_each_scenario(document, hazard_ratio, alpha, power, events, subjects, subjects_longer):
    row = [hazard_ratio, alpha, power, events, subjects, subjects_longer]
    assert row in document["tables"]["scenarios"]["rows"]


@pytest.mark.parametrize(("hazard_ratio", "events"), [("0.900", "233"), ("0.950", "320")])
def test_events_of_smaller_true_effects(document, hazard_ratio, events):
    found = [row[3] for row in document["tables"]["scenarios"]["rows"] if row[:3] == [hazard_ratio, "0.025", "80%"]]
    assert found == [events]


def test_what_a_number_of_events_can_show(document):
    rows = {row[0].removesuffix(" (planned)"): row for row in document["tables"]["operating"]["rows"]}
    largest = {events: rows[events][1] for events in ("171", "228", "457", "611")}
    assert largest == {"171": "0.963", "228": "1.003", "457": "1.082", "611": "1.109"}
    assert rows["171"][3] == "40%"  # power of non-inferiority where the arms are equal
    assert (rows["171"][4], rows["457"][4]) == ("19%", "43%")  # power of superiority


def test_what_the_margin_means(document):
    rows = {row[0]: row[1:] for row in document["tables"]["margin"]["rows"]}
    assert rows["Median (months)"][:2] == ["11.00", "8.46"]
    assert rows["Event-free at 12 months (%)"][:2] == ["46.9", "37.4"]
    assert rows["Restricted mean to 24 months (months)"] == ["12.37", "10.50", "\N{MINUS SIGN}1.87"]


def test_the_planned_numbers_are_those_that_the_assumptions_call_for(plan, document):
    size = plan.study.sample_size
    assert size is not None
    assert document["values"]["design.events"] == str(size.events)
    assert document["values"]["design.subjects"] == str(size.subjects)
    assert plan.study.data_cut.events == size.events


def test_values_are_printed_as_a_reader_expects_them(document):
    values = document["values"]
    shown = {
        "study.noninferiority.margin": "1.30",
        "study.noninferiority.alpha_one_sided": "0.025",
        "study.noninferiority.confidence": "95%",
        "study.sample_size.true_hazard_ratio": "0.846",
        "study.sample_size.dropout_per_year": "5%",
        "study.test.label": "Fulvestrant + Pyrotinib",
        "study.days_per_month": "30.4375",
        "study.noninferiority.analysis_sets": "ITT and PP",
        "assessments.stable_days": "49",  # 8 weeks less the window of 7 days
        "assessments.missed_days": "126",  # twice 8 weeks and twice the window
        "catalogue.total": "110",
    }
    assert {key: values[key] for key in shown} == shown


def test_the_catalogue_lists_every_output_once_in_order(plan, document):
    rows = document["tables"]["catalogue"]["rows"]
    assert [row[0] for row in rows] == [output.id for output in plan.catalogue.outputs]
    assert [row[5] for row in rows] == ["Yes" if o.programmed else "Planned" for o in plan.catalogue.outputs]


def test_every_table_is_rectangular_text(document):
    for name, table in document["tables"].items():
        width = len(table["columns"])
        assert len(table["header"]) == width, name
        assert table["rows"], name
        for row in table["rows"]:
            assert len(row) == width, name
            assert all(isinstance(text, str) for text in row), name


def test_a_trial_without_margin_and_sample_size_has_no_design_numbers(plan):
    study = plan.study.model_copy(update={"noninferiority": None, "sample_size": None})
    bare = plan.model_copy(update={"study": study})
    document = plan_document(bare)
    assert design_numbers(bare) is None
    assert not [key for key in document["values"] if key.startswith("design.")]
    assert not {"margin", "assumptions", "scenarios", "operating"} & set(document["tables"])
    captions = [table["caption"] for table in document["tables"].values() if table["caption"]]
    assert [caption.split(":")[0] for caption in captions] == [f"Table {n}" for n in range(1, len(captions) + 1)]


# How sap.qmd uses them


def test_the_text_quotes_only_values_that_exist(document):
    assert KEYS
    assert not sorted(set(KEYS) - set(document["values"]))


def test_the_text_places_every_table_once_in_the_order_of_their_numbers(document):
    assert list(document["tables"]) == TABLES


def test_the_text_types_no_number_of_the_plan(plan, document):
    """Margin, alpha, events, patients and assumptions stand in the YAML alone; the text quotes them by key."""
    rule, size = plan.study.noninferiority, plan.study.sample_size
    assert rule is not None
    assert size is not None
    numbers = {
        *(f"{rule.margin:g}", f"{rule.margin:.2f}", f"{rule.margin:.3f}"),
        *(f"{step.alpha:g}" for step in plan.study.gate),
        *(f"{100 * rule.alpha_one_sided:g}%", f"{rule.alpha_one_sided:g}", f"{2 * rule.alpha_one_sided:g}"),
        *(str(size.events), str(size.subjects), f"{size.true_hazard_ratio:.3f}", f"{size.true_hazard_ratio:.2f}"),
        *(f"{size.control_median:g} months", f"{size.test_median:g} months", f"{100 * size.power:g}%"),
        document["values"]["study.confidence"],
        document["values"]["design.largest_hazard_ratio"],
    }
    # Page numbers of the references are no numbers of the plan.
    prose = re.sub(r"\{\.plan[^}]*\}|\n# References\n.*?\n# ", "", TEXT, flags=re.DOTALL)
    typed = [n for n in sorted(numbers) if re.search(rf"(?<![\d.]){re.escape(n)}(?!\d|\.\d)", prose)]
    assert not typed


def test_sections_are_numbered_without_a_gap():
    headings = re.findall(r"^(#+) (\d+(?:\.\d+)?) ", TEXT, flags=re.MULTILINE)
    chapter = section = 0
    for marks, number in headings:
        if len(marks) == 1:
            chapter, section = chapter + 1, 0
            assert number == str(chapter)
        else:
            section += 1
            assert number == f"{chapter}.{section}"
    assert chapter == 18


def test_the_sections_that_the_text_refers_to_exist():
    known = set(re.findall(r"^#+ (\d+(?:\.\d+)?) ", TEXT, flags=re.MULTILINE))
    lists = re.findall(r"\bsections? (\d+(?:\.\d+)?)(?: and (\d+(?:\.\d+)?))?", TEXT)
    assert not sorted({number for pair in lists for number in pair if number} - known)


def test_the_outputs_that_the_text_refers_to_are_in_the_catalogue(plan):
    known = {output.id for output in plan.catalogue.outputs}
    named = re.findall(r"\b(Table|Figure|Listing)s? ((?:1[46](?:\.\d+)+)(?:(?:, | and )(?:1[46](?:\.\d+)+))*)", TEXT)
    used = {f"{kind[0]}{number}" for kind, numbers in named for number in re.findall(r"1[46](?:\.\d+)+", numbers)}
    assert len(used) > 40
    assert not sorted(used - known)


# Versions and freezes


def freeze(plan, number=1, plan_sha256="", event="freeze"):
    return Record(
        event, "A. Name", "account", f"2030-0{number}-07T10:11:12Z", "a reason", plan_sha256 or plan.hash, number=number
    )


def test_the_history_of_the_plan_is_printed_and_what_it_does_not_state_is_said(plan, document):
    assert document["tables"]["versions"]["rows"] == [[i.version, i.date, i.changes] for i in plan.study.versions]
    study = plan.study.model_copy(update={"versions": ()})
    silent = plan_document(plan.model_copy(update={"study": study}))
    assert silent["tables"]["versions"]["rows"] == [
        ["1.0", "15 January 2026", "The plan states no history of its versions."]
    ]


def test_a_plan_that_was_never_frozen_says_so(document):
    assert document["values"]["plan.frozen"] == "This plan is not frozen."
    assert document["tables"]["freezes"]["rows"] == [["–", "–", "Not frozen", "–", "–"]]


def test_a_frozen_plan_names_its_freeze_and_no_person(plan):
    records = [freeze(plan, 1, "sha256:" + "a" * 64), freeze(plan, 2), freeze(plan, 3, event="unblinding")]
    document = plan_document(plan, None, records)
    assert document["values"]["plan.frozen"] == "This plan is frozen: it is the plan of record 2 of 2030-02-07."
    assert document["tables"]["freezes"]["rows"] == [
        ["1", "2030-01-07", "Plan frozen", "a" * 64, "Another"],
        ["2", "2030-02-07", "Plan frozen", plan.hash.removeprefix("sha256:"), "This plan"],
        ["3", "2030-03-07", "Treatment codes opened", plan.hash.removeprefix("sha256:"), "This plan"],
    ]
    assert "A. Name" not in str(document)


def test_a_plan_that_differs_from_the_frozen_one_says_so(plan):
    document = plan_document(plan, None, [freeze(plan, 1, "sha256:" + "a" * 64)])
    assert document["values"]["plan.frozen"].startswith(
        "This plan differs from the frozen one, which is that of record 1 of 2030-01-07"
    )
