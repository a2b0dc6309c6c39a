from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from csrbook.plan import read_yaml

if TYPE_CHECKING:
    from pathlib import Path


# The core schema of YAML 1.2 (section 10.3.2), without octal and hexadecimal numbers.
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"), ("Y", "Y"), ("off", "off"), ("2026-01-15", "2026-01-15"), ("12:30", "12:30"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("7", 7), ("-7", -7), ("007", 7), ("1.30", 1.3), (".5", 0.5), ("1.", 1.0), ("2e3", 2000.0), ("1e-3", 0.001),
        ("1_000", "1_000"), ("0x1F", "0x1F"), ("14.2.1", "14.2.1"), ("+", "+"), (".", "."), ("<<", "<<"),
        ('"7"', "7"), ("'true'", "true"), ('""', ""), ('"\\u4e2d\\u6587"', "中文"),
        ("|-\n  a\n  b", "a\nb"), (">-\n  a\n  b", "a b"), ("[1, [a, 2.5]]", [1, ["a", 2.5]]),
        ("{a: {b: no}}", {"a": {"b": "no"}}),
    ],
)  # fmt: skip
def test_values_are_read_by_the_core_schema(written: str, read: object, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"value: {written}\n", "utf-8")
    value = read_yaml(path, tmp_path).data["value"]
    assert value == read
    assert type(value) is type(read)


def test_each_value_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("# comment\na: 1\nb:\n  - x\n  - id: second\n    c: >-\n      folded\n      text\nd: 2\n", "utf-8")
    file = read_yaml(path, tmp_path)
    assert file.line(("a",)) == 2
    assert file.line(("b",)) == 3
    assert file.line(("b", 0)) == 4
    assert file.line(("b", 1)) == 5
    assert file.line(("b", 1, "c")) == 6
    assert file.line(("d",)) == 9


def test_a_path_that_does_not_exist_is_placed_at_what_is_around_it(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\nb:\n  - id: second\n    c: 1\n", "utf-8")
    file = read_yaml(path, tmp_path)
    assert file.where(("b", 0, "missing")) == "a.yaml:3, b[second].missing"
    assert file.where(("nothing",)) == "a.yaml:1, nothing"
