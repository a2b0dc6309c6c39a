"""Last touches that Typst has no words for: bookmarks panel, links to files, row headers in the tags, PDF/UA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.render.links import make_relative, name_headings
from csrbook.render.pdf_ua import claim_pdf_ua
from csrbook.render.table_headers import tag_row_headers

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["finish"]


def finish(path: Path) -> Path:
    """Rewrite a PDF in place, the same bytes for the same input, ordered for fast web view."""
    import pikepdf

    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.Root.PageMode = pikepdf.Name.UseOutlines
        if "/ViewerPreferences" not in pdf.Root:
            pdf.Root.ViewerPreferences = pikepdf.Dictionary()
        pdf.Root.ViewerPreferences.DisplayDocTitle = True
        make_relative(pdf)
        name_headings(pdf)
        tag_row_headers(pdf)
        claim_pdf_ua(pdf)
        pdf.save(path, deterministic_id=True, linearize=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return path
