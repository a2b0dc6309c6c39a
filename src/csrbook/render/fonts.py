"""Fonts of the pages: the same files everywhere, and an error where a character has none.

Times-like Latin (STIX General) and DejaVu Sans Mono come with matplotlib, which is pinned. Chinese comes from a folder
that the user names (argument or ``CSRBOOK_FONTS``) or from the system, and only where a page needs it, so that pages
without Chinese do not depend on what is installed.
"""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

__all__ = ["FONT_FOLDER_VARIABLE", "FontSet", "Typeface", "bundled_font", "choose_fonts", "install_fonts"]

FONT_FOLDER_VARIABLE: Final = "CSRBOOK_FONTS"
TEXT_FAMILY: Final = "STIXGeneral"
MONO_FAMILY: Final = "DejaVu Sans Mono"
BUNDLED: Final = (
    "STIXGeneral.ttf",
    "STIXGeneralBol.ttf",
    "STIXGeneralItalic.ttf",
    "STIXGeneralBolIta.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSansMono-Bold.ttf",
)
# Serif first, to go with Times; file names are patterns.
SYSTEM_CANDIDATES: Final = (
    "NotoSerifCJK-*.ttc",
    "NotoSerifCJKsc-*.otf",
    "NotoSerifSC-*.otf",
    "NotoSansCJK-*.ttc",
    "NotoSansCJKsc-*.otf",
    "Songti.ttc",
    "STHeiti*.ttc",
)
SUFFIXES: Final = {".ttf", ".otf", ".ttc", ".otc"}


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font in a file: the file, its place in a collection, its family, whether it is bold."""

    file: Path
    index: int
    family: str
    bold: bool


@dataclass(frozen=True, slots=True)
class FontSet:
    """Font files of a render and the families in the order in which they are tried."""

    files: tuple[Path, ...]
    text: tuple[str, ...] = (TEXT_FAMILY,)
    mono: tuple[str, ...] = (MONO_FAMILY,)
    east_asian: tuple[Typeface, ...] = ()

    def names(self) -> tuple[str, ...]:
        """File names, for the manifest."""
        return tuple(file.name for file in self.files)


def bundled_font(name: str) -> Path:
    """A font file that comes with matplotlib, found without importing matplotlib."""
    package = find_spec("matplotlib")
    folder = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf" if package and package.origin else None
    if folder is None or not (folder / name).is_file():
        raise RenderError(
            f"the font file {name}, which comes with matplotlib, is missing",
            str(folder or "matplotlib is not installed"),
            "install the pinned requirements again",
        )
    return folder / name


def choose_fonts(texts: Mapping[str, Collection[str]], folders: Sequence[Path] = ()) -> FontSet:
    """The fonts that the given texts need.

    Parameters
    ----------
    texts : mapping of str to str or set of str
        Everything that is printed, or its characters, by the name of its source (an output id or a file).
    folders : sequence of Path
        Folders with further fonts, searched before the system's.

    Raises
    ------
    RenderError
        A character is in no font; names it, its source, and what to install.
    """
    files = tuple(bundled_font(name) for name in BUNDLED)
    known = _characters(files[0], 0) | _characters(files[4], 0)
    needed = {ord(c) for text in texts.values() for c in set(text)} - known
    needed = {code for code in needed if unicodedata.category(chr(code)) not in _INVISIBLE}
    if not needed:
        return FontSet(files)
    named = [*folders, *_folders_of_environment()]
    for group in _candidates(named):
        faces = sorted((face for file in group for face in _typefaces(file)), key=_preference)
        family = next((face.family for face in faces if needed <= _characters(face.file, face.index)), None)
        if family is not None:
            chosen = tuple(face for face in faces if face.family == family)
            used = tuple(dict.fromkeys(face.file for face in chosen))
            return FontSet((*files, *used), (TEXT_FAMILY, family), (MONO_FAMILY, family), chosen)
    raise _no_glyph(needed, texts, named)


def install_fonts(fonts: FontSet, folder: Path) -> None:
    """Link the font files into a folder (copies where links are not allowed)."""
    folder.mkdir(parents=True)
    for number, file in enumerate(fonts.files, start=1):
        # Numbered, for a folder that the user names may hold a file of the same name.
        target = folder / f"{number:02d}-{file.name}"
        try:
            target.symlink_to(file.resolve())
        except OSError:
            shutil.copyfile(file, target)


_INVISIBLE: Final = {"Cc", "Cf", "Zs", "Zl", "Zp"}


def _folders_of_environment() -> list[Path]:
    named = os.environ.get(FONT_FOLDER_VARIABLE, "")
    return [Path(part) for part in named.split(os.pathsep) if part]


def _system_folders() -> list[Path]:
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), Path.home() / "Library/Fonts"]
    return [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts"]


def _candidates(folders: Iterable[Path]) -> Iterable[list[Path]]:
    """Groups of files that hold one family: each named folder, then the system's known families."""
    for folder in folders:
        yield sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES)
    for pattern in SYSTEM_CANDIDATES:
        found = [file for folder in _system_folders() if folder.is_dir() for file in sorted(folder.rglob(pattern))]
        wanted = [file for file in found if file.stem.endswith(("Regular", "Bold"))] or found
        if wanted:
            yield wanted


def _preference(face: Typeface) -> tuple[bool, bool, bool, str]:
    """Of a collection the simplified Chinese member, proportional before monospaced, regular before bold."""
    return (" SC" not in face.family, "Mono" in face.family, face.bold, face.file.name)


def _members(file: Path) -> list[Any]:
    from fontTools.ttLib import TTCollection, TTFont, TTLibError

    try:
        if file.suffix.lower() in {".ttc", ".otc"}:
            return list(TTCollection(str(file), lazy=True).fonts)
        return [TTFont(str(file), lazy=True)]
    except (TTLibError, OSError) as problem:
        raise RenderError(f"a font file cannot be read: {problem}", str(file), "remove or replace it") from problem


@lru_cache(maxsize=64)
def _typefaces(file: Path) -> tuple[Typeface, ...]:
    return tuple(Typeface(file, i, _family(font), _is_bold(font)) for i, font in enumerate(_members(file)))


@lru_cache(maxsize=64)
def _characters(file: Path, index: int) -> frozenset[int]:
    return frozenset(_members(file)[index].getBestCmap() or ())


def _family(font: Any) -> str:
    names = font["name"]
    return str(names.getDebugName(16) or names.getDebugName(1))


def _is_bold(font: Any) -> bool:
    return bool(font["OS/2"].usWeightClass >= 600)


def _no_glyph(needed: set[int], texts: Mapping[str, Collection[str]], folders: Sequence[Path]) -> RenderError:
    shown = ", ".join(f"{chr(code)} (U+{code:04X})" for code in sorted(needed)[:5])
    more = f" and {len(needed) - 5} more" if len(needed) > 5 else ""
    places = sorted(name for name, text in texts.items() if any(chr(code) in text for code in needed))
    searched = f"; searched {', '.join(map(str, folders))} and the system's fonts" if folders else ""
    return RenderError(
        f"no font has the characters {shown}{more}",
        f"{', '.join(places[:5])}{searched}",
        "install a Chinese font (Debian: apt-get install fonts-noto-cjk), or name a folder that holds a font with "
        f"these characters in {FONT_FOLDER_VARIABLE}",
    )
