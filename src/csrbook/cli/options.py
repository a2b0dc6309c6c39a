"""Options that several commands share, and groups whose usual command may be left unnamed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

__all__ = [
    "HERE",
    "CertificateOption",
    "CodesOption",
    "EngineOption",
    "LanguagesOption",
    "ListingOption",
    "LockArgument",
    "LockGroup",
    "LockOption",
    "NameOption",
    "QcGroup",
    "ResultsOption",
    "StudyOption",
    "WorkersOption",
]

StudyOption = Annotated[Path, typer.Option("--study", help="Folder of the study (or below it).")]
LockOption = Annotated[str | None, typer.Option("--lock", help="Id of the lock.")]
EngineOption = Annotated[str, typer.Option("--engine", help="auto, quarto or embedded.")]
LanguagesOption = Annotated[
    list[str] | None, typer.Option("--lang", help="A further edition, such as zh; may be repeated.")
]
CodesOption = Annotated[Path | None, typer.Option("--codes", help="File with the treatment codes.")]
NameOption = Annotated[str, typer.Option("--name", help="Who answers for it.")]
LockArgument = Annotated[str, typer.Argument(metavar="LOCK", help="Id of the lock, or its beginning.")]
CertificateOption = Annotated[
    Path | None, typer.Option("--ca", help="Certificates of the time-stamping authority, PEM.")
]
WorkersOption = Annotated[int | None, typer.Option("--workers", min=1, help="Processes; the cores where absent.")]
ResultsOption = Annotated[
    Path | None, typer.Option(help="Folder with production's ard.parquet; its programs run where absent.")
]
ListingOption = Annotated[Path | None, typer.Option(help="New CSV file: every number with both values.")]
HERE = Path()


class _Group(TyperGroup):
    """A group whose usual command may be left out."""

    usual = ""

    def _named(self, ctx: Any, args: list[str]) -> bool:
        return args[0] in (*self.commands, *ctx.help_option_names)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in the command that is left out."""
        if args and not self._named(ctx, args):
            args = [self.usual, *args]
        return super().parse_args(ctx, args)


class LockGroup(_Group):
    """Takes `csrbook lock TRANSFER` for `csrbook lock create TRANSFER`."""

    usual = "create"


class QcGroup(_Group):
    """Takes `csrbook qc` for `csrbook qc run`."""

    usual = "run"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in the command that is left out, where nothing follows too."""
        return super().parse_args(ctx, args or [self.usual])
