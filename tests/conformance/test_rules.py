"""Each rule catches what it is for: a file that conforms is damaged in one way, and the rule says so."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, NumberTree, OutlineItem, Stream, String

from csrbook.conformance import check_folder, check_pdf, submission, summary
from csrbook.errors import UsageError
from tests.conformance.conftest import BESIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from csrbook.conformance import Finding
    from tests.conformance.conftest import Good

ROOM = Path(__file__).resolve().parents[2] / "src" / "csrbook" / "conformance"


def elements(pdf: pikepdf.Pdf, *kinds: str) -> Iterator[Any]:
    """Tags of a file, in reading order."""

    def walk(node: Any) -> Iterator[Any]:
        kids = node.get("/K")
        for kid in kids if isinstance(kids, Array) else [] if kids is None else [kids]:
            if isinstance(kid, Dictionary) and "/S" in kid:
                if not kinds or str(kid.S).removeprefix("/") in kinds:
                    yield kid
                yield from walk(kid)

    return walk(pdf.Root.StructTreeRoot)


def element(pdf: pikepdf.Pdf, kind: str, place: int = 0) -> Any:
    return list(elements(pdf, kind))[place]


def links(pdf: pikepdf.Pdf) -> list[Any]:
    return [link for page in pdf.pages for link in page.obj.get("/Annots", [])]


def link_to_file(pdf: pikepdf.Pdf) -> Any:
    return next(link for link in links(pdf) if "/A" in link and isinstance(link.A.D, String))


def put(key: str, value: Any, find: Callable[[pikepdf.Pdf], Any] = lambda pdf: pdf.Root) -> Callable[..., None]:
    """A change that sets an entry, or takes it away where the value is None."""

    def change(pdf: pikepdf.Pdf) -> None:
        target = find(pdf)
        if value is None:
            del target[f"/{key}"]
        else:
            target[f"/{key}"] = value(pdf) if callable(value) else value

    return change


def said(name: str, value: Any) -> Callable[[pikepdf.Pdf], None]:
    """A change of the XMP metadata."""

    def change(pdf: pikepdf.Pdf) -> None:
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            if value is None:
                del metadata[name]
            else:
                metadata[name] = value

    return change


def paint(content: str, number: int = 3, *, before: bool = False) -> Callable[[pikepdf.Pdf], None]:
    """A change that paints something more on a page; ``/f0`` is a font of the page."""

    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[number].contents_add(content.encode("latin-1"), prepend=before)

    return change


def font(pdf: pikepdf.Pdf) -> Any:
    return pdf.pages[3].resources.Font["/f0"]


def descendant(pdf: pikepdf.Pdf) -> Any:
    return font(pdf).DescendantFonts[0]


def parents(pdf: pikepdf.Pdf) -> NumberTree:
    return NumberTree(pdf.Root.StructTreeRoot.ParentTree)


def text(x: float, y: float, size: float = 9) -> str:
    """A few letters of the page's first font, as furniture."""
    return f" /Artifact <</Type/Pagination>> BDC BT /f0 {size} Tf 1 0 0 1 {x} {y} Tm <000100020003> Tj ET EMC "


