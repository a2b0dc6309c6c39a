"""Parts of a DOCX file that do not hold the output itself: styles, settings, properties, relationships."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from csrbook.render.single.docx_text import NAMESPACES

if TYPE_CHECKING:
    from csrbook.render.single.sheet import Sheet

__all__ = ["XML", "package_parts", "relationships"]

XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006"
_TYPES: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"

# Name, title, properties of the paragraph and of its text. Lines are as high as those of RTF; a figure's is its own.
_STYLES: Final = (
    (
        "Heading1",
        "heading 1",
        '<w:keepNext/><w:spacing w:before="140" w:line="250"/><w:jc w:val="center"/><w:outlineLvl w:val="0"/>',
        '<w:b/><w:bCs/><w:sz w:val="22"/><w:szCs w:val="22"/>',
    ),
    (
        "RunningTitle",
        "Running title",
        '<w:spacing w:before="140" w:line="250"/><w:jc w:val="center"/>',
        '<w:b/><w:bCs/><w:sz w:val="22"/><w:szCs w:val="22"/>',
    ),
    (
        "Population",
        "Population",
        '<w:keepNext/><w:spacing w:after="140" w:line="240"/><w:jc w:val="center"/>',
        '<w:sz w:val="20"/><w:szCs w:val="20"/>',
    ),
    ("Header", "header", "", ""),
    ("Footer", "footer", "", ""),
    ("TableHeading", "Table heading", '<w:keepNext/><w:spacing w:before="30" w:after="30"/>', ""),
    ("TableText", "Table text", '<w:spacing w:before="18" w:after="18"/>', ""),
    ("TableLabel", "Table label", '<w:spacing w:before="18" w:after="18"/><w:ind w:left="144" w:hanging="144"/>', ""),
    (
        "TableGroup",
        "Table group",
        '<w:keepNext/><w:spacing w:before="46" w:after="18"/><w:ind w:left="144" w:hanging="144"/>',
        "<w:b/><w:bCs/>",
    ),
    ("TableGroupText", "Table group text", '<w:spacing w:before="46" w:after="18"/>', ""),
    ("Figure", "Figure", '<w:keepNext/><w:spacing w:line="240" w:lineRule="auto"/><w:jc w:val="center"/>', ""),
    ("Footnote", "Output footnote", '<w:keepLines/><w:ind w:left="144" w:hanging="144"/>', ""),
    ("Separator", "Separator", '<w:spacing w:line="20"/>', '<w:sz w:val="2"/><w:szCs w:val="2"/>'),
)


def _style(name: str, title: str, paragraph: str, text: str) -> str:
    return (
        f'<w:style w:type="paragraph" w:customStyle="{int(title[0].isupper())}" w:styleId="{name}">'
        f'<w:name w:val="{title}"/><w:basedOn w:val="Normal"/><w:qFormat/>'
        f"<w:pPr>{paragraph}</w:pPr><w:rPr>{text}</w:rPr></w:style>"
    )


_STYLE_SHEET: Final = (
    f"{XML}<w:styles {NAMESPACES}><w:docDefaults><w:rPrDefault><w:rPr>"
    '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="SimSun" w:cs="Times New Roman"/>'
    '<w:sz w:val="18"/><w:szCs w:val="18"/><w:lang w:val="en-GB" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'
    '</w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:line="195" w:lineRule="exact"/></w:pPr></w:pPrDefault>'
    "</w:docDefaults>"
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>'
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
    '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:left w:w="0" w:type="dxa"/>'
    '<w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
    '<w:style w:type="table" w:customStyle="1" w:styleId="OutputTable"><w:name w:val="Output table"/>'
    '<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>'
    '<w:top w:val="single" w:sz="8" w:space="0" w:color="000000"/>'
    '<w:bottom w:val="single" w:sz="8" w:space="0" w:color="000000"/></w:tblBorders>'
    '<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
    f"{''.join(_style(*style) for style in _STYLES)}</w:styles>"
)

_SETTINGS: Final = (
    f'{XML}<w:settings {NAMESPACES}><w:zoom w:percent="100"/><w:defaultTabStop w:val="720"/>'
    '<w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:compatSetting w:name="compatibilityMode" '
    'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
    '<w:themeFontLang w:val="en-GB" w:eastAsia="zh-CN"/><w:decimalSymbol w:val="."/><w:listSeparator w:val=","/>'
    "</w:settings>"
)

_FONTS: Final = (
    f'{XML}<w:fonts {NAMESPACES}><w:font w:name="Times New Roman"><w:charset w:val="00"/><w:family w:val="roman"/>'
    '<w:pitch w:val="variable"/></w:font><w:font w:name="SimSun"><w:altName w:val="宋体"/><w:charset w:val="86"/>'
    '<w:family w:val="auto"/><w:pitch w:val="variable"/></w:font></w:fonts>'
)

_OVERRIDES: Final = {
    "/word/document.xml": f"{_TYPES}.document.main+xml",
    "/word/styles.xml": f"{_TYPES}.styles+xml",
    "/word/settings.xml": f"{_TYPES}.settings+xml",
    "/word/fontTable.xml": f"{_TYPES}.fontTable+xml",
    "/word/header-first.xml": f"{_TYPES}.header+xml",
    "/word/header.xml": f"{_TYPES}.header+xml",
    "/word/footer-first.xml": f"{_TYPES}.footer+xml",
    "/word/footer.xml": f"{_TYPES}.footer+xml",
    "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    "/docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
}
_CONTENT_TYPES: Final = (
    f'{XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
    + "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in _OVERRIDES.items())
    + "</Types>"
)
_ROOT: Final = (
    ("document", f"{_OFFICE}/relationships/officeDocument", "word/document.xml"),
    ("core", f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
    ("application", f"{_OFFICE}/relationships/extended-properties", "docProps/app.xml"),
)
_DOCUMENT: Final = (
    ("styles", "styles", "styles.xml"),
    ("settings", "settings", "settings.xml"),
    ("fonts", "fontTable", "fontTable.xml"),
    ("headerFirst", "header", "header-first.xml"),
    ("header", "header", "header.xml"),
    ("footerFirst", "footer", "footer-first.xml"),
    ("footer", "footer", "footer.xml"),
)


def _relationships(items: tuple[tuple[str, str, str], ...]) -> str:
    links = "".join(f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>' for name, kind, target in items)
    return f'{XML}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def relationships(pictures: int) -> str:
    """What the document refers to."""
    drawn = ((f"figure{i}", "image", f"media/figure{i}.png") for i in range(1, pictures + 1))
    return _relationships(
        tuple((name, f"{_OFFICE}/relationships/{kind}", target) for name, kind, target in (*_DOCUMENT, *drawn))
    )


def package_parts(sheet: Sheet, timestamp: int) -> dict[str, str]:
    """Name and content of the parts that do not depend on the body."""
    made = dt.datetime.fromtimestamp(timestamp, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    core = (
        f'{XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(sheet.name)}, {escape(sheet['protocol'])}</dc:title>"
        f"<dc:subject>{escape(sheet['section'])}</dc:subject><dc:creator>{escape(sheet['sponsor'])}</dc:creator>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{made}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{made}</dcterms:modified>'
        f"<dc:language>{escape(sheet.locale)}</dc:language></cp:coreProperties>"
    )
    app = f'{XML}<Properties xmlns="{_OFFICE}/extended-properties"><Application>csrbook</Application></Properties>'
    return {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _relationships(_ROOT),
        "docProps/core.xml": core,
        "docProps/app.xml": app,
        "word/styles.xml": _STYLE_SHEET,
        "word/settings.xml": _SETTINGS,
        "word/fontTable.xml": _FONTS,
    }
