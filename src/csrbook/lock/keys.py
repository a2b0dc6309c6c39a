"""Ed25519 keys of signers, in files that only they read."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

from csrbook.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["PREFIX", "is_protected", "load_key", "new_key", "public_text", "signed_by"]

PREFIX = "ed25519:"
PROTECTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
OWNER_ONLY = 0o600


def new_key(path: Path, passphrase: str = "") -> str:
    """Make a private key.

    Parameters
    ----------
    path : Path
        New file, PKCS 8 in PEM, that only its owner may read.
    passphrase : str
        Encrypts the file; without one, whoever reads it can sign.

    Returns
    -------
    str
        The public key: ``ed25519:`` and 32 bytes in base64.

    Raises
    ------
    UsageError
        The file exists, or its folder does not.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = Ed25519PrivateKey.generate()
    encryption = BestAvailableEncryption(passphrase.encode("utf-8")) if passphrase else NoEncryption()
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError as error:
        raise UsageError("there is a file already; a key is never overwritten", str(path), "name a new file") from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError("there is no such folder", str(path.parent), "make the folder first") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    return public_text(key)


def is_protected(path: Path) -> bool:
    """Whether a key can be used only with a passphrase."""
    return path.is_file() and path.read_bytes().startswith(PROTECTED)


def load_key(path: Path, passphrase: str = "") -> Ed25519PrivateKey:
    """Read a private key.

    Parameters
    ----------
    path : Path
        PKCS 8 in PEM.
    passphrase : str
        Needed where the key is protected by one.

    Raises
    ------
    UsageError
        There is no such key, it is of another kind, or the passphrase is wrong.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not path.is_file():
        raise UsageError("there is no such key", str(path), 'make one by `csrbook keys new "NAME" --out FILE`')
    secret = passphrase.encode("utf-8") if is_protected(path) else None
    try:
        key = load_pem_private_key(path.read_bytes(), secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        what = "the passphrase is wrong, or the key was damaged" if secret is not None else "the key is not readable"
        raise UsageError(what, str(path), "a key is PKCS 8 in PEM, as `csrbook keys new` makes it") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError("the key is not of the kind Ed25519", str(path), "make one by `csrbook keys new`")
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """The public key that belongs to a private one, as text."""
    return PREFIX + base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii")


def signed_by(public_key: str, signature: bytes, message: bytes) -> bool:
    """Whether a signature of a message was made by the private key that belongs to a public one."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix(PREFIX), validate=True))
        key.verify(signature, message)
    except (ValueError, InvalidSignature):
        return False
    return True
