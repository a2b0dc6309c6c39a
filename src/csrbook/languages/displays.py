"""Displays and tables of the plan in another language: the same content with its words translated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from csrbook.languages.translations import Translations

__all__ = ["translate_display", "translate_plan", "translate_texts"]

_IDENTITY: Final = ("number", "title", "population", "section", "sponsor", "status", "double_programming", "alt")
# What of a figure is printed, whichever its type; names of parts (boxes, edges), marks and dashes are not.
_PRINTED: Final = frozenset(
    {
        "cells", "columns", "inset", "label", "labels", "left_label", "lines", "name", "names", "right_label", "stages",
        "table", "table_heading", "ticks", "title", "x_label", "y_label",
    }
)  # fmt: skip


def translate_display(display: Mapping[str, Any], translations: Translations) -> dict[str, Any]:
    """A display in another language.

    Parameters
    ----------
    display : mapping
        Content of a display JSON.
    translations : Translations
        The language.

    Returns
    -------
    dict
        The same with its words translated. Rows of listings are records of patients and stay as they stand, as do
        identifiers, sources, programs and hashes.
    """
    name = display["id"]

    def text(source: str, what: str) -> str:
        return translations.text(source, f"{name} {what}")

    done = {**display, "language": translations.language}
    done |= {field: text(display[field], field) for field in _IDENTITY}
    done["footnotes"] = [text(note, "footnote") for note in display["footnotes"]]
    done["numbers"] = {key: text(value, f"number {key}") for key, value in display["numbers"].items()}
    done["header"] = [
        [{**cell, "text": translations.heading(cell["text"], f"{name} header")} for cell in row]
        for row in display["header"]
    ]
    if display["kind"] != "listing":
        done["rows"] = [
            {**row, "label": text(row["label"], "label"), "cells": [text(cell, "cell") for cell in row["cells"]]}
            for row in display["rows"]
        ]
    if display["figure"] is not None:
        done["figure"] = _figure(display["figure"], translations, name)
    return done


def _figure(content: Any, translations: Translations, name: str, what: str = "") -> Any:
    """A figure's content; ``what`` names the printed field that it is part of, if it is."""
    if isinstance(content, dict):
        return {
            key: _figure(value, translations, name, key if key in _PRINTED else "") for key, value in content.items()
        }
    if isinstance(content, list | tuple):
        return [_figure(item, translations, name, what) for item in content]
    if isinstance(content, str) and what:
        say = translations.heading if what == "columns" else translations.text
        return say(content, f"{name} figure {what}")
    return content


def translate_plan(plan: Mapping[str, Any], translations: Translations, named: Collection[str]) -> dict[str, Any]:
    """Texts and tables of the plan (``plan.json``) in another language.

    Parameters
    ----------
    plan : mapping
        Content of ``plan.json``.
    translations : Translations
        The language.
    named : collection of str
        Texts and tables that documents of the language name; the others (codes and names of variables among them) stay.
    """
    texts = {key: text for key, text in plan["values"].items() if key in named}
    tables = {name: table for name, table in plan["tables"].items() if name in named}
    return {
        "values": {**plan["values"], **translate_texts(texts, translations, "plan")},
        "tables": {
            **plan["tables"],
            **{name: _table(table, translations, f"table {name}") for name, table in tables.items()},
        },
    }


def _table(table: Mapping[str, Any], translations: Translations, place: str) -> dict[str, Any]:
    done = dict(table)
    if "caption" in table:
        done["caption"] = translations.text(table["caption"], f"{place} caption")
    done["header"] = [translations.heading(text, f"{place} header") for text in table["header"]]
    done["rows"] = [[translations.text(text, f"{place} cell") for text in row] for row in table["rows"]]
    return done


def translate_texts(texts: Mapping[str, str], translations: Translations, place: str) -> dict[str, str]:
    """Texts by key, such as the fixed words of the pages, in another language."""
    return {key: translations.text(text, f"{place} {key}") for key, text in texts.items()}
