"""Every output also alone: PDF, RTF, DOCX and HTML from the display JSON that the documents are made of.

::

    outputs.py     which files, in which processes
    sheet.py       a display with its fixed words, read from the render project
    grid.py        header and rows of a table on a grid of columns, for the formats that lay it out themselves
    decimal.py     numbers lined up at the decimal point without a change of their text
    times.py       widths of letters, lines that a text takes
    pagination.py  rows to pages
    typst_pages.py PDF, and drawings of figures, by the Typst compiler; pictures.py: those for RTF and DOCX
    rtf.py         RTF: rtf_page.py what stands around the body, rtf_table.py the body, rtf_text.py characters
    docx.py        DOCX: docx_table.py the body, docx_parts.py styles and properties, docx_text.py characters
    html.py        HTML: html_table.py the body, html_style.py the style sheet
"""

from __future__ import annotations

from csrbook.render.single.outputs import FORMATS, write_single_outputs

__all__ = ["FORMATS", "write_single_outputs"]
