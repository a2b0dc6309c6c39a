"""An archive can keep the file: PDF/A-2a and PDF/UA-1 are claimed, and nothing is in it that they or the FDA forbid."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from pikepdf import Dictionary, Name, NameTree, Stream

from csrbook.conformance.objects import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csrbook.conformance.content import PageContent
    from csrbook.conformance.document import Document
    from csrbook.conformance.finding import Finding

__all__ = ["check", "check_page"]

VERSIONS: Final = {"1.4", "1.5", "1.6", "1.7"}
ACTIONS: Final = {"/GoTo", "/GoToR", "/URI"}
"""What a link may do; where it leads is the business of :mod:`csrbook.conformance.navigation`."""

FORBIDDEN_IN_CATALOGUE: Final = {
    "/AcroForm": "a form",
    "/AA": "actions of its own",
    "/Collection": "a portfolio",
    "/OCProperties": "layers",
    "/AF": "attached files",
    "/Perms": "permissions",
    "/NeedsRendering": "a dynamic form",
}
PRINTED: Final = 4
HIDDEN: Final = 1 | 2 | 32 | 256
FILTERS: Final = {"/LZWDecode": "LZW compression", "/Crypt": "an encrypted stream"}

# Key in the information dictionary, name in the metadata.
BOTH: Final = {
    "/Title": "dc:title",
    "/Author": "dc:creator",
    "/Keywords": "pdf:Keywords",
    "/Creator": "xmp:CreatorTool",
    "/Producer": "pdf:Producer",
    "/CreationDate": "xmp:CreateDate",
    "/ModDate": "xmp:ModifyDate",
}
DATE: Final = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-]\d\d)'?(\d\d)?'?)?")


def check(document: Document) -> Iterator[Finding]:
    """Rules on the file."""
    yield from _header(document)
    yield from _claims(document)
    yield from _information(document)
    yield from _catalogue(document)
    yield from _streams(document)


def check_page(document: Document, number: int, page: PageContent) -> Iterator[Finding]:
    """Rules on a page."""
    if "/AA" in document.pdf.pages[number].obj:
        yield document.finding("archival.action", number, "the page has actions of its own")
    if page.process_colours:
        yield document.finding("archival.colour", number, "is painted in CMYK, which the output intent is not for")
    for annotation in document.annotations(number):
        yield from _annotation(document, number, annotation)


def _header(document: Document) -> Iterator[Finding]:
    pdf = document.pdf
    with document.path.open("rb") as file:
        head = file.read(32)
    if not re.match(rb"%PDF-\d\.\d[\r\n]+%[\x80-\xff]{4}", head):
        yield document.finding("archival.header", "", "the file does not begin with a PDF header and a binary comment")
    if pdf.pdf_version not in VERSIONS:
        yield document.finding("archival.version", "", f"PDF {pdf.pdf_version} instead of 1.4 to 1.7")
    if pdf.is_encrypted:
        yield document.finding("archival.encryption", "", "the file is encrypted")
    if len(pdf.trailer.get("/ID", [])) != 2:
        yield document.finding("archival.identifier", "", "the trailer has no identifier")
    if not pdf.is_linearized:
        yield document.finding("archival.fast-web-view", "", "the file is not ordered for fast web view")


def _claims(document: Document) -> Iterator[Finding]:
    metadata = document.metadata
    if not metadata or "/Filter" in document.root.Metadata:
        yield document.finding("archival.metadata", "", "there are no XMP metadata that every reader can read")
    part, level = metadata.get("pdfaid:part"), metadata.get("pdfaid:conformance")
    if (part, level) != ("2", "A"):
        yield document.finding("archival.pdf-a", "", f"claims PDF/A {part or '-'}{level or ''} instead of 2A")
    if metadata.get("pdfuaid:part") != "1":
        yield document.finding("archival.pdf-ua", "", "does not claim PDF/UA-1")
    intents = [intent for intent in listed(document.root.get("/OutputIntents")) if intent.get("/S") == "/GTS_PDFA1"]
    if not intents or any("/DestOutputProfile" not in intent for intent in intents):
        yield document.finding("archival.output-intent", "", "there is no output intent with a colour profile")


def _information(document: Document) -> Iterator[Finding]:
    """What both places say must agree (PDF/A-2, 6.6.2.3), and a reader wants a title."""
    metadata = document.metadata
    if not metadata.get("dc:title"):
        yield document.finding("archival.title", "", "the metadata have no title")
    information: Any = document.pdf.trailer.get("/Info", {})
    for key, name in BOTH.items():
        if key not in information:
            continue
        said, known = str(information[key]), metadata.get(name)
        known = ", ".join(known) if isinstance(known, list) else known
        same = _moment(said) == _iso(known) if key.endswith("Date") else said == known
        if not same:
            yield document.finding("archival.information", key, f"says '{said}', the metadata say '{known or ''}'")


def _moment(text: str) -> datetime | None:
    found = DATE.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second = (
        int(part or least) for part, least in zip(found.groups()[:6], (0, 1, 1, 0, 0, 0), strict=True)
    )
    zone = f"{found[8] or '+00'}:{found[9] or '00'}"
    return _iso(f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}")


def _iso(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else datetime.fromisoformat(f"{moment.isoformat()}+00:00")


def _catalogue(document: Document) -> Iterator[Finding]:
    root = document.root
    for key, what in FORBIDDEN_IN_CATALOGUE.items():
        if key in root:
            yield document.finding("archival.catalogue", key, f"the document has {what}")
    names = root.get("/Names", {})
    if "/JavaScript" in names:
        yield document.finding("archival.javascript", "catalogue", "the document has scripts")
    if "/EmbeddedFiles" in names and len(NameTree(names.EmbeddedFiles)):
        yield document.finding("archival.attachment", "catalogue", "the document has attachments")
    yield from _action(document, root.get("/OpenAction"), "catalogue")
    for item in _outline(root.get("/Outlines")):
        yield from _action(document, item.get("/A"), f"bookmark '{item.get('/Title', '')}'")


def _outline(node: Any) -> Iterator[Any]:
    """All items of the outline, as they stand in the file."""
    item = node.get("/First") if node is not None else None
    seen = set()
    while item is not None and item.objgen not in seen:
        seen.add(item.objgen)
        yield item
        yield from _outline(item)
        item = item.get("/Next")


def _action(document: Document, action: Any, where: str | int) -> Iterator[Finding]:
    if not isinstance(action, Dictionary):
        return
    kind = str(action.get("/S", ""))
    if kind == "/JavaScript" or "/JS" in action:
        yield document.finding("archival.javascript", where, "runs a script")
    elif kind not in ACTIONS:
        yield document.finding("archival.action", where, f"does '{kind.removeprefix('/')}', which is no link")
    if "/Next" in action:
        yield document.finding("archival.action", where, "one action is followed by another")


def _annotation(document: Document, number: int, annotation: Any) -> Iterator[Finding]:
    kind = str(annotation.get("/Subtype", ""))
    if kind != Name.Link:
        yield document.finding("archival.annotation", number, f"has a '{kind.removeprefix('/')}' annotation")
    flags = int(annotation.get("/F", 0))
    if not flags & PRINTED or flags & HIDDEN:
        yield document.finding("archival.annotation", number, "has an annotation that is hidden or not printed")
    if "/AA" in annotation:
        yield document.finding("archival.action", number, "has an annotation with actions of its own")
    yield from _action(document, annotation.get("/A"), number)


def _streams(document: Document) -> Iterator[Finding]:
    for item in document.pdf.objects:
        if not isinstance(item, Stream):
            continue
        where = f"object {item.objgen[0]}"
        for name in listed(item.get("/Filter")):
            if str(name) in FILTERS:
                yield document.finding("archival.stream", where, f"uses {FILTERS[str(name)]}")
        if "/F" in item:
            yield document.finding("archival.stream", where, "its data stand in another file")
        if item.get("/Subtype") == "/PS" or item.get("/Subtype2") == "/PS":
            yield document.finding("archival.stream", where, "is a PostScript program")
