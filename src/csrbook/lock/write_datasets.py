"""Writes the datasets of a lock and says what each holds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from csrbook.data.parquet import arrow_table, write_table
from csrbook.errors import TransferError
from csrbook.lock.canonical import canonical
from csrbook.lock.hashing import WORKERS, content_hash, file_hash, file_hashes, table_hashes
from csrbook.lock.manifest import DATA, SUBJECT
from csrbook.lock.staging import settle

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

    from csrbook.data.specification import DatasetSpecification
    from csrbook.lock.study_schemas import StudySchemas

__all__ = ["TransferHashes", "write_datasets"]


class TransferHashes:
    """Hash of each file of a transfer, and whether one was changed since.

    Parameters
    ----------
    files : mapping
        Path by dataset name.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        self.files = dict(files)
        self._seen = {name: _state(path) for name, path in files.items()}
        self.hashes = dict(zip(files, file_hashes(files.values()), strict=True))

    def require_unchanged(self) -> None:
        """Raise where a file is not the one that was hashed.

        Size and time stamps tell, of which the system itself sets the one of the last change; so no file is read again.

        Raises
        ------
        TransferError
            Names the file.
        """
        for name, path in self.files.items():
            if not path.is_file() or _state(path) != self._seen[name]:
                raise TransferError("a file changed while it was locked", str(path), "lock the transfer again")


def _state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def write_datasets(
    frames: MutableMapping[str, pd.DataFrame], schemas: StudySchemas, transfer: TransferHashes, folder: Path
) -> dict[str, dict[str, Any]]:
    """Write the canonical files.

    Parameters
    ----------
    frames : mutable mapping
        Valid frame by dataset name; emptied on the way, so that no dataset stands in memory longer than it must.
    schemas : StudySchemas
    transfer : TransferHashes
        Of the files that the frames were read from.
    folder : Path
        New folder for the files.

    Returns
    -------
    dict
        What the manifest says of each dataset, by name.
    """
    folder.mkdir()
    datasets: dict[str, dict[str, Any]] = {}
    with ThreadPoolExecutor(WORKERS) as pool:
        hashes = {}
        for name in list(frames):
            specification = schemas.datasets[name]
            table = arrow_table(canonical(frames.pop(name), specification), specification)
            # The disk and the hash of one file, while this one is hashed and the next is read and put in order.
            hashes[name] = pool.submit(_written, table, folder / f"{name}.parquet")
            datasets[name] = _facts(table, specification) | {
                "transfer_file": transfer.files[name].name,
                "transfer_sha256": transfer.hashes[name],
            }
        for name, digest in hashes.items():
            datasets[name]["file_sha256"] = digest.result()
    return datasets


def _facts(table: pa.Table, specification: DatasetSpecification) -> dict[str, Any]:
    variables = table_hashes(table, specification)
    subjects = len(table.column(SUBJECT).chunk(0).dictionary) if SUBJECT in specification.of_kind("text") else None
    return {
        "file": f"{DATA}/{specification.name}.parquet",
        "records": len(table),
        "subjects": subjects,
        "variables": {variable.name: variable.kind for variable in specification.variables},
        "keys": list(specification.keys),
        "content_sha256": content_hash(specification.name, len(table), variables),
        "variable_sha256": variables,
    }


def _written(table: pa.Table, path: Path) -> str:
    write_table(table, path)
    settle(path)
    return file_hash(path)
