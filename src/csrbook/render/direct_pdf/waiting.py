"""Objects of a PDF that wait on disk for their place in the file."""

from __future__ import annotations

import hashlib
import shutil
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["WaitingObjects"]


class WaitingObjects:
    """Objects as they stand in a file, one after the other.

    Attributes
    ----------
    numbers, lengths : list of int
        Of each.
    """

    def __init__(self) -> None:
        self._file = cast("BinaryIO", TemporaryFile())  # noqa: SIM115 - closed, and so removed, by `close`
        self._digest = hashlib.sha256()
        self.numbers: list[int] = []
        self.lengths: list[int] = []

    def put(self, number: int, written: bytes) -> None:
        """Append an object."""
        self._file.write(written)
        self._digest.update(written)
        self.numbers.append(number)
        self.lengths.append(len(written))

    @property
    def digest(self) -> bytes:
        """Hash of all of them."""
        return self._digest.digest()

    def __iter__(self) -> Iterator[bytes]:
        """Each of them."""
        self._file.seek(0)
        return map(self._file.read, self.lengths)

    def copy(self, handle: BinaryIO) -> None:
        """Write all of them."""
        self._file.seek(0)
        shutil.copyfileobj(self._file, handle)

    def close(self) -> None:
        """Remove them from disk."""
        self._file.close()
