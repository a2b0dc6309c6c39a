from __future__ import annotations

import pytest

from csrbook.plan.placeholders import fill
from csrbook.plan.problems import Problems
from csrbook.plan.yaml_file import YamlFile

FILE = YamlFile("sap/a.yaml", {}, {})
CONTEXT = {
    "study": {
        "margin": 1.3,
        "level": 0.975,
        "alpha": 0.0125,
        "share": 0.125,
        "weeks": [6, 12, 18],
        "one": ["A"],
        "arms": [{"id": "A", "label": "First"}, {"id": "B", "label": "Second"}],
        "strata": [{"variable": "STRAT1R", "label": "Site"}],
        "open": True,
        "none": None,
        "text": "{study.margin}",
    }
}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("no placeholder", "no placeholder"),
        ("{study.margin:.2f}", "1.30"),
        ("{study.margin}", "1.3"),
        ("upper limit < {study.margin:.1f} ({study.level:.1%})", "upper limit < 1.3 (97.5%)"),
        ("{study.alpha:.3f}", "0.013"),  # half away from zero; Python's own format gives 0.013 for 0.0125, but
        ("{study.share:.0%}", "13%"),  # 12% for this half
        ("{study.weeks} months", "6, 12 and 18 months"),
        ("{study.one}", "A"),
        ("{study.arms.B.label}", "Second"),
        ("{study.strata.STRAT1R.label}", "Site"),
    ],
)
def test_a_placeholder_is_replaced(text: str, filled: str) -> None:
    problems = Problems()
    assert fill({"notes": [text]}, CONTEXT, FILE, problems) == {"notes": [filled]}
    assert problems.items == []


@pytest.mark.parametrize(
    "text",
    [
        "{study.nothing}", "{nothing}", "{study}", "{study.arms}", "{study.arms.C.label}", "{study.arms.0.label}",
        "{study.margin.real}",
        "{study.open}", "{study.none}", "{study.text}", "{study.arms.A.label:.2f}",
        "{study.margin:.2e}", "{study.margin!r}", "{study.margin:>10}", "{0}", "{}", "{", "}", "{{study.margin}}",
        "{study[margin]}", "{study.margin.__class__}", "{study.weeks.append}", "{study. margin}",
    ],
)  # fmt: skip
def test_anything_else_in_braces_is_an_error(text: str) -> None:
    problems = Problems()
    fill({"notes": [text]}, CONTEXT, FILE, problems)
    assert [problem.where for problem in problems.items] == ["sap/a.yaml:1, notes[0]"]
