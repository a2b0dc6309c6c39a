"""The transfer's define.xml held against the schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csrbook.data.define_compare import compare_define
from csrbook.data.define_xml import find_define, read_define
from csrbook.lock.findings import SHOWN_KEYS, Finding
from csrbook.lock.waivers import DEFINE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from csrbook.data.define_compare import Difference
    from csrbook.data.specification import DatasetSpecification

__all__ = ["check_define"]

SENTENCES = {
    "dataset": "define.xml describes the datasets of the plan, and no others.",
    "variable": "define.xml describes the variables of the schema, and no others.",
    "keys": "define.xml and the schema name the same key.",
    "type": "A variable has the type that define.xml states.",
    "label": "A label is that of the schema.",
    "length": "define.xml allows no longer text than the schema.",
    "codelist": "define.xml and the schema have the same codelist.",
}
REJECTING = {"type"}


def check_define(transfer: Path, specifications: Mapping[str, DatasetSpecification]) -> list[Finding]:
    """What a transfer's define.xml states otherwise than the schemas.

    Parameters
    ----------
    transfer : Path
        Folder of the transfer; one without a define.xml has no findings.
    specifications : mapping
        What the schemas state, by name of the plan's datasets.

    Returns
    -------
    list of Finding
        One a dataset and kind of difference, counted in variables. Types that differ reject; all else is reviewed.

    Raises
    ------
    TransferError
        The file is not readable.
    """
    path = find_define(transfer)
    if path is None:
        return []
    together: dict[tuple[str, str], list[Difference]] = {}
    for difference in compare_define(read_define(path), specifications):
        together.setdefault((difference.dataset, difference.attribute), []).append(difference)
    return [
        Finding(
            DEFINE,
            "reject" if attribute in REJECTING else "review",
            dataset,
            SENTENCES[attribute],
            len(differences),
            len(specifications[dataset].variables) if dataset in specifications else len(differences),
            tuple(_shown(difference) for difference in differences[:SHOWN_KEYS]),
        )
        for (dataset, attribute), differences in together.items()
    ]


def _shown(difference: Difference) -> str:
    stated = f"define.xml {difference.define or 'has none'}, schema {difference.schema or 'has none'}"
    return f"{difference.variable}: {stated}" if difference.variable else stated
