"""Copies of the study for tests that write into it, and the command line run on them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PARTS = ("sap", "schemas", "simulation", "analyses", "qc", "report", "requirements", "_quarto.yml")


def copy_study(target: Path, *, second: bool = True) -> Path:
    """A copy of the study; without its second programmer where a test is of something else and would wait for him."""
    target.mkdir(parents=True)
    for name in PARTS if second else [name for name in PARTS if name != "qc"]:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target / name)
    return target


@contextmanager
def own_modules() -> Iterator[None]:
    """Room for another study's packages in this process; those that were loaded are put back afterwards."""
    path, modules = sys.path[:], {n: m for n, m in sys.modules.items() if n.split(".")[0] in PARTS}
    try:
        yield
    finally:
        sys.path[:] = path
        for name in [name for name in sys.modules if name.split(".")[0] in PARTS]:
            del sys.modules[name]
        sys.modules.update(modules)


def csrbook(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment}
    command = [sys.executable, "-m", "csrbook", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, encoding="utf-8")


def succeed(*arguments: str | Path, cwd: Path, **environment: str) -> str:
    done = csrbook(*arguments, cwd=cwd, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
