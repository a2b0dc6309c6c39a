"""What must hold for the repository as a whole."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMMANDS = {
    "tests": 'python -m pip install "nox[uv]" && nox -s tests',
    "render": 'python -m pip install "nox[uv]" && nox -s render',
}


def tracked() -> list[Path]:
    """Files under version control, or every file where there is no git."""
    done = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("no git here")
    return [ROOT / line for line in done.stdout.splitlines() if (ROOT / line).is_file()]


def test_the_readme_gives_the_two_commands_and_ci_calls_exactly_these():
    readme = (ROOT / "README.md").read_text("utf-8")
    ci = (ROOT / ".ci" / "run").read_text("utf-8")
    for command in COMMANDS.values():
        assert command in readme
        assert command in ci
    assert ci.index(COMMANDS["tests"]) < ci.index(COMMANDS["render"])


def test_every_requirement_is_pinned_and_hashed_and_names_no_address():
    for name in ("base", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
        pins = re.findall(r"^([A-Za-z0-9_.\[\],-]+)==\S+", text, re.MULTILINE)
        assert len(pins) > 30
        blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
        unhashed = [block.splitlines()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block]
        assert not unhashed
        assert "://" not in text


def test_no_file_is_over_one_megabyte_and_no_patient_data_are_tracked():
    files = tracked()
    assert not [p for p in files if p.stat().st_size > 1_000_000]
    assert not [p for p in files if p.suffix in {".xpt", ".sas7bdat", ".parquet"}]
    assert not [p for p in files if p.relative_to(ROOT).parts[0] in {"data", "locks"}]


def test_python_versions_agree_everywhere():
    assert 'requires-python = ">=3.11,<3.14"' in (ROOT / "pyproject.toml").read_text("utf-8")
    assert "(3, 11) <= sys.version_info[:2] <= (3, 13)" in (ROOT / "noxfile.py").read_text("utf-8")
