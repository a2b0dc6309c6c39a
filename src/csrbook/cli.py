"""The command line. Everything but the shape of the commands is imported only when a command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(
    help="Tables, listings, figures and appendices of a clinical study report, from a plan and locked data.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

StudyOption = Annotated[Path, typer.Option("--study", help="Folder of the study (or below it).")]
LockOption = Annotated[str | None, typer.Option("--lock", help="Id of the lock.")]
EngineOption = Annotated[str, typer.Option("--engine", help="auto, quarto or embedded.")]
HERE = Path()


@app.callback()
def _csrbook() -> None:
    """Keep `csrbook COMMAND` even if there were only one command."""


@app.command()
def check(study: StudyOption = HERE) -> None:
    """Check the plan, the programs and the appendix.

    Every program must load, and every programmed output have its place in the appendix, in the catalogue's order.
    """
    from csrbook.pipeline.commands import check_study

    check_study(study)


@app.command()
def status(
    study: StudyOption = HERE,
    *,
    every: Annotated[bool, typer.Option("--all", help="List every output.")] = False,
) -> None:
    """Count what is programmed and double-programmed."""
    from csrbook.pipeline.commands import print_status

    print_status(study, every=every)


@app.command()
def simulate(
    study: StudyOption = HERE,
    subjects: Annotated[int | None, typer.Option(help="Randomised subjects.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed; the plan's where absent.")] = None,
) -> None:
    """Simulate the trial's database below data/.

    As XPT v5 and as Parquet. The same seed and number of subjects give the same bytes.
    """
    from csrbook.pipeline.commands import simulate_study

    simulate_study(study, subjects, seed)


@app.command()
def lock(
    transfer: Annotated[Path, typer.Argument(help="Folder with one file a dataset (.xpt or .parquet).")],
    study: StudyOption = HERE,
) -> None:
    """Validate a transfer and lock it.

    Nothing is locked unless every schema and every rule that rejects holds; then all of it, below locks/.
    """
    from csrbook.pipeline.commands import lock_transfer

    lock_transfer(study, transfer)


@app.command()
def verify(
    study: StudyOption = HERE,
    lock_id: LockOption = None,
) -> None:
    """Verify locks and the pages published from them.

    All locks, or the one that --lock names.
    """
    from csrbook.pipeline.commands import verify_study

    verify_study(study, lock_id)


@app.command()
def run(
    outputs: Annotated[list[str] | None, typer.Argument(help="Outputs such as T14.2.1.1; all where absent.")] = None,
    study: StudyOption = HERE,
    lock_id: LockOption = None,
    results: Annotated[Path | None, typer.Option(help="New folder for ard.parquet and the displays.")] = None,
) -> None:
    """Run programs on a lock and print their numbers.

    Nothing is published. Without --lock the newest lock is taken.
    """
    from csrbook.pipeline.commands import run_programs

    run_programs(study, outputs or [], lock_id, results)


@app.command()
def qc(
    study: StudyOption = HERE,
    lock_id: LockOption = None,
    results: Annotated[
        Path | None,
        typer.Option(help="Folder with ard.parquet; the latest published version where absent."),
    ] = None,
) -> None:
    """Compare the second programmer's numbers.

    With those of production, number by number. Exit code 1 on any difference.
    """
    from csrbook.pipeline.commands import double_programme

    double_programme(study, lock_id, results)


@app.command()
def render(
    study: StudyOption = HERE,
    lock_id: LockOption = None,
    engine: EngineOption = "auto",
    subjects: Annotated[int | None, typer.Option(help="Of a simulated trial.")] = None,
) -> None:
    """Make every page and publish a version.

    Takes the one lock of real data, else simulates the trial's database and locks it; then analyses, double
    programming, pages. Published as outputs/LOCK/vNNN, only when all is done and something changed.
    """
    from csrbook.pipeline.commands import render_study

    render_study(study, lock_id, engine, subjects)
