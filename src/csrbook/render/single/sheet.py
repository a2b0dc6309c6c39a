"""A display with the fixed words around it, as the render project holds them: the same in each format."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import RenderError
from csrbook.render.separate_listings import FOLDER
from csrbook.render.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Sheet", "display_file", "read_sheet"]

LOCALES: Final = {"en": "en-GB", "zh": "zh-CN"}
"""Language tags of the languages in which editions are written."""

# Characters that no page shows and XML forbids or warns of; a tab is a blank and any end of a line is one.
_INVISIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_LINE_END: Final = re.compile("\r\n?|[\x85\u2028\u2029]")
# What the JSON of a text with such a character has in it; it may have it without one.
_SUSPECT: Final = re.compile("\\\\u00|\\\\[bfrt]|[\x7f-\x9f\u2028\u2029\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A display and the fixed words of its language.

    Attributes
    ----------
    display : mapping
        Display JSON with all rows, without characters that cannot be shown.
    words : mapping
        Fixed words (:mod:`csrbook.render.words`).
    separate : bool
        Whether the project holds it as a PDF of its own.
    """

    display: Mapping[str, Any]
    words: Mapping[str, str]
    separate: bool = False

    def __getitem__(self, key: str) -> Any:
        """A field of the display."""
        return self.display[key]

    @property
    def name(self) -> str:
        """Number and title, as one line."""
        return f"{self['number']} {self['title']}"

    @property
    def locale(self) -> str:
        """Language tag of the texts."""
        language: str = self["language"]
        return LOCALES.get(language, language)

    @property
    def protocol(self) -> str:
        """The protocol, with its word."""
        return say(self.words, "protocol", x=self["protocol"])

    @property
    def status(self) -> str:
        """Status of the pages and data cut-off."""
        return f"{self['status']} · {say(self.words, 'cutoff', x=self['data_cutoff'])}"

    @property
    def page_words(self) -> tuple[str, str, str]:
        """What stands before, between and after the number of the page and that of all pages."""
        before, rest = self.words["page"].split("{x}")
        between, after = rest.split("{y}")
        return before, between, after

    @property
    def notes(self) -> list[str]:
        """Footnotes, then the sources."""
        sources = ", ".join(self["sources"])
        return [*self["footnotes"], *([say(self.words, "source", x=sources)] if sources else [])]

    @property
    def identification(self) -> list[str]:
        """Program, data lock and what the second programmer found."""
        lock = self["lock"][:19] if self["lock"].startswith("sha256:") else self["lock"]
        program = say(self.words, "program", x=self["program"])
        return [program, say(self.words, "lock", x=lock), *filter(None, [self["double_programming"]])]


def display_file(folder: Path, name: str) -> Path:
    """The file of a render project that holds a display with all its rows.

    Raises
    ------
    RenderError
        The project has no such display.
    """
    path = folder / "results" / f"{name}.json"
    if not path.is_file():
        raise RenderError("there is no display of this output", name, "name an output that the project holds")
    # Of a listing that is a file of its own the documents hold no rows; they stand beside that file.
    separate = json.loads(path.read_text(encoding="utf-8")).get("separate")
    return path if separate is None else (folder / separate["file"]).with_suffix(".json")


def read_sheet(folder: Path, name: str) -> Sheet:
    """The sheet of an output.

    Parameters
    ----------
    folder : Path
        Folder of the render project.
    name : str
        Output id.

    Raises
    ------
    RenderError
        The project has no such display.
    """
    file = display_file(folder, name)
    return Sheet(_read(file), _read(folder / "results" / "words.json"), separate=file.parent.name == FOLDER)


def _read(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    content = json.loads(text)
    return _visible(content) if _SUSPECT.search(text) else content


def _visible(content: Any) -> Any:
    if isinstance(content, str):
        return _INVISIBLE.sub("", _LINE_END.sub("\n", content).replace("\t", " "))
    if isinstance(content, list):
        return [_visible(item) for item in content]
    if isinstance(content, dict):
        return {key: _visible(item) for key, item in content.items()}
    return content
