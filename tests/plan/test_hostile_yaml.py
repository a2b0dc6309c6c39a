"""YAML made to exhaust the reader of the plan: refused at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from csrbook.errors import PlanError
from csrbook.plan import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

# The "billion laughs" of YAML: nine aliases to the line before, eight times over.
LAUGHS = "a: &a [x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(8)
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LAUGHS, "the anchor &a"),
        ("a: " + "[" * 20_000, "more than 40 levels"),
        ("a: " + "[" * 20_000 + "]" * 20_000, "more than 40 levels"),
        ("a: " + "{b: " * 20_000, "more than 40 levels"),
        ("".join("  " * level + "a:\n" for level in range(1000)), "more than 40 levels"),
        ("? " + "[" * 20_000, "a key that is no text"),
        ("a: 1\na: " + "[" * 20_000, "the key 'a' twice"),
        ("a: " + "x" * (4 << 20), "a file of more than 4 MB"),
        ("a: !!python/object/apply:os.system ['true']", "the tag"),
        ("a: " + "9" * 100_000, "999"),
    ],
)
def test_bombs_are_refused_at_once(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    start = time.monotonic()
    with pytest.raises(PlanError, match=reason):
        read_yaml(tmp_path / "a.yaml", tmp_path)
    # It was two minutes for 20,000 brackets while the whole file was parsed.
    assert time.monotonic() - start < 20
