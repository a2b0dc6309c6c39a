"""Reads the register of the second programmer: ``qc/programs.yaml`` and ``qc/findings.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from csrbook.plan.double_programming import QcFindings, QcPrograms
from csrbook.plan.problems import Problems
from csrbook.plan.validated import validated
from csrbook.plan.yaml_file import parse_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from csrbook.plan.models import Plan

__all__ = ["FINDINGS", "PROGRAMS", "load_findings", "load_programs"]

PROGRAMS: Final = "qc/programs.yaml"
FINDINGS: Final = "qc/findings.yaml"


def load_programs(root: Path, plan: Plan) -> QcPrograms | None:
    """The register of programs; None where the study has none.

    Raises
    ------
    PlanError
        It is wrong, or names an output or a dataset that the plan does not have; names file, line and field.
    """
    if not (root / PROGRAMS).is_file():
        return None
    problems = Problems()
    file = parse_yaml(root / PROGRAMS, root, problems)
    problems.stop()
    register = validated(QcPrograms, file.data, file, problems)
    if register is not None:
        known = {output.id for output in plan.catalogue.outputs if output.programmed}
        full: set[str] = set()
        for number, entry in enumerate(register.programs):
            for place, output in enumerate(entry.outputs):
                where = file.where(("programs", number, "outputs", place))
                if output not in known:
                    problems.add(where, output, "an output of the catalogue that has a program")
                elif output in full and not entry.in_r:
                    problems.add(where, f"{output} a second time", "one program in Python an output")
                full |= set() if entry.in_r else {output}
        for number, derivation in enumerate(register.derivations):
            if derivation.dataset not in plan.study.datasets:
                where = file.where(("derivations", number, "dataset"))
                problems.add(where, derivation.dataset, f"one of {', '.join(plan.study.datasets)}")
    problems.stop()
    return register


def load_findings(root: Path) -> QcFindings:
    """Findings and waivers; none where the file is absent.

    Raises
    ------
    PlanError
        The file is wrong; names file, line and field.
    """
    if not (root / FINDINGS).is_file():
        return QcFindings()
    problems = Problems()
    file = parse_yaml(root / FINDINGS, root, problems)
    problems.stop()
    found = validated(QcFindings, file.data, file, problems)
    problems.stop()
    return found or QcFindings()
