"""Which documents a version has, and what each is made of.

A document is a ``.qmd`` file of the study; one that the study does not have is not made. All of them quote and place
what :func:`document_content` gives, and some include a part that is made for the render (``report/_methods.qmd``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from csrbook import __version__
from csrbook.pipeline.appendix import APPENDIX, PLAN, VALIDATION_REPORT, placed_tables
from csrbook.pipeline.double_programming import RESULT
from csrbook.pipeline.files import read_json
from csrbook.pipeline.lock_facts import DATASETS, VALIDATION, write_lock_facts
from csrbook.pipeline.run import LOG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from csrbook.displays.adrg_document import Derived, ProgramFile
    from csrbook.lock import LockedData
    from csrbook.pipeline.study import StudyFolder

    Content = dict[str, dict[str, Any]]

__all__ = [
    "ADRG",
    "CERTIFICATE",
    "METHODS",
    "document_content",
    "documents_of",
    "prepare_documents",
]

METHODS: Final = "report/statistical-methods.qmd"
ADRG: Final = "report/adrg.qmd"
CERTIFICATE: Final = "report/qc-report.qmd"
ALWAYS: Final = (APPENDIX, PLAN)
WHERE_WRITTEN: Final = (METHODS, ADRG, VALIDATION_REPORT, CERTIFICATE)

PINS: Final = "requirements/base.txt"
PIN: Final = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.MULTILINE)
PARTS: Final = ("values", "tables", "parts")


def documents_of(study: StudyFolder) -> list[str]:
    """Paths of the study's documents, in the order in which they are rendered."""
    return [*ALWAYS, *(name for name in WHERE_WRITTEN if (study.root / name).is_file())]


def prepare_documents(study: StudyFolder, data: LockedData, results: Path) -> None:
    """Write into a folder of results what the documents say of the lock itself, where there are such documents."""
    if {ADRG, VALIDATION_REPORT} & set(documents_of(study)):
        write_lock_facts(study, data, results)


def document_content(study: StudyFolder, results: Path, documents: Sequence[str] | None = None) -> Content:
    """What the documents of a folder of results quote, place and include.

    Parameters
    ----------
    study : StudyFolder
    results : Path
        Folder written by :func:`csrbook.pipeline.run.write_results`,
        :func:`csrbook.pipeline.double_programming.write_verification` and :func:`prepare_documents`.
    documents : sequence of str, optional
        Paths of those that are rendered; all of the study by default.

    Returns
    -------
    dict
        ``values`` and ``tables`` for ``plan.json`` (:mod:`csrbook.render.project`), and ``parts``: text by the path of
        a document that others include.
    """
    made: Content = {name: {} for name in PARTS}
    for content in _contents(study, results, documents_of(study) if documents is None else documents):
        for name in PARTS:
            made[name].update(content.get(name, {}))
    return made


def _contents(study: StudyFolder, results: Path, documents: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    from csrbook.displays.log_document import log_document
    from csrbook.displays.plan_document import plan_document
    from csrbook.displays.qc_document import qc_document
    from csrbook.displays.validation_document import validation_document
    from csrbook.plan.freeze import read_records

    yield plan_document(study.plan, placed_tables(study), read_records(study.root))
    numbers = {output.id: output.number for output in study.plan.catalogue.outputs}
    yield log_document(read_json(results / LOG), numbers)
    yield qc_document(read_json(results / RESULT))
    if METHODS in documents:
        yield _methods(study, results)
    if VALIDATION_REPORT in documents:
        yield validation_document(read_json(results / VALIDATION))
    if ADRG in documents:
        yield _adrg(study, results)


def _methods(study: StudyFolder, results: Path) -> Content:
    import pyarrow.parquet as pq

    from csrbook.displays.methods_document import MethodsUsed, methods_document
    from csrbook.displays.plan_table import number_captions
    from csrbook.displays.raw_output_document import raw_output_document
    from csrbook.pipeline.method_calls import method_calls, methods_behind

    rows = pq.read_table(results / "ard.parquet").to_pylist()
    reported: dict[str, dict[str, None]] = {}
    for row in rows:
        reported.setdefault(row["output_id"], {})[row["method"]] = None
    calls = method_calls(study.plan, study.root)
    behind = methods_behind()
    used = MethodsUsed(
        calls,
        {name: source.methods for name, source in behind.items()},
        {name: source.packages for name, source in behind.items()},
        {name: [method for method in methods if method] for name, methods in reported.items()},
    )
    methods = methods_document(study.plan, used, _session(study), _pins(study))
    raw = raw_output_document(study.plan, rows)
    made = {name: {**methods[name], **raw[name]} for name in PARTS}
    return {**made, "tables": number_captions(made["tables"])}


def _pins(study: StudyFolder) -> dict[str, str]:
    """Version by pinned package, in the order of the file."""
    path = study.root / PINS
    return dict(PIN.findall(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _software(study: StudyFolder) -> dict[str, str]:
    from csrbook.lock.hashing import code_hash, environment_hash

    return {
        "Engine": f"csrbook {__version__}",
        "Code of engine and study": code_hash(study.root),
        "Pinned packages": environment_hash(study.root),
    }


def _session(study: StudyFolder) -> dict[str, str]:
    """What fixes a session: nothing that depends on the machine, for the numbers do not."""
    from csrbook.environment import FIXED

    seeds = study.plan.study.seeds
    return {
        **_software(study),
        "Environment": "\n".join(f"{name} = {value}" for name, value in FIXED.items()),
        "Seeds of random numbers": "\n".join(f"{name} = {seed}" for name, seed in seeds.items()) or "none",
    }


def _adrg(study: StudyFolder, results: Path) -> Mapping[str, Any]:
    from csrbook.displays.adrg_document import adrg_document

    register = study.register
    second: dict[str, tuple[str, list[str]]] = {}
    for entry in register.programs if register is not None else ():
        second.setdefault(entry.program, (entry.stack, []))[1].extend(
            study.plan.catalogue.output(name).number for name in entry.outputs
        )
    for derivation in register.derivations if register is not None else ():
        second.setdefault(derivation.program, (derivation.stack, []))[1].append(derivation.dataset)
    first: dict[str, list[str]] = {}
    for output in study.plan.catalogue.outputs:
        if output.program is not None:
            first.setdefault(output.program, []).append(output.number)
    return adrg_document(
        study.plan,
        read_json(results / DATASETS),
        read_json(results / VALIDATION),
        [_file(study, path, numbers) for path, numbers in first.items()],
        [_file(study, path, made, stack) for path, (stack, made) in second.items()],
        _derived(study),
        _software(study),
    )


def _file(study: StudyFolder, path: str, makes: Iterable[str], software: str = "") -> ProgramFile:
    from csrbook.displays.adrg_document import ProgramFile
    from csrbook.plan.parts import file_digest

    # Without the line ends that differ between machines, as the hash is taken.
    size = len((study.root / path).read_bytes().replace(b"\r\n", b"\n"))
    return ProgramFile(path, tuple(makes), size, file_digest(study.root / path), software)


def _derived(study: StudyFolder) -> list[Derived]:
    from csrbook.displays.adrg_document import Derived
    from csrbook.pipeline.method_calls import datasets_read

    register = study.register
    return [
        Derived(item.dataset, item.program, datasets_read(item.program, "derive", study.root), item.variables)
        for item in (register.derivations if register is not None else ())
    ]
