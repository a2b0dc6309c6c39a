"""What a page paints: texts, paths and images, with their places and the tags that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from csrbook.conformance.geometry import Box
    from csrbook.conformance.typeface import Typeface

__all__ = ["Kind", "Mark", "PageContent", "Run", "Tag"]

Kind = Literal["path", "image", "shading"]


class Tag(NamedTuple):
    """Marked content that something belongs to: the innermost with a number, or an artifact."""

    name: str
    mcid: int | None
    artifact: bool
    pagination: bool
    actual_text: str | None


class Run(NamedTuple):
    """Text painted in one go, on one line."""

    text: str
    box: Box
    size: float
    typeface: Typeface
    tag: Tag | None
    clip: Box | None
    invisible: bool
    upright: bool

    @property
    def artifact(self) -> bool:
        """Whether it is furniture of the page."""
        return self.tag is not None and self.tag.artifact


class Mark(NamedTuple):
    """A path, image or shading."""

    kind: Kind
    box: Box
    tag: Tag | None
    solid: bool
    """Whether nothing under its box can be seen: an image or a filled rectangle, not transparent."""
    before: int
    """Runs that were painted before."""

    @property
    def artifact(self) -> bool:
        """Whether it is furniture of the page."""
        return self.tag is not None and self.tag.artifact


class PageContent(NamedTuple):
    """All that a page paints, in the order in which it is painted."""

    box: Box
    runs: tuple[Run, ...]
    marks: tuple[Mark, ...]
    process_colours: bool
    """Whether it asks for the device's cyan, magenta, yellow and black."""
