"""The second programmer's numbers against R, on twenty patients that can be read on the screen.

R 4.2.2, survival 3.5-3; ``d`` is the table in small_trial.py, ``event = cnsr == 0``, ``test = arm == 1``::

    m <- coxph(Surv(months, event) ~ test + strata(visceral), d, ties = "efron",
               control = coxph.control(eps = 1e-14, iter.max = 50))
    coef(m); sqrt(vcov(m)); exp(coef(m) + c(-1, 0, 1) * qnorm(0.975) * sqrt(vcov(m)))
    survdiff(Surv(months, event) ~ test + strata(visceral), d)$chisq
    f <- survfit(Surv(months, event) ~ 1, d[d$arm == 1, ], conf.type = "log-log")
    quantile(f); summary(f, times = c(3, 6, 9))[c("surv", "lower", "upper")]
    quantile(survfit(Surv(months, 1 - event) ~ 1, d[d$arm == 1, ], conf.type = "log-log"), 0.5)
"""

from __future__ import annotations

import math

import pandas as pd
import pytest

from csrbook.ard import ARD_COLUMNS, ARD_KEYS
from csrbook.compare import compare_ards
from csrbook.errors import ComparisonError
from qc.primary.noninferiority import recompute
from tests.qc.small_trial import datasets, output, plan, records

NE = math.nan


@pytest.fixture(scope="module")
def numbers() -> pd.DataFrame:
    return recompute(datasets(records()), output(), plan())


def values(frame: pd.DataFrame, analysis: str, **keys: str) -> dict[str, float]:
    """Values by statistic of one analysis; of the summary row where no level is asked for."""
    wanted = {"variable_level": "", **keys, "analysis_id": analysis}
    for name, value in wanted.items():
        frame = frame[frame[name] == value]
    return dict(zip(frame["stat_name"], frame["value"], strict=True))


def test_hazard_ratio_agrees_with_coxph(numbers):
    assert values(numbers, "COX_STRATIFIED") == pytest.approx(
        {
            "hr": 0.7379388076278,
            "lower": 0.2461078297377,
            "upper": 2.212662979409,
            "log_hr": -0.3038943743129,
            "se": 0.5602608727359,
            "z": -0.5424158442992,
            "p": 0.5875320671017,
        },
        rel=1e-11,
    )


def test_noninferiority_agrees_with_coxph_and_pnorm(numbers):
    # in R the z statistic is the log hazard ratio less log(1.3) over its standard error, and p is pnorm of it
    assert values(numbers, "NONINFERIORITY") == pytest.approx(
        {
            "margin": 1.3,
            "hr": 0.7379388076278,
            "lower": 0.2461078297377,
            "upper": 2.212662979409,
            "z": -1.010705309502,
            "p": 0.1560787475351,
            "met": 0.0,
        },
        rel=1e-11,
    )


def test_log_rank_agrees_with_survdiff(numbers):
    assert values(numbers, "LOG_RANK_STRATIFIED") == pytest.approx(
        {"chi_square": 0.361086191671, "p": 0.5479036104759}, rel=1e-11
    )


@pytest.mark.parametrize(
    ("arm", "analysis", "expected"),
    [
        # S is exactly 1/2 from month 6 to 9 in NEW and from 5 to 8 in OLD: the middle, as survfit has it
        ("NEW", "KM_Q1", (4.0, 2.0, 9.0)),
        ("NEW", "KM_MEDIAN", (7.5, 2.0, NE)),
        ("NEW", "KM_Q3", (11.0, 6.0, NE)),
        ("NEW", "FOLLOW_UP", (14.0, 6.0, NE)),
        ("OLD", "KM_Q1", (2.0, 1.0, 8.0)),
        ("OLD", "KM_MEDIAN", (6.5, 1.0, NE)),
        # S is exactly 1/4 from month 9 to the last time, 12
        ("OLD", "KM_Q3", (10.5, 5.0, NE)),
        ("OLD", "FOLLOW_UP", (10.0, 6.0, NE)),
    ],
)
def test_quantiles_agree_with_survfit(numbers, arm, analysis, expected):
    found = values(numbers, analysis, group1_level=arm)
    assert tuple(found[name] for name in ("estimate", "lower", "upper")) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("arm", "month", "expected"),
    [
        ("NEW", "3", (80.0, 40.869078163340, 94.58726458389)),
        ("NEW", "6", (50.0, 18.360559061901, 75.31740769982)),
        ("NEW", "9", (33.33333333333, 6.327614761679, 64.58026983050)),
        ("OLD", "3", (70.0, 32.871659327973, 89.19490412248)),
        ("OLD", "6", (50.0, 18.360559061901, 75.31740769982)),
        ("OLD", "9", (25.0, 4.077423442824, 54.84705707198)),
    ],
)
def test_landmark_rates_agree_with_survfit(numbers, arm, month, expected):
    found = values(numbers, "KM_RATE", group1_level=arm, variable_level=month)
    assert tuple(found[name] for name in ("estimate", "lower", "upper")) == pytest.approx(expected, rel=1e-11)


