"""Texts of the plan that quote its numbers: ``{study.noninferiority.margin:.2f}``.

A placeholder is a dotted path into the plan's own data, looked up key by key; nothing is evaluated and no attribute is
read. An entry of a list is named by its ``id`` (``{study.arms.FUL.label}``), a stratification factor by its
``variable``. After a colon, ``.2f`` fixes the digits and ``.0%`` makes a percentage; both round half away from zero.
A list is written as an enumeration: ``6, 12, 18 and 24``.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from csrbook.plan.problems import Problems
    from csrbook.plan.yaml_file import FieldPath, Value, YamlFile

__all__ = ["fill"]

PLACEHOLDER: Final = re.compile(r"\{([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)(?::\.([0-9])([f%]))?\}")
EXPECTED: Final = "a placeholder such as {study.noninferiority.margin:.2f} that names a number or a text of the plan"
NAMES: Final = ("id", "variable")
"""Fields by which an entry of a list may be named."""


def fill(value: Value, context: Mapping[str, Value], file: YamlFile, problems: Problems, path: FieldPath = ()) -> Value:
    """Copy of a value in which the placeholders of each text are replaced.

    Parameters
    ----------
    value : Value
        Text, or lists and mappings that hold texts.
    context : mapping
        The data that placeholders may name, by their first word.
    file, path
        Where the value stands.
    problems : Problems
        Takes every placeholder that names nothing.
    """
    if isinstance(value, str):
        return _text(value, context, file, problems, path) if "{" in value or "}" in value else value
    if isinstance(value, list):
        return [fill(item, context, file, problems, (*path, number)) for number, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: fill(item, context, file, problems, (*path, key)) for key, item in value.items()}
    return value


def _text(text: str, context: Mapping[str, Value], file: YamlFile, problems: Problems, path: FieldPath) -> str:
    if re.search(r"[{}]", PLACEHOLDER.sub("", text)):
        problems.add(file.where(path), "a brace that belongs to no placeholder", EXPECTED)
        return text

    def replace(match: re.Match[str]) -> str:
        shown = _shown(_look_up(match[1], context), match[2], match[3])
        if shown is None:
            problems.add(file.where(path), match[0], EXPECTED)
            return match[0]
        return shown

    return PLACEHOLDER.sub(replace, text)


def _look_up(name: str, context: Mapping[str, Value]) -> Value:
    here: Value = dict(context)
    for key in name.split("."):
        if isinstance(here, dict):
            here = here.get(key)
        elif isinstance(here, list):
            here = next(
                (item for item in here if isinstance(item, dict) and key in [item.get(name) for name in NAMES]), None
            )
        else:
            return None
    return here


def _shown(value: Value, digits: str | None, unit: str | None) -> str | None:
    """The value as text; None where it is nothing that can be printed so."""
    if isinstance(value, bool) or value is None or isinstance(value, dict):
        return None
    if isinstance(value, list):
        words = [None if isinstance(item, list) else _shown(item, digits, unit) for item in value]
        known = [word for word in words if word is not None]
        if not known or len(known) < len(words):
            return None
        return " and ".join([", ".join(known[:-1]), known[-1]] if len(known) > 1 else known)
    if isinstance(value, str):
        return value if digits is None and "{" not in value else None
    if digits is None:
        return str(value)
    number = Decimal(f"{value * (100 if unit == '%' else 1):.15g}")
    rounded = number.quantize(Decimal(1).scaleb(-int(digits)), rounding=ROUND_HALF_UP)
    return f"{rounded}{'%' if unit == '%' else ''}"
