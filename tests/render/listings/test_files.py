"""The file of a listing written directly: tags, bookmarks, links, archival, fast web view, the same bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pikepdf
from pypdf import PdfReader
from pypdf.generic import NullObject

from csrbook.conformance import check_pdf
from csrbook.render.direct_pdf.bookmarks import Bookmark, grouped
from csrbook.render.direct_pdf.colour_profile import srgb_profile
from tests.render import samples
from tests.render.listings.conftest import APPENDIX, write
from tests.render.test_pages import SUBJECT

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_is_found_against_the_file(tmp_path: Path, display: dict[str, Any]) -> None:
    file, _ = write(tmp_path, display)
    assert check_pdf(file, displays={display["anchor"]: display}) == []


def test_says_what_it_is(file: Path) -> None:
    with pikepdf.open(file) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert pdf.pdf_version == "1.7"
        assert pdf.Root.PageMode == "/UseOutlines"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert str(pdf.Root.Lang) == "en"
        assert pdf.docinfo["/CreationDate"] == "D:20260115000000Z"
        assert pdf.docinfo["/Title"] == "Listing 16.2.7.1 Adverse Events, 2020-KY-140"
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == "Listing 16.2.7.1 Adverse Events, 2020-KY-140"
        assert bytes(pdf.Root.OutputIntents[0].DestOutputProfile.read_bytes()) == srgb_profile()


def test_fonts_are_embedded(file: Path) -> None:
    with pikepdf.open(file) as pdf:
        fonts: Any = list(pdf.pages[0].resources["/Font"].values())
        assert len(fonts) == 3 + samples.chinese_font()
        for font in fonts:
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


def test_is_ready_for_fast_web_view(file: Path, tmp_path: Path, display: dict[str, Any]) -> None:
    one_page, _ = write(tmp_path, {**display, "rows": display["rows"][:1]})
    for path in (file, one_page):
        with pikepdf.open(path) as pdf:
            assert pdf.is_linearized
            said = io.StringIO()
            assert pdf.check_linearization(said), said.getvalue()
            assert pdf.get_warnings() == []


def test_more_rows_than_were_announced_are_written_all_the_same(tmp_path: Path, display: dict[str, Any]) -> None:
    from csrbook.render.large_listing import Rows

    rows = Rows((row["cells"] for row in display["rows"]), 3)
    file, extent = write(tmp_path, {**display, "rows": []}, rows=rows, appendix=APPENDIX)
    assert extent.records == len(display["rows"])
    with pikepdf.open(file) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert len(pdf.pages) == extent.pages


def test_every_cell_has_its_tag(file: Path, display: dict[str, Any]) -> None:
    with pikepdf.open(file) as pdf:
        kinds = [str(kid.S) for kid in pdf.Root.StructTreeRoot.K.K]
        assert kinds == ["/H1", "/P", "/Table", *["/P"] * (len(display["footnotes"]) + 1), "/P"]
        head, *groups = pdf.Root.StructTreeRoot.K.K[2].K
        headers = [cell for row in head.K for cell in row.K]
        assert [str(cell.S) for cell in headers] == ["/TH"] * 8
        assert {str(cell.A.Scope) for cell in headers} == {"/Column"}
        rows = [row for group in groups for row in group.K]
        assert len(groups) == len({row["cells"][0] for row in display["rows"]})
        assert len(rows) == len(display["rows"])
        assert {tuple(str(cell.S) for cell in row.K) for row in rows} == {("/TH", *["/TD"] * 7)}
        assert {str(row.K[0].A.Scope) for row in rows} == {"/Row"}


def test_spans_of_column_headers_are_told(tmp_path: Path, display: dict[str, Any]) -> None:
    def cell(text: str, colspan: int, rowspan: int) -> dict[str, Any]:
        return {"text": text, "colspan": colspan, "rowspan": rowspan, "align": "center", "rule": colspan > 1}

    header = [[cell("Subject", 1, 2), cell("All of it", 7, 1)], [cell(f"Column {i}", 1, 1) for i in range(7)]]
    changed = {**display, "header": header, "rows": display["rows"][:2]}
    file, _ = write(tmp_path, changed)
    with pikepdf.open(file) as pdf:
        first, second = pdf.Root.StructTreeRoot.K.K[2].K[0].K
        assert [(int(c.A.get("/ColSpan", 1)), int(c.A.get("/RowSpan", 1))) for c in first.K] == [(1, 2), (7, 1)]
        assert len(second.K) == 7
    assert check_pdf(file, displays={changed["anchor"]: changed}) == []


def test_each_subject_has_a_bookmark_to_where_its_rows_begin(file: Path, display: dict[str, Any]) -> None:
    reader = PdfReader(file)
    top, children = reader.outline
    assert isinstance(children, list)
    assert top.title == "Listing 16.2.7.1 Adverse Events"  # type: ignore[union-attr]
    subjects = list(dict.fromkeys(row["cells"][0] for row in display["rows"]))
    assert [mark.title for mark in children] == subjects  # type: ignore[union-attr]
    first_pages: dict[str, int] = {}
    for number, page in enumerate(reader.pages):
        for subject in SUBJECT.findall(page.extract_text()):
            first_pages.setdefault(subject, number)
    places = [(reader.get_destination_page_number(mark), -float(mark.top)) for mark in children]  # type: ignore[union-attr,arg-type]
    assert [page for page, _ in places] == [first_pages[subject] for subject in subjects]
    # Several of a page follow one another down the page, and the reader's zoom stays.
    assert places == sorted(set(places))
    assert all(isinstance(mark.zoom, NullObject) for mark in children)  # type: ignore[union-attr]


def test_bookmarks_name_all_leading_columns_that_group_rows(tmp_path: Path, display: dict[str, Any]) -> None:
    file, _ = write(tmp_path, {**display, "rows": display["rows"][:4], "group_by": 2})
    _, children = PdfReader(file).outline
    assert [mark.title for mark in children] == ["NCT04646759-001-0001, 50/F", "NCT04646759-001-0002, 51/F"]  # type: ignore[union-attr]


def test_thousands_of_bookmarks_are_in_groups_of_at_most_four_levels() -> None:
    def depth(marks: Any) -> int:
        return 1 + max((depth(mark.children) for mark in marks if mark.children), default=0)

    def leaves(marks: Any) -> list[str]:
        return [title for mark in marks for title in (leaves(mark.children) if mark.children else [mark.title])]

    for count, levels in ((500, 1), (501, 2), (50_000, 2), (60_000, 3)):
        names = [f"S{i:06d}" for i in range(count)]
        marks = grouped([Bookmark(name, b"") for name in names])
        assert depth(marks) == levels
        assert leaves(marks) == names
        assert len(marks) <= 500
    assert marks[0].title == "S000000 – S009999"


def test_the_id_at_the_foot_of_each_page_leads_to_the_appendix(file: Path) -> None:
    with pikepdf.open(file) as pdf:
        for page in pdf.pages:
            (link,) = page.obj.Annots
            assert (str(link.A.S), str(link.A.F), str(link.A.D)) == ("/GoToR", APPENDIX, "l-16-2-7-1")
            assert str(link.Contents) == "Listing 16.2.7.1, csr-appendix.pdf"
        goal = pikepdf.NameTree(pdf.Root.Names.Dests)["l-16-2-7-1"]
        assert goal[0].objgen == pdf.pages[0].obj.objgen


def test_same_bytes_every_time(tmp_path: Path, display: dict[str, Any]) -> None:
    one, _ = write(tmp_path / "one", display, appendix=APPENDIX)
    other, _ = write(tmp_path / "other", display, appendix=APPENDIX)
    assert one.read_bytes() == other.read_bytes()
    changed, _ = write(tmp_path / "changed", {**display, "status": "FINAL"}, appendix=APPENDIX)
    with pikepdf.open(one) as before, pikepdf.open(changed) as after:
        assert before.trailer.ID[0] != after.trailer.ID[0]


def test_colour_profile_is_that_of_srgb() -> None:
    from PIL import Image, ImageCms

    profile = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    # Every fifth level of each channel.
    colours = bytes(level for red in range(0, 256, 5) for green in range(0, 256, 5) for level in (red, green, 128))
    picture = Image.frombytes("RGB", (52, 52), colours)
    same = ImageCms.profileToProfile(picture, profile, ImageCms.createProfile("sRGB"))
    assert same is not None
    assert max(abs(a - b) for a, b in zip(picture.tobytes(), same.tobytes(), strict=True)) <= 1
