"""T14.2.6.2 and F14.2.6.3 on the trial of 24 subjects, where every marker is the column ``bm``.

R 4.2.2, survival 3.5-3, table as in ``tests/displays/small_efficacy.py``::

    m <- subset(d, bm != "?"); m$p <- as.integer(m$bm == "+")
    anova(coxph(Surv(t, e) ~ a + p + strata(s), m), coxph(Surv(t, e) ~ a * p + strata(s), m))
    summary(coxph(Surv(t, e) ~ a * p + strata(s), m))$conf.int
    for (k in 1:0) summary(coxph(Surv(t, e) ~ a + strata(s), subset(m, p == k)))$conf.int
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyses.biomarker import marker_effects, marker_forest
from csrbook.displays.model import Forest
from csrbook.errors import PlanError
from tests.displays.small_efficacy import plan_row, small_data, trial_plan

if TYPE_CHECKING:
    from csrbook.plan.models import Plan


def with_minimum(events: int) -> Plan:
    """The trial's plan with another fewest number of events."""
    plan = trial_plan()
    assert plan.endpoints.biomarkers is not None
    markers = plan.endpoints.biomarkers.model_copy(update={"minimum_events": events})
    return plan.model_copy(update={"endpoints": plan.endpoints.model_copy(update={"biomarkers": markers})})


PLAN = with_minimum(1)
ROW = plan_row(PLAN, "T14.2.6.2")
assert PLAN.endpoints.biomarkers is not None
PTEN_SPECIMEN = next(marker.specimen for marker in PLAN.endpoints.biomarkers.markers if marker.id == "PTEN")
ESR1 = {"group1_level": "FUL", "variable": "ESR1"}


def test_interaction_and_effects_within_levels_agree_with_r() -> None:
    ard = marker_effects.analyse(small_data(), ROW, PLAN).ard
    interaction = {"analysis_id": "INTERACTION", **ESR1}
    assert ard.value("chi_square", **interaction) == pytest.approx(1.95005, abs=1e-5)
    assert ard.value("p", **interaction) == pytest.approx(0.16258, abs=1e-5)
    ratio = [ard.value(name, **interaction) for name in ("ratio", "lower", "upper")]
    assert ratio == pytest.approx([15.266734537430, 0.32330093027396, 720.91714440432], rel=1e-6)
    for level, expected in (
        ("MUTATED", (1.41421356237, 0.0848428416071, 23.5729964027)),
        ("WILD TYPE", (0.302503467432, 0.0314737399095, 2.90745072152)),
    ):
        keys = {"analysis_id": "COX_STRATIFIED", "variable_level": level, **ESR1}
        assert [ard.value(name, **keys) for name in ("hr", "lower", "upper")] == pytest.approx(expected, rel=1e-6)


def test_the_family_of_the_false_discovery_rate_is_all_markers() -> None:
    # Nine markers with the same p: Benjamini-Hochberg leaves it, 9 p / 9.
    ard = marker_effects.analyse(small_data(), ROW, PLAN).ard
    interaction = {"analysis_id": "INTERACTION", **ESR1}
    assert ard.value("q", **interaction) == pytest.approx(ard.value("p", **interaction), rel=1e-12)
    # With one marker changed to have no result at all, eight remain in the family.
    data = small_data().with_values("ADBM", "AVALC", "NE", "PARAMCD == 'TP53'")
    other = marker_effects.analyse(data, ROW, PLAN).ard
    assert other.text("q", analysis_id="INTERACTION", group1_level="FUL", variable="TP53") == "NE"
    assert other.value("q", **interaction) == pytest.approx(ard.value("p", **interaction), rel=1e-12)


def test_levels_are_counted_with_those_not_evaluable() -> None:
    # Column bm: 7 '+', 10 '-', 7 '?'. R: tapply(m$e, list(m$p, m$a), sum) is 1, 2 in '+' and 4, 2 in '-' (a = 0, 1).
    ard = marker_effects.analyse(small_data(), ROW, PLAN).ard
    prevalence = {
        level: ard.text("n", analysis_id="PREVALENCE", variable="ESR1", variable_level=level)
        for level in ("MUTATED", "WILD TYPE", "NE")
    }
    assert prevalence == {"MUTATED": "7", "WILD TYPE": "10", "NE": "7"}
    assert ard.value("p", analysis_id="PREVALENCE", variable="ESR1", variable_level="MUTATED") == pytest.approx(
        700 / 17
    )
    events = [
        ard.text("events", analysis_id="EVENTS", variable="ESR1", variable_level=level, group1_level=arm)
        for level in ("MUTATED", "WILD TYPE")
        for arm in ("FUL", "CAP")
    ]
    assert events == ["2", "1", "2", "4"]


