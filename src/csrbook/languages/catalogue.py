"""PO files: the field's standard format of translators (Poedit, Weblate, gettext), read and brought up to date."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from csrbook.errors import UsageError
from csrbook.languages.keys import faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from babel.messages.catalog import Catalog

__all__ = ["read_catalogue", "update_catalogue"]

PLACES: Final = 3
"""Places named with an entry: enough to look one up, and few enough that a new output changes few lines."""

_HEADER: Final = """\
# {{1}}, {{2}}, … stand for numbers: keep each of them. Keep what stands in [] {{}} ` $ too.
msgid ""
msgstr ""
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Language: {language}\\n"

"""


def read_catalogue(path: Path) -> dict[str, str]:
    """Translations of a PO file by key.

    Entries that are empty or marked fuzzy are left out. Obsolete ones serve on: what these results do not print, those
    of other data may.

    Raises
    ------
    UsageError
        The file is no PO file, or a translation does not keep the numbers and the markup of its key.
    """
    entries: dict[str, str] = {}
    catalogue = _read(path)
    for message in (*catalogue.obsolete.values(), *catalogue):
        if not message.id or not message.string or message.fuzzy:
            continue
        if not isinstance(message.id, str) or not isinstance(message.string, str):
            raise UsageError("an entry has plural forms", _where(path, message.id), "give it one form")
        if found := faults(message.id, message.string):
            raise UsageError(
                f"a translation changes what must stay: {'; '.join(found)}",
                _where(path, message.id),
                "correct the translation: each placeholder, number and piece of markup once, in any order",
            )
        entries[message.id] = message.string
    return entries


def update_catalogue(path: Path, missing: Mapping[str, Iterable[str]], used: Iterable[str]) -> tuple[int, int]:
    """Bring a PO file up to date with what was asked for.

    Parameters
    ----------
    path : Path
        The file; made where it is absent.
    missing : mapping
        Keys without a translation, and the places that use them (:attr:`Translations.missing`).
    used : iterable of str
        Keys whose translation is in use (:attr:`Translations.used`).

    Returns
    -------
    tuple of int
        Entries without a translation, and entries that nothing uses any more; these are kept as obsolete (``#~``).
    """
    from babel.messages.catalog import Message

    catalogue = _read(path)
    wanted = {*used, *missing}
    for key, message in [(str(message.id), message) for message in catalogue if message.id]:
        if key not in wanted:
            catalogue.delete(key)
            if message.string:
                catalogue.obsolete[key] = message
    for key in [key for key in catalogue.obsolete if key in wanted]:
        catalogue[key] = catalogue.obsolete.pop(key)
    for key, places in missing.items():
        if key not in catalogue:
            catalogue[key] = Message(key)
        catalogue[key].auto_comments = list(places)[:PLACES]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_written(catalogue))
    return sum(not m.string or m.fuzzy for m in catalogue if m.id), len(catalogue.obsolete)


def _read(path: Path) -> Catalog:
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import PoFileError, read_po

    language = path.stem
    if not path.is_file():
        return Catalog(locale=language)
    try:
        with path.open("rb") as file:
            return read_po(file, locale=language, abort_invalid=True)
    except (PoFileError, ValueError) as problem:
        raise UsageError(f"the PO file cannot be read: {problem}", str(path), "correct the file") from problem


def _written(catalogue: Catalog) -> bytes:
    """The file's bytes: entries in their order, no date, no flag that Babel guesses."""
    from babel.messages.pofile import write_po

    for message in (*catalogue, *catalogue.obsolete.values()):
        message.flags = {flag for flag in message.flags if flag == "fuzzy"}
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=100, omit_header=True, no_location=True)
    return _HEADER.format(language=catalogue.locale).encode() + buffer.getvalue().strip() + b"\n"


def _where(path: Path, key: object) -> str:
    shown = str(key)
    return f"{path}: {shown[:100]}{'…' if len(shown) > 100 else ''}"
