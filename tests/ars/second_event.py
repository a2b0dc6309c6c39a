"""The reporting event of the second study: its programs run on its hand-made data."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from csrbook.ars import reporting_event
from csrbook.pipeline.run import LockIdentity, choose_outputs, run_outputs
from csrbook.pipeline.study import find_study
from tests.analyses.trial import Frames
from tests.pipeline.second_study import SOURCES, events, subjects, times
from tests.pipeline.studies import own_modules

if TYPE_CHECKING:
    from csrbook.plan.models import Plan

LOCK = LockIdentity(hash="sha256:" + "5" * 64, cutoff_day=25_600, simulated=False)
STATUSES = {"statuses": {"matched": "matched", "none": "not yet"}, "outputs": {"T14.3.1": {"status": "matched"}}}


class Made(NamedTuple):
    plan: Plan
    ard: pd.DataFrame
    displays: tuple[dict, ...]
    kinds: dict[str, dict[str, str]]


@cache
def made() -> Made:
    """Plan, numbers and displays of the second study, and the kinds of its variables."""
    frames = {"ADSL": _frame(subjects()), "ADTTE": _frame(times()), "ADAE": _frame(events())}
    with own_modules():
        study = find_study(SOURCES)
        result = run_outputs(study, Frames(**frames), LOCK, choose_outputs(study, []))
    kinds = {
        name: {column: "text" if frame[column].dtype == object else "number" for column in frame}
        for name, frame in frames.items()
    }
    return Made(study.plan, result.ard, tuple(result.displays.values()), kinds)


def event(**options):
    """The reporting event as it is read from its JSON."""
    plan, ard, displays, kinds = made()
    return json.loads(
        reporting_event(plan, ard, displays, kinds, **options).model_dump_json(by_alias=True, exclude_none=True)
    )


def _frame(records):
    frame = pd.DataFrame(records)
    return frame.astype(dict.fromkeys(frame.select_dtypes("number").columns, float))
