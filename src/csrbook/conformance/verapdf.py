"""veraPDF, the reference validator of PDF/A and PDF/UA, where it is on the path."""

from __future__ import annotations

import shutil
import subprocess
from itertools import islice
from typing import TYPE_CHECKING, Final

from defusedxml import ElementTree

from csrbook.conformance.finding import Finding
from csrbook.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from xml.etree.ElementTree import Element

__all__ = ["FLAVOURS", "find_verapdf", "validate"]

FLAVOURS: Final = {"2a": "PDF/A-2a", "ua1": "PDF/UA-1"}
AT_A_TIME: Final = 200
SHOWN: Final = 3


def find_verapdf() -> str | None:
    """The command on the path, None where there is none."""
    return shutil.which("verapdf")


def validate(command: str, files: Mapping[Path, str]) -> Iterator[Finding]:
    """What veraPDF finds wrong with some files.

    Parameters
    ----------
    command : str
        As :func:`find_verapdf` gives it.
    files : mapping of Path to str
        The PDFs, and how findings call them.

    Raises
    ------
    RenderError
        The command cannot be run or gives no report.
    """
    names = {str(path.resolve()): name for path, name in files.items()}
    for flavour, standard in FLAVOURS.items():
        # Together, for the program takes a second to start; not all, for a command line has an end.
        for part in _batched(names, AT_A_TIME):
            jobs = {job.findtext("item/name", ""): job for job in _report(command, flavour, part).iter("job")}
            for path in part:
                if path in jobs:
                    yield from _read(jobs[path], standard, names[path])
                else:
                    yield Finding(names[path], "verapdf", standard, "the report does not speak of the file")


def _batched(paths: Iterable[str], most: int) -> Iterator[tuple[str, ...]]:
    """Some at a time, in their order."""
    rest = iter(paths)
    while part := tuple(islice(rest, most)):
        yield part


def _report(command: str, flavour: str, paths: Iterable[str]) -> Element:
    asked = [command, "--format", "xml", "--flavour", flavour, "--maxfailuresdisplayed", "1", *paths]
    try:
        run = subprocess.run(asked, capture_output=True, stdin=subprocess.DEVNULL, check=False)
        report: Element = ElementTree.fromstring(run.stdout)
    except (OSError, ElementTree.ParseError) as problem:
        raise RenderError(
            f"veraPDF gave no report: {problem}", command, "run 'verapdf --version', or take it off the path"
        ) from problem
    return report


def _read(job: Element, standard: str, name: str) -> Iterator[Finding]:
    validation = job.find("validationReport")
    if validation is None:
        said = " ".join(job.findtext(".//exceptionMessage", "no validation report").split())
        yield Finding(name, "verapdf", standard, f"the file could not be validated: {said}")
        return
    if validation.get("isCompliant") == "true":
        return
    rules = [rule for rule in validation.iter("rule") if rule.get("status") != "passed"]
    for rule in rules:
        place = " ".join(filter(None, (rule.get("specification"), rule.get("clause"), rule.get("testNumber"))))
        said = " ".join(rule.findtext("description", "").split())
        context = " ".join(rule.findtext("check/context", "").split())
        times = f"{rule.get('failedChecks', '1')} times" + (f", first at {context}" if context else "")
        yield Finding(name, "verapdf", f"{standard}: {place}", f"{said} ({times})")
    if not rules:
        yield Finding(name, "verapdf", standard, validation.get("statement", "is not compliant"))
