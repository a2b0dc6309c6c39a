"""What goes out to a second programmer: the locked data and the plan, under the lock's hash."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Protocol

from csrbook.data import csv_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from csrbook.plan.models import Output, Plan

__all__ = ["DATA", "PLAN", "PLAN_TABLE", "Source", "write_data", "write_plan"]

DATA: Final = "data"
PLAN: Final = "plan.json"
PLAN_TABLE: Final = "plan.csv"


class Source(Protocol):
    """Locked data."""

    @property
    def hash(self) -> str:
        """Hash of the lock."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the datasets."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The lock's manifest."""

    def dataset(self, name: str) -> pd.DataFrame:
        """The records of a dataset."""


def write_data(data: Source, folder: Path, names: Iterable[str] | None = None) -> None:
    """Write datasets as CSV below ``data/``: dates as days since 1960-01-01, what is missing as an empty cell."""
    (folder / DATA).mkdir(parents=True, exist_ok=True)
    for name in data.names if names is None else names:
        frame = data.dataset(name)
        text = csv_text(list(frame.columns), frame.to_numpy(dtype=object).tolist())
        (folder / DATA / f"{name}.csv").write_text(text, encoding="utf-8", newline="")


def write_plan(plan: Plan, outputs: Iterable[Output], data: Source, folder: Path) -> None:
    """Write the study, its endpoints and the rows of the outputs, with the hashes of plan and lock.

    As ``plan.json``, and for languages that read no JSON as ``plan.csv``: a value a row, named by the keys and
    positions (from 1) that lead to it, such as ``study.arms.1.id``.
    """
    content = {
        "lock": data.hash,
        "plan": plan.hash,
        "datasets": {name: entry["content_sha256"] for name, entry in data.manifest["datasets"].items()},
        "study": plan.study.model_dump(mode="json"),
        "endpoints": plan.endpoints.model_dump(mode="json"),
        "outputs": {output.id: output.model_dump(mode="json") for output in outputs},
    }
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (folder / PLAN).write_text(text + "\n", encoding="utf-8", newline="\n")
    (folder / PLAN_TABLE).write_text(csv_text(("name", "value"), _values("", content)), encoding="utf-8", newline="")


def _values(name: str, content: Any) -> Iterator[tuple[str, object]]:
    if isinstance(content, dict):
        parts: Iterable[tuple[object, Any]] = content.items()
    elif isinstance(content, list):
        parts = enumerate(content, start=1)
    else:
        yield name, content
        return
    for key, part in parts:
        yield from _values(f"{name}.{key}" if name else str(key), part)
