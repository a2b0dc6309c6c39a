"""`csrbook explain`: from a cell of a table back to plan row, program line, filter, subjects and records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import UsageError
from csrbook.pipeline.cells import CellPlace, Number, find_cell, numbers_of_cells, row_paths
from csrbook.pipeline.contributions import SUBJECT, Counter, NotAdditiveError, Part, contributions, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from csrbook.displays.program import Data
    from csrbook.pipeline.study import StudyFolder
    from csrbook.plan.models import Output, Plan

__all__ = ["Explanation", "explain_cell", "is_count", "records_behind", "told"]

MANY: Final = 400
"""Records of the subjects of a cell that are tried one by one; with more, all that fit the filter are given."""


@dataclass(frozen=True)
class Explanation:
    """What stands behind a cell."""

    output: Output
    place: CellPlace
    numbers: tuple[Number, ...]
    subjects: dict[str, int]
    """Contribution of each subject to the count; empty where the cell holds none."""
    dataset: str = ""
    records: tuple[int, ...] = ()
    """Positions, in the dataset, of the records that the count rests on."""
    each: bool = True
    """Whether each of these records makes its subject count by itself; else they do so together."""
    read: tuple[str, ...] = ()
    """Variables of the dataset that the program reads."""
    why_not: str = ""
    """Why the number cannot be traced to subjects."""


def is_count(row: Mapping[str, Any]) -> bool:
    """Whether a row of the ARD is a whole number that is printed as such."""
    return bool(re.fullmatch(r"\d+", str(row["formatted"]))) and float(str(row["value"])) == int(str(row["formatted"]))


def explain_cell(
    study: StudyFolder, data: Data, output: Output, row: str, column: str, tick: Callable[[int], None] = lambda _: None
) -> Explanation:
    """Trace a cell.

    Parameters
    ----------
    study : StudyFolder
        Plan and programs.
    data : Data
        Locked data.
    output : Output
        A table.
    row, column : str
        See :func:`csrbook.pipeline.cells.find_cell`.
    tick : callable
        Called with the number of subjects that are settled.

    Raises
    ------
    UsageError
        The output has no rows, or the cell is not found.
    """
    plan = study.plan
    program = study.program(output)
    results = program.analyse(data, output, plan)
    display = program.display(results, output, plan)
    if results.records is not None or not display.rows or output.kind != "table":
        raise UsageError(
            f"{output.number} has no counts in cells",
            f"output {output.id}",
            "name a table; a listing prints the records themselves",
        )
    place = find_cell(display, row, column)
    marked = numbers_of_cells(program, data, output, plan, study.root).at(row_paths(display), *place.position)
    printed = {key_of(item): item for item in results.ard.select()}
    numbers = tuple(Number(printed[key_of(n.keys)], n.program, n.builder) for n in marked if key_of(n.keys) in printed)
    counts = [number for number in numbers if is_count(number.keys)]
    if not counts:
        return Explanation(output, place, numbers, {}, why_not="the cell holds no count")
    key, total = key_of(counts[0].keys), int(str(counts[0].keys["formatted"]))
    counter = Counter(program, output, plan)
    try:
        subjects = _subjects(counter, data, plan, counts[0], key, total, tick)
    except NotAdditiveError as error:
        return Explanation(output, place, numbers, {}, why_not=error.what)
    dataset = str(counts[0].keys["dataset"])
    records, each = records_behind(counter, data, counts[0], subjects, key)
    whole = Part(data, subjects)
    counter(whole)
    return Explanation(output, place, numbers, subjects, dataset, records, each, tuple(whole.read.get(dataset, ())))


def _subjects(
    counter: Counter,
    data: Data,
    plan: Plan,
    number: Number,
    key: tuple[str, ...],
    total: int,
    tick: Callable[[int], None],
) -> dict[str, int]:
    """Contributions, sought first among the subjects of the column's arm."""
    adsl = data.dataset("ADSL")
    everybody = sorted(adsl[SUBJECT])
    code = {arm.id: arm.code for arm in plan.study.arms}.get(str(number.keys["group1_level"]))
    variable = f"{number.keys['group1']}N"
    if code is not None and variable in adsl:
        try:
            own = sorted(adsl.loc[adsl[variable] == code, SUBJECT])
            return contributions(counter, data, own, key, total, tick)
        except NotAdditiveError:
            # The level's name is an arm's, its subjects are others; sought among all.
            pass
    return contributions(counter, data, everybody, key, total, tick)


