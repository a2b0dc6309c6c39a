"""A transfer of the tiny database, and its lock; a small study and its lock."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from csrbook.data import write_transfer
from csrbook.lock import Lock, create_lock, find_lock, load_schemas, read_manifest
from csrbook.plan import load_plan
from tests.schemas.tiny_database import frames

from .small_study import make_small_study

ROOT = Path(__file__).parents[2]


def writable(locks: Path) -> Path:
    """Let those who are not root do harm to a lock, as one who has the right to could."""
    for folder in locks.rglob("*"):
        if folder.is_dir():
            folder.chmod(0o755)
    return locks


@pytest.fixture(scope="session")
def plan():
    return load_plan(ROOT)


@pytest.fixture(scope="session")
def originals(plan, tmp_path_factory):
    """A transfer and its lock, made once."""
    folder = tmp_path_factory.mktemp("originals")
    write_transfer(frames(), folder / "transfer", load_schemas(ROOT).datasets)
    create_lock(folder / "transfer" / "xpt", plan, ROOT, folder / "locks")
    return folder


@pytest.fixture
def transfer(originals, tmp_path):
    """The test's own transfer."""
    return shutil.copytree(originals / "transfer", tmp_path / "transfer") / "xpt"


@pytest.fixture
def lock(originals, tmp_path):
    """The test's own lock, as it was made."""
    path = find_lock(writable(shutil.copytree(originals / "locks", tmp_path / "locks")))
    return Lock(path.name, path, read_manifest(path))


@pytest.fixture(scope="session")
def small_original(tmp_path_factory):
    """A small study with a lock, made once."""
    study = make_small_study(tmp_path_factory.mktemp("small") / "study")
    study.lock()
    return study


@pytest.fixture
def small(small_original, tmp_path):
    """The test's own small study, locked."""
    root = shutil.copytree(small_original.root, tmp_path / "study", ignore=shutil.ignore_patterns("report"))
    writable(root / "locks")
    return replace(small_original, root=root)


@pytest.fixture
def locked(small):
    """The lock of the test's own small study."""
    return find_lock(small.locks)
