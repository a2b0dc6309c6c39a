"""The import rules of docs/architecture.md, held on the source itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "src" / "csrbook"

# What each room of the engine may import of the engine, beside itself and csrbook.errors.
ENGINE_ROOMS = {
    "plan": set(),
    "data": set(),
    "lock": {"data", "plan"},
    "simulate": set(),
    "stats": set(),
    "ard": set(),
    "ars": {"displays", "plan"},
    "displays": {"ard", "stats", "plan"},
    "languages": set(),
    "render": {"languages", "processes"},
    "compare": {"ard"},
    "conformance": {"processes"},
    "double_programming": {"ard", "compare", "data", "plan"},
    "pipeline": {
        "ard",
        "ars",
        "compare",
        "conformance",
        "data",
        "displays",
        "double_programming",
        "environment",
        "languages",
        "lock",
        "plan",
        "processes",
        "render",
        "simulate",
    },
    "cli": {"pipeline"},
    "bench": {"pipeline", "environment", "render", "stats"},
    "environment": set(),
    "errors": set(),
    "processes": set(),
    "__main__": {"cli", "environment"},
    "__init__": set(),
}

# What each room of the study may import of the engine and of the study, beside itself.
STUDY_ROOMS = {
    "analyses": {"csrbook.ard", "csrbook.stats", "csrbook.displays", "csrbook.plan", "csrbook.errors"},
    "schemas": {"csrbook.plan", "csrbook.errors"},
    "simulation": {"csrbook.simulate", "csrbook.plan", "csrbook.errors"},
    "qc": {"csrbook.ard", "csrbook.plan", "csrbook.errors"},
}


def imported(path: Path) -> set[str]:
    """Full names of all modules that a file imports, inside functions too; relative imports stay in the room."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def engine_files() -> list[Path]:
    return sorted(ENGINE.rglob("*.py"))


def study_files() -> list[Path]:
    return sorted(path for room in STUDY_ROOMS for path in (ROOT / room).rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(ENGINE).parts[0].removesuffix(".py")


def test_the_engine_has_no_room_without_a_rule():
    assert {room_of(path) for path in engine_files()} - {"py.typed"} <= set(ENGINE_ROOMS)


@pytest.mark.parametrize("path", engine_files(), ids=lambda p: p.relative_to(ENGINE).as_posix())
def test_arrows_in_the_engine_point_one_way(path):
    room = room_of(path)
    allowed = ENGINE_ROOMS[room] | {room, "errors", "__version__"}
    wrong = {n for n in imported(path) if n.startswith("csrbook.") and n.split(".")[1] not in allowed}
    assert not wrong
    assert not {n for n in imported(path) if n.split(".")[0] in STUDY_ROOMS}, "the engine may not name a study"


def test_relative_imports_never_leave_their_room():
    for path in engine_files() + study_files():
        levels = [n.level for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.ImportFrom)]
        assert max(levels, default=0) <= 1, path


@pytest.mark.parametrize("path", study_files(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_study_uses_only_the_rooms_that_it_may(path):
    room = path.relative_to(ROOT).parts[0]
    allowed = STUDY_ROOMS[room]
    for name in imported(path):
        top = name.split(".")[0]
        assert top not in STUDY_ROOMS or top == room, f"{room} may not import {name}"
        assert top != "csrbook" or ".".join(name.split(".")[:2]) in allowed, f"{room} may not import {name}"


def test_qc_cannot_reach_production_code_even_by_way_of_what_it_imports():
    qc_may = STUDY_ROOMS["qc"]
    reached, queue = set(), [ENGINE / name.split(".")[1] for name in qc_may if name != "csrbook.errors"]
    while queue:
        folder = queue.pop()
        reached.add(folder.name)
        for path in folder.rglob("*.py"):
            queue += [
                ENGINE / n.split(".")[1]
                for n in imported(path)
                if n.startswith("csrbook.") and (ENGINE / n.split(".")[1]).is_dir() and n.split(".")[1] not in reached
            ]
    assert not reached & {"stats", "displays"}


def test_a_planted_import_is_caught(tmp_path):
    bad = tmp_path / "t_bad.py"
    bad.write_text("def f():\n    from csrbook.stats import cox\n    return cox\n")
    assert imported(bad) == {"csrbook.stats.cox"}


@pytest.mark.parametrize("module", ["csrbook.cli", "csrbook.plan", "csrbook.lock", "csrbook.data", "csrbook.render"])
def test_rooms_that_the_command_line_reaches_load_no_heavy_library(module):
    heavy = ["pandas", "numpy", "scipy", "pandera", "lifelines", "statsmodels", "matplotlib", "pyarrow"]
    code = f"import sys, {module}; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT / "src")
    assert done.stdout.strip() == "[]"


def test_no_module_has_outgrown_its_room():
    files = engine_files() + study_files()
    long = {p.name: n for p in files if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert not long
