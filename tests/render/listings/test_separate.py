"""Listings that are too long for the documents: which they are, and what the documents then hold of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pikepdf
from pypdf import PdfReader

from csrbook.render.separate_listings import longest_listings
from tests.render import samples
from tests.render.conftest import render

if TYPE_CHECKING:
    from pathlib import Path


def test_the_longest_listings_leave_until_the_others_fit() -> None:
    rows = {"L1": 40, "L2": 300, "L3": 50, "L4": 300, "L5": 60}
    assert longest_listings(rows, 1_000) == []
    assert longest_listings(rows, 750) == []
    assert longest_listings(rows, 749) == ["L2"]
    assert longest_listings(rows, 449) == ["L2", "L4"]
    assert longest_listings(rows, 100) == ["L2", "L4", "L5"]
    assert longest_listings(rows, 0) == list(rows)


def test_appendix_and_listing_lead_to_each_other(tmp_path: Path) -> None:
    book = render(tmp_path / "project", samples.catalogue(), listing_rows=40)
    (number,) = book.pages_of("L16.2.7.1")
    text = book.texts[number].replace("\n", " ")
    assert "This listing has 54 records on 3 pages." in text
    assert "listings/l-16-2-7-1.pdf" in text
    assert "NCT04646759-001" not in text
    with pikepdf.open(book.path) as pdf:
        files = [str(link.A.F) for link in pdf.pages[number].obj.Annots if "/A" in link and "/F" in link.A]
        assert files == ["listings/l-16-2-7-1.pdf"]
        names = set(pikepdf.NameTree(pdf.Root.Names.Dests))
    folder = tmp_path / "project" / "listings"
    assert len(PdfReader(folder / "l-16-2-7-1.pdf").pages) == 3
    with pikepdf.open(folder / "l-16-2-7-1.pdf") as pdf:
        (link,) = pdf.pages[0].obj.Annots
        assert str(link.A.F) == "../csr-appendix.pdf"
        assert str(link.A.D) in names
    # All rows stay beside the PDF.
    whole = json.loads((folder / "l-16-2-7-1.json").read_text("utf-8"))
    assert whole["rows"] == json.loads(json.dumps(book.displays["L16.2.7.1"]["rows"]))
