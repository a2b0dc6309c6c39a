"""The display: what stands on a page, as strings and layout, and its JSON.

Typst, the Lua filter (HTML, DOCX) and the RTF writer read this JSON and nothing else. No markup is built here: a
string is printed as it stands, whatever characters it holds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from csrbook.displays.plot import Plot
    from csrbook.plan.models import Output, Plan

__all__ = [
    "DRY_RUN",
    "POST_HOC",
    "SCHEMA",
    "SIMULATED",
    "Box",
    "Cell",
    "Column",
    "Curve",
    "Display",
    "Edge",
    "Flow",
    "Forest",
    "ForestRow",
    "Identity",
    "KaplanMeier",
    "Row",
    "identified",
    "identity",
    "page_status",
]

SCHEMA: Final = "csrbook-display/1"

Align = Literal["left", "right", "center", "decimal"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: relative width and the alignment of its cells.

    ``decimal`` lines numbers up at the point, with a parenthesis such as ``(12.3)`` lined up too.
    """

    width: float = 1.0
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the header; ``rule`` draws a line under a spanner. A newline in ``text`` breaks the line."""

    text: str
    colspan: int = 1
    rowspan: int = 1
    align: Literal["left", "right", "center"] = "center"
    rule: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table or listing.

    ``row`` has a label and a cell for each further column; ``group`` is a bold label over the rows that follow;
    ``section`` is the same with cells and is repeated as "(continued)" on the next page; ``blank`` is an empty line.
    In a listing there is no label: all columns are ``cells``.
    """

    cells: tuple[str, ...] = ()
    label: str = ""
    kind: Literal["row", "group", "section", "blank"] = "row"
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Curve:
    """A step function: times and values after each step, ticks for censoring, numbers at risk on the grid."""

    name: str
    times: tuple[float, ...]
    values: tuple[float, ...]
    censored_times: tuple[float, ...]
    censored_values: tuple[float, ...]
    at_risk: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """A Kaplan-Meier plot with numbers at risk below it; ``inset`` holds lines printed in the plot."""

    curves: tuple[Curve, ...]
    grid: tuple[int, ...]
    x_label: str
    y_label: str
    inset: tuple[str, ...] = ()
    type: Literal["kaplan-meier"] = "kaplan-meier"


@dataclass(frozen=True, slots=True)
class ForestRow:
    """A row of a forest plot; ``estimate`` is None for a heading or where it is not estimable."""

    label: str
    cells: tuple[str, ...] = ()
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    indent: int = 0
    bold: bool = False
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Forest:
    """Estimates with intervals on a log (or linear) axis, text columns left and right of the plot.

    ``columns`` names the text columns (label first); the last ``right`` of them stand right of the plot.
    ``lines`` are vertical reference lines: value and label.
    """

    columns: tuple[str, ...]
    rows: tuple[ForestRow, ...]
    ticks: tuple[float, ...]
    lines: tuple[tuple[float, str], ...]
    x_label: str
    left_label: str = ""
    right_label: str = ""
    right: int = 1
    log: bool = True
    type: Literal["forest"] = "forest"