def records_behind(
    counter: Counter, data: Data, number: Number, subjects: Mapping[str, int], key: tuple[str, ...]
) -> tuple[tuple[int, ...], bool]:
    """Positions of the records by which subjects count, and whether each does so by itself.

    Parameters
    ----------
    counter : Counter
        Runs the program.
    data : Data
        All records.
    number : Number
        The count; its dataset is looked at.
    subjects : mapping
        Contribution by subject.
    key : tuple of str
        Of the number.

    Returns
    -------
    tuple of int, bool
        With one record alone of its dataset, a subject counts or not: that is tried for each record that has the
        number's ``variable_level``. Where there are too many, or no record counts by itself (a change between two
        visits), all of them are given.
    """
    name = str(number.keys["dataset"])
    frame = data.dataset(name)
    fits = frame[SUBJECT].isin(list(subjects))
    for variable, level in (("variable", "variable_level"), ("group2", "group2_level")):
        column = str(number.keys[variable])
        if column in frame and (same := frame[column].astype(str) == str(number.keys[level])).any():
            fits &= same
    positions = [position for position, fit in enumerate(fits) if fit]
    if name == "ADSL" or len(positions) > MANY:
        return tuple(positions), name == "ADSL"
    owner = frame[SUBJECT].tolist()
    counted = [p for p in positions if counter(Part(data, [owner[p]], name, [p])).get(key, 0.0) > 0]
    if {owner[p] for p in counted} == set(subjects):
        return tuple(counted), True
    return tuple(positions), False


def told(explanation: Explanation, study: StudyFolder, data: Data, keys: Mapping[str, list[str]]) -> Iterator[str]:
    """The explanation in lines.

    Parameters
    ----------
    explanation : Explanation
    study : StudyFolder
        For the plan row and the definition of the analysis set.
    data : Data
        For the records.
    keys : mapping
        Key variables by dataset.
    """
    output, place = explanation.output, explanation.place
    yield f"{output.number}  {output.title}"
    yield f"Cell       {' > '.join(place.row)}  |  {place.column}"
    yield f"Printed    {place.text or '(empty)'}"
    for other in place.others[:6]:
        yield f"           these words are also over: {other}"
    yield f"Plan row   {_plan_line(study, output.id)}"
    yield f"Method     {output.method}"
    for number in explanation.numbers:
        yield ""
        yield from _number(number, study.plan)
    yield ""
    if explanation.why_not:
        yield f"Not traceable to subjects: {explanation.why_not}."
        return
    total = sum(explanation.subjects.values())
    several = {name: n for name, n in explanation.subjects.items() if n > 1}
    yield f"Subjects   {len(explanation.subjects)}, contributions add up to {total}"
    yield from (f"  {name}{f'  ×{several[name]}' if name in several else ''}" for name in explanation.subjects)
    yield ""
    yield from _records(explanation, data, keys)


def _number(number: Number, plan: Plan) -> Iterator[str]:
    row = number.keys
    analysis_set = next((s for s in plan.study.analysis_sets if s.id == row["analysis_set"]), None)
    flag = f" ({analysis_set.flag} = Y)" if analysis_set is not None and analysis_set.flag else ""
    parts = [f"{row['dataset']}, {row['analysis_set']}{flag}"]
    parts += [f"{row[name]} = {row[f'{name}_level']}" for name in ("group1", "group2") if row[name]]
    parts += [f"{row['variable']} {row['variable_level']}".strip()] if row["variable"] else []
    yield f"Number     {row['stat_name']} = {row['value']:.10g}, printed {row['formatted']}"
    yield f"  analysis {row['analysis_id']}; method {row['method'] or 'as the plan row says'}"
    yield f"  filter   {'; '.join(parts)}"
    yield f"  program  {number.program}; added at {number.builder}"


def _plan_line(study: StudyFolder, output_id: str) -> str:
    name = "sap/outputs.yaml"
    lines = (study.root / name).read_text(encoding="utf-8").splitlines()
    found = re.compile(rf"\bid:\s*[\"']?{re.escape(output_id)}\b(?!\.)")
    number = next((number for number, line in enumerate(lines, start=1) if found.search(line)), 0)
    return f"{name}:{number}"


def _records(explanation: Explanation, data: Data, keys: Mapping[str, list[str]]) -> Iterator[str]:
    from tabulate import tabulate

    name = explanation.dataset
    frame = data.dataset(name)
    named = {str(n.keys[part]) for n in explanation.numbers for part in ("variable", "group2")}
    words = {word for text in named for word in re.findall(r"\w+", text)} | set(explanation.read)
    shown = list(dict.fromkeys([*keys.get(name, [SUBJECT]), *(str(column) for column in frame if column in words)]))
    rows = frame.iloc[list(explanation.records)][shown]
    said = "by each of which its subject counts" if explanation.each else "by which together their subjects count"
    yield f"Records    {len(rows)} of {name}, {said}"
    yield str(tabulate(rows.to_numpy(dtype=object).tolist(), headers=shown, disable_numparse=True, missingval=""))
