"""What an injection is: a fault with a name, what it damages, and what has to say so."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from csrbook.data.xport_layout import Version

__all__ = ["READER", "SCHEMA", "Catalogue", "Injection"]

READER = "reader"
"""Stands in place of a rule where the file itself is refused."""
SCHEMA = "schema"
"""Stands in place of a rule where the schema's expectation is none of the specification's rules."""


@dataclass(frozen=True)
class Injection:
    """One way to damage a good database."""

    name: str
    fault: str
    """What a data manager would call it."""
    expected: str
    """Id of the rule that has to catch it, :data:`SCHEMA` or :data:`READER`."""
    datasets: tuple[str, ...]
    """What is damaged."""
    found_in: str
    """Dataset that the finding is of."""
    damage: Callable[[Any], None]
    """Is given a :class:`tools.fault_injection.damaged.Damaged`, or with files their folder."""
    wording: str = ""
    """What the finding or the error says of the fault."""
    severity: Literal["reject", "review"] = "reject"
    not_run: bool = False
    """Whether the finding is that the rule cannot run."""
    files: tuple[str, ...] = ()
    """Files that are written in good order and then damaged."""
    version: Version = 5
    """Of XPORT files."""


@dataclass
class Catalogue:
    """Injections of one subject matter, in their order."""

    title: str
    injections: list[Injection] = field(default_factory=list)

    def fault(
        self,
        datasets: str,
        expected: str,
        wording: str = "",
        *,
        found_in: str = "",
        severity: Literal["reject", "review"] = "reject",
        not_run: bool = False,
    ) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
        """Take a function that damages frames into the catalogue; its docstring is the fault in words.

        Parameters
        ----------
        datasets : str
            What is damaged, with blanks between.
        expected : str
        wording : str
        found_in : str
            Dataset of the finding; the first damaged one by default.
        severity : {"reject", "review"}
        not_run : bool
        """
        names = tuple(datasets.split())

        def take(damage: Callable[[Any], None]) -> Callable[[Any], None]:
            self._add(damage, expected, names, found_in or names[0], wording, severity=severity, not_run=not_run)
            return damage

        return take

    def file(
        self,
        files: str,
        expected: str,
        wording: str = "",
        *,
        version: Version = 5,
    ) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
        """Take a function that damages files, whose folder it is given, into the catalogue.

        Parameters
        ----------
        files : str
            Their names, such as ``advs.xpt``, with blanks between; the finding is of the first.
        expected : str
        wording : str
        version : {5, 8}
            Of XPORT.
        """
        paths = tuple(files.split())
        names = tuple(path.partition(".")[0].upper() for path in paths)

        def take(damage: Callable[[Any], None]) -> Callable[[Any], None]:
            self._add(damage, expected, names, names[0], wording, files=paths, version=version)
            return damage

        return take

    def _add(
        self,
        damage: Callable[[Any], None],
        expected: str,
        datasets: tuple[str, ...],
        found_in: str,
        wording: str,
        **further: Any,
    ) -> None:
        name = getattr(damage, "__name__", "")
        fault = " ".join((inspect.getdoc(damage) or "").split()).removesuffix(".")
        self.injections.append(Injection(name, fault, expected, datasets, found_in, damage, wording, **further))
