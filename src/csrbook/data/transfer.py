"""A transfer: one folder with one file a dataset, in any of the formats that are read.

XPORT of version 5 or 8 (``.xpt``), SAS7BDAT, Dataset-JSON 1.1 (``.json``, ``.ndjson``), Parquet, and CSV with a
dictionary (:mod:`csrbook.data.csv_dictionary`). Whatever the format, the frame is the same.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csrbook.data.csv_dataset import read_csv
from csrbook.data.csv_dictionary import Dictionary, dictionary_for
from csrbook.data.dataset_json import read_dataset_json
from csrbook.data.dataset_json_writer import write_dataset_json
from csrbook.data.encodings import UTF_8
from csrbook.data.folder import regular_files, require_regular
from csrbook.data.parquet import parquet_specification, read_parquet, write_parquet
from csrbook.data.sas7bdat import read_sas7bdat
from csrbook.data.specification import DatasetSpecification, specified
from csrbook.data.xport import read_xport, write_xport
from csrbook.errors import TransferError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

    from csrbook.data.xport_layout import Version

__all__ = ["described_dataset", "read_dataset", "read_transfer", "transfer_files", "write_dataset", "write_transfer"]

FORMATS = ("xpt", "sas7bdat", "json", "ndjson", "parquet", "csv")
WRITTEN = ("xpt", "parquet")
"""The formats of a transfer that csrbook itself makes."""
UNNAMED = ("", "DATASET")
"""What writers put into a file that want to give a dataset no name."""
EPOCH = datetime(1960, 1, 1)  # noqa: DTZ001 - an XPORT header has no time zone


def transfer_files(folder: Path, names: Iterable[str]) -> dict[str, Path]:
    """The file of each dataset in a transfer.

    Parameters
    ----------
    folder : Path
        Holds one file a dataset; names in upper or lower case.
    names : iterable of str
        Names of the datasets that must be there.

    Returns
    -------
    dict
        Path by dataset name, in the order of ``names``.

    Raises
    ------
    TransferError
        There is no such folder, a dataset has no file or more than one, or the folder holds what no transfer holds:
        links, pipes, devices, names with control characters, names that differ only by case.
    """
    files = [path for path in regular_files(folder) if path.suffix.lower().lstrip(".") in FORMATS]
    found: dict[str, Path] = {}
    missing = []
    for name in names:
        own = [path for path in files if path.stem.upper() == name.upper()]
        if len(own) > 1:
            listed = " and ".join(path.name for path in own)
            raise TransferError(
                f"dataset {name} has more than one file", f"{folder}: {listed}", "keep one and take the other away"
            )
        if own:
            found[name] = own[0]
        else:
            missing.append(name)
    if missing:
        below = [form for form in FORMATS if (folder / form).is_dir()]
        raise TransferError(
            f"{'dataset' if len(missing) == 1 else 'datasets'} {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing",
            str(folder),
            f"name {' or '.join(str(folder / form) for form in below)}"
            if below
            else f"put the file there, such as {missing[0].lower()}.xpt or {missing[0].lower()}.parquet",
        )
    return found


def read_dataset(path: Path) -> pd.DataFrame:
    """Read one file of a transfer.

    Parameters
    ----------
    path : Path
        A file that ends in ``.xpt``, ``.sas7bdat``, ``.json``, ``.ndjson``, ``.parquet`` or ``.csv``.

    Returns
    -------
    DataFrame
        Text columns of ``str`` with ``""`` for blank and no blanks at the end; numbers and SAS dates of ``float64``
        with NaN for missing; columns and records in the file's order.

    Raises
    ------
    TransferError
        The file is missing, unreadable or truncated, is a link or no file, or says that it holds another dataset.
    """
    return described_dataset(path)[0]


def described_dataset(path: Path) -> tuple[pd.DataFrame, DatasetSpecification]:
    """Read one file of a transfer, and what it states of its variables.

    Parameters
    ----------
    path : Path
        As for :func:`read_dataset`.

    Returns
    -------
    frame : DataFrame
    specification : DatasetSpecification
        Named after the file; labels, lengths, kinds and keys as far as its format states them.

    Raises
    ------
    TransferError
        As for :func:`read_dataset`.
    """
    require_regular(path)
    declared = dictionary_for(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        listed = ", ".join(f".{form}" for form in FORMATS)
        raise TransferError("the file is of no format that is read", str(path), f"send it as one of {listed}")
    frame, specification = reader(path, declared)
    name = path.stem.upper()
    if specification.name.upper() not in {name, *UNNAMED}:
        raise TransferError(
            f"the file holds dataset {specification.name}", path.name, "name the file after the dataset that it holds"
        )
    return frame, replace(specification, name=name)


def _xport(path: Path, declared: Dictionary | None) -> tuple[pd.DataFrame, DatasetSpecification]:
    return read_xport(path, UTF_8 if declared is None else declared.encoding)


def _json(path: Path, declared: Dictionary | None) -> tuple[pd.DataFrame, DatasetSpecification]:
    _states_its_encoding(path, declared)
    return read_dataset_json(path)


def _parquet(path: Path, declared: Dictionary | None) -> tuple[pd.DataFrame, DatasetSpecification]:
    _states_its_encoding(path, declared)
    return read_parquet(path), parquet_specification(path)


def _sas7bdat(path: Path, declared: Dictionary | None) -> tuple[pd.DataFrame, DatasetSpecification]:
    _states_its_encoding(path, declared)
    return read_sas7bdat(path)


def _states_its_encoding(path: Path, declared: Dictionary | None) -> None:
    if declared is not None and declared.encoding != UTF_8:
        raise TransferError(
            f"the dictionary declares {declared.encoding} for a format that states its encoding itself",
            path.name,
            "take the encoding out of the dictionary",
        )


READERS: dict[str, Callable[[Path, Dictionary | None], tuple[pd.DataFrame, DatasetSpecification]]] = {
    ".xpt": _xport,
    ".sas7bdat": _sas7bdat,
    ".json": _json,
    ".ndjson": _json,
    ".parquet": _parquet,
    ".csv": read_csv,
}


def read_transfer(folder: Path, names: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Read the datasets of a transfer.

    Parameters
    ----------
    folder : Path
        Holds one file a dataset.
    names : iterable of str
        Names of the datasets.

    Returns
    -------
    dict
        Frame by dataset name; see :func:`read_dataset`.

    Raises
    ------
    TransferError
        A file is missing, unreadable or truncated, or a dataset has two files.
    """
    return {name: read_dataset(path) for name, path in transfer_files(folder, names).items()}


