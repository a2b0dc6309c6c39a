"""Fonts: bundled Latin always, Chinese only where a page needs it, an error where a character has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from csrbook.errors import RenderError
from csrbook.render import fonts
from csrbook.render.fonts import FONT_FOLDER_VARIABLE, bundled_font, choose_fonts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Chinese fonts."""
    monkeypatch.setattr(fonts, "_system_folders", list)
    monkeypatch.delenv(FONT_FOLDER_VARIABLE, raising=False)


def test_latin_pages_need_bundled_fonts_only() -> None:
    chosen = choose_fonts({"T1": "Age ≥65 years, β = 0.5 ± 0.1 kg/m² – “quoted” µg → 5\t\n"})
    assert chosen.text == ("STIXGeneral",)
    assert chosen.names() == fonts.BUNDLED
    assert all(file.is_file() for file in chosen.files)


@pytest.mark.usefixtures("bare_machine")
def test_missing_glyph_names_the_character_the_output_and_the_remedy() -> None:
    with pytest.raises(RenderError) as caught:
        choose_fonts({"T14.1.1.1": "fine", "L16.2.7.1": "腹泻"})
    assert "泻 (U+6CFB)" in caught.value.what
    assert caught.value.where == "L16.2.7.1"
    assert "apt-get install fonts-noto-cjk" in caught.value.todo
    assert FONT_FOLDER_VARIABLE in caught.value.todo
    assert caught.value.exit_code == 1


@pytest.mark.usefixtures("bare_machine")
def test_folder_without_the_character_is_searched_and_named(tmp_path: Path) -> None:
    (tmp_path / "latin.ttf").write_bytes(bundled_font("DejaVuSans.ttf").read_bytes())
    with pytest.raises(RenderError) as caught:
        choose_fonts({"L16.2.7.1": "腹泻"}, [tmp_path])
    assert str(tmp_path) in caught.value.where


@pytest.mark.usefixtures("bare_machine")
@pytest.mark.parametrize("by_variable", [True, False])
def test_named_folder_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_variable: bool) -> None:
    (tmp_path / "wide.ttf").write_bytes(bundled_font("DejaVuSans.ttf").read_bytes())
    if by_variable:
        monkeypatch.setenv(FONT_FOLDER_VARIABLE, str(tmp_path))
    # U+2D30 (Tifinagh) is in DejaVu Sans and in no bundled face.
    chosen = choose_fonts({"T1": "\u2d30"}, [] if by_variable else [tmp_path])
    assert chosen.text == ("STIXGeneral", "DejaVu Sans")
    assert chosen.names()[-1] == "wide.ttf"


@pytest.mark.usefixtures("bare_machine")
def test_broken_font_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"not a font")
    with pytest.raises(RenderError, match="font file cannot be read") as caught:
        choose_fonts({"T1": "腹"}, [tmp_path])
    assert "broken.ttf" in caught.value.where


def test_font_that_does_not_come_with_matplotlib_is_an_error() -> None:
    with pytest.raises(RenderError, match=r"Nothing\.ttf"):
        bundled_font("Nothing.ttf")
