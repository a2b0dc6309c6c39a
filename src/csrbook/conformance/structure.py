"""The tree of tags of a PDF."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pikepdf import Dictionary

from csrbook.conformance.objects import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Content", "Element", "ObjectReference", "Structure", "read_structure"]

ROLES: Final = 8
"""Steps from a role of the file's own to one of the standard's."""


class Content(NamedTuple):
    """Marked content of a page (its place, from 0) that belongs to an element."""

    page: int
    mcid: int


class ObjectReference(NamedTuple):
    """An annotation that belongs to an element, by its object number."""

    target: tuple[int, int]


@dataclass(slots=True, eq=False)
class Element:
    """A tag."""

    kind: str
    """Of the standard's roles, such as ``H1`` or ``TD``."""
    node: Any
    parent: Element | None
    kids: list[Element | Content | ObjectReference] = field(default_factory=list)

    def text(self, key: str) -> str:
        """A text of the tag, such as ``Alt``; empty where it has none."""
        return str(self.node.get(f"/{key}", ""))

    def attribute(self, key: str) -> Any:
        """An attribute, such as ``ColSpan``; None where it has none."""
        for attributes in listed(self.node.get("/A")):
            if isinstance(attributes, Dictionary) and f"/{key}" in attributes:
                return attributes[f"/{key}"]
        return None

    def spans(self) -> tuple[int, int]:
        """Columns and rows that a cell covers."""
        across = down = 1
        for attributes in listed(self.node.get("/A")):
            if isinstance(attributes, Dictionary):
                across, down = int(attributes.get("/ColSpan", across)), int(attributes.get("/RowSpan", down))
        return across, down

    def elements(self) -> list[Element]:
        """Tags directly under this one."""
        return [kid for kid in self.kids if isinstance(kid, Element)]

    def walk(self) -> Iterator[Element]:
        """The tag and all below, in reading order."""
        yield self
        for kid in self.kids:
            if isinstance(kid, Element):
                yield from kid.walk()

    def contents(self) -> Iterator[Content]:
        """All marked content of this tag and those below, in reading order."""
        for kid in self.kids:
            if isinstance(kid, Content):
                yield kid
            elif isinstance(kid, Element):
                yield from kid.contents()

    def ancestors(self) -> Iterator[Element]:
        """The tag, the one above, and so on."""
        above: Element | None = self
        while above is not None:
            yield above
            above = above.parent

    def within(self, *kinds: str) -> Element | None:
        """The nearest of this tag and those above that is of one of these kinds."""
        return next((element for element in self.ancestors() if element.kind in kinds), None)


@dataclass
class Structure:
    """All tags of a file."""

    roots: list[Element]

    def walk(self) -> Iterator[Element]:
        """All tags in reading order."""
        for root in self.roots:
            yield from root.walk()

    @cached_property
    def elements(self) -> list[Element]:
        """All tags in reading order."""
        return list(self.walk())

    def of(self, *kinds: str) -> list[Element]:
        """Tags of some kinds, in reading order."""
        return [element for element in self.elements if element.kind in kinds]

    @cached_property
    def owners(self) -> dict[Content, Element]:
        """The tag of each piece of marked content."""
        return {kid: element for element in self.elements for kid in element.kids if isinstance(kid, Content)}

    @cached_property
    def references(self) -> dict[tuple[int, int], Element]:
        """The tag of each annotation."""
        return {
            kid.target: element for element in self.elements for kid in element.kids if isinstance(kid, ObjectReference)
        }

    @cached_property
    def order(self) -> dict[int, list[tuple[int, Element]]]:
        """Marked content of each page in reading order, each with its tag."""
        pages: dict[int, list[tuple[int, Element]]] = {}
        for root in self.roots:
            for content in root.contents():
                pages.setdefault(content.page, []).append((content.mcid, self.owners[content]))
        return pages


def read_structure(tree: Any, pages: Mapping[tuple[int, int], int]) -> Structure:
    """Read the tree of tags.

    Parameters
    ----------
    tree : pikepdf.Dictionary
        The catalogue's ``StructTreeRoot``, or an empty mapping.
    pages : mapping
        Place of each page by its object number.
    """
    roles = {str(key): str(role) for key, role in tree.get("/RoleMap", {}).items()}
    top = Element("", tree, None)
    _Reader(roles, pages).fill(top, tree, None)
    roots = top.elements()
    for root in roots:
        root.parent = None
    return Structure(roots)


class _Reader:
    def __init__(self, roles: Mapping[str, str], pages: Mapping[tuple[int, int], int]) -> None:
        self._roles = roles
        self._pages = pages

    def fill(self, element: Element, node: Any, page: int | None) -> None:
        """Add what is below a node; ``page`` is that of the tag above."""
        for kid in listed(node.get("/K")):
            if not isinstance(kid, Dictionary):
                self._content(element, page, int(kid))
            elif "/S" in kid:
                own = self._page_of(kid, page)
                child = Element(self._role(str(kid.S)), kid, element)
                element.kids.append(child)
                self.fill(child, kid, own)
            elif "/MCID" in kid:
                self._content(element, self._page_of(kid, page), int(kid.MCID))
            elif "/Obj" in kid:
                element.kids.append(ObjectReference(kid.Obj.objgen))

    def _content(self, element: Element, page: int | None, mcid: int) -> None:
        if page is not None:
            element.kids.append(Content(page, mcid))

    def _page_of(self, node: Any, otherwise: int | None) -> int | None:
        page = node.get("/Pg")
        return self._pages.get(page.objgen, otherwise) if page is not None else otherwise

    def _role(self, role: str) -> str:
        for _ in range(ROLES):
            if role not in self._roles:
                break
            role = self._roles[role]
        return role.removeprefix("/")
