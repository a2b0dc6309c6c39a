"""What the commands on published pages do, told on the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.errors import UsageError, ValidationError
from csrbook.pipeline.progress import Progress
from csrbook.pipeline.study import find_study
from csrbook.pipeline.versions import latest_version
from csrbook.pipeline.workers import default_workers

if TYPE_CHECKING:
    from pathlib import Path

    from csrbook.pipeline.study import StudyFolder

__all__ = ["check_conformance", "translate_study"]


def translate_study(folder: Path, language: str, results: Path | None) -> None:
    """Add what has no translation yet to the study's PO file, and mark what is printed no more."""
    from csrbook.languages import catalogue_path, update_catalogue
    from csrbook.pipeline.pages import missing_translations

    progress = Progress()
    study = find_study(folder)
    if language == study.plan.study.language:
        raise UsageError(f"the plan is written in '{language}' already", "--lang", "name another language")
    path = catalogue_path(language, study.root)
    with progress.stage("Translate") as note:
        translations = missing_translations(study, results or _newest(study) / "results", language)
        added, obsolete = update_catalogue(path, translations.missing, translations.used)
        note(f"{len(translations.used)} texts translated, {len(translations.missing)} not")
    progress.say(f"{path.relative_to(study.root)}: {added} entries added, {obsolete} no longer used")


def check_conformance(folder: Path, version: Path | None, workers: int | None = None) -> None:
    """Check the files of a version folder, several at a time.

    Raises
    ------
    ValidationError
        Something does not conform; everything is printed before.
    """
    from csrbook.conformance import check_folder, summary

    progress = Progress()
    version = version or _newest(find_study(folder))
    with progress.stage("Conformance") as note:
        findings = check_folder(version, workers or default_workers())
        note(f"{len(findings) or 'no'} findings")
    for line in summary(findings):
        progress.say(f"  {line}")
    if findings:
        raise ValidationError(
            f"{len(findings)} findings in the published files",
            str(version),
            "correct what the documents are made of and render again",
        )


def _newest(study: StudyFolder) -> Path:
    """The version that was published last."""
    versions = [latest_version(folder) for folder in study.outputs.glob("L*")]
    published = [version for version in versions if version is not None]
    if not published:
        raise UsageError("nothing is published yet", "outputs/", "run `csrbook render` first")
    return max(published, key=lambda version: ((version / "manifest.json").stat().st_mtime, version))
