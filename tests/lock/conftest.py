"""A transfer of the tiny database, and its lock."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from csrbook.data import write_transfer
from csrbook.lock import Lock, create_lock, find_lock, load_schemas, read_manifest
from csrbook.plan import load_plan
from tests.schemas.tiny_database import frames

ROOT = Path(__file__).parents[2]


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
    path = find_lock(shutil.copytree(originals / "locks", tmp_path / "locks"))
    return Lock(path.name, path, read_manifest(path))
