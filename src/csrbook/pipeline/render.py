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
from csrbook.pipeline.run import LockIdentity, choose_outputs, run_outputs, write_results
from csrbook.pipeline.versions import publish, staging

if TYPE_CHECKING:
    from typing import Any

    from csrbook.lock import LockedData
    from csrbook.pipeline.progress import Progress
    from csrbook.pipeline.study import StudyFolder
    from csrbook.pipeline.versions import Published

__all__ = ["lock_identity", "render_lock", "render_pages"]

DOCUMENTS = (APPENDIX, PLAN)


def lock_identity(data: LockedData) -> LockIdentity:
    """What pages say of a lock."""
    simulated = data.manifest["origin"] == "simulated"
    return LockIdentity(hash=data.hash, cutoff_day=int(data.data_cutoff), simulated=simulated)


def render_lock(study: StudyFolder, data: LockedData, engine: str, progress: Progress) -> Published:
    """Run, compare, render and publish.

    Raises
    ------
    UsageError
        Where the appendix does not place every programmed output.
    ComparisonError
        Where double programming disagrees: nothing is published.
    """
    check_appendix(study)
    with staging(study.outputs / data.id) as staged:
        results = staged / "results"
        with progress.stage("Analyses") as note:
            outputs = choose_outputs(study, [])
            result = run_outputs(study, data, lock_identity(data), outputs)
            write_results(result, results)
            warned = sum(bool(messages) for messages in result.log.values())
            note(f"{len(outputs)} outputs, {len(result.ard):,} numbers, {warned} outputs with warnings")
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
            "plan": study.plan.hash,
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
    from csrbook.displays.model import SIMULATED
    from csrbook.displays.plan_document import plan_document
    from csrbook.render import Edition, create_project, render_documents

    placed = placed_outputs(study)
    displays = [read_json(results / f"{name}.json") for name in placed]
    lock = LockIdentity(**read_json(results / "lock.json"))
    plan = study.plan
    edition = Edition(
        title=plan.study.title,
        protocol=plan.study.protocol,
        sponsor=plan.study.sponsor,
        status=SIMULATED if lock.simulated else plan.study.status,
        registry=plan.study.registry,
        version=plan.study.sap_version,
        date=plan.study.sap_date,
        data_cutoff=lock.data_cutoff,
        lock=lock.hash,
        plan=plan.hash,
        language=plan.study.language,
    )
    with tempfile.TemporaryDirectory(prefix="csrbook-") as temporary:
        project = create_project(
            Path(temporary) / "project",
            study.root,
            edition=edition,
            displays=displays,
            plan=plan_document(plan, placed_tables(study)),
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
