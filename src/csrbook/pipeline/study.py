"""The study's folder: finds it, reads its plan, loads its programs."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from csrbook.errors import ProgramError, UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from csrbook.displays.program import Program
    from csrbook.plan.double_programming import QcFindings, QcPrograms
    from csrbook.plan.models import Output, Plan

__all__ = ["StudyFolder", "find_study"]


@dataclass(frozen=True)
class StudyFolder:
    """A study: ``sap/``, ``schemas/``, ``analyses/``, ``qc/``, ``simulation/`` under one root."""

    root: Path

    @cached_property
    def plan(self) -> Plan:
        """The validated plan."""
        from csrbook.plan import load_plan

        return load_plan(self.root)

    @cached_property
    def register(self) -> QcPrograms | None:
        """The register of the second programmer; None where the study has none."""
        from csrbook.plan.qc_register import load_programs

        return load_programs(self.root, self.plan)

    @cached_property
    def qc_findings(self) -> QcFindings:
        """What double programming found, and what is waived."""
        from csrbook.plan.qc_register import load_findings

        return load_findings(self.root)

    @property
    def data(self) -> Path:
        """Transfers."""
        return self.root / "data"

    @property
    def locks(self) -> Path:
        """Locks."""
        return self.root / "locks"

    @property
    def outputs(self) -> Path:
        """Generated pages."""
        return self.root / "outputs"

    def program(self, output: Output) -> Program:
        """The program of an output, loaded from its file.

        Raises
        ------
        ProgramError
            Where the file is missing, cannot be imported, or lacks ``analyse`` or ``display``.
        """
        if output.program is None:
            raise ProgramError(
                f"{output.id} is not programmed yet", "sap/outputs.yaml", "choose an output that has a program"
            )
        module = self.module(output.program, f"output {output.id}")
        for name in ("analyse", "display"):
            if not callable(getattr(module, name, None)):
                raise ProgramError(
                    f"the program has no function '{name}'", output.program, "see csrbook.displays.program"
                )
        return cast("Program", module)

    def package(self, name: str) -> ModuleType:
        """A module of the study, such as ``simulation.database``."""
        return self.module(f"{name.replace('.', '/')}.py", name.split(".", maxsplit=1)[0])

    def _on_path(self, package: str) -> None:
        """Make the study's packages importable, forgetting those of another study in the same process."""
        loaded = sys.modules.get(package)
        places = [str(place) for place in getattr(loaded, "__path__", [])]
        if loaded is not None and str(self.root / package) not in places:
            for name in [n for n in sys.modules if n == package or n.startswith(f"{package}.")]:
                del sys.modules[name]
        path = str(self.root)
        if sys.path[:1] != [path]:
            sys.path.insert(0, path)

    def module(self, relative: str, purpose: str) -> ModuleType:
        """The module of a program at a path in the study, such as ``qc/primary/noninferiority.py``.

        Raises
        ------
        ProgramError
            Where the file is missing or cannot be imported; names the purpose.
        """
        path = self.root / relative
        if not path.is_file():
            raise ProgramError(f"the program of {purpose} is missing", relative, "write it, or restore it")
        for folder in list(path.relative_to(self.root).parents)[-2::-1]:
            # Without this file a folder gives way to a package of its name anywhere, such as another study's.
            marker = folder / "__init__.py"
            if not (self.root / marker).is_file():
                raise ProgramError(
                    f"the folder of {purpose} is no package", marker.as_posix(), "write that file; it may be empty"
                )
        self._on_path(relative.split("/", maxsplit=1)[0])
        name = relative.removesuffix(".py").replace("/", ".")
        try:
            return importlib.import_module(name)
        except Exception as error:
            raise ProgramError(
                f"the program cannot be imported: {type(error).__name__}: {error}", relative, "mend the program"
            ) from error


def find_study(start: Path) -> StudyFolder:
    """The study at or above a folder.

    Raises
    ------
    UsageError
        Where neither the folder nor any above it holds ``sap/study.yaml``.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "sap" / "study.yaml").is_file():
            return StudyFolder(folder)
    raise UsageError(
        "no study here: no sap/study.yaml in this folder or above it", start.name, "change into a study, or use --study"
    )
