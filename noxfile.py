"""Tasks. `nox -s render` does the main job, `nox -s tests` passes the tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "uv"
nox.options.sessions = ["tests", "render"]
nox.options.reuse_existing_virtualenvs = True

ROOT = Path(__file__).parent
# uv must take the Python that runs nox: the machines that render may not download interpreters.
os.environ["UV_PYTHON_DOWNLOADS"] = "never"

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(f"csrbook needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}. Start nox with one of these.")


def install(session: nox.Session, requirements: str) -> None:
    """Install the pinned, hashed requirements, then the package itself without asking for anything more."""
    session.install("--require-hashes", "-r", f"requirements/{requirements}.txt")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")


@nox.session
def render(session: nox.Session) -> None:
    """Make every page: simulate where there is no lock, then lock, analyse, double-programme, render."""
    install(session, "base")
    session.run("csrbook", "render", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Check style, types and import rules, and run the tests."""
    install(session, "dev")
    if not session.posargs:
        session.run("ruff", "check", ".")
        session.run("ruff", "format", "--check", ".")
        session.run("mypy")
    # One process a core, one BLAS thread a process.
    session.run("pytest", "-n", "auto", "--dist", "loadgroup", *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session
def lock(session: nox.Session) -> None:
    """Lock a transfer (`nox -s lock -- TRANSFER`), or the simulated trial, and say what was locked."""
    install(session, "base")
    made = [] if session.posargs else [f"{str(session.run('csrbook', 'simulate', silent=True)).split()[-1]}/xpt"]
    session.run("csrbook", "lock", *(session.posargs or made))


@nox.session
def bench(session: nox.Session) -> None:
    """Print the statistics beside R and lifelines, and seconds and peak memory of each stage."""
    install(session, "base")
    session.run("python", "-m", "csrbook.bench", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Make docs/methods, a page a statistical method, from the docstrings."""
    session.run("python", "-m", "tools.method_pages", *(session.posargs or ["docs/methods"]), env={"PYTHONPATH": "src"})


@nox.session
def crosscheck(session: nox.Session) -> None:
    """Compare the statistics with print and with R on named and random data; needs Rscript, skips what R lacks."""
    install(session, "base")
    session.run("python", "-m", "tools.crosscheck", *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session
def coverage(session: nox.Session) -> None:
    """Simulate the coverage of every interval and the type I error of every test (half an hour of one core)."""
    install(session, "base")
    session.run("python", "-m", "tools.coverage", *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session
def operating_characteristics(session: nox.Session) -> None:
    """Simulate what the trial's decision does at each true hazard ratio."""
    install(session, "base")
    session.run("python", "-m", "tools.operating_characteristics", *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session
def fault_injection(session: nox.Session) -> None:
    """Damage a good simulated database in every way of the catalogue; writes docs/fault_injection.md."""
    install(session, "base")
    given = session.posargs or ["--workers", str(os.cpu_count() or 1), "--write", "docs/fault_injection.md"]
    session.run("python", "-m", "tools.fault_injection", *given, env={"OMP_NUM_THREADS": "1"})


@nox.session
def mutations(session: nox.Session) -> None:
    """Plant errors in production, one at a time, and see whether double programming catches them."""
    install(session, "base")
    given = session.posargs or ["--workers", str(os.cpu_count() or 1), "--write", "docs/mutations.md"]
    session.run("python", "-m", "tools.mutations", *given, env={"OMP_NUM_THREADS": "1"})


@nox.session
def lock_requirements(session: nox.Session) -> None:
    """Resolve requirements/*.in anew into the hashed files."""
    for name in ("base", "dev"):
        session.run(
            "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-emit-index-url", "--no-header",
            "--python-version", "3.11", f"requirements/{name}.in", "--output-file", f"requirements/{name}.txt",
            external=True, env={"UV_CUSTOM_COMPILE_COMMAND": "nox -s lock_requirements"},
        )  # fmt: skip
