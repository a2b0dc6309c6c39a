"""The plan taken apart: what a change touched, told by name."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from csrbook.plan.models import Output, Plan

__all__ = ["PROSE", "digest", "file_digest", "plan_parts", "reached"]

PROSE: Final = "sap/sap.qmd"
FILES: Final = (PROSE, "sap/simulation.yaml")

# fmt: off
IDENTITY: Final = frozenset({
    "protocol", "registry", "title", "short_title", "sponsor", "phase", "indication", "sap_version", "sap_date",
    "versions", "status", "language", "design", "blinding", "datasets", "signatories", "waivers",
})
# fmt: on
"""Fields of the study that enter no number of an output, though programs may name an attribute of the same name."""

EVERYWHERE: Final = frozenset({"arms", "data_cut"})
"""Fields that every output rests on, whatever its program names."""


def digest(value: Any) -> str:
    """``sha256:`` and the hash of a value as canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return f"sha256:{hashlib.sha256(text.encode('ascii')).hexdigest()}"


def file_digest(path: Path) -> str:
    """Hash of a text file with the line ends that every machine agrees on."""
    data = path.read_bytes().replace(b"\r\n", b"\n")
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def plan_parts(plan: Plan, root: Path) -> dict[str, str]:
    """Hash of each part of the plan by its name.

    Parameters
    ----------
    plan : Plan
        The checked plan.
    root : Path
        The study's folder, for the SAP's prose and the simulation's parameters, which are parts as files.

    Returns
    -------
    dict
        ``study.FIELD``, ``analysis set ID``, ``endpoint ID``, ``estimand ID``, ``endpoints.FIELD``, ``section NUMBER``,
        ``output ID`` (its row but for the path of its program) and the names of files.
    """
    # What the files state and no default, so that a later csrbook with more fields finds the same.
    study = plan.study.model_dump(mode="json", exclude_unset=True)
    endpoints = plan.endpoints.model_dump(mode="json", exclude_unset=True)
    catalogue = plan.catalogue.model_dump(mode="json", exclude_unset=True)
    parts: dict[str, Any] = {f"study.{name}": value for name, value in study.items() if name != "analysis_sets"}
    parts |= {f"analysis set {row['id']}": row for row in study["analysis_sets"]}
    parts |= {f"endpoint {row['id']}": row for row in endpoints.pop("endpoints")}
    parts |= {f"estimand {row['id']}": row for row in endpoints.pop("estimands")}
    parts |= {f"endpoints.{name}": value for name, value in endpoints.items()}
    parts |= {f"section {row['number']}": row for row in catalogue["sections"]}
    for row in catalogue["outputs"]:
        parts[f"output {row['id']}"] = {name: value for name, value in row.items() if name != "program"}
    hashed = {name: digest(value) for name, value in parts.items()}
    return hashed | {name: file_digest(root / name) for name in FILES if (root / name).is_file()}


def reached(plan: Plan, output: Output, changed: Iterable[str], named: Mapping[str, frozenset[str]]) -> list[str]:
    """Which changed parts an output rests on.

    Parameters
    ----------
    plan : Plan
        The plan as it is.
    output : Output
        A row of its catalogue.
    changed : iterable of str
        Names of parts.
    named : mapping
        By output id, the attributes that its program names (:func:`csrbook.plan.program_sources.program_sources`). An
        output rests on a field of the study, or on the list of biomarkers, where its program names it.

    Returns
    -------
    list of str
        The output's own row; its analysis sets; the endpoint of its parameter; estimands that name it; and the fields
        of the study that enter its numbers.
    """
    endpoints = plan.endpoints
    paramcd = output.parameters.get("paramcd")
    rests_on = {f"output {output.id}", *(f"analysis set {name}" for name in output.population)}
    if paramcd is not None:
        rests_on |= {f"endpoint {item.id}" for item in endpoints.endpoints if item.parameter == paramcd}
    rests_on |= {f"estimand {item.id}" for item in endpoints.estimands if output.id in item.outputs}
    fields = (named[output.id] | EVERYWHERE) - IDENTITY
    rests_on |= {f"study.{name}" for name in fields} | {f"endpoints.{name}" for name in fields}
    return [name for name in changed if name in rests_on]
