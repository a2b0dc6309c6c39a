"""The second study, which is small, with a transfer and locks of its own, for tests that do harm to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from csrbook.lock import Lock, create_lock
from csrbook.plan import load_plan
from tests.pipeline.second_study import copy_second_study, write_received

if TYPE_CHECKING:
    from pathlib import Path

    from csrbook.plan.models import Plan

BLINDED = "blinding: {open_label: false}"
OPEN = "blinding: {open_label: true}"
S1 = "ZP-001"


@dataclass(frozen=True)
class SmallStudy:
    root: Path
    plan: Plan

    @property
    def transfer(self) -> Path:
        return self.root / "data" / "received"

    @property
    def locks(self) -> Path:
        return self.root / "locks"

    def lock(self, **arguments) -> Lock:
        return create_lock(self.transfer, self.plan, self.root, self.locks, **arguments)

    def lock_in(self, locks: Path) -> Lock:
        """Lock the transfer in another folder."""
        return create_lock(self.transfer, self.plan, self.root, locks)

    def under_another_plan(self, number: int) -> SmallStudy:
        """The study with a plan of another hash, so that the same data make another lock."""
        return replace(self, plan=self.plan.model_copy(update={"hash": f"sha256:{number:064x}"}))

    def change(self, dataset: str, record: int, variable: str, value: object) -> None:
        """Change a value of the transfer."""
        path = self.transfer / f"{dataset.lower()}.parquet"
        frame = pd.read_parquet(path)
        frame.loc[record, variable] = value
        frame.to_parquet(path, index=False)


def make_small_study(root: Path) -> SmallStudy:
    """An open-label study, since who may see treatment codes is no matter of these tests."""
    copy_second_study(root)
    path = root / "sap" / "study.yaml"
    text = path.read_text("utf-8")
    assert BLINDED in text
    path.write_text(text.replace(BLINDED, OPEN), "utf-8")
    write_received(root / "data" / "received")
    return SmallStudy(root, load_plan(root))
