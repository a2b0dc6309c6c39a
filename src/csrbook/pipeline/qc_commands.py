"""What the commands of double programming do, told on the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from csrbook.errors import UsageError
from csrbook.pipeline.files import require_new_file
from csrbook.pipeline.lock_commands import locked
from csrbook.pipeline.progress import Progress
from csrbook.pipeline.study import find_study

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from csrbook.compare import Comparison
    from csrbook.lock import LockedData
    from csrbook.pipeline.study import StudyFolder

__all__ = ["About", "compare_filled", "run_double_programming", "write_templates"]

About: TypeAlias = tuple[str, str, str]
"""Who filled a template, by which software, and when."""


def run_double_programming(
    folder: Path,
    outputs: Sequence[str],
    lock_id: str | None,
    results: Path | None,
    listing: Path | None,
    workers: int | None,
) -> None:
    """Recompute and compare what the register of the second programmer covers.

    Parameters
    ----------
    folder : Path
        The study's folder, or one below it.
    outputs : sequence of str
        Ids; everything where empty.
    lock_id : str, optional
    results : Path, optional
        Folder with production's ``ard.parquet``; it also receives ``qc.json`` and ``qc.parquet``. Without it
        production's programs run, as far as their results are not kept.
    listing : Path, optional
        New CSV file for every number with both values.
    workers : int, optional
        Processes; the cores where absent.

    Raises
    ------
    ComparisonError
        A number differs without a waiver.
    """
    from csrbook.pipeline.double_programming import verify_aloud, write_verification
    from csrbook.pipeline.workers import default_workers

    progress = Progress()
    study = find_study(folder)
    if listing is not None:
        require_new_file(listing)
    data = locked(study, lock_id)
    ard = _production(study, data, outputs, results)
    verification = verify_aloud(study, data, ard, progress, workers or default_workers(), outputs)
    if results is not None:
        write_verification(study, verification, results)
    if verification.agrees is None:
        return
    _tell(verification.comparison, verification.return_code, listing, progress)
    verification.require_agreement()


def write_templates(folder: Path, outputs: Sequence[str], lock_id: str | None, out: Path, *, with_data: bool) -> None:
    """Write the templates of outputs, and what a second programmer needs to fill them.

    Raises
    ------
    UsageError
        The folder exists already.
    """
    from csrbook.double_programming.contract import template_rows, write_template
    from csrbook.double_programming.package import write_data, write_plan
    from csrbook.pipeline.run import choose_outputs

    progress = Progress()
    study = find_study(folder)
    if out.exists():
        raise UsageError("the folder exists already; nothing is overwritten", str(out), "name a new folder")
    data = locked(study, lock_id)
    chosen = choose_outputs(study, outputs)
    ard = _production(study, data, outputs, None)
    out.mkdir(parents=True)
    for output in chosen:
        rows = template_rows(ard[ard["output_id"] == output.id], data.hash)
        write_template(rows, out / output.id)
        progress.say(f"{output.number:<20} {len(rows):6} numbers: {out / output.id}.csv, .json")
    write_plan(study.plan, chosen, data, out)
    if with_data:
        write_data(data, out)
        progress.say(f"Data of lock {data.id}: {out / 'data'} (patients' data: keep them as the lock is kept)")


def compare_filled(
    folder: Path,
    files: Sequence[Path],
    lock_id: str | None,
    results: Path | None,
    listing: Path | None,
    about: About,
) -> None:
    """Compare filled templates with production.

    Parameters
    ----------
    folder : Path
        The study's folder, or one below it.
    files : sequence of Path
        CSV or JSON.
    lock_id : str, optional
    results : Path, optional
        Folder with production's ``ard.parquet``.
    listing : Path, optional
        New CSV file for every number with both values.
    about : About
        Where one of them is given, the files are kept, so that they count in the verdict, on the pages and in the
        certificate.

    Raises
    ------
    UsageError
        It is not said in full who filled the files.
    ComparisonError
        A number differs without a waiver. A file that is to be kept is kept all the same: what it found must show.
    """
    import pandas as pd

    from csrbook.double_programming.checks import Rulebook
    from csrbook.double_programming.contract import read_filled
    from csrbook.double_programming.received import keep_file

    progress = Progress()
    study = find_study(folder)
    if listing is not None:
        require_new_file(listing)
    _require_whole(about)
    data = locked(study, lock_id)
    filled = [read_filled(path, data.hash) for path in files]
    outputs = tuple(dict.fromkeys(name for file in filled for name in file.outputs))
    ard = _production(study, data, outputs, results)
    rulebook = Rulebook.of(study.plan.study.double_programming, study.qc_findings)
    numbers = pd.concat([file.numbers for file in filled], ignore_index=True)
    comparison = rulebook.compare(ard[ard["output_id"].isin(outputs)], numbers, outputs)
    if any(about):
        for path in files:
            progress.say(f"Kept: {keep_file(study.data, data.id, path, *about)}")
    _tell(comparison, comparison.return_code, listing, progress)
    comparison.require_agreement()


def _require_whole(about: About) -> None:
    from datetime import date

    if not any(about):
        return
    if not all(text.strip() for text in about):
        raise UsageError("who filled the files is said in part", "--name, --stack, --date", "give all three, or none")
    try:
        date.fromisoformat(about[2])
    except ValueError as error:
        raise UsageError(f"'{about[2]}' is no date", "--date", "give one such as 2026-01-15") from error


def _production(study: StudyFolder, data: LockedData, outputs: Sequence[str], results: Path | None) -> pd.DataFrame:
    """Production's numbers: those of a folder of results, else of its programs as they are now."""
    import pandas as pd

    from csrbook.pipeline.render import lock_identity
    from csrbook.pipeline.result_cache import ResultCache
    from csrbook.pipeline.run import choose_outputs, run_outputs
    from csrbook.pipeline.workers import default_workers

    chosen = choose_outputs(study, outputs)
    if results is None:
        cache = ResultCache(study, data)
        return run_outputs(study, data, lock_identity(data), chosen, workers=default_workers(), cache=cache).ard
    path = results / "ard.parquet"
    if not path.is_file():
        raise UsageError("no ard.parquet in the folder of results", str(results), "name a folder of results")
    return pd.read_parquet(path)


def _tell(comparison: Comparison, code: int, listing: Path | None, progress: Progress) -> None:
    # The error lists the numbers that do not match.
    print(comparison.table(limit=0))
    print(f"\nReturn code (as SYSINFO after PROC COMPARE): {code}")
    if listing is not None:
        from csrbook.data import csv_text

        frame = comparison.frame
        text = csv_text(list(frame.columns), frame.astype(object).to_numpy().tolist())
        listing.write_text(text, encoding="utf-8", newline="")
        progress.say(f"Listing: {listing}")
