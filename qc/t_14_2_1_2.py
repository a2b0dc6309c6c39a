"""Second programming of T14.2.1.2: non-inferiority of progression-free survival, Per-Protocol Set."""

from __future__ import annotations

from qc.pfs import recompute

__all__ = ["OUTPUT", "recompute"]

OUTPUT = "T14.2.1.2"
