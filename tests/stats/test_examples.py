"""The examples in the docstrings give what they print, and importing the package brings in no slow library."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys

import pytest

import csrbook.stats

MODULES = sorted(m.name for m in pkgutil.iter_modules(csrbook.stats.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name):
    result = doctest.testmod(importlib.import_module(f"csrbook.stats.{name}"))
    assert result.failed == 0


@pytest.mark.parametrize("name", [m for m in MODULES if not m.startswith("_")])
def test_public_names_exist_and_are_documented(name):
    module = importlib.import_module(f"csrbook.stats.{name}")
    assert module.__doc__
    for public in module.__all__:
        assert getattr(module, public).__doc__, f"{name}.{public} has no docstring"


def test_no_slow_library_is_imported():
    code = "import sys, importlib\n" + "".join(f"import csrbook.stats.{name}\n" for name in MODULES)
    code += (
        "print([m for m in ('pandas', 'lifelines', 'statsmodels', 'scipy.stats', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
