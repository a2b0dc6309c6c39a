"""The pages of the methods are those the docstrings make, and every procedure names its SAS and R equivalents."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tools.method_pages import main, modules

ROOT = Path(__file__).parents[1]
COMMITTED = ROOT / "docs" / "methods"

# Public functions that need not name both SAS and R, and why.
EXCEPTIONS = {
    "agreement.kappa_from_ratings": "kappa from single records: kappa names them",
    "cmh_scores.cmh_scores_from_data": "cmh_scores from single records: cmh_scores names them",
    "competing_risks.causes": "checks codes of events, estimates nothing",
    "contingency.cmh_from_data": "cmh from single records: cmh names them",
    "counting_process.rows_at_risk": "checks times of rows, estimates nothing",
    "counting_process.split_rows": "splits records (a data step in SAS), estimates nothing",
    "cox_replicates.weighted_cox_arm": "many fits at once of what cox_arm names",
    "cox_replicates.bootstrap_cox_arm": "many fits at once of what cox_arm names",
    "cox_replicates.refit_cox_arm": "many fits at once of what cox_arm names",
    "design.schoenfeld_power": "the formula of schoenfeld_events solved for power",
    "design.largest_hazard_ratio": "the formula of schoenfeld_events solved for the ratio",
    "design.event_probability": "a closed formula with its source",
    "design.subjects_for_events": "SAS gives it within proc power, which schoenfeld_events names",
    "group_sequential.spending_boundaries": "SAS is named by spending, proc seqdesign gives both at once",
    "group_sequential.classical_boundaries": "SAS is named by spending, proc seqdesign gives both at once",
    "group_sequential.exit_probabilities": "a step of spending_boundaries",
    "imputation.tipping_point": "delta_imputation over a grid, which names them",
    "parallel.spread": "runs tasks, estimates nothing",
    "weibull.censoring_intervals": "brings times into another form, estimates nothing",
}


def documented() -> dict[str, str]:
    return {f"{m.name}.{f.name}": ast.get_docstring(f) or "" for m in modules() for f in m.functions}


def names_both(docstring: str) -> bool:
    return bool(re.search(r"\bSAS\b", docstring)) and bool(re.search(r"\bR(?::|'s\b|\s)", docstring))


def test_the_committed_pages_are_those_of_the_docstrings(tmp_path):
    (tmp_path / "gone.md").write_text("page of a module that is gone", encoding="utf-8")
    assert main([str(tmp_path)]) == 0
    made = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    committed = {path.name: path.read_text("utf-8") for path in COMMITTED.iterdir()}
    assert made == committed, "run nox -s docs"


def test_every_public_function_has_its_heading_and_its_line_in_the_index():
    index = (COMMITTED / "README.md").read_text("utf-8")
    stats = ROOT / "src" / "csrbook" / "stats"
    names = {path.stem for path in stats.glob("*.py") if not path.name.startswith("_")}
    assert {m.name for m in modules()} == names
    for full in documented():
        module, function = full.split(".")
        assert f"({module}.md#{function})" in index
        assert f"\n## {function}\n" in (COMMITTED / f"{module}.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(documented()))
def test_a_procedure_names_its_sas_and_r_equivalents(name):
    # An exception that has come to name both must leave the list.
    assert names_both(documented()[name]) is (name not in EXCEPTIONS)


def test_no_exception_is_left_of_a_function_that_is_gone():
    assert set(EXCEPTIONS) <= set(documented())


def test_formulas_and_links_are_markdown():
    pages = {path.name: path.read_text("utf-8") for path in COMMITTED.iterdir()}
    for name, text in pages.items():
        assert not re.search(r":(?:math|func|mod|class):`|\.\. math::", text), name
        assert text.count("$$") % 2 == 0, name
        for target, anchor in re.findall(r"\]\(([a-z_]+\.md)(?:#([a-z_]+))?\)", text):
            assert target in pages, (name, target)
            assert not anchor or f"\n## {anchor}\n" in pages[target].lower(), (name, target, anchor)
    # Kaplan and Meier's product, as the docstring of kaplan_meier gives it.
    assert "$$\n\\hat S(t) = \\prod_{t_i \\le t} (1 - d_i / n_i), " in pages["kaplan_meier.md"]
