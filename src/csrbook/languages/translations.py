"""A language: its translations, and what of the strings that were asked for has none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from csrbook.errors import UsageError
from csrbook.languages.catalogue import read_catalogue
from csrbook.languages.keys import abstracted, filled, has_words
from csrbook.languages.sentences import Piece, clauses, joined, sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FOLDER", "Translations", "catalogue_path", "load_translations"]

FOLDER: Final = "translations"
"""The study's room: one PO file a language, ``translations/zh.po``."""


class Translations:
    """Translations from English into a language.

    Parameters
    ----------
    language : str
        Code of the language, such as ``zh``.
    entries : mapping
        Translations by key (:mod:`csrbook.languages.keys`).

    Attributes
    ----------
    missing : dict
        Keys without a translation that were asked for so far, and the places that use them, both in that order.
    used : set
        Keys whose translation was given.
    """

    def __init__(self, language: str, entries: Mapping[str, str]) -> None:
        self.language = language
        self.missing: dict[str, dict[str, None]] = {}
        self.used: set[str] = set()
        self._entries = entries

    def text(self, source: str, place: str) -> str:
        """A string in the language: as a whole, else line by line, else sentence by sentence.

        Parameters
        ----------
        source : str
            English.
        place : str
            Where it is used; noted for what has no translation.

        Returns
        -------
        str
            A sentence without a translation stays English, and is noted as missing.
        """
        known = self._known(source)
        if known is None:
            known = "\n".join(self._line(line, place) for line in source.split("\n"))
        return known

    def heading(self, source: str, place: str) -> str:
        """The same for the header of a column, whose lines are noted as missing together: they are one text."""
        known = self._known(source)
        if known is None:
            lines = [self._composed(line) for line in source.split("\n")]
            known = self._miss(source, place) if None in lines else "\n".join(line or "" for line in lines)
        return known

    def paragraph(self, source: str, place: str) -> str:
        """The same for a paragraph of a document, which is translated as a whole or not at all."""
        known = self._composed(source)
        return self._miss(source, place) if known is None else known

    def _line(self, line: str, place: str) -> str:
        known = self._composed(line)
        if known is not None:
            return known
        body = line.lstrip(" ")
        parts = [(self._composed(part.text), part) for part in sentences(body)]
        texts = (self._miss(part.text, place) + part.stop if text is None else text + part.stop for text, part in parts)
        return line[: len(line) - len(body)] + "".join(texts)

    def _composed(self, line: str) -> str | None:
        """A line with its indent, from its whole, its sentences or its clauses; None unless all of it is known."""
        body = line.lstrip(" ")
        known = self._known(body)
        for cut in (sentences, clauses):
            if known is not None:
                break
            parts = cut(body)
            if parts != [Piece(body, "")]:
                texts = [self._composed(part.text) for part in parts]
                if None not in texts:
                    known = joined([Piece(t or "", p.stop) for t, p in zip(texts, parts, strict=True)], self.language)
        return None if known is None else line[: len(line) - len(body)] + known

    def _known(self, source: str) -> str | None:
        """The translation; None where there is none and one is needed."""
        key, values = abstracted(source)
        translation = self._entries.get(key)
        if translation is None:
            return None if has_words(key) else filled(key, values, self.language)
        self.used.add(key)
        return filled(translation, values, self.language)

    def _miss(self, source: str, place: str) -> str:
        key, _ = abstracted(source)
        self.missing.setdefault(key, {})[place] = None
        return source


def catalogue_path(language: str, study: Path) -> Path:
    """The PO file of a study and a language."""
    return study / FOLDER / f"{language}.po"


def load_translations(language: str, study: Path) -> Translations:
    """Translations into a language: the engine's, and before these the study's.

    Parameters
    ----------
    language : str
        Code of the language, such as ``zh``.
    study : Path
        The study's root; its file is ``translations/<language>.po``.

    Raises
    ------
    UsageError
        There is no such language or file, or an entry is wrong.
    """
    from babel import Locale, UnknownLocaleError

    try:
        Locale(language)
    except (UnknownLocaleError, ValueError) as problem:
        raise UsageError(f"'{language}' is no language", "the code of the language", "give one such as zh") from problem
    files = [Path(__file__).with_name(f"{language}.po"), catalogue_path(language, study)]
    there = [file for file in files if file.is_file()]
    if not there:
        raise UsageError(
            f"there are no translations into '{language}'",
            str(files[-1]),
            "name another language, or write this file (`csrbook translate` starts it)",
        )
    entries: dict[str, str] = {}
    for file in there:
        entries |= read_catalogue(file)
    return Translations(language, entries)
