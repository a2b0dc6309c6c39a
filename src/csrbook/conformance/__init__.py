"""Conformance of produced files: an archive keeps them, a regulator takes them, everybody can read them.

Each theme is a module with its rules: ``archival`` (PDF/A-2a, PDF/UA-1, what the FDA forbids), ``tags``, ``tables`` and
``reading`` (what a screen reader is told), ``typography``, ``layout``, ``navigation``, ``rows`` (the rows of the
results stand on the pages) and ``submission`` (eCTD). All rules of a file share one pass over its pages
(``interpreter``). They are no validator of the whole standards: where veraPDF is on the path, it is asked too
(``verapdf``).
"""

from __future__ import annotations

from csrbook.conformance.finding import Finding, summary
from csrbook.conformance.folder import check_folder, check_pdf

__all__ = ["Finding", "check_folder", "check_pdf", "summary"]
