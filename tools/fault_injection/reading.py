"""The good database as files, and those files read after they were damaged."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from csrbook.data import csv_text, read_dataset, transfer_files, write_dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from csrbook.data import DatasetSpecification
    from csrbook.data.xport_layout import Version

__all__ = ["read_damaged"]

EPOCH = np.datetime64("1960-01-01")


def read_damaged(
    files: tuple[str, ...],
    frames: Mapping[str, pd.DataFrame],
    specifications: Mapping[str, DatasetSpecification],
    damage: Callable[[Path], None],
    version: Version = 5,
) -> dict[str, pd.DataFrame]:
    """Write datasets as files, damage these, and read them.

    Parameters
    ----------
    files : tuple of str
        Names such as ``advs.xpt``.
    frames, specifications : mapping
        By dataset name.
    damage : callable
        Is given the folder.
    version : {5, 8}
        Of XPORT.

    Returns
    -------
    dict
        Frame by dataset name.

    Raises
    ------
    TransferError
        A file is refused.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        datasets = dict.fromkeys(file.partition(".")[0].upper() for file in files)
        for file in files:
            dataset = file.partition(".")[0].upper()
            if file.endswith(".csv"):
                _write_csv(frames[dataset], folder / file, specifications[dataset])
            else:
                write_dataset(frames[dataset], folder / file, specifications[dataset], version=version)
        damage(folder)
        return {dataset: read_dataset(path) for dataset, path in transfer_files(folder, datasets).items()}


def _write_csv(frame: pd.DataFrame, path: Path, specification: DatasetSpecification) -> None:
    """A CSV file with ISO dates, and its dictionary."""
    columns = []
    for variable in specification.variables:
        values = frame[variable.name].to_numpy()
        if variable.kind == "date":
            days = EPOCH + np.nan_to_num(values).astype("timedelta64[D]")
            values = np.where(np.isnan(values), "", days.astype(str)).astype(object)
        columns.append(values.tolist())
    path.write_text(csv_text(specification.names, zip(*columns, strict=True)), "utf-8", newline="\n")
    declared = [(variable.name, variable.label, variable.kind) for variable in specification.variables]
    dictionary = csv_text(("variable", "label", "type"), declared)
    path.with_suffix(".dictionary.csv").write_text(dictionary, "utf-8", newline="\n")
