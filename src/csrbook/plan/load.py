"""Reads ``sap/`` into the plan: content, placeholders, models, cross-checks, hash."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from csrbook.plan.cross_checks import check_catalogue, check_endpoints, check_study
from csrbook.plan.models import Catalogue, Endpoints, Plan, Study
from csrbook.plan.placeholders import fill
from csrbook.plan.problems import Problems
from csrbook.plan.schema import MODELS
from csrbook.plan.validated import validated
from csrbook.plan.yaml_file import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from csrbook.plan.yaml_file import Value, YamlFile

__all__ = ["load_plan"]

FOLDER: Final = "sap"
OPTIONAL: Final = "simulation.yaml"
PROSE: Final = "sap.qmd"


def load_plan(root: Path) -> Plan:
    """Read and check the plan of a study.

    Parameters
    ----------
    root : Path
        Folder of the study, which holds ``sap/`` and ``analyses/``.

    Returns
    -------
    Plan
        Study, endpoints, catalogue and the plan's hash; texts have their placeholders filled.

    Raises
    ------
    PlanError
        A file is missing, unreadable or wrong; ``where`` names file, line and field of each error.
    """
    root = root.resolve()
    folder = root / FOLDER
    problems = Problems()
    files = {name: parse_yaml(folder / name, root, problems) for name in MODELS}
    simulation = folder / OPTIONAL
    hashed = {**files, OPTIONAL: parse_yaml(simulation, root, problems)} if simulation.exists() else files
    problems.stop()

    study_file, endpoints_file, catalogue_file = files.values()
    study_data = _with_defaults(study_file.data)
    context: dict[str, Value] = {"study": study_data, "endpoints": endpoints_file.data}
    study = validated(Study, fill(study_file.data, context, study_file, problems), study_file, problems)
    endpoints = validated(
        Endpoints, fill(endpoints_file.data, context, endpoints_file, problems), endpoints_file, problems
    )
    catalogue = validated(Catalogue, _fill_catalogue(catalogue_file, context, problems), catalogue_file, problems)
    if study is None or endpoints is None or catalogue is None:
        problems.stop()
        raise AssertionError  # pragma: no cover - a model is missing only where a problem was noted
    check_study(study, endpoints, catalogue, study_file, problems)
    check_endpoints(study, endpoints, catalogue, endpoints_file, problems)
    check_catalogue(study, endpoints, catalogue, catalogue_file, problems, root)
    problems.stop()
    return Plan(study=study, endpoints=endpoints, catalogue=catalogue, hash=_hash(hashed, folder / PROSE))


def _with_defaults(data: Mapping[str, Value]) -> dict[str, Value]:
    """The study's data, with defaults of the model and the interval's level added for placeholders."""
    defaults = {
        name: info.default
        for name, info in Study.model_fields.items()
        if isinstance(info.default, (str, int, float)) and not isinstance(info.default, bool)
    }
    full: dict[str, Value] = {**defaults, **data}
    rule = data.get("noninferiority")
    if isinstance(rule, dict) and isinstance(rule.get("alpha_one_sided"), float):
        full["noninferiority"] = {**rule, "confidence": 1.0 - 2.0 * float(str(rule["alpha_one_sided"]))}
    return full


def _fill_catalogue(file: YamlFile, context: Mapping[str, Value], problems: Problems) -> dict[str, Value]:
    """The catalogue's data, each output's texts filled with its own ``parameters`` at hand."""
    data = dict(file.data)
    outputs = data.get("outputs")
    if isinstance(outputs, list):
        data["outputs"] = [
            fill(item, {**context, "parameters": item.get("parameters")}, file, problems, ("outputs", number))
            if isinstance(item, dict)
            else item
            for number, item in enumerate(outputs)
        ]
    return data


def _hash(files: Mapping[str, YamlFile], prose: Path) -> str:
    """SHA-256 over the canonical JSON of the files' content and the bytes of the SAP's prose.

    Comments, the order of keys and the layout of the YAML do not enter.
    """
    content: dict[str, object] = {name: file.data for name, file in files.items()}
    if prose.exists():
        content[PROSE] = hashlib.sha256(prose.read_bytes()).hexdigest()
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