def script(pdf: pikepdf.Pdf) -> Any:
    return Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def attach(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["data.txt"] = b"some data"


def private_use(pdf: pikepdf.Pdf) -> None:
    stream = font(pdf).ToUnicode
    stream.write(re.sub(rb"(beginbfchar\s*<\w+>\s*)<\w+>", rb"\1<E000>", stream.read_bytes(), count=1))


def no_character(pdf: pikepdf.Pdf) -> None:
    stream = font(pdf).ToUnicode
    stream.write(re.sub(rb"(beginbfchar\s*)<(\w+)>", rb"\1<7FFF>", stream.read_bytes(), count=1))


def postscript(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Extra = Stream(pdf, b"showpage", Type=Name.XObject, Subtype=Name.PS)


def elsewhere(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Extra = Stream(pdf, b"", F=String("other.bin"))


def lzw(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Extra = pdf.make_stream(b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01", Filter=Name.LZWDecode)


def unlinked(pdf: pikepdf.Pdf) -> None:
    tag = element(pdf, "Link")
    tag.K = Array([kid for kid in tag.K if not (isinstance(kid, Dictionary) and "/Obj" in kid)])


def without_cell(pdf: pikepdf.Pdf) -> None:
    row = next(row for row in elements(pdf, "TR") if str(row.P.S) == "/TBody" and len(row.K) > 1)
    row.K = Array(list(row.K)[:-1])


def deep_bookmarks(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        last = outline.root[0]
        for level in range(4):
            item = OutlineItem(f"Level {level}", 0, "XYZ")
            last.children.append(item)
            last = item


def bookmark(title: str, destination: Any) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        first = pdf.Root.Outlines.First
        first.Title = String(title)
        first.Dest = destination

    return change


def two_labels(pdf: pikepdf.Pdf) -> None:
    pdf.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(S=Name.D), 2, Dictionary(S=Name.D)]))


def late_labels(pdf: pikepdf.Pdf) -> None:
    pdf.Root.PageLabels = Dictionary(Nums=Array([1, Dictionary(S=Name.D, St=10)]))


def swap(pdf: pikepdf.Pdf) -> None:
    """The rows of a table are told from the last to the first."""
    body = next(part for part in elements(pdf, "TBody") if len(part.K) > 3)
    body.K = Array(list(body.K)[::-1])


def no_headings(pdf: pikepdf.Pdf) -> None:
    for tag in elements(pdf, "H1", "H2", "H3"):
        tag.S = Name.P


def furniture_only(pdf: pikepdf.Pdf) -> None:
    pdf.pages[3].obj.Contents = pdf.make_stream(text(100, 100).encode())


def lost_parent(pdf: pikepdf.Pdf) -> None:
    tree = parents(pdf)
    key = int(pdf.pages[3].obj.StructParents)
    tree[key] = Array([*list(tree[key])[1:], tree[key][0]])


def double(pdf: pikepdf.Pdf) -> None:
    """The body of a page painted twice, a little aside."""
    page = pdf.pages[3]
    content = b"\n".join(part.read_bytes() for part in [page.obj.Contents])
    page.obj.Contents = pdf.make_stream(content + b" q 1 0 0 1 3 2 cm " + content + b" Q")


def stray_row(pdf: pikepdf.Pdf) -> None:
    element(pdf, "Document").K.append(element(pdf, "TR"))
    element(pdf, "TR").P = element(pdf, "Document")


def large_text(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[3]
    content = page.obj.Contents.read_bytes()
    page.obj.Contents = pdf.make_stream(
        re.sub(rb"(/P|/Span)(<</MCID \d+>>BDC.*?)/f(\d) 9 Tf", rb"\1\2/f\3 14 Tf", content, flags=re.DOTALL)
    )


class Case(NamedTuple):
    rule: str
    change: Callable[[pikepdf.Pdf], None]
    options: dict[str, Any] = {}  # noqa: RUF012


CASES = [
    Case("archival.version", lambda _: None, {"force_version": "2.0"}),
    Case(
        "archival.encryption", lambda _: None, {"encryption": pikepdf.Encryption(owner="x"), "deterministic_id": False}
    ),
    Case("archival.fast-web-view", lambda _: None, {"linearize": False}),
    Case("archival.metadata", put("Metadata", None)),
    Case("archival.pdf-a", said("pdfaid:part", "3")),
    Case("archival.pdf-a", said("pdfaid:conformance", "B")),
    Case("archival.pdf-ua", said("pdfuaid:part", None)),
    Case("archival.output-intent", put("OutputIntents", None)),
    Case("archival.output-intent", put("DestOutputProfile", None, lambda pdf: pdf.Root.OutputIntents[0])),
    Case("archival.title", said("dc:title", None)),
    Case("archival.information", put("Title", String("Another"), lambda pdf: pdf.trailer.Info)),
    Case("archival.information", put("CreationDate", String("D:20200101"), lambda pdf: pdf.trailer.Info)),
    Case("archival.catalogue", put("AcroForm", Dictionary(Fields=Array()))),
    Case("archival.catalogue", put("OCProperties", Dictionary())),
    Case("archival.javascript", put("OpenAction", script)),
    Case("archival.javascript", put("JavaScript", Dictionary(Names=Array()), lambda pdf: pdf.Root.Names)),
    Case("archival.javascript", put("A", script, lambda pdf: links(pdf)[0])),
    Case("archival.attachment", attach),
    Case("archival.action", put("A", Dictionary(S=Name.Launch, F=String("x.exe")), lambda pdf: links(pdf)[0])),
    Case("archival.action", put("A", Dictionary(S=Name.Movie), lambda pdf: pdf.Root.Outlines.First)),
    Case("archival.action", put("AA", Dictionary(), lambda pdf: pdf.pages[1].obj)),
    Case("archival.action", put("AA", Dictionary(), lambda pdf: links(pdf)[0])),
    Case("archival.action", put("Next", script, lambda pdf: link_to_file(pdf).A)),
    Case("archival.annotation", put("Subtype", Name.Text, lambda pdf: links(pdf)[0])),
    Case("archival.annotation", put("F", 0, lambda pdf: links(pdf)[0])),
    Case("archival.annotation", put("F", 6, lambda pdf: links(pdf)[0])),
    Case("archival.stream", postscript),
    Case("archival.stream", elsewhere, {"stream_decode_level": pikepdf.StreamDecodeLevel.none}),
    Case("archival.stream", lzw, {"stream_decode_level": pikepdf.StreamDecodeLevel.none, "compress_streams": False}),
    Case("archival.colour", paint("/Artifact BMC 0 0 0 1 k 100 100 5 5 re f EMC")),
    Case("tags.tagged", put("Marked", False, lambda pdf: pdf.Root.MarkInfo)),
    Case("tags.tagged", put("StructTreeRoot", None)),
    Case("tags.language", put("Lang", None)),
    Case("tags.language", put("Lang", String(""))),
    Case("tags.title", put("DisplayDocTitle", False, lambda pdf: pdf.Root.ViewerPreferences)),
    Case("tags.role", put("S", Name("/Paragraph"), lambda pdf: element(pdf, "P"))),
    Case("tags.heading-level", put("S", Name.H4, lambda pdf: element(pdf, "H2"))),
    Case("tags.heading-level", put("S", Name.H3, lambda pdf: element(pdf, "H1"))),
    Case("tags.heading", no_headings),
    Case("tags.alternative", put("Alt", None, lambda pdf: element(pdf, "Figure"))),
    Case("tags.alternative", put("Alt", String(" "), lambda pdf: element(pdf, "Formula"))),
    Case("tags.tab-order", put("Tabs", None, lambda pdf: next(p.obj for p in pdf.pages if "/Annots" in p.obj))),
    Case("tags.link", unlinked),
    Case("tags.link-description", put("Contents", None, lambda pdf: links(pdf)[0])),
    Case("tags.untagged", paint("BT /f0 9 Tf 1 0 0 1 100 100 Tm <00010002> Tj ET")),
    Case("tags.untagged", paint("100 100 m 200 100 l S")),
    Case("tags.orphan", paint("/P <</MCID 4711>> BDC 100 100 m 200 100 l S EMC")),
    Case("tags.parent-tree", lost_parent),
    Case("tags.parent-tree", put("StructParent", 99999, lambda pdf: links(pdf)[0])),
    Case("tags.reading-order", swap),
    Case("tables.nesting", stray_row),
    Case("tables.nesting", put("S", Name.Div, lambda pdf: element(pdf, "TBody"))),
    Case("tables.rows", put("K", Array(), lambda pdf: element(pdf, "Table"))),
    Case("tables.regular", without_cell),
    Case("tables.regular", put("A", Array([Dictionary(O=Name.Table, RowSpan=999)]), lambda pdf: element(pdf, "TD"))),
    Case("tables.header", lambda pdf: [tag.__setitem__("/S", Name.TD) for tag in list(elements(pdf, "TH"))]),
    Case("tables.scope", put("A", None, lambda pdf: element(pdf, "TH"))),
    Case("typography.kind", put("Subtype", Name.Type3, font)),
    Case("typography.embedded", put("FontFile2", None, lambda pdf: descendant(pdf).FontDescriptor)),
    Case("typography.embedded", put("CIDToGIDMap", None, descendant)),
    Case("typography.subset", put("BaseFont", Name("/STIXGeneral-Regular"), font)),
    Case("typography.unicode", put("ToUnicode", None, font)),
    Case("typography.unicode", no_character),
    Case("typography.unicode", private_use),
    Case("typography.size", paint(text(100, 100, 8))),
    Case("typography.size", paint("q 0.5 0 0 0.5 0 0 cm" + text(200, 200, 10) + "Q")),
    Case("typography.size", large_text),
    Case("layout.paper", put("MediaBox", Array([0, 0, 792, 612]), lambda pdf: pdf.pages[3].obj)),
    Case("layout.paper", put("Rotate", 90, lambda pdf: pdf.pages[3].obj)),
    Case("layout.clipped", paint(text(838, 300))),
    Case("layout.clipped", paint(text(300, -40))),
    Case("layout.clipped", paint("q 100 100 5 5 re W n" + text(100, 100) + "Q")),
    Case("layout.clipped", paint("q 3 Tr" + text(100, 100) + "Q")),
    Case("layout.margin", paint(text(10, 300))),
    Case("layout.margin", paint(text(300, 560))),
    Case("layout.margin", paint("/Artifact BMC 400 10 m 400 100 l S EMC")),
    Case("layout.letter", paint("/Artifact BMC 30 100 m 811 100 l S EMC")),
    Case("layout.letter", paint("/Artifact BMC 100 20 m 100 560 l S EMC")),
    Case("layout.blank", furniture_only),
    Case("layout.overlap", double),
    Case("layout.covered", paint("/Artifact BMC 1 g 60 100 720 400 re f EMC")),
    Case("layout.covered", paint("/Artifact BMC 60 100 m 780 100 l 780 500 l 60 500 l h B EMC")),
    Case("navigation.panel", put("PageMode", None)),
    Case("navigation.bookmarks", put("Outlines", None)),
    Case("navigation.bookmarks", deep_bookmarks),
    Case("navigation.bookmarks", bookmark(" ", String("t-14-1-3-1"))),
    Case("navigation.destination", bookmark("Away", String("nowhere"))),
    Case(
        "navigation.destination",
        put("Dest", String("nowhere"), lambda pdf: next(x for x in links(pdf) if "/Dest" in x)),
    ),
    Case("navigation.destination", put("D", String("nowhere"), lambda pdf: link_to_file(pdf).A)),
    Case("navigation.destination", put("D", Array([999, Name.XYZ, None, None, None]), lambda pdf: link_to_file(pdf).A)),
    Case("navigation.contents", lambda pdf: [tag.__setitem__("/S", Name.Div) for tag in list(elements(pdf, "TOC"))]),
    Case("navigation.labels", put("PageLabels", None)),
    Case("navigation.labels", two_labels),
    Case("navigation.labels", late_labels),
    Case("navigation.border", put("Border", None, lambda pdf: links(pdf)[0])),
    Case("navigation.border", put("BS", Dictionary(W=2), lambda pdf: links(pdf)[0])),
    Case("navigation.address", put("A", Dictionary(S=Name.URI, URI=String("ftp://example.org/")), link_to_file)),
    Case("navigation.path", put("F", String("/folder/beside.pdf"), lambda pdf: link_to_file(pdf).A)),
    Case("navigation.path", put("F", String("C:\\beside.pdf"), lambda pdf: link_to_file(pdf).A)),
    Case("navigation.file", put("F", String("absent.pdf"), lambda pdf: link_to_file(pdf).A)),
    Case("navigation.file", put("F", String("broken.pdf"), lambda pdf: link_to_file(pdf).A)),
    Case(
        "navigation.file",
        put("F", Dictionary(Type=Name.Filespec, F=String("absent.pdf")), lambda pdf: link_to_file(pdf).A),
    ),
    Case(
        "navigation.zoom",
        put("Dest", lambda pdf: Array([pdf.pages[0].obj, Name.Fit]), lambda pdf: pdf.Root.Outlines.First),
    ),
    Case("navigation.zoom", put("D", Array([0, Name.Fit]), lambda pdf: link_to_file(pdf).A)),
    Case("rows.seen", paint("0 0 842 330 re W n ", before=True)),
]


def test_a_conforming_file_has_no_findings(good: Good) -> None:
    assert summary(good.check(good.path)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_the_rule_catches_the_damage(case: Case, damage: Callable[..., list[Finding]]) -> None:
    findings = damage(case.change, **case.options)
    assert case.rule in {finding.rule for finding in findings}, summary(findings)
    assert {finding.file for finding in findings} == {"damaged.pdf"}


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("archival.header", b"%\xbf\xf7\xa2\xfe", b"%abcd"),
        ("archival.identifier", b"/ID [", b"/IX ["),
        ("archival.metadata", b"/Subtype /XML", b"/Filter /Some"),
        ("archival.readable", b"%PDF-1.7", b"%PDX-1.7"),
    ],
)
def test_the_rule_catches_bytes_that_are_wrong(good: Good, tmp_path: Path, rule: str, old: bytes, new: bytes) -> None:
    path = tmp_path / "damaged.pdf"
    content = good.path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new) if rule != "archival.readable" else b"no PDF at all")
    assert rule in {finding.rule for finding in good.check(path)}


@pytest.mark.parametrize("kind", ["tagged", "seen"])
def test_rows_that_differ_from_the_results_are_found(good: Good, kind: str) -> None:
    for anchor, display in good.displays.items():
        row = display["rows"][2]
        changed = [
            [*display["rows"], row],
            display["rows"][1:],
            [{**row, "cells": ["77", *row["cells"][1:]]} if item is row else item for item in display["rows"]],
        ]
        for rows in changed:
            findings = check_pdf(good.path, displays={**good.displays, anchor: {**display, "rows": rows}})
            assert [finding.what for finding in findings if finding.rule == f"rows.{kind}"], display["id"]


def test_rows_of_another_language_are_counted(good: Good) -> None:
    def other(display: dict[str, Any], rows: int) -> dict[str, Any]:
        said = [{"label": "词", "cells": [], "kind": "row", "indent": 0}] * rows
        return {**display, "language": "zh", "rows": said}

    (anchor, display), *_ = good.displays.items()
    for more, rules in ((0, set()), (1, {"rows.tagged", "rows.seen"})):
        displays = {anchor: other(display, len(display["rows"]) + more)}
        assert {finding.rule for finding in check_pdf(good.path, displays=displays)} == rules


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("Table.pdf", "submission.name"),
        ("table_1.pdf", "submission.name"),
        ("table.1.pdf", "submission.name"),
        ("table 1.pdf", "submission.name"),
        ("Tables/table.pdf", "submission.name"),
        ("table.1/table.pdf", "submission.name"),
        ("a" * 61 + ".pdf", "submission.name"),
        ("abcdefghijklmnopqrst/abcdefghijklmnopqrst/a.pdf", "submission.path"),
        ("large.pdf", "submission.size"),
    ],
)
def test_names_paths_and_sizes_that_a_submission_refuses_are_found(tmp_path: Path, name: str, rule: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    if rule == "submission.size":
        os.truncate(path, 501 * 1024**2)
    assert submission.submitted(tmp_path) == [path]
    assert rule in {finding.rule for finding in submission.check(tmp_path, path)}


def test_a_folder_is_checked_file_by_file_without_the_results(good: Good, tmp_path: Path) -> None:
    (tmp_path / "listings").mkdir()
    (tmp_path / "results").mkdir()
    for name in ("appendix.pdf", BESIDE, "listings/l_1.pdf", "results/NOT_SUBMITTED.pdf"):
        shutil.copyfile(good.path, tmp_path / name)
    (tmp_path / "results" / "lock.json").write_text("{}", "utf-8")
    display = good.displays["t-14-1-3-1"]
    (tmp_path / "results" / "T14.1.3.1.json").write_text(json.dumps({**display, "rows": []}), "utf-8")
    (tmp_path / "Manifest.json").write_text("{}", "utf-8")
    (tmp_path / "results" / "T14.9.json").write_text(
        json.dumps({**display, "id": "T14.9", "anchor": "t-14-9"}), "utf-8"
    )
    findings = check_folder(tmp_path)
    assert check_folder(tmp_path, workers=2) == findings
    assert findings[-1] == ("results/T14.9.json", "rows.missing", "", "its rows stand in none of the files")
    assert {finding.file for finding in findings[:-1]} == {"appendix.pdf", BESIDE, "listings/l_1.pdf"}
    assert {(item.file, item.rule) for item in findings if item.file == "listings/l_1.pdf"} == {
        ("listings/l_1.pdf", rule) for rule in ("submission.name", "rows.tagged", "rows.seen", "navigation.file")
    }
    assert summary(findings)[0].startswith("appendix.pdf: rows.tagged: T14.1.3.1 has 0 rows, ")


def test_a_folder_without_pages_is_an_error(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(UsageError, match="no PDF to check"):
            check_folder(folder)


def test_each_rule_of_the_room_has_a_damage_here() -> None:
    named = set(re.findall(r'"([a-z]+\.[a-z-]+)",', "".join(path.read_text("utf-8") for path in ROOM.glob("*.py"))))
    here = set(re.findall(r'"([a-z]+\.[a-z-]+)"', Path(__file__).read_text("utf-8")))
    assert len(named) > 40
    assert named <= here


def test_each_rule_is_told_in_the_documentation() -> None:
    named = set(re.findall(r'"([a-z]+\.[a-z-]+)",', "".join(path.read_text("utf-8") for path in ROOM.glob("*.py"))))
    page = (ROOM.parents[2] / "docs" / "conformance.md").read_text("utf-8")
    assert {f"`{rule}`" for rule in named} <= set(re.findall(r"`[a-z]+\.[a-z-]+`", page))
    assert f"with {len(submission.PREFIX)} for the place" in page
