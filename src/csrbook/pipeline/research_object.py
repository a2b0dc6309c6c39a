"""The version folder as a research object: ``ro-crate-metadata.json`` after RO-Crate 1.1.

The crate names every file of the folder with its hash, but for itself and the version's manifest. The manifest is
written after it and holds the hash of every file, the crate's too; so neither holds the hash of what holds its own.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from csrbook import __version__
from csrbook.pipeline.files import tree_hashes, write_json
from csrbook.pipeline.versions import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from csrbook.plan.models import Plan

__all__ = ["CRATE", "write_research_object"]

CRATE: Final = "ro-crate-metadata.json"
CONTEXT: Final = ["https://w3id.org/ro/crate/1.1/context", {"sha256": "http://schema.org/sha256"}]
SPECIFICATION: Final = "https://w3id.org/ro/crate/1.1"
PROFILE: Final = "https://w3id.org/ro/wfrun/process/0.5"

Entity = dict[str, Any]

_FORMATS: Final = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".rtf": "application/rtf",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".xml": "application/xml",
}
_NAMES: Final = {
    "adrg": "Analysis data reviewer's guide",
    "csr-appendix": "Appendices 14 and 16 of the clinical study report",
    "qc-report": "Report of double programming",
    "sap": "Statistical analysis plan",
    "statistical-methods": "Documentation of statistical methods",
    "validation-report": "Validation report",
    "results/ard": "Analysis results data: one row a number",
    "results/ars": "Analyses, results and outputs as CDISC Analysis Results Standard",
    "results/lock": "Identity of the data lock",
    "results/log": "Log of the programs",
    "results/qc": "Result of double programming",
}
# Any other folder is the edition of a language.
_FOLDERS: Final = {
    "listings": "Listings that are files of their own",
    "results": "Numbers and displays as data",
    "single": "Every output alone",
}
_STANDARDS: Final = {
    "#ars": (
        "CDISC Analysis Results Standard v1.0",
        "https://www.cdisc.org/standards/foundational/analysis-results-standard",
    ),
    "#pdf-a-2": ("ISO 19005-2 (PDF/A-2)", "https://www.iso.org/standard/50655.html"),
    "#pdf-ua-1": ("ISO 14289-1 (PDF/UA-1)", "https://www.iso.org/standard/64599.html"),
}
_CLAIMS: Final = {rb"pdfaid:part\W+2": "#pdf-a-2", rb"pdfuaid:part\W+1": "#pdf-ua-1"}
"""What a PDF states of itself in its metadata, which the standards forbid to compress."""


def write_research_object(
    folder: Path, plan: Plan, lock: Mapping[str, Any], made_from: Mapping[str, Any], *, terms: str = ""
) -> Path:
    """Write ``ro-crate-metadata.json`` into a version folder that is complete but for its manifest.

    Parameters
    ----------
    folder : Path
        The staged version.
    plan : Plan
        Title, sponsor, registry and the outputs' titles.
    lock : mapping
        Manifest of the data lock.
    made_from : mapping
        What the version's manifest says that it was made from.
    terms : str, optional
        Terms under which the folder may be used; without them the crate says that the sponsor decides.

    Returns
    -------
    Path
        The file; equal folders give equal bytes. Its date is the data cut-off.
    """
    hashes = {name: digest for name, digest in tree_hashes(folder).items() if name not in (CRATE, MANIFEST)}
    titles = _titles(plan)
    files = [_file(folder, name, digest, titles) for name, digest in hashes.items()]
    manifest = {
        "@id": MANIFEST,
        "@type": "File",
        "name": "Manifest of the version",
        "description": "What the version was made from, what changed, and the hash of every file, this crate's too.",
        "encodingFormat": _FORMATS[".json"],
    }
    used = json.dumps(files)
    standards = [(key, name, url) for key, (name, url) in _STANDARDS.items() if f'"{key}"' in used]
    graph = [
        {"@id": CRATE, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": SPECIFICATION}},
        _root(plan, lock, made_from, [*hashes, MANIFEST]),
        *_folders(hashes),
        *files,
        manifest,
        *_context(plan, lock, made_from, terms),
        *({"@id": key, "@type": "CreativeWork", "name": name, "url": url} for key, name, url in standards),
        *_software(made_from),
        *_actions(made_from, hashes),
    ]
    path = folder / CRATE
    write_json(path, {"@context": CONTEXT, "@graph": graph}, indent=1)
    return path


def _root(plan: Plan, lock: Mapping[str, Any], made_from: Mapping[str, Any], names: Iterable[str]) -> Entity:
    study = plan.study
    simulated = "Made from SIMULATED DATA. " if lock["origin"] == "simulated" else ""
    return {
        "@id": "./",
        "@type": "Dataset",
        "conformsTo": {"@id": PROFILE},
        "name": f"Appendices and results of the clinical study report of {study.protocol}",
        "description": f"{study.title}. {simulated}Double programming: {made_from['double_programming']['verdict']}.",
        "datePublished": _cutoff(lock),
        "license": {"@id": "#terms"},
        "identifier": [{"@id": "#registry"}, {"@id": "#lock-hash"}, {"@id": "#plan-hash"}],
        "author": {"@id": "#sponsor"},
        "publisher": {"@id": "#sponsor"},
        "about": {"@id": "#trial"},
        "hasPart": [{"@id": name} for name in _beside(names)],
        "mentions": [{"@id": "#render"}, {"@id": "#double-programming"}],
    }


def _beside(names: Iterable[str]) -> list[str]:
    """Files of the folder itself, and its folders."""
    return sorted({name if "/" not in name else f"{name.split('/')[0]}/" for name in names})


def _folders(names: Iterable[str]) -> list[Entity]:
    found = defaultdict(list)
    for name in names:
        if "/" in name:
            found[name.split("/")[0]].append({"@id": name})
    return [
        {
            "@id": f"{name}/",
            "@type": "Dataset",
            "name": _FOLDERS.get(name, f"Edition in the language {name}"),
            "hasPart": _one_or_all(parts),
        }
        for name, parts in sorted(found.items())
    ]


def _titles(plan: Plan) -> dict[str, str]:
    """Number and title of each output by its id, its anchor."""
    return {
        name: f"{output.number} {output.title}"
        for output in plan.catalogue.outputs
        for name in (output.id, output.anchor)
    }


def _file(folder: Path, name: str, digest: str, titles: Mapping[str, str]) -> Entity:
    path = PurePosixPath(name)
    content = (folder / name).read_bytes()
    claims = [key for pattern, key in _CLAIMS.items() if path.suffix == ".pdf" and re.search(pattern, content)]
    if path.name == "ars.json":
        claims.append("#ars")
    known = titles.get(path.stem) or _NAMES.get(str(path.with_suffix(""))) or _NAMES.get(path.stem)
    entity: Entity = {
        "@id": name,
        "@type": "File",
        "name": known or path.stem.replace("-", " ").capitalize(),
        "encodingFormat": _FORMATS.get(path.suffix, "application/octet-stream"),
        "contentSize": str(len(content)),
        "sha256": digest.removeprefix("sha256:"),
    }
    if len(path.parts) > 1 and path.parts[0] not in _FOLDERS:
        entity["inLanguage"] = path.parts[0]
    return entity | ({"conformsTo": _one_or_all([{"@id": key} for key in claims])} if claims else {})


def _context(plan: Plan, lock: Mapping[str, Any], made_from: Mapping[str, Any], terms: str) -> list[Entity]:
    """The sponsor, the trial, the lock and the plan."""
    study = plan.study
    datasets = ", ".join(f"{name} ({item['records']:,} records)" for name, item in lock["datasets"].items())
    return [
        {
            "@id": "#terms",
            "@type": "CreativeWork",
            "name": "Terms of use",
            "description": terms or f"No licence is stated. The sponsor, {study.sponsor}, decides on use.",
        },
        {"@id": "#sponsor", "@type": "Organization", "name": study.sponsor},
        {
            "@id": "#trial",
            "@type": "MedicalTrial",
            "name": study.title,
            "description": study.design,
            "identifier": [{"@id": "#registry"}, study.protocol],
            "sponsor": {"@id": "#sponsor"},
        },
        _value("#registry", "Registry number", study.registry),
        _value("#lock-hash", "Hash of the data lock", made_from["lock"]),
        _value("#plan-hash", "Hash of the analysis plan", made_from["plan"]),
        {
            "@id": "#lock",
            "@type": "Dataset",
            "name": f"Data lock {lock['id']}",
            "description": (
                f"{lock['origin'].capitalize()} data to {_cutoff(lock)}, {lock['treatment_codes']} treatment codes: "
                f"{datasets}. Not part of the folder."
            ),
            "identifier": {"@id": "#lock-hash"},
        },
        {
            "@id": "#plan",
            "@type": "CreativeWork",
            "name": f"Analysis plan of {study.protocol}",
            "description": f"Of {study.sap_date}; {made_from['plan_frozen']}.",
            "version": study.sap_version,
            "identifier": {"@id": "#plan-hash"},
        },
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
    ]


def _one_or_all(items: Sequence[Entity]) -> Entity | Sequence[Entity]:
    """A list of one is written as its one item, as JSON-LD does it."""
    return items[0] if len(items) == 1 else items


def _value(identifier: str, name: str, value: str) -> Entity:
    return {"@id": identifier, "@type": "PropertyValue", "name": name, "value": value}


def _software(made_from: Mapping[str, Any]) -> list[Entity]:
    csrbook = {
        "@id": "#csrbook",
        "@type": "SoftwareApplication",
        "name": "csrbook",
        "softwareVersion": __version__,
        "identifier": [{"@id": "#code"}, {"@id": "#environment"}],
    }
    engine = [
        {"@id": f"#{name}", "@type": "SoftwareApplication", "name": name, "softwareVersion": version}
        for name, version in made_from["engine"]["versions"].items()
    ]
    return [
        csrbook,
        *engine,
        _value("#code", "Programs of the engine and the study", made_from["code"]),
        _value("#environment", "Pinned versions of all libraries", made_from["environment"]),
    ]


def _actions(made_from: Mapping[str, Any], hashes: Mapping[str, str]) -> list[Entity]:
    inputs = [{"@id": "#lock"}, {"@id": "#plan"}]
    checked = [{"@id": name} for name in hashes if PurePosixPath(name).stem in ("qc", "qc-report")]
    return [
        {
            "@id": "#render",
            "@type": "CreateAction",
            "name": "Analyses and rendering",
            "description": f"All programs ran on the lock; the {made_from['engine']['name']} engine made the pages.",
            "instrument": [{"@id": "#csrbook"}, *({"@id": f"#{name}"} for name in made_from["engine"]["versions"])],
            "object": inputs,
            "result": {"@id": "./"},
        },
        {
            "@id": "#double-programming",
            "@type": "CreateAction",
            "name": "Double programming",
            "description": f"{made_from['double_programming']['verdict']}.",
            "instrument": {"@id": "#csrbook"},
            "object": inputs,
            "result": _one_or_all(checked),
        },
    ]


def _cutoff(lock: Mapping[str, Any]) -> str:
    """Data cut-off, a SAS date, as ISO 8601."""
    return (date(1960, 1, 1) + timedelta(days=int(lock["data_cutoff"]))).isoformat()
