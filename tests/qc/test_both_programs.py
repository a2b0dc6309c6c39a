"""Production and QC, written apart on different libraries, agree on every number of trials full of ties and gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import analyses.primary.pfs_noninferiority as production
from csrbook.compare import compare_ards
from qc.primary.noninferiority import recompute
from tests.qc.small_trial import datasets, output, plan, records


def random_trial(seed: int, subjects: int) -> pd.DataFrame:
    """Whole months, so that most times are tied; a blank stratum; reasons that one arm may lack."""
    random = np.random.Generator(np.random.Philox(seed))
    event = random.random(subjects) < 0.7
    kinds = np.where(random.random(subjects) < 0.8, "PD", "DEATH")
    reasons = random.choice(["ONGOING", "LOST", "DEVIATION"], subjects)
    return pd.DataFrame(
        {
            "subject": [f"{number:03d}" for number in range(subjects)],
            "arm": random.integers(1, 3, subjects).astype(float),
            "visceral": random.choice(["Y", "N", "N", ""], subjects),
            "months": np.ceil(random.exponential(8.0, subjects)),
            "cnsr": np.where(event, 0.0, random.integers(1, 6, subjects).astype(float)),
            "reason": np.where(event, kinds, reasons),
        }
    )


def compared(table: pd.DataFrame, excluded: tuple[str, ...] = (), **parameters: object):
    data, row = datasets(table, excluded), output(name="PFS", **parameters)
    first = production.analyse(data, row, plan()).ard.frame()
    return compare_ards(first, recompute(data, row, plan()))


@pytest.mark.parametrize(("seed", "subjects"), [(1, 12), (2, 30), (3, 60), (4, 120), (5, 300)])
def test_random_trials(seed, subjects):
    result = compared(random_trial(seed, subjects))
    assert result.ok, result.table()
    assert len(result.frame) > 80


def test_the_per_protocol_set_and_its_losses():
    result = compared(records(), excluded=("04", "19", "20"), analysis_set="PP", reference_set="ITT")
    assert result.ok, result.table()
    assert "EXCLUDED" in set(result.frame["analysis_id"])


def test_a_trial_without_events_is_not_estimable_on_both_sides():
    table = records()
    table["cnsr"] = 1.0
    result = compared(table)
    assert result.ok, result.table()
    assert result.frame["production"].isna().sum() > 10


def test_a_trial_with_events_in_one_arm_only():
    table = records()
    table.loc[table["arm"] == 2, "cnsr"] = 1.0
    result = compared(table)
    assert result.ok, result.table()


def test_a_subject_without_a_record_stays_in_the_denominator():
    data = datasets(records())
    data.frames["ADTTE"] = data.frames["ADTTE"].query("USUBJID != '07'").reset_index(drop=True)
    row = output(name="PFS")
    result = compare_ards(production.analyse(data, row, plan()).ard.frame(), recompute(data, row, plan()))
    assert result.ok, result.table()
    share = result.frame.query(
        "analysis_id == 'EVENTS' and group1_level == 'NEW' and variable == '' and stat_name == 'p'"
    )
    assert share["qc"].tolist() == [60.0]
