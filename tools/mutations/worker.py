"""A process in which production has one error: runs outputs, and compares them with the second programmer's numbers.

It reads a task as JSON from standard input and writes what was found as JSON to standard output.
"""

from __future__ import annotations

import importlib.machinery
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType

    import pandas as pd

    from csrbook.plan.models import Plan

__all__ = ["main"]


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a module from a text other than that of its file."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self.text = text

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - the loader's interface
        return compile(self.text, self.path, "exec", dont_inherit=True)


class _Finder:
    """Hands out that loader for one file."""

    def __init__(self, file: Path, text: str) -> None:
        self.file, self.text = str(file), text

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin is None or str(Path(spec.origin).resolve()) != self.file:
            return None
        return importlib.machinery.ModuleSpec(name, _Loader(name, self.file, self.text), origin=self.file)


def main() -> None:
    """Do the task."""
    task = json.load(sys.stdin)
    root = Path(task["root"])
    if task["file"]:
        sys.meta_path.insert(0, _Finder(root / task["file"], task["text"]))
    json.dump(_found(root, task), sys.stdout)


def _found(root: Path, task: dict[str, Any]) -> dict[str, Any]:
    from csrbook import environment

    environment.fix()
    import pandas as pd

    from csrbook.double_programming.checks import Rulebook
    from csrbook.plan import load_plan
    from csrbook.plan.qc_register import load_findings

    plan = load_plan(root)
    qc = pd.read_parquet(task["numbers"])
    rulebook = Rulebook.of(plan.study.double_programming, load_findings(root))
    frames, errors = [], []
    for name in task["outputs"]:
        if name in plan.study.datasets:
            frames.append(rulebook.compare(*_dataset(root, plan, name), (name,)).frame)
            continue
        frame, error = _production(root, plan, Path(task["lock"]), name)
        errors += [error] if error else []
        if frame is not None:
            frames.append(rulebook.compare(frame, qc[qc["output_id"] == name], (name,)).frame)
    found = pd.concat(frames) if frames else pd.DataFrame({"verdict": [], "prints_differently": []})
    failed = found[found["verdict"] != "matched"]
    first = failed.iloc[0] if len(failed) else None
    return {
        "compared": len(found),
        "differ": len(failed),
        "in_print": int((failed["prints_differently"] == "yes").sum()),
        "first": "" if first is None else _named(first),
        "errors": errors,
    }


def _production(root: Path, plan: Plan, lock: Path, name: str) -> tuple[pd.DataFrame | None, str]:
    from csrbook.lock import LockedData, read_manifest
    from csrbook.pipeline.output_run import run_output
    from csrbook.pipeline.study import StudyFolder

    study = StudyFolder(root)
    run = run_output(study, LockedData(lock, read_manifest(lock)), plan.catalogue.output(name), plan)
    return run.ard, run.log.error


def _dataset(root: Path, plan: Plan, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The derived variables of a dataset as the (wrong) simulation derives them, and as the second programmer does."""
    from csrbook.double_programming.derivations import derived_again, locked_values
    from csrbook.pipeline.shells import SimulatedFrames
    from csrbook.pipeline.study import StudyFolder

    study = StudyFolder(root)
    register = study.register
    if register is None:
        raise SystemExit("there is no register of the second programmer")
    derivation = next(item for item in register.derivations if item.dataset == name)
    data = SimulatedFrames(study.package("simulation.database").simulate_study(root, plan, None, None).frames)
    module = study.module(derivation.program, "the second programmer")
    return locked_values(data, derivation), derived_again(module, data, plan, derivation)


def _named(row: pd.Series[Any]) -> str:
    keys = ("output_id", "analysis_id", "group1_level", "group2_level", "variable", "variable_level", "stat_name")
    name = " ".join(str(row[key]) for key in keys if row[key])
    if row["verdict"] != "different":
        return f"{name}: {row['verdict']}"
    if row["qc_text"]:
        return f"{name}: {row['formatted']} for {row['qc_text']}"
    return f"{name}: {_number(row['production'])} for {_number(row['qc'])}"


def _number(value: float) -> str:
    return "NE" if value != value else f"{value:.5g}"


if __name__ == "__main__":
    main()
