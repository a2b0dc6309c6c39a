"""Row headers in the tags of tables, for readers that speak.

Typst tags the cells of a table's header. In every table of these documents the first cell of a row names the row too
(a characteristic, a term, a patient), so it becomes a header cell, and the other cells of the row point to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["tag_row_headers"]


def tag_row_headers(pdf: Any) -> None:
    """Make the first cell of each row of data a header of that row (``Scope`` is ``Row``).

    Parameters
    ----------
    pdf : pikepdf.Pdf
        A tagged document, changed in place.
    """
    import pikepdf

    if "/StructTreeRoot" not in pdf.Root:
        return
    root = pdf.Root.StructTreeRoot
    headers: dict[str, Any] = {}
    for row in _rows(root):
        cells = row.K
        if len(cells) < 2 or cells[0].S != pikepdf.Name.TD:
            continue
        name = f"R{len(headers):06d}"
        headers[name] = first = cells[0]
        first.S, first.ID = pikepdf.Name.TH, pikepdf.String(name)
        _table_attributes(first).Scope = pikepdf.Name.Row
        for cell in list(cells)[1:]:
            _table_attributes(cell).Headers.append(pikepdf.String(name))
    if headers:
        names = pikepdf.NameTree(root.IDTree)
        for name, element in headers.items():
            names[name] = element


def _rows(root: Any) -> Iterator[Any]:
    """Rows of more than one cell, in reading order."""
    import pikepdf

    waiting = [root]
    while waiting:
        element = waiting.pop()
        kids = element.get("/K", [])
        if element.get("/S") == pikepdf.Name.TR:
            if isinstance(kids, pikepdf.Array):
                yield element
            continue
        parts = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
        waiting += reversed([part for part in parts if isinstance(part, pikepdf.Dictionary)])


def _table_attributes(cell: Any) -> Any:
    return next(item for item in cell.A if item.O == "/Table")
