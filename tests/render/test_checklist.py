"""The CONSORT checklist of the appendix: no item is left out, and each says where it is answered."""

from __future__ import annotations

import re

import pytest

from csrbook.plan import load_plan
from tests.render.conftest import ROOT

# CONSORT 2025 (PLOS Medicine 2025; 22: e1004587), table 1.
ITEMS = """
1a 1b 2 3 4 5a 5b 6 7 8 9 10 11 12a 12b 13 14 15 16a 16b 17a 17b 18 19 20a 20b 21a 21b 21c 21d 22a 22b 23a 23b 24a 24b
25 26 27 28 29 30
"""
# Extension to non-inferiority trials (JAMA 2012; 308: 2594-604) where it adds to CONSORT 2010, and item 16 of its text.
EXTENSION = "1a 1b 2a 2b 4a 5 6a 7a 7b 12a 16 17a 22"


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, str]]:
    """Number of each item and where it is answered, in the order of the checklist."""
    text = (ROOT / "report" / "_consort-checklist.qmd").read_text(encoding="utf-8")
    text = re.sub(r"\n {4}", " ", text)
    return re.findall(r"^(\d+[a-e]?)\n:   .+\n:   .+\n:   (.+)$", text, re.MULTILINE)


def test_every_item_has_a_row(rows: list[tuple[str, str]]) -> None:
    assert [number for number, _ in rows] == [*ITEMS.split(), *EXTENSION.split()]


def test_every_item_is_answered_here_or_named_elsewhere(rows: list[tuple[str, str]]) -> None:
    for number, where in rows:
        assert re.search(r"\]\(#|\]\(sap\.pdf|CSR|publication|protocol", where), (number, where)


def test_every_place_exists(rows: list[tuple[str, str]]) -> None:
    answers = " ".join(where for _, where in rows)
    prose = (ROOT / "sap" / "sap.qmd").read_text(encoding="utf-8")
    sections = {f"s-{number.replace('.', '-')}" for number in re.findall(r"^#+ (\d[\d.]*) ", prose, re.MULTILINE)}
    assert set(re.findall(r"\(sap\.pdf#([\w-]+)\)", answers)) <= sections
    for number, anchor in re.findall(r"\[SAP ([\d.]+)\]\(sap\.pdf#s-([\d-]+)\)", answers):
        assert number.replace(".", "-") == anchor
    outputs = {output.anchor: output.number for output in load_plan(ROOT).catalogue.outputs}
    named = re.findall(r"\[((?:Table|Figure|Listing|Document)\\ [\d.]+)\]\(#([\w-]+)\)", answers)
    assert len(named) > 40
    for text, anchor in named:
        assert outputs[anchor] == text.replace("\\", "")
