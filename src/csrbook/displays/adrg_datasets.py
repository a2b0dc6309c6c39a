"""Tables of the reviewer's guide that are drawn from the specifications of the datasets, one function a table.

Variables are told apart by their ADaM names: ``TRT01P`` is a treatment, ``ASTDTF`` an imputation flag, ``ANL01FL`` an
analysis flag. A dataset is a mapping with ``name``, ``label``, ``keys``, ``records``, ``subjects`` and ``variables``,
each with ``name``, ``label``, ``kind``, ``length`` and ``codes``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from csrbook.displays.plan_table import Table, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Dataset = Mapping[str, Any]

__all__ = [
    "core_table",
    "dataset_table",
    "dependency_table",
    "flag_table",
    "imputation_table",
    "kind_of",
    "overview_table",
    "treatment_table",
]

SUBJECTS: Final = "ADSL"
IDENTIFIERS: Final = frozenset({"STUDYID", "USUBJID", "SUBJID", "SITEID"})
"""Named in every dataset; to share them is not to depend on ADSL."""

TREATMENT: Final = re.compile(r"TRT(\d\d)?[PA]G?\d?N?|TRTSEQ[PA]N?|TR\d\d[PA]G\d+N?")
IMPUTATION: Final = re.compile(r"\w+(DTF|TMF)")
FLAG: Final = re.compile(r"ABLFL|ANL\d\dFL|CRIT\d+FL|ONTRTFL|TRTEMFL|LVOTFL|PREFL|FUPFL|AOCC\w*FL")


def kind_of(dataset: Dataset) -> str:
    """Class of a dataset, by its variables."""
    names = {variable["name"] for variable in dataset["variables"]}
    if dataset["name"] == SUBJECTS:
        return "Subject-level analysis dataset (ADSL)"
    if "PARAMCD" in names:
        return "Basic data structure (BDS), time to event" if "CNSR" in names else "Basic data structure (BDS)"
    return "Occurrence data structure (OCCDS)" if any(name.endswith("SEQ") for name in dataset["keys"]) else "Other"


def overview_table(datasets: Sequence[Dataset]) -> Table:
    """Label, class, key, records and subjects of each dataset."""
    rows = [
        (
            item["name"],
            f"{item['label']}\n{kind_of(item)}",
            ", ".join(item["keys"]),
            str(len(item["variables"])),
            f"{item['records']:,}",
            "–" if item["subjects"] is None else f"{item['subjects']:,}",
        )
        for item in datasets
    ]
    columns = [
        ("Dataset", 0.9, "left"),
        ("Label and class", 3.4, "left"),
        ("One record for each", 2, "left"),
        ("Variables", 1, "right"),
        ("Records", 1, "right"),
        ("Subjects", 1, "right"),
    ]
    return table("Datasets", columns, rows)


def dataset_table(dataset: Dataset, datasets: Sequence[Dataset]) -> Table:
    """The variables of a dataset; ADSL, from which some may be carried over, is found among the datasets."""
    carried = _carried(dataset, datasets)
    rows = [
        (
            variable["name"],
            variable["label"],
            variable["kind"].capitalize(),
            _values(variable),
            _role(variable["name"], dataset["keys"], carried),
        )
        for variable in dataset["variables"]
    ]
    columns = [
        ("Variable", 1.2, "left"),
        ("Label", 3, "left"),
        ("Type", 0.9, "left"),
        ("Controlled terms, or longest text", 3.6, "left"),
        ("Role", 1, "left"),
    ]
    return table("", columns, rows)


def _values(variable: Mapping[str, Any]) -> str:
    if variable["codes"] is not None:
        return ", ".join(f"{code:g}" if isinstance(code, int | float) else code for code in variable["codes"])
    return "–" if variable["length"] is None else f"{variable['length']} characters"


def _role(name: str, keys: Sequence[str], carried: frozenset[str]) -> str:
    if name in keys:
        return f"Key {list(keys).index(name) + 1}"
    return SUBJECTS if name in carried else ""


def _carried(dataset: Dataset, datasets: Sequence[Dataset]) -> frozenset[str]:
    """Names of the variables that a dataset has of ADSL: those of the same name, label and type."""
    if dataset["name"] == SUBJECTS:
        return frozenset()
    known = {_identity(variable) for item in datasets if item["name"] == SUBJECTS for variable in item["variables"]}
    return frozenset(variable["name"] for variable in dataset["variables"] if _identity(variable) in known)


def _identity(variable: Mapping[str, Any]) -> tuple[str, str, str]:
    return variable["name"], variable["label"], variable["kind"]


def core_table(datasets: Sequence[Dataset]) -> Table:
    """The variables of ADSL that other datasets carry."""
    others = [item for item in datasets if item["name"] != SUBJECTS]
    carried = {item["name"]: _carried(item, datasets) for item in others}
    rows = []
    for variable in (variable for item in datasets if item["name"] == SUBJECTS for variable in item["variables"]):
        holding = [name for name, names in carried.items() if variable["name"] in names]
        if holding:
            rows.append((variable["name"], variable["label"], _named(holding, others)))
    return _variables("Variables of ADSL in other datasets", "Other datasets that carry it", rows)


def treatment_table(datasets: Sequence[Dataset]) -> Table:
    """Treatment variables and the datasets that have them."""
    return _variables("Treatment variables", "Datasets", _found(datasets, TREATMENT.fullmatch))


def flag_table(datasets: Sequence[Dataset]) -> Table:
    """Flags that select records for an analysis."""
    return _variables("Flags that select records", "Datasets", _found(datasets, FLAG.fullmatch))


def imputation_table(datasets: Sequence[Dataset]) -> Table:
    """Flags of imputed dates and times."""
    return _variables("Flags of imputed dates", "Datasets", _found(datasets, IMPUTATION.fullmatch))


def _found(datasets: Sequence[Dataset], fits: Callable[[str], object]) -> list[tuple[str, str, str]]:
    """Name, label and datasets of the variables whose name fits, by first appearance."""
    holding: dict[tuple[str, str], list[str]] = {}
    for item in datasets:
        for variable in item["variables"]:
            if fits(variable["name"]):
                holding.setdefault((variable["name"], variable["label"]), []).append(item["name"])
    return [(name, label, _named(names, datasets)) for (name, label), names in holding.items()]


def _named(names: Sequence[str], every: Sequence[Dataset]) -> str:
    return f"all {len(names)} of them" if len(names) == len(every) > 1 else ", ".join(names)


def _variables(caption: str, last: str, rows: Sequence[tuple[str, str, str]]) -> Table:
    columns = [("Variable", 1.2, "left"), ("Label", 3, "left"), (last, 4, "left")]
    return table(caption, columns, rows or [("–", "None.", "")])


def dependency_table(
    datasets: Sequence[Dataset], sources: Mapping[str, Mapping[str, int]], derived: Mapping[str, Sequence[str]]
) -> Table:
    """What each dataset is made from, and at which step; ``report/_render/dependencies.typ`` draws it.

    Parameters
    ----------
    datasets : sequence of mapping
    sources : mapping
        By dataset, how many of its records name which dataset as their source.
    derived : mapping
        By dataset, those that the second programmer derived it from.
    """
    made_from = {}
    for item in datasets:
        named = [name for name in sources.get(item["name"], {}) if name != item["name"]]
        carries = _carried(item, datasets) - IDENTIFIERS
        made_from[item["name"]] = list(dict.fromkeys([*([SUBJECTS] if carries else []), *named]))
    rows = [
        (
            name,
            str(_step(name, made_from)),
            ", ".join(made_from[name]) or "–",
            ", ".join(f"{source} {count:,}" for source, count in sources.get(name, {}).items()) or "–",
            ", ".join(other for other in derived.get(name, ()) if other != name) or "–",
        )
        for name in made_from
    ]
    columns = [
        ("Dataset", 0.9, "left"),
        ("Step", 0.6, "left"),
        ("Made from", 2.2, "left"),
        ("Records that name their source", 2.6, "left"),
        ("Derived again from", 2.6, "left"),
    ]
    return table("Dependencies of the datasets", columns, rows)


def _step(name: str, made_from: Mapping[str, Sequence[str]], above: tuple[str, ...] = ()) -> int:
    """1 for a dataset that is made from none of the others; circles are not followed."""
    before = [other for other in made_from.get(name, ()) if other in made_from and other not in (name, *above)]
    return 1 + max((_step(other, made_from, (*above, name)) for other in before), default=0)
