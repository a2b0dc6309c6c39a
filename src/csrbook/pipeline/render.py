"""From locked data to a published version: run, double-programme and render side by side, publish."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from csrbook.errors import ComparisonError, CsrbookError
from csrbook.pipeline.appendix import APPENDIX, PLAN, check_appendix, placed_outputs, placed_tables
from csrbook.pipeline.double_programming import RESULT, BackgroundComparison
from csrbook.pipeline.files import read_json
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
    from typing import Any

    from csrbook.lock import LockedData
    from csrbook.pipeline.progress import Progress
    from csrbook.pipeline.study import StudyFolder
    from csrbook.pipeline.versions import Published
    from csrbook.plan.models import Plan
    from csrbook.render import Edition

__all__ = ["edition_of", "lock_identity", "render_lock", "render_pages"]

DOCUMENTS = (APPENDIX, PLAN)


def lock_identity(data: LockedData) -> LockIdentity:
    """What pages say of a lock."""
    return LockIdentity(
        hash=data.hash,
        cutoff_day=int(data.data_cutoff),
        simulated=data.manifest["origin"] == "simulated",
        dummy=data.manifest["treatment_codes"] == "dummy",
    )


def render_lock(
    study: StudyFolder, data: LockedData, engine: str, progress: Progress, workers: int | None = None
) -> Published:
    """Run, compare, render and publish.

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

    Raises
    ------
    UsageError
        Where the appendix does not place every programmed output.
    ValidationError
        Where a column's number of subjects is not that of ADSL: nothing is published.
    ComparisonError
        Where double programming disagrees: nothing is published.
    """
    check_appendix(study)
    with staging(study.outputs / data.id) as staged:
        results = staged / "results"
        with progress.stage("Analyses") as note:
            outputs = choose_outputs(study, [])
            marked = post_hoc_outputs(study, data)
            result = run_outputs(
                study,
                data,
                lock_identity(data),
                outputs,
                post_hoc=marked,
                workers=workers or default_workers(),
                cache=ResultCache(study, data),
            )
            require_population_counts(result, data, study.plan)
            write_results(result, results)
            warned = sum(bool(entry.warnings) for entry in result.log.values())
            note(f"{len(outputs)} outputs, {len(result.ard):,} numbers, {warned} outputs with warnings")
            if result.kept:
                note(f"{result.kept} unchanged")
            if marked:
                note(f"{len(marked)} post hoc")
        background = BackgroundComparison.start(study, data.id, results)
        try:
            with progress.stage("Render") as note:
                made_by = render_pages(study, results, staged, engine)
                note(f"{made_by['name']} engine: {', '.join(f'{k} {v}' for k, v in made_by['versions'].items())}")
            with progress.stage("Double programming") as note:
                code, said = background.wait()
                qc = read_json(results / RESULT) if (results / RESULT).is_file() else None
                if code or qc is None:
                    raise _as_error(said, disagrees=qc is not None and qc["agrees"] is False)
                note(qc["verdict"])
        finally:
            background.stop()
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
            "double_programming": qc["verdict"],
        }
        return publish(staged, study.outputs / data.id, made_from)


def _as_error(said: str, *, disagrees: bool) -> CsrbookError:
    where = "\n" + said
    if disagrees:
        return ComparisonError(
            "double programming disagrees with production, so nothing was published",
            where,
            "find which of the two programs departs from the plan, and mend that one",
        )
    return CsrbookError("double programming could not be done, so nothing was published", where, "mend what it says")


def render_pages(study: StudyFolder, results: Path, target: Path, engine: str) -> dict[str, Any]:
    """Render the documents of a folder of results.

    Parameters
    ----------
    study : StudyFolder
        Holds the documents.
    results : Path
        Folder written by :func:`csrbook.pipeline.run.write_results`.
    target : Path
        Folder that receives ``csr-appendix.pdf``, ``sap.pdf`` and ``listings/``.
    engine : str
        ``auto``, ``quarto`` or ``embedded``.

    Returns
    -------
    dict
        Name and versions of the engine.
    """
    from csrbook.displays.log_document import log_document
    from csrbook.displays.plan_document import plan_document
    from csrbook.render import create_project, render_documents

    placed = placed_outputs(study)
    displays = [read_json(results / f"{name}.json") for name in placed]
    lock = LockIdentity(**read_json(results / "lock.json"))
    plan = study.plan
    content = plan_document(plan, placed_tables(study))
    log = log_document(read_json(results / LOG), {output.id: output.number for output in plan.catalogue.outputs})
    with tempfile.TemporaryDirectory(prefix="csrbook-") as temporary:
        project = create_project(
            Path(temporary) / "project",
            study.root,
            edition=edition_of(plan, lock),
            displays=displays,
            plan={name: {**content[name], **log[name]} for name in content},
            timestamp=lock.timestamp,
        )
        rendered = render_documents(project, DOCUMENTS, engine=engine, timestamp=lock.timestamp)
        target.mkdir(parents=True, exist_ok=True)
        for path in rendered.files:
            shutil.move(path, target / path.name)
        for path in project.listings:
            (target / "listings").mkdir(exist_ok=True)
            shutil.move(path, target / "listings" / path.name)
    return {"name": rendered.engine, "versions": rendered.versions}


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
