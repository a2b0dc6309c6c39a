"""The command line. Everything but the shape of the commands is imported only when a command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

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
CodesOption = Annotated[Path | None, typer.Option("--codes", help="File with the treatment codes.")]
NameOption = Annotated[str, typer.Option("--name", help="Who answers for it.")]
LockArgument = Annotated[str, typer.Argument(metavar="LOCK", help="Id of the lock, or its beginning.")]
CertificateOption = Annotated[
    Path | None, typer.Option("--ca", help="Certificates of the time-stamping authority, PEM.")
]
WorkersOption = Annotated[int | None, typer.Option("--workers", min=1, help="Processes; the cores where absent.")]
HERE = Path()


class LockGroup(TyperGroup):
    """Takes `csrbook lock TRANSFER` for `csrbook lock create TRANSFER`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in the command that is left out."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["create", *args]
        return super().parse_args(ctx, args)


plan_app = typer.Typer(no_args_is_help=True)
lock_app = typer.Typer(cls=LockGroup, no_args_is_help=True)
keys_app = typer.Typer(no_args_is_help=True)
timestamp_app = typer.Typer(no_args_is_help=True)
app.add_typer(plan_app, name="plan", help="Freeze the plan; compare it with the frozen one.")
app.add_typer(lock_app, name="lock", help="Lock a transfer (csrbook lock TRANSFER); compare locks.")
app.add_typer(keys_app, name="keys", help="Make a key to sign with.")
app.add_typer(timestamp_app, name="timestamp", help="Have an authority stamp the time.")


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


@plan_app.command()
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


@plan_app.command()
def show(study: StudyOption = HERE) -> None:
    """Show the freezes and whether the study is unblinded."""
    from csrbook.pipeline.plan_commands import show_frozen

    show_frozen(study)


@plan_app.command()
def diff(study: StudyOption = HERE) -> None:
    """Show what differs from the frozen plan.

    Part by part, with the outputs that rest on it.
    """
    from csrbook.pipeline.plan_commands import show_plan_changes

    show_plan_changes(study)


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


@lock_app.command("create")
def create_lock(
    transfer: Annotated[Path, typer.Argument(help="Folder with one file a dataset (.xpt or .parquet).")],
    study: StudyOption = HERE,
    codes: CodesOption = None,
    parent: Annotated[str | None, typer.Option(help="Id of the lock before; the newest where absent.")] = None,
    reason: Annotated[str, typer.Option(help="Why the data are locked again.")] = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With dummy treatment codes.")] = False,
) -> None:
    """Validate a transfer and lock it; `csrbook lock TRANSFER` for short.

    Nothing is locked unless every schema and every rule that rejects holds; then all of it, below locks/.
    """
    from csrbook.pipeline.lock_commands import lock_transfer

    lock_transfer(study, transfer, codes, dry_run=dry_run, parent=parent, reason=reason)


@lock_app.command("diff")
def lock_diff(
    older: Annotated[str, typer.Argument(help="Id of a lock.")],
    newer: Annotated[str, typer.Argument(help="Id of another one.")],
    study: StudyOption = HERE,
    out: Annotated[Path | None, typer.Option("--csv", help="New file for all changes.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Changes to print.")] = 20,
) -> None:
    """Show what changed from one lock to another.

    Subjects, records and values, by key.
    """
    from csrbook.pipeline.lock_commands import compare_two_locks

    compare_two_locks(study, older, newer, out, limit)


@app.command()
def unlock(
    lock_id: LockArgument,
    name: NameOption,
    reason: Annotated[str, typer.Option(help="Why.")],
    study: StudyOption = HERE,
) -> None:
    """Take a lock out of force.

    Nothing is deleted. The audit trail keeps name and reason; pages are made from the lock no more.
    """
    from csrbook.pipeline.lock_commands import unlock_study

    unlock_study(study, lock_id, name, reason)


@keys_app.command("new")
def new_key(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    out: Annotated[Path, typer.Option(help="New file for the private key.")],
    *,
    passphrase: Annotated[bool, typer.Option("--passphrase", help="Ask for one that protects it.")] = False,
) -> None:
    """Make an Ed25519 key and print its public part.

    The passphrase may also stand in the environment, as CSRBOOK_PASSPHRASE.
    """
    from csrbook.pipeline.lock_commands import make_key

    make_key(name, out, protect=passphrase)


@app.command()
def sign(
    lock_id: LockArgument,
    key: Annotated[Path, typer.Option(help="File with the private key.")],
    name: Annotated[str, typer.Option(help="The signer's name, as it is printed.")],
    meaning: Annotated[str, typer.Option(help='Such as "approved the database for analysis".')],
    study: StudyOption = HERE,
    token: Annotated[Path | None, typer.Option("--timestamp-token", help="Reply of a time-stamping authority.")] = None,
    certificate: CertificateOption = None,
) -> None:
    """Verify a lock and sign it.

    The signature binds name, time and meaning to what was locked. Several people may sign.
    """
    from csrbook.pipeline.lock_commands import sign_study

    sign_study(study, lock_id, key, name, meaning, token, certificate)


@timestamp_app.command("request")
def request_timestamp(
    lock_id: LockArgument,
    out: Annotated[Path, typer.Option(help="New file for the query.")],
    study: StudyOption = HERE,
    signature: Annotated[int | None, typer.Option(min=1, help="Number of a signature; the lock where absent.")] = None,
) -> None:
    """Write the query for a time stamp (RFC 3161)."""
    from csrbook.pipeline.lock_commands import query_time_stamp

    query_time_stamp(study, lock_id, out, signature)


@timestamp_app.command("attach")
def attach_timestamp(
    lock_id: LockArgument,
    reply: Annotated[Path, typer.Argument(help="Reply of the authority.")],
    certificate: Annotated[Path, typer.Option("--ca", help="Certificates of the authority, PEM.")],
    study: StudyOption = HERE,
) -> None:
    """Verify a time stamp and add it to its lock."""
    from csrbook.pipeline.lock_commands import attach_time_stamp

    attach_time_stamp(study, lock_id, reply, certificate)


@app.command()
def audit(study: StudyOption = HERE) -> None:
    """Print the audit trail.

    Exit code 3 where its chain is broken.
    """
    from csrbook.pipeline.lock_commands import print_audit_trail

    print_audit_trail(study)


@app.command()
def unblind(
    source: Annotated[str, typer.Option("--lock", help="Id of a dry-run lock, or a transfer folder.")],
    name: NameOption,
    reason: Annotated[str, typer.Option(help="Why the codes are opened.")],
    codes: CodesOption = None,
    study: StudyOption = HERE,
) -> None:
    """Open the treatment codes and lock with them.

    Needs a frozen plan that nobody changed since. Name, reason and time are recorded before the codes are read.
    """
    from csrbook.pipeline.plan_commands import unblind_study

    unblind_study(study, source, codes, name, reason)


@app.command()
def verify(
    study: StudyOption = HERE,
    lock_id: LockOption = None,
    certificate: CertificateOption = None,
) -> None:
    """Verify locks and the pages published from them.

    All locks, or the one that --lock names; their signatures, time stamps and the audit trail with them.
    """
    from csrbook.pipeline.lock_commands import verify_study

    verify_study(study, lock_id, certificate)


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
    workers: WorkersOption = None,
) -> None:
    """Make every page and publish a version.

    Takes the one lock of real data, else simulates the trial's database and locks it; then analyses, double
    programming, pages. Published as outputs/LOCK/vNNN, only when all is done and something changed.
    """
    from csrbook.pipeline.commands import render_study

    render_study(study, lock_id, engine, subjects, workers)
