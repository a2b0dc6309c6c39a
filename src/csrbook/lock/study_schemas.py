"""The study's ``schemas`` package: the one place where the engine reaches it."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from csrbook.data.specification import DatasetSpecification, specified
from csrbook.errors import UsageError
from csrbook.lock.hashing import schema_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import ModuleType
    from typing import Protocol

    import numpy as np
    from numpy.typing import NDArray

    from csrbook.lock.findings import Severity

    Hit = tuple[str, NDArray[np.bool_]] | tuple[str, NDArray[np.bool_], Severity]
    """A dataset, which of its records break a rule, and how severe that is where it is not as the rule says."""

    class Rule(Protocol):
        """A rule across datasets, as a study's ``schemas/consistency.py`` declares it."""

        @property
        def id(self) -> str:
            """Such as ``R07``."""

        @property
        def sentence(self) -> str:
            """What holds of good data."""

        @property
        def reads(self) -> Mapping[str, tuple[str, ...]]:
            """Variables by dataset; ``*`` stands for every dataset."""

        @property
        def severity(self) -> Severity:
            """Whether a finding rejects the data."""

        @property
        def check(self) -> Callable[..., Iterable[Hit]] | None:
            """Given the :class:`RuleData`, yields what breaks the rule; None where the schemas hold it."""

        @property
        def apart(self) -> bool:
            """Whether it judges each dataset apart from the others: the check is then given the dataset's name too."""

        @property
        def schema(self) -> Mapping[str, tuple[str, ...]]:
            """Variables by dataset whose codelist or range is the rule; ``(key)`` for the key."""

        @property
        def checked_at(self) -> str:
            """``validation``, or ``after run`` for a rule of pages."""


__all__ = ["StudySchemas", "load_schemas"]


@dataclass(frozen=True)
class StudySchemas:
    """The schemas and rules of a study."""

    datasets: Mapping[str, DatasetSpecification]
    """Specification by dataset name."""
    models: Mapping[str, Any]
    """Pandera ``DataFrameSchema`` by dataset name."""
    rules: tuple[Rule, ...]
    hash: str
    root: Path
    """Folder of the study."""


def load_schemas(root: Path) -> StudySchemas:
    """Load the schemas of the study in ``root``.

    Parameters
    ----------
    root : Path
        The study's folder, which holds ``schemas/__init__.py`` with ``SCHEMAS`` (a pandera ``DataFrameModel`` by
        dataset name) and ``schemas/consistency.py`` with ``RULES``.

    Returns
    -------
    StudySchemas

    Raises
    ------
    UsageError
        There is no such package, or it does not import.
    """
    root = root.resolve()
    folder = root / "schemas"
    try:
        package = _package(folder)
        models = {name: model.to_schema() for name, model in package.SCHEMAS.items()}
        rules = importlib.import_module(f"{package.__name__}.consistency").RULES
        together = [rule.id for rule in rules if "*" in rule.reads and rule.check is not None and not rule.apart]
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(
            f"the study's schemas do not import: {type(error).__name__}: {error}", str(folder), "correct them"
        ) from error
    if together:
        raise UsageError(
            f"a rule reads every dataset and does not judge each apart: {', '.join(together)}",
            str(folder / "consistency.py"),
            "give it a check of the data and the name of one dataset",
        )
    return StudySchemas(
        datasets={name: specified(name, schema) for name, schema in models.items()},
        models=models,
        rules=tuple(rules),
        hash=schema_hash(root),
        root=root,
    )


def _package(folder: Path) -> ModuleType:
    source = folder / "__init__.py"
    # Two studies may be loaded by one process, so the name is the folder's own; and it never hides another package.
    name = f"_study_schemas_{hashlib.sha256(str(folder).encode('utf-8')).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, source, submodule_search_locations=[str(folder)])
    if not source.is_file() or spec is None or spec.loader is None:
        raise UsageError("the study has no schemas", str(source), "run the command in the study's folder")
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    try:
        spec.loader.exec_module(package)
    except BaseException:
        del sys.modules[name]
        raise
    return package
