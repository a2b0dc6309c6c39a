"""A transfer: one folder with one file a dataset, ``adsl.xpt`` or ``adsl.parquet``."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csrbook.data.parquet import read_parquet, write_parquet
from csrbook.data.specification import DatasetSpecification, specified
from csrbook.data.xport import read_xport, write_xport
from csrbook.errors import TransferError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

__all__ = ["read_dataset", "read_transfer", "transfer_files", "write_transfer"]

FORMATS = ("xpt", "parquet")
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
        There is no such folder, a dataset has no file, or a dataset has more than one.
    """
    if not folder.is_dir():
        raise TransferError("there is no such transfer folder", str(folder), "name the folder that holds the files")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower().lstrip(".") in FORMATS and path.is_file())
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
        A file that ends in ``.xpt`` or ``.parquet``.

    Returns
    -------
    DataFrame
        Text columns of ``str`` with ``""`` for blank; numbers and SAS dates of ``float64`` with NaN for missing;
        columns and records in the file's order.

    Raises
    ------
    TransferError
        The file is missing, unreadable or truncated.
    """
    if not path.is_file():
        raise TransferError("the file is missing", str(path), "put it there or name another transfer")
    return read_parquet(path) if path.suffix.lower() == ".parquet" else read_xport(path)[0]


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


def write_transfer(
    frames: Mapping[str, pd.DataFrame],
    folder: Path,
    schemas: Mapping[str, DatasetSpecification | type[Any]],
    *,
    made: datetime = EPOCH,
) -> None:
    """Write datasets as a transfer in both formats: ``folder/xpt/*.xpt`` and ``folder/parquet/*.parquet``.

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
        for form in FORMATS:
            (stage / form).mkdir()
        for name, frame in frames.items():
            specification = specified(name, schemas[name])
            _check_columns(name, frame, specification)
            write_xport(frame, stage / "xpt" / f"{name.lower()}.xpt", specification, made)
            write_parquet(frame, stage / "parquet" / f"{name.lower()}.parquet", specification)
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
