r"""What translators see of a string: its words. Numbers are taken out before, and put back after.

The key of a string is the English text with each number replaced by ``{1}``, ``{2}``, … in order: ``Median (95% CI)``
becomes ``Median ({1}% CI)``. So a translation cannot change a number, and serves the same words with other numbers.
Digits inside a word stay (HER2, T14.2.1.1). A date such as ``15 January 2026`` counts as one number and is
written as the language writes dates. What a document means as markup (spans, link targets, code, formulas, shortcodes)
stays in the key as it is and must stand in the translation too.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Final

__all__ = ["abstracted", "faults", "filled", "has_words"]

# Markup of documents that is printed, or acts, as it stands.
_ATOM: Final = (
    r"\{\{<[^{}]*>\}\}"  # shortcode
    r"|\[\]\{[.#][^{}]*\}"  # []{.ard …}, []{.plan …}
    r"|`[^`]*`"
    r"|\$[^$\s](?:[^$]*[^$\s])?\$"
    r"|\]\([^()]*\)"  # target of a link
    r"|\{[#.][^{}]*\}"  # attributes of a heading
    r"|<https?://[^<>\s]*>"
)
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DATE: Final = re.compile(rf"(?<![A-Za-z0-9_.])([0-9]{{1,2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}})(?![A-Za-z0-9_])")
# A sign belongs to the number where it cannot be a hyphen or the dash of a range.
_SIGN: Final = r"(?:(?<![^\s(\[,;=<>≥≤±])[-−+])?"
_NUMBER: Final = (
    r"(?<![A-Za-z0-9_.])(?:"
    r"[0-9]++-[A-Z]++-[0-9]++"  # 2020-KY-140
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{2}[A-Z]{3}[0-9]{4}"  # 07DEC2022
    r"|L?[0-9a-f]{12,64}"  # ids of locks, hashes
    r"|[0-9]++(?:[.,][0-9]++)*+(?:[eE][-+]?[0-9]++)?+"
    r")(?![A-Za-z0-9_])"
)
_TOKEN: Final = re.compile(rf"(?P<atom>{_ATOM})|{_DATE.pattern}|{_SIGN}{_NUMBER}")
_PLACE: Final = re.compile(rf"(?P<atom>{_ATOM})|\{{(?P<place>[0-9]+|[a-z])\}}")
_DIGITS: Final = re.compile(r"[0-9]+")
_SIGNS: Final = re.compile(r"[<>≥≤±]")

# Names of files, variables, packages and versions: a run that holds a digit, an underscore, or a point or slash within.
_CODE: Final = re.compile(
    r"[^\s()]*[A-Za-z][0-9_][^\s()]*|[^\s()]*[0-9_][A-Za-z][^\s()]*|[A-Z][A-Z0-9]+\.[A-Z0-9]+|[\w/.-]+\.[a-z]{1,8}\b"
)
_WORD: Final = re.compile(r"[^\W\d_\u2e80-\uffff]{2,}")
# Abbreviations that Chinese and other languages print as they stand where nothing else stands beside them.
_ABBREVIATIONS: Final = frozenset({"CI", "HR", "NE", "SD", "SE"})


def abstracted(text: str) -> tuple[str, tuple[str, ...]]:
    """The key of a string, and the numbers that were taken out of it."""
    values: list[str] = []

    def token(found: re.Match[str]) -> str:
        if found["atom"]:
            return found[0]
        values.append(found[0])
        return f"{{{len(values)}}}"

    return _TOKEN.sub(token, text), tuple(values)


def filled(template: str, values: tuple[str, ...], language: str) -> str:
    """A key or its translation with the numbers put back."""

    def place(found: re.Match[str]) -> str:
        number = found["place"]
        if number is None or not number.isdigit():
            return found[0]
        return _localised(values[int(number) - 1], language)

    return _PLACE.sub(place, template)


def _localised(value: str, language: str) -> str:
    """A date as the language writes it; a number as it stands."""
    found = _DATE.fullmatch(value)
    if not found or language == "en":
        return value
    from babel.dates import format_date

    try:
        day = date(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1]))
    except ValueError:
        return value
    return format_date(day, format="long", locale=language)


def has_words(key: str) -> bool:
    """Whether a key holds a word, and not only numbers, signs, codes and names of variables and files."""
    if all(" " not in part and part == part.upper() for part in key.split(", ")):
        return False
    plain = _CODE.sub(" ", _PLACE.sub(" ", key))
    return any(word not in _ABBREVIATIONS for word in _WORD.findall(plain))


def faults(key: str, translation: str) -> list[str]:
    """What a translation changes that no translation may change; empty for a sound one."""
    found = []
    wanted, given = _fixed(key), _fixed(translation)
    for what in wanted:
        found += [f"{what} missing: {part}" for part in sorted((wanted[what] - given[what]).elements())]
        found += [f"{what} too many: {part}" for part in sorted((given[what] - wanted[what]).elements())]
    return found


def _fixed(text: str) -> dict[str, Counter[str]]:
    """What must stay, by its name."""
    tokens = list(_PLACE.finditer(text))
    plain = _PLACE.sub(" ", text)
    return {
        "placeholder": Counter(token[0] for token in tokens if token["place"]),
        "markup": Counter(token[0] for token in tokens if token["atom"]),
        "digits": Counter(_DIGITS.findall(plain)),
        "sign": Counter(_SIGNS.findall(plain)),
    }
