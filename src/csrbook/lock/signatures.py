"""Electronic signatures of a lock: who signed it, when, and what that means (21 CFR 11.50).

A signature is a record of the lock (:mod:`csrbook.lock.records`): the hash of the manifest's bytes, and with it data,
origin and cut-off; the printed name of the signer, the time, the meaning, the public key; the hash of the signature
before; and an Ed25519 signature (RFC 8032) of all that. It cannot be moved to another lock, changed, or given another
meaning (11.70).
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from csrbook.errors import UsageError
from csrbook.lock.audit_trail import writing
from csrbook.lock.hashing import file_hash
from csrbook.lock.keys import public_text, signed_by
from csrbook.lock.ledger import enter, require_sound, settle_accounts
from csrbook.lock.records import add_record, common_fields, read_records
from csrbook.lock.status import require_in_force

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from csrbook.plan.models import Plan, Signatory

__all__ = ["Signature", "missing_signatories", "sign_lock", "signature_faults", "signatures"]

KIND = "signatures"
CONTEXT = b"csrbook signature 1\n"
"""Stands before what is signed, so that a signature is never one of something else."""


@dataclass(frozen=True)
class Signature:
    """A signature that holds."""

    record: str
    """Path below the lock."""
    name: str
    role: str
    """As the plan states it; empty where the plan names no signatories."""
    meaning: str
    at: str
    public_key: str

    def __str__(self) -> str:
        who = f"{self.name}, {self.role}" if self.role else self.name
        return f'{who}, {self.at}: "{self.meaning}"'


def sign_lock(path: Path, plan: Plan, key: Ed25519PrivateKey, *, name: str, meaning: str) -> Signature:
    """Sign a lock that was verified.

    Parameters
    ----------
    path : Path
        The lock's folder; the caller has just verified it, content included.
    plan : Plan
        Names those who may sign, or nobody: then every key may.
    key : Ed25519PrivateKey
        From :func:`csrbook.lock.keys.load_key`.
    name : str
        The signer's name, as it is printed.
    meaning : str
        What the signature means, such as ``approved the database for analysis``.

    Returns
    -------
    Signature

    Raises
    ------
    UsageError
        Name or meaning are missing, the plan does not know the key under this name, or the lock was unlocked.
    IntegrityError
        The audit trail or an earlier record was touched.
    """
    if not name.strip() or not meaning.strip():
        raise UsageError(
            "a signature needs a name and a meaning", "--name, --meaning", "say who signs and what it means"
        )
    public_key = public_text(key)
    if fault := _stranger(plan, name, public_key):
        raise UsageError(fault, "sap/study.yaml: signatories", "sign with the key that the plan names")
    with writing(path.parent) as trail:
        require_sound(trail, path.parent)
        settle_accounts(trail, path.parent)
        require_in_force(path)
        record = common_fields(path, trail.trail.head) | {
            "name": name,
            "meaning": meaning,
            "public_key": public_key,
            "previous": _last_hash(path),
        }
        record["signature"] = base64.b64encode(key.sign(_message(record))).decode("ascii")
        added = add_record(path, KIND, record)
        enter(trail, path, added)
    return _signature(added, record, plan)


def signatures(path: Path, plan: Plan | None = None) -> list[Signature]:
    """The signatures of a lock that verifies, oldest first."""
    return [_signature(name, record, plan) for name, record in read_records(path, KIND).items()]


def missing_signatories(path: Path, plan: Plan) -> list[Signatory]:
    """Who must sign a lock, by the plan, and did not yet."""
    done = {signature.public_key for signature in signatures(path, plan)}
    return [signatory for signatory in plan.study.signatories if signatory.public_key not in done]


def signature_faults(path: Path, plan: Plan | None = None) -> list[str]:
    """What is wrong with the signatures of a lock.

    Parameters
    ----------
    path : Path
        The lock's folder.
    plan : Plan, optional
        Without it, who may sign is not examined.

    Returns
    -------
    list of str
        One a fault: a signature that was changed, moved, taken out, or made by somebody whom the plan does not name.

    Raises
    ------
    IntegrityError
        A record is not readable or belongs to another lock.
    """
    faults = []
    previous = ""
    for file, record in read_records(path, KIND).items():
        public_key, name = str(record.get("public_key")), str(record.get("name"))
        if not signed_by(public_key, _bytes(record.get("signature")), _message(record)):
            faults.append(f"{file}: the signature is not one of what it stands under; it or the record was changed")
        elif record.get("previous") != previous:
            faults.append(f"{file}: the signature before it was changed or taken out")
        elif plan is not None and (fault := _stranger(plan, name, public_key)):
            faults.append(f"{file}: {fault}")
        previous = file_hash(path / file)
    return faults


def _stranger(plan: Plan, name: str, public_key: str) -> str | None:
    """Why the plan does not let somebody sign; None where it does."""
    if not plan.study.signatories:
        return None
    known = {signatory.public_key: signatory.name for signatory in plan.study.signatories}
    if public_key not in known:
        return f"the plan names nobody with the key of {name} ({public_key})"
    return None if known[public_key] == name else f"the key is that of {known[public_key]} by the plan, not of {name}"


def _message(record: Mapping[str, Any]) -> bytes:
    signed = {name: value for name, value in record.items() if name != "signature"}
    return CONTEXT + json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except ValueError:
        return b""


def _last_hash(path: Path) -> str:
    last = next(reversed(read_records(path, KIND)), None)
    return file_hash(path / last) if last else ""


def _signature(file: str, record: Mapping[str, Any], plan: Plan | None) -> Signature:
    public_key = str(record["public_key"])
    roles = {s.public_key: s.role for s in plan.study.signatories} if plan is not None else {}
    return Signature(
        file, str(record["name"]), roles.get(public_key, ""), str(record["meaning"]), str(record["at"]), public_key
    )
