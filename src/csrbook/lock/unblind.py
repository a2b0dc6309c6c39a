"""Opens the treatment codes: once, under a frozen plan, with name and reason; and makes the lock that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.data.transfer import read_dataset, transfer_files
from csrbook.errors import UsageError
from csrbook.lock.blinding import plan_state, record_unblinding
from csrbook.lock.create import create_lock, origin_of
from csrbook.lock.dummy_codes import SUBJECTS, revealing
from csrbook.lock.find import find_lock
from csrbook.lock.hashing import file_hash
from csrbook.lock.manifest import DATA
from csrbook.lock.treatment import Treatment
from csrbook.lock.treatment_codes import codes_file
from csrbook.lock.verify import open_lock

if TYPE_CHECKING:
    from pathlib import Path

    from csrbook.lock.manifest import Lock
    from csrbook.plan.models import Plan

__all__ = ["dry_run_data", "unblind"]


def unblind(
    transfer: Path,
    plan: Plan,
    root: Path,
    locks_dir: Path,
    *,
    name: str,
    reason: str,
    codes: Path | None = None,
    parent: str | None = None,
) -> Lock:
    """Open the codes and lock the data with them.

    Parameters
    ----------
    transfer : Path
        The transfer folder, or the data of a dry-run lock (:func:`dry_run_data`).
    plan : Plan
        As it was frozen.
    root, locks_dir : Path
        The study's folder and that of its locks.
    name, reason : str
        Who opens the codes, and why.
    codes : Path, optional
        File with the codes. Where absent, the one in the transfer folder, or the codes in the data themselves.
    parent : str, optional
        Id of the dry-run lock; the newest lock of received data by default.

    Returns
    -------
    Lock
        With the real codes; its parent is the dry-run lock.

    Raises
    ------
    UsageError
        The plan is not frozen or changed since; the codes were opened before; there are none; the data are simulated.
    TransferError
        The file of codes does not fit the data. Nothing is recorded then: the codes count as closed.
    ValidationError
        The data break a rule with the real codes. The codes are open then, and the trail says so; the corrected data
        are locked by ``csrbook lock``.
    """
    if not name.strip() or not reason.strip():
        raise UsageError("an unblinding needs a name and a reason", "--name, --reason", "say who unblinds and why")
    origin = origin_of(transfer)
    if origin == "simulated":
        raise UsageError(
            "the data are simulated, so their treatment codes are no secret", str(transfer), "lock by `csrbook lock`"
        )
    blinding = plan.study.blinding
    if blinding is None:
        raise UsageError(
            "the plan states no blinding, so there is nothing to open", "sap/study.yaml", "lock by `csrbook lock`"
        )
    codes = codes or codes_file(transfer)
    adsl = read_dataset(transfer_files(transfer, [SUBJECTS])[SUBJECTS])
    if codes is not None:
        # A file that does not fit is refused before anything is recorded.
        Treatment(plan, transfer, plan_state(root, locks_dir), origin, codes=codes).codes_for(adsl)
    elif not revealing({SUBJECTS: adsl}, plan, blinding):
        raise UsageError("there are no treatment codes in the transfer", str(transfer), "name their file by --codes")
    digest = file_hash(codes) if codes is not None else ""
    record_unblinding(plan, root, locks_dir, name=name, reason=reason, codes_sha256=digest, parent=parent or "")
    return create_lock(transfer, plan, root, locks_dir, parent=parent, reason=reason, codes=codes)


def dry_run_data(locks_dir: Path, identifier: str, plan: Plan) -> tuple[Path, str]:
    """The data of a dry-run lock that only lack the codes, and its id.

    Raises
    ------
    UsageError
        It is no dry-run lock, or its data are not those that were received.
    IntegrityError
        It was touched.
    """
    data = open_lock(find_lock(locks_dir, identifier), plan)
    if data.manifest["treatment_codes"] != "dummy":
        raise UsageError("this lock holds real treatment codes", data.id, "name a dry-run lock, or a transfer")
    dry_run = data.manifest["dry_run"]
    if dry_run["codes_received"] or dry_run["shuffled"]:
        what = "the codes came with its transfer" if dry_run["codes_received"] else "it holds shuffled values"
        raise UsageError(
            f"this dry-run lock does not hold the data as they were received: {what}",
            data.id,
            f"name the transfer folder instead ({data.manifest['made']['transfer']})",
        )
    return data.path / DATA, data.id
