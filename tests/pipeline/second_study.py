"""The second study, tests/second_study, and its transfer, for tests that write into a copy."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .studies import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = ROOT / "tests" / "second_study"
ARMS = {1: "Zephanol 5 mg", 2: "Zephanol 10 mg", 9: "Placebo"}
# Months on placebo and whether an exacerbation ended them: 13 patients, the seventh event halves the curve.
PLACEBO = [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1), (8, 0), (9, 0), (10, 0), (11, 0), (11.5, 0), (12, 0)]
CODES = [9] * 13 + [1] * 12 + [2] * 15


def subjects():
    """40 randomised patients and two that were not; one randomised patient took no capsule, one the other dose."""
    draw = np.random.default_rng(203)
    rows = []
    for number, code in enumerate(CODES, start=1):
        taken = {14: None, 15: 2}.get(number, code)
        actual = {"TRT01A": ARMS[taken], "TRT01AN": taken} if taken else {"TRT01A": "", "TRT01AN": None}
        flags = {"FASFL": "Y", "SAFFL": "Y" if taken else "N"}
        rows.append({"USUBJID": f"ZP-{number:03d}", "TRT01P": ARMS[code], "TRT01PN": code} | actual | flags)
    none = {"TRT01P": "", "TRT01PN": None, "TRT01A": "", "TRT01AN": None, "FASFL": "N", "SAFFL": "N"}
    rows += [{"USUBJID": f"ZP-{number:03d}"} | none for number in (41, 42)]
    return [row | {"AGE": draw.integers(45, 80), "GOLD": "23"[draw.integers(2)], "CUTDT": 25_600} for row in rows]


def times():
    draw = np.random.default_rng(204)
    active = [(draw.integers(1, 25) / 2, draw.integers(2)) for _ in CODES[13:]]
    return [
        {"USUBJID": f"ZP-{number:03d}", "PARAMCD": "TTEXAC", "AVAL": months, "CNSR": 1 - event}
        | {"EVNTDESC": "EXACERBATION" if event else "END OF STUDY"}
        for number, (months, event) in enumerate(PLACEBO + active, start=1)
    ]


def events():
    """Nausea in patients 1 to 3 (placebo; twice in 1) and 15 (10 mg taken), a fall in 26; patient 14 took nothing."""
    nausea = {"AETERM": "Übelkeit & <b>Erbrechen</b>", "AEDECOD": "Nausea", "AEBODSYS": "Gastrointestinal disorders"}
    fall = {"AETERM": "Sturz", "AEDECOD": "Fall", "AEBODSYS": "Injury, poisoning and procedural complications"}
    found = [(1, 1, nausea, 1), (1, 2, nausea, 3), (2, 1, nausea, 2), (3, 1, nausea, 1), (15, 1, nausea, 3)]
    found += [(26, 1, fall, 2), (14, 1, fall, 1)]
    return [
        {"USUBJID": f"ZP-{number:03d}", "AESEQ": sequence} | term | {"ASTDT": 25_500 + sequence, "AESEVN": grade}
        | {"TRTEMFL": "Y"}
        for number, sequence, term, grade in found
    ]  # fmt: skip


def copy_second_study(folder: Path) -> Path:
    """A copy of the study with what every study takes over."""
    shutil.copytree(SOURCES, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "report" / "_render", folder / "report" / "_render")
    shutil.copy2(ROOT / "_quarto.yml", folder / "_quarto.yml")
    return folder


def write_received(folder: Path, *, codes: bool = True) -> Path:
    """The transfer as Parquet files; without codes the treatment variables are blank."""
    folder.mkdir(parents=True)
    for name, records in {"adsl": subjects(), "adtte": times(), "adae": events()}.items():
        frame = pd.DataFrame(records)
        numbers = frame.select_dtypes("number").columns
        frame = frame.astype(dict.fromkeys(numbers, float))
        if name == "adsl" and not codes:
            frame = frame.assign(TRT01P="", TRT01PN=np.nan, TRT01A="", TRT01AN=np.nan)
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    return folder


def write_codes(path: Path) -> Path:
    """The treatment codes of the randomised patients, by label."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["USUBJID", "TRT01P", "TRT01A"])
        writer.writerows([row["USUBJID"], row["TRT01P"], row["TRT01A"]] for row in subjects() if row["TRT01P"])
    return path
