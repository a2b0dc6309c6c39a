"""Holds a define.xml against what is known otherwise: the study's schema, or what the data files say of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from csrbook.data.specification import is_date_format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from csrbook.data.define_model import CodeList, Define, DefineDataset, DefineVariable
    from csrbook.data.specification import DatasetSpecification, Variable

__all__ = ["Difference", "compare_define"]

NUMBERS: Final = {"integer", "float", "decimal", "double"}
DATES: Final = {"date"}
SHOWN: Final = 8


@dataclass(frozen=True)
class Difference:
    """One thing in which a define.xml departs from the schema."""

    dataset: str
    variable: str
    """Empty where it is the dataset itself."""
    attribute: str
    """``dataset``, ``variable``, ``label``, ``type``, ``length``, ``codelist`` or ``keys``."""
    define: str
    """What the define.xml states; empty where it has no such thing."""
    schema: str
    """What the schema states; empty where it has no such thing."""

    def __str__(self) -> str:
        what = f"{self.dataset}.{self.variable}" if self.variable else self.dataset
        return f"{what} {self.attribute}: define.xml {self.define or 'has none'}; schema {self.schema or 'has none'}"


def compare_define(define: Define, specifications: Mapping[str, DatasetSpecification]) -> list[Difference]:
    """What a define.xml states otherwise than the schema.

    Parameters
    ----------
    define : Define
        From :func:`csrbook.data.define_xml.read_define`.
    specifications : mapping
        By dataset name what the schema states, or what the data files do
        (:func:`csrbook.data.transfer.described_dataset`).

    Returns
    -------
    list of Difference
        By dataset as the schema orders them, those that only the define.xml has last; empty where the two agree.

    Notes
    -----
    Compared are the datasets, their labels, keys and variables, and of each variable label, type, length and codelist,
    each only where both sides state it. A schema's ``date``, a number of days, is either a Define-XML ``date`` or a
    number with a date format; a schema's ``text`` is any type that is written as text. The length differs where the
    define.xml allows longer text than the schema. Terms of external codelists such as MedDRA are not compared.
    """
    return [
        *(
            difference
            for name, specification in specifications.items()
            for difference in _dataset(define, define.datasets.get(name), specification)
        ),
        *(Difference(name, "", "dataset", name, "") for name in define.datasets if name not in specifications),
    ]


def _dataset(define: Define, stated: DefineDataset | None, specification: DatasetSpecification) -> Iterator[Difference]:
    name = specification.name
    if stated is None:
        yield Difference(name, "", "dataset", "", name)
        return
    if stated.label and specification.label and stated.label != specification.label:
        yield Difference(name, "", "label", stated.label, specification.label)
    if stated.keys and specification.keys and stated.keys != specification.keys:
        yield Difference(name, "", "keys", ", ".join(stated.keys), ", ".join(specification.keys))
    defined = {variable.name: variable for variable in stated.variables}
    for variable in specification.variables:
        if variable.name in defined:
            yield from _variable(name, defined[variable.name], variable, define.codelists)
        else:
            yield Difference(name, variable.name, "variable", "", variable.name)
    for extra in defined:
        if extra not in specification.names:
            yield Difference(name, extra, "variable", extra, "")


def _variable(
    dataset: str, stated: DefineVariable, variable: Variable, codelists: Mapping[str, CodeList]
) -> Iterator[Difference]:
    def differs(attribute: str, define: str, schema: str) -> Difference:
        return Difference(dataset, variable.name, attribute, define, schema)

    if stated.label and variable.label and stated.label != variable.label:
        yield differs("label", stated.label, variable.label)
    if _kind(stated, variable.kind) != variable.kind:
        yield differs("type", f"{stated.type} {stated.format}".strip(), variable.kind)
    elif variable.kind == "text" and variable.length and stated.length and stated.length > variable.length:
        yield differs("length", str(stated.length), str(variable.length))
    codelist = codelists.get(stated.codelist)
    if variable.codes is not None and (codelist is None or not codelist.external):
        terms = [] if codelist is None else [term.code for term in codelist.terms if term.code]
        if _values(terms, variable.kind) != _values(variable.codes, variable.kind):
            yield differs("codelist", _listed(terms), _listed(variable.codes))


def _kind(stated: DefineVariable, wanted: str) -> str:
    """The kind of a variable in the schema's words, in favour of what is wanted where a type can be either."""
    if stated.type in NUMBERS:
        return "date" if is_date_format(stated.format) else "number"
    return wanted if stated.type in DATES and wanted == "date" else "text"


def _values(codes: Iterable[str | float], kind: str) -> frozenset[str | float]:
    return frozenset(codes if kind == "text" else map(_number, codes))


def _number(code: str | float) -> str | float:
    try:
        return float(code)
    except ValueError:
        return code


def _listed(codes: Iterable[str | float]) -> str:
    texts = [f"{code:g}" if isinstance(code, float) else str(code) for code in codes]
    return ", ".join(texts[:SHOWN]) + (f", … ({len(texts)})" if len(texts) > SHOWN else "")
