"""The command line. Everything but the shape of the commands is imported only when a command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from csrbook.cli import lock, plan, qc
from csrbook.cli.options import (
    HERE,
    EngineOption,
    LanguagesOption,
    LockOption,
    StudyOption,
    WorkersOption,
)

__all__ = ["app"]

app = typer.Typer(
    help="Tables, listings, figures and appendices of a clinical study report, from a plan and locked data.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(qc.app, name="qc", help="Double programming: compare; templates, and filled ones.")
app.add_typer(plan.app, name="plan", help="Freeze the plan; compare it with the frozen one.")
app.add_typer(lock.app)


@app.callback()
def _csrbook() -> None:
    """Keep `csrbook COMMAND` even if there were only one command."""


@app.command()
def check(study: StudyOption = HERE) -> None:
    """Check the plan, the programs and the appendix.

    Every program must load, and every programmed output have its place in the appendix, in the catalogue's order.
    """
    from csrbook.pipeline.plan_commands import check_study

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
def validate(
    transfer: Annotated[Path, typer.Argument(help="Folder with one file a dataset.")],
    study: StudyOption = HERE,
    csv: Annotated[Path | None, typer.Option(help="New file for the findings.")] = None,
    report: Annotated[Path | None, typer.Option(help="New PDF: the validation report.")] = None,
) -> None:
    """Hold a transfer against schemas and rules.

    Nothing is locked. Exit code 1 where a finding would keep the data from being locked.
    """
    from csrbook.pipeline.validation import validate_transfer

    validate_transfer(study, transfer, csv, report)


@app.command()
def run(
    outputs: Annotated[list[str] | None, typer.Argument(help="Outputs such as T14.2.1.1; all where absent.")] = None,
    study: StudyOption = HERE,
    lock_id: LockOption = None,
    results: Annotated[Path | None, typer.Option(help="New folder for ard.parquet and the displays.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="New PDF with the pages of these outputs.")] = None,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    *,
    shells: Annotated[bool, typer.Option("--shells", help="All pages with placeholders; reads no lock.")] = False,
) -> None:
    """Run programs on a lock and print their numbers.

    Nothing is published. Without --lock the newest lock is taken.
    """
    if shells:
        from csrbook.pipeline.commands import render_shells

        render_shells(study, outputs or [], lock_id, results, pdf, engine)
        return
    from csrbook.pipeline.commands import run_programs

    run_programs(study, outputs or [], lock_id, results, pdf, engine, workers)


@app.command()
def explain(
    output: Annotated[str, typer.Argument(help="A table, such as T14.3.1.2.")],
    row: Annotated[str, typer.Option(help='Label of the row, or "Label above > Label".')],
    column: Annotated[str, typer.Option(help="Words of the heads over the column.")],
    study: StudyOption = HERE,
    lock_id: LockOption = None,
) -> None:
    """Show what stands behind a cell of a table.

    The plan row, the program's line, the filter, and for a count the subjects and records.
    """
    from csrbook.pipeline.commands import explain_number

    explain_number(study, output, row, column, lock_id)


@app.command()
def render(
    study: StudyOption = HERE,
    lock_id: LockOption = None,
    engine: EngineOption = "auto",
    subjects: Annotated[
        int | None,
        typer.Option(
            help="Of a simulated trial; another size than planned has another cut-off, which double programming names."
        ),
    ] = None,
    workers: WorkersOption = None,
    languages: LanguagesOption = None,
    *,
    final: Annotated[bool, typer.Option("--final", help="Only if double programming is complete and agrees.")] = False,
) -> None:
    """Make every page and publish a version.

    Takes the one lock of real data, else simulates the trial's database and locks it; then analyses, double
    programming, pages. Published as outputs/LOCK/vNNN, only when all is done and something changed. Each page states
    what double programming found; exit code 1 where a number differs.
    """
    from csrbook.pipeline.commands import render_study

    render_study(study, lock_id, engine, subjects, workers, languages or [], final=final)


@app.command()
def translate(
    language: Annotated[str, typer.Option("--lang", help="Language, such as zh.")],
    study: StudyOption = HERE,
    results: Annotated[
        Path | None, typer.Option(help="Folder with results; those published last where absent.")
    ] = None,
) -> None:
    """Add what has no translation to the translator's file.

    It goes into translations/LANG.po, empty; what is printed no more is marked. Takes the newest published results
    where no folder is named.
    """
    from csrbook.pipeline.page_commands import translate_study

    translate_study(study, language, results)


@app.command()
def conformance(
    folder: Annotated[Path | None, typer.Argument(help="A published version; the newest where absent.")] = None,
    study: StudyOption = HERE,
    workers: WorkersOption = None,
) -> None:
    """Check published files against the standards.

    PDF/A-2a, PDF/UA-1, and the rules of FDA and eCTD. Rows on the pages are compared with the results. veraPDF is asked
    too, where it is on PATH. Exit code 1 on any finding.
    """
    from csrbook.pipeline.page_commands import check_conformance

    check_conformance(study, folder, workers)
