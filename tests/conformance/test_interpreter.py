"""The interpreter sees what other readers of PDF see, operator by operator and on whole pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pdfplumber
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from csrbook.conformance.geometry import Box
from csrbook.conformance.interpreter import ASCENT, DESCENT, read_page
from csrbook.conformance.typeface import read_typeface

if TYPE_CHECKING:
    from csrbook.conformance.content import PageContent, Run
    from tests.conformance.conftest import Good

WIDTHS = 500
"""Of every character of the test's font, in thousandths."""


def page_of(content: str, **resources: pikepdf.Object) -> PageContent:
    """A page that paints what is given, with a simple font ``/F`` whose codes are ASCII."""
    pdf = Pdf.new()
    pairs = "".join(f"<{code:02x}> <{code:04x}>\n" for code in range(32, 127))
    characters = f"begincodespacerange <00> <ff> endcodespacerange 95 beginbfchar\n{pairs}endbfchar"
    font = pdf.make_indirect(
        Dictionary(
            Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name("/ABCDEF+Some"), FirstChar=32, LastChar=126,
            Widths=Array([WIDTHS] * 95), ToUnicode=pdf.make_stream(characters.encode()),
        )
    )  # fmt: skip
    page = pdf.add_blank_page(page_size=(842, 595))
    page.obj.Resources = Dictionary(Font=Dictionary(F=font), **resources)
    page.obj.Contents = pdf.make_stream(content.encode("latin-1"))
    return read_page(page, {})


def run_of(content: str) -> Run:
    (run,) = page_of(f"BT /F 10 Tf {content} ET").runs
    return run


def test_text_has_a_place_a_size_and_a_width() -> None:
    run = run_of("1 0 0 1 100 200 Tm (abcd) Tj")
    assert (run.text, run.size, run.upright, run.artifact, run.invisible) == ("abcd", 10, True, False, False)
    assert run.box == Box(100, 200 + 10 * DESCENT, 120, 200 + 10 * ASCENT)


def test_white_space_at_the_ends_is_no_ink() -> None:
    run = run_of("1 0 0 1 100 200 Tm ( ab  ) Tj")
    assert (run.box.x0, run.box.x1) == (105, 115)


@pytest.mark.parametrize(
    ("content", "x", "y"),
    [
        ("10 20 Td (a) Tj", 10, 20),
        ("10 20 Td 5 -5 Td (a) Tj", 15, 15),
        ("10 20 Td 0 -12 TD T* (a) Tj", 10, -4),
        ("12 TL 10 20 Td T* (a) Tj", 10, 8),
        ("12 TL 10 20 Td (a) '", 10, 8),
        ('12 TL 10 20 Td 0 0 (a) "', 10, 8),
        ("10 20 Td 4 Ts (a) Tj", 10, 24),
        ("1 0 0 1 10 20 Tm (b) Tj (a) Tj", 15, 20),
        ("1 0 0 1 10 20 Tm 3 Tc (b) Tj (a) Tj", 18, 20),
        ("1 0 0 1 10 20 Tm 7 Tw (b ) Tj (a) Tj", 27, 20),
        ("1 0 0 1 10 20 Tm 50 Tz (b) Tj (a) Tj", 12.5, 20),
        ("1 0 0 1 10 20 Tm [(b) -2000] TJ (a) Tj", 35, 20),
        ("1 0 0 1 10 20 Tm [-2000 (a)] TJ", 30, 20),
    ],
)
def test_operators_move_the_next_text(content: str, x: float, y: float) -> None:
    run = page_of(f"BT /F 10 Tf {content} ET").runs[-1]
    assert run.text == "a"
    assert (run.box.x0, run.box.y0 - 10 * DESCENT) == pytest.approx((x, y))


def test_a_wide_move_begins_another_run_and_a_kerning_does_not() -> None:
    assert [run.text for run in page_of("BT /F 10 Tf [(a) -200 (b) -900 (c)] TJ ET").runs] == ["ab", "c"]


def test_sizes_and_places_follow_all_matrices() -> None:
    content = "q 2 0 0 2 10 10 cm BT /F 5 Tf 1 0 0 1 20 30 Tm (a) Tj ET Q BT /F 5 Tf 1 0 0 1 1 1 Tm (b) Tj ET"
    first, second = page_of(content).runs
    assert (first.size, first.box.x0) == (10, 50)
    assert (second.size, second.box.x0) == (5, 1)


def test_turned_and_mirrored_text_is_known() -> None:
    turned = run_of("0 1 -1 0 100 200 Tm (ab) Tj")
    assert not turned.upright
    assert turned.size == 10
    assert turned.box == pytest.approx((100 - 10 * ASCENT, 200, 100 - 10 * DESCENT, 210))
    assert not run_of("1 0 0 -1 100 200 Tm (ab) Tj").upright


def test_marked_content_has_its_number_and_artifacts_are_known() -> None:
    content = (
        "/P <</MCID 3>> BDC BT /F 9 Tf (a) Tj ET /Span BMC BT (b) Tj ET EMC EMC "
        "/Artifact <</Type/Pagination>> BDC BT (c) Tj ET /P <</MCID 4>> BDC 0 0 m 9 9 l S EMC EMC BT (d) Tj ET"
    )
    page = page_of(content)
    tags = [run.tag for run in page.runs]
    assert [tag and tag.mcid for tag in tags] == [3, 3, None, None]
    assert [run.artifact for run in page.runs] == [False, False, True, False]
    assert tags[2] is not None
    assert tags[2].pagination
    assert page.marks[0].artifact
    assert tags[3] is None


