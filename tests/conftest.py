"""The simulated trial, rendered once, for all tests that look at what comes of it; a command in Quarto's place."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from tests.pipeline.studies import LANGUAGES, copy_study, succeed


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A study in which ``csrbook render`` was run once, and what it said.

    In all languages that this machine has fonts for. It takes a minute or two: tests that use it belong to the group
    ``end_to_end``, which one process runs.
    """
    study = copy_study(tmp_path_factory.mktemp("first") / "study")
    return study, succeed("render", *LANGUAGES, cwd=study)


@pytest.fixture(scope="session")
def version(rendered: tuple[Path, str]) -> Path:
    """The folder of the version that was published."""
    study, _ = rendered
    (lock,) = (study / "locks").glob("L*")
    return study / "outputs" / lock.name / "v001"


@pytest.fixture(scope="session")
def quarto_stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A command that makes pages as Quarto does.

    ``STAND_IN_PYTHON`` names the Python that runs it, whose ``typst`` and ``pypandoc_binary`` may be older: with typst
    0.14.9 it makes pages as Quarto 1.9 does.
    """
    python = os.environ.get("STAND_IN_PYTHON", sys.executable)
    path = tmp_path_factory.mktemp("bin") / "quarto"
    program = Path(__file__).parent / "render" / "quarto_stand_in.py"
    path.write_text(f'#!/bin/sh\nexec "{python}" "{program}" "$@"\n', encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
