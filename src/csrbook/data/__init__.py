"""Transfers: folders of datasets as they arrive, read from every format of the field and written in three.

:mod:`csrbook.data.transfer` is the one door for datasets; :mod:`csrbook.data.define_xml` reads what a define.xml says
of them; :mod:`csrbook.data.csv_export` is how any room writes a CSV file.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from csrbook.data.csv_export import as_before_export, csv_text
    from csrbook.data.define_compare import Difference, compare_define
    from csrbook.data.define_xml import find_define, read_define
    from csrbook.data.specification import DatasetSpecification, Variable
    from csrbook.data.transfer import (
        described_dataset,
        read_dataset,
        read_transfer,
        transfer_files,
        write_dataset,
        write_transfer,
    )

__all__ = [
    "DatasetSpecification",
    "Difference",
    "Variable",
    "as_before_export",
    "compare_define",
    "csv_text",
    "described_dataset",
    "find_define",
    "read_dataset",
    "read_define",
    "read_transfer",
    "transfer_files",
    "write_dataset",
    "write_transfer",
]

HOMES: Final = {
    "DatasetSpecification": "specification",
    "Difference": "define_compare",
    "Variable": "specification",
    "compare_define": "define_compare",
    "as_before_export": "csv_export",
    "csv_text": "csv_export",
    "find_define": "define_xml",
    "read_define": "define_xml",
}


def __getattr__(name: str) -> Any:
    # pandas and pyarrow take a second to import; a command that reads no data must not pay for it.
    if name in __all__:
        return getattr(import_module(f"csrbook.data.{HOMES.get(name, 'transfer')}"), name)
    msg = f"module 'csrbook.data' has no attribute '{name}'"
    raise AttributeError(msg)
