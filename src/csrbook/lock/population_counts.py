"""After a run: the N over each column of a display is that of its ARD, and the number of its subjects in ADSL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csrbook.lock.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from csrbook.plan.models import Plan

__all__ = ["SIZES", "check_population_counts", "read_from_adsl"]

RULE: Final = "R62"
SENTENCE: Final = "The N over a column is that of its ARD, and the number of its subjects in ADSL."
SIZES: Final = {"analysis_id": "SUBJECTS", "stat_name": "N"}
"""The rows of an ARD that hold the number of subjects of a column."""
TOTAL: Final = "TOTAL"
PRINTED: Final = re.compile(r"^(?P<label>.*?)\s*\(N=(?P<size>[0-9,]+)\)", re.DOTALL)


def read_from_adsl(ard: pd.DataFrame, plan: Plan) -> list[str]:
    """The variables of ADSL that :func:`check_population_counts` reads."""
    groups = _sizes(ard)["group1"].unique().tolist()
    flags = [item.flag for item in plan.study.analysis_sets if item.flag is not None]
    return list(dict.fromkeys([*flags, *(name for name in groups if name)]))


def check_population_counts(
    displays: Mapping[str, Mapping[str, Any]], ard: pd.DataFrame, adsl: pd.DataFrame, plan: Plan
) -> list[Finding]:
    """Hold the sizes of all columns against each other.

    Parameters
    ----------
    displays : mapping
        Display JSON by output id.
    ard : DataFrame
        The ARD of these outputs.
    adsl : DataFrame
        With the variables of :func:`read_from_adsl`.
    plan : Plan
        Gives the arms and the flag of each analysis set.

    Returns
    -------
    list of Finding
        One an output whose numbers disagree; ``first`` says which, and by how much. Of a set without a flag (all
        screened subjects) the total may be that of the subjects with an arm, which is what a header over arms counts.
    """
    findings = []
    rows = _sizes(ard)
    for output_id, display in displays.items():
        own: list[Any] = rows[rows["output_id"] == output_id].to_dict("records")
        faults = [text for row in own if (text := _against_adsl(row, adsl, plan))]
        columns = _printed(display)
        faults += [text for label, size in columns if (text := _against_ard(label, size, own, plan))]
        if faults:
            findings.append(
                Finding(RULE, "reject", output_id, SENTENCE, len(faults), len(own) + len(columns), tuple(faults[:5]))
            )
    return findings


def _sizes(ard: pd.DataFrame) -> pd.DataFrame:
    return ard[(ard["analysis_id"] == SIZES["analysis_id"]) & (ard["stat_name"] == SIZES["stat_name"])]


def _against_adsl(row: Mapping[str, Any], adsl: pd.DataFrame, plan: Plan) -> str:
    """What is wrong with a size of the ARD, in words; ``""`` where nothing is."""
    sets = {item.id: item.flag for item in plan.study.analysis_sets}
    variable, level = row["group1"], row["group1_level"]
    if row["analysis_set"] not in sets or variable not in adsl:
        return f"{level} in {row['analysis_set']}: ADSL has no such set or no {variable}"
    flag = sets[row["analysis_set"]]
    chosen = np.ones(len(adsl), dtype=bool) if flag is None else (adsl[flag] == "Y").to_numpy()
    labels = {arm.id: arm.label for arm in plan.study.arms}
    values = adsl[variable].to_numpy()
    expected = {int((chosen & (values == labels.get(level, level))).sum())}
    if level == TOTAL:
        expected = {int(chosen.sum())} | ({int((chosen & (values != "")).sum())} if flag is None else set())
    if row["value"] in expected:
        return ""
    return f"{level} in {row['analysis_set']}: ARD {row['value']:g}, ADSL {min(expected)}"


def _printed(display: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Label and N of each column whose header prints one."""
    texts = [cell["text"] for line in display.get("header", ()) for cell in line]
    found = [match for text in texts if (match := PRINTED.match(text))]
    return [(" ".join(match["label"].split()), int(match["size"].replace(",", ""))) for match in found]


def _against_ard(label: str, size: int, rows: Sequence[Mapping[str, Any]], plan: Plan) -> str:
    """What is wrong with a printed N, in words; ``""`` where nothing is."""
    levels = {"Total": TOTAL}
    for arm in plan.study.arms:
        levels |= {_plain(arm.label): arm.id, _plain(arm.short): arm.id}
    level = levels.get(_plain(label), levels.get(label))
    # A column of another grouping goes by a label of its own: its N must be one of the ARD's.
    sizes = {row["value"] for row in rows if level is None or row["group1_level"] == level}
    if size in sizes:
        return ""
    known = ", ".join(f"{number:g}" for number in sorted(sizes)) or "no number"
    return f"{label}: printed {size}, ARD {known}"


def _plain(label: str) -> str:
    return "+".join(part.strip() for part in label.split("+"))
