"""Second programming of T14.2.1.1: non-inferiority of progression-free survival, Intention-to-Treat Set."""

from __future__ import annotations

from qc.pfs import recompute

__all__ = ["OUTPUT", "recompute"]

OUTPUT = "T14.2.1.1"
