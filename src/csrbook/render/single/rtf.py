"""An output as RTF: titles, column headers, footnotes and page numbers on every page.

Only what Word and LibreOffice both read: each paragraph and row states its format, for a style alone formats nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from csrbook.render.single.rtf_page import BOTTOM, HEIGHT, SIDE, TOP, WIDTH, Furniture
from csrbook.render.single.rtf_table import rtf_pages
from csrbook.render.single.rtf_text import TINY, escaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from csrbook.render.single.pictures import Picture
    from csrbook.render.single.sheet import Sheet

__all__ = ["rtf"]

LANGUAGES: Final = {"en-GB": 2057, "zh-CN": 2052}
UNKNOWN_LANGUAGE: Final = 1024
OPENING: Final = r"{\rtf1\ansi\ansicpg1252\uc1\deff0\stshfdbch1\stshfloch0\stshfhich0\stshfbi0\deflang%d\deflangfe2052"
# SimSun with its Chinese name in GBK, which Chinese Word knows it by.
TABLES: Final = r"""{\fonttbl{\f0\froman\fcharset0\fprq2 Times New Roman;}
{\f1\fnil\fcharset134\fprq2 SimSun{\*\falt \'cb\'ce\'cc\'e5};}}
{\colortbl;\red0\green0\blue0;\red140\green140\blue140;}
{\stylesheet{\s0\f0\fs18 Normal;}
{\s1\qc\outlinelevel0\b\f0\fs22\sbasedon0\snext2 heading 1;}
{\s2\qc\f0\fs20\sbasedon0 Population;}
{\s3\f0\fs18\sbasedon0 Table text;}
{\s4\f0\fs18\sbasedon0 Footnote;}
{\s5\f0\fs18\sbasedon0 Running text;}}"""
PAPER: Final = rf"""\paperw{WIDTH + 2 * SIDE}\paperh{HEIGHT}\landscape\widowctrl
\margl{SIDE}\margr{SIDE}\margt{TOP}\margb{BOTTOM}
\sectd\lndscpsxn\pgwsxn{WIDTH + 2 * SIDE}\pghsxn{HEIGHT}
\marglsxn{SIDE}\margrsxn{SIDE}\margtsxn{TOP}\margbsxn{BOTTOM}\headery{TOP}\footery{BOTTOM}\titlepg"""


def rtf(sheet: Sheet, pictures: Sequence[Picture], timestamp: int) -> Iterator[str]:
    """The file in pieces, all of them ASCII.

    Parameters
    ----------
    sheet : Sheet
        The display.
    pictures : sequence of Picture
        Of a figure: each on a page of its own.
    timestamp : int
        Seconds since 1970 that the file carries as its date.
    """
    furniture = Furniture(sheet)
    band, foot = furniture.band, furniture.foot
    yield "\n".join(
        [
            OPENING % LANGUAGES.get(sheet.locale, UNKNOWN_LANGUAGE),
            TABLES,
            _info(sheet, timestamp),
            PAPER,
            # The heading of page 1 is part of the text; further pages repeat it in their header.
            rf"{{\headerf {band}\pard\plain{TINY}}}",
            rf"{{\header {band}{furniture.titles(heading=False)}}}",
            rf"{{\footerf {foot}}}",
            rf"{{\footer {foot}}}",
            furniture.titles(heading=True),
        ]
    )
    if sheet["figure"] is None:
        yield from rtf_pages(sheet, WIDTH, furniture.room)
    else:
        for place, picture in enumerate(pictures):
            yield _picture(picture, sheet["alt"], new_page=place > 0)
    yield f"\\pard\\plain{TINY}}}\n"


def _info(sheet: Sheet, timestamp: int) -> str:
    made = dt.datetime.fromtimestamp(timestamp, tz=dt.UTC)
    title = rf"{{\title {escaped(sheet.name)}, {escaped(sheet['protocol'])}}}"
    subject = rf"{{\subject {escaped(sheet['section'])}}}"
    author = rf"{{\author {escaped(sheet['sponsor'])}}}"
    date = rf"{{\creatim\yr{made.year}\mo{made.month}\dy{made.day}\hr{made.hour}\min{made.minute}}}"
    return rf"{{\info{title}{subject}{author}{date}}}"


def _picture(picture: Picture, alt: str, *, new_page: bool) -> str:
    (width, height), (pixels_wide, pixels_high) = picture.size(1440), picture.pixels
    start = r"\pagebb" if new_page else ""
    said = rf"{{\*\picprop{{\sp{{\sn shapeType}}{{\sv 75}}}}{{\sp{{\sn wzDescription}}{{\sv {escaped(alt)}}}}}}}"
    size = rf"\picw{pixels_wide}\pich{pixels_high}\picwgoal{width}\pichgoal{height}"
    data = picture.png.hex("\n", 64)
    return f"\\pard\\plain\\qc{start}\\f0\\fs18{{\\*\\shppict{{\\pict{said}\\pngblip{size}\n{data}}}}}\\par\n"
