from __future__ import annotations

import math

import pytest

from csrbook.displays.event_intervals import event_intervals
from csrbook.displays.event_times import EventTimesSource
from csrbook.errors import DataError
from tests.displays.small_efficacy import DAYS_PER_MONTH, Frames, small_data, trial_plan

PLAN = trial_plan()


def intervals(data: Frames):
    times = EventTimesSource(data, PLAN).select("ITT", "PFSINV")
    return event_intervals(data, times, PLAN.study.days_per_month)


def test_ends_count_the_day_of_randomisation_as_day_1():
    found = intervals(small_data())
    by_subject = {s[-2:]: (a, b) for s, a, b in zip(found.times.subject, found.left, found.right, strict=True)}
    # 02: progression on day 140, last assessment without it 56 days before; 11: censored on day 42
    assert by_subject["02"] == pytest.approx((84 / DAYS_PER_MONTH, 140 / DAYS_PER_MONTH))
    assert by_subject["11"] == (pytest.approx(42 / DAYS_PER_MONTH), math.inf)
    assert int(found.bounded.sum()) == 13
    assert not found.exact.any()
    assert found.warnings == ()


def test_before_the_first_assessment_the_event_may_have_come_at_any_time():
    data = small_data().with_values("ADTTE", "INTLDT", 22002.0, "USUBJID == 'NCT04646759-001-0002'")
    found = intervals(data)
    assert found.left[found.times.subject == "NCT04646759-001-0002"].tolist() == [0.0]


def test_a_death_has_its_date():
    data = small_data()
    frame = data.dataset("ADTTE")
    row = (frame["USUBJID"] == "NCT04646759-001-0002") & (frame["PARAMCD"] == "PFSINV")
    frame.loc[row, "INTLDT"] = frame.loc[row, "INTRDT"]
    found = intervals(Frames(**{**data.frames, "ADTTE": frame}))
    assert found.right[found.exact].tolist() == pytest.approx([140 / DAYS_PER_MONTH])


def test_an_event_without_its_interval_is_told_and_none_at_all_is_an_error():
    found = intervals(small_data().with_values("ADTTE", "INTRDT", math.nan, "USUBJID == 'NCT04646759-001-0002'"))
    assert len(found.left) == 23
    assert found.warnings == ("1 subject without a usable interval of the event (INTLDT, INTRDT) left out.",)
    with pytest.raises(DataError, match="INTLDT"):
        intervals(small_data().with_values("ADTTE", "INTLDT", math.nan))
