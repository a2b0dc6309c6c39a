"""Which listings are too long for the documents, and their files beside them."""

from __future__ import annotations

import json
import os
from functools import partial
from typing import TYPE_CHECKING, Final

from csrbook.errors import RenderError
from csrbook.processes import processes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from csrbook.render.fonts import FontSet

__all__ = ["FOLDER", "LISTING_ROWS", "dumps", "longest_listings", "write_separately"]

FOLDER: Final = "listings"
"""Beside the documents, which link to it."""

APPENDIX: Final = "../csr-appendix.pdf"
"""What a listing links back to, as its reader finds it."""

LISTING_ROWS: Final = 2_000
"""Rows of listings that the documents hold in all; Typst takes 1 s and 0.3 GB for 1,000."""

MOST: Final = 4
"""Processes: each holds a listing, and the pages of most trials wait for one long one."""


def longest_listings(rows: Mapping[str, int], most: int) -> list[str]:
    """The longest listings, so many that the others have no more rows than ``most`` in all.

    Parameters
    ----------
    rows : mapping
        Rows of each listing, by output id.
    most : int
        Rows that may stay.

    Returns
    -------
    list of str
        In the order given. Of two listings of one length the first by name is separate first.
    """
    left = sum(rows.values())
    separate = set()
    for name in sorted(rows, key=lambda name: (-rows[name], name)):
        if left <= most:
            break
        separate.add(name)
        left -= rows[name]
    return [name for name in rows if name in separate]


def write_separately(
    files: Sequence[Path], folder: Path, *, fonts: FontSet, words: Mapping[str, str], timestamp: int
) -> tuple[Path, ...]:
    """Write listings as PDFs of their own, and leave of each display what the documents say of its file.

    Parameters
    ----------
    files : sequence of Path
        Display JSON files. Their rows are taken out, and number of records, pages and name of the PDF put in.
    folder : Path
        Receives the PDFs.
    fonts : FontSet
        Fonts that hold every character.
    words : mapping
        Fixed words in the language of the displays.
    timestamp : int
        Seconds since 1970 that the PDFs carry as their date.

    Returns
    -------
    tuple of Path
        The PDFs, in the order given.

    Notes
    -----
    Several are written at a time, each in a process of its own, whose memory goes with it.
    """
    write = partial(_write, folder=folder, fonts=fonts, words=dict(words), timestamp=timestamp)
    if len(files) < 2:
        return tuple(map(write, files))
    ended = RenderError(
        "a process that wrote a long listing was ended from outside", FOLDER, "give the machine more memory"
    )
    with processes(min(len(files), os.cpu_count() or 1, MOST), ended) as pool:
        # The longest first, so that no process waits for it at the end.
        largest = sorted(files, key=lambda file: (-file.stat().st_size, file))
        futures = {file: pool.submit(write, file) for file in largest}
        return tuple(futures[file].result() for file in files)


def _write(file: Path, folder: Path, fonts: FontSet, words: Mapping[str, str], timestamp: int) -> Path:
    from csrbook.render.display_reader import read_display, read_rows
    from csrbook.render.large_listing import Rows, write_large_listing

    display, records = read_display(file)
    target = folder / f"{display['anchor']}.pdf"
    extent = write_large_listing(
        display,
        target,
        fonts=fonts,
        timestamp=timestamp,
        rows=Rows(read_rows(file), records),
        words=words,
        appendix=APPENDIX,
    )
    said = {"file": f"{FOLDER}/{target.name}", "records": f"{extent.records:,}", "pages": f"{extent.pages:,}"}
    # All rows stay beside the PDF, for the formats that an output has alone.
    file.replace(target.with_suffix(".json"))
    file.write_text(dumps({**display, "separate": said}), encoding="utf-8", newline="\n")
    return target


def dumps(content: object) -> str:
    """Content of a results file of the render project."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
