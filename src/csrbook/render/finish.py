"""Last touches that Typst has no words for: the bookmarks panel is open at first, links to files are relative."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
        for page in pdf.pages:
            annotations: Any = page.obj.get("/Annots", [])
            for annotation in annotations:
                _relative(annotation)
        pdf.save(path, deterministic_id=True, linearize=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return path


def _relative(annotation: Any) -> None:
    """A link to a PDF beside this one: Typst writes an address, readers want a file."""
    import pikepdf

    action = annotation.get("/A")
    address = str(action.get("/URI", "")) if action is not None else ""
    if address.endswith(".pdf") and ":" not in address:
        annotation.A = pikepdf.Dictionary(
            S=pikepdf.Name.GoToR, F=pikepdf.String(address), D=pikepdf.Array([0, pikepdf.Name.Fit]), NewWindow=True
        )
