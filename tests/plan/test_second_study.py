from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.plan import catalogue_status, load_plan
from tests.plan.plans import write_study

if TYPE_CHECKING:
    from pathlib import Path


def test_a_study_of_three_arms_without_non_inferiority_loads_with_the_same_models(tmp_path: Path) -> None:
    plan = load_plan(write_study(tmp_path))
    assert [(arm.id, arm.role, arm.code) for arm in plan.study.arms] == [
        ("LOW", "test", 1),
        ("HIGH", "test", 2),
        ("PBO", "control", 3),
    ]
    assert plan.study.noninferiority is None
    assert plan.study.gate == ()
    assert plan.study.strata == ()
    assert plan.endpoints.biomarkers is None
    assert plan.endpoints.endpoint("SBP").parameter == "SYSBP"


def test_status_counts_programmed_and_planned_outputs_of_each_section(tmp_path: Path) -> None:
    assert catalogue_status(load_plan(write_study(tmp_path))) == (
        ("14.1 Demographic Data", 1, 1),
        ("14.2.1 Efficacy Data", 0, 1),
    )


def test_footnotes_quote_the_output_and_the_study(tmp_path: Path) -> None:
    plan = load_plan(write_study(tmp_path))
    # 0.95 is the default of the model; the study does not state it
    assert plan.catalogue.output("T14.2.1.1").footnotes == ("Visits at weeks 4, 8 and 12; 95% intervals.",)


def test_the_plan_is_the_same_from_any_folder(tmp_path: Path) -> None:
    first, second = write_study(tmp_path / "one"), write_study(tmp_path / "other" / "two")
    assert load_plan(first) == load_plan(second)
