"""Reads one YAML file strictly, and remembers on which line each value stands.

YAML 1.2, core schema: ``no`` and ``2026-01-15`` are text. Refused: duplicate keys, anchors and aliases, tags, several
documents, numbers that are not finite, control characters, an empty file, and any encoding but UTF-8.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from csrbook.plan.problems import Problems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ruamel.yaml.error import MarkedYAMLError

__all__ = ["FieldPath", "Value", "YamlFile", "parse_yaml", "read_yaml"]

FieldPath: TypeAlias = tuple[str | int, ...]
"""Keys and positions that lead to a value."""

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"

DEPTH: Final = 40
"""Deepest nesting that is read; deeper is no plan but an accident or an attack."""

LARGEST: Final = 4 << 20
"""Bytes of the largest file that is read."""

LONGEST_INTEGER: Final = 300
"""Digits; anything longer is read as a float, which is then not finite."""

CONSTANTS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
INTEGER: Final = re.compile(r"[-+]?[0-9]+")
FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class YamlFile:
    """Content of a YAML file with the line of each value.

    Attributes
    ----------
    name : str
        Path of the file in the study, with ``/``.
    data : dict
        Content of the top mapping.
    lines : dict
        Line (from 1) of each path; of a mapping's entry, the line of its key.
    """

    name: str
    data: dict[str, Value]
    lines: dict[FieldPath, int]

    def line(self, path: FieldPath) -> int:
        """Line of a path, or of the nearest thing around it where the path is missing."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def where(self, path: FieldPath) -> str:
        """File, line and field: ``sap/outputs.yaml:12, outputs[T14.1.1.1].program``.

        An entry of a list is named by its ``id`` where it has one, else by its position from 0.
        """
        text = ""
        here: Value = self.data
        for part in path:
            if isinstance(part, int):
                here = here[part] if isinstance(here, list) and part < len(here) else None
                name = here.get("id") if isinstance(here, dict) else None
                text += f"[{name if isinstance(name, str) else part}]"
            else:
                here = here.get(part) if isinstance(here, dict) else None
                text += f".{part}" if text else part
        return f"{self.name}:{self.line(path)}" + (f", {text}" if text else "")


def read_yaml(path: Path, root: Path) -> YamlFile:
    """Read a YAML file of the plan.

    Parameters
    ----------
    path : Path
        The file.
    root : Path
        Folder of the study, relative to which the file is named in errors.

    Returns
    -------
    YamlFile
        Plain content (dict, list, str, int, float, bool, None) and lines.

    Raises
    ------
    PlanError
        The file is missing, unreadable, no UTF-8, empty, no valid YAML, or uses what is refused here.
    """
    problems = Problems()
    file = parse_yaml(path, root, problems)
    problems.stop()
    return file


def parse_yaml(path: Path, root: Path, problems: Problems) -> YamlFile:
    """As :func:`read_yaml`, but problems are noted and not raised; the content is then incomplete."""
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    empty = YamlFile(name, {}, {})
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        problems.add(name, "no such file", "this file of the plan in the study's folder")
        return empty
    except OSError as error:
        problems.add(name, f"a file that cannot be read ({error.strerror})", "a readable file")
        return empty
    if len(raw) > LARGEST:
        problems.add(name, f"a file of more than {LARGEST >> 20} MB", "a smaller file")
        return empty
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.add(f"{name}:{line}", f"the byte {raw[error.start]:#04x}, which is no UTF-8", "a file saved in UTF-8")
        return empty
    return _Reader(name, text, problems).read()


class _TooDeepError(Exception):
    """A value is nested so deeply that the file is not read on; the problem is noted."""


