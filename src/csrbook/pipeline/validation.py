"""A validation on the console, as a CSV file and as a report."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csrbook import __version__
from csrbook.errors import UsageError, ValidationError
from csrbook.pipeline.appendix import VALIDATION_REPORT
from csrbook.pipeline.files import require_new_file

if TYPE_CHECKING:
    from csrbook.lock.study_schemas import StudySchemas
    from csrbook.lock.validate import Validation
    from csrbook.pipeline.run import LockIdentity
    from csrbook.pipeline.study import StudyFolder

__all__ = ["tell_rejected", "validate_transfer", "write_findings", "write_report"]

FOLDER = "validation"
FINDINGS_FILE = "findings.csv"
REPORT_FILE = "validation-report.pdf"
SUBJECTS = "ADSL"
LAST_DAY = 100_000
"""In the year 2233: a later cut-off is a slip."""


def validate_transfer(folder: Path, transfer: Path, csv: Path | None, report: Path | None) -> None:
    """Validate a transfer without locking it, and say what was found.

    Parameters
    ----------
    folder : Path
        The study's folder, or one below it.
    transfer : Path
        Folder with one file a dataset.
    csv, report : Path, optional
        New files for the findings and for the report.

    Raises
    ------
    ValidationError
        A finding rejects the data.
    UsageError
        A file to be written exists already.
    """
    from csrbook.lock import load_schemas
    from csrbook.lock.blinding import plan_state
    from csrbook.lock.create import origin_of
    from csrbook.lock.treatment import Treatment
    from csrbook.lock.validate import validate
    from csrbook.lock.verdicts import console_summary
    from csrbook.pipeline.progress import Progress
    from csrbook.pipeline.study import find_study

    progress = Progress()
    study = find_study(folder)
    asked = [path for path in (csv, report) if path is not None]
    for path in asked:
        require_new_file(path)
    with progress.stage("Validate") as note:
        schemas = load_schemas(study.root)
        state = plan_state(study.root, study.locks)
        treatment = Treatment.to_validate(study.plan, transfer, state, origin_of(transfer))
        validation = validate(transfer, study.plan, schemas, treatment)
        note(f"{sum(validation.records.values()):,} records")
    print(console_summary(validation, schemas))
    if csv is not None:
        write_findings(validation, csv)
        progress.say(f"Findings: {csv}")
    if report is not None:
        with progress.stage("Report") as note:
            write_report(study, validation, schemas, report)
            note(str(report))
    _stop_if_rejected(validation, asked, "nothing is locked by this command")


def tell_rejected(study: StudyFolder, validation: Validation) -> None:
    """Where a transfer that was to be locked is rejected, say why and keep findings and report.

    Raises
    ------
    ValidationError
        A finding rejects the data; names the files.
    """
    if validation.rejected:
        from csrbook.lock import load_schemas
        from csrbook.lock.verdicts import console_summary

        schemas = load_schemas(study.root)
        print(console_summary(validation, schemas))
        kept = _keep_findings(study, validation, schemas)
        _stop_if_rejected(validation, kept, "nothing was locked")


def write_findings(validation: Validation, path: Path) -> None:
    """Write the findings as CSV, one line a finding; no cell is a formula to a spreadsheet."""
    from csrbook.data import csv_text
    from csrbook.lock.verdicts import CSV_HEADER, csv_rows

    path.write_text(csv_text(CSV_HEADER, csv_rows(validation.findings)), encoding="utf-8", newline="")


def write_report(
    study: StudyFolder, validation: Validation, schemas: StudySchemas, path: Path, engine: str = "auto"
) -> None:
    """Render the validation report.

    Parameters
    ----------
    study : StudyFolder
        Holds ``report/validation-report.qmd``.
    validation : Validation
    schemas : StudySchemas
    path : Path
        The PDF.
    engine : str
        ``auto``, ``quarto`` or ``embedded``.

    Raises
    ------
    UsageError
        The study has no such document.
    RenderError
        It cannot be laid out.
    """
    from csrbook.displays.validation_document import validation_document
    from csrbook.lock.create import origin_of
    from csrbook.pipeline.pages import edition_of
    from csrbook.render import create_project, render_documents

    if not (study.root / VALIDATION_REPORT).is_file():
        raise UsageError(
            "the document is missing", VALIDATION_REPORT, "write it, or take the one of another study as a start"
        )
    lock = _identity(validation, study, simulated=origin_of(validation.transfer) == "simulated")
    with tempfile.TemporaryDirectory(prefix="csrbook-") as temporary:
        project = create_project(
            Path(temporary) / "project",
            study.root,
            edition=edition_of(study.plan, lock),
            displays=[],
            plan=validation_document(_content(study, validation, schemas, lock)),
            timestamp=lock.timestamp,
        )
        (made,) = render_documents(project, (VALIDATION_REPORT,), engine=engine, timestamp=lock.timestamp).files
        shutil.move(made, path)


def _keep_findings(study: StudyFolder, validation: Validation, schemas: StudySchemas) -> list[Path]:
    """Write findings and report of a rejected transfer below ``outputs/validation/``.

    Returns
    -------
    list of Path
        The files. They lie in a folder named after the transferred files, the plan and the schemas; where these were
        validated before, it holds the same already. A study without the report's document gets the findings alone.
    """
    from csrbook.lock.hashing import combined_hash, file_hash

    raw = {name: file_hash(path) for name, path in validation.files.items()}
    digest = combined_hash({"files": raw, "plan": study.plan.hash, "schemas": schemas.hash})
    folder = study.outputs / FOLDER / f"V{digest.removeprefix('sha256:')[:12]}"
    names = [FINDINGS_FILE, *([REPORT_FILE] if (study.root / VALIDATION_REPORT).is_file() else [])]
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".staging-", dir=folder.parent) as temporary:
            staged = Path(temporary) / "files"
            staged.mkdir()
            write_findings(validation, staged / FINDINGS_FILE)
            if REPORT_FILE in names:
                write_report(study, validation, schemas, staged / REPORT_FILE)
            staged.rename(folder)
    return [folder / name for name in names]


def _identity(validation: Validation, study: StudyFolder, *, simulated: bool) -> LockIdentity:
    """What the report says of the data in place of a lock; the first day of 1970 where they have no one cut-off."""
    from csrbook.pipeline.run import SAS_DAY_OF_1970, LockIdentity

    variable = study.plan.study.data_cut.variable
    adsl = validation.frames.get(SUBJECTS)
    days = set(adsl[variable].tolist()) if adsl is not None and variable in adsl else set()
    day = days.pop() if len(days) == 1 else None
    usual = isinstance(day, float) and SAS_DAY_OF_1970 <= day < LAST_DAY
    return LockIdentity("", int(day or 0) if usual else SAS_DAY_OF_1970, simulated)


def _content(study: StudyFolder, validation: Validation, schemas: StudySchemas, lock: LockIdentity) -> dict[str, Any]:
    """What the report says, as plain content."""
    from csrbook.lock.hashing import code_hash, environment_hash, file_hash
    from csrbook.lock.verdicts import verdicts

    plan = study.plan
    admitted = [finding.waiver for finding in validation.findings if finding.waiver is not None]
    return {
        "subject": f"Transfer {validation.transfer.name}",
        "locked": False,
        "study": {
            "Study": f"{plan.study.registry} ({plan.study.protocol})",
            "Title": plan.study.title,
            "Transfer": validation.transfer.name,
            "Data cut-off": lock.data_cutoff,
            "Origin of the data": "simulated" if lock.simulated else "received",
            "Plan": plan.hash,
            "Schemas and rules": schemas.hash,
        },
        "files": [
            {
                "dataset": name,
                "file": path.name,
                "records": validation.records[name],
                "variables": len(schemas.datasets[name].variables),
                "sha256": file_hash(path).removeprefix("sha256:"),
            }
            for name, path in validation.files.items()
        ],
        "rules": [asdict(verdict) for verdict in verdicts(schemas, validation.findings)],
        "findings": [{**finding.to_dict(), "verdict": finding.verdict} for finding in validation.findings],
        "waivers": [{**waiver.model_dump(), "admits": admitted.count(waiver)} for waiver in plan.study.waivers],
        "environment": {
            "Engine": f"csrbook {__version__}",
            "Code of engine and study": code_hash(study.root),
            "Pinned packages": environment_hash(study.root),
        },
    }


def _stop_if_rejected(validation: Validation, files: list[Path], locked: str) -> None:
    """Raise where a finding rejects the data, which the console has told.

    Raises
    ------
    ValidationError
    """
    if not validation.rejected:
        return
    rules = {finding.rule for finding in validation.findings if finding.rejects}
    where = "\n        ".join([str(validation.transfer), *(f"see {path}" for path in files)])
    raise ValidationError(
        f"the data break {len(rules)} {'rule' if len(rules) == 1 else 'rules'}; {locked}",
        where,
        "correct the data at their source and transfer them again",
    )
