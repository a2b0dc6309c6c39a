"""Prevalence, curves, signature, landmark, oncoprint and paired status of biomarkers on small data."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from analyses.biomarker import landmark_clearance, marker_curves, oncoprint, paired_status, prevalence, signature
from csrbook.displays.model import identity
from csrbook.displays.plot import NEUTRAL
from csrbook.errors import CsrbookError
from csrbook.plan.models import Biomarker, Biomarkers, Section
from tests.displays.small_study import Frames, row, small_plan, subjects

NAN = float("nan")


def marker(name: str, positive: str = "MUTATED", negative: str = "WILD TYPE", specimen: str = "PLASMA"):
    return Biomarker(
        id=name, label=f"{name} mutation", parameter=name, positive=positive, negative=negative, specimen=specimen,
        assumption="none",
    )  # fmt: skip


def plan_of(arms: int = 2, *markers: Biomarker):
    plan = small_plan(arms)
    catalogue = plan.catalogue.model_copy(update={"sections": (Section(number="14.2", title="Efficacy"),)})
    programme = Biomarkers(fdr=0.1, minimum_events=1, markers=markers or (marker("GENE"), marker("OTHER")))
    endpoints = plan.endpoints.model_copy(update={"biomarkers": programme})
    study = plan.study.model_copy(update={"seeds": {"resampling": 3}})
    return plan.model_copy(update={"catalogue": catalogue, "endpoints": endpoints, "study": study})


def run(program, output, plan, **data):
    results = program.analyse(Frames(**data), output, plan)
    results.ard.frame()
    page = program.display(results, output, plan)
    content = json.dumps(page.to_dict(identity(output, plan, lock="x", data_cutoff="01JAN2026", simulated=True)))
    assert "NaN" not in content
    assert "Infinity" not in content
    assert all(len(r.cells) in (0, len(page.columns) - 1) for r in page.rows)
    return results, page


def levels(name: str, signs: str, visit: str = "BASELINE", values: tuple[float, ...] = ()):
    """ADBM of subjects S01, S02 …: ``+`` positive, ``-`` negative, ``?`` not evaluable, a blank for no sample."""
    words = {"+": "MUTATED", "-": "WILD TYPE", "?": "NE"}
    rows = [(f"S{i:02d}", words[s], i) for i, s in enumerate(signs, start=1) if s != " "]
    frame = pd.DataFrame(rows, columns=["USUBJID", "AVALC", "i"]).assign(PARAMCD=name, AVISIT=visit, BMSPEC="PLASMA")
    frame["AVAL"] = [values[i - 1] if values else NAN for i in frame.pop("i")]
    frame["ADT"] = 60.0
    return frame


def pfs(time, censored):
    frame = pd.DataFrame({"USUBJID": [f"S{i:02d}" for i in range(1, len(time) + 1)], "PARAMCD": "PFS", "AVAL": time})
    frame["CNSR"] = [float(c) for c in censored]
    frame["EVNTDESC"] = np.where(frame["CNSR"] == 0, "PD", "ONGOING").astype(object)
    frame["STARTDT"] = 0.0
    return frame


def test_prevalence_counts_those_tested():
    adsl = subjects("AAAACC")
    adbm = pd.concat([levels("GENE", "++-?- "), levels("OTHER", "----??")])
    _, page = run(prevalence, row("T14.2.6.1", "ITT"), plan_of(), ADSL=adsl, ADBM=adbm)
    cells = [(r.label, r.cells) for r in page.rows]
    assert cells[1] == ("Valid result, n (%)", ("3 (75.0)", "1 (50.0)", "4 (66.7)"))
    assert cells[2] == ("Mutated, n (% of valid)", ("2 (66.7)", "0", "2 (50.0)"))
    # R, binom.test: 2 of 3 is 0.09429932 to 0.99159624, 0 of 1 is 0 to 0.975, 2 of 4 is 0.06758599 to 0.93241401
    assert cells[3][1] == ("(9.4, 99.2)", "(0.0, 97.5)", "(6.8, 93.2)")
    assert cells[4][1] == ("1 (25.0)", "1 (50.0)", "2 (33.3)")
    assert cells[8][1] == ("(0.0, 60.2)", "NE", "(0.0, 60.2)")  # binom.test(0, 4)
    assert any("no valid result" in note for note in page.footnotes)


@pytest.mark.parametrize("arms", ["AC", "ACD", "ACDE"])
def test_every_layout_has_a_place_for_every_arm(arms):
    n = 8 * len(arms)
    adsl = subjects(arms * 8, SUBJID=[f"{i:03d}" for i in range(n)])
    signs = ("+-" * n)[:n]
    adbm = pd.concat(
        [levels("GENE", signs), levels("OTHER", signs[::-1]), levels("GENE", signs[1:] + "+", "EOT"),
         levels("GENE", signs, "C3D1"), levels("VAF", signs, "BASELINE", (4.0,) * n),
         levels("VAF", signs, "C3D1", (1.0,) * n)]
    )  # fmt: skip
    adtte = pfs([3.0 + (7 * i) % 11 for i in range(n)], [i % 5 == 0 for i in range(n)])
    plan = plan_of(len(arms))
    data = {"ADSL": adsl, "ADBM": adbm, "ADTTE": adtte}
    run(prevalence, row("T14.2.6.1", "ITT"), plan, **data)
    _, page = run(
        marker_curves, row("F14.2.6.4", "ITT", paramcd="PFS", name="Survival", markers=["GENE"]), plan, **data
    )
    assert len(page.figure.panels[0].table) == 2 * len(arms)
    run(landmark_clearance, row("T14.2.6.6", "ITT", **LANDMARK), plan, **data)
    run(paired_status, row("T14.2.6.8", "ITT", **PAIRED), plan, **data)
    _, page = run(oncoprint, row("F14.2.6.7", "ITT", **TILES), plan, **data)
    assert len(page.figure.panels) == 2 * len(arms)
    assert sum(len(p.x.ticks) for p in page.figure.panels) == n


LANDMARK = {
    "paramcd": "PFS", "name": "Survival", "marker": "GENE", "visit": "C3D1", "specimen": "PLASMA",
    "positive": "MUTATED", "negative": "WILD TYPE", "positive_label": "Cleared", "negative_label": "Not cleared",
    "visit_label": "cycle 3", "landmarks_months": [2],
}  # fmt: skip
PAIRED = {
    "paramcd": "PFS", "name": "Survival", "markers": ["GENE"], "second_visit": "EOT",
    "visit_labels": ["Baseline", "End"],
}  # fmt: skip
TILES = {
    "markers": ["GENE", "OTHER"], "styles": {"MUTATED": 0}, "fraction": "VAF", "specimen": "PLASMA",
    "fraction_label": "VAF", "visits": {"BASELINE": "baseline", "C3D1": "cycle 3"}, "per_page": 5,
}  # fmt: skip


def test_four_curves_of_those_with_a_result():
    adsl = subjects("AAACCC")
    adtte = pfs([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0, 0, 1, 0, 0, 1])
    data = {"ADSL": adsl, "ADTTE": adtte, "ADBM": levels("GENE", "++-+-?")}
    chosen = {"paramcd": "PFS", "name": "Survival", "markers": ["GENE"], "grid_months": 2}
    _, page = run(marker_curves, row("F14.2.6.4", "ITT", **chosen), plan_of(), **data)
    panel = page.figure.panels[0]
    assert [label for label, _, _ in panel.table] == [
        "A+B, mutated",
        "A+B, wild type",
        "Ctrl, mutated",
        "Ctrl, wild type",
    ]
    assert [counts[:2] for *_, counts in panel.table] == [("2", "1"), ("1", "1"), ("1", "1"), ("1", "1")]
    steps = [layer for layer in panel.layers if layer.mark == "step"]
    assert steps[0].y == (1.0, 0.5, 0.0)
    assert "A+B, mutated 1.5 (1.0, NE)" in page.alt
    with pytest.raises(CsrbookError, match="no marker NONE"):
        run(marker_curves, row("F14.2.6.4", "ITT", **{**chosen, "markers": ["NONE"]}), plan_of(), **data)


def test_the_clock_starts_at_the_sample():
    # Samples on day 60, the 61st from the start: 2.004 months. S02 had the event before, S06 at the sample: left out.
    adsl = subjects("AAAACCCC")
    month = 61.0 / 30.4375
    time = [month + 1, 1.0, month + 3, month + 4, month + 2, month, month + 5, month + 6]
    adtte = pfs(time, [0, 0, 0, 1, 0, 0, 0, 1])
    adbm = levels("GENE", "+++--+- ", "C3D1")
    results, page = run(
        landmark_clearance, row("T14.2.6.6", "ITT", **LANDMARK), plan_of(), ADSL=adsl, ADTTE=adtte, ADBM=adbm
    )
    cells = {r.label: r.cells for r in page.rows}
    assert cells["Evaluable, n (%)"] == ("4 (100.0)", "3 (75.0)", "7 (87.5)")
    assert cells["Cleared, n (% of evaluable)"] == ("3 (75.0)", "1 (33.3)", "4 (57.1)")
    assert cells["Evaluable, event or end of follow-up before the landmark, n"] == ("1", "1", "2")
    assert cells["Cleared: events/patients at risk"] == ("2/2", "0/0", "2/2")
    assert cells["Not cleared: events/patients at risk"] == ("0/1", "2/2", "2/3")
    # Times from the sample of the cleared: 1 and 3 months.
    assert results.ard.value(
        "estimate", analysis_id="KM_RATE_2", group1_level="A", variable_level="MUTATED"
    ) == pytest.approx(50.0)
    # Odds 3/1 against 1/2, without strata.
    assert results.ard.value("estimate", analysis_id="LOGISTIC", group1_level="A") == pytest.approx(6.0, rel=1e-6)


def test_nobody_sampled_and_two_samples():
    adsl = subjects("AACC")
    adtte = pfs([3.0, 4.0, 5.0, 6.0], [0, 1, 0, 1])
    none = levels("GENE", "++++", "EOT")
    data = {"ADSL": adsl, "ADTTE": adtte}
    _, page = run(landmark_clearance, row("T14.2.6.6", "ITT", **LANDMARK), plan_of(), ADBM=none, **data)
    assert any("no evaluable sample" in note for note in page.footnotes)
    twice = levels("GENE", "++++", "C3D1")
    with pytest.raises(CsrbookError, match="more than one"):
        run(landmark_clearance, row("T14.2.6.6", "ITT", **LANDMARK), plan_of(), ADBM=pd.concat([twice, twice]), **data)


def test_pairs_are_those_with_both_results():
    adsl = subjects("AAAACC")
    adtte = pfs([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0, 0, 1, 0, 0, 1])
    adbm = pd.concat([levels("GENE", "++--++"), levels("GENE", "-++? -", "EOT")])
    results, page = run(paired_status, row("T14.2.6.8", "ITT", **PAIRED), plan_of(), ADSL=adsl, ADTTE=adtte, ADBM=adbm)
    cells = {r.label: r.cells for r in page.rows}
    assert cells["Pairs, n (%)"] == ("3 (75.0)", "1 (50.0)", "4 (66.7)")
    assert cells["Mutated, then wild type, n (% of pairs)"] == ("1 (33.3)", "1 (100.0)", "2 (50.0)")
    assert cells["Wild type, then mutated, n (% of pairs)"] == ("1 (33.3)", "0", "1 (25.0)")
    # Two of the pairs lost it and one gained it: chi2 = 1/3, p = 0.5637 (R: mcnemar.test), exact p = 1
    assert cells["McNemar p-value (two-sided)"][2] == "0.5637"
    assert results.ard.value("p_exact", analysis_id="MCNEMAR", group1_level="TOTAL") == 1.0
    assert cells["Mutated: events/n"] == ("2/2", "1/2", "")


def test_tiles_stand_in_the_order_of_alterations_and_every_patient_has_a_column():
    adsl = subjects("AAACC", SUBJID=["a", "b", "c", "d", "e"])
    adbm = pd.concat(
        [levels("GENE", "-++?-"), levels("OTHER", "+-+--"),
         levels("VAF", "+++++", "BASELINE", (5.0, 10.0, NAN, 2.0, 0.0)),
         levels("VAF", "++ + ", "C3D1", (0.0, 12.0, NAN, 1.0, NAN))]
    )  # fmt: skip
    results, page = run(oncoprint, row("F14.2.6.7", "ITT", **TILES), plan_of(), ADSL=adsl, ADBM=adbm)
    panels = page.figure.panels
    assert [[text for _, text in p.x.ticks] for p in panels] == [["c", "b", "a"], ["d", "e"]]
    assert [text for _, text in panels[0].y.ticks] == [
        "GENE mutation",
        "OTHER mutation",
        "VAF, baseline",
        "VAF, cycle 3",
    ]
    assert NEUTRAL in next(layer for layer in panels[1].layers if layer.styles).styles
    shown = next(layer for layer in panels[0].layers if layer.labels)
    assert shown.labels == ("10", "5.0")
    ard = results.ard
    # Changes: a 5 to 0, b 10 to 12, d 2 to 1: median -1; two fell, one to 0.
    assert ard.value("median", analysis_id="CHANGE", group1_level="TOTAL") == -1.0
    assert ard.text("n", analysis_id="CHANGE", group1_level="TOTAL", variable_level="FALLEN") == "2"
    assert ard.text("n", analysis_id="CHANGE", group1_level="TOTAL", variable_level="GONE") == "1"
    nobody = {"ADSL": adsl[adsl["TRT01PN"] == 1].reset_index(drop=True), "ADBM": adbm}
    _, page = run(oncoprint, row("F14.2.6.7", "ITT", **TILES), plan_of(), **nobody)
    assert page.figure.panels[-1].layers == ()


def test_a_signature_finds_the_marker_that_matters():
    stream = np.random.Generator(np.random.Philox(21))
    n = 120
    adsl = subjects(("AC" * n)[:n])
    gene = stream.random(n) < 0.5
    signs = {
        "GENE": "".join("+" if g else "-" for g in gene),
        "OTHER": "".join(stream.choice(["+", "-", "?"], n, p=[0.45, 0.45, 0.1])),
    }
    adtte = pfs(np.round(stream.exponential(np.where(gene, 4.0, 16.0)) + 0.1, 3), stream.random(n) < 0.2)
    adbm = pd.concat([levels(name, text) for name, text in signs.items()])
    chosen = {"paramcd": "PFS", "steps": 10, "resamples": 12, "outer_folds": 3, "inner_folds": 3, "seed": "resampling"}
    results, page = run(signature, row("T14.2.6.5", "ITT", **chosen), plan_of(), ADSL=adsl, ADTTE=adtte, ADBM=adbm)
    ard = results.ard
    assert ard.value("hr", analysis_id="COEFFICIENT", variable="GENE") > 1.5
    c = {
        name: ard.value(name, analysis_id="CONCORDANCE", variable="HARRELL")
        for name in ("apparent", "optimism", "corrected")
    }
    assert c["corrected"] == pytest.approx(c["apparent"] - c["optimism"], rel=1e-12)
    assert 0.55 < c["corrected"] < 0.8
    assert f"Patients with a valid result of every marker: {n - signs['OTHER'].count('?')} of {n}" in page.footnotes[0]
    few = {"ADSL": adsl[:4], "ADTTE": adtte[:4], "ADBM": adbm}
    _, page = run(signature, row("T14.2.6.5", "ITT", **chosen), plan_of(), **few)
    assert any("too few" in note for note in page.footnotes)
