"""The plan of NCT04646759 as the protocol's statistical dossier gives it."""

from __future__ import annotations

import re
from math import ceil, log
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING

import pytest

from csrbook.plan import load_plan, read_yaml

if TYPE_CHECKING:
    from csrbook.plan.models import Plan

ROOT = Path(__file__).parents[2]

# The catalogue of the dossier, section C, in its order.
CATALOGUE = """
T14.1.1.1 F14.1.1.2 T14.1.2.1 T14.1.2.2 T14.1.2.3 T14.1.2.4 T14.1.2.5 T14.1.3.1 T14.1.3.2 T14.1.3.3
T14.1.3.4 T14.1.3.5 T14.1.3.6 T14.1.4.1 T14.1.4.2 T14.1.4.3 T14.1.5.1 T14.1.5.2 T14.2.1.1 T14.2.1.2
T14.2.1.3 F14.2.1.4 F14.2.1.5 F14.2.1.6 T14.2.1.7 T14.2.1.8 T14.2.1.9 T14.2.1.10 T14.2.2.1 T14.2.2.2
T14.2.2.3 T14.2.2.4 T14.2.2.5 T14.2.2.6 T14.2.2.7 T14.2.2.8 T14.2.2.9 T14.2.2.10 T14.2.2.11
T14.2.2.12 F14.2.2.13 T14.2.2.14 T14.2.2.15 F14.2.2.16 T14.2.2.17 T14.2.2.18 T14.2.2.19 T14.2.2.20
F14.2.3.1 T14.2.3.2 F14.2.3.3 T14.2.4.1 F14.2.4.2 T14.2.4.3 T14.2.4.4 T14.2.4.5 T14.2.4.6 F14.2.4.7
F14.2.4.8 F14.2.4.9 T14.2.4.10 T14.2.5.1 T14.2.5.2 T14.2.5.3 T14.2.5.4 F14.2.5.5 T14.2.5.6 T14.2.6.1
T14.2.6.2 F14.2.6.3 F14.2.6.4 T14.2.6.5 T14.2.6.6 F14.2.6.7 T14.2.6.8 T14.3.1.1 T14.3.1.2 T14.3.1.3
T14.3.1.4 T14.3.1.5 T14.3.1.6 T14.3.1.7 T14.3.1.8 T14.3.1.9 F14.3.1.10 F14.3.1.11 T14.3.2.1
L14.3.2.2 L14.3.2.3 L14.3.2.4 L14.3.3.1 L14.3.4.1 T14.3.4.2 F14.3.4.3 T14.3.4.4 T14.3.5.1 L16.1.7.1
D16.1.9.1 D16.1.9.2 D16.1.9.3 L16.2.1.1 L16.2.2.1 L16.2.3.1 L16.2.4.1 L16.2.5.1 L16.2.6.1 L16.2.6.2
L16.2.6.3 L16.2.7.1 L16.2.8.1
"""

