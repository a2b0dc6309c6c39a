"""Which methods a program calls, found by reading; held against what small runs really call."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from csrbook.pipeline.method_calls import datasets_read, method_calls, methods_behind
from csrbook.pipeline.source_reader import SourceReader
from csrbook.pipeline.study import find_study
from tests.displays.small_efficacy import small_data

ROOT = Path(__file__).parents[2]
STATS = str(ROOT / "src" / "csrbook" / "stats")

# Time to event, response, restricted mean, imputation, interaction, interval censoring: outputs that small data allow.
RUN = ("T14.2.1.1", "T14.2.1.3", "F14.2.1.4", "T14.2.1.10", "T14.2.2.9", "T14.2.2.10", "T14.2.2.15", "T14.2.2.17",
       "T14.2.4.3", "F14.2.6.3")  # fmt: skip


@pytest.fixture(scope="module")
def study():
    return find_study(ROOT)


@pytest.fixture(scope="module")
def calls(study):
    return method_calls(study.plan, study.root)


def called(study, identifier):
    """Public methods that a function outside of csrbook.stats calls while the program runs."""
    output = study.plan.catalogue.output(identifier)
    program, data, found = study.program(output), small_data(), set()

    def watch(frame, event, _):
        code, back = frame.f_code, frame.f_back
        inside = code.co_filename.startswith(STATS) and back is not None
        if event == "call" and inside and not back.f_code.co_filename.startswith(STATS):
            found.add(f"{Path(code.co_filename).stem}.{code.co_qualname}")

    sys.setprofile(watch)
    try:
        program.display(program.analyse(data, output, study.plan), output, study.plan)
    finally:
        sys.setprofile(None)
    return found


@pytest.mark.parametrize("identifier", RUN)
def test_every_method_that_a_run_calls_was_found_by_reading(study, calls, identifier):
    methods = set(methods_behind())
    run = called(study, identifier) & methods
    assert run
    assert run <= set(calls[identifier])


def test_only_what_a_program_can_reach_is_named(calls, study):
    assert set(calls) == {output.id for output in study.plan.catalogue.outputs if output.programmed}
    assert calls["T14.2.2.9"] == ("rmst.rmst", "rmst.compare_rmst")
    assert calls["T14.2.2.17"] == ("weighted_log_rank.weighted_log_rank", "weighted_log_rank.max_combo")
    assert calls["L16.2.1.1"] == ()


def test_what_stands_behind_a_method():
    behind = methods_behind()
    assert behind["mmrm.mmrm"].methods == ("mmrm_fit.fit_mmrm",)
    assert behind["noninferiority.noninferiority"].methods == ()
    assert behind["cox_model.cox_model"].packages == ("lifelines", "numpy", "pandas", "scipy")


def test_datasets_are_those_that_a_derivation_asks_for(tmp_path):
    (tmp_path / "qc").mkdir()
    (tmp_path / "qc" / "sources.py").write_text(
        "class Sources:\n    def doses(self):\n        return self.data.dataset('ADEX')\n"
        "def never(data):\n    return data.dataset('ADLB')\n"
    )
    (tmp_path / "qc" / "adsl.py").write_text(
        "from qc.sources import Sources, never\n"
        "def derive(data, plan):\n    return other(data, Sources())\n"
        "def other(data, sources):\n    return data.dataset('ADSL', ['AGE'])\n"
    )
    assert datasets_read("qc/adsl.py", "derive", tmp_path) == ("ADEX", "ADSL")


PROGRAM = """
from __future__ import annotations
from typing import TYPE_CHECKING
import analyses.helper as aid
from analyses import again
from .near import TABLE
if TYPE_CHECKING:
    from analyses.types import Never

def analyse(data: Never):
    return aid.first(data), again.second, Class()

class Class:
    def method(self):
        return TABLE

def unused():
    from analyses.helper import unused
    return unused()
"""


def test_names_are_followed_through_every_kind_of_import(tmp_path):
    folder = tmp_path / "analyses"
    folder.mkdir()
    files = {
        "__init__": "",
        "program": PROGRAM,
        "helper": "def first(x): return third(x)\ndef third(x): return x\ndef unused(): pass\n",
        "again": "second = 2\n",
        "near": "from analyses.far import TABLE\n",
        "far": "TABLE: dict = {1: entry}\ndef entry(): pass\n",
        "types": "class Never: pass\n",
    }
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    reader = SourceReader(tmp_path)
    found = reader.reached([("analyses.program", "analyse")], lambda module: module.startswith("analyses"))
    reached = {f"{module.removeprefix('analyses.')}.{name}" for module, name in found}
    assert {"helper.first", "helper.third", "again.second", "program.Class", "far.TABLE", "far.entry"} <= reached
    assert not reached & {"helper.unused", "program.unused", "types.Never"}


def test_a_module_that_is_not_to_be_followed_is_reached_and_not_read(tmp_path):
    (tmp_path / "program.py").write_text("from numpy import sort\ndef analyse(): return sort\n")
    found = SourceReader(tmp_path).reached([("program", "analyse")], lambda module: module == "program")
    assert list(found) == [("program", "analyse"), ("numpy", "sort")]
    assert found["numpy", "sort"] == []
