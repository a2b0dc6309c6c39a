"""Listings to write: a small one whose texts nobody would expect, and a long one like a trial's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from csrbook.render.fonts import choose_fonts
from csrbook.render.large_listing import Extent, write_large_listing
from tests.render import samples
from tests.render.conftest import TIMESTAMP

if TYPE_CHECKING:
    from pathlib import Path

APPENDIX = "../csr-appendix.pdf"


def write(folder: Path, display: dict[str, Any], **options: Any) -> tuple[Path, Extent]:
    """Write a listing into a folder."""
    target = folder / "listings" / f"{display['anchor']}.pdf"
    fonts = choose_fonts({"all": str(display)})
    extent = write_large_listing(display, target, fonts=fonts, timestamp=TIMESTAMP, **options)
    return target, extent


@pytest.fixture(scope="package")
def display() -> dict[str, Any]:
    """Sixty subjects; footnotes of several lines."""
    notes = ("N = patients in the analysis set.", "A footnote that is so long that it wraps. " * 8)
    return samples.content("L16.2.7.1", samples.listing(60), "Adverse Events", footnotes=notes)


@pytest.fixture(scope="package")
def file(tmp_path_factory: pytest.TempPathFactory, display: dict[str, Any]) -> Path:
    """Its PDF, with links to an appendix."""
    return write(tmp_path_factory.mktemp("listing"), display, appendix=APPENDIX)[0]
