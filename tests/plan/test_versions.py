"""The history of the plan: its last entry is the version that the plan says it is."""

from __future__ import annotations

import pytest

from csrbook.errors import PlanError
from csrbook.plan import load_plan
from tests.plan.plans import write_study

HISTORY = """
versions:
  - {{version: "{first}", date: 1 January 2030, changes: First version.}}
  - {{version: "{last}", date: {date}, changes: The window is wider.}}
"""


def with_history(folder, first="0.0", last="0.1", date="1 March 2030"):
    study = folder / "sap" / "study.yaml"
    study.write_text(study.read_text("utf-8") + HISTORY.format(first=first, last=last, date=date), "utf-8")
    return load_plan(folder)


@pytest.fixture
def folder(tmp_path):
    write_study(tmp_path)
    return tmp_path


def test_the_history_is_read(folder):
    assert [item.version for item in with_history(folder).study.versions] == ["0.0", "0.1"]


def test_a_plan_need_not_state_its_history(folder):
    assert load_plan(folder).study.versions == ()


@pytest.mark.parametrize("wrong", [{"last": "0.2"}, {"date": "2 March 2030"}])
def test_the_last_version_is_that_of_the_plan(folder, wrong):
    with pytest.raises(PlanError, match=r"versions end with .*, but sap_version and sap_date are 0\.1 of 1 March 2030"):
        with_history(folder, **wrong)


def test_a_version_stands_once(folder):
    with pytest.raises(PlanError, match="a version that stands twice in versions"):
        with_history(folder, first="0.1")
