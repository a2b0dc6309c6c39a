"""Runs the programs of a study's second programmer: Python in this process, R in its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from csrbook.ard import ARD_KEYS
from csrbook.double_programming.contract import read_filled, template_rows, write_template
from csrbook.double_programming.package import write_data, write_plan
from csrbook.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    import pandas as pd

    from csrbook.double_programming.package import Source
    from csrbook.plan.models import Output, Plan

__all__ = ["r_version", "recompute", "recompute_in_r", "rscript"]

TEMPLATE: Final = "template"
FILLED: Final = "filled"
LONGEST: Final = 900
"""Seconds that a program in R may take."""


def recompute(module: ModuleType, program: str, data: Any, output: Output, plan: Plan) -> pd.DataFrame:
    """Numbers of an output by a program in Python.

    Parameters
    ----------
    module : module
        Has ``recompute(data, output, plan)``.
    program : str
        Its path in the study, for errors.
    data : LockedData
    output : Output
    plan : Plan

    Returns
    -------
    DataFrame
        :data:`csrbook.ard.ARD_KEYS` and ``value``.

    Raises
    ------
    ProgramError
        It fails, or gives what is no such frame.
    """
    import numpy as np

    if not callable(getattr(module, "recompute", None)):
        raise ProgramError("the QC program has no function 'recompute'", program, "see docs/double_programming.md")
    try:
        # What a library says of a division by zero is for the one who looks at the numbers, which are compared.
        with np.errstate(all="ignore"):
            frame = module.recompute(data, output, plan)
    except Exception as error:
        raise ProgramError(
            f"the QC program of {output.id} failed: {type(error).__name__}: {error}", program, "mend the QC program"
        ) from error
    absent = [name for name in (*ARD_KEYS, "value") if name not in getattr(frame, "columns", ())]
    if absent:
        raise ProgramError(
            f"the QC program of {output.id} gives no column {', '.join(absent)}",
            program,
            "return a DataFrame of csrbook.ard.ARD_KEYS and value",
        )
    numbers: pd.DataFrame = frame[[*ARD_KEYS, "value"]].astype({"value": "float64"})
    return numbers


def rscript() -> str | None:
    """Path of ``Rscript`` where there is one."""
    return shutil.which("Rscript")


@cache
def r_version() -> str:
    """Version of R and of the packages that programs may use, such as ``R 4.5.0; survival 3.8-3``; empty without R."""
    program = rscript()
    if program is None:
        return ""
    packages = "c('survival','cmprsk','nlme','emmeans')"
    code = (
        "cat(paste0('R ',getRversion()));"
        f"for(p in {packages})if(requireNamespace(p,quietly=TRUE))cat(paste0('; ',p,' ',packageVersion(p)))"
    )
    done = subprocess.run([program, "--vanilla", "-e", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def recompute_in_r(
    program: Path, ard: pd.DataFrame, data: Source, outputs: Sequence[Output], plan: Plan
) -> dict[str, pd.DataFrame]:
    """Numbers of several outputs by one program in R, which fills what it can of their templates.

    Parameters
    ----------
    program : Path
        It is called with a folder that holds ``data/``, ``plan.json`` and ``template/``, and with the ids of the
        outputs; it writes ``filled/<id>.csv``.
    ard : DataFrame
        Production's numbers, for the keys of the templates; the program sees no value.
    data : LockedData
    outputs : sequence of Output
    plan : Plan

    Returns
    -------
    dict
        By output id, the numbers that were filled.

    Raises
    ------
    ProgramError
        There is no ``Rscript``, or the program fails; with what it said.
    """
    runner = rscript()
    where = f"qc/r/{program.name}"
    if runner is None:
        raise ProgramError("there is no Rscript on PATH", where, "install R, or leave the programs in R out")
    with tempfile.TemporaryDirectory(prefix="csrbook-qc-") as temporary:
        folder = Path(temporary)
        write_data(data, folder, sorted({name for output in outputs for name in output.datasets} | {"ADSL"}))
        write_plan(plan, outputs, data, folder)
        for place in (TEMPLATE, FILLED):
            (folder / place).mkdir()
        for output in outputs:
            write_template(template_rows(ard[ard["output_id"] == output.id], data.hash), folder / TEMPLATE / output.id)
        # By its name alone: R writes blanks of a path otherwise where it tells a program its own place.
        command = [runner, "--vanilla", program.name, str(folder), *(output.id for output in outputs)]
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "OMP_NUM_THREADS": "1"}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, encoding="utf-8", errors="replace",
                timeout=LONGEST, env=environment, cwd=program.parent, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise ProgramError(f"the program in R took more than {LONGEST} s", where, "mend the QC program") from error
        if done.returncode:
            raise ProgramError(f"the program in R failed: {done.stderr.strip()[-600:]}", where, "mend the QC program")
        found = {}
        for output in outputs:
            path = folder / FILLED / f"{output.id}.csv"
            if not path.is_file():
                raise ProgramError(f"the program in R wrote no filled/{output.id}.csv", where, "mend the QC program")
            found[output.id] = read_filled(path, data.hash).numbers
    return found
