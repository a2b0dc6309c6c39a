"""The data of a verified lock, read by dataset and variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from csrbook.data.parquet import read_parquet
from csrbook.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["LockedData"]


class LockedData:
    """Locked data; made by :func:`csrbook.lock.open_lock`.

    Parameters
    ----------
    path : Path
        Folder of a lock that was verified.
    manifest : mapping
        Its manifest.
    """

    def __init__(self, path: Path, manifest: Mapping[str, Any]) -> None:
        self.path = path
        self.manifest = manifest
        self._columns: dict[str, dict[str, NDArray[Any]]] = {}

    @property
    def id(self) -> str:
        """``L`` and twelve hex digits."""
        return str(self.manifest["id"])

    @property
    def hash(self) -> str:
        """Hash of the locked content, the plan and the schemas, of which the id is the beginning."""
        return str(self.manifest["hash"])

    @property
    def data_cutoff(self) -> float:
        """The data cut-off as days since 1960-01-01."""
        return float(self.manifest["data_cutoff"])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the datasets."""
        return tuple(self.manifest["datasets"])

    def dataset(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The records of a dataset in key order, as the caller's own copy.

        Parameters
        ----------
        name : str
            Such as ``ADSL``.
        columns : sequence of str, optional
            Variables to read, in this order; all of them by default.

        Returns
        -------
        DataFrame
            Text columns are ``object`` columns of ``str`` with ``""`` for blank; numbers and SAS dates are ``float64``
            with NaN for missing.

        Raises
        ------
        UsageError
            There is no such dataset or variable in the lock.
        """
        if name not in self.manifest["datasets"]:
            raise UsageError(f"lock {self.id} has no dataset {name}", str(self.path), f"use {', '.join(self.names)}")
        variables = self.manifest["datasets"][name]["variables"]
        chosen = list(variables) if columns is None else list(columns)
        if unknown := [column for column in chosen if column not in variables]:
            raise UsageError(f"{name} has no variable {', '.join(unknown)}", f"lock {self.id}", "correct the name")
        known = self._columns.setdefault(name, {})
        if missing := [column for column in chosen if column not in known]:
            frame = read_parquet(self.path / self.manifest["datasets"][name]["file"], missing)
            known.update({column: frame[column].to_numpy() for column in missing})
        return pd.DataFrame({column: known[column] for column in chosen}, copy=True)
