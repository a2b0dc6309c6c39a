"""The environment in which numbers and pages are made, fixed where it could change a byte."""

from __future__ import annotations

import os
from typing import Final

__all__ = ["FIXED", "fix"]

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