def test_properties_of_marked_content_may_stand_in_the_resources() -> None:
    page = page_of("/P /One BDC BT /F 9 Tf (a) Tj ET EMC", Properties=Dictionary(One=Dictionary(MCID=7)))
    assert page.runs[0].tag is not None
    assert page.runs[0].tag.mcid == 7


def test_a_text_in_the_place_of_codes_is_told_once() -> None:
    content = "/P <</MCID 0>> BDC /Span <</ActualText (whole)>> BDC BT /F 9 Tf (x) Tj (y) Tj ET EMC BT (z) Tj ET EMC"
    page = page_of(content)
    assert [run.text for run in page.runs] == ["whole", "z"]
    assert [run.tag.mcid if run.tag else None for run in page.runs] == [0, 0]


def test_paths_images_shadings_and_forms_have_a_place() -> None:
    pdf = Pdf.new()
    form = pdf.make_stream(
        b"BT /F 10 Tf 1 0 0 1 1 1 Tm (f) Tj ET 0 0 50 50 re f", Type=Name.XObject, Subtype=Name.Form,
        BBox=Array([0, 0, 20, 20]), Matrix=Array([1, 0, 0, 1, 100, 0]),
    )  # fmt: skip
    image = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Image)
    content = (
        "10 10 m 20 30 l 5 5 15 40 25 10 c S q 4 0 0 4 200 200 cm /I Do Q q 1 0 0 1 0 300 cm /X Do Q "
        "q 50 60 10 10 re W n /S sh Q q 8 0 0 8 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x00 EI Q 1 1 m n"
    )
    page = page_of(content, XObject=Dictionary(X=form, I=image))
    assert [(mark.kind, tuple(round(edge, 1) for edge in mark.box)) for mark in page.marks] == [
        ("path", (4.5, 4.5, 25.5, 40.5)),
        ("image", (200, 200, 204, 204)),
        ("path", (100, 300, 120, 320)),
        ("shading", (50, 60, 60, 70)),
        ("image", (0, 0, 8, 8)),
    ]
    assert [(mark.solid, mark.before) for mark in page.marks] == [
        (False, 0),
        (True, 0),
        (True, 1),
        (False, 1),
        (True, 1),
    ]
    (run,) = page.runs
    assert (run.box.x0, run.clip) == (101, Box(100, 300, 120, 320))


def test_what_is_transparent_or_no_rectangle_hides_nothing() -> None:
    states = Dictionary(A=Dictionary(ca=0.5), B=Dictionary(ca=1))
    content = (
        "/A gs 0 0 9 9 re f /B gs 0 0 9 9 re f 0 0 m 9 0 l 5 9 l f q .7 .7 -.7 .7 0 0 cm 0 0 9 9 re f Q 0 0 9 9 re S"
    )
    assert [mark.solid for mark in page_of(content, ExtGState=states).marks] == [False, True, False, False, False]


def test_clips_narrow_and_are_restored() -> None:
    content = "q 0 0 100 100 re W n q 50 50 100 100 re W* n BT (a) Tj ET Q BT (b) Tj ET Q BT (c) Tj ET"
    page = page_of(f"/F 9 Tf {content}")
    assert [run.clip for run in page.runs] == [Box(50, 50, 100, 100), Box(0, 0, 100, 100), None]


def test_colours_of_a_press_and_invisible_text_are_seen() -> None:
    assert page_of("0 0 0 1 K").process_colours
    assert not page_of("0 0 1 RG").process_colours
    assert run_of("3 Tr (a) Tj").invisible


def test_unicode_maps_and_widths_are_read_in_all_forms() -> None:
    pdf = Pdf.new()
    to_unicode = (
        b"2 beginbfchar <0001> <00660069> <0002> <d835df03> endbfchar "
        b"2 beginbfrange <0010> <0012> <0041> <0020> <0021> [<0058> <0059>] endbfrange"
    )
    font = Dictionary(
        Subtype=Name.Type0, BaseFont=Name("/ABCDEF+Some"), ToUnicode=pdf.make_stream(to_unicode),
        DescendantFonts=Array([Dictionary(W=Array([1, Array([300, 400]), 16, 18, 700]), DW=900)]),
    )  # fmt: skip
    typeface = read_typeface(font)
    assert typeface.read(bytes.fromhex("00010002001000120020002100ff")) == ("fi\U0001d703ACXY\ufffd", 4800, 7)
    assert typeface.used == {1, 2, 16, 18, 32, 33, 255}


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u2060]", "", text)


def test_it_reads_the_text_of_a_whole_document_as_others_do(good: Good) -> None:
    with pikepdf.open(good.path) as pdf, pdfplumber.open(good.path) as other:
        for page, same in zip(pdf.pages, other.pages, strict=True):
            own = "".join(run.text for run in read_page(page, {}).runs)
            assert squeezed(own) == squeezed("".join(char["text"] for char in same.chars))


def test_it_places_and_sizes_text_as_others_do(good: Good) -> None:
    with pikepdf.open(good.path) as pdf, pdfplumber.open(good.path) as other:
        for number in (1, 3, 4):
            own = read_page(pdf.pages[number], {})
            starts = {
                (round(char["x0"], 1), round(char["matrix"][5], 1), round(char["size"], 1), char["text"])
                for char in other.pages[number].chars
            }
            assert len(own.runs) > 20
            for run in own.runs:
                if run.upright and not run.text[0].isspace() and run.text[0] != "\u2060":
                    baseline = run.box.y0 - DESCENT * run.size
                    near = [s for s in starts if s[3] == run.text[0] and abs(s[0] - run.box.x0) < 0.2]
                    assert [s for s in near if abs(s[1] - baseline) < 0.2 and abs(s[2] - run.size) < 0.2], run
