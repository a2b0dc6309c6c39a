"""A time-stamping authority of one's own, by ``openssl ts``.

``python -m tests.lock.authority tests/lock/data/timestamp`` made the recorded reply that is verified where there is no
openssl: a new authority's stamp of the text in ``message.txt``, and its root certificate.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MESSAGE = b"csrbook: what was stamped\n"
CONFIGURATION = """
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[stamps]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = here
[here]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
signer_key = tsa.key
certs = root.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authority:
    """Signs time stamps with a certificate below its own root.

    Parameters
    ----------
    folder : Path
        New folder for its keys.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "openssl.cnf").write_text(CONFIGURATION, "utf-8")
        (folder / "serial").write_text("01", "utf-8")
        self._key("root")
        self._openssl(
            "req", "-new", "-x509", "-key", "root.key", "-subj", "/CN=Test root", "-days", "3650", "-extensions",
            "root", "-config", "openssl.cnf", "-out", "root.pem",
        )  # fmt: skip
        self._certificate("tsa", "stamps")

    @property
    def root(self) -> bytes:
        """The root certificate in PEM."""
        return (self.folder / "root.pem").read_bytes()

    def reply(self, query: bytes) -> bytes:
        """The reply to a query."""
        (self.folder / "query.tsq").write_bytes(query)
        self._openssl("ts", "-reply", "-queryfile", "query.tsq", "-config", "openssl.cnf", "-out", "reply.tsr")
        return (self.folder / "reply.tsr").read_bytes()

    def _certificate(self, name: str, extensions: str) -> None:
        self._key(name)
        self._openssl(
            "req", "-new", "-key", f"{name}.key", "-subj", f"/CN=Test {name}", "-config", "openssl.cnf",
            "-out", f"{name}.csr",
        )  # fmt: skip
        self._openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "2", "-days",
            "3650", "-extfile", "openssl.cnf", "-extensions", extensions, "-out", f"{name}.pem",
        )  # fmt: skip

    def _key(self, name: str) -> None:
        self._openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")

    def _openssl(self, *arguments: str) -> None:
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    import tempfile

    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as temporary:
        authority = Authority(Path(temporary) / "authority")
        request = TimestampRequestBuilder(nonce=False).data(MESSAGE).hash_algorithm(HashAlgorithm.SHA256).build()
        (target / "message.txt").write_bytes(MESSAGE)
        (target / "reply.tsr").write_bytes(authority.reply(request.as_bytes()))
        (target / "root.pem").write_bytes(authority.root)
