"""Lines of text: widths with kerning, where long words break, Chinese punctuation that closes up."""

from __future__ import annotations

from functools import partial

import pytest

from csrbook.render.direct_pdf.fonts import EmbeddedFont
from csrbook.render.direct_pdf.typesetting import FontChain
from csrbook.render.fonts import bundled_font, choose_fonts
from tests.render import samples

needs_chinese = pytest.mark.skipif(not samples.chinese_font(), reason="this machine has no Chinese font")


@pytest.fixture(scope="module")
def latin() -> FontChain:
    return FontChain([partial(EmbeddedFont, bundled_font("STIXGeneral.ttf"), 0, 1)], 1000, "en")


@pytest.fixture(scope="module")
def mixed() -> FontChain:
    (chinese, *_) = choose_fonts({"x": samples.CHINESE}).east_asian
    faces = [(bundled_font("STIXGeneral.ttf"), 0), (chinese.file, chinese.index)]
    return FontChain([partial(EmbeddedFont, *face, place) for place, face in enumerate(faces, 1)], 1000, "zh")


def texts(chain: FontChain, text: str, width: float, hanging: float = 0.0) -> list[float]:
    return [round(line.width) for line in chain.wrap(text, width, hanging)]


def test_width_is_that_of_the_font_with_its_kerning(latin: FontChain) -> None:
    # STIX General, thousandths of the size: A 722, V 722, n 500; A and V are 83 nearer to each other.
    assert latin.line("An").width == 1222
    assert latin.line("AV").width == 722 + 722 - 83
    assert latin.line("AV").content == b"[(\x00$)83(\x009)]TJ"


def test_kerning_does_not_reach_over_a_line_break(latin: FontChain) -> None:
    # A hyphen has 333; T stands 79 nearer to it, on the same line only.
    whole = latin.line("n-T").width
    assert whole == 500 + 333 + 611 - 79
    assert texts(latin, "n-T", whole - 1) == [833, 611]


def test_blanks_at_the_end_of_a_line_take_no_room(latin: FontChain) -> None:
    assert texts(latin, "nn nn", 1000) == [1000, 1000]


def test_newlines_break_and_leave_a_blank_for_readers_of_the_text(latin: FontChain) -> None:
    first, second = latin.wrap("nn\nn", 5000)
    assert (first.width, second.width) == (1000, 500)
    assert first.content == b"[(\x00Q\x00Q\x00\x03)]TJ"


def test_lines_after_the_first_hang(latin: FontChain) -> None:
    assert texts(latin, "nn nn nn nn", 2250) == [2250, 2250]
    assert texts(latin, "nn nn nn nn", 2250, 100) == [2250, 1000, 1000]


def test_only_long_words_are_divided(latin: FontChain) -> None:
    # Seven letters stay whole, wider than the line or not.
    assert texts(latin, "nnnnnnn n", 2500) == [3500, 500]
    assert texts(latin, "nnnnnnnnn", 2500) == [2500, 2000]
    # After a hyphen or slash first, anywhere only where that does not do.
    assert texts(latin, "nnnn-nnnn", 2500) == [2333, 2000]
    assert texts(latin, "nnnnnnnn/n", 2500) == [2500, 2278]


def test_a_character_that_no_font_has_is_left_out(latin: FontChain) -> None:
    assert latin.line("n\x01n").width == 1000


def test_full_stops_hang_over_the_edge(latin: FontChain) -> None:
    assert latin.line("n.").overhang == pytest.approx(0.8 * 250)
    assert latin.line("n. ").overhang == pytest.approx(0.8 * 250)
    assert latin.line("n").overhang == 0


@needs_chinese
def test_lines_are_as_high_as_their_fonts(mixed: FontChain) -> None:
    assert mixed.line("n").ascent == 662
    assert mixed.line("腹").ascent > 662
    assert mixed.line("n腹").ascent == mixed.line("腹").ascent


@needs_chinese
def test_chinese_punctuation_closes_up(mixed: FontChain) -> None:
    assert mixed.line("腹泻").width == 2000
    # To its neighbour, at the end of a line, at its beginning.
    assert mixed.line("腹），泻").width == 3500
    assert mixed.line("腹。").width == 1500
    assert mixed.line("（腹").width == 1500


@needs_chinese
def test_chinese_breaks_between_characters_and_latin_words_stay_whole(mixed: FontChain) -> None:
    # n is half as wide as a character: the word does not fit behind three of them.
    assert texts(mixed, "腹泻腹泻nnn泻", 4000) == [4000, 2500]
    assert texts(mixed, "腹泻腹nnn泻", 4000) == [3000, 2500]
    # The comma moves to the next line with its character.
    assert texts(mixed, "腹泻腹泻，", 4000) == [3000, 1500]
