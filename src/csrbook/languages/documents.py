"""Prose of a ``.qmd`` document in another language, block by block; its structure stays.

A block is what blank lines, headings, items and fences separate: a heading, a paragraph, an item of a list, a term or
its description. Its lines are joined before it is looked up, so that where they break does not matter.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from csrbook.languages.translations import Translations

__all__ = ["documents_to_translate", "named_texts", "translate_document"]

_FRONT: Final = re.compile(r"\A---\n(?:.*?\n)?---\n", re.DOTALL)
_TITLE: Final = re.compile(r'^(title|subtitle): *(?:"((?:[^"\\]|\\.)*)"|(.*\S)) *$', re.MULTILINE)
_FENCE: Final = re.compile(r"^ *(```+|~~~+|\$\$|<!--)")
_FENCE_ENDS: Final = {"<!--": "-->"}
_ASIDE: Final = re.compile(r"^ *(:::|\||(?:[-*_] *){3,}$)")
"""Lines that stand for themselves: divs, tables, rules."""
_OPENS: Final = re.compile(r"^( *(?:#{1,6} +|[-*+] +|[0-9]+[.)] +|: +|> ?)| *)(.*)$")


_NAMED: Final = re.compile(r"""\{\.plan\s+key="([^"]+)"|\{\.plan-table\s+src="([^"]+)\"""")
_LANGUAGE: Final = re.compile(r"^lang:", re.MULTILINE)
_INCLUDE: Final = re.compile(r"\{\{<\s*include\s+(\S+)\s*>\}\}")


def documents_to_translate(sources: Mapping[str, str]) -> list[str]:
    """Names of the documents that follow the language of an edition.

    Parameters
    ----------
    sources : mapping
        Text by path; a document includes others of its folder.

    Returns
    -------
    list of str
        All but those whose front matter states a language (``lang: en``) and what these alone include.
    """
    fixed = {name for name, text in sources.items() if (front := _FRONT.match(text)) and _LANGUAGE.search(front[0])}
    users: dict[str, set[str]] = {}
    for name, text in sources.items():
        for included in _INCLUDE.findall(text):
            users.setdefault((PurePosixPath(name).parent / included).as_posix(), set()).add(name)
    return [name for name in sources if name not in fixed and not (name in users and users[name] <= fixed)]


def named_texts(source: str) -> set[str]:
    """Texts and tables of the plan that a document names: ``[]{.plan key="…"}`` and ``::: {.plan-table src="…"}``."""
    return {key or table for key, table in _NAMED.findall(source)}


def translate_document(source: str, translations: Translations, place: str) -> str:
    """A document in another language.

    Parameters
    ----------
    source : str
        The ``.qmd`` text.
    translations : Translations
        The language.
    place : str
        Name of the document; noted for what has no translation.

    Returns
    -------
    str
        The document with headings, paragraphs, items, terms, title and subtitle translated. Fences, displays,
        formulas, code and shortcodes stay; a block without a translation stays English.
    """

    def block(text: str) -> str:
        return translations.paragraph(text, place)

    front = _FRONT.match(source)
    head = _TITLE.sub(lambda found: _title(found, block), front[0]) if front else ""
    body = source[len(head) if front is None else front.end() :]
    return head + "\n".join(_blocks(iter(body.split("\n")), block))


def _title(found: re.Match[str], block: Callable[[str], str]) -> str:
    text = found[3] if found[2] is None else json.loads(f'"{found[2]}"')
    return f"{found[1]}: {json.dumps(block(text), ensure_ascii=False)}"


def _blocks(lines: Iterator[str], block: Callable[[str], str]) -> Iterator[str]:
    """Lines of the document in the language; the lines of a block become one."""
    opening, parts = "", list[str]()
    names = Counter[str]()

    def finished() -> Iterator[str]:
        if parts:
            text = " ".join(parts)
            yield opening + (_heading(text, block(text), names) if opening.startswith("#") else block(text))
            parts.clear()

    for line in lines:
        if fence := _FENCE.match(line):
            yield from finished()
            yield from _fenced(line, fence, lines)
            continue
        if not line.strip() or _ASIDE.match(line):
            yield from finished()
            yield line
            continue
        found = _OPENS.match(line)
        mark = found[1].strip() if found else ""
        if mark == ">" and parts and opening.strip() == ">":
            parts.append(line.strip(" >"))
            continue
        # As in pandoc, an item does not interrupt a paragraph.
        if mark and (mark == ":" or opening.strip()):
            yield from finished()
        if found and not parts:
            opening = found[1]
            parts.append(found[2].rstrip())
        else:
            parts.append(line.strip())
        if opening.startswith("#"):
            yield from finished()
    yield from finished()


def _heading(text: str, translated: str, names: Counter[str]) -> str:
    """A heading with the name that pandoc makes of its English, since links lead to that."""
    name = re.sub(r"^[^a-z]+", "", re.sub(r"\s+", "-", re.sub(r"[^\w\s.-]", "", text.lower()))) or "section"
    names[name] += 1
    if translated == text or text.endswith("}"):
        return translated
    return f"{translated} {{#{name if names[name] == 1 else f'{name}-{names[name] - 1}'}}}"


def _fenced(line: str, fence: re.Match[str], lines: Iterator[str]) -> Iterator[str]:
    """A fence with what it holds, as it stands."""
    yield line
    mark = _FENCE_ENDS.get(fence[1], fence[1])
    if mark in line[fence.end() :]:
        return
    for inner in lines:
        yield inner
        if mark in inner:
            return
