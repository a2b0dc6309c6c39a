"""Listings of any length, written to PDF directly and looking like those that Typst makes.

``document`` writes the file: ``pages`` what every page has, ``table`` the rows as they come. Where all of it stands is
decided in ``layout`` and ``cells``, by the measures and fonts of ``style``. How a PDF is written is the matter of
:mod:`csrbook.render.direct_pdf`.
"""

from __future__ import annotations

from csrbook.render.large_listing.document import Extent, Rows, write_large_listing

__all__ = ["Extent", "Rows", "write_large_listing"]