def write_dataset(
    frame: pd.DataFrame,
    path: Path,
    specification: DatasetSpecification,
    *,
    made: datetime = EPOCH,
    version: Version = 5,
) -> None:
    """Write a dataset in the format that the file's name says, the same bytes for the same data.

    Parameters
    ----------
    frame : DataFrame
        Text columns of ``str``, numbers and dates of ``float64``; columns as in the specification.
    path : Path
        Ends in ``.xpt``, ``.json``, ``.ndjson`` or ``.parquet``.
    specification : DatasetSpecification
    made : datetime
        Stands in XPORT and Dataset-JSON files as the time of creation, such as the data cut-off.
    version : {5, 8}
        Of XPORT.

    Raises
    ------
    UsageError
        The format is not written.
    TransferError
        The frame's columns are not those of the specification, or a value does not fit the format.
    """
    _check_columns(specification.name, frame, specification)
    suffix = path.suffix.lower()
    if suffix == ".xpt":
        write_xport(frame, path, specification, made, version)
    elif suffix in {".json", ".ndjson"}:
        write_dataset_json(frame, path, specification, made)
    elif suffix == ".parquet":
        write_parquet(frame, path, specification)
    else:
        raise UsageError("datasets are not written in this format", str(path), "write .xpt, .json, .ndjson or .parquet")


def write_transfer(
    frames: Mapping[str, pd.DataFrame],
    folder: Path,
    schemas: Mapping[str, DatasetSpecification | type[Any]],
    *,
    made: datetime = EPOCH,
) -> None:
    """Write datasets as a transfer in two formats: ``folder/xpt/*.xpt`` and ``folder/parquet/*.parquet``.

    Parameters
    ----------
    frames : mapping
        Frame by dataset name.
    folder : Path
        Must not exist yet, or be empty. It is filled only when everything in it is written.
    schemas : mapping
        By dataset name the specification, or the pandera model that states it.
    made : datetime
        Stands in the XPORT headers, so that the same data give the same bytes.

    Raises
    ------
    UsageError
        The folder holds something.
    TransferError
        A frame's columns are not those of its specification, or a value does not fit XPORT.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("there is a transfer already; it is not overwritten", str(folder), "name another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for form in WRITTEN:
            (stage / form).mkdir()
        for name, frame in frames.items():
            specification = specified(name, schemas[name])
            for form in WRITTEN:
                write_dataset(frame, stage / form / f"{name.lower()}.{form}", specification, made=made)
        stage.chmod(0o755)
        try:
            stage.rename(folder)
        except OSError as error:
            raise UsageError(
                "there is a transfer already; it is not overwritten", str(folder), "name another folder"
            ) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _check_columns(name: str, frame: pd.DataFrame, specification: DatasetSpecification) -> None:
    unknown = [column for column in frame.columns if column not in specification.names]
    missing = [column for column in specification.names if column not in frame.columns]
    if unknown or missing:
        parts = [f"{' '.join(missing)} missing"] * bool(missing) + [f"{' '.join(unknown)} not specified"] * bool(
            unknown
        )
        raise TransferError("the variables are not those of the schema", f"{name}: {'; '.join(parts)}", "match them")
