"""Checks across the parts of a plan: whatever one part names must exist in the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from csrbook.plan.models import Catalogue, Endpoints, Study
    from csrbook.plan.problems import Problems
    from csrbook.plan.yaml_file import FieldPath, YamlFile

__all__ = ["check_catalogue", "check_endpoints", "check_study"]

PROGRAM: Final = re.compile(r"analyses/[a-z0-9_/]+\.py")
SECTION: Final = re.compile(r"\d+(\.\d+)*")
SAP: Final = "sap/sap.qmd"
SAP_SECTION: Final = re.compile(r"^#+ (\d+(?:\.\d+)*) ", re.MULTILINE)


class _Check:
    """Notes names that are unknown or doubled, in one file."""

    def __init__(self, file: YamlFile, problems: Problems) -> None:
        self.file = file
        self.problems = problems

    def known(self, path: FieldPath, name: str, kind: str, names: Sequence[str]) -> None:
        """The name is one of these."""
        if name not in names:
            self.problems.add(self.file.where(path), f"the unknown {kind} '{name}'", _one_of(kind, names))

    def all_known(self, path: FieldPath, given: Iterable[str], kind: str, names: Sequence[str]) -> None:
        """Each name is one of these."""
        for number, name in enumerate(given):
            self.known((*path, number), name, kind, names)

    def unique(self, path: FieldPath, field: str, given: Sequence[object], kind: str) -> None:
        """No value stands twice."""
        for number, value in enumerate(given):
            if value in given[:number]:
                first = self.file.line((*path, given.index(value), field))
                self.problems.add(
                    self.file.where((*path, number, field)),
                    f"the {kind} '{value}' twice (first on line {first})",
                    f"each {kind} once",
                )


def _one_of(kind: str, names: Sequence[str]) -> str:
    if not names:
        return f"no {kind}, for the plan has none"
    return f"one of {', '.join(names)}" if len(names) <= 20 else f"one of the plan's {len(names)}"


def check_study(study: Study, endpoints: Endpoints, catalogue: Catalogue, file: YamlFile, problems: Problems) -> None:
    """Arms, analysis sets, the non-inferiority hypothesis and the gate."""
    check = _Check(file, problems)
    sets = [item.id for item in study.analysis_sets]
    ends = [item.id for item in endpoints.endpoints]
    outputs = [item.id for item in catalogue.outputs]
    check.unique(("arms",), "id", [arm.id for arm in study.arms], "arm")
    check.unique(("arms",), "code", [arm.code for arm in study.arms], "arm code")
    check.unique(("arms",), "label", [arm.label for arm in study.arms], "arm label")
    check.unique(("strata",), "variable", [factor.variable for factor in study.strata], "stratification variable")
    check.unique(("analysis_sets",), "id", sets, "analysis set")
    check.unique(("gate",), "id", [step.id for step in study.gate], "step of the gate")
    for role in ("test", "control"):
        if role not in [arm.role for arm in study.arms]:
            problems.add(file.where(("arms",)), f"no arm of role '{role}'", "at least one test and one control arm")
    for number, name in enumerate(study.datasets):
        if name in study.datasets[:number]:
            problems.add(file.where(("datasets", number)), f"the dataset '{name}' twice", "each dataset once")
    for number, waiver in enumerate(study.waivers):
        if waiver.dataset is not None:
            check.known(("waivers", number, "dataset"), waiver.dataset, "dataset", study.datasets)
    if study.blinding is not None:
        for name in study.blinding.drug_variables:
            check.known(("blinding", "drug_variables", name), name, "dataset", study.datasets)
        for number, item in enumerate(study.blinding.shuffled):
            check.known(("blinding", "shuffled", number, "dataset"), item.dataset, "dataset", study.datasets)
    check.unique(("waivers",), "rule", [(item.rule, item.dataset) for item in study.waivers], "waiver")
    if study.noninferiority is not None:
        check.known(("noninferiority", "endpoint"), study.noninferiority.endpoint, "endpoint", ends)
        check.all_known(("noninferiority", "analysis_sets"), study.noninferiority.analysis_sets, "analysis set", sets)
    for number, step in enumerate(study.gate):
        if step.endpoint is not None:
            check.known(("gate", number, "endpoint"), step.endpoint, "endpoint", ends)
        check.all_known(("gate", number, "analysis_sets"), step.analysis_sets, "analysis set", sets)
        check.all_known(("gate", number, "outputs"), step.outputs, "output", outputs)


def check_endpoints(
    study: Study, endpoints: Endpoints, catalogue: Catalogue, file: YamlFile, problems: Problems
) -> None:
    """Objectives, endpoints, estimands and biomarkers."""
    check = _Check(file, problems)
    ends = [item.id for item in endpoints.endpoints]
    check.unique(("endpoints",), "id", ends, "endpoint")
    check.unique(("estimands",), "id", [item.id for item in endpoints.estimands], "estimand")
    for number, objective in enumerate(endpoints.objectives):
        check.all_known(("objectives", number, "endpoints"), objective.endpoints, "endpoint", ends)
    for number, endpoint in enumerate(endpoints.endpoints):
        check.known(("endpoints", number, "dataset"), endpoint.dataset, "dataset", study.datasets)
    for number, estimand in enumerate(endpoints.estimands):
        at = ("estimands", number)
        check.known((*at, "endpoint"), estimand.endpoint, "endpoint", ends)
        check.known(
            (*at, "analysis_set"), estimand.analysis_set, "analysis set", [item.id for item in study.analysis_sets]
        )
        check.all_known((*at, "outputs"), estimand.outputs, "output", [item.id for item in catalogue.outputs])
    if endpoints.biomarkers is not None:
        markers = [item.id for item in endpoints.biomarkers.markers]
        check.unique(("biomarkers", "markers"), "id", markers, "biomarker")


def check_catalogue(
    study: Study,
    endpoints: Endpoints,
    catalogue: Catalogue,
    file: YamlFile,
    problems: Problems,
    root: Path,
) -> None:
    """Sections, and of each output its number, populations, datasets, parameter, program and section of the SAP."""
    check = _Check(file, problems)
    sap = _sap_sections(root)
    sections = [item.number for item in catalogue.sections]
    sets = [item.id for item in study.analysis_sets]
    parameters = sorted({item.parameter for item in endpoints.endpoints if item.parameter is not None})
    check.unique(("sections",), "number", sections, "section")
    check.unique(("outputs",), "id", [output.id for output in catalogue.outputs], "output")
    for number, section in enumerate(sections):
        if not SECTION.fullmatch(section):
            problems.add(file.where(("sections", number, "number")), f"'{section}'", "a number such as 14.2.1")
        if catalogue.sections[number].sap:
            check.known(("sections", number, "sap"), catalogue.sections[number].sap, "section of the SAP", sap)
    for number, output in enumerate(catalogue.outputs):
        at: FieldPath = ("outputs", number)
        if not any(output.id[1:].startswith(f"{section}.") for section in sections):
            problems.add(
                file.where((*at, "id")), f"the output '{output.id}' in no section", "a section that begins its number"
            )
        if not output.population and output.kind != "document":
            problems.add(file.where(at), f"the {output.kind} '{output.id}' without population", "an analysis set")
        check.all_known((*at, "population"), output.population, "population", sets)
        check.all_known((*at, "datasets"), output.datasets, "dataset", study.datasets)
        paramcd = output.parameters.get("paramcd")
        if isinstance(paramcd, str):
            check.known((*at, "parameters", "paramcd"), paramcd, "parameter", parameters)
        if output.sap:
            check.known((*at, "sap"), output.sap, "section of the SAP", sap)
        if output.program is not None:
            _check_program((*at, "program"), output.program, file, problems, root)


def _sap_sections(root: Path) -> list[str]:
    """Numbers of the headings of the SAP's prose."""
    prose = root / SAP
    return SAP_SECTION.findall(prose.read_text(encoding="utf-8")) if prose.is_file() else []


def _check_program(path: FieldPath, program: str, file: YamlFile, problems: Problems, root: Path) -> None:
    if not PROGRAM.fullmatch(program):
        problems.add(file.where(path), f"'{program}'", "a path such as analyses/primary/name.py, in lower case")
    elif not (root / program).is_file():
        problems.add(file.where(path), f"the unknown program '{program}'", "a program that exists in the study")