FIRST_PROGRAMMED = """
T14.1.1.1 F14.1.1.2 T14.1.2.1 T14.1.3.1 T14.2.1.1 T14.2.1.2 T14.2.1.3 F14.2.1.4 F14.2.1.6 T14.2.4.1
T14.2.4.3 T14.2.6.2 F14.2.6.3 T14.3.1.1 T14.3.1.2 L16.2.6.1 L16.2.7.1
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan(ROOT)


def test_the_catalogue_holds_the_110_outputs_in_their_order(plan: Plan) -> None:
    assert [output.id for output in plan.catalogue.outputs] == CATALOGUE.split()
    assert len(plan.catalogue.outputs) == 110


def test_the_outputs_of_the_first_report_are_programmed_and_have_footnotes(plan: Plan) -> None:
    for identifier in FIRST_PROGRAMMED.split():
        output = plan.catalogue.output(identifier)
        assert output.programmed, identifier
        assert output.footnotes, identifier


def test_every_output_is_specified_by_a_section_of_the_sap_and_names_lead_there(plan: Plan) -> None:
    prose = (ROOT / "sap" / "sap.qmd").read_text(encoding="utf-8")
    parts = re.split(r"^#+ (\d[\d.]*) .*$", prose, flags=re.MULTILINE)
    text = dict(zip(parts[1::2], parts[2::2], strict=True))
    limitations = "18"
    for output in plan.catalogue.outputs:
        section = plan.catalogue.sap_section(output)
        assert section in text, output.id
        named_in = [
            number
            for number, words in text.items()
            if number != limitations and re.search(rf"(?<![\d.]){re.escape(output.id[1:])}(?![\d.]*\d)", words)
        ]
        assert not named_in or section in named_in, (output.id, section, named_in)


def test_every_title_is_its_own(plan: Plan) -> None:
    titles = [output.title for output in plan.catalogue.outputs]
    assert len(set(titles)) == len(titles)


def test_the_design(plan: Plan) -> None:
    study = plan.study
    assert (study.registry, study.sponsor.split(",")[0]) == ("NCT04646759", "Sun Yat-sen Memorial Hospital")
    assert [(arm.id, arm.role, arm.code, arm.label) for arm in study.arms] == [
        ("FUL", "test", 1, "Fulvestrant+Pyrotinib"),
        ("CAP", "control", 2, "Capecitabine+Pyrotinib"),
    ]
    assert [factor.variable for factor in study.strata] == ["STRAT1R", "STRAT2R"]
    assert [(item.id, item.flag) for item in study.analysis_sets] == [
        ("SCR", None),
        ("ITT", "ITTFL"),
        ("PP", "PPROTFL"),
        ("SAF", "SAFFL"),
        ("MEAS", "RESEVFL"),
        ("BM", "BMEVLFL"),
        ("PRO", "QOLEVFL"),
    ]
    assert [item.id for item in study.analysis_sets if item.treatment == "actual"] == ["SAF"]
    assert study.status == "DRAFT"
    assert len(study.datasets) == 14


def test_the_hypothesis_and_the_gate(plan: Plan) -> None:
    rule = plan.study.noninferiority
    assert rule is not None
    assert (rule.margin, rule.alpha_one_sided, rule.analysis_sets) == (1.30, 0.025, ("ITT", "PP"))
    assert rule.confidence == pytest.approx(0.95)
    assert "{" not in rule.rationale
    assert "1.30" in rule.rationale
    assert [(step.test, step.analysis_sets, step.alpha, step.sided) for step in plan.study.gate] == [
        ("non-inferiority", ("ITT", "PP"), 0.025, "one"),
        ("superiority", ("ITT",), 0.05, "two"),
        ("risk difference", ("SAF",), 0.05, "two"),
    ]


def test_the_events_planned_are_those_of_the_formula_of_schoenfeld(plan: Plan) -> None:
    size, rule = plan.study.sample_size, plan.study.noninferiority
    assert size is not None
    assert rule is not None
    assert size.true_hazard_ratio == pytest.approx(11 / 13, abs=5e-7)
    assert (size.control_median, size.test_median) == (11.0, 13.0)
    z = NormalDist().inv_cdf(1 - rule.alpha_one_sided) + NormalDist().inv_cdf(size.power)
    # dossier, section B: 228 events and 326 patients (24 + 12 months) for 90% power at 11/13
    assert ceil(4 * z**2 / (log(rule.margin) - log(11 / 13)) ** 2) == size.events == plan.study.data_cut.events == 228
    assert size.subjects == 326


def test_the_strategies_for_new_anticancer_therapy_differ_by_estimand(plan: Plan) -> None:
    found = {
        estimand.role + " " + estimand.endpoint: event.strategy
        for estimand in plan.endpoints.estimands
        for event in estimand.intercurrent_events
        if event.event.startswith("New anticancer therapy")
    }
    assert found == {
        "primary PFSINV": "treatment policy",
        "co-primary PFSPP": "hypothetical",
        "supplementary PFSFDA": "while on treatment",
        "supplementary PFSNACT": "composite",
    }
    assert len(plan.endpoints.censoring) == 6


def test_the_biomarkers(plan: Plan) -> None:
    programme = plan.endpoints.biomarkers
    assert programme is not None
    assert (programme.fdr, programme.minimum_events) == (0.10, 5)
    assert [marker.id for marker in programme.markers] == [
        "PIK3CA", "TP53", "ESR1", "ERBB2CN", "ERBB2MUT", "HER2HET", "PTEN", "AKT1", "KI67",
    ]  # fmt: skip


def test_footnotes_type_no_number_of_the_plan_a_second_time() -> None:
    """Margin, levels, alpha, windows and dictionary versions stand in the files once; texts quote them by name."""
    numbers = re.compile(
        r"(?<![\d.])(1\.30?|0\.025|0\.05|0\.10|95 ?%|30\.4375|27\.1|5\.0|228|326|28 days after the last)(?![\d.]*\d)"
    )
    for name in ("study.yaml", "endpoints.yaml", "outputs.yaml"):
        texts = prose(read_yaml(ROOT / "sap" / name, ROOT).data)
        assert [text for text in texts if numbers.search(text)] == []


def prose(value: object) -> list[str]:
    """Texts of several words in a YAML file's content, but for assumptions, which are prior beliefs in words."""
    if isinstance(value, str):
        return [value] if value.count(" ") > 3 else []
    if isinstance(value, list):
        return [text for item in value for text in prose(item)]
    if isinstance(value, dict):
        return [text for key, item in value.items() if key != "assumption" for text in prose(item)]
    return []
