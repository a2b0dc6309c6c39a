from __future__ import annotations

import re

import pytest

from csrbook.ard import Ard, observed
from csrbook.displays.model import Column, Curve, Display, Forest, ForestRow, KaplanMeier, Row
from csrbook.displays.plot import Layer, Panel, Plot, category_axis, linear_axis
from csrbook.displays.shells import mask_number, mask_record, mask_row, shell

WORDS = {"nausea": "Preferred Term", "fall": "Preferred Term", "cough": "Preferred Term", "rash": "Preferred Term"}
WORDS |= {"skin disorders": "Body System", "101": "Site"}


@pytest.mark.parametrize(
    ("printed", "masked"),
    [
        ("5", "xx"),
        ("163 (100.0)", "xx (xx.x)"),
        ("0.85 (0.65, 1.10)", "xx.xx (xx.xx, xx.xx)"),
        ("-1.25", "xx.xx"),
        ("<0.0001", "xx.xxxx"),
        ("1,204", "xx"),
        ("NE", "xx.x"),
        ("(NE, 12.5)", "(xx.x, xx.x)"),
        ("01JAN2024", "ddMMMyyyy"),
        ("Month", "Month"),
        ("NEVER", "NEVER"),
    ],
)
def test_a_number_keeps_its_decimals_and_nothing_else(printed, masked):
    assert mask_number(printed) == masked


def test_a_record_keeps_its_shape_only():
    assert mask_record("NCT04646759-001-0002") == "XXXxxxxxxxx-xxx-xxxx"
    assert mask_record("Übelkeit & 3 more words than fit") == "Xxxxxxxx & x xxxx xxxxx…"


def test_numbers_are_masked_where_they_become_text_and_their_values_stay():
    ard = Ard("T1")
    with observed(mask_row):
        ard.add("n", 12, formatted="12", variable="A")
        ard.add("hr", None, formatted="NE", error="no event in 3 arms", variable="B")
        ard.add("met", 1, formatted="Non-inferior", unit="text", stat_label="conclusion", variable="C")
    ard.add("n", 13, formatted="13", variable="D")
    assert [row["formatted"] for row in ard.select()] == ["xx", "xx.x", "<conclusion>", "13"]
    assert ard.value("n", variable="A") == 12
    assert ard.select(variable="B")[0]["error"] == ""


def test_terms_of_the_data_become_a_few_numbered_placeholders():
    labels = [
        ("Any event", 0),
        ("Skin disorders", 0),
        ("Rash", 1),
        ("Nausea", 1),
        ("Fall", 1),
        ("Cough", 1),
        ("Died", 0),
    ]
    rows = tuple(Row(("12 (7.4)",), label, indent=depth) for label, depth in labels)
    made = shell(Display(columns=(Column(), Column()), rows=rows).content(), WORDS)["rows"]
    assert [row["label"] for row in made] == [
        "Any event",
        "<Body System 1>",
        "<Preferred Term 1>",
        "<Preferred Term 2>",
        "<Preferred Term 3>",
        "Died",
    ]
    assert {cell for row in made for cell in row["cells"]} == {"xx (xx.x)"}


def test_what_stands_below_a_term_that_is_left_out_is_left_out_too():
    labels = [("Rash", 0), ("Nausea", 0), ("Fall", 0), ("Cough", 0), ("Grade 3", 1), ("Total", 0)]
    rows = tuple(Row(("1",), label, indent=depth) for label, depth in labels)
    made = shell(Display(rows=rows).content(), WORDS)["rows"]
    assert [row["label"] for row in made][3:] == ["Total"]


def test_a_listing_has_three_records_without_a_value():
    rows = tuple(Row((f"001-{n:04d}", "Diarrhoea", "01JAN2024 (3)")) for n in range(9))
    made = shell(Display(rows=rows).content(), WORDS)["rows"]
    assert len(made) == 3
    assert made[0]["cells"] == ["xxx-xxxx", "Xxxxxxxxx", "xxXXXxxxx (x)"]


def test_figures_have_axes_and_no_data():
    curve = Curve("A", (0.0, 2.0), (1.0, 0.5), (3.0,), (0.5,), (9, 4))
    plot = shell(
        Display(figure=KaplanMeier((curve,), (0, 6), "Months", "Probability", ("n = 9",)), alt="9").content(), {}
    )
    made = plot["figure"]
    assert (made["curves"][0]["times"], made["curves"][0]["at_risk"]) == ([], ["xx", "xx"])
    assert (tuple(made["grid"]), made["x_label"], made["inset"]) == ((0, 6), "Months", ["n = xx"])
    assert not re.search(r"\d", plot["alt"])

    rows = (ForestRow("101", ("0.8",), 0.8, 0.5, 1.3), ForestRow("All", ("0.9",), 0.9, 0.7, 1.1))
    forest = shell(Display(figure=Forest(("Site", "HR"), rows, (0.5, 1.0), (), "HR")).content(), WORDS)["figure"]
    assert [(r["label"], r["cells"], r["estimate"], r["upper"]) for r in forest["rows"]] == [
        ("<Site 1>", ["xx.x"], None, None),
        ("All", ["xx.x"], None, None),
    ]

    axis = category_axis("", ["Nausea", "Fall", "Cough", "Rash", "Any"])
    layer = Layer("points", (1.0,), (2.0,), labels=("9",), name="Arm A")
    panel = Panel(linear_axis("%", [0, 10]), axis, (layer,), table=(("A", 0, ("12", "3")),), inset=("p = 0.03",))
    (drawn,) = shell(Display(figure=Plot((panel,))).content(), WORDS)["figure"]["panels"]
    assert [text for _, text in drawn["y"]["ticks"]] == [
        "<Preferred Term 1>", "<Preferred Term 2>", "<Preferred Term 3>", "", "Any",
    ]  # fmt: skip
    assert (drawn["layers"][0]["x"], drawn["layers"][0]["name"]) == ([], "Arm A")
    assert (drawn["table"], drawn["inset"]) == ([["A", 0, ["xx", "xx"]]], ["p = xx.xx"])
