"""Commands of double programming."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from csrbook.cli.options import (
    HERE,
    ListingOption,
    LockOption,
    QcGroup,
    ResultsOption,
    StudyOption,
    WorkersOption,
)

__all__ = ["app"]

app = typer.Typer(cls=QcGroup)


@app.command("run")
def qc_run(
    outputs: Annotated[list[str] | None, typer.Argument(help="Ids of outputs; everything where absent.")] = None,
    study: StudyOption = HERE,
    lock_id: LockOption = None,
    results: ResultsOption = None,
    listing: ListingOption = None,
    workers: WorkersOption = None,
) -> None:
    """Recompute every number by the second programmer's programs and compare; `csrbook qc` for short.

    With those of production, number by number. Exit code 1 on any difference that is not waived.
    """
    from csrbook.pipeline.qc_commands import run_double_programming

    run_double_programming(study, outputs or [], lock_id, results, listing, workers)


@app.command()
def template(
    outputs: Annotated[list[str], typer.Argument(help="Ids of outputs.")],
    out: Annotated[Path, typer.Option(help="New folder.")],
    study: StudyOption = HERE,
    lock_id: LockOption = None,
    *,
    data: Annotated[bool, typer.Option("--data", help="With the locked data as CSV.")] = False,
) -> None:
    """Write the numbers that the plan asks for, by key, with empty values.

    As CSV and JSON, with the plan. A filled file from SAS, R or Python is all that a second programmer owes.
    """
    from csrbook.pipeline.qc_commands import write_templates

    write_templates(study, outputs, lock_id, out, with_data=data)


@app.command()
def compare(
    files: Annotated[list[Path], typer.Argument(help="Filled templates, CSV or JSON.")],
    study: StudyOption = HERE,
    lock_id: LockOption = None,
    results: ResultsOption = None,
    listing: ListingOption = None,
    name: Annotated[str, typer.Option(help="Who filled them; keeps them for the certificate.")] = "",
    stack: Annotated[str, typer.Option(help='By which software, such as "SAS 9.4 TS1M8".')] = "",
    date: Annotated[str, typer.Option(help="When, as 2026-01-15.")] = "",
) -> None:
    """Compare filled templates with production.

    Exit code 1 on any difference that is not waived, 3 where a file was filled from another lock.
    """
    from csrbook.pipeline.qc_commands import compare_filled

    compare_filled(study, files, lock_id, results, listing, (name, stack, date))
