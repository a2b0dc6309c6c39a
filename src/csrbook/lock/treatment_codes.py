"""The file with the treatment codes: who was randomised to what, and who took what."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any, Final

from csrbook.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from csrbook.plan.models import Arm

__all__ = ["ACTUAL", "CODES", "PLANNED", "codes_file", "read_codes"]

CODES: Final = "treatment-codes"
"""Name, but for its ending, of the file with the codes in a transfer folder."""
ENDINGS: Final = (".csv", ".xpt", ".parquet")
IDENTIFIER: Final = "USUBJID"
PLANNED: Final = ("TRT01P", "TRT01PN")
ACTUAL: Final = ("TRT01A", "TRT01AN")
LARGEST: Final = 64 * 2**20


def codes_file(transfer: Path) -> Path | None:
    """The file with the codes that lies in a transfer folder, if one does."""
    if not transfer.is_dir():
        return None
    found = sorted(p for p in transfer.iterdir() if p.stem.lower() == CODES and p.suffix.lower() in ENDINGS)
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise TransferError("there are two files with treatment codes", f"{transfer}: {names}", "take one away")
    return found[0] if found else None


def read_codes(path: Path, arms: Sequence[Arm]) -> dict[str, dict[str, Any]]:
    """Read a file with treatment codes.

    Parameters
    ----------
    path : Path
        CSV (UTF-8, with a header), XPT or Parquet. ``USUBJID``, the planned treatment (``TRT01P``, ``TRT01PN`` or
        both), the actual one (``TRT01A``, ``TRT01AN`` or both), and any other variable that the plan lists.
    arms : sequence of Arm
        The plan's arms. Label and code complete each other.

    Returns
    -------
    dict
        Variables by subject; text is ``""`` and a number NaN where the subject has no treatment.

    Raises
    ------
    TransferError
        The file is missing or unreadable, lacks a variable, names a subject twice, or a treatment that is no arm.
    """
    rows = _rows(path)
    codes: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows, start=1):
        subject = str(row[IDENTIFIER])
        if not subject or subject in codes:
            fault = f"names {subject} twice" if subject else f"has no subject in record {number}"
            raise TransferError(f"the file with the treatment codes {fault}", str(path), "correct it at its source")
        codes[subject] = {name: value for name, value in row.items() if name != IDENTIFIER}
        for label, code in (PLANNED, ACTUAL):
            codes[subject] |= _treatment(row, label, code, arms, f"{path}: {subject}")
    return codes


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise TransferError("there is no such file with treatment codes", str(path), "name the file that holds them")
    if path.stat().st_size > LARGEST:
        raise TransferError("the file with the treatment codes is over 64 MB", str(path), "name the right file")
    if path.suffix.lower() == ".csv":
        names, rows = _csv(path)
    else:
        from csrbook.data.transfer import read_dataset

        frame = read_dataset(path)
        names = list(frame.columns)
        rows = [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
    absent = [] if IDENTIFIER in names else [IDENTIFIER]
    absent += [f"{label} or {code}" for label, code in (PLANNED, ACTUAL) if label not in names and code not in names]
    if absent:
        raise TransferError(
            f"the file with the treatment codes has no {', no '.join(absent)}",
            f"{path}: {', '.join(names)}",
            "have it made with the subject, the planned and the actual treatment",
        )
    return rows


def _csv(path: Path) -> tuple[list[str], list[dict[str, Any]]]:
    try:
        reader = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True)
        header, *lines = [line for line in reader if line]
        names = [name.strip() for name in header]
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise TransferError(
            "the file with the treatment codes is not readable", str(path), "save it as CSV in UTF-8"
        ) from error
    if wrong := [number for number, line in enumerate(lines, start=2) if len(line) != len(names)]:
        raise TransferError("a line has not as many cells as the header", f"{path}:{wrong[0]}", "correct the file")
    return names, [{name: cell.strip() for name, cell in zip(names, line, strict=True)} for line in lines]


def _treatment(row: Mapping[str, Any], label: str, code: str, arms: Sequence[Arm], where: str) -> dict[str, Any]:
    """Label and code of one treatment, each from what the row has."""
    said = {_text(row.get(label, "")), _text(row.get(code, ""))} - {""}
    if not said:
        return {label: "", code: math.nan}
    fitting = [arm for arm in arms if said <= {arm.label, str(arm.code)}]
    if not fitting:
        raise TransferError(
            f"{' and '.join(sorted(said))} is no treatment of the plan",
            f"{where}, {label}",
            "correct the file, or the plan's arms",
        )
    return {label: fitting[0].label, code: float(fitting[0].code)}


def _text(value: Any) -> str:
    """A label or a code as text; a missing number is blank and ``1.0`` is ``1``."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.15g}"
    return str(value).removesuffix(".0")
