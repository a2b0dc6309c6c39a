"""Display JSON to PDF: two engines, Quarto and embedded, behind one function.

Reads what :mod:`csrbook.displays` wrote (JSON) and nothing else of the package but its errors.
"""

from __future__ import annotations

from csrbook.render.documents import Rendered, render_documents
from csrbook.render.project import Edition, RenderProject, create_project

__all__ = ["Edition", "RenderProject", "Rendered", "create_project", "render_documents"]
