"""Commands that make, compare, sign, verify and open locks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from csrbook.cli.options import (
    HERE,
    CertificateOption,
    CodesOption,
    LockArgument,
    LockGroup,
    LockOption,
    NameOption,
    StudyOption,
)

__all__ = ["app"]

app = typer.Typer()
lock_app = typer.Typer(cls=LockGroup, no_args_is_help=True)
keys_app = typer.Typer(no_args_is_help=True)
timestamp_app = typer.Typer(no_args_is_help=True)
app.add_typer(lock_app, name="lock", help="Lock a transfer (csrbook lock TRANSFER); compare locks.")
app.add_typer(keys_app, name="keys", help="Make a key to sign with.")
app.add_typer(timestamp_app, name="timestamp", help="Have an authority stamp the time.")


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
