"""The environment in which numbers and pages are made: fixed where it could change a byte, and hashed."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FIXED", "environment_hash", "fix"]

FIXED: Final = {
    "LC_ALL": "C.UTF-8",
    "MPLBACKEND": "svg",
    "OMP_NUM_THREADS": "1",
    # Kernels chosen by processor type change the last bits of a sum.
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_NUM_THREADS": "1",
    "TZ": "UTC",
}


def fix() -> None:
    """Set :data:`FIXED`; must run before NumPy is imported, and holds for all child processes."""
    os.environ.update(FIXED)


def environment_hash(root: Path) -> str:
    """Hash of the pinned requirements that the environment was installed from.

    The version of Python is not part of it: all supported versions give the same pages.
    """
    pins = root / "requirements" / "base.txt"
    content = pins.read_bytes() if pins.is_file() else b""
    return "sha256:" + hashlib.sha256(content).hexdigest()
