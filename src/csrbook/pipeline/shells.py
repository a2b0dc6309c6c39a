"""`csrbook run --shells`: the catalogue with placeholders, from the programs and the plan alone."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import UsageError
from csrbook.pipeline.files import write_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from csrbook.pipeline.output_run import OutputRun
    from csrbook.pipeline.progress import Progress
    from csrbook.pipeline.study import StudyFolder
    from csrbook.pipeline.versions import Published
    from csrbook.plan.models import Output

__all__ = ["SimulatedFrames", "make_shells"]

SUBJECTS: Final = 60
"""Enough that no arm and no stratum of the simulated database is empty."""

FOLDER: Final = "shells"
DOCUMENT: Final = "shells.pdf"
NO_DATE: Final = "ddMMMyyyy"
NO_LOCK: Final = "none"


class SimulatedFrames:
    """A simulated database in memory: no transfer and no lock is read, so no patient's data can reach a shell."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self._frames = frames

    def dataset(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The records of a dataset, as the caller's own copy."""
        if name not in self._frames:
            raise UsageError(f"the simulated database has no dataset {name}", "simulation/", "add it to the simulation")
        frame = self._frames[name]
        return (frame if columns is None else frame[list(columns)]).copy()


def make_shells(study: StudyFolder, engine: str, progress: Progress, results: Path | None = None) -> Published | None:
    """Run every program on a simulated database, mask what comes from it, and render the appendix.

    Parameters
    ----------
    study : StudyFolder
        Plan, programs, documents and simulation.
    engine : str
        ``auto``, ``quarto`` or ``embedded``.
    progress : Progress
        Told of each stage.
    results : Path, optional
        New folder for the displays and ``shells.pdf``; a version below ``outputs/shells`` where absent.

    Returns
    -------
    Published or None
        The version; None where a folder was named.

    Raises
    ------
    UsageError
        The study has no simulation, or the folder exists.
    CsrbookError
        A program fails on the simulated database.
    """
    from csrbook.pipeline.appendix import check_appendix
    from csrbook.pipeline.versions import publish, staging

    if results is not None and results.exists():
        raise UsageError("the folder for the shells exists already", str(results), "name a new folder")
    check_appendix(study)
    with staging(study.outputs / FOLDER) as staged:
        _fill(study, engine, progress, staged)
        if results is None:
            return publish(staged, study.outputs / FOLDER, _made_from(study))
        staged.chmod(0o755)
        shutil.move(staged, results)
        return None


def _made_from(study: StudyFolder) -> dict[str, Any]:
    from csrbook.lock.hashing import code_hash, environment_hash

    return {
        "plan": study.plan.hash,
        "code": code_hash(study.root),
        "environment": environment_hash(study.root),
        "data": NO_LOCK,
    }


def _fill(study: StudyFolder, engine: str, progress: Progress, folder: Path) -> None:
    from csrbook.displays.model import identified, identity
    from csrbook.displays.shells import SHELL, shell

    plan = study.plan
    with progress.stage("Simulate") as note:
        frames = _simulated(study)
        note(f"{SUBJECTS} subjects, in memory")
    displays = []
    with progress.stage("Shells") as note:
        words = _words_of_data(study, frames)
        for output, run in _run(study, SimulatedFrames(frames)):
            about = identity(output, plan, lock=NO_LOCK, data_cutoff=NO_DATE, simulated=False)
            content = run.display or {}
            masked = content if output.kind == "document" else shell(content, words)
            displays.append(identified(masked, replace(about, status=SHELL)))
            write_json(folder / "results" / f"{output.id}.json", displays[-1])
        note(f"{len(displays)} outputs")
    with progress.stage("Render") as note:
        note(_render(study, engine, displays, folder / DOCUMENT))


def _simulated(study: StudyFolder) -> dict[str, pd.DataFrame]:
    from csrbook.pipeline.simulate import PROGRAM

    if not (study.root / PROGRAM).is_file():
        raise UsageError("the study has no simulation, and shells use no other data", PROGRAM, "write it")
    made = study.package("simulation.database").simulate_study(study.root, study.plan, SUBJECTS, None)
    frames: dict[str, pd.DataFrame] = made.frames
    return frames


def _run(study: StudyFolder, data: SimulatedFrames) -> list[tuple[Output, OutputRun]]:
    """Every program, with its numbers masked where they become text.

    Raises
    ------
    CsrbookError
        The first error of a program.
    """
    from csrbook.ard import observed
    from csrbook.displays.shells import mask_row
    from csrbook.pipeline.output_run import run_output
    from csrbook.pipeline.run import choose_outputs

    made = []
    for output in choose_outputs(study, []):
        if output.kind == "document":
            # A document is made from the plan: its numbers are those to be approved.
            run = run_output(study, data, output, study.plan)
        else:
            with observed(mask_row):
                run = run_output(study, data, output, study.plan, unchecked=True)
        if run.failure is not None:
            raise run.failure
        made.append((output, run))
    return made


def _words_of_data(study: StudyFolder, frames: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Texts that are values of the database and stand nowhere in the plan, with the label of their variable."""
    from csrbook.lock import load_schemas

    plan = study.plan
    planned = {text.casefold() for text in _texts(plan.model_dump(mode="json"))}
    labels = {
        variable.name: variable.label
        for specification in load_schemas(study.root).datasets.values()
        for variable in specification.variables
    }
    columns = [
        (str(name), frame[name].unique()) for frame in frames.values() for name in frame if frame[name].dtype == object
    ]
    words: dict[str, str] = {}
    # A term stands in several variables: it is called after one that the plan names, else after the coarsest.
    for name, values in sorted(columns, key=lambda column: (column[0].casefold() not in planned, len(column[1]))):
        for value in values:
            word = str(value).strip().casefold()
            if word and word not in planned:
                words.setdefault(word, labels.get(name) or name)
    return words


def _texts(content: Any) -> list[str]:
    """Every text of nested content, keys too."""
    if isinstance(content, str):
        return [content]
    if isinstance(content, dict):
        return [text for key, value in content.items() for text in (str(key), *_texts(value))]
    if isinstance(content, list):
        return [text for item in content for text in _texts(item)]
    return []


def _render(study: StudyFolder, engine: str, displays: Sequence[Mapping[str, Any]], target: Path) -> str:
    """Render the appendix with these displays; returns what made it."""
    from csrbook.displays.log_document import log_document
    from csrbook.displays.plan_document import plan_document
    from csrbook.displays.shells import SHELL
    from csrbook.pipeline.appendix import APPENDIX, placed_tables
    from csrbook.pipeline.pages import edition_of
    from csrbook.pipeline.run import SAS_DAY_OF_1970, LockIdentity
    from csrbook.render import create_project, render_documents

    lock = LockIdentity(NO_LOCK, SAS_DAY_OF_1970, simulated=False)
    edition = replace(edition_of(study.plan, lock), status=SHELL, data_cutoff=NO_DATE)
    content, log = plan_document(study.plan, placed_tables(study)), log_document({}, {})
    with tempfile.TemporaryDirectory(prefix="csrbook-") as temporary:
        project = create_project(
            Path(temporary) / "project",
            study.root,
            edition=edition,
            displays=displays,
            plan={name: {**content[name], **log[name]} for name in content},
            timestamp=lock.timestamp,
        )
        rendered = render_documents(project, (APPENDIX,), engine=engine, timestamp=lock.timestamp)
        shutil.move(rendered.files[0], target)
    return f"{rendered.engine} engine"
