"""From locked data to a published version: run, double-programme, render, publish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from csrbook.pipeline.appendix import check_appendix
from csrbook.pipeline.documents import prepare_documents
from csrbook.pipeline.double_programming import verify_aloud, write_verification
from csrbook.pipeline.pages import editions, render_pages
from csrbook.pipeline.post_hoc import frozen_plan, post_hoc_outputs
from csrbook.pipeline.research_object import write_research_object
from csrbook.pipeline.result_cache import ResultCache
from csrbook.pipeline.run import (
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
    from pathlib import Path

    from csrbook.double_programming.checks import Verification
    from csrbook.lock import LockedData
    from csrbook.pipeline.progress import Progress
    from csrbook.pipeline.study import StudyFolder
    from csrbook.pipeline.versions import Published

__all__ = ["Rendered", "lock_identity", "render_lock"]


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
    languages: Sequence[str] = (),
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
    languages : sequence of str
        Editions besides that in the plan's language.
    final : bool
        Whether to publish nothing unless every output is double-programmed and matches.

    Raises
    ------
    UsageError
        Where the appendix does not place every programmed output, or there are no translations into a language.
    ValidationError
        Where a column's number of subjects is not that of ADSL: nothing is published.
    ComparisonError
        Where ``final`` pages are asked for and double programming is not complete or differs: nothing is published.
    """
    from csrbook.ars import write_ars

    check_appendix(study)
    editions(study, languages)
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
        prepare_documents(study, data, results)
        with progress.stage("Render") as note:
            pages = render_pages(study, results, staged, engine, languages)
            note(f"{pages.engine} engine: {', '.join(f'{k} {v}' for k, v in pages.versions.items())}")
            for language, missing in pages.untranslated.items():
                note(f"{language}: {missing or 'no'} texts without a translation")
        # After the pages, of which it says where they are.
        with progress.stage("Results") as note:
            kinds = {name: item["variables"] for name, item in data.manifest["datasets"].items()}
            note(f"{write_ars(results, study.plan, kinds, post_hoc=marked).name}, CDISC Analysis Results Standard")
        from csrbook.lock.hashing import code_hash, environment_hash

        made_from = {
            "lock": data.hash,
            "treatment_codes": data.manifest["treatment_codes"],
            "plan": study.plan.hash,
            "plan_frozen": frozen_plan(study),
            "post_hoc": marked,
            "code": code_hash(study.root),
            "environment": environment_hash(study.root),
            "engine": {"name": pages.engine, "versions": pages.versions},
            "languages": editions(study, languages),
            "final": final,
            "double_programming": {"verdict": verification.verdict, "outputs": verification.statuses},
        }
        write_research_object(staged, study.plan, data.manifest, made_from)
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
