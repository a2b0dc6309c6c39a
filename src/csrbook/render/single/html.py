"""An output as one accessible HTML file: no script, nothing fetched from anywhere."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

from csrbook.render.single.html_style import STYLE
from csrbook.render.single.html_table import html_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from csrbook.render.single.sheet import Sheet

__all__ = ["html"]

# What the file may do: show itself.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_IDENTIFIER: Final = re.compile(r'\bid="([^"]+)"')
_REFERENCE: Final = re.compile(r'(xlink:href="#|url\(#)([^")]+)')


def html(sheet: Sheet, drawings: Sequence[str]) -> Iterator[str]:
    """The file in pieces.

    Parameters
    ----------
    sheet : Sheet
        The display.
    drawings : sequence of str
        Of a figure: its parts as SVG.
    """
    title = f"{escape(sheet.name)}, {escape(sheet['protocol'])}"
    yield (
        f'<!DOCTYPE html>\n<html lang="{escape(sheet.locale)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="author" content="{escape(sheet["sponsor"])}">\n'
        f"<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{_band(sheet)}<main>\n{_titles(sheet)}"
    )
    if sheet["figure"] is None:
        yield from html_table(sheet)
    else:
        yield _figure(sheet, drawings)
    yield f"{_notes(sheet)}</main>\n{_foot(sheet)}</body>\n</html>\n"


def _band(sheet: Sheet) -> str:
    return (
        f'<header class="band">\n<div><p>{escape(sheet["sponsor"])}</p><p>{escape(sheet.protocol)}</p></div>\n'
        f'<p class="section">{escape(sheet["section"])}</p>\n<p>{escape(sheet.status)}</p>\n</header>\n'
    )


def _titles(sheet: Sheet) -> str:
    population = f'<p class="population">{escape(sheet["population"])}</p>\n' if sheet["population"] else ""
    return (
        f'<div class="titles">\n<h1 id="title"><span>{escape(sheet["number"])}</span> '
        f"<span>{escape(sheet['title'])}</span></h1>\n{population}</div>\n"
    )


def _notes(sheet: Sheet) -> str:
    notes = "".join(f"<p>{escape(note)}</p>\n" for note in sheet.notes)
    return f'<div class="notes">\n{notes}</div>\n' if notes else ""


def _foot(sheet: Sheet) -> str:
    items = "".join(f"<li>{escape(item)}</li>" for item in sheet.identification)
    return f'<footer class="foot">\n<ul>{items}</ul>\n<p>{escape(sheet["id"])}</p>\n</footer>\n'


def _figure(sheet: Sheet, drawings: Sequence[str]) -> str:
    """Parts of a figure as drawings that a screen reader names and describes, and the description for all."""
    parts = []
    for place, drawing in enumerate(drawings):
        own = _IDENTIFIER.sub(rf'id="p{place}-\1"', _REFERENCE.sub(rf"\1p{place}-\2", drawing))
        tag, content = own[own.index("<svg") :].split(">", 1)
        name = f"{sheet.name} ({place + 1}/{len(drawings)})" if len(drawings) > 1 else sheet.name
        described = f' aria-labelledby="name-{place}" aria-describedby="description"'
        parts.append(f'{tag} role="img"{described}><title id="name-{place}">{escape(name)}</title>{content}\n')
    caption = f'<figcaption id="description">{escape(sheet["alt"])}</figcaption>\n'
    return f'<figure aria-labelledby="title">\n{"".join(parts)}{caption}</figure>\n'
