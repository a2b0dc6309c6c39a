"""The document of the statistical methods: every used method with its formula, software, SAS and R."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from csrbook.displays.methods_document import PART, MethodsUsed, methods_document, names_equivalents
from csrbook.plan import load_plan

ROOT = Path(__file__).parents[2]
SESSION = {"Engine": "csrbook 9.9", "Seeds": "none"}


@pytest.fixture(scope="module")
def plan():
    return load_plan(ROOT)


@pytest.fixture(scope="module")
def made(plan):
    used = MethodsUsed(
        calls={"T14.1.1.1": (), "T14.2.1.1": ("cox.cox_arm",), "T14.1.4.2": ("cmh_scores.cmh_scores_from_data",),
               "T14.2.5.2": ("mmrm.mmrm",), "T14.2.1.2": ("cox.cox_arm",)},
        behind={"mmrm.mmrm": ("mmrm_fit.fit_mmrm", "parallel.spread")},
        packages={"cox.cox_arm": ("numpy", "scipy")},
        reported={"T14.2.1.1": ("Count", "Cox")},
    )  # fmt: skip
    return methods_document(plan, used, SESSION, {"numpy": "2.4", "scipy": "1.17", "pandas": "3.0", "tabulate": "1"})


def section(text, name):
    return next(part for part in re.split(r"^### ", text, flags=re.MULTILINE) if part.startswith(f"{name} "))


def test_a_method_has_its_formula_source_equivalents_software_and_outputs(made):
    own = section(made["parts"][PART], "cox_arm")
    assert "$$\nh_s(t \\mid \\mathrm{arm}) = h_{0s}(t)\\,\\exp(\\beta\\,\\mathrm{arm})\n$$" in own
    for label in ("Source", "SAS", "R", "Known differences", "Software", "Outputs"):
        assert f"- **{label}**: " in own
    assert "`proc phreg; model t*cnsr(1)=arm / ties=efron; strata s;`" in own
    assert "- **Outputs**: Table 14.2.1.1, Table 14.2.1.2" in own
    assert made["values"]["methods.software.cox.cox_arm"] == "csrbook 9.9; numpy 2.4; scipy 1.17"
    # What a programmer needs, and a reviewer does not.
    assert "Parameters" not in own
    assert ">>>" not in own


def test_a_method_behind_another_is_described_where_it_has_equivalents(made):
    text = made["parts"][PART]
    assert '- **Part of**: []{.plan key="methods.standing.mmrm_fit.fit_mmrm"}' in section(text, "fit_mmrm")
    assert made["values"]["methods.standing.mmrm_fit.fit_mmrm"] == "mmrm"
    assert "### spread" not in text


def test_a_method_without_equivalents_brings_the_one_that_it_names(made):
    text = made["parts"][PART]
    assert "[`cmh_scores`](#method-cmh-scores-cmh-scores)" in section(text, "cmh_scores_from_data")
    assert "- **SAS**" in section(text, "cmh_scores")


def test_what_is_not_used_is_not_described(made):
    assert "### log_rank" not in made["parts"][PART]
    assert "## Log-rank" not in made["parts"][PART]


def test_every_link_has_its_heading_and_every_key_its_value(made):
    text = made["parts"][PART]
    anchors = re.findall(r"^### \w+ \{#([\w-]+)\}$", text, re.MULTILINE)
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= set(anchors)
    assert set(re.findall(r'\.plan key="([^"]+)"', text)) <= set(made["values"])


def test_each_output_is_a_row_and_the_packages_are_read_down_the_columns(made):
    rows = {row[0]: row[2:] for row in made["tables"]["methods_by_output"]["rows"]}
    assert rows["Table 14.2.1.1"] == ["Count; Cox", "cox_arm"]
    assert rows["Table 14.1.1.1"] == ["–", "–"]
    assert len(rows) == 5
    assert made["tables"]["methods_packages"]["rows"] == [
        ["numpy", "2.4", "pandas", "3.0", "", ""],
        ["scipy", "1.17", "tabulate", "1", "", ""],
    ]
    assert (made["values"]["methods.outputs"], made["values"]["methods.functions"]) == ("4", "3")


@pytest.mark.parametrize(
    ("docstring", "named"),
    [("R: ``coxph``.", True), ("Text.\n\nSAS: ``proc phreg``.", True), ("For: nothing. YEAR: no", False), ("", False)],
)
def test_equivalents_are_found_by_their_label(docstring, named):
    assert names_equivalents(docstring) is named
