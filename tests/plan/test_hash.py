from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from csrbook.plan import load_plan
from tests.plan.plans import OUTPUTS, STUDY, write_study

if TYPE_CHECKING:
    from pathlib import Path


def hash_of(root: Path) -> str:
    return load_plan(root).hash


def test_it_is_a_sha256_with_its_name(tmp_path: Path) -> None:
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", hash_of(write_study(tmp_path)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("phase: II\n", "# a comment\nphase: II # and another\n"),
        ("protocol: XY-2\nregistry: NCT00000002\n", "registry: NCT00000002\nprotocol: XY-2\n"),
        ("phase: II\n", "phase: 'II'\n\n\n"),
        ("datasets: [ADSL, ADVS]\n", "datasets:\n  - ADSL\n  - ADVS\n"),
    ],
    ids=["comment", "order of keys", "quotes and blank lines", "block for flow"],
)
def test_it_does_not_change_with_layout(old: str, new: str, tmp_path: Path) -> None:
    assert STUDY.count(old) == 1
    changed = write_study(tmp_path / "b", study=STUDY.replace(old, new))
    assert hash_of(changed) == hash_of(write_study(tmp_path / "a"))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("study", "treatment_emergent_days: 30", "treatment_emergent_days: 31"),
        ("study", "datasets: [ADSL, ADVS]", "datasets: [ADVS, ADSL]"),
        ("outputs", "weeks: [4, 8, 12]", "weeks: [4, 8, 16]"),
        ("outputs", "title: Systolic Blood Pressure", "title: Systolic blood pressure"),
    ],
)
def test_it_changes_with_content(name: str, old: str, new: str, tmp_path: Path) -> None:
    text = {"study": STUDY, "outputs": OUTPUTS}[name]
    assert text.count(old) == 1
    changed = write_study(tmp_path / "b", **{name: text.replace(old, new)})
    assert hash_of(changed) != hash_of(write_study(tmp_path / "a"))


def test_it_covers_the_simulation_and_the_prose(tmp_path: Path) -> None:
    root = write_study(tmp_path)
    seen = {hash_of(root)}
    (root / "sap" / "simulation.yaml").write_text("site_sd: 0.15\n", "utf-8")
    seen.add(hash_of(root))
    (root / "sap" / "simulation.yaml").write_text("site_sd: 0.16\n", "utf-8")
    seen.add(hash_of(root))
    (root / "sap" / "sap.qmd").write_text("# Objectives\n", "utf-8")
    seen.add(hash_of(root))
    (root / "sap" / "sap.qmd").write_text("# Objective\n", "utf-8")
    seen.add(hash_of(root))
    assert len(seen) == 5