@dataclass(frozen=True, slots=True)
class Box:
    """A box of a flow chart on a grid: ``row`` 0 is at the top, ``column`` counts from the left (halves allowed)."""

    id: str
    lines: tuple[str, ...]
    row: int
    column: float
    width: float = 1.0
    align: Literal["left", "center"] = "center"
    """Line 0 is bold when there is more than one."""


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow from one box to another; right-angled."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow chart (CONSORT); ``stages`` labels the rows at the left: row and text."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    stages: tuple[tuple[int, str], ...] = ()
    type: Literal["flow"] = "flow"


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one page from another: numbers, titles, sources. Made from the plan row and the lock."""

    id: str
    anchor: str
    kind: str
    number: str
    title: str
    population: str
    section: str
    footnotes: tuple[str, ...]
    sources: tuple[str, ...]
    program: str
    protocol: str
    sponsor: str
    status: str
    data_cutoff: str
    lock: str
    language: str
    double_programming: str = ""
    """What the second programmer found; empty where nothing was compared."""


@dataclass(frozen=True, slots=True)
class Display:
    """One table, figure or listing, ready to be laid out.

    Attributes
    ----------
    columns, header, rows
        Of a table or listing.
    group_by : int
        Listings: number of leading columns whose change draws a thin rule and whose repeated values stay printed.
    figure
        Of a figure: its data.
    alt : str
        Of a figure: what it shows, for readers who cannot see it.
    numbers : dict
        Named strings from the ARD that running text may quote (``[]{.ard output="T14.2.1.1" stat="hr"}``).
    footnotes : tuple of str
        Further footnotes, after those of the plan.
    """

    columns: tuple[Column, ...] = ()
    header: tuple[tuple[Cell, ...], ...] = ()
    rows: tuple[Row, ...] = ()
    group_by: int = 0
    figure: KaplanMeier | Forest | Flow | Plot | None = None
    alt: str = ""
    numbers: dict[str, str] = field(default_factory=dict)
    footnotes: tuple[str, ...] = ()

    def content(self) -> dict[str, Any]:
        """The display without an identity, as JSON-ready content."""
        return asdict(self)

    def to_dict(self, about: Identity) -> dict[str, Any]:
        """The display and its identity as JSON-ready content; equal input gives equal content."""
        return identified(self.content(), about)


def identified(content: Mapping[str, Any], about: Identity) -> dict[str, Any]:
    """The content of a display with its identity; the plan's footnotes stand before those of the program."""
    footnotes = [*about.footnotes, *content["footnotes"]]
    return {"schema": SCHEMA, **asdict(about), **content, "footnotes": footnotes}


SIMULATED: Final = "SIMULATED DATA"
DRY_RUN: Final = "DRY RUN – DUMMY TREATMENT CODES"
POST_HOC: Final = "POST HOC"


def page_status(plan: Plan, *, simulated: bool, dummy: bool) -> str:
    """What every page says of its data: what they are not, whatever status the plan gives; else that status."""
    return " · ".join([SIMULATED] * simulated + [DRY_RUN] * dummy) or plan.study.status


def identity(
    output: Output,
    plan: Plan,
    *,
    lock: str,
    data_cutoff: str,
    simulated: bool,
    dummy: bool = False,
    post_hoc: Sequence[str] = (),
) -> Identity:
    """The identity of an output's pages, from its plan row and the lock.

    Parameters
    ----------
    output, plan
        The row and its plan.
    lock, data_cutoff : str
        As they are printed.
    simulated, dummy : bool
        Whether the data, or their treatment codes, are none of a real trial; the pages then say so.
    post_hoc : sequence of str
        In what the output departs from the plan frozen before the codes were known. Its title and a footnote say so.
    """
    study = plan.study
    section = plan.catalogue.section(output)
    return Identity(
        id=output.id,
        anchor=output.anchor,
        kind=output.kind,
        number=output.number,
        title=f"{output.title} ({POST_HOC})" if post_hoc else output.title,
        population=", ".join(study.analysis_set(name).label for name in output.population),
        section=f"{section.number} {section.title}",
        footnotes=(*output.footnotes, *([_post_hoc_note(post_hoc)] if post_hoc else [])),
        sources=tuple(f"ADaM.{name}" for name in output.datasets),
        program=output.program or "",
        protocol=study.protocol,
        sponsor=study.sponsor,
        status=page_status(plan, simulated=simulated, dummy=dummy),
        data_cutoff=data_cutoff,
        lock=lock,
        language=study.language,
    )


def _post_hoc_note(reasons: Sequence[str]) -> str:
    return f"Post hoc: not as in the plan that was frozen before unblinding ({'; '.join(reasons)})."
