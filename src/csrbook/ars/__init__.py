"""Plan, ARD and displays as CDISC Analysis Results Standard (ARS) v1.0, for machines that read the report."""

from __future__ import annotations

from csrbook.ars.event import ARS, reporting_event, write_ars

__all__ = ["ARS", "reporting_event", "write_ars"]
