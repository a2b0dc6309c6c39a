"""Each way in which a plan can be wrong, and the file, line and field that the error names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from csrbook.errors import PlanError
from csrbook.plan import load_plan
from tests.plan.plans import ENDPOINTS, FILES, OUTPUTS, STUDY, line_of, write_study

if TYPE_CHECKING:
    from pathlib import Path

RULE = "noninferiority: {endpoint: SBP, margin: 1.3, alpha_one_sided: 0.025, analysis_sets: [FAS], rationale: none}\n"
STEP = "  - {id: S, label: s, hypothesis: h, outputs: [T14.2.1.1], alpha: 0.05, sided: two}\n"

# what is done to which file (old, new), the text whose line is named, the field, what was found, what was expected
BAD = {
    "duplicate key": (
        "study", "phase: II\n", "phase: II\nphase: III\n",
        "phase: III", "phase", "the key 'phase' twice (first on line 6)", "each key once",
    ),
    "duplicate key in an output": (
        "outputs", "    method: ANCOVA\n", "    method: ANCOVA\n    method: MMRM\n",
        "method: MMRM", "outputs[1].method", "the key 'method' twice", "each key once",
    ),
    "unknown population": (
        "outputs", "    population: [FAS]\n    datasets: [ADSL]", "    population: [FAS, PP]\n    datasets: [ADSL]",
        "[FAS, PP]", "outputs[T14.1.1.1].population[1]", "the unknown population 'PP'", "one of FAS",
    ),
    "unknown dataset": (
        "outputs", "[ADSL, ADVS]", "[ADSL, ADTTE]",
        "[ADSL, ADTTE]", "outputs[T14.2.1.1].datasets[1]", "the unknown dataset 'ADTTE'", "one of ADSL, ADVS",
    ),
    "unknown program": (
        "outputs", "analyses/demography.py", "analyses/demographics.py",
        "program:", "outputs[T14.1.1.1].program", "the unknown program 'analyses/demographics.py'", "exists",
    ),
    "program outside analyses": (
        "outputs", "analyses/demography.py", "analyses/../demography.py",
        "program:", "outputs[T14.1.1.1].program", "'analyses/../demography.py'", "a path such as analyses/",
    ),
    "unknown parameter": (
        "outputs", "paramcd: SYSBP", "paramcd: DIABP",
        "parameters:", "outputs[T14.2.1.1].parameters.paramcd", "the unknown parameter 'DIABP'", "one of SYSBP",
    ),
    "duplicate output": (
        "outputs", "id: T14.2.1.1\n", "id: T14.1.1.1\n",
        "title: Systolic", "outputs[T14.1.1.1].id", "the output 'T14.1.1.1' twice (first on line 5)", "once",
    ),
    "output without a section": (
        "outputs", "id: T14.1.1.1\n", "id: T14.3.1.1\n",
        "id: T14.3.1.1", "outputs[T14.3.1.1].id", "the output 'T14.3.1.1' in no section", "a section",
    ),
    "unknown section of the SAP": (
        "outputs", "    method: ANCOVA\n", '    method: ANCOVA\n    sap: "9.3"\n',
        'sap: "9.3"', "outputs[T14.2.1.1].sap", "the unknown section of the SAP '9.3'", "no section of the SAP",
    ),
    "section that no section of the SAP specifies": (
        "outputs", "title: Efficacy Data", 'title: Efficacy Data, sap: "9.3"',
        "title: Efficacy Data", "sections[1].sap", "the unknown section of the SAP '9.3'", "no section of the SAP",
    ),
    "output without population": (
        "outputs", "    population: [FAS]\n    datasets: [ADSL]\n", "    datasets: [ADSL]\n",
        "id: T14.1.1.1", "outputs[T14.1.1.1]", "the table 'T14.1.1.1' without population", "an analysis set",
    ),
    "no output number": (
        "outputs", "id: T14.1.1.1\n", "id: Table 1\n",
        "id: Table 1", "outputs[Table 1]", "'Table 1' is not an output number", "a valid value",
    ),
    "quality control of level 4": (
        "outputs", "    method: ANCOVA\n", "    method: ANCOVA\n    qc_level: 4\n",
        "qc_level: 4", "outputs[T14.2.1.1].qc_level", "found 4", "1, 2 or 3",
    ),
    "unknown field": (
        "study", "phase: II\n", "phase: II\nphases: II\n",
        "phases: II", "phases", "the unknown field 'phases'", "a field that the plan knows",
    ),
    "missing field": (
        "endpoints", "    label: Systolic blood pressure\n", "",
        "id: SBP", "endpoints[SBP].label", "no field 'label'", "the field 'label'",
    ),
    "number where text is wanted": (
        "study", 'sap_version: "0.1"', "sap_version: 0.1",
        "sap_version: 0.1", "sap_version", "found 0.1", "text (in quotes",
    ),
    "text where a number is wanted": (
        "study", "scan_window_days: 14", 'scan_window_days: "14"',
        "scan_window_days", "scan_window_days", 'found "14"', "a valid integer",
    ),
    "switch where a number is wanted": (
        "study", "scan_window_days: 14", "scan_window_days: true",
        "scan_window_days", "scan_window_days", "found true", "a valid integer",
    ),
    "margin of 1": (
        "study", "data_cut:\n", RULE.replace("1.3", "1.0") + "data_cut:\n",
        "noninferiority:", "noninferiority.margin", "found 1.0", "greater than 1",
    ),
    "unknown set in the hypothesis": (
        "study", "data_cut:\n", RULE.replace("[FAS]", "[FAS, PP]") + "data_cut:\n",
        "noninferiority:", "noninferiority.analysis_sets[1]", "the unknown analysis set 'PP'", "one of FAS",
    ),
    "unknown endpoint in the hypothesis": (
        "study", "data_cut:\n", RULE.replace("SBP", "PFS") + "data_cut:\n",
        "noninferiority:", "noninferiority.endpoint", "the unknown endpoint 'PFS'", "one of SBP",
    ),
    "unknown output in the gate": (
        "study", "data_cut:\n", "gate:\n" + STEP.replace("14.2.1.1", "14.9.9.9") + "data_cut:\n",
        "  - {id: S,", "gate[S].outputs[0]", "the unknown output 'T14.9.9.9'", "one of T14.1.1.1, T14.2.1.1",
    ),
    "no control": (
        "study", "role: control", "role: test",
        "arms:", "arms", "no arm of role 'control'", "at least one test and one control arm",
    ),
    "one arm": (
        "study", STUDY[STUDY.index("  - {id: HIGH") : STUDY.index("analysis_sets:")], "",
        "arms:", "arms", "found [{", "at least 2 items",
    ),
    "two arms of one code": (
        "study", "code: 2", "code: 1",
        "{id: HIGH", "arms[HIGH].code", "the arm code '1' twice", "each arm code once",
    ),
    "unknown endpoint of an objective": (
        "endpoints", "endpoints: [SBP]", "endpoints: [SBP, DBP]",
        "[SBP, DBP]", "objectives[0].endpoints[1]", "the unknown endpoint 'DBP'", "one of SBP",
    ),
    "unknown endpoint of an estimand": (
        "endpoints", "    endpoint: SBP", "    endpoint: DBP",
        "endpoint: DBP", "estimands[E1].endpoint", "the unknown endpoint 'DBP'", "one of SBP",
    ),
    "unknown set of an estimand": (
        "endpoints", "analysis_set: FAS", "analysis_set: ITT",
        "analysis_set: ITT", "estimands[E1].analysis_set", "the unknown analysis set 'ITT'", "one of FAS",
    ),
    "unknown output of an estimand": (
        "endpoints", "outputs: [T14.2.1.1]", "outputs: [T14.2.1.2]",
        "outputs: [T14.2.1.2]", "estimands[E1].outputs[0]", "the unknown output 'T14.2.1.2'", "one of T14.1.1.1",
    ),
    "unknown strategy": (
        "endpoints", "strategy: hypothetical", "strategy: ignore",
        "strategy: ignore", "estimands[E1].intercurrent_events[0].strategy", 'found "ignore"', "treatment policy",
    ),
    "dataset of an endpoint that no transfer holds": (
        "endpoints", "dataset: ADVS", "dataset: ADBP",
        "dataset: ADBP", "endpoints[SBP].dataset", "the unknown dataset 'ADBP'", "one of ADSL, ADVS",
    ),
    "unknown placeholder": (
        "outputs", "{parameters.weeks}", "{parameters.months}",
        "- Visits", "outputs[T14.2.1.1].footnotes[0]", "{parameters.months}", "a placeholder such as",
    ),
    "placeholder that reaches for an attribute": (
        "outputs", "{parameters.weeks}", "{study.__class__}",
        "- Visits", "outputs[T14.2.1.1].footnotes[0]", "{study.__class__}", "a placeholder such as",
    ),
    "brace without placeholder": (
        "outputs", "{parameters.weeks}", "{parameters.weeks!r}",
        "- Visits", "outputs[T14.2.1.1].footnotes[0]", "a brace that belongs to no placeholder", "a placeholder",
    ),
    "number that is not finite": (
        "study", "scan_window_days: 14", "scan_window_days: .inf",
        "scan_window_days", "scan_window_days", ".inf", "a finite number",
    ),
    "alias": (
        "study", "indication: Hypertension", "indication: *title",
        "indication:", "indication", "the alias *title", "aliases are refused",
    ),
    "anchor": (
        "study", "indication: Hypertension", "indication: &a Hypertension",
        "indication:", "indication", "the anchor &a", "anchors are refused",
    ),
    "tag": (
        "study", "indication: Hypertension", "indication: !!python/name:os.system Hypertension",
        "indication:", "indication", "the tag tag:yaml.org,2002:python/name:os.system", "tags are refused",
    ),
    "tab": (
        "study", "data_cut:\n  trigger", "data_cut:\n\ttrigger",
        "\ttrigger", "", "a tab where YAML wants spaces", "spaces only",
    ),
    "no YAML": (
        "study", "phase: II\n", "phase: [II\n",
        "indication:", "", "text that is no YAML", "valid YAML 1.2",
    ),
    "second document": (
        "study", "phase: II\n", "phase: II\n---\n",
        "---", "", "a second YAML document", "one document in the file",
    ),
    "control character": (
        "study", "status: DRAFT", 'status: "DRA\\u0007FT"',
        "status:", "status", "a control character", "printable text",
    ),
    "key that is a list": (
        "study", "status: DRAFT", "? [status]\n: DRAFT",
        "? [status]", "", "a key that is no text", "a word as key",
    ),
    "blinding without a seed": (
        "study", "datasets: [ADSL, ADVS]\n", "datasets: [ADSL, ADVS]\nblinding: {open_label: true}\n",
        "protocol:", "", "blinding without seeds.dry_run", "a valid value",
    ),
    "treatment variables without the arm's code": (
        "study", "datasets: [ADSL, ADVS]\n",
        "datasets: [ADSL, ADVS]\nseeds: {dry_run: 1}\nblinding: {treatment_variables: [TRT01P, TRT01PN]}\n",
        "blinding:", "blinding", "treatment_variables without TRT01AN", "a valid value",
    ),
    "unknown dataset with drugs": (
        "study", "datasets: [ADSL, ADVS]\n",
        "datasets: [ADSL, ADVS]\nseeds: {dry_run: 1}\nblinding: {drug_variables: {ADEX: [DRUG]}}\n",
        "blinding:", "blinding.drug_variables.ADEX", "the unknown dataset 'ADEX'", "one of ADSL, ADVS",
    ),
    "unknown dataset to shuffle": (
        "study", "datasets: [ADSL, ADVS]\n",
        "datasets: [ADSL, ADVS]\nseeds: {dry_run: 1}\nblinding: {shuffled: [{dataset: ADEX, variables: [D]}]}\n",
        "blinding:", "blinding.shuffled[0].dataset", "the unknown dataset 'ADEX'", "one of ADSL, ADVS",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_the_error_names_file_line_field_what_was_found_and_what_was_expected(case: str, tmp_path: Path) -> None:
    name, old, new, at, field, found, expected = BAD[case]
    original = FILES[f"{name}.yaml"]
    assert original.count(old) == 1, f"the case does not change what it means to change: {old}"
    text = original.replace(old, new)
    line = line_of(text, at) - (1 if case == "duplicate output" else 0)
    with pytest.raises(PlanError) as caught:
        load_plan(write_study(tmp_path, **{name: text}))
    # an error may have others in its wake, such as an estimand whose output lost its number
    wheres = [re.sub(r"^\(\d+\) ", "", line.strip()) for line in caught.value.where.split("\n")]
    assert f"sap/{name}.yaml:{line}" + (f", {field}" if field else "") in wheres
    assert found in caught.value.what
    assert expected in caught.value.todo
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["study", "endpoints", "outputs"])
def test_a_missing_file_is_named(name: str, tmp_path: Path) -> None:
    root = write_study(tmp_path)
    (root / "sap" / f"{name}.yaml").unlink()
    with pytest.raises(PlanError) as caught:
        load_plan(root)
    assert caught.value.where == f"sap/{name}.yaml"
    assert caught.value.what == "found no such file"


@pytest.mark.parametrize("content", [b"", b"\n# only a comment\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_told_to_be_empty(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        load_plan(write_study(tmp_path, outputs=content))
    assert (caught.value.what, caught.value.where) == ("found an empty file", "sap/outputs.yaml:1")


@pytest.mark.parametrize("content", [b"- a\n- b\n", b"text\n", b"null\n"])
def test_a_file_without_fields_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        load_plan(write_study(tmp_path, outputs=content))
    assert (caught.value.what, caught.value.where) == ("found no mapping at the top", "sap/outputs.yaml:1")


def test_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    latin = STUDY.replace("A Sponsor", "Une Société").encode("latin-1")
    with pytest.raises(PlanError) as caught:
        load_plan(write_study(tmp_path, study=latin))
    assert caught.value.what == "found the byte 0xe9, which is no UTF-8"
    assert caught.value.where == "sap/study.yaml:5"


def test_a_byte_order_mark_and_windows_line_ends_are_taken(tmp_path: Path) -> None:
    windows = b"\xef\xbb\xbf" + STUDY.replace("\n", "\r\n").encode()
    assert load_plan(write_study(tmp_path / "a", study=windows)) == load_plan(write_study(tmp_path / "b"))


def test_an_anchor_bomb_stops_before_it_grows(tmp_path: Path) -> None:
    levels = [f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 9)}]" for n in range(1, 30)]
    bomb = "\n".join(["b0: &b0 [x, x]", *levels, STUDY])
    with pytest.raises(PlanError) as caught:
        load_plan(write_study(tmp_path, study=bomb))
    assert "the anchor &b0" in caught.value.what
    assert "the first 20 are shown" in caught.value.what


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        load_plan(write_study(tmp_path, study=STUDY + "deep: " + "[" * 3000 + "]" * 3000 + "\n"))
    assert caught.value.what == "found more than 40 levels of nesting"
    assert caught.value.where == f"sap/study.yaml:{STUDY.count(chr(10)) + 1}, deep"


def test_several_errors_in_several_files_are_reported_together(tmp_path: Path) -> None:
    root = write_study(
        tmp_path,
        study=STUDY.replace("phase: II\n", "phase: 2\n"),
        endpoints=ENDPOINTS.replace("strategy: hypothetical", "strategy: ignore"),
        outputs=OUTPUTS.replace("{parameters.weeks}", "{parameters.months}"),
    )
    with pytest.raises(PlanError) as caught:
        load_plan(root)
    assert caught.value.what.startswith("3 errors in the plan\n")
    assert [line.strip() for line in caught.value.where.split("\n")] == [
        "(1) sap/study.yaml:6, phase",
        "(2) sap/endpoints.yaml:22, estimands[E1].intercurrent_events[0].strategy",
        "(3) sap/outputs.yaml:20, outputs[T14.2.1.1].footnotes[0]",
    ]


def test_no_more_than_twenty_errors_are_shown(tmp_path: Path) -> None:
    unknown = "".join(f"field{number}: 1\n" for number in range(25))
    with pytest.raises(PlanError) as caught:
        load_plan(write_study(tmp_path, study=STUDY + unknown))
    assert caught.value.what.startswith("25 errors in the plan, of which the first 20 are shown\n")
    assert "field19" in caught.value.where
    assert "field20" not in caught.value.where
