"""What the formats share: widths, numbers lined up, the grid of a table, rows to pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from csrbook.errors import RenderError
from csrbook.render.single.decimal import DecimalColumn, Place
from csrbook.render.single.grid import BodyRow, Grid
from csrbook.render.single.pagination import paginate
from csrbook.render.single.sheet import read_sheet
from csrbook.render.single.times import line_count, width
from tests.render.single import displays
from tests.render.single.displays import sheet_of

if TYPE_CHECKING:
    from pathlib import Path

WORDS = {"page": "{x} / {y}", "continued": "(continued)"}


def row(label: str, kind: str = "row", indent: int = 0, *, keep: bool = False) -> BodyRow:
    return BodyRow(kind, [label, "1"], indent, keep)  # type: ignore[arg-type]


def pages(rows: list[BodyRow], room: int) -> list[list[str]]:
    """Labels of each page where every row is 1 high; those that come again in parentheses."""
    return [
        [f"({r.texts[0]})" if r.continued else r.texts[0] for r in page] for page in paginate(rows, lambda _: 1, room)
    ]


def test_widths_are_those_of_times():
    # Adobe's metrics of Times-Roman: H 722, a 444, m 778, l 278, e 444, t 278, digits 500, full stop and blank 250.
    assert width("Hamlet") == 722 + 444 + 778 + 278 + 444 + 278
    assert width("12.3 4") == 4 * 500 + 2 * 250
    assert width("腹泻") == 2000


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("", 1000, 1),
        ("one two", 10_000, 1),
        ("one two", 1500, 2),
        ("one\ntwo", 10_000, 2),
        ("mmmmmmmmmm", 2500, 4),
        ("腹泻腹泻腹", 2100, 3),
        ("well-known", 2800, 2),
    ],
)
def test_lines_that_a_text_takes(text, room, lines):
    assert line_count(text, room) == lines


def test_counts_are_lined_up_at_the_last_digit_and_in_the_parenthesis():
    column = DecimalColumn(["107 (65.6)", "7 (4.3)", "0", "NE", "12.9 (10.9, 16.5)"])
    assert column.place("107 (65.6)") == Place(0)
    assert column.place("7 (4.3)") == Place(1000, cut=3, gap=500)
    assert column.place("0") == Place(1000)
    assert column.place("12.9 (10.9, 16.5)") == Place(500)
    assert column.place("NE") is None
    # The widest: 107 to the left, `.9 (10.9, 16.5)` to the right of its last digit.
    assert column.width == 1500 + width(".9 (10.9, 16.5)")


def test_a_column_without_numbers_has_no_block():
    column = DecimalColumn(["", "NE", "not\n1"])
    assert column.width == 0
    assert column.place("not\n1") is None


def test_a_header_cell_over_two_rows_goes_on_in_the_second(tmp_path: Path):
    grid = Grid(sheet_of(displays.spanned(), tmp_path))
    first, second = grid.header
    assert [(c.text.split("\n")[0], c.column, c.colspan, c.merged) for c in first] == [
        ("Characteristic", 0, 1, False),
        ("Arm", 1, 2, False),
        ("Remark", 3, 1, False),
    ]
    assert [(c.text.split("\n")[0], c.column, c.merged) for c in second] == [
        ("Characteristic", 0, True),
        ("A", 1, False),
        ("B", 2, False),
        ("Remark", 3, True),
    ]


def test_rows_have_a_text_for_each_column_or_one_for_all(tmp_path: Path):
    grid = Grid(sheet_of(displays.spanned(), tmp_path))
    shapes = [(r.kind, len(r.texts), r.spans, r.keep) for r in grid.rows()]
    assert shapes == [
        ("row", 4, False, False),
        ("group", 1, True, True),
        ("row", 4, False, True),
        ("row", 4, False, False),
        ("blank", 1, True, False),
        ("section", 4, False, False),
    ]
    assert grid.edges(600) == [300, 400, 500, 600]


def test_no_row_is_lost_and_pages_are_full():
    rows = [row(str(i)) for i in range(10)]
    assert pages(rows, 4) == [["0", "1", "2", "3"], ["4", "5", "6", "7"], ["8", "9"]]


def test_a_row_higher_than_a_page_has_a_page():
    assert [len(page) for page in paginate([row("a"), row("b")], lambda _: 9, 4)] == [1, 1]


def test_a_label_does_not_stand_alone_at_the_foot_of_a_page():
    rows = [row("a"), row("b"), row("label", "group", keep=True), row("c", indent=1), row("d", indent=1)]
    assert pages(rows, 3) == [["a", "b"], ["label", "c", "d"]]


def test_a_short_block_stays_whole():
    rows = [row("a"), row("b"), row("c"), row("label", "group", keep=True), row("d", indent=1, keep=True)]
    assert pages([*rows, row("e", indent=1)], 6) == [["a", "b", "c", "label", "d", "e"]]
    assert pages([*rows, row("e", indent=1), row("f", indent=1)], 6)[1] == ["(label)", "f"]
    assert pages([row("z"), *rows, row("e", indent=1)], 6) == [["z", "a", "b", "c"], ["label", "d", "e"]]


def test_labels_come_again_as_far_as_they_hold():
    rows = [
        row("section", "section", keep=True),
        row("group", "group", 1, keep=True),
        *(row(f"r{i}", indent=2) for i in range(5)),
        row("next", "section", keep=True),
        row("s0", indent=1),
        row("end"),
    ]
    assert pages(rows, 4) == [
        ["section", "group", "r0", "r1"],
        ["(section)", "(group)", "r2", "r3"],
        ["(section)", "(group)", "r4"],
        ["next", "s0", "end"],
    ]


def test_a_label_that_comes_again_has_no_numbers():
    first, second = paginate([row("s", "section"), row("a", indent=1), row("b", indent=1)], lambda _: 1, 2)
    assert [r.texts for r in first] == [["s", "1"], ["a", "1"]]
    assert [r.texts for r in second] == [["s", ""], ["b", "1"]]


def test_an_output_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(RenderError, match="no display") as error:
        read_sheet(tmp_path, "T14.9.9.9")
    assert error.value.where == "T14.9.9.9"


def test_ends_of_lines_are_one_and_what_cannot_be_seen_is_gone(tmp_path: Path):
    display = {**displays.spanned(), "title": "a\r\nb\rc\u2028d\te\x01\x9f\ufffef \\u0041"}
    assert sheet_of(display, tmp_path)["title"] == "a\nb\nc\nd ef \\u0041"
