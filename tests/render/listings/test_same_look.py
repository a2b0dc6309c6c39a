"""A listing written directly looks like the one that Typst makes: every character and rule at the same place."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pdfplumber
import pytest

from csrbook.render import create_project, render_documents
from csrbook.render.large_listing import write_large_listing
from tests.render import samples
from tests.render.conftest import EDITION, TIMESTAMP
from tests.render.conftest import write as write_document

if TYPE_CHECKING:
    from pathlib import Path

NEAR = 0.3
"""Points; rules have ends of up to half a point."""

FOOT = (600, 40)

TEXTS = (
    "Palmar-plantar erythrodysaesthesia syndrome, grade 3/4 (see note)",
    "loperamide 2 mg every 4 h; dose not changed – 12.5 % (AV, To: WA)",
    "hydroxychloroquine-sulfate/azithromycin/paracetamol",
    "10–20 µg/L, ≥3×ULN … ±0.5",
    "",
    "No.",
)
CHINESE_TEXTS = (
    "腹泻（水样便），3级；予口服洛哌丁胺治疗。",
    "手足综合征、口腔溃疡：门诊随访（第3次），未见异常。",
    "血钾3.1 mmol/L，予氯化钾治疗、复查《方案》（V2.0）。",
    "ALT升高 diarrhoea 2021-05-03 症状缓解！",
)


class Page(NamedTuple):
    characters: dict[str, list[tuple[float, float]]]
    rules: list[tuple[float, float, float]]


def pages(file: Path) -> list[Page]:
    """Origins of the characters and places of the rules of each page."""
    found = []
    with pdfplumber.open(file) as pdf:
        for page in pdf.pages:
            characters = defaultdict(list)
            for char in page.chars:
                x, y = (float(place) for place in char["matrix"][4:6])
                # The number of the page at the foot is another in another document.
                if char["text"].strip() and (y > FOOT[1] or x < FOOT[0]):
                    characters[char["text"]].append((x, y))
            shapes = [*page.lines, *page.rects]
            rules = [(float(s["x0"]), float(s["x1"]), float(s["top"] + s["bottom"]) / 2) for s in shapes]
            found.append(Page(characters, sorted(rules, key=lambda rule: (round(rule[2], 1), round(rule[0])))))
    return found


def made_by_both(study: Path, folder: Path, display: dict[str, Any]) -> tuple[list[Page], list[Page]]:
    """Pages by Typst and pages written directly; text before the listing keeps headings out of its band."""
    body = f'# A chapter\n\n## A section\n\nText.\n\n::: {{.tlf src="{display["id"]}"}}\n:::\n'
    write_document(study, body, head='title: "Listings"\nlandscape: true\ntoc: false')
    edition = replace(EDITION, language=display["language"])
    project = create_project(folder, study, edition=edition, displays=[display], timestamp=TIMESTAMP)
    rendered = render_documents(project, ["report/doc.qmd"], engine="embedded", timestamp=TIMESTAMP)
    direct = folder / "direct.pdf"
    extent = write_large_listing(display, direct, fonts=project.fonts, timestamp=TIMESTAMP)
    return pages(rendered.files[0])[-extent.pages :], pages(direct)


def assert_same(typst: list[Page], direct: list[Page]) -> None:
    assert len(typst) == len(direct)
    for number, (one, other) in enumerate(zip(typst, direct, strict=True)):
        counts = {text: len(places) for text, places in one.characters.items()}
        assert {text: len(places) for text, places in other.characters.items()} == counts, number
        for text, places in other.characters.items():
            left = list(one.characters[text])
            for x, y in places:
                near = min(left, key=lambda place: abs(place[0] - x) + abs(place[1] - y))
                assert max(abs(near[0] - x), abs(near[1] - y)) < NEAR, (number, text, near, (x, y))
                left.remove(near)
        assert len(one.rules) == len(other.rules), number
        for rule, same in zip(one.rules, other.rules, strict=True):
            assert rule == pytest.approx(same, abs=0.6), number


def spanned(display: dict[str, Any], texts: tuple[str, ...]) -> dict[str, Any]:
    """The listing with column headers in two rows, columns of every alignment, and other texts."""

    def cell(text: str, colspan: int = 1, rowspan: int = 1, align: str = "center") -> dict[str, Any]:
        return {"text": text, "colspan": colspan, "rowspan": rowspan, "align": align, "rule": colspan > 1}

    header = [
        [cell("Subject", 1, 2, "left"), cell("Three of the columns", 3), cell("Gr.", 1, 2, "right"), cell("Two", 2)],
        [
            cell("a", align="left"),
            cell("b\n  indented"),
            cell("A header that wraps in its column"),
            cell("c"),
            cell("d"),
        ],
    ]
    aligned = ("left", "left", "center", "right", "decimal", "left", "left")
    columns = [{"width": w, "align": a} for w, a in zip((1.2, 2, 2.1, 2, 1, 2.2, 1.6), aligned, strict=True)]
    rows = []
    for i in range(60):
        cells = [f"S{i // 3:03d}", *(texts[(i * 7 + j * 3) % len(texts)] for j in range(6))]
        rows.append({"cells": cells, "label": "", "kind": "row", "indent": 0})
    title = (
        "A title that is so long that it does not fit into one line of bold type over the whole width of a page, " * 2
    )
    return {**display, "columns": columns, "header": header, "rows": rows, "title": title.strip()}


def test_first_middle_and_last_pages(study: Path, tmp_path: Path, display: dict[str, Any]) -> None:
    typst, direct = made_by_both(study, tmp_path / "project", display)
    assert len(direct) > 5
    assert_same(typst, direct)


def test_spanners_alignments_and_long_words(study: Path, tmp_path: Path, display: dict[str, Any]) -> None:
    assert_same(*made_by_both(study, tmp_path / "project", spanned(display, TEXTS)))


@pytest.mark.skipif(not samples.chinese_font(), reason="this machine has no Chinese font")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_latin_and_chinese(study: Path, tmp_path: Path, display: dict[str, Any], language: str) -> None:
    mixed = spanned({**display, "language": language, "section": "16.2.7 不良事件"}, (*CHINESE_TEXTS, *TEXTS))
    mixed["title"] = "按受试者列出的不良事件"
    assert_same(*made_by_both(study, tmp_path / "project", mixed))


def test_no_rows(study: Path, tmp_path: Path, display: dict[str, Any]) -> None:
    assert_same(*made_by_both(study, tmp_path / "project", {**display, "rows": []}))
