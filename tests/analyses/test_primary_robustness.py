"""Every efficacy and biomarker program on awkward data: NE with a reason, never a crash, never a ragged table."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING

import pytest

from csrbook.displays.model import Forest, KaplanMeier, identity
from csrbook.plan.models import Arm
from tests.displays.small_efficacy import Frames, plan_row, plan_with_arms, small_data, trial_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from csrbook.plan.models import Plan

OUTPUTS = (
    "T14.2.1.1",
    "T14.2.1.2",
    "T14.2.1.3",
    "F14.2.1.4",
    "F14.2.1.5",
    "F14.2.1.6",
    "T14.2.1.7",
    "T14.2.1.8",
    "T14.2.1.9",
    "T14.2.1.10",
    "T14.2.2.1",
    "T14.2.2.2",
    "T14.2.2.3",
    "T14.2.2.4",
    "T14.2.2.5",
    "T14.2.2.6",
    "T14.2.2.7",
    "T14.2.2.8",
    "T14.2.2.9",
    "T14.2.2.10",
    "T14.2.2.11",
    "T14.2.2.12",
    "F14.2.2.13",
    "T14.2.2.14",
    "T14.2.2.15",
    "F14.2.2.16",
    "T14.2.2.17",
    "T14.2.2.18",
    "T14.2.2.19",
    "T14.2.2.20",
    "T14.1.4.1",
    "T14.2.4.1",
    "F14.2.4.2",
    "T14.2.4.3",
    "T14.2.6.2",
    "F14.2.6.3",
)
# Resampling is told to do less here: what is looked at is the page.
SMALLER: dict[str, dict[str, object]] = {
    "T14.2.2.8": {"replicates": 10},
    "T14.2.2.17": {
        "tests": [{"label": "FH(0,1)", "gamma": 1, "emphasis": "late"}, {"label": "Log-rank", "emphasis": ""}]
    },
    "T14.2.2.12": {"imputations": 10},
    "F14.2.2.13": {"imputations": 10, "deltas_test": [1, 2, 3], "deltas_control": [1, 3]},
}
PLAN = trial_plan()
LAP = Arm(id="LAP", code=3, label="Lapatinib", short="LAP", role="test")
NERA = Arm(id="NERA", code=4, label="Neratinib+Placebo", short="NERA", role="test")
LAST = "NCT04646759-001-0023"


def moved(data: Frames, code: float, query: str) -> Frames:
    """Subjects moved to another arm."""
    return data.with_values("ADSL", "TRT01PN", code, query).with_values("ADSL", "TRT01AN", code, query)


def two_arms() -> tuple[Frames, Plan]:
    return small_data(), PLAN


def three_arms() -> tuple[Frames, Plan]:
    return moved(small_data(), 3.0, "USUBJID > 'NCT04646759-001-0016'"), plan_with_arms(PLAN, *PLAN.study.arms, LAP)


def four_arms_one_with_one_subject() -> tuple[Frames, Plan]:
    data = moved(three_arms()[0], 4.0, f"USUBJID == '{LAST}'")
    return data, plan_with_arms(PLAN, *PLAN.study.arms, LAP, NERA)


def no_event() -> tuple[Frames, Plan]:
    return small_data().with_values("ADTTE", "CNSR", 1.0), PLAN


def one_event() -> tuple[Frames, Plan]:
    return small_data().with_values("ADTTE", "CNSR", 1.0, f"USUBJID != '{LAST}'"), PLAN


def everybody_has_the_event() -> tuple[Frames, Plan]:
    return small_data().with_values("ADTTE", "CNSR", 0.0), PLAN


def missing_strata() -> tuple[Frames, Plan]:
    return small_data().with_values("ADSL", "STRAT2R", "", "USUBJID > 'NCT04646759-001-0018'"), PLAN


def no_strata_in_the_plan() -> tuple[Frames, Plan]:
    return small_data(), PLAN.model_copy(update={"study": PLAN.study.model_copy(update={"strata": ()})})


def empty_subgroups() -> tuple[Frames, Plan]:
    data = small_data().with_values("ADSL", "BMEVLFL", "N").with_values("ADSL", "RESEVFL", "N")
    return data.with_values("ADSL", "PPROTFL", "N"), PLAN


def an_arm_without_subjects() -> tuple[Frames, Plan]:
    return moved(small_data(), 1.0, "TRT01PN == 2"), PLAN


SCENARIOS = (
    two_arms,
    three_arms,
    four_arms_one_with_one_subject,
    no_event,
    one_event,
    everybody_has_the_event,
    missing_strata,
    no_strata_in_the_plan,
    empty_subgroups,
    an_arm_without_subjects,
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
@pytest.mark.parametrize("output_id", OUTPUTS)
def test_every_program_gives_a_whole_page(output_id: str, scenario: Callable[[], tuple[Frames, Plan]]) -> None:
    data, plan = scenario()
    output = plan_row(plan, output_id, **SMALLER.get(output_id, {}))
    assert output.program is not None
    module = importlib.import_module(output.program.removesuffix(".py").replace("/", "."))
    results = module.analyse(data, output, plan)
    frame = results.ard.frame()
    page = module.display(results, output, plan)
    widths = {len(row.cells) for row in page.rows if row.kind in ("row", "section")}
    assert widths <= {len(page.columns) - 1}
    if isinstance(page.figure, KaplanMeier):
        assert [curve.name for curve in page.figure.curves] == [arm.label for arm in plan.study.arms]
        assert {len(curve.at_risk) for curve in page.figure.curves} == {len(page.figure.grid)}
    if isinstance(page.figure, Forest):
        assert {len(row.cells) for row in page.figure.rows} == {len(page.figure.columns) - 1}
    shown = [cell for row in page.rows for cell in row.cells]
    shown += [cell for row in page.figure.rows for cell in row.cells] if isinstance(page.figure, Forest) else []
    # What is printed as NE is explained, and nothing is printed as nan or None.
    if any(cell == "NE" for cell in shown):
        assert any(note.startswith("NE = not estimable") for note in page.footnotes)
    content = json.dumps(page.to_dict(identity(output, plan, lock="x", data_cutoff="01JAN2026", simulated=True)))
    assert "nan" not in "".join(shown)
    assert "NaN" not in content
    assert "Infinity" not in content
    assert (frame["formatted"] != "").all()


def test_a_stratum_without_a_name_is_told_on_the_page() -> None:
    data, plan = missing_strata()
    output = plan.catalogue.output("T14.2.1.1")
    module = importlib.import_module("analyses.primary.pfs_noninferiority")
    page = module.display(module.analyse(data, output, plan), output, plan)
    assert "6 subjects without a value of a stratification factor analysed in a stratum of their own." in page.footnotes


def test_with_two_test_arms_each_has_its_own_sequence_and_conclusion() -> None:
    data, plan = three_arms()
    output = plan.catalogue.output("T14.2.1.3")
    module = importlib.import_module("analyses.primary.decision")
    page = module.display(module.analyse(data, output, plan), output, plan)
    headings = [row.label for row in page.rows if row.kind == "group"]
    assert "Fulvestrant+Pyrotinib versus Capecitabine+Pyrotinib" in headings
    assert "Lapatinib versus Capecitabine+Pyrotinib" in headings
    assert len([label for label in headings if label.startswith("Conclusion:")]) == 2
