"""Reads SAS7BDAT files with pyreadstat.

The format is SAS's own and unpublished, and the library that reads it is written in C. It therefore runs in a process
of its own, with bounded memory and time: a file that brings it down brings down nothing else.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from csrbook.data import sas7bdat_process
from csrbook.data.parquet import read_parquet
from csrbook.data.reading import LayoutError, fits, readable
from csrbook.data.specification import DatasetSpecification, Variable, is_date_format
from csrbook.data.text_columns import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["read_sas7bdat"]

SECONDS: Final = 60
"""Time that any file may take,"""
BYTES_A_SECOND: Final = 1 << 20
"""and beyond it a second for so many bytes."""


def read_sas7bdat(path: Path) -> tuple[pd.DataFrame, DatasetSpecification]:
    """Read a SAS7BDAT file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    frame : DataFrame
        Text without blanks at its end, converted from the encoding that the file states; numbers as ``float64``, NaN
        for each of SAS's missing values; dates stay days since 1960-01-01.
    specification : DatasetSpecification
        Labels, lengths and kinds as the file states them; it states no key.

    Raises
    ------
    TransferError
        The file is unreadable, or reading it takes more memory or time than such a file may.
    """
    with readable(path), tempfile.TemporaryDirectory(prefix="csrbook-") as folder:
        result = Path(folder, path.name)
        metadata = _run(path, result)
        frame = read_parquet(result)
        variables = tuple(_variable(entry, path.name) for entry in metadata["variables"])
        if len({variable.name.upper() for variable in variables}) != len(variables) or list(frame) != [
            variable.name for variable in variables
        ]:
            msg = "two variables have one name"
            raise LayoutError(msg)
        fits(len(frame), len(variables), path.stat().st_size)
    return frame, DatasetSpecification(metadata["name"], metadata["label"], (), variables)


def _run(path: Path, result: Path) -> Mapping[str, Any]:
    """Let the other process read the file into ``result``; what it says of the dataset."""
    size = path.stat().st_size
    try:
        done = subprocess.run(
            [sys.executable, "-I", sas7bdat_process.__file__, str(path.resolve()), str(result), str(size)],
            capture_output=True,
            timeout=SECONDS + size / BYTES_A_SECOND,
            check=False,
        )
    except subprocess.TimeoutExpired:
        msg = "reading it does not come to an end"
        raise LayoutError(msg) from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
        msg = (
            said[-1][:200] if done.returncode == sas7bdat_process.REFUSED and said else "its reader broke down over it"
        )
        raise LayoutError(msg)
    metadata: Mapping[str, Any] = json.loads(done.stdout)
    return metadata


def _variable(entry: Mapping[str, Any], where: str) -> Variable:
    name, label = clean([entry["name"], entry["label"]], where)
    if entry["text"]:
        return Variable(name, label, "text", entry["length"] or None)
    return Variable(name, label, "date" if is_date_format(entry["format"]) else "number")
