"""From a folder of results to pages: the editions of all documents, every output alone, and some outputs together."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from csrbook.pipeline.appendix import document_of, placed_outputs
from csrbook.pipeline.documents import METHODS, document_content, documents_of
from csrbook.pipeline.double_programming import RESULT
from csrbook.pipeline.files import read_json, require_new_file
from csrbook.pipeline.run import LOCK, LockIdentity
from csrbook.pipeline.workers import default_workers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from csrbook.languages import Translations
    from csrbook.pipeline.run import RunResult
    from csrbook.pipeline.study import StudyFolder
    from csrbook.plan.models import Plan
    from csrbook.render import Edition, Rendered, RenderProject

__all__ = [
    "ALONE",
    "Pages",
    "edition_of",
    "editions",
    "missing_translations",
    "render_alone",
    "render_outputs",
    "render_pages",
]

ALONE = "single"
"""Folder of the outputs alone."""

ENGLISH_ONLY = (METHODS,)
"""Documents that hold descriptions of the engine's methods, which are written in one language."""

OUTPUTS_ALONE = "report/outputs-alone.qmd"


@dataclass(frozen=True)
class Pages:
    """What made the pages of all editions, and how many texts of each language have no translation."""

    engine: str
    versions: dict[str, str]
    untranslated: dict[str, int]


def editions(study: StudyFolder, languages: Sequence[str]) -> list[str]:
    """The languages of a version: the plan's own, then those asked for.

    Raises
    ------
    UsageError
        There are no translations into one of them.
    """
    from csrbook.languages import load_translations

    own = study.plan.study.language
    others = [language for language in dict.fromkeys(languages) if language != own]
    for language in others:
        load_translations(language, study.root)
    return [own, *others]


def render_pages(
    study: StudyFolder, results: Path, target: Path, engine: str, languages: Sequence[str] = (), *, alone: bool = True
) -> Pages:
    """Render the documents of a folder of results, and every output alone.

    Parameters
    ----------
    study : StudyFolder
        Holds the documents.
    results : Path
        Folder written by :func:`csrbook.pipeline.run.write_results`,
        :func:`csrbook.pipeline.double_programming.write_verification` and
        :func:`csrbook.pipeline.documents.prepare_documents`.
    target : Path
        Folder that receives the documents (``csr-appendix.pdf``, ``sap.pdf``, …), ``listings/`` and ``single/``; other
        editions in folders named by their language.
    engine : str
        ``auto``, ``quarto`` or ``embedded``.
    languages : sequence of str
        Editions besides that in the plan's language.
    alone : bool
        Whether to write the outputs alone too.
    """
    from csrbook.languages import load_translations

    made: list[Rendered] = []
    untranslated: dict[str, int] = {}
    own, *others = editions(study, languages)
    for language in (own, *others):
        with tempfile.TemporaryDirectory(prefix="csrbook-") as temporary:
            documents = documents_of(study)
            translations = None
            if language != own:
                documents = _translated(study)
                translations = load_translations(language, study.root)
            folder = target if language == own else target / language
            project = _project(study, results, Path(temporary) / "project", documents, translations)
            made.append(
                _render(study, project, documents, folder, engine=engine, timestamp=_timestamp(results), alone=alone)
            )
            if translations is not None:
                untranslated[language] = len(translations.missing)
    return Pages(made[0].engine, made[0].versions, untranslated)


def render_alone(study: StudyFolder, results: Path, target: Path) -> list[Path]:
    """Write every output alone, in all formats, from a folder of results as :func:`render_pages` takes it."""
    with tempfile.TemporaryDirectory(prefix="csrbook-") as temporary:
        project = _project(study, results, Path(temporary) / "project", [], None)
        return _alone(study, project, target, _timestamp(results))


def missing_translations(study: StudyFolder, results: Path, language: str) -> Translations:
    """The translations of a language after everything that is printed was looked up."""
    from csrbook.languages import load_translations

    translations = load_translations(language, study.root)
    with tempfile.TemporaryDirectory(prefix="csrbook-") as temporary:
        _project(study, results, Path(temporary) / "project", _translated(study), translations)
    return translations


def _translated(study: StudyFolder) -> list[str]:
    return [name for name in documents_of(study) if name not in ENGLISH_ONLY]


def _project(
    study: StudyFolder, results: Path, folder: Path, documents: Sequence[str], translations: Translations | None
) -> RenderProject:
    """The render project of an edition, with what double programming found on each page."""
    from csrbook.double_programming.checks import page_text
    from csrbook.render import create_project

    stated = {name: page_text(item["status"]) for name, item in read_json(results / RESULT)["outputs"].items()}
    lock = _lock(results)
    content = document_content(study, results, documents)
    return create_project(
        folder,
        study.root,
        edition=edition_of(study.plan, lock),
        # One at a time: those of a large trial do not fit into memory together.
        displays=(
            {**read_json(results / f"{name}.json"), "double_programming": stated[name]}
            for name in placed_outputs(study)
        ),
        plan={name: content[name] for name in ("values", "tables")},
        timestamp=lock.timestamp,
        parts=content["parts"],
        translations=translations,
    )


def _render(
    study: StudyFolder,
    project: RenderProject,
    documents: Sequence[str],
    target: Path,
    *,
    engine: str,
    timestamp: int,
    alone: bool,
) -> Rendered:
    """Documents, listings that are files of their own, and every output alone, into a folder."""
    from csrbook.render import render_documents

    rendered = render_documents(project, documents, engine=engine, timestamp=timestamp)
    target.mkdir(parents=True, exist_ok=True)
    for path in rendered.files:
        shutil.move(path, target / path.name)
    if alone:
        _alone(study, project, target / ALONE, timestamp)
    _move_listings(project, target)
    return rendered


def _alone(study: StudyFolder, project: RenderProject, target: Path, timestamp: int) -> list[Path]:
    from csrbook.render.single import write_single_outputs

    return write_single_outputs(project, placed_outputs(study), target, timestamp=timestamp, workers=default_workers())


def _timestamp(results: Path) -> int:
    return _lock(results).timestamp


def _lock(results: Path) -> LockIdentity:
    return LockIdentity(**read_json(results / LOCK))


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
