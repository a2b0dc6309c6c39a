"""Reads define.xml: CDISC Define-XML 2.0 and 2.1, and 1.0 as far as it says the same things.

References: CDISC Define-XML 2.1 (2019), 2.0 (2013) and 1.0 (2005). Nothing that the file refers to (documents, style
sheets, document types) is opened; a document type, and so every entity, is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import ParseError, TreeBuilder

from csrbook.data.define_model import CodeList, Condition, Define, DefineDataset, DefineVariable, Term, ValueLevel
from csrbook.data.folder import regular_files, require_regular
from csrbook.data.reading import LayoutError, readable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

__all__ = ["find_define", "read_define"]

LARGEST: Final = 32 << 20
"""Bytes of the largest file that is read."""
MOST: Final = 400_000
"""Elements of the largest file that is read; a study of a hundred datasets has some ten thousand."""
DEPTH: Final = 60
"""Deepest nesting that is read; Define-XML needs about 10."""
VERSION: Final = re.compile(r"(1[.]0|2[.][01])([.]\d{1,3})?")
NAME: Final = "define.xml"


def find_define(folder: Path) -> Path | None:
    """The ``define.xml`` of a transfer folder, its name in any case; None where there is none.

    Raises
    ------
    TransferError
        The folder is refused (see :func:`csrbook.data.folder.regular_files`).
    """
    return next((path for path in regular_files(folder) if path.name.lower() == NAME), None)


def read_define(path: Path) -> Define:
    """Read a define.xml.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Define

    Raises
    ------
    TransferError
        The file is no Define-XML 1.0, 2.0 or 2.1, is no XML, is too large or nested too deeply, has a document type, or
        refers to definitions that it does not hold.
    """
    require_regular(path)
    with readable(path):
        if path.stat().st_size > LARGEST:
            msg = f"it has more than {LARGEST >> 20} MB"
            raise LayoutError(msg)
        return _Reader(_metadata(path)).define()


def _metadata(path: Path) -> tuple[Element, Element]:
    """The study and its metadata version, their names freed of namespaces."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    # Handed over in one piece: fed by and by, the parser begins a long tag anew with every piece.
    parser = DefusedXMLParser(target=_Builder(), forbid_dtd=True)
    try:
        parser.feed(path.read_bytes())
        root: Element = parser.close()
    except DefusedXmlException as error:
        msg = "it has a document type or entities, which are refused"
        raise LayoutError(msg) from error
    except (ParseError, LookupError) as error:
        msg = f"it is no XML ({error})"
        raise LayoutError(msg) from error
    study = root.find("Study") if root.tag == "ODM" else None
    metadata = study.find("MetaDataVersion") if study is not None else None
    if study is None or metadata is None or not VERSION.fullmatch(metadata.get("DefineVersion", "")):
        msg = "it is no Define-XML 1.0, 2.0 or 2.1"
        raise LayoutError(msg)
    return study, metadata


