"""Readers of RTF, DOCX and HTML that know just enough to say what a file holds."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class TableRow:
    """A row: texts of its cells and whether it is marked as a header that is repeated."""

    cells: list[str]
    header: bool = False


@dataclass
class RtfPart:
    """Rows and paragraphs of the body, or of a header or footer."""

    rows: list[TableRow] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    text: str = ""
    header: bool = False

    def everything(self) -> str:
        return "\n".join([*self.paragraphs, *(cell for row in self.rows for cell in row.cells)])


RTF_TOKEN = re.compile(r"\\([a-z]+)(-?[0-9]+)? ?|\\'([0-9a-f]{2})|\\([^a-z'])|([{}])|[\r\n]+|(.)", re.DOTALL)
RTF_PARTS = {"header", "headerf", "footer", "footerf", "title", "author", "subject"}
RTF_HIDDEN = {"fonttbl", "colortbl", "stylesheet", "info", "pict", "fldinst"}


def read_rtf(text: str) -> dict[str, RtfPart]:
    """The parts of an RTF file by name; that of the text is ``body``. Groups must be balanced."""
    parts = {"body": RtfPart()}
    stack, part, skip, star, pending = [], "body", 0, False, 0
    for found in RTF_TOKEN.finditer(text):
        word, value, _, symbol, brace, character = found.groups()
        if skip and (character or symbol or found[3]):
            skip -= 1
        elif brace == "{":
            stack.append(part)
        elif brace == "}":
            part = stack.pop()
        elif symbol == "*":
            star = True
            continue
        elif word in RTF_PARTS:
            part = word
            parts[part] = RtfPart()
        elif word in RTF_HIDDEN or (star and word != "shppict"):
            part = "hidden"
        elif part != "hidden":
            if word == "u":
                pending, character = utf16(pending, int(value))
                skip = 1
            say(parts[part], word, character or symbol or "")
        star = False
    assert not stack, "groups are not balanced"
    return parts


def utf16(pending: int, value: int) -> tuple[int, str]:
    """First half of a pair still waited for, and the character."""
    code = value % 0x10000
    if 0xD800 <= code < 0xDC00:
        return code, ""
    if pending:
        return 0, chr(0x10000 + ((pending - 0xD800) << 10) + (code - 0xDC00))
    return 0, chr(code)


def say(part: RtfPart, word: str | None, text: str) -> None:
    if word == "trowd":
        part.header = False
    elif word == "trhdr":
        part.header = True
    elif word == "line":
        part.text += "\n"
    elif word == "cell":
        part.cells.append(part.text)
        part.text = ""
    elif word == "row":
        part.rows.append(TableRow(part.cells, part.header))
        part.cells = []
    elif word == "par":
        part.paragraphs.append(part.text)
        part.text = ""
    elif word == "pagebb":
        part.paragraphs.append("\f")
    else:
        part.text += text


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class Docx:
    """A DOCX file."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as package:
            self.members = {info.filename: info for info in package.infolist()}
            self.parts = {name: package.read(name) for name in self.members}
        self.trees = {n: ET.fromstring(c) for n, c in self.parts.items() if n.endswith((".xml", ".rels"))}  # noqa: S314
        self.body = self.trees["word/document.xml"][0]

    def rows(self) -> list[TableRow]:
        return [
            TableRow(
                ["\n".join(map(docx_text, cell.iter(f"{W}p"))) for cell in row.iter(f"{W}tc")],
                row.find(f"{W}trPr/{W}tblHeader") is not None,
            )
            for row in self.body.iter(f"{W}tr")
        ]

    def paragraphs(self, part: str = "word/document.xml") -> list[tuple[str, str]]:
        """Style and text of the paragraphs outside of tables."""
        root = self.body if part == "word/document.xml" else self.trees[part]
        return [(p.find(f"{W}pPr/{W}pStyle").attrib[f"{W}val"], docx_text(p)) for p in root.findall(f"{W}p")]

    def text(self, part: str) -> str:
        return "\n".join(docx_text(p) for p in self.trees[part].iter(f"{W}p"))


def docx_text(paragraph: ET.Element) -> str:
    return "".join(
        "\n" if e.tag == f"{W}br" else e.text or "" for e in paragraph.iter() if e.tag in {f"{W}t", f"{W}br"}
    )


VOID = {"meta", "col", "br"}


class Html(HTMLParser):
    """An HTML file: elements with their attributes and texts, rows of the table, whether elements are balanced."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.open: list[int] = []
        self.comments: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, [self.elements[i][0] for i in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))
        if tag not in VOID:
            self.open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self.open[-1]][0] == tag, tag
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for i in self.open:
            self.elements[i][2].append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_pi(self, data: str) -> None:
        self.comments.append(data)

    def named(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        """Attributes and text of the elements of a name."""
        return [(attributes, "".join(texts)) for name, attributes, texts in self.elements if name == tag]

    def rows(self) -> list[TableRow]:
        rows: list[TableRow] = []
        header = False
        for tag, _, texts in self.elements:
            if tag in {"thead", "tbody"}:
                header = tag == "thead"
            elif tag == "tr":
                rows.append(TableRow([], header))
            elif tag in {"th", "td"}:
                rows[-1].cells.append("".join(texts))
        return rows
