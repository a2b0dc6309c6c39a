"""Which records enter an analysis, as the parameters of its plan row say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from csrbook.displays.adverse_events import TREATMENT_EMERGENT
from csrbook.displays.conditions import Condition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from csrbook.plan.models import Output

__all__ = ["Restriction", "restrictions"]

EVENTS = "ADAE"


class Restriction(NamedTuple):
    """Conditions that the records of some analyses of an output meet; all of ``where``, and one of ``any_of``."""

    dataset: str
    where: tuple[Condition, ...]
    any_of: tuple[Condition, ...] = ()
    begins: str = ""
    ends: str = ""
    """Of the ``analysis_id`` of those analyses."""

    def applies(self, dataset: str, analysis_id: str) -> bool:
        """Whether it holds for an analysis."""
        return dataset == self.dataset and analysis_id.startswith(self.begins) and analysis_id.endswith(self.ends)


def restrictions(output: Output) -> list[Restriction]:
    """What an output's parameters say of its records: listings, occurrences of events, shifts, visits, thresholds.

    Parameters
    ----------
    output : Output
        Row of the catalogue. Where its kind of display has treatment-emergent events unless it says otherwise, so
        has the restriction.

    Returns
    -------
    list of Restriction
        The first that applies to an analysis is its own; a row of another kind gives none.
    """
    given = output.parameters
    found = [_hierarchy(item) for item in given.get("hierarchies", ())]
    found += [_hierarchy(item) for item in (given, *given.values()) if isinstance(item, dict) and "bands" in item]
    # Those with an id name their analyses; one without holds for all others of its dataset.
    found.sort(key=lambda item: item.begins == "")
    found += [item for block in given.get("blocks", given.get("thresholds", ())) for item in _thresholds(block)]
    found += _shifts(given)
    found += _visits(given)
    found += _episodes(given)
    if output.kind == "listing" and "columns" in given and "dataset" in given:
        filled = tuple(Condition(variable=name, comparator="NE", value="") for name in given.get("any_filled", ()))
        found.append(Restriction(given["dataset"], _read(given, "where"), _read(given, "any_of") or filled))
    if EVENTS in output.datasets and ("rows" in given or "minimum_percent" in given):
        found.append(Restriction(EVENTS, _read(given, "where", TREATMENT_EMERGENT)))
    return [item for item in found if item.where or item.any_of]


def _hierarchy(given: Mapping[str, Any]) -> Restriction:
    where, any_of = _read(given, "where", TREATMENT_EMERGENT), _read(given, "any_of")
    return Restriction(given.get("dataset", EVENTS), where, any_of, f"{given['id']}." if given.get("id") else "")


def _shifts(given: Mapping[str, Any]) -> list[Restriction]:
    dataset = given.get("shift_levels", given).get("dataset", "")
    return [
        Restriction(dataset, (_parameter(item["paramcd"]),), (), f"SHIFT.{item['id']}", f".{item['id']}")
        for item in given.get("shifts", ())
        if isinstance(item, dict) and dataset
    ]


def _visits(given: Mapping[str, Any]) -> list[Restriction]:
    if "visits" not in given or not isinstance(given.get("parameters"), list):
        return []
    codes = [item["paramcd"] for item in given["parameters"]]
    return [Restriction(given["dataset"], (_parameter(c),), (), f"VISIT.{c}", f".{c}") for c in codes]


def _thresholds(given: Mapping[str, Any]) -> list[Restriction]:
    if "measures" not in given:
        return []
    codes = list(dict.fromkeys(item["paramcd"] for item in given["measures"].values()))
    return [Restriction(given["dataset"], (_parameter(*codes), *_read(given, "where")), (), f"{given['id']}.")]


def _episodes(given: Mapping[str, Any]) -> list[Restriction]:
    if "weeks" not in given or "kinds" not in given:
        return []
    where = _read(given, "where", TREATMENT_EMERGENT)
    of_kinds = [
        Restriction(EVENTS, (*where, *_read(kind, "where")), (), begins, f".{name}")
        for name, kind in given["kinds"].items()
        for begins in ("PREVALENCE", "DURATION")
    ]
    return [*of_kinds, Restriction(EVENTS, where, (), "MCF.")]


def _parameter(*codes: str) -> Condition:
    if len(codes) == 1:
        return Condition(variable="PARAMCD", comparator="EQ", value=codes[0])
    return Condition(variable="PARAMCD", comparator="IN", value=codes)


def _read(given: Mapping[str, Any], name: str, default: Sequence[Condition] = ()) -> tuple[Condition, ...]:
    if name not in given:
        return tuple(default)
    return tuple(Condition.model_validate(item) for item in given[name])