def test_a_landmark_after_the_last_time_is_not_estimable():
    frame = recompute(datasets(records()), output(landmarks_months=[13]), plan())
    assert values(frame, "KM_RATE", group1_level="OLD", variable_level="13") == pytest.approx(
        {"estimate": NE, "lower": NE, "upper": NE}, nan_ok=True
    )
    # the other arm is followed to month 14: S = 1/6 after the event at month 11 (10 * 9/10 * 7/9 * 5/7 * 2/3 * 1/2)
    assert values(frame, "KM_RATE", group1_level="NEW", variable_level="13")["estimate"] == pytest.approx(100 / 6)


def test_counts_can_be_read_off_the_table(numbers):
    assert values(numbers, "SUBJECTS", group1_level="NEW") == {"N": 10.0}
    assert values(numbers, "EVENTS", group1_level="NEW") == {"n": 7.0, "p": 70.0}
    assert values(numbers, "EVENTS", group1_level="NEW", variable_level="DEATH") == {"n": 2.0, "p": 20.0}
    assert values(numbers, "EVENTS", group1_level="OLD", variable_level="DEATH") == {"n": 1.0, "p": 10.0}
    assert values(numbers, "CENSORED", group1_level="NEW") == {"n": 3.0, "p": 30.0}
    assert values(numbers, "CENSORED", group1_level="NEW", variable_level="LOST") == {"n": 1.0, "p": 10.0}
    # a reason that occurs in the other arm only stands with a zero
    assert values(numbers, "CENSORED", group1_level="OLD", variable_level="LOST") == {"n": 0.0, "p": 0.0}


def test_strata_are_counted(numbers):
    assert values(numbers, "STRATA") == {"n": 2.0}
    assert values(numbers, "STRATA", variable_level="Y") == {"n": 10.0, "events": 8.0}
    assert values(numbers, "STRATA", variable_level="N") == {"n": 10.0, "events": 6.0}


def test_a_blank_stratification_factor_is_a_stratum_of_its_own():
    table = records()
    table.loc[table["subject"].isin(["01", "11"]), "visceral"] = ""
    frame = recompute(datasets(table), output(), plan())
    assert values(frame, "STRATA") == {"n": 3.0}
    assert values(frame, "STRATA", variable_level="Missing") == {"n": 2.0, "events": 2.0}


def test_the_set_of_the_plan_row_is_analysed_and_its_losses_counted():
    row = output(analysis_set="PP", reference_set="ITT")
    frame = recompute(datasets(records(), excluded=("04", "20", "19")), row, plan())
    assert values(frame, "SUBJECTS", group1_level="NEW") == {"N": 9.0}
    assert values(frame, "SUBJECTS", group1_level="OLD") == {"N": 8.0}
    assert values(frame, "EXCLUDED", group1_level="OLD", variable_level="ITT") == {"n": 2.0, "p": 20.0}
    assert set(frame["analysis_set"]) == {"PP"}


def test_a_hazard_ratio_without_maximum_is_not_estimable_and_not_met():
    table = records()
    table.loc[table["arm"] == 1, "cnsr"] = 1.0
    frame = recompute(datasets(table), output(), plan())
    assert all(math.isnan(value) for value in values(frame, "COX_STRATIFIED").values())
    assert values(frame, "NONINFERIORITY")["met"] == 0.0


def test_each_number_has_a_key_of_its_own(numbers):
    assert not numbers.duplicated(list(ARD_KEYS)).any()
    assert list(numbers.columns) == [*ARD_KEYS, "value"]


def as_production(numbers: pd.DataFrame) -> pd.DataFrame:
    frame = numbers.reindex(columns=list(ARD_COLUMNS), fill_value="")
    frame["formatted"] = [f"{value:.3f}" for value in frame["value"]]
    return frame


@pytest.mark.parametrize(
    ("where", "planted"),
    [
        ({"analysis_id": "COX_STRATIFIED", "stat_name": "upper"}, 2.212663 + 1e-6),
        ({"analysis_id": "EVENTS", "group1_level": "OLD", "variable_level": "DEATH", "stat_name": "n"}, 2.0),
        ({"analysis_id": "KM_MEDIAN", "group1_level": "NEW", "stat_name": "estimate"}, 6.0),  # left end of the interval
        ({"analysis_id": "NONINFERIORITY", "stat_name": "met"}, 1.0),
    ],
)
def test_a_planted_difference_is_caught(numbers, where, planted):
    production = as_production(numbers)
    hit = pd.Series(data=True, index=production.index)
    for name, value in where.items():
        hit &= production[name] == value
    assert hit.sum() == 1
    assert compare_ards(production, numbers).ok
    production.loc[hit, "value"] = planted
    result = compare_ards(production, numbers)
    assert result.failures["verdict"].tolist() == ["different"]
    with pytest.raises(ComparisonError):
        result.require_agreement()
