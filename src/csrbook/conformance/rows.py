"""Every row of a table or listing stands on its pages: rows of the results, rows that are tagged, rows that show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pikepdf import Dictionary

from csrbook.conformance.layout import printed
from csrbook.conformance.navigation import named_destinations
from csrbook.conformance.structure import Content
from csrbook.conformance.tables import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from csrbook.conformance.content import PageContent
    from csrbook.conformance.document import Document
    from csrbook.conformance.finding import Finding
    from csrbook.conformance.structure import Element

__all__ = ["RowCheck", "read_displays"]


def read_displays(folder: Path) -> dict[str, dict[str, Any]]:
    """Displays with rows of a folder of results, by their anchor."""
    displays = {}
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        if isinstance(content, dict) and "anchor" in content and content.get("columns") and "rows" in content:
            displays[content["anchor"]] = content
    return displays


class RowCheck:
    """Compares rows, once it has read all pages.

    Parameters
    ----------
    document : Document
        A file that shows outputs, each at the destination that its anchor names.
    displays : mapping
        Displays by anchor. Of those in another language than the file, rows are counted, and what is tagged must show.
    """

    def __init__(self, document: Document, displays: Mapping[str, Mapping[str, Any]]) -> None:
        self.compared: set[str] = set()
        """Anchors of the outputs that were found."""
        self._document = document
        self._language = str(document.root.get("/Lang", ""))[:2]
        self._displays = displays
        tables = document.structure.of("Table") if displays else []
        self._tables = {next(table.contents(), None): table for table in tables}
        self._wanted = {content for table in tables for content in table.contents()}
        self._tops: dict[Content, float] = {}
        self._tagged: dict[Content, str] = {}
        self._seen: dict[Content, str] = {}

    def read(self, number: int, page: PageContent) -> None:
        """Take what tables of a page say, and what of it shows."""
        for run in page.runs:
            key = Content(number, run.tag.mcid) if run.tag is not None and run.tag.mcid is not None else None
            if key is None or key not in self._wanted:
                continue
            self._tops.setdefault(key, run.box.y1)
            self._tagged[key] = self._tagged.get(key, "") + run.text
            if printed(page, run):
                self._seen[key] = self._seen.get(key, "") + run.text

    def findings(self) -> Iterator[Finding]:
        """Outputs whose rows are not those of the results."""
        for anchor, table in self._placed().items():
            if anchor in self._displays:
                self.compared.add(anchor)
                yield from self._compare(self._displays[anchor], table)

    def _compare(self, display: Mapping[str, Any], table: Element) -> Iterator[Finding]:
        # The first rows are the display's header; a table's foot only closes it. (A first label is in the head, too.)
        body = [row for row in rows_of(table)[len(display["header"]) :] if row.parent and row.parent.kind != "TFoot"]
        tagged, seen = (
            [_squeezed("".join(known.get(content, "") for content in row.contents())) for row in body]
            for known in (self._tagged, self._seen)
        )
        expected = [_squeezed(row["label"] + "".join(row["cells"])) for row in display["rows"]]
        if not expected:
            # A sentence says so, in a row of its own.
            expected = tagged[:1]
        if display["language"] != self._language and len(tagged) == len(expected):
            expected = tagged
        page = next((content.page for content in table.contents()), "")
        for name, found in (("tagged", tagged), ("seen", seen)):
            if found != expected:
                what = f"{display['id']} has {len(display['rows'])} rows, {len(found)} are {name}"
                yield self._document.finding(f"rows.{name}", page, what + _first_difference(expected, found))

    def _placed(self) -> dict[str, Element]:
        """The first table after each anchor."""
        anchors: list[tuple[int, float, str]] = []
        for name, goal in named_destinations(self._document.pdf).items():
            place = list(goal.D if isinstance(goal, Dictionary) else goal)
            number = self._document.page_numbers.get(place[0].objgen) if len(place) > 3 else None
            if number is not None:
                anchors.append((number, -float(place[3] or 0), name))
        anchors.sort()
        found: dict[str, Element] = {}
        for first, table in self._tables.items():
            if first is not None:
                top = -self._tops.get(first, 0.0)
                before = [name for number, above, name in anchors if (number, above) <= (first.page, top)]
                found.setdefault(before[-1] if before else "", table)
        return found


def _first_difference(expected: list[str], found: list[str]) -> str:
    for number, (one, other) in enumerate(zip(expected, found, strict=False), start=1):
        if one != other:
            return f"; row {number} is '{one[:60]}', on the page '{other[:60]}'"
    return ""


def _squeezed(text: str) -> str:
    return "".join(text.split())