def test_too_few_events_give_ne_with_the_marker_and_the_number_in_the_reason() -> None:
    plan = with_minimum(5)
    results = marker_effects.analyse(small_data(), ROW, plan)
    results.ard.frame()
    interaction = results.ard.select(analysis_id="INTERACTION", stat_name="p", variable="ESR1")[0]
    assert interaction["formatted"] == "NE"
    assert interaction["error"] == "ESR1 mutation, mutated: 3 events, fewer than 5"
    page = marker_effects.display(results, ROW, plan)
    assert "ESR1 mutation, mutated: 3 events, fewer than 5" in page.footnotes[0]
    wild = {"analysis_id": "COX_STRATIFIED", "variable_level": "WILD TYPE", **ESR1}
    assert results.ard.text("hr", **wild) == "0.30"


def test_the_page_gives_interaction_before_the_levels() -> None:
    page = marker_effects.display(marker_effects.analyse(small_data(), ROW, PLAN), ROW, PLAN)
    first = [(row.label, row.cells) for row in page.rows[:4]]
    assert first[0][0] == "PIK3CA mutation"
    assert first[0][1][1:4] == ("15.27 (0.32, 720.92)", "0.1626", "0.1626")
    assert first[0][1][-1] == "Not predictive; prognostic NE"
    assert first[1] == ("Mutated", ("7 (41.2)", "", "", "", "2/3", "1/4", "1.41 (0.08, 23.57)", "", "", ""))
    assert first[3] == ("Not evaluable", ("7", *[""] * 9))
    # Two rows of header: cells over two rows, and spanners over the cells of the second row, cover every column.
    top, bottom = page.header
    assert sum(cell.colspan for cell in top) == len(page.columns) == 11
    assert sum(cell.colspan for cell in top if cell.rowspan == 1) == len(bottom)
    assert {len(row.cells) for row in page.rows} == {10}


def test_the_forest_shows_interaction_once_a_marker_and_a_mark_on_each_level() -> None:
    row = plan_row(PLAN, "F14.2.6.3")
    shown = marker_forest.display(marker_forest.analyse(small_data(), row, PLAN), row, PLAN)
    assert isinstance(shown.figure, Forest)
    mutated, wild = shown.figure.rows[:2]
    assert (mutated.label, wild.label) == ("PIK3CA mutation", "")
    assert mutated.cells == ("Mutated", "2/3", "1/4", "1.41 (0.08, 23.57)", "0.1626", "0.1626")
    assert mutated.estimate == pytest.approx(1.41421356237, rel=1e-6)
    assert wild.cells == ("Wild type", "2/5", "4/5", "0.30 (0.03, 2.91)", "", "")
    assert "The interaction test at a false discovery rate of 0.1 passes for no marker." in shown.alt


def test_a_marker_without_any_result_is_ne_and_one_without_records_is_named() -> None:
    data = small_data().with_values("ADBM", "AVALC", "NE", "PARAMCD == 'TP53'").without(ADBM="PARAMCD == 'PTEN'")
    results = marker_effects.analyse(data, ROW, PLAN)
    results.ard.frame()
    page = marker_effects.display(results, ROW, PLAN)
    rows = {row.label: row.cells for row in page.rows if row.kind == "section"}
    assert rows["TP53 mutation"][1:4] == ("NE", "NE", "NE")
    assert rows["TP53 mutation"][-1] == "NE"
    assert "TP53 mutation: no valid result;" in page.footnotes[0]
    assert (
        page.footnotes[1] == "No record of PTEN alteration (PTEN) at visit BASELINE in specimen " + PTEN_SPECIMEN + "."
    )


def test_a_study_without_biomarkers_is_told_so() -> None:
    plan = PLAN.model_copy(update={"endpoints": PLAN.endpoints.model_copy(update={"biomarkers": None})})
    with pytest.raises(PlanError, match="no biomarker programme"):
        marker_effects.analyse(small_data(), ROW, plan)
