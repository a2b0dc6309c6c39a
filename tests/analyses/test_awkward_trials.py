"""Both programs of every output on trials that went wrong in every way: `NE` with a reason, never a crash.

The database is the simulated one of 60 patients; what goes wrong is done to it here.
"""

from __future__ import annotations

import re
import warnings
import zlib
from functools import cache

import numpy as np
import pytest

from csrbook.compare import compare_ards
from csrbook.pipeline.double_programming import double_programmed
from csrbook.pipeline.study import find_study
from tests.displays.small_efficacy import ROOT, Frames

from .trial import four_arm_plan, three_arm_plan, trial_plan

SUBJECTS = 60
NO_NUMBER = re.compile(r"\b(nan|none|inf|nat)\b", re.IGNORECASE)

# Of 60 patients the likelihood of the signature is all but flat; hazard ratios beyond 10,000 have no digits to compare.
FLAT = "T14.2.6.5"

# The programs of one trial are told in one process, which simulates it once.
pytestmark = [pytest.mark.xdist_group("awkward"), pytest.mark.filterwarnings("error::RuntimeWarning")]


@cache
def study():
    return find_study(ROOT)


@cache
def second_programs():
    return double_programmed(study())


@cache
def database():
    return study().package("simulation.database").simulate_study(ROOT, trial_plan(), SUBJECTS, None).frames


def subjects(keep):
    """The records of the subjects that a query on ADSL names."""
    kept = set(database()["ADSL"].query(keep)["USUBJID"])
    return {name: frame[frame["USUBJID"].isin(kept)].reset_index(drop=True) for name, frame in database().items()}


def in_the_arms_of(plan):
    """The same subjects, some of them in the plan's further arms."""
    arms = plan.study.arms
    frames = {name: frame.copy() for name, frame in database().items()}
    for frame in frames.values():
        drawn = frame["USUBJID"].map(lambda subject: zlib.crc32(subject.encode()) % len(arms))
        for number, arm in enumerate(arms[2:]):
            for kind in "PA":
                rows = (drawn == number) & frame[f"TRT01{kind}N"].notna()
                frame.loc[rows, [f"TRT01{kind}", f"TRT01{kind}N"]] = [arm.label, float(arm.code)]
    return frames


def with_events(each):
    """At most so many events of each endpoint and so many adverse events."""
    frames = dict(database())
    times = frames["ADTTE"].copy()
    later = times[times["CNSR"] == 0.0].groupby("PARAMCD").cumcount() >= each
    later = later[later].index
    times.loc[later, "CNSR"] = 1.0
    times.loc[later, "COMPEV"] = times.loc[later, "COMPEV"].where(times.loc[later, "COMPEV"].isna(), 0.0)
    return {**frames, "ADTTE": times, "ADAE": frames["ADAE"].iloc[:each]}


def without_strata(each):
    """One patient in so many has no stratum."""
    frames = dict(database())
    lacking = set(frames["ADSL"].query("ITTFL == 'Y'")["USUBJID"].iloc[::each])
    for name in ("ADSL", "ADTTE"):
        frame = frames[name].copy()
        frame.loc[frame["USUBJID"].isin(lacking), ["STRAT1R", "STRAT2R"]] = ""
        frames[name] = frame
    return frames


def nothing_but_times():
    return {name: frame if name in ("ADSL", "ADTTE") else frame.iloc[:0] for name, frame in database().items()}


def one_patient_in(code):
    of_arm = database()["ADSL"].query(f"TRT01PN == {code}")["USUBJID"]
    return subjects(f"TRT01PN != {code} or USUBJID == '{of_arm.iloc[0]}'")


TRIALS = {
    "two arms": (database, trial_plan),
    "three arms": (lambda: in_the_arms_of(three_arm_plan()), three_arm_plan),
    "four arms": (lambda: in_the_arms_of(four_arm_plan()), four_arm_plan),
    "one patient in the test arm": (lambda: one_patient_in(1), trial_plan),
    "one patient in the control arm": (lambda: one_patient_in(2), trial_plan),
    "nobody in the test arm": (lambda: subjects("TRT01PN != 1"), trial_plan),
    "nobody in a stratum": (lambda: subjects("STRAT1R != 'Y'"), trial_plan),
    "missing strata": (lambda: without_strata(7), trial_plan),
    "one event": (lambda: with_events(1), trial_plan),
    "no event": (lambda: with_events(0), trial_plan),
    "no other records": (nothing_but_times, trial_plan),
}


@pytest.fixture(scope="module", params=TRIALS)
def made(request):
    """Numbers and rows of each output, and what its program raised."""
    frames, plan = (make() for make in TRIALS[request.param])
    data, results, failed = Frames(**frames), {}, {}
    for output in plan.catalogue.outputs:
        program = study().program(output)
        try:
            found = program.analyse(data, output, plan)
            results[output.id] = found.ard.frame(), program.display(found, output, plan)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test names it
            failed[output.id] = repr(error)
    return plan, frames, results, failed


def test_no_program_stops(made):
    plan, _, results, failed = made
    assert failed == {}
    assert len(results) == len(plan.catalogue.outputs) == 110


def test_what_is_not_estimable_has_a_reason(made):
    _, _, results, _ = made
    silent = {
        name: ard[(ard["formatted"] == "NE") & (ard["error"] == "")]["stat_name"].tolist()
        for name, (ard, _) in results.items()
    }
    assert {name: found for name, found in silent.items() if found} == {}


def test_no_cell_shows_what_is_no_number(made):
    _, _, results, _ = made
    shown = {
        name: [text for row in display.rows for text in (row.label, *row.cells) if NO_NUMBER.search(text)]
        for name, (_, display) in results.items()
    }
    # `None` is a word of the data and of labels.
    found = {name: [text for text in texts if "none" not in text.lower()] for name, texts in shown.items()}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_nobody_is_dropped_silently(made):
    """The number of patients over a column is that of its arm in ADSL, whatever befell the trial."""
    plan, frames, results, _ = made
    adsl = frames["ADSL"]
    compared = 0
    for analysis_set in plan.study.analysis_sets:
        inside = adsl[adsl[analysis_set.flag] == "Y"] if analysis_set.flag else adsl
        arms = inside["TRT01AN" if analysis_set.treatment == "actual" else "TRT01PN"]
        expected = {arm.id: float((arms == arm.code).sum()) for arm in plan.study.arms}
        for name, (ard, _) in results.items():
            sizes = ard[(ard["analysis_id"] == "SUBJECTS") & (ard["stat_name"] == "N") & (ard["group2"] == "")]
            sizes = sizes[(sizes["analysis_set"] == analysis_set.id) & sizes["group1_level"].isin(expected)]
            found = dict(zip(sizes["group1_level"], sizes["value"], strict=True))
            assert found == {arm: expected[arm] for arm in found}, name
            compared += len(found)
    assert compared > 100


def test_the_second_programmer_agrees_on_every_number(made):
    plan, frames, results, _ = made
    data, apart = Frames(**frames), {}
    for name, program in second_programs().items():
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            numbers = (
                study().module(program, "the second programmer").recompute(data, plan.catalogue.output(name), plan)
            )
        comparison = compare_ards(results[name][0], numbers, scope=[name])
        if not comparison.ok and name != FLAT:
            apart[name] = comparison.table(limit=2)
    assert apart == {}
