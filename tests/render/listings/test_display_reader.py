"""A display read from disk in parts is the display that was written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from csrbook.errors import RenderError
from csrbook.render import display_reader
from csrbook.render.display_reader import read_display, read_rows

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"cells": [f"S{i}", 'a "quotation", \\ and [brackets]', "腹泻\n", ""], "label": ""} for i in range(40)]
DISPLAY = {"id": "L1", "rows": ROWS, "group_by": 12, "numbers": {}, "columns": [{"width": 1.5}], "alt": None}


@pytest.mark.parametrize("part", [1, 7, 100, 2**20])
@pytest.mark.parametrize("indent", [None, 2])
def test_parts_of_any_size_give_the_same(
    part: int, indent: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display_reader, "PART", part)
    file = tmp_path / "L1.json"
    file.write_text(json.dumps(DISPLAY, ensure_ascii=False, indent=indent), encoding="utf-8")
    assert read_display(file) == ({**DISPLAY, "rows": []}, 40)
    assert list(read_rows(file)) == [row["cells"] for row in ROWS]


@pytest.mark.parametrize("text", ["", "[1]", '{"rows": [{"cells": ["S1"', '{"rows": [1]}', '{"rows": 1}', '{"id" 1}'])
def test_what_is_no_display_is_an_error_that_names_the_file(text: str, tmp_path: Path) -> None:
    file = tmp_path / "L1.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RenderError, match=r"L1\.json"):
        list(read_rows(file))
