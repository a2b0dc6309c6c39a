"""Transfers: folders of datasets as they arrive (SAS XPORT version 5, Parquet), read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from csrbook.data.specification import DatasetSpecification, Variable
    from csrbook.data.transfer import read_dataset, read_transfer, transfer_files, write_transfer

__all__ = ["DatasetSpecification", "Variable", "read_dataset", "read_transfer", "transfer_files", "write_transfer"]


def __getattr__(name: str) -> Any:
    # pandas and pyarrow take a second to import; a command that reads no data must not pay for it.
    if name in {"DatasetSpecification", "Variable"}:
        from csrbook.data import specification

        return getattr(specification, name)
    if name in __all__:
        from csrbook.data import transfer

        return getattr(transfer, name)
    msg = f"module 'csrbook.data' has no attribute '{name}'"
    raise AttributeError(msg)
