"""From a cell back to its subjects and records: the second study's hand-made data, and a small simulated trial."""

from __future__ import annotations

import pandas as pd
import pytest

from csrbook.displays.model import Cell, Column, Display, Row
from csrbook.errors import UsageError
from csrbook.pipeline.cells import MarkedCells, Number, find_cell, numbers_of_cells, row_paths
from csrbook.pipeline.contributions import Counter, Part, key_of
from csrbook.pipeline.explain import explain_cell, is_count, told
from csrbook.pipeline.study import find_study
from tests.analyses.trial import Frames

from .second_study import copy_second_study, events, subjects, times
from .studies import ROOT, own_modules

pytestmark = pytest.mark.xdist_group("explain")

WHOLE_BUT_NO_COUNT = {"df", "max", "min"}
KEYS = {"ADAE": ["USUBJID", "AESEQ"]}


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    """The second study and its data as they are transferred."""
    data = Frames(ADSL=_frame(subjects()), ADTTE=_frame(times()), ADAE=_frame(events()))
    with own_modules():
        yield find_study(copy_second_study(tmp_path_factory.mktemp("explain") / "study")), data


def _frame(records):
    frame = pd.DataFrame(records)
    return frame.astype(dict.fromkeys(frame.select_dtypes("number").columns, float))


def explain(second, output, row, column):
    study, data = second
    return explain_cell(study, data, study.plan.catalogue.output(output), row, column)


@pytest.mark.parametrize(
    ("row", "column", "who", "records"),
    [
        # Nausea on placebo: patient 1 twice, patients 2 and 3 (events() of second_study.py).
        ("Nausea", "placebo any", ["ZP-001", "ZP-002", "ZP-003"], [0, 1, 2, 3]),
        ("Gastrointestinal disorders > nausea", "Placebo severe", ["ZP-001"], [1]),
        # Patient 15 got 5 mg by plan and took 10 mg.
        ("Nausea", "Zephanol 10 mg any", ["ZP-015"], [4]),
        ("Nausea", "Zephanol 5 mg any", [], []),
    ],
)
def test_subjects_and_records_of_a_count(second, row, column, who, records):
    found = explain(second, "T14.3.1", row, column)
    assert list(found.subjects) == who
    assert list(found.records) == records
    assert (found.each, found.why_not) == (True, "")


def test_what_is_told(second):
    study, data = second
    said = "\n".join(told(explain(second, "T14.3.1", "Nausea", "placebo any"), study, data, KEYS))
    assert "Plan row   sap/outputs.yaml:27" in said
    assert (
        "filter   ADAE, TREATED (SAFFL = Y); TRT01A = PBO; AEBODSYS = Gastrointestinal disorders; AEDECOD Nausea"
        in said
    )
    assert "program  analyses/adverse_events.py:" in said
    assert "Subjects   3, contributions add up to 3" in said
    assert "Records    4 of ADAE, by each of which its subject counts" in said
    assert "TRTEMFL" in said


def test_a_number_that_is_no_sum_is_not_traced(second):
    # The highest age is a whole number, too.
    found = explain(second, "T14.1.1", "Min, Max", "Placebo")
    assert found.subjects == {}
    assert "no sum over subjects" in found.why_not


def test_a_row_or_column_that_is_not_there_is_refused_with_what_there_is(second):
    with pytest.raises(UsageError, match="no row has this label") as told_rows:
        explain(second, "T14.3.1", "Headache", "Placebo")
    assert "Gastrointestinal disorders > Nausea" in told_rows.value.where
    with pytest.raises(UsageError, match="no column has these words"):
        explain(second, "T14.3.1", "Nausea", "Capecitabine")
    with pytest.raises(UsageError, match="no counts in cells"):
        explain(second, "L16.2.7", "Nausea", "Placebo")


def test_rows_of_one_label_are_told_apart_by_those_above_them():
    rows = (Row(label="A", kind="group"), Row(("1",), "n"), Row(label="B", kind="group"), Row(("2",), "n"))
    header = ((Cell("Rows", rowspan=2), Cell("Arm", colspan=1)), (Cell("n (%)"),))
    display = Display(columns=(Column(), Column()), header=header, rows=rows)
    assert row_paths(display) == [("A",), ("A", "n"), ("B",), ("B", "n")]
    assert find_cell(display, "b > N", "arm").text == "2"
    assert find_cell(display, "A > n", "(%) arm").column == "Arm n (%)"
    with pytest.raises(UsageError, match="2 rows have this label"):
        find_cell(display, "n", "arm")


def test_a_row_is_found_by_its_place_where_its_label_quotes_another_text():
    one, two = Number({}, "a.py:1", "b.py:1"), Number({}, "a.py:2", "b.py:2")
    marked = MarkedCells((("Imputed: 0 (NE)",), ("n",), ("n",)), (((),), ((one,),), ((two,),)))
    paths = [("Imputed: 0",), ("n",), ("n",)]
    assert [marked.at(paths, row, 0) for row in range(3)] == [(), (one,), (two,)]
    assert marked.at(paths[:2], 0, 0) == ()
    assert marked.at(paths, 1, 5) == ()


@pytest.fixture(scope="module")
def trial():
    """The trial on 20 simulated subjects."""
    with own_modules():
        study = find_study(ROOT)
        made = study.package("simulation.database").simulate_study(ROOT, study.plan, 20, None)
        yield study, Frames(**made.frames)


def test_every_count_of_every_table_is_the_sum_over_subjects(trial):
    study, data = trial
    everybody = data.dataset("ADSL")["USUBJID"]
    total = 0
    for output in study.plan.catalogue.outputs:
        if output.kind != "table":
            continue
        program = study.program(output)
        printed = {key_of(row): row for row in program.analyse(data, output, study.plan).ard.select()}
        cells = numbers_of_cells(program, data, output, study.plan, study.root)
        keys = {key_of(number.keys) for row in cells.cells for numbers in row for number in numbers} & set(printed)
        rows = {key: printed[key] for key in keys if is_count(printed[key])}
        counts = {key: row["value"] for key, row in rows.items() if row["stat_name"] not in WHOLE_BUT_NO_COUNT}
        counter = Counter(program, output, study.plan)
        alone = [counter(Part(data, [subject])) for subject in everybody]
        assert counts == {key: sum(found.get(key, 0.0) for found in alone) for key in counts}, output.id
        total += len(counts)
    assert total > 5_000
