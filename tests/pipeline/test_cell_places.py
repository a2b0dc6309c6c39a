"""Numbers stand where the page says: under the head of their arm, and in the order that a cell is read in.

Double programming compares the numbers of the ARD; these tests hold the way from the ARD to the cells of the tables.
"""

from __future__ import annotations

import pytest

from csrbook.pipeline.cells import column_heads, numbers_of_cells
from csrbook.pipeline.study import find_study
from tests.displays.small_efficacy import Frames

from .studies import ROOT, own_modules

IN_ORDER = (("n", "p"), ("mean", "sd"), ("q1", "q3"), ("min", "max"), ("lower", "upper"), ("z", "p"), ("events", "n"))
ESTIMATES = ("hr", "rd", "difference", "estimate", "ratio", "rate", "odds_ratio", "kappa")


@pytest.fixture(scope="module")
def tables():
    """Of each table its plan row, the heads of its columns, and the numbers in its cells."""
    with own_modules():
        study = find_study(ROOT)
        data = Frames(**study.package("simulation.database").simulate_study(ROOT, study.plan, 40, None).frames)
        found = {}
        for output in study.plan.catalogue.outputs:
            if output.kind == "table":
                program = study.program(output)
                heads = column_heads(program.display(program.analyse(data, output, study.plan), output, study.plan))
                found[output.id] = heads, numbers_of_cells(program, data, output, study.plan, study.root).cells
        yield study.plan, found


def numbers_by_head(found):
    for output, (heads, cells) in found.items():
        for row in cells:
            for head, cell in zip(heads[1:], row, strict=False):
                yield output, head, [number.keys for number in cell]


def test_under_the_head_of_an_arm_stand_its_numbers_only(tables):
    plan, found = tables
    by_treatment = {"TRT01P", "TRT01A"}
    counted = {"arm": 0, "total": 0, "pair": 0}
    for output, head, cell in numbers_by_head(found):
        # A head of one arm may stand below one that names both.
        words = head.replace(" ", "")
        named = {arm: words.count(arm.short) + words.count(arm.label.replace(" ", "")) for arm in plan.study.arms}
        arms = [arm for arm, times in named.items() if times and times == max(named.values())]
        for keys in (keys for keys in cell if keys["group1"] in by_treatment):
            if len(arms) == 1:
                # What a comparison with control says of control stands under its test arm in the ARD.
                mine = str(keys["stat_name"]).removeprefix("added_") == arms[0].role
                assert keys["group1_level"] == arms[0].id or mine, (output, head, keys)
                counted["arm"] += 1
            elif len(arms) == 2:
                assert keys["group1_level"] in [arm.id for arm in plan.study.test_arms], (output, head, keys)
                counted["pair"] += 1
            elif "Total" in head:
                assert keys["group1_level"] == "TOTAL", (output, head, keys)
                counted["total"] += 1
    assert min(counted.values()) > 1_000
    assert sum(counted.values()) > 12_000


def test_a_cell_is_read_in_the_order_of_its_statistics(tables):
    _, found = tables
    seen = 0
    for output, head, cell in numbers_by_head(found):
        names = [str(keys["stat_name"]) for keys in cell]
        for first, second in (*IN_ORDER, *((name, "lower") for name in ESTIMATES)):
            if names.count(first) == names.count(second) == 1:
                assert names.index(first) < names.index(second), (output, head, names)
                seen += 1
    assert seen > 4_000
