"""An interpreter of content streams, for all that a page paints.

It is exact where the rules need it: positions and sizes of text, what marked content it belongs to, what clips it. A
clip is taken for the box around its path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pikepdf import Dictionary, String, parse_content_stream

from csrbook.conformance.content import Kind, Mark, PageContent, Run, Tag
from csrbook.conformance.geometry import IDENTITY, Box, Matrix, around, moved, multiply, transformed
from csrbook.conformance.graphics_state import SETTINGS, GraphicsState
from csrbook.conformance.typeface import Typeface, read_typeface

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["read_page"]

ASCENT: Final = 0.7
DESCENT: Final = -0.2
"""Of a letter, in sizes: enough to see one line cover another, less than the distance of two close lines."""

GAP: Final = 0.8
"""A move wider than this, in sizes, begins another run."""

INVISIBLE: Final = 3
DEPTH: Final = 12


def read_page(page: Any, typefaces: dict[tuple[int, int], Typeface]) -> PageContent:
    """Interpret a page.

    Parameters
    ----------
    page : pikepdf.Page
        The page.
    typefaces : dict
        Fonts met so far, by object number; fonts of this page are added, so that a document reads each once.
    """
    x0, y0, x1, y1 = (float(edge) for edge in page.mediabox)
    interpreter = _Interpreter(typefaces)
    interpreter.run(page, page.resources, 0)
    return PageContent(Box(x0, y0, x1, y1), tuple(interpreter.runs), tuple(interpreter.marks), interpreter.cmyk)


class _Interpreter:
    def __init__(self, typefaces: dict[tuple[int, int], Typeface]) -> None:
        self.runs: list[Run] = []
        self.marks: list[Mark] = []
        self.cmyk = False
        self._typefaces = typefaces
        self._fonts: dict[str, Typeface] = {}
        self._resources: Any = {}
        self._depth = 0
        self._state = GraphicsState()
        self._stack: list[GraphicsState] = []
        self._tags: list[Tag | None] = []
        self._told: set[int] = set()
        self._text: Matrix = IDENTITY
        self._line: Matrix = IDENTITY
        self._path: list[tuple[float, float]] = []
        self._clipping = False
        self._operators: dict[str, Callable[[Any], None]] = {
            "q": self._save, "Q": self._restore, "cm": self._concatenate, "gs": self._parameters,
            "BT": self._begin_text, "Tf": self._font, "Tm": self._set_text,
            "Td": self._move, "TD": self._move_leading, "T*": self._next_line,
            "Tj": self._show, "TJ": self._show_spaced, "'": self._show_next, '"': self._show_next_spaced,
            "m": self._point, "l": self._point, "c": self._curve, "v": self._curve, "y": self._curve, "re": self._box,
            "S": self._stroke, "s": self._stroke, "B": self._fill_and_stroke, "B*": self._fill_and_stroke,
            "b": self._fill_and_stroke, "b*": self._fill_and_stroke,
            "f": self._fill, "F": self._fill, "f*": self._fill, "n": self._end_path, "W": self._clip, "W*": self._clip,
            "sh": self._shading, "Do": self._external, "INLINE IMAGE": self._image,
            "k": self._process_colours, "K": self._process_colours,
            "BMC": self._begin, "BDC": self._begin, "EMC": self._end,
        }  # fmt: skip
        self._operators |= {operator: self._setter(name) for operator, name in SETTINGS.items()}
        # What an inline image is made of is asked for too, or it would not come as one.
        self._known = " ".join([*self._operators, "BI", "ID", "EI"])

    def _setter(self, name: str) -> Callable[[Any], None]:
        return lambda operands: setattr(self._state, name, float(operands[0]))

    def run(self, stream: Any, resources: Any, depth: int) -> None:
        """Interpret a page or a form with its resources."""
        outer = self._resources, self._fonts, self._depth
        self._resources, self._fonts, self._depth = resources, {}, depth
        operators = self._operators
        for instruction in parse_content_stream(stream, self._known):
            act = operators.get(str(instruction.operator))
            if act is not None:
                act(instruction.operands)
        self._resources, self._fonts, self._depth = outer

    # Graphics state

    def _save(self, _: Any) -> None:
        self._stack.append(self._state.copy())

    def _restore(self, _: Any) -> None:
        if self._stack:
            self._state = self._stack.pop()

    def _concatenate(self, operands: Any) -> None:
        self._state.matrix = multiply(_matrix(operands), self._state.matrix)

    def _process_colours(self, _: Any) -> None:
        self.cmyk = True

    def _parameters(self, operands: Any) -> None:
        known = self._resources.get("/ExtGState", {}).get(str(operands[0]), {})
        self._state.alpha = float(known.get("/ca", self._state.alpha))

    # Text

    def _begin_text(self, _: Any) -> None:
        self._text = self._line = IDENTITY

    def _font(self, operands: Any) -> None:
        name = str(operands[0])
        if name not in self._fonts:
            font = self._resources.Font[name]
            key = font.objgen if font.is_indirect else (-1, id(font))
            if key not in self._typefaces:
                self._typefaces[key] = read_typeface(font)
            self._fonts[name] = self._typefaces[key]
        self._state.typeface, self._state.size = self._fonts[name], float(operands[1])

    def _set_text(self, operands: Any) -> None:
        self._text = self._line = _matrix(operands)

    def _move(self, operands: Any) -> None:
        self._text = self._line = moved(self._line, float(operands[0]), float(operands[1]))

    def _move_leading(self, operands: Any) -> None:
        self._state.leading = -float(operands[1])
        self._move(operands)

    def _next_line(self, _: Any) -> None:
        self._move((0, -self._state.leading))

    def _show(self, operands: Any) -> None:
        self._paint([operands[0]])

    def _show_spaced(self, operands: Any) -> None:
        self._paint(operands[0])

    def _show_next(self, operands: Any) -> None:
        self._next_line(operands)
        self._paint([operands[0]])

    def _show_next_spaced(self, operands: Any) -> None:
        self._state.word_spacing, self._state.spacing = float(operands[0]), float(operands[1])
        self._next_line(operands)
        self._paint([operands[2]])

    def _paint(self, parts: Any) -> None:
        state, typeface = self._state, self._state.typeface
        if typeface is None:
            return
        texts: list[str] = []
        start = place = 0.0
        scale = state.scale / 100
        for part in parts:
            if isinstance(part, String):
                text, width, count = typeface.read(bytes(part))
                spaces = 0 if typeface.two_bytes else text.count(" ")
                place += (width / 1000 * state.size + count * state.spacing + spaces * state.word_spacing) * scale
                texts.append(text)
            else:
                move = -float(part) / 1000 * state.size * scale
                if abs(move) > GAP * state.size and texts:
                    self._emit("".join(texts), start, place)
                    texts, start = [], place + move
                elif not texts:
                    start += move
                place += move
        self._emit("".join(texts), start, place)
        self._text = moved(self._text, place, 0.0)

    def _emit(self, text: str, start: float, end: float) -> None:
        state, tag = self._state, self._tags[-1] if self._tags else None
        if tag is not None and tag.actual_text is not None:
            text = "" if id(tag) in self._told else tag.actual_text
            self._told.add(id(tag))
        if not text or state.typeface is None:
            return
        matrix = self._text if state.matrix is IDENTITY else multiply(self._text, state.matrix)
        # White space at the ends is no ink: take off its share of the width.
        share = (end - start) / len(text)
        ink = text.strip()
        start += share * (len(text) - len(text.lstrip())) if ink else 0.0
        end -= share * (len(text) - len(text.rstrip())) if ink else 0.0
        bottom, top = state.rise + DESCENT * state.size, state.rise + ASCENT * state.size
        box = transformed(matrix, Box(start, bottom, end, top))
        size = state.size * (matrix[2] ** 2 + matrix[3] ** 2) ** 0.5
        upright = abs(matrix[1]) < 1e-6 and matrix[0] > 0 and matrix[3] > 0
        invisible = state.mode == INVISIBLE
        self.runs.append(Run(text, box, size, state.typeface, tag, state.clip, invisible, upright))

    # Paths and images

    def _point(self, operands: Any) -> None:
        self._path.append((float(operands[0]), float(operands[1])))

    def _curve(self, operands: Any) -> None:
        values = [float(value) for value in operands]
        self._path += list(zip(values[::2], values[1::2], strict=True))

    def _box(self, operands: Any) -> None:
        x, y, width, height = (float(value) for value in operands)
        self._path += [(x, y), (x + width, y + height)]

    def _stroke(self, _: Any) -> None:
        self._draw(self._state.line_width / 2, solid=False)

    def _fill(self, _: Any) -> None:
        self._draw(0.0, solid=self._is_rectangle())

    def _fill_and_stroke(self, _: Any) -> None:
        self._draw(self._state.line_width / 2, solid=self._is_rectangle())

    def _is_rectangle(self) -> bool:
        upright = self._state.matrix[1] == self._state.matrix[2] == 0
        return upright and all(len({point[axis] for point in self._path}) == 2 for axis in (0, 1))

    def _draw(self, outside: float, *, solid: bool) -> None:
        if self._path:
            box = around(self._path)
            box = Box(box.x0 - outside, box.y0 - outside, box.x1 + outside, box.y1 + outside)
            self._mark("path", transformed(self._state.matrix, box), solid=solid)
        self._end_path(None)

    def _end_path(self, _: Any) -> None:
        if self._clipping and self._path:
            self._narrow(transformed(self._state.matrix, around(self._path)))
        self._path, self._clipping = [], False

    def _clip(self, _: Any) -> None:
        self._clipping = True

    def _narrow(self, box: Box) -> None:
        self._state.clip = box if self._state.clip is None else self._state.clip.cut(box)

    def _shading(self, _: Any) -> None:
        if self._state.clip is not None:
            self._mark("shading", self._state.clip, solid=False)

    def _image(self, _: Any) -> None:
        self._mark("image", transformed(self._state.matrix, Box(0, 0, 1, 1)), solid=True)

    def _mark(self, kind: Kind, box: Box, *, solid: bool) -> None:
        seen = box if self._state.clip is None else box.cut(self._state.clip)
        tag = self._tags[-1] if self._tags else None
        self.marks.append(Mark(kind, seen, tag, solid and self._state.alpha == 1, len(self.runs)))

    def _external(self, operands: Any) -> None:
        found = self._resources.get("/XObject", {}).get(str(operands[0]))
        if found is None or str(found.get("/Subtype", "")) != "/Form":
            self._image(operands)
        elif self._depth < DEPTH:
            self._save(operands)
            self._state.matrix = multiply(_matrix(found.get("/Matrix", IDENTITY)), self._state.matrix)
            if "/BBox" in found:
                x0, y0, x1, y1 = (float(edge) for edge in found.BBox)
                self._narrow(transformed(self._state.matrix, Box(x0, y0, x1, y1)))
            self.run(found, found.get("/Resources", self._resources), self._depth + 1)
            self._restore(operands)

    # Marked content

    def _begin(self, operands: Any) -> None:
        outer = self._tags[-1] if self._tags else None
        name = str(operands[0]).removeprefix("/")
        properties: Any = operands[1] if len(operands) > 1 else {}
        if not isinstance(properties, Dictionary):
            properties = self._resources.get("/Properties", {}).get(str(properties), {})
        mcid, replaced = properties.get("/MCID"), properties.get("/ActualText")
        actual = None if replaced is None else str(replaced)
        if outer is not None and (outer.artifact or (mcid is None and name != "Artifact")):
            # Inside of something that is known: only a replaced text is new.
            self._tags.append(
                outer if actual is None else Tag(outer.name, outer.mcid, outer.artifact, outer.pagination, actual)
            )
        elif name == "Artifact":
            self._tags.append(Tag(name, None, True, str(properties.get("/Type", "")) == "/Pagination", actual))
        else:
            self._tags.append(Tag(name, mcid, False, False, actual) if mcid is not None or actual else None)

    def _end(self, _: Any) -> None:
        if self._tags:
            self._tags.pop()


def _matrix(operands: Any) -> Matrix:
    a, b, c, d, e, f = operands
    return float(a), float(b), float(c), float(d), float(e), float(f)