class _Builder(TreeBuilder):
    """Builds a tree whose names are free of namespaces, up to a depth and a size."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.elements = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """Take the start of an element."""
        self.depth += 1
        self.elements += 1
        if self.depth > DEPTH or self.elements > MOST:
            msg = f"it has more than {DEPTH} levels of nesting or {MOST} elements"
            raise LayoutError(msg)
        return super().start(_local(tag), {_local(name): value for name, value in attrs.items()})

    def end(self, tag: str, /) -> Element:
        """Take the end of an element."""
        self.depth -= 1
        return super().end(_local(tag))


def _local(name: str) -> str:
    return name.rpartition("}")[2]


class _Reader:
    """Turns the elements of one metadata version into dataclasses."""

    def __init__(self, found: tuple[Element, Element]) -> None:
        self.study, self.root = found
        self.old = self.root.get("DefineVersion", "").startswith("1.0")
        self.items = self._by_oid("ItemDef")
        self.where = {oid: _conditions(clause) for oid, clause in self._by_oid("WhereClauseDef").items()}

    def define(self) -> Define:
        datasets = [self._dataset(group) for group in self.root.findall("ItemGroupDef")]
        if len({dataset.name.upper() for dataset in datasets}) != len(datasets):
            msg = "it defines a dataset twice"
            raise LayoutError(msg)
        methods = {oid: _description(method) for oid, method in self._by_oid("MethodDef").items()}
        methods |= {oid: _squeezed(method.text) for oid, method in self._by_oid("ComputationMethod").items()}
        return Define(
            version=self.root.get("DefineVersion", ""),
            study=_squeezed(self.study.findtext("GlobalVariables/StudyName")),
            standards=tuple(self._standards()),
            datasets={dataset.name: dataset for dataset in datasets},
            codelists={oid: _codelist(oid, found) for oid, found in self._by_oid("CodeList").items()},
            value_level=tuple(self._value_level()),
            methods=methods,
            comments={oid: _description(comment) for oid, comment in self._by_oid("CommentDef").items()},
        )

    def _by_oid(self, tag: str) -> dict[str, Element]:
        elements = self.root.findall(tag)
        found = {element.get("OID", ""): element for element in elements}
        if len(found) != len(elements) or "" in found:
            twice = [oid for oid, count in Counter(element.get("OID", "") for element in elements).items() if count > 1]
            msg = f"a {tag} has no OID" if "" in found else f"it has the {tag} {twice[0][:60]!r} twice"
            raise LayoutError(msg)
        return found

    def _standards(self) -> Iterator[str]:
        if name := self.root.get("StandardName"):
            yield f"{name} {self.root.get('StandardVersion', '')}".strip()
        for standard in self.root.findall("Standards/Standard"):
            yield f"{standard.get('Name', '')} {standard.get('Version', '')}".strip()

    def _dataset(self, group: Element) -> DefineDataset:
        name = group.get("Name", "")
        variables = tuple(self._variable(reference) for reference in group.findall("ItemRef"))
        if not name or len({variable.name.upper() for variable in variables}) != len(variables):
            msg = f"dataset {name[:40]!r} has no name, or a variable twice"
            raise LayoutError(msg)
        keyed = sorted((variable.key, variable.name) for variable in variables if variable.key is not None)
        stated = group.get("DomainKeys", "").replace(",", " ").split()
        inner = group.find("Class")
        return DefineDataset(
            oid=group.get("OID", ""),
            name=name,
            label=group.get("Label", "") if self.old else _description(group),
            structure=group.get("Structure", ""),
            observation_class=group.get("Class", "") if inner is None else inner.get("Name", ""),
            keys=tuple(stated) if stated else tuple(key for _, key in keyed),
            comment=group.get("CommentOID", ""),
            variables=variables,
        )

    def _variable(self, reference: Element) -> DefineVariable:
        oid = reference.get("ItemOID", "")
        item = self.items.get(oid)
        if item is None:
            msg = f"it refers to the variable {oid[:60]!r}, which it does not define"
            raise LayoutError(msg)
        origin = item.find("Origin")
        return DefineVariable(
            oid=oid,
            name=item.get("Name", ""),
            label=item.get("Label", "") if self.old else _description(item),
            type=item.get("DataType", ""),
            length=_count(item, "Length"),
            digits=_count(item, "SignificantDigits"),
            format=item.get("DisplayFormat", ""),
            origin=item.get("Origin", "") if origin is None else origin.get("Type", ""),
            source="" if origin is None else origin.get("Source", ""),
            codelist=_reference(item, "CodeListRef", "CodeListOID"),
            method=reference.get("MethodOID", "") or item.get("ComputationMethodOID", ""),
            comment=item.get("CommentOID", ""),
            value_list=_reference(item, "ValueListRef", "ValueListOID"),
            mandatory=reference.get("Mandatory") == "Yes",
            key=_count(reference, "KeySequence"),
        )

    def _value_level(self) -> Iterator[ValueLevel]:
        for oid, values in self._by_oid("ValueListDef").items():
            for reference in values.findall("ItemRef"):
                clauses = [clause.get("WhereClauseOID", "") for clause in reference.findall("WhereClauseRef")]
                if unknown := [clause for clause in clauses if clause not in self.where]:
                    msg = f"it refers to the where-clause {unknown[0][:60]!r}, which it does not define"
                    raise LayoutError(msg)
                where = tuple(condition for clause in clauses for condition in self.where[clause])
                yield ValueLevel(oid, self._variable(reference), where)


def _conditions(clause: Element) -> tuple[Condition, ...]:
    return tuple(
        Condition(
            check.get("ItemOID", ""),
            check.get("Comparator", ""),
            tuple(_squeezed(value.text) for value in check.findall("CheckValue")),
        )
        for check in clause.findall("RangeCheck")
    )


def _codelist(oid: str, found: Element) -> CodeList:
    external = found.find("ExternalCodeList")
    terms = [
        Term(term.get("CodedValue", ""), _squeezed(term.findtext("Decode/TranslatedText")))
        for term in found
        if term.tag in {"CodeListItem", "EnumeratedItem"}
    ]
    named = "" if external is None else f"{external.get('Dictionary', '')} {external.get('Version', '')}".strip()
    return CodeList(oid, found.get("Name", ""), found.get("DataType", ""), tuple(terms), named)


def _reference(item: Element, tag: str, attribute: str) -> str:
    found = item.find(tag)
    return "" if found is None else found.get(attribute, "")


def _description(element: Element) -> str:
    return _squeezed(element.findtext("Description/TranslatedText"))


def _squeezed(text: str | None) -> str:
    return " ".join((text or "").split())


def _count(element: Element, name: str) -> int | None:
    text: Any = element.get(name)
    if text is None or not text.strip():
        return None
    if not (text.isascii() and text.strip().isdigit() and len(text) < 10):
        msg = f"the {name} {text[:40]!r} is no number"
        raise LayoutError(msg)
    return int(text)
