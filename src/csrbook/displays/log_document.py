"""The log of the programs as strings: a table for the appendix, and counts that its text quotes.

``report/csr-appendix.qmd`` places ``::: {.plan-table src="program_log"}`` and quotes ``[]{.plan key="log.outputs"}``,
as the analysis plan does its own tables (see :mod:`csrbook.displays.plan_document`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from csrbook.displays.plan_table import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["log_document"]

NOTHING: Final = "None"

COLUMNS: Final = (
    ("Output and program", 2.2, "left"),
    ("Errors, messages, warnings", 2, "left"),
    ("Numbers not estimable", 1.8, "left"),
)


def log_document(log: Mapping[str, Mapping[str, Any]], numbers: Mapping[str, str]) -> dict[str, Any]:
    """Values and the table of a log.

    Parameters
    ----------
    log : mapping
        By output id in the order of the catalogue: ``program``, ``messages``, ``data_warnings``, ``not_estimable``
        (count by reason) and ``error``.
    numbers : mapping
        By output id, its number as it is printed (``Table 14.1.1.1``).

    Returns
    -------
    dict
        ``values`` and ``tables``. Every output has a row, also one without any message: what was not looked at would
        not be told apart from what was silent. The table's ``anchors`` name its rows, so that pages can lead to them.
    """
    rows = [
        (
            f"{numbers[name]}\n{entry['program'].removeprefix('analyses/')}",
            _list([entry["error"], *entry["messages"], *(f"Data: {text}" for text in entry["data_warnings"])]),
            _list([f"{count:,}: {reason}" for reason, count in entry["not_estimable"].items()]),
        )
        for name, entry in log.items()
    ]
    entries = table("", COLUMNS, rows or [(NOTHING, "", "")])
    values = {
        "log.outputs": str(len(log)),
        "log.with_messages": str(sum(bool(entry["messages"]) for entry in log.values())),
        "log.with_data_warnings": str(sum(bool(entry["data_warnings"]) for entry in log.values())),
        "log.with_not_estimable": str(sum(bool(entry["not_estimable"]) for entry in log.values())),
        "log.with_errors": str(sum(bool(entry["error"]) for entry in log.values())),
    }
    return {"values": values, "tables": {"program_log": {**entries, "anchors": [_anchor(name) for name in log]}}}


def _anchor(output: str) -> str:
    return f"log-{output[0].lower()}-{output[1:].replace('.', '-')}"


def _list(texts: Sequence[str]) -> str:
    said = [text for text in texts if text]
    return "\n".join(said) or NOTHING
