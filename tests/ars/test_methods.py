"""Methods, operations and result patterns from the rows of an ARD."""

from __future__ import annotations

import pytest

from csrbook.ard import Ard
from csrbook.ars.analyses import raw_value
from csrbook.ars.identifiers import Identifiers
from csrbook.ars.methods import Methods


def methods(*rows):
    ard = Ard("T1.1", dataset="ADSL")
    for number, (method, statistic, formatted, more) in enumerate(rows):
        ard.add(statistic, 1.0, formatted=formatted, method=method, analysis_id=str(number), **more)
    return Methods(ard.frame(), Identifiers())


def test_a_statistic_in_two_units_is_two_operations():
    (method,) = methods(
        ("Kaplan-Meier", "estimate", "12.9", {"unit": "months"}), ("Kaplan-Meier", "estimate", "55.1", {"unit": "%"})
    ).methods
    assert [(o.id, o.label, o.description) for o in method.operations] == [
        ("MTH.Kaplan-Meier.estimate.months", "estimate", "Unit: months."),
        ("MTH.Kaplan-Meier.estimate.percent", "estimate", "Unit: %."),
    ]


@pytest.mark.parametrize(
    ("statistic", "more", "name"),
    [
        ("p", {"unit": "%"}, "Percentage"),
        ("p", {}, "P-value"),
        ("hr", {}, "Hazard ratio"),
        ("q1", {"stat_label": "Lower quartile"}, "Lower quartile"),
        ("some_thing", {}, "Some thing"),
    ],
)
def test_an_operation_is_named_by_its_row_or_by_what_the_short_name_means(statistic, more, name):
    (method,) = methods(("M", statistic, "1", more)).methods
    assert method.operations[0].name == name


@pytest.mark.parametrize(
    ("printed", "pattern"),
    [
        (["163", "7"], "XXX"),
        (["0.801", "10.2", "1.045"], "XX.XXX"),
        (["<0.0001", "0.0999"], "X.XXXX"),
        (["1,234"], "XXXX"),
        (["NE", "-14.2"], "XX.X"),
        (["Met"], None),
    ],
)
def test_the_pattern_is_that_of_the_printed_numbers(printed, pattern):
    (method,) = methods(*(("M", "n", text, {}) for text in printed)).methods
    assert method.operations[0].result_pattern == pattern


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (163.0, "163"),
        (0.1 + 0.2, "0.3"),
        (0.8013043494837114, "0.8013043495"),
        (-0.0, "0"),
        (1.5e-12, "1.5e-12"),
        (float("nan"), None),
    ],
)
def test_a_raw_value_has_ten_significant_digits(value, text):
    assert raw_value(value) == text
