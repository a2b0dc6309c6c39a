"""From locked data to a published version: run, double-programme, render, publish."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from csrbook.pipeline.appendix import APPENDIX, PLAN, check_appendix, document_of, placed_outputs, placed_tables
from csrbook.pipeline.double_programming import RESULT, verify_aloud, write_verification
from csrbook.pipeline.files import read_json, require_new_file
from csrbook.pipeline.post_hoc import frozen_plan, post_hoc_outputs
from csrbook.pipeline.result_cache import ResultCache
from csrbook.pipeline.run import (
    LOG,
    LockIdentity,
    choose_outputs,
    require_population_counts,
    run_outputs,
    write_results,
)
from csrbook.pipeline.versions import publish, staging
from csrbook.pipeline.workers import default_workers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from csrbook.double_programming.checks import Verification
    from csrbook.lock import LockedData
    from csrbook.pipeline.progress import Progress
    from csrbook.pipeline.run import RunResult
    from csrbook.pipeline.study import StudyFolder
    from csrbook.pipeline.versions import Published
    from csrbook.plan.models import Plan
    from csrbook.render import Edition, RenderProject

__all__ = ["Rendered", "edition_of", "lock_identity", "render_lock", "render_outputs", "render_pages"]

DOCUMENTS = (APPENDIX, PLAN)
CERTIFICATE = "report/qc-report.qmd"
"""Made where the study has it."""

OUTPUTS_ALONE = "report/outputs-alone.qmd"


def lock_identity(data: LockedData) -> LockIdentity:
    """What pages say of a lock."""
    return LockIdentity(
        hash=data.hash,
        cutoff_day=int(data.data_cutoff),
        simulated=data.manifest["origin"] == "simulated",
        dummy=data.manifest["treatment_codes"] == "dummy",
    )


def render_lock(
    study: StudyFolder,
    data: LockedData,
    engine: str,
    progress: Progress,
    workers: int | None = None,
    *,
    final: bool = False,
) -> Rendered:
    """Run, double-programme, render and publish.

    Parameters
    ----------
    study : StudyFolder
        Plan, programs and documents.
    data : LockedData
        A verified lock.
    engine : str
        ``auto``, ``quarto`` or ``embedded``.
    progress : Progress
        Told of each stage.
    workers : int, optional
        Processes that run programs; as many as there are cores where absent.
    final : bool
        Whether to publish nothing unless every output is double-programmed and matches.

    Raises
    ------
    UsageError
        Where the appendix does not place every programmed output.
    ValidationError
        Where a column's number of subjects is not that of ADSL: nothing is published.
    ComparisonError
        Where ``final`` pages are asked for and double programming is not complete or differs: nothing is published.
    """
    check_appendix(study)
    workers = workers or default_workers()
    with staging(study.outputs / data.id) as staged:
        results = staged / "results"
        with progress.stage("Analyses") as note:
            marked = post_hoc_outputs(study, data)
            for said in _analyse(study, data, marked, results, workers):
                note(said)
        verification = _verify(study, data, results, progress, workers)
        if final:
            verification.require_completeness()
        with progress.stage("Render") as note:
            made_by = render_pages(study, results, staged, engine)
            note(f"{made_by['name']} engine: {', '.join(f'{k} {v}' for k, v in made_by['versions'].items())}")
        from csrbook.lock.hashing import code_hash, environment_hash

        made_from = {
            "lock": data.hash,
            "treatment_codes": data.manifest["treatment_codes"],
            "plan": study.plan.hash,
            "plan_frozen": frozen_plan(study),
            "post_hoc": marked,
            "code": code_hash(study.root),
            "environment": environment_hash(study.root),
            "engine": made_by,
            "final": final,
            "double_programming": {"verdict": verification.verdict, "outputs": verification.statuses},
        }
        return Rendered(publish(staged, study.outputs / data.id, made_from), verification)


@dataclass(frozen=True)
class Rendered:
    """What was published, and what double programming found."""

    published: Published
    verification: Verification


def _verify(study: StudyFolder, data: LockedData, results: Path, progress: Progress, workers: int) -> Verification:
    """Compare the numbers of a folder of results, and write what came of it there."""
    import pandas as pd

    verification = verify_aloud(study, data, pd.read_parquet(results / "ard.parquet"), progress, workers)
    write_verification(study, verification, results)
    return verification


def _analyse(
    study: StudyFolder, data: LockedData, marked: Mapping[str, Sequence[str]], results: Path, workers: int
) -> list[str]:
    """Run all programs and write what they gave, which is not kept in memory; returns what to say of it.

    Raises
    ------
    ValidationError
        Where a column's number of subjects is not that of ADSL.
    """
    outputs = choose_outputs(study, [])
    cache = ResultCache(study, data)
    result = run_outputs(study, data, lock_identity(data), outputs, post_hoc=marked, workers=workers, cache=cache)
    require_population_counts(result, data, study.plan)
    write_results(result, results)
    warned = sum(bool(entry.warnings) for entry in result.log.values())
    said = [f"{len(outputs)} outputs, {len(result.ard):,} numbers, {warned} outputs with warnings"]
    if result.kept:
        said.append(f"{result.kept} unchanged")
    if marked:
        said.append(f"{len(marked)} post hoc")
    return said


def render_pages(study: StudyFolder, results: Path, target: Path, engine: str) -> dict[str, Any]:
    """Render the documents of a folder of results.

    Parameters
    ----------
    study : StudyFolder
        Holds the documents.
    results : Path
        Folder written by :func:`csrbook.pipeline.run.write_results` and
        :func:`csrbook.pipeline.double_programming.write_verification`.
    target : Path
        Folder that receives ``csr-appendix.pdf``, ``sap.pdf``, ``qc-report.pdf`` and ``listings/``.
    engine : str
        ``auto``, ``quarto`` or ``embedded``.

    Returns
    -------
    dict
        Name and versions of the engine.
    """
    from csrbook.displays.log_document import log_document
    from csrbook.displays.plan_document import plan_document
    from csrbook.displays.qc_document import qc_document
    from csrbook.double_programming.checks import page_text
    from csrbook.render import create_project, render_documents

    placed = placed_outputs(study)
    certified = read_json(results / RESULT)
    stated = {name: page_text(item["status"]) for name, item in certified["outputs"].items()}
    lock = LockIdentity(**read_json(results / "lock.json"))
    plan = study.plan
    content = plan_document(plan, placed_tables(study))
    log = log_document(read_json(results / LOG), {output.id: output.number for output in plan.catalogue.outputs})
    checked = qc_document(certified)
    with tempfile.TemporaryDirectory(prefix="csrbook-") as temporary:
        project = create_project(
            Path(temporary) / "project",
            study.root,
            edition=edition_of(plan, lock),
            # One at a time: those of a large trial do not fit into memory together.
            displays=({**read_json(results / f"{name}.json"), "double_programming": stated[name]} for name in placed),
            plan={name: {**content[name], **log[name], **checked[name]} for name in content},
            timestamp=lock.timestamp,
        )
        documents = [*DOCUMENTS, *([CERTIFICATE] if (study.root / CERTIFICATE).is_file() else [])]
        rendered = render_documents(project, documents, engine=engine, timestamp=lock.timestamp)
        target.mkdir(parents=True, exist_ok=True)
        for path in rendered.files:
            shutil.move(path, target / path.name)
        _move_listings(project, target)
    return {"name": rendered.engine, "versions": rendered.versions}


def render_outputs(study: StudyFolder, result: RunResult, target: Path, engine: str) -> None:
    """Render the pages of some outputs alone, as they stand in the appendix.

    Parameters
    ----------
    study : StudyFolder
        Holds the document's templates.
    result : RunResult
        What their programs gave.
    target : Path
        New PDF. A listing too long for it becomes a file below ``listings/`` beside it.
    engine : str
        ``auto``, ``quarto`` or ``embedded``.

    Raises
    ------
    UsageError
        There is such a listing already.
    """
    from csrbook.render import create_project, render_documents

    with tempfile.TemporaryDirectory(prefix="csrbook-") as temporary:
        project = create_project(
            Path(temporary) / "project",
            study.root,
            edition=edition_of(study.plan, result.lock),
            displays=result.displays.values(),
            timestamp=result.lock.timestamp,
        )
        for path in project.listings:
            beside = target.parent / path.relative_to(project.folder)
            beside.parent.mkdir(exist_ok=True)
            require_new_file(beside)
        (project.folder / OUTPUTS_ALONE).write_text(document_of(result.displays), encoding="utf-8")
        rendered = render_documents(project, (OUTPUTS_ALONE,), engine=engine, timestamp=result.lock.timestamp)
        shutil.move(rendered.files[0], target)
        _move_listings(project, target.parent)


def _move_listings(project: RenderProject, target: Path) -> None:
    for path in project.listings:
        beside = target / path.relative_to(project.folder)
        beside.parent.mkdir(exist_ok=True)
        shutil.move(path, beside)


def edition_of(plan: Plan, lock: LockIdentity) -> Edition:
    """What title pages and running headers say."""
    from csrbook.displays.model import page_status
    from csrbook.render import Edition

    return Edition(
        title=plan.study.title,
        protocol=plan.study.protocol,
        sponsor=plan.study.sponsor,
        status=page_status(plan, simulated=lock.simulated, dummy=lock.dummy),
        registry=plan.study.registry,
        version=plan.study.sap_version,
        date=plan.study.sap_date,
        data_cutoff=lock.data_cutoff,
        lock=lock.hash,
        plan=plan.hash,
        language=plan.study.language,
    )
