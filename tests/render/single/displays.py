"""Displays for the tests of single files, and what must be seen of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from csrbook.displays.model import Cell, Column, Display, Row
from csrbook.render.single.sheet import Sheet, read_sheet
from csrbook.render.words import WORDS
from tests.render import samples

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    r"{\rtf1 \b bold} \par \cell \row \u65?",
    "<script>alert(1)</script> & </td></tr> &amp; &#65;",
    "<![CDATA[ ]]> --> <!-- <?php ?> <w:t>",
    r"C:\new\table\' \\ ends with a backslash \ ",
    "bell \x07, escape \x1b, vertical \x0b and nothing \x00, delete \x7f, last \uffff",
    "tab\tbetween",
    "שלום (مرحبا) \u202eoverride",
    "emoji 😀 and 𠀀, accents é ü ñ, ≥3 – µg/l",
    "腹泻 (diarrhoea) 手足综合征，3级",
    "\"double\" and 'single' `back` %s {x} ${y}",
)
INVISIBLE = dict.fromkeys(map(ord, "\x00\x07\x0b\x1b\x7f\uffff")) | {ord("\t"): " "}


def seen(text: str) -> str:
    """What a reader sees of a text."""
    return text.translate(INVISIBLE)


def hostile() -> dict[str, Any]:
    """A table all of whose texts are what data must not do to a file."""
    display = Display(
        columns=(Column(2), Column(1, "decimal"), Column(1)),
        header=((Cell(HOSTILE[0], align="left"), Cell("N"), Cell(HOSTILE[1])),),
        rows=(
            Row(label=HOSTILE[2], kind="group"),
            *(Row((text, text), text, indent=1) for text in HOSTILE),
            Row(("1", "2"), HOSTILE[0], "section"),
        ),
        footnotes=HOSTILE,
    )
    return samples.content("T14.3.1.2", display, HOSTILE[1], HOSTILE[0], HOSTILE[2], program=HOSTILE[3])


def hostile_figure() -> dict[str, Any]:
    """A figure whose description is such a text."""
    return {**samples.content("F14.2.1.4", samples.kaplan_meier(), HOSTILE[0]), "alt": " ".join(HOSTILE)}


def spanned() -> dict[str, Any]:
    """Headers over columns and rows, labels at three levels, numbers to line up, no second page."""
    return samples.content(
        "T14.1.3.1",
        Display(
            columns=(Column(3), Column(1, "decimal"), Column(1, "decimal"), Column(1)),
            header=(
                (Cell("Characteristic\n  Statistic", rowspan=2, align="left"), Cell("Arm", colspan=2, rule=True),
                 Cell("Remark", rowspan=2)),
                (Cell("A\n(N=163)"), Cell("B\n(N=9)")),
            ),
            rows=(
                Row(("107 (65.6)", "9 (100.0)", "x"), "Patients"),
                Row(label="Age", kind="group"),
                Row(("7 (4.3)", "NE", ""), "Young", indent=1),
                Row(("12.9 (10.9, 16.5)", "<0.001", ""), "Mean", indent=2),
                Row(kind="blank"),
                Row(("1", "2"), "Uncoded", "section"),
            ),
        ),
    )  # fmt: skip


def pages_long(rows: int = 120) -> dict[str, Any]:
    """A table of several pages whose labels run on."""
    return samples.content(
        "T14.3.1.6",
        Display(
            columns=(Column(3), Column(1, "decimal")),
            header=((Cell("Class\n  Term", align="left"), Cell("n (%)")),),
            rows=(
                Row(("120 (99.9)",), "Class one", "section"),
                *(Row((f"{i} ({i / 7:.1f})",), f"Term {i}", indent=1) for i in range(rows)),
            ),
        ),
        "Events by Class",
    )


ALL = (hostile, spanned, pages_long)


def sheet_of(display: dict[str, Any], folder: Path, **words: str) -> Sheet:
    """The sheet of a display, read from a project that holds nothing else."""
    results = folder / "results"
    results.mkdir(parents=True, exist_ok=True)
    (results / f"{display['id']}.json").write_text(json.dumps(display, ensure_ascii=False), encoding="utf-8")
    (results / "words.json").write_text(json.dumps({**WORDS, **words}), encoding="utf-8")
    return read_sheet(folder, display["id"])


def header_texts(display: dict[str, Any]) -> list[str]:
    """Texts of the header, as they are read."""
    return [seen(cell["text"]) for line in display["header"] for cell in line if cell["text"]]


def body_texts(display: dict[str, Any]) -> list[list[str]]:
    """Texts of each row, as they are read; blank cells at the end of a row do not count."""
    rows = []
    for row in display["rows"]:
        texts = list(row["cells"]) if display["kind"] == "listing" else [row["label"], *row["cells"]]
        rows.append(trimmed([seen(text) for text in texts]))
    return rows


def trimmed(texts: list[str]) -> list[str]:
    while texts and not texts[-1]:
        texts.pop()
    return texts
