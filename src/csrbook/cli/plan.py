"""Commands of the frozen plan."""

from __future__ import annotations

from typing import Annotated

import typer

from csrbook.cli.options import (
    HERE,
    NameOption,
    StudyOption,
)

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.command()
def freeze(
    name: NameOption,
    reason: Annotated[str, typer.Option(help="Why the plan is frozen anew.")] = "",
    study: StudyOption = HERE,
) -> None:
    """Freeze the plan with its programs.

    Only a plan that checks. It may be frozen anew, with a reason, until the treatment codes are known.
    """
    from csrbook.pipeline.plan_commands import freeze_study

    freeze_study(study, name, reason)


@app.command()
def show(study: StudyOption = HERE) -> None:
    """Show the freezes and whether the study is unblinded."""
    from csrbook.pipeline.plan_commands import show_frozen

    show_frozen(study)


@app.command()
def diff(study: StudyOption = HERE) -> None:
    """Show what differs from the frozen plan.

    Part by part, with the outputs that rest on it.
    """
    from csrbook.pipeline.plan_commands import show_plan_changes

    show_plan_changes(study)
