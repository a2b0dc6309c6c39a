"""Subgroups, STEPP, response rates and tumour plots on small data; numbers by hand or from R."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from analyses.secondary import (
    response_duration,
    response_rates,
    spider,
    stepp,
    subgroup_forest,
    subgroup_interactions,
    swimmer,
    waterfall,
)
from csrbook.displays.model import identity
from csrbook.displays.plot import NEUTRAL
from csrbook.errors import CsrbookError
from tests.displays.small_study import Frames, row, small_plan, subjects

NAN = float("nan")


def run(program, output, arms=2, **data):
    plan = small_plan(arms)
    results = program.analyse(Frames(**data), output, plan)
    page = program.display(results, output, plan)
    content = json.dumps(page.to_dict(identity(output, plan, lock="x", data_cutoff="01JAN2026", simulated=True)))
    assert "NaN" not in content
    assert "Infinity" not in content
    return results, page


def trial(n: int = 40, arms: str = "AC", seed: int = 5, events: bool = True):
    """ADSL with SEX and AGE, and ADTTE: exponential times from a fixed stream."""
    stream = np.random.Generator(np.random.Philox(seed))
    letters = (arms * n)[:n]
    adsl = subjects(letters, SEX=["F" if i % 3 else "M" for i in range(n)], AGE=[40.0 + i % 37 for i in range(n)])
    adsl["RANDDT"] = 0.0
    time = np.round(stream.exponential(10.0, n) + 0.1, 2)
    censored = np.where(stream.random(n) < 0.3, 1.0, 0.0) if events else np.ones(n)
    adtte = pd.DataFrame({"USUBJID": adsl["USUBJID"], "PARAMCD": "PFS", "AVAL": time, "CNSR": censored})
    adtte["EVNTDESC"] = np.where(censored == 0, "PD", "ONGOING").astype(object)
    return adsl, adtte


FACTORS = [
    {"variable": "SEX", "label": "Sex", "levels": {"F": "Female", "M": "Male", "U": "Unknown"}},
    {"variable": "AGE", "label": "Age", "cut": 65, "levels": {"LT": "<65", "GE": "≥65"}},
]


@pytest.mark.parametrize("arms", ["AC", "ACD", "ACDE"])
def test_subgroups_add_up_and_an_empty_level_is_not_estimable(arms):
    adsl, adtte = trial(60, arms)
    adsl.loc[0, "AGE"] = NAN
    output = row("F14.1.9.9", "ITT", paramcd="PFS", factors=FACTORS, minimum_events=2)
    results, page = run(subgroup_forest, output, len(arms), ADSL=adsl, ADTTE=adtte)
    ard = results.ard
    for arm in arms:
        whole = ard.value("n", analysis_id="EVENTS", group1_level=arm, variable="ALL")
        for variable in ("SEX", "AGE"):
            parts = ard.select(analysis_id="EVENTS", group1_level=arm, variable=variable, stat_name="n")
            assert sum(part["value"] for part in parts) == whole
    labels = [line.label for line in page.figure.rows]
    assert {"Unknown", "Missing", "<65", "≥65"} <= set(labels)
    unknown = next(line for line in page.figure.rows if line.label == "Unknown")
    assert (unknown.estimate, unknown.cells[2]) == (None, "NE")
    assert any("fewer than 2 events" in note for note in page.footnotes)
    _, table = run(subgroup_interactions, output, len(arms), ADSL=adsl, ADTTE=adtte)
    assert {len(line.cells) for line in table.rows if line.kind != "group"} == {6}


def test_the_hazard_ratio_of_a_level_is_that_of_its_patients():
    # A: 2, 4, 6+; C: 1, 3, 5 among women: R coxph(Surv(t, d) ~ a): -1.097764 (exp 0.3336163)
    adsl = subjects("AAACCC", SEX=["F"] * 6, AGE=[50.0] * 6)
    adtte = pd.DataFrame({"USUBJID": adsl["USUBJID"], "PARAMCD": "PFS", "AVAL": [2.0, 4, 6, 1, 3, 5],
                          "CNSR": [0.0, 0, 1, 0, 0, 0], "EVNTDESC": "PD"})  # fmt: skip
    output = row("F14.1.9.9", "ITT", paramcd="PFS", factors=FACTORS)
    results, _ = run(subgroup_forest, output, ADSL=adsl, ADTTE=adtte)
    ard = results.ard
    keys = {"analysis_id": "COX_UNSTRATIFIED", "group1_level": "A"}
    everybody = ard.value("hr", variable="ALL", **keys)
    assert ard.value("hr", variable="SEX", variable_level="F", **keys) == everybody
    # one level: nothing to interact with
    assert (
        ard.select(analysis_id="INTERACTION", variable="AGE", stat_name="p")[0]["error"] == "the factor has one level"
    )


@pytest.mark.parametrize("events", [True, False])
def test_no_event_leaves_a_whole_page(events):
    adsl, adtte = trial(30, events=events)
    output = row("F14.1.9.9", "ITT", paramcd="PFS", factors=FACTORS)
    for program in (subgroup_forest, subgroup_interactions):
        run(program, output, ADSL=adsl, ADTTE=adtte)


def test_stepp_windows_hold_the_patients_they_say():
    adsl, adtte = trial(120)
    output = row("F14.1.9.9", "ITT", paramcd="PFS", covariates=[{"variable": "AGE", "label": "Age"}], window=40,
                 overlap=30, permutations=50, seed=3)  # fmt: skip
    results, page = run(stepp, output, ADSL=adsl, ADTTE=adtte)
    counts = [r["value"] for r in results.ard.select(analysis_id="STEPP", stat_name="n")]
    assert all(count >= 40 for count in counts[:-1])
    p = results.ard.value("p", analysis_id="STEPP_TEST")
    assert 1 / 51 <= p <= 1
    assert len(page.figure.panels) == 1
    # too few patients for a window: a panel without a curve, and the reason
    few, times = trial(20)
    results, page = run(stepp, output, ADSL=few, ADTTE=times)
    assert results.ard.text("p", analysis_id="STEPP_TEST") == "NE"
    assert page.figure.panels[0].layers == ()


def adrs(parameter: str, categories: list[str]) -> pd.DataFrame:
    who = [f"S{i:02d}" for i in range(1, len(categories) + 1)]
    return pd.DataFrame({"USUBJID": who, "PARAMCD": parameter, "EVAL": "INVESTIGATOR", "AVALC": categories})


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_rates_count_patients_without_a_record(arms):
    blocks = [
        {"label": "Best response", "paramcd": "BOR", "evaluator": "INVESTIGATOR", "categories": ["PR", "SD"]},
        {"label": "Benefit", "paramcd": "CBR", "evaluator": "INVESTIGATOR", "responders": ["Y"]},
    ]
    records = pd.concat([adrs("BOR", ["PR", "SD", "PR"]), adrs("CBR", ["Y", "N", "Y"])])
    output = row("T14.1.9.9", "ITT", blocks=blocks)
    results, page = run(response_rates, output, arms, ADSL=subjects("AACC"), ADRS=records)
    rows = {line.label: line.cells for line in page.rows}
    assert (rows["Pr"][:2], rows["Not assessed"][:2]) == (("1 (50.0)", "1 (50.0)"), ("0", "1 (50.0)"))
    assert rows["Patients, n (%)"][:2] == ("1 (50.0)", "1 (50.0)")
    # 1 of 2: Clopper–Pearson 0.0126 to 0.9874 (R binom.test(1, 2))
    assert rows["95% CI (Clopper–Pearson)"][0] == "(1.3, 98.7)"
    assert results.ard.value("n", analysis_id="RESPONSE_RATE", group1_level="A") == 1


def test_duration_describes_responders_only():
    adtte = pd.DataFrame({
        "USUBJID": ["S01", "S02", "S01", "S02"], "PARAMCD": ["DOR", "DOR", "TTR", "TTR"], "AVAL": [6.0, 9.0, 2.0, 4.0],
        "CNSR": [0.0, 1.0, 0.0, 0.0], "EVNTDESC": ["PD", "ONGOING", "RESPONSE", "RESPONSE"],
    })  # fmt: skip
    output = row("T14.1.9.9", "ITT", paramcd="DOR", name="Duration", landmarks_months=[3], response_paramcd="TTR",
                 response_label="Time to response")  # fmt: skip
    results, page = run(response_duration, output, ADSL=subjects("AAAC"), ADTTE=adtte)
    assert page.header[0][1].text.endswith("(N=3)")
    rows = {line.label: line.cells for line in page.rows}
    assert rows["Confirmed responders, n (%)"] == ("2 (66.7)", "0")
    assert rows["Patients with an event"][0] == "1 (50.0)"
    assert (rows["Median"][0], rows["Min, Max"][0]) == ("3.0", "2.0, 4.0")
    assert not any("left out" in note for note in page.footnotes)
    # the curve is 1/2 from 6 to the last time, 9: survfit's rule takes the midpoint
    assert results.ard.value("estimate", analysis_id="KM_MEDIAN", group1_level="A") == 7.5


CHANGES = {
    "where": [["PARAMCD", "EQ", "SDIAM"]],
    "styles": {"PR": 0, "PD": 1},
    "thresholds": {"-30": "-30%", "20": "+20%"},
}


def adtr(**changes: list[float]) -> pd.DataFrame:
    rows = [(who, "SDIAM", 60.0 * (k + 1), c) for who, cs in changes.items() for k, c in enumerate(cs)]
    return pd.DataFrame(rows, columns=["USUBJID", "PARAMCD", "ADT", "PCHG"])


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_waterfall_and_spider_show_every_patient_once(arms):
    adsl = subjects("AACC").assign(RANDDT=0.0)
    data = {
        "ADSL": adsl,
        "ADTR": adtr(S01=[-10.0, -50.0, -20.0], S02=[30.0, 250.0], S03=[-30.0]),
        "ADRS": adrs("CBOR", ["PR", "PD", "SD"]),
    }
    output = row("F14.1.9.9", "ITT", **CHANGES)
    results, page = run(waterfall, output, arms, **data)
    first, second = page.figure.panels[:2]
    # the largest increase first; the best change of S01 is −50, of S02 +30
    assert (first.layers[0].y2, first.layers[0].styles) == ((30.0, -50.0), (1, 0))
    assert (second.layers[0].y2, second.layers[0].styles) == ((-30.0,), (NEUTRAL,))
    assert second.title.endswith("(1 of 2 patients)")
    ard = results.ard
    assert ard.value("n", analysis_id="AT_MOST", group1_level="A", variable_level="-30") == 1
    assert ard.text("median", analysis_id="BEST_CHANGE", group1_level="A") == "-10.0"
    assert len(page.figure.panels) == arms
    _, page = run(spider, output, arms, **data)
    lines = [layer for layer in page.figure.panels[0].layers if layer.mark == "line"]
    # 250% is drawn at the axis's end, 100
    assert [line.y for line in lines] == [(0.0, -10.0, -50.0, -20.0), (0.0, 30.0, 100.0)]


def test_nobody_measured_gives_empty_panels():
    data = {"ADSL": subjects("AC").assign(RANDDT=0.0), "ADTR": adtr(), "ADRS": adrs("CBOR", [])}
    for program in (waterfall, spider):
        results, page = run(program, row("F14.1.9.9", "ITT", **CHANGES), **data)
        assert all(panel.layers == () for panel in page.figure.panels)
        assert results.ard.text("median", analysis_id="BEST_CHANGE", group1_level="A") == "NE"
        assert any("nobody was measured" in note for note in page.footnotes)


def test_swimmers_longest_first_within_the_arm_and_as_many_pages_as_needed():
    n = 50
    adsl = subjects("C" * 3 + "A" * (n - 3), SUBJID=[f"{i:03d}" for i in range(n)]).assign(RANDDT=0.0)
    adsl["ENDDT"] = [100.0 + i for i in range(n)]
    adsl["RESPDT"] = [50.0] * (n - 1) + [NAN]
    adsl["CNSR"] = [1.0] + [0.0] * (n - 1)
    output = row("F14.1.9.9", "ITT", start="RANDDT", end="ENDDT", where=[["ENDDT", "GE", 0]],
                 milestones=[{"variable": "RESPDT", "label": "Response", "marker": "triangle"}],
                 ongoing=["CNSR", "EQ", 1])  # fmt: skip
    results, page = run(swimmer, output, ADSL=adsl)
    assert len(page.figure.panels) == 2
    names = [text for _, text in page.figure.panels[0].y.ticks]
    assert names[:2] == ["049", "048"]
    assert [text for _, text in page.figure.panels[1].y.ticks][-3:] == ["002", "001", "000"]
    assert results.ard.value("n", analysis_id="MILESTONE", variable="RESPDT", group1_level="A") == 46
    month = (149.0 - 0.0 + 1) / small_plan().study.days_per_month
    assert page.figure.panels[0].layers[0].x2[0] == pytest.approx(month)
    # nobody to show: one empty panel
    _, page = run(swimmer, output, ADSL=adsl.assign(ENDDT=NAN))
    assert page.figure.panels[0].layers == ()


def test_a_factor_that_does_not_exist_is_an_error_of_ours():
    adsl, adtte = trial(10)
    output = row("F14.1.9.9", "ITT", paramcd="PFS", factors=[{"variable": "BMI", "label": "x"}])
    with pytest.raises(CsrbookError, match="BMI"):
        run(subgroup_forest, output, ADSL=adsl, ADTTE=adtte)
