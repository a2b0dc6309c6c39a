"""The trial's own plan with small hand-made data: six screened subjects, of whom five were randomised."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from csrbook.plan import load_plan
from csrbook.plan.models import Arm, Plan

NAN = float("nan")
FUL, CAP = "Fulvestrant+Pyrotinib", "Capecitabine+Pyrotinib"


class Frames:
    """Locked data from frames."""

    def __init__(self, **frames: pd.DataFrame) -> None:
        self._frames = frames

    def dataset(self, name, columns=None):
        frame = self._frames[name]
        return (frame if columns is None else frame[list(columns)]).copy()


@cache
def trial_plan() -> Plan:
    return load_plan(Path(__file__).parents[2])


def three_arm_plan() -> Plan:
    return _with_arms(Arm(id="LET", code=3, label="Letrozole+Pyrotinib", short="LET+PYR", role="test"))


def four_arm_plan() -> Plan:
    third = three_arm_plan().study.arms[-1]
    return _with_arms(third, Arm(id="EXE", code=4, label="Exemestane+Pyrotinib", short="EXE+PYR", role="test"))


def _with_arms(*more: Arm) -> Plan:
    plan = trial_plan()
    return plan.model_copy(update={"study": plan.study.model_copy(update={"arms": (*plan.study.arms, *more)})})


def adsl() -> pd.DataFrame:
    # 1 on treatment; 2 progressed and died; 3 never treated; 4 stopped for toxicity, lost; 5 got the other treatment;
    # 6 screen failure
    columns = {
        "SUBJID": ["001-0001", "001-0002", "001-0003", "002-0001", "002-0002", "002-0003"],
        "TRT01PN": [1, 1, 1, 2, 2, NAN],
        "TRT01AN": [1, 1, NAN, 2, 1, NAN],
        "TRT01P": [FUL, FUL, FUL, CAP, CAP, ""],
        "TRT01A": [FUL, FUL, "", CAP, FUL, ""],
        "ITTFL": ["Y", "Y", "Y", "Y", "Y", "N"],
        "SAFFL": ["Y", "Y", "N", "Y", "Y", "N"],
        "PPROTFL": ["Y", "Y", "N", "Y", "N", "N"],
        "RESEVFL": ["Y", "N", "Y", "Y", "Y", "N"],
        "BMEVLFL": ["Y", "Y", "N", "N", "N", "N"],
        "QOLEVFL": ["N", "N", "N", "N", "N", "N"],
        "PPEXRS": ["", "", "LESS THAN ONE CYCLE", "", "WRONG TREATMENT", ""],
        "SCRFREAS": ["", "", "", "", "", "EXCLUSION CRITERIA MET"],
        "EOTSTT": ["ONGOING", "DISCONTINUED", "", "DISCONTINUED", "DISCONTINUED", ""],
        "EOT1STT": ["ONGOING", "DISCONTINUED", "", "DISCONTINUED", "ONGOING", ""],
        "EOT2STT": ["DISCONTINUED", "DISCONTINUED", "", "", "DISCONTINUED", ""],
        "DCTREAS": ["", "PROGRESSIVE DISEASE", "", "ADVERSE EVENT", "PROGRESSIVE DISEASE", ""],
        "EOSSTT": ["ONGOING", "DISCONTINUED", "DISCONTINUED", "DISCONTINUED", "ONGOING", ""],
        "DCSREAS": ["", "DEATH", "WITHDRAWAL BY SUBJECT", "LOST TO FOLLOW-UP", "", ""],
        "DTHFL": ["", "Y", "", "", "", ""],
        "SEX": ["F"] * 6,
        "AGE": [50.0, 60.0, 70.0, 40.0, 44.0, 30.0],
        "STRAT1R": ["Y", "N", "Y", "Y", "N", ""],
        "STRAT2R": ["(NEO)ADJUVANT"] * 5 + [""],
    }
    frame = pd.DataFrame(columns)
    frame.insert(0, "USUBJID", "NCT04646759-" + frame["SUBJID"])
    return frame


def run(program, output_id, plan=None, **frames):
    """Rows of the display as (label, cells…), and the results and the display."""
    plan = plan or trial_plan()
    output = plan.catalogue.output(output_id)
    results = program.analyse(Frames(**{"ADSL": adsl(), **frames}), output, plan)
    results.ard.frame()
    display = program.display(results, output, plan)
    rows = [("  " * row.indent + row.label, *row.cells) for row in display.rows]
    return rows, results, display
