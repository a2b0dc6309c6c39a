"""Copies of the study for tests that write into it, and the command line run on them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.render.samples import chinese_font

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PARTS = (
    "sap", "schemas", "simulation", "analyses", "qc", "report", "translations", "requirements", "_quarto.yml",
)  # fmt: skip


LANGUAGES = ("--lang", "zh") if chinese_font() else ()
"""Options of a render whose files are looked at whole."""


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


CLOCK = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#define AHEAD (9L * 365 * 86400)
int clock_gettime(clockid_t id, struct timespec *at) {
    int failed = syscall(SYS_clock_gettime, id, at);
    if (!failed && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) at->tv_sec += AHEAD;
    return failed;
}
time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""


def clock_ahead(folder: Path) -> dict[str, str]:
    """Variables under which processes see a clock that is nine years ahead; none where no C compiler can make it so."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        return {}
    source, library = folder / "clock.c", folder / "clock.so"
    source.write_text(CLOCK, "utf-8")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    variables = {"LD_PRELOAD": str(library)}
    said = "import datetime; print(datetime.date.today().year)"
    years = [
        int(subprocess.run([sys.executable, "-c", said], env=os.environ | more, capture_output=True, check=True).stdout)
        for more in ({}, variables)
    ]
    assert years[1] - years[0] in {8, 9}
    return variables


def succeed(*arguments: str | Path, cwd: Path, **environment: str) -> str:
    done = csrbook(*arguments, cwd=cwd, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
