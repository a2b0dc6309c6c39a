"""Documents of 16.1.9: the plan's record, the methods with raw model output, the ledger of alpha."""

from __future__ import annotations

import pytest

from analyses.documents import methods, multiplicity, plan_record
from tests.displays.small_efficacy import plan_row, small_data, trial_plan

PLAN = trial_plan()


def page(program, output_id):
    output = plan_row(PLAN, output_id)
    results = program.analyse(small_data(), output, PLAN)
    return results.ard, program.display(results, output, PLAN)


def test_the_record_names_the_hash_and_every_estimand():
    _, display = page(plan_record, "D16.1.9.1")
    cells = {row.label: row.cells for row in display.rows}
    assert cells["Hash of the plan (SHA-256 of its YAML and prose)"] == (PLAN.hash,)
    assert {estimand.label for estimand in PLAN.endpoints.estimands} <= set(cells)
    assert f"{len(PLAN.catalogue.outputs)} outputs" in cells["Content"][0]


def test_raw_output_is_that_of_r_and_every_output_has_its_method():
    # coxph as in test_primary_pfs: log hazard ratio -1.18640323312, standard error 0.718156946036
    ard, display = page(methods, "D16.1.9.2")
    raw = {"analysis_id": "RAW", "analysis_set": "ITT"}
    assert ard.value("log_hr", **raw) == pytest.approx(-1.18640323312, rel=1e-9)
    assert ard.text("se", **raw) == "0.718156946"
    labels = [row.label for row in display.rows]
    assert labels[-len(PLAN.catalogue.outputs) :] == [output.id for output in PLAN.catalogue.outputs]
    software = next(row.cells[0] for row in display.rows if row.label == "Python packages")
    assert "numpy 2." in software


def test_the_ledger_has_every_step_of_the_gate():
    ard, display = page(multiplicity, "D16.1.9.3")
    steps = [row.cells for row in display.rows if row.cells and row.cells[0]]
    assert [cells[0] for cells in steps] == ["0.025 (one-sided)", "0.05 (two-sided)", "0.05 (two-sided)"]
    assert steps[0][1] == "ITT and PP"
    assert ard.value("alpha", variable_level="SUP") == 0.05
