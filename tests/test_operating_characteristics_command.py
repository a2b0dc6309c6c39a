"""The page of operating characteristics: the planned trial is the plan's, and databases are decided by its program."""

from __future__ import annotations

import math

import numpy as np
import pytest

from csrbook.plan import load_plan
from simulation.parameters import read_parameters
from tools.operating_characteristics import __main__ as command
from tools.operating_characteristics.databases import ROOT, decide
from tools.operating_characteristics.planned_trial import planned, required


@pytest.fixture(scope="module")
def plan():
    return load_plan(ROOT)


def test_the_planned_trial_is_that_of_the_plan(plan):
    assumptions, decision = planned(plan, read_parameters(ROOT / "sap" / "simulation.yaml"), 0.9)
    rule, size = required(plan)
    assert (assumptions.subjects, decision.events) == (size.subjects, size.events)
    assert (decision.margin, decision.alpha_one_sided) == (rule.margin, rule.alpha_one_sided)
    # The control arm as a whole has the planned median.
    hazards = [math.log(2.0) / assumptions.control.median * s.hazard_ratio for s in assumptions.strata]
    survival = sum(
        s.share * math.exp(-h * size.control_median) for s, h in zip(assumptions.strata, hazards, strict=True)
    )
    assert survival == pytest.approx(0.5, abs=1e-9)
    assert len(assumptions.strata) == math.prod(len(s.levels) for s in plan.study.strata)
    assert math.exp(-assumptions.dropout_hazard * 12.0) == pytest.approx(1.0 - size.dropout_per_year)


def test_databases_are_decided_by_the_gate(plan):
    good, bad = decide(0.5, 2), decide(2.0, 2)
    steps = [step.id for step in plan.study.gate]
    assert list(good.step) == list(bad.step) == steps
    # A hazard ratio of 0.5 shows everything, one of 2 nothing, and later steps are not tested then.
    assert all((good.step[name] == 1.0).all() for name in steps)
    assert (bad.step[steps[0]] == 0.0).all()
    assert all(np.isnan(bad.step[name]).all() for name in steps[1:])
    assert (good.log_hr < -0.3).all()
    assert (bad.log_hr > 0.3).all()
    again = decide(0.5, 1)
    assert again.log_hr.tolist() == good.log_hr[:1].tolist()


def test_the_page_has_a_row_for_each_hazard_ratio(tmp_path, capsys):
    page = tmp_path / "page.md"
    assert command.main(["--trials", "100", "--databases", "2", "--write", str(page)]) == 0
    text = page.read_text("utf-8")
    assert text == capsys.readouterr().out.removesuffix("\n")
    assert sum(line.startswith(("| 1.300 ", "| 0.846 ")) for line in text.splitlines()) == 6
    with pytest.raises(SystemExit) as stopped:
        command.main(["--trials", "0"])
    assert stopped.value.code == 2
