"""What a page shows can be printed and read: A4, margins, nothing blank, cut off or covered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from unicodedata import combining

from csrbook.conformance.geometry import Box, millimetres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csrbook.conformance.content import PageContent, Run
    from csrbook.conformance.document import Document
    from csrbook.conformance.finding import Finding

__all__ = ["check_page", "printed"]

A4: Final = (595.276, 841.89)
LETTER: Final = (8.5 * 72, 11 * 72)
TOLERANCE: Final = 1.0
BINDING: Final = 0.75 * 72
"""Three quarters of an inch at the side where sheets are bound: the left of a tall page, the top of a wide one."""

EDGE: Final = 0.375 * 72
"""Three eighths of an inch elsewhere, header and footer included."""

SLACK: Final = 0.5
COVERED: Final = (1.2, 0.3)
"""How far two texts may share a place: points in width, parts of the smaller size in height."""


def check_page(document: Document, number: int, page: PageContent) -> Iterator[Finding]:
    """Rules on a page."""
    yield from _paper(document, number, page)
    yield from _visible(document, number, page)
    yield from _margins(document, number, page)
    yield from _bare(document, number, page)
    if not any(run.text.strip() and not run.artifact for run in page.runs):
        yield document.finding("layout.blank", number, "holds nothing but header and footer")
    for one, other in _covered([run for run in page.runs if _covers(document, number, run)]):
        yield document.finding("layout.overlap", number, f"'{one.text.strip()}' and '{other.text.strip()}' overlap")


def printed(page: PageContent, run: Run) -> bool:
    """Whether a text lies on the paper and is not cut off."""
    inside = run.box.within(page.box, SLACK) and (run.clip is None or run.box.within(run.clip, SLACK))
    return inside and not run.invisible


def _paper(document: Document, number: int, page: PageContent) -> Iterator[Finding]:
    sides = sorted((page.box.x1 - page.box.x0, page.box.y1 - page.box.y0))
    if any(abs(side - norm) > TOLERANCE for side, norm in zip(sides, A4, strict=True)):
        shown = " x ".join(f"{millimetres(side):.0f}" for side in sides)
        yield document.finding("layout.paper", number, f"is {shown} mm instead of A4")
    if int(document.pdf.pages[number].obj.get("/Rotate", 0)) % 360:
        yield document.finding("layout.paper", number, "is turned by the reader")


def _visible(document: Document, number: int, page: PageContent) -> Iterator[Finding]:
    hidden = [run.text.strip() for run in page.runs if run.text.strip() and not printed(page, run)]
    if hidden:
        yield document.finding("layout.clipped", number, f"{len(hidden)} texts cannot be seen whole: '{hidden[0]}'")


def _bare(document: Document, number: int, page: PageContent) -> Iterator[Finding]:
    """No text lies under a drawing through which nothing can be seen."""
    for mark in page.marks:
        hidden = [run for run in page.runs[: mark.before] if run.box.within(mark.box)] if mark.solid else []
        if hidden:
            yield document.finding("layout.covered", number, f"'{hidden[0].text.strip()}' is under a {mark.kind}")


def _margins(document: Document, number: int, page: PageContent) -> Iterator[Finding]:
    wide = page.box.x1 - page.box.x0 > page.box.y1 - page.box.y0
    left, top = (EDGE, BINDING) if wide else (BINDING, EDGE)
    room = Box(page.box.x0 + left, page.box.y0 + EDGE, page.box.x1 - EDGE, page.box.y1 - top)
    painted = [(run.box, f"'{run.text.strip()}'") for run in page.runs if run.text.strip()]
    painted += [(mark.box, f"a {mark.kind}") for mark in page.marks]
    outside = [(box, what) for box, what in painted if not box.within(room, SLACK)]
    if outside:
        box, what = outside[0]
        far = {
            "left": room.x0 - box.x0,
            "right": box.x1 - room.x1,
            "top": box.y1 - room.y1,
            "bottom": room.y0 - box.y0,
        }
        side = max(far, key=lambda name: far[name])
        more = f" and {len(outside) - 1} more" if len(outside) > 1 else ""
        reach = f"reaches {millimetres(far[side]):.1f} mm into the {side} margin"
        yield document.finding("layout.margin", number, f"{what}{more} {reach}")
    if painted:
        width = max(box.x1 for box, _ in painted) - min(box.x0 for box, _ in painted)
        height = max(box.y1 for box, _ in painted) - min(box.y0 for box, _ in painted)
        letter = LETTER[::-1] if wide else LETTER
        if width > letter[0] - left - EDGE + SLACK or height > letter[1] - top - EDGE + SLACK:
            shown = f"{millimetres(width):.0f} x {millimetres(height):.0f} mm"
            yield document.finding(
                "layout.letter", number, f"{shown} of content do not fit on US letter with its margins"
            )


def _covers(document: Document, number: int, run: Run) -> bool:
    """Whether a text hides what is under it: an accent stands on its letter, a root over its number."""
    if run.invisible or all(c.isspace() or combining(c) for c in run.text):
        return False
    element = document.owner(number, run.tag)
    return element is None or element.within("Formula") is None


def _covered(runs: list[Run]) -> Iterator[tuple[Run, Run]]:
    """Texts that share a place, each with the first that it meets."""
    near: list[Run] = []
    wide, high = COVERED
    for run in sorted(runs, key=lambda run: run.box.y0):
        x0, y0, x1, y1 = run.box
        near = [other for other in near if other.box.y1 > y0]
        for other in near:
            if other.box.x1 - x0 > wide and x1 - other.box.x0 > wide:
                both = min(x1, other.box.x1) - max(x0, other.box.x0), min(y1, other.box.y1) - y0
                if both[0] > wide and both[1] > high * min(run.size, other.size):
                    yield other, run
                    break
        near.append(run)
