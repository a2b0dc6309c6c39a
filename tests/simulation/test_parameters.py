"""sap/simulation.yaml: wrong parameters are refused with the field's name."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path

import pytest

from csrbook.errors import PlanError, UsageError
from csrbook.plan import read_yaml
from simulation.database import simulate
from simulation.parameters import read_parameters

ROOT = Path(__file__).parents[2]
FILE = ROOT / "sap" / "simulation.yaml"


@pytest.fixture
def content():
    return copy.deepcopy(read_yaml(FILE, ROOT).data)


def test_the_true_hazard_ratio_follows_from_medians_and_shape(parameters):
    pfs = parameters.progression_free_survival
    assert pfs.true_hazard_ratio == pytest.approx((11.0 / 13.0) ** 1.2, abs=5e-5)


def test_an_inconsistent_hazard_ratio_is_refused(content):
    content["progression_free_survival"]["true_hazard_ratio"] = 0.846
    with pytest.raises(PlanError) as error:
        read_parameters(content)
    assert "0.8183" in error.value.what
    assert "progression_free_survival" in error.value.where


@pytest.mark.parametrize(
    ("section", "field", "value", "where"),
    [
        ("follow_up", "loss_per_year", 1.0, "follow_up.loss_per_year"),
        ("biomarkers", "sample", -0.1, "biomarkers.sample"),
        ("subjects", "block_size", 3, "subjects"),
        ("subjects", "first_consent", "4 January 2021", "subjects"),
        ("treatment", "unknown", 1, "treatment.unknown"),
        ("subjects", "sites", "30", "subjects.sites"),
    ],
)
def test_a_wrong_value_is_refused_by_name(content, section, field, value, where):
    content[section][field] = value
    with pytest.raises(PlanError) as error:
        read_parameters(content)
    assert where in error.value.where


def test_severe_events_are_part_of_all_events(content):
    content["adverse_events"]["terms"]["Gastrointestinal disorders"][0]["severe"] = [0.99, 0.3]
    with pytest.raises(PlanError, match="Diarrhoea"):
        read_parameters(content)


def test_an_error_in_the_file_names_file_and_line(tmp_path):
    (tmp_path / "sap").mkdir()
    copied = tmp_path / "sap" / "simulation.yaml"
    shutil.copy(FILE, copied)
    text = copied.read_text("utf-8").replace("missed_scan: 0.02", "missed_scan: 2.0")
    copied.write_text(text, "utf-8")
    line = 1 + text[: text.index("missed_scan: 2.0")].count("\n")
    with pytest.raises(PlanError) as error:
        read_parameters(copied)
    assert error.value.where.startswith(f"sap/simulation.yaml:{line}")


def test_a_response_rate_out_of_reach_is_refused(content, plan):
    content["tumour_response"]["confirmed_response"]["control"] = 0.95
    with pytest.raises(PlanError, match="cannot be reached"):
        simulate(content, plan, subjects=20, seed=1)


@pytest.mark.parametrize("subjects", [0, 19, 200_001])
def test_a_number_of_subjects_out_of_range_is_refused(parameters, plan, subjects):
    with pytest.raises(UsageError, match=str(subjects)):
        simulate(parameters, plan, subjects=subjects)


def test_a_negative_seed_is_refused(parameters, plan):
    with pytest.raises(UsageError, match="-1"):
        simulate(parameters, plan, subjects=20, seed=-1)


def test_more_events_than_can_happen_are_refused(parameters, plan):
    cut = plan.study.data_cut.model_copy(update={"events": 326})
    greedy = plan.model_copy(update={"study": plan.study.model_copy(update={"data_cut": cut})})
    with pytest.raises(PlanError, match="can be observed"):
        simulate(parameters, greedy, subjects=40, seed=1)
