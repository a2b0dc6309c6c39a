"""Time stamps of a third party (RFC 3161): a lock, or a signature of it, existed at a time that nobody here can set.

A query is a file that anyone sends to a time-stamping authority; its reply is attached to the lock together with the
authority's root certificate and verified without a network, now and at any later time. Reading replies needs the extra
``sign``.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from csrbook.errors import UsageError
from csrbook.lock.audit_trail import writing
from csrbook.lock.der import with_sorted_certificates
from csrbook.lock.ledger import enter, require_sound, settle_accounts
from csrbook.lock.manifest import MANIFEST
from csrbook.lock.records import add_record, common_fields, read_records

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["TimeStamp", "attach_reply", "can_verify", "query", "timestamp_faults", "timestamps", "verify_reply"]

KIND = "timestamps"
LIBRARY = "rfc3161_client"
HASHES = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}


@dataclass(frozen=True)
class TimeStamp:
    """A time stamp that holds."""

    record: str
    """Path below the lock."""
    of: str
    """What existed at that time: ``manifest.json`` or a signature."""
    time: str
    """By the authority's clock, UTC."""

    def __str__(self) -> str:
        return f"{self.of} existed at {self.time}"


def can_verify() -> bool:
    """Whether the library that reads time stamps is installed."""
    return find_spec(LIBRARY) is not None


def query(path: Path, of: str = MANIFEST) -> bytes:
    """The query for a time stamp.

    Parameters
    ----------
    path : Path
        The lock's folder.
    of : str
        What is stamped: the manifest, and with it all that is locked, or a signature such as ``signatures/001.json``.

    Returns
    -------
    bytes
        A ``TimeStampReq`` in DER with the SHA-256 of the file, which asks for the authority's certificates. It has no
        nonce: the reply may come days later, and the hash alone binds it.
    """
    library = _library()
    if of != MANIFEST and of not in read_records(path, "signatures"):
        raise UsageError(f"the lock has no {of}", path.name, "name a signature that `csrbook verify` lists")
    builder = library.TimestampRequestBuilder(nonce=False, cert_req=True)
    request = builder.data((path / of).read_bytes()).hash_algorithm(library.HashAlgorithm.SHA256).build()
    return bytes(request.as_bytes())


def attach_reply(path: Path, reply: bytes, ca: bytes) -> TimeStamp:
    """Verify a reply and add it to the lock.

    Parameters
    ----------
    path : Path
        The lock's folder.
    reply : bytes
        A ``TimeStampResp`` in DER.
    ca : bytes
        Certificates in PEM: the authority's root, and any between it and the one that signed.

    Returns
    -------
    TimeStamp

    Raises
    ------
    UsageError
        The reply is not readable, does not verify, or stamps nothing of this lock.
    IntegrityError
        The audit trail was touched.
    """
    with writing(path.parent) as trail:
        require_sound(trail, path.parent)
        settle_accounts(trail, path.parent)
        try:
            for of in (MANIFEST, *read_records(path, "signatures")):
                data = (path / of).read_bytes()
                if _imprint(reply, data):
                    time = verify_reply(reply, data, ca)
                    break
            else:
                raise UsageError(
                    "the time stamp is not one of this lock", path.name, "attach it to the lock whose query was sent"
                )
        except ValueError as error:
            raise UsageError(f"the time stamp does not verify: {error}", path.name, "ask for another one") from error
        record = common_fields(path, trail.trail.head) | {
            "of": of,
            "time": time,
            "reply": base64.b64encode(reply).decode("ascii"),
            "ca": ca.decode("ascii"),
        }
        added = add_record(path, KIND, record)
        enter(trail, path, added)
    return TimeStamp(added, of, time)


def timestamps(path: Path) -> list[TimeStamp]:
    """The time stamps of a lock that verifies, oldest first."""
    return [TimeStamp(name, str(r["of"]), str(r["time"])) for name, r in read_records(path, KIND).items()]


def timestamp_faults(path: Path, ca: bytes | None = None) -> list[str]:
    """What is wrong with the time stamps of a lock.

    Parameters
    ----------
    path : Path
        The lock's folder.
    ca : bytes, optional
        Certificates in PEM to hold them against; those that were attached with them by default.

    Returns
    -------
    list of str
        One a fault. Without the library none is looked for: see :func:`can_verify`.
    """
    if not can_verify():
        return []
    faults = []
    for name, record in read_records(path, KIND).items():
        try:
            reply = base64.b64decode(str(record["reply"]), validate=True)
            trusted = ca if ca is not None else str(record["ca"]).encode("ascii")
            of = str(record["of"])
            if of != MANIFEST and of not in read_records(path, "signatures"):
                faults.append(f"{name}: the lock has no {of}")
            elif verify_reply(reply, (path / of).read_bytes(), trusted) != record["time"]:
                faults.append(f"{name}: the record was changed")
        except (ValueError, KeyError) as error:
            faults.append(f"{name}: the time stamp does not verify: {error}")
    return faults


def verify_reply(reply: bytes, data: bytes, ca: bytes) -> str:
    """Verify a reply without a network.

    Parameters
    ----------
    reply : bytes
        A ``TimeStampResp`` in DER.
    data : bytes
        What was stamped.
    ca : bytes
        Certificates in PEM; those that signed themselves are trusted, the others lead to them.

    Returns
    -------
    str
        The time, UTC.

    Raises
    ------
    ValueError
        It does not verify; says why.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import DuplicateExtension, InvalidVersion, load_pem_x509_certificates

    library = _library()
    certificates = load_pem_x509_certificates(ca)
    roots = [c for c in certificates if c.issuer == c.subject] or certificates
    verifier = library.VerifierBuilder(roots=roots, intermediates=[c for c in certificates if c not in roots]).build()
    response = _decoded(reply)
    try:
        verifier.verify_message(response, data)
    except (library.VerificationError, InvalidVersion, DuplicateExtension, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from error
    time: datetime = response.tst_info.gen_time
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _imprint(reply: bytes, data: bytes) -> bool:
    """Whether a reply stamps these bytes."""
    imprint = _decoded(reply).tst_info.message_imprint
    algorithm = HASHES.get(imprint.hash_algorithm.dotted_string)
    if algorithm is None:
        msg = "it uses a hash that is none of SHA-256, SHA-384, SHA-512"
        raise ValueError(msg)
    return bool(hashlib.new(algorithm, data).digest() == imprint.message)


def _decoded(reply: bytes) -> Any:
    library = _library()
    response = library.decode_timestamp_response(with_sorted_certificates(reply))
    if response.status != library.PKIStatus.GRANTED.value:
        words = ", ".join(response.status_string) or f"status {response.status}"
        msg = f"the authority refused it ({words})"
        raise ValueError(msg)
    return response


def _library() -> Any:
    try:
        import rfc3161_client
    except ImportError as error:
        raise UsageError(
            "time stamps need a library that is not installed", LIBRARY, 'install it: pip install "csrbook[sign]"'
        ) from error
    return rfc3161_client
