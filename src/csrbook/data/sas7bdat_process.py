"""The process that reads one SAS7BDAT file for :mod:`csrbook.data.sas7bdat`; it imports nothing of csrbook.

Called with the file, the Parquet file to write and the size of the first. Says on its standard output, as JSON, what
the file states of its variables.
"""

from __future__ import annotations

import json
import os
import sys

__all__ = ["REFUSED", "main"]

REFUSED = 3
"""Exit code where the library found the file to be wrong, and said why."""

MEMORY = 2 << 30
"""Bytes that reading any file may take,"""
MEMORY_A_BYTE = 40
"""and so many more for each of its own."""


def main(path: str, result: str, size: int) -> int:
    """Read ``path`` and write ``result``.

    Parameters
    ----------
    path, result : str
    size : int
        Bytes of ``path``.

    Returns
    -------
    int
        Exit code.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    import pyreadstat

    _bounded(MEMORY + MEMORY_A_BYTE * size)
    try:
        frame, stated = pyreadstat.read_sas7bdat(path, disable_datetime_conversion=True, output_format="dict")
        text = {name: stated.readstat_variable_types[name] == "string" for name in stated.column_names}
        columns = [
            pa.array(
                [value if isinstance(value, str) else "" for value in frame[name]], pa.string()
            ).dictionary_encode()
            if text[name]
            else pa.array(np.asarray(frame[name], dtype=np.float64), pa.float64(), from_pandas=True)
            for name in stated.column_names
        ]
        pq.write_table(pa.table(columns, names=stated.column_names), result, compression="none")
    except (
        pyreadstat.ReadstatError,
        pyreadstat.PyreadstatError,
        ValueError,
        KeyError,
        OverflowError,
        TypeError,
        pa.ArrowException,
    ) as error:
        sys.stderr.write(str(error).splitlines()[0] if str(error) else type(error).__name__)
        return REFUSED
    except MemoryError:
        sys.stderr.write("it asks for more memory than such a file may")
        return REFUSED
    variables = [
        {
            "name": name,
            "label": label or "",
            "text": text[name],
            "length": stated.variable_storage_width.get(name),
            "format": stated.original_variable_types.get(name) or "",
        }
        for name, label in zip(stated.column_names, stated.column_labels, strict=True)
    ]
    said = {"name": stated.table_name or "", "label": stated.file_label or "", "variables": variables}
    sys.stdout.write(json.dumps(said))
    return 0


def _bounded(memory: int) -> None:
    """Bound the address space, where the system can."""
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