class _Reader:
    """Builds plain content from the parser's events."""

    def __init__(self, name: str, text: str, problems: Problems) -> None:
        self.text = text
        self.problems = problems
        self.file = YamlFile(name, {}, {})

    def read(self) -> YamlFile:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        try:
            self._document(YAML(typ="safe", pure=True).parse(self.text))
        except _TooDeepError:
            # The parser's time grows with the square of the depth, so nothing more of such a file is read.
            pass
        except MarkedYAMLError as error:
            self._no_yaml(error)
        except YAMLError as error:
            position = getattr(error, "position", 0)
            line = self.text.count("\n", 0, position) + 1
            reason = getattr(error, "reason", None) or str(error).splitlines()[0]
            self.problems.add(f"{self.file.name}:{line}", f"text that is no YAML ({reason})", "valid YAML 1.2")
        return self.file

    def _no_yaml(self, error: MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        lines = self.text.splitlines()
        tab = "\\t" in str(error.problem) or (line <= len(lines) and re.match(r" *\t", lines[line - 1]) is not None)
        found = "a tab where YAML wants spaces" if tab else f"text that is no YAML ({error.problem or error.context})"
        self.problems.add(f"{self.file.name}:{line}", found, "spaces only" if tab else "valid YAML 1.2")

    def _document(self, events: Iterator[Any]) -> None:
        from ruamel.yaml.events import CollectionStartEvent, DocumentStartEvent, MappingStartEvent, ScalarEvent

        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self._note(event, (), "a second YAML document", "one document in the file")
                    return
            elif isinstance(event, MappingStartEvent):
                self._refused(event, ())
                self.file.data.update(self._mapping(events, ()))
            elif isinstance(event, (CollectionStartEvent, ScalarEvent)):
                self._note(event, (), "no mapping at the top", "fields (`name: value`)")
                return
        if not self.file.data:
            self.problems.add(f"{self.file.name}:1", "an empty file", "fields (`name: value`)")

    def _value(self, event: Any, events: Iterator[Any], path: FieldPath) -> Value:
        from ruamel.yaml.events import MappingStartEvent, ScalarEvent

        self.file.lines.setdefault(path, event.start_mark.line + 1)
        if self._refused(event, path):
            return None
        if isinstance(event, ScalarEvent):
            return self._scalar(event, path)
        if len(path) > DEPTH:
            self._note(event, path[:1], f"more than {DEPTH} levels of nesting", "a flat plan")
            raise _TooDeepError
        return self._mapping(events, path) if isinstance(event, MappingStartEvent) else self._sequence(events, path)

    def _refused(self, event: Any, path: FieldPath) -> bool:
        """Whether the event is an alias (which has no value); notes anchors, tags and depth too."""
        from ruamel.yaml.events import AliasEvent

        if isinstance(event, AliasEvent):
            self._note(event, path, f"the alias *{event.anchor}", "the value itself (aliases are refused)")
            return True
        if event.anchor is not None:
            self._note(event, path, f"the anchor &{event.anchor}", "the value alone (anchors are refused)")
        if event.tag is not None:
            self._note(event, path, f"the tag {event.tag}", "the value alone (tags are refused)")
        return False

    def _mapping(self, events: Iterator[Any], path: FieldPath) -> dict[str, Value]:
        from ruamel.yaml.events import MappingEndEvent, ScalarEvent

        content: dict[str, Value] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            if not isinstance(event, ScalarEvent):
                self._note(event, path, "a key that is no text", "a word as key")
                self._skip(event, events)
                self._skip(next(events), events)
                continue
            key = str(event.value)
            here = (*path, key)
            if key in content:
                first = self.file.lines[here]
                self._note(event, here, f"the key '{key}' twice (first on line {first})", "each key once")
                self._skip(next(events), events)
                continue
            self._refused(event, here)
            self.file.lines[here] = event.start_mark.line + 1
            content[key] = self._value(next(events), events, here)
        return content

    def _sequence(self, events: Iterator[Any], path: FieldPath) -> list[Value]:
        from ruamel.yaml.events import SequenceEndEvent

        content: list[Value] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            content.append(self._value(event, events, (*path, len(content))))
        return content

    @staticmethod
    def _skip(event: Any, events: Iterator[Any]) -> None:
        """Pass over the value that begins with this event."""
        from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

        level = int(isinstance(event, CollectionStartEvent))
        while level:
            if level > DEPTH:
                raise _TooDeepError
            following = next(events)
            level += isinstance(following, CollectionStartEvent) - isinstance(following, CollectionEndEvent)

    def _scalar(self, event: Any, path: FieldPath) -> Value:
        """A scalar: text where it is quoted or a block, else by the core schema (decimal numbers only)."""
        text = str(event.value)
        if event.style:
            if CONTROL.search(text):
                self._note(event, path, "a control character", "printable text")
            return text
        if text in CONSTANTS:
            return CONSTANTS[text]
        if text[0] not in "+-.0123456789":
            return text
        if INTEGER.fullmatch(text) and len(text) <= LONGEST_INTEGER:
            return int(text)
        if FLOAT.fullmatch(text) or NOT_FINITE.fullmatch(text):
            number = float(text) if FLOAT.fullmatch(text) else math.inf
            if math.isfinite(number):
                return number
            self._note(event, path, text[:20], "a finite number")
            return None
        return text

    def _note(self, event: Any, path: FieldPath, found: str, expected: str) -> None:
        where = YamlFile(self.file.name, self.file.data, {path: event.start_mark.line + 1}).where(path)
        self.problems.add(where, found, expected)
