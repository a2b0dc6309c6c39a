"""An output as DOCX: named styles, a heading, a header that the reader repeats, running titles and page numbers."""

from __future__ import annotations

import zipfile
from typing import IO, TYPE_CHECKING, Final
from xml.sax.saxutils import quoteattr

from csrbook.render.single.docx_parts import XML, package_parts, relationships
from csrbook.render.single.docx_table import docx_tables
from csrbook.render.single.docx_text import NAMESPACES, field, paragraph, run, runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from csrbook.render.single.pictures import Picture
    from csrbook.render.single.sheet import Sheet

__all__ = ["write_docx"]

# A4 landscape in twips; margins of report/_render/theme.typ.
PAGE: Final = (16838, 11906)
SIDE, TOP, BOTTOM = 1134, 1106, 624
WIDTH: Final = PAGE[0] - 2 * SIDE
BAND_SIDE: Final = 5200
FOOT_SIDE: Final = 3200
EMU: Final = 914_400

NOTE_GAP: Final = '<w:spacing w:before="80"/>'
NOTE_RULE: Final = '<w:pBdr><w:top w:val="single" w:sz="4" w:space="3" w:color="000000"/></w:pBdr>'
SECTION: Final = (
    '<w:sectPr><w:headerReference w:type="default" r:id="header"/>'
    '<w:headerReference w:type="first" r:id="headerFirst"/>'
    '<w:footerReference w:type="default" r:id="footer"/><w:footerReference w:type="first" r:id="footerFirst"/>'
    f'<w:pgSz w:w="{PAGE[0]}" w:h="{PAGE[1]}" w:orient="landscape"/>'
    f'<w:pgMar w:top="{TOP}" w:right="{SIDE}" w:bottom="{BOTTOM}" w:left="{SIDE}" w:header="{TOP}" w:footer="{BOTTOM}"'
    ' w:gutter="0"/><w:titlePg/></w:sectPr>'
)


def write_docx(sheet: Sheet, pictures: Sequence[Picture], timestamp: int, target: Path) -> None:
    """Write the file; equal input gives equal bytes.

    Parameters
    ----------
    sheet : Sheet
        The display.
    pictures : sequence of Picture
        Of a figure: each on a page of its own.
    timestamp : int
        Seconds since 1970 that the file carries as its date.
    target : Path
        The file.
    """
    band, foot = _band(sheet), _foot(sheet)
    # The heading of page 1 is part of the text; further pages repeat it in their header.
    running = paragraph("RunningTitle", _two_lines(sheet["number"], sheet["title"])) + _population(sheet)
    parts: dict[str, Iterable[str]] = {
        **{name: [content] for name, content in package_parts(sheet, timestamp).items()},
        "word/_rels/document.xml.rels": [relationships(len(pictures))],
        "word/header-first.xml": [_part("hdr", band + paragraph("Separator", ""))],
        "word/header.xml": [_part("hdr", band + running)],
        "word/footer-first.xml": [_part("ftr", foot)],
        "word/footer.xml": [_part("ftr", foot)],
        "word/document.xml": _document(sheet, pictures),
    }
    with zipfile.ZipFile(target, "w") as package:
        for name, pieces in parts.items():
            with _member(package, name) as member:
                for piece in pieces:
                    member.write(piece.encode())
        for place, picture in enumerate(pictures, start=1):
            with _member(package, f"word/media/figure{place}.png") as member:
                member.write(picture.png)


def _member(package: zipfile.ZipFile, name: str) -> IO[bytes]:
    """A member of the archive that tells neither the time nor the system it was made on."""
    about = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    about.compress_type = zipfile.ZIP_DEFLATED
    about.create_system = 3
    about.external_attr = 0o644 << 16
    return package.open(about, "w")


def _part(kind: str, content: str) -> str:
    return f"{XML}<w:{kind} {NAMESPACES}>{content}</w:{kind}>"


def _document(sheet: Sheet, pictures: Sequence[Picture]) -> Iterator[str]:
    yield f"{XML}<w:document {NAMESPACES}><w:body>"
    yield paragraph("Heading1", _two_lines(sheet["number"], sheet["title"])) + _population(sheet)
    if sheet["figure"] is None:
        yield from docx_tables(sheet, WIDTH)
    else:
        for place, picture in enumerate(pictures, start=1):
            start = "<w:pageBreakBefore/>" if place > 1 else ""
            yield paragraph("Figure", _drawing(picture, place, sheet), start)
    last = len(sheet.notes) - 1
    opening = NOTE_GAP if sheet["figure"] is None else NOTE_RULE
    for i, note in enumerate(sheet.notes):
        keep = "" if i == last else "<w:keepNext/>"
        yield paragraph("Footnote", runs(note), keep + (opening if i == 0 else ""))
    yield f"{SECTION}</w:body></w:document>"


def _two_lines(first: str, second: str) -> str:
    return f"{run(first)}<w:r><w:br/></w:r>{run(second)}"


def _population(sheet: Sheet) -> str:
    return paragraph("Population", run(sheet["population"]))


def _drawing(picture: Picture, place: int, sheet: Sheet) -> str:
    width, height = picture.size(EMU)
    name = quoteattr(f"{sheet['number']} ({place})")
    box = f'<a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
    graphic = (
        f'<pic:pic><pic:nvPicPr><pic:cNvPr id="{place}" name={name}/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="figure{place}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr>{box}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
    )
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{width}" cy="{height}"/>'
        f'<wp:docPr id="{place}" name={name} descr={quoteattr(sheet["alt"])}/><wp:cNvGraphicFramePr>'
        '<a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr><a:graphic><a:graphicData '
        f'uri="http://schemas.openxmlformats.org/drawingml/2006/picture">{graphic}</a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )


def _band(sheet: Sheet) -> str:
    before, between, after = sheet.page_words
    page = run(before) + field("PAGE") + run(between) + field("NUMPAGES") + run(after)
    left = paragraph("Header", run(sheet["sponsor"])) + paragraph("Header", run(sheet.protocol))
    middle = paragraph("Header", run(sheet["section"], "<w:i/><w:iCs/>"), '<w:jc w:val="center"/>')
    right = "".join(paragraph("Header", text, '<w:jc w:val="right"/>') for text in (page, run(sheet.status)))
    return _side_by_side([(BAND_SIDE, left), (WIDTH - 2 * BAND_SIDE, middle), (BAND_SIDE, right)])


def _foot(sheet: Sheet) -> str:
    left = paragraph("Footer", run("   ".join(sheet.identification)))
    page = run(f"{sheet['id']}   ") + field("PAGE") + run(" / ") + field("NUMPAGES")
    right = paragraph("Footer", page, '<w:jc w:val="right"/>')
    space = paragraph("Separator", "", '<w:spacing w:line="60"/>')
    return space + _side_by_side([(WIDTH - FOOT_SIDE, left), (FOOT_SIDE, right)]) + paragraph("Separator", "")


def _side_by_side(cells: Sequence[tuple[int, str]]) -> str:
    """A table without lines, for texts beside each other."""
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width, _ in cells)
    row = "".join(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{text}</w:tc>' for width, text in cells)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{WIDTH}" w:type="dxa"/><w:tblLayout w:type="fixed"/><w:tblCellMar>'
        '<w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid><w:tr>{row}</w:tr></w:tbl>"
    )
