"""What the commands from the status to the pages do, told on the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.errors import UsageError
from csrbook.pipeline.progress import Progress
from csrbook.pipeline.study import find_study

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from pathlib import Path
    from typing import Any

    from csrbook.lock import LockedData
    from csrbook.pipeline.study import StudyFolder

__all__ = [
    "explain_number",
    "print_status",
    "render_shells",
    "render_study",
    "run_programs",
    "simulate_study",
]


def print_status(folder: Path, *, every: bool) -> None:
    """Print the state of the catalogue as a table."""
    from tabulate import tabulate

    from csrbook.lock.blinding import plan_state
    from csrbook.pipeline.double_programming import double_programmed
    from csrbook.pipeline.plan_commands import said_of

    study = find_study(folder)
    qc = double_programmed(study)
    catalogue = study.plan.catalogue
    if every:
        rows = [
            [
                o.id,
                o.title,
                (o.program or "not yet").removeprefix("analyses/"),
                o.qc_level,
                qc.get(o.id, "not yet").removeprefix("qc/"),
            ]
            for o in catalogue.outputs
        ]
        head = ["Output", "Title", "Program\nin analyses/", "QC\nlevel", "Program\nin qc/"]
        _print(tabulate(rows, headers=head, maxcolwidths=[None, 30, 30, None, 15]))
        _print("")
    sections: dict[str, list[int]] = {}
    for output in catalogue.outputs:
        section = catalogue.section(output)
        row = sections.setdefault(f"{section.number} {section.title}", [0, 0, 0])
        row[0] += 1
        row[1] += output.programmed
        row[2] += output.id in qc
    total = [sum(row[i] for row in sections.values()) for i in range(3)]
    table = [[name, *row] for name, row in sections.items()] + [["All", *total]]
    head = ["Section", "Outputs", "Programmed", "Double-\nprogrammed"]
    _print(tabulate(table, headers=head, maxcolwidths=[56, None, None, None]))
    _print(f"\n{said_of(study, plan_state(study.root, study.locks))}")


def simulate_study(folder: Path, subjects: int | None, seed: int | None) -> None:
    """Simulate a transfer."""
    from csrbook.pipeline.simulate import simulate_transfer

    progress = Progress()
    study = find_study(folder)
    with progress.stage("Simulate") as note:
        transfer = simulate_transfer(study, subjects=subjects, seed=seed)
        note(f"{transfer.subjects:,} subjects, {transfer.records:,} records")
    progress.say(f"Transfer: data/{transfer.folder.name}")


def run_programs(
    folder: Path,
    outputs: Sequence[str],
    lock_id: str | None,
    results: Path | None,
    pages: Path | None = None,
    engine: str = "auto",
    workers: int | None = None,
) -> None:
    """Run programs, print their numbers, and write numbers and pages where a folder and a file are named.

    All programs run, and what succeeded is written with the log, before an error of any of them is raised. Outputs that
    are named run in any case; of all others the results are taken whose inputs did not change.
    """
    from csrbook.pipeline.files import require_new_file
    from csrbook.pipeline.lock_commands import locked
    from csrbook.pipeline.pages import render_outputs
    from csrbook.pipeline.post_hoc import post_hoc_outputs
    from csrbook.pipeline.render import lock_identity
    from csrbook.pipeline.result_cache import ResultCache
    from csrbook.pipeline.run import choose_outputs, run_outputs, write_results
    from csrbook.pipeline.workers import default_workers

    progress = Progress()
    study = find_study(folder)
    if results is not None and results.exists():
        raise UsageError("the folder for the results exists already", str(results), "name a new folder")
    if pages is not None:
        require_new_file(pages)
    chosen = choose_outputs(study, outputs)
    data = locked(study, lock_id)
    result = run_outputs(
        study,
        data,
        lock_identity(data),
        chosen,
        post_hoc=post_hoc_outputs(study, data),
        workers=workers or default_workers(),
        cache=None if outputs else ResultCache(study, data),
        strict=False,
    )
    for output in chosen:
        rows = result.ard[result.ard["output_id"] == output.id]
        if outputs:
            _print(_numbers(rows.to_dict("records")))
        entry = result.log[output.id]
        progress.say(
            f"{output.number:<20} {len(rows):6} numbers, {entry.warnings} warnings{'; FAILED' * bool(entry.error)}"
        )
        for message in (*entry.messages, *entry.data_warnings) if outputs else ():
            progress.say(f"  {message}")
    if result.kept:
        progress.say(f"{result.kept} of {len(chosen)} outputs are those of an earlier run: nothing changed for them")
    if results is not None:
        write_results(result, results)
        progress.say(f"Results: {results}")
    result.require_success()
    if pages is not None:
        render_outputs(study, result, pages, engine)
        progress.say(f"Pages: {pages}")


def explain_number(folder: Path, output_id: str, row: str, column: str, lock_id: str | None) -> None:
    """Print what stands behind a cell."""
    from csrbook.pipeline.explain import explain_cell, told
    from csrbook.pipeline.lock_commands import locked
    from csrbook.pipeline.run import choose_outputs

    progress = Progress()
    study = find_study(folder)
    (output,) = choose_outputs(study, [output_id])
    data = locked(study, lock_id)
    with progress.stage("Trace") as note:
        explanation = explain_cell(study, data, output, row, column)
        note(f"{len(explanation.subjects)} subjects, {len(explanation.records)} records")
    keys = {name: list(dataset["keys"]) for name, dataset in data.manifest["datasets"].items()}
    for line in told(explanation, study, data, keys):
        _print(line)


def render_shells(
    folder: Path,
    outputs: Sequence[str],
    lock_id: str | None,
    results: Path | None,
    pages: Path | None,
    engine: str,
) -> None:
    """Make every page with placeholders, from the plan and the programs alone."""
    from csrbook.pipeline.shells import make_shells
    from csrbook.render.engine import choose_engine

    if lock_id or outputs:
        raise UsageError(
            "shells are made of the whole catalogue and of no patient's data",
            "--lock" if lock_id else ", ".join(outputs),
            "leave it out; shells run on a simulated database in memory",
        )
    if pages is not None:
        raise UsageError("shells are a document of their own", "--pdf", "leave it out, or name a folder by --results")
    progress = Progress()
    study = find_study(folder)
    choose_engine(engine)
    published = make_shells(study, engine, progress, results)
    place = str(results) if published is None else published.folder.relative_to(study.root).as_posix()
    same = published is not None and not published.new
    progress.say(
        f"Done in {progress.seconds:.1f} s. {'Nothing changed: the shells are those of' * same or 'Shells:'} {place}"
    )


def render_study(
    folder: Path,
    lock_id: str | None,
    engine: str,
    subjects: int | None,
    workers: int | None = None,
    languages: Sequence[str] = (),
    *,
    final: bool = False,
) -> None:
    """Make every page, where anything changed since the last time.

    Raises
    ------
    ComparisonError
        Double programming differs: the pages are published and say so, but for final ones, which then are not.
    """
    from csrbook.pipeline.unchanged import published_before, remember, sources_digest

    progress = Progress()
    study = find_study(folder)
    if lock_id and subjects:
        raise UsageError(
            "--subjects goes with a simulated trial, not with a lock", "--subjects", "leave one of them out"
        )
    sources = sources_digest(study, [lock_id, subjects, final, *languages], engine)
    if last := published_before(study, sources):
        progress.say(f"Done in {progress.seconds:.1f} s. {_same_pages(study, last.folder)}")
        return
    # Its libraries take a second to load, which is not spent where nothing changed.
    from csrbook.pipeline.lock_commands import locked
    from csrbook.pipeline.render import render_lock

    with progress.stage("Plan") as note:
        note(f"{study.plan.study.registry}, {len(study.plan.catalogue.outputs)} outputs in the catalogue")
    data = locked(study, lock_id) if lock_id else _lock_at_hand(study, subjects, progress)
    rendered = render_lock(study, data, engine, progress, workers, languages=languages, final=final)
    published = rendered.published
    if published.new:
        _record(study, data, published.folder.name, progress)
        for change in published.changes[:10]:
            progress.say(f"  {change}")
        progress.say(f"Done in {progress.seconds:.1f} s. Pages: {published.folder.relative_to(study.root).as_posix()}")
    else:
        progress.say(f"Done in {progress.seconds:.1f} s. {_same_pages(study, published.folder)}")
    rendered.verification.require_agreement()
    remember(study, sources, data.id, published)


def _same_pages(study: StudyFolder, folder: Path) -> str:
    return f"Nothing changed: the pages are those of {folder.relative_to(study.root).as_posix()}"


def _record(study: StudyFolder, data: LockedData, version: str, progress: Progress) -> None:
    """Enter a new version in the audit trail; locks may also be rendered where nobody may write to them."""
    from csrbook.lock.audit_trail import append

    try:
        append(study.locks, "render", id=data.id, version=version)
    except OSError as error:
        progress.say(f"  The audit trail cannot be written ({error.strerror}): it lacks this version")


def _lock_at_hand(study: StudyFolder, subjects: int | None, progress: Progress) -> LockedData:
    """The one lock of real data that is in force, or a simulated one where there is no real one.

    Raises
    ------
    UsageError
        Where there are several locks of real data, so that the user must say which, or all were unlocked.
    """
    from csrbook.lock import create_lock, list_locks, open_lock, read_manifest
    from csrbook.lock.status import require_in_force, unlocking
    from csrbook.pipeline.lock_commands import opened
    from csrbook.pipeline.simulate import simulate_transfer

    manifests = {path: read_manifest(path) for path in list_locks(study.locks)}
    every = [path for path, manifest in manifests.items() if manifest["origin"] != "simulated"]
    received = [path for path in every if unlocking(path) is None]
    if every and not received:
        require_in_force(every[-1])
    # What was locked with the real codes takes the place of the dry runs.
    real = [path for path in received if manifests[path]["treatment_codes"] == "real"] or received
    if len(real) > 1:
        names = ", ".join(path.name for path in real)
        raise UsageError(f"there are {len(real)} locks: {names}", "locks/", "name one by --lock")
    if real:
        with progress.stage("Lock") as note:
            data = opened(study, real[0])
            note(f"{data.id} verified")
        return data
    with progress.stage("Simulate") as note:
        transfer = simulate_transfer(study, subjects=subjects)
        note(f"no lock of real data: {transfer.subjects:,} subjects, {transfer.records:,} records")
    with progress.stage("Lock") as note:
        lock = create_lock(transfer.folder / "xpt", study.plan, study.root, study.locks)
        note(lock.summary)
        return open_lock(lock.path, study.plan)


def _numbers(rows: list[dict[Hashable, Any]]) -> str:
    """ARD rows as a table no wider than a terminal; ``KM_RATE, ITT, FUL, PFSINV, MONTH 12`` names a number."""
    from tabulate import tabulate

    table = []
    for row in rows:
        keys = [row[key] for key in ("analysis_id", "analysis_set", "group1_level", "group2_level")]
        name = ", ".join(filter(None, [*keys, f"{row['variable']} {row['variable_level']}".strip()]))
        value = "" if row["value"] != row["value"] else f"{row['value']:.10g}"
        table.append([name, row["stat_name"], value, ": ".join(filter(None, (row["formatted"], row["error"])))])
    head = ["Number", "Statistic", "Value", "Printed"]
    return str(tabulate(table, headers=head, maxcolwidths=[44, 15, None, 22], disable_numparse=True))


def _print(text: str) -> None:
    print(text)
