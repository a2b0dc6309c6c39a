"""ADTR (lesions) and ADRS (responses) from the lesions as measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csrbook.simulate.columns import flag, sequence_within, text
from simulation.frame import Base, relative_day, visit_text
from simulation.lesions import LOCATIONS, NODE, NON_TARGETS, TARGETS, Lesions
from simulation.response import NE, PD, RESPONSES, Response

if TYPE_CHECKING:
    import pandas as pd

    from csrbook.plan.models import Plan
    from simulation.follow_up import FollowUp

__all__ = ["ResponseRows", "lesion_dataset", "response_dataset"]

PARAMETERS = {
    "LDIAM": "Diameter of Target Lesion (mm)",
    "LSTATE": "State of Non-Target or New Lesion",
    "SDIAM": "Sum of Diameters of Target Lesions (mm)",
}
LINKS = (*(f"T{i + 1:02d}" for i in range(TARGETS)), "NEW01", *(f"NT{i + 1:02d}" for i in range(NON_TARGETS)), "SUM")
NEW, SUM = TARGETS, TARGETS + NON_TARGETS + 1
STATES = ("ABSENT", "PRESENT", "UNEQUIVOCAL PROGRESSION")

Ints = NDArray[np.int64]


def lesion_dataset(
    base: Base, plan: Plan, follow_up: FollowUp, lesions: Lesions, response: Response
) -> tuple[pd.DataFrame, Ints]:
    """ADTR, and TRSEQ of the new lesion at each scan (shape (subjects, scans); 0 where there is none)."""
    size, scans = follow_up.scan.shape
    # axes: subject, lesion in the order of PARAMCD and TRLNKID, visit with the baseline first; ravelled they are sorted
    value = np.full((size, SUM + 1, scans + 1), -1, dtype=np.int64)
    value[:, :TARGETS, 0], value[:, :TARGETS, 1:] = lesions.baseline, np.swapaxes(lesions.size, 1, 2)
    value[:, NEW, 1:] = np.where(lesions.new_location >= 0, 1, -1)
    value[:, NEW + 1 : SUM, 0] = np.where(lesions.non_target_location >= 0, 1, -1)
    value[:, NEW + 1 : SUM, 1:] = np.swapaxes(lesions.non_target, 1, 2)
    value[:, SUM, 0], value[:, SUM, 1:] = np.where(response.base > 0, response.base, -1), response.sums
    subject, lesion, visit = np.nonzero(value >= 0)
    value = value[subject, lesion, visit]
    scan = np.maximum(visit - 1, 0)
    target, state = (lesion < TARGETS), (lesion >= NEW) & (lesion < SUM)
    place = np.concatenate(
        [lesions.location, np.full((size, 1), -1), lesions.non_target_location, np.full((size, 1), -1)], axis=1
    )[subject, lesion]
    place = np.where(lesion == NEW, lesions.new_location[subject, scan], place)
    start = np.where(lesion == SUM, response.base[subject], lesions.baseline[subject, np.minimum(lesion, TARGETS - 1)])
    measured = ~state
    later = measured & (visit > 0)
    at_base = np.where(measured, start, np.nan).astype(np.float64)
    change = np.where(later, value - at_base, np.nan)
    sums = later & (lesion == SUM)
    nadir = np.where(sums, response.nadir[subject, scan], np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        from_nadir = np.where(nadir > 0, 100.0 * (value - nadir) / nadir, np.nan)
    day = np.where(visit == 0, follow_up.baseline_scan[subject], follow_up.scan[subject, scan])
    date = base.date("RANDDT")[subject] + day
    sequence = sequence_within(subject)
    weeks = visit * plan.study.scan_interval_weeks
    parameter = np.where(target, 0, np.where(state, 1, 2))
    used = response.used[subject, scan] | (visit == 0)
    frame = base.frame(
        subject,
        {
            "TRSEQ": sequence,
            "PARAMCD": text(tuple(PARAMETERS), parameter),
            "PARAM": text(tuple(PARAMETERS.values()), parameter),
            "PARAMN": parameter + 1.0,
            "TRLNKID": text(LINKS, lesion),
            "TRGRP": text(("TARGET", "NON-TARGET", "NEW"), np.where(lesion == NEW, 2, np.where(state, 1, 0))),
            "TRLOC": text(LOCATIONS, place),
            "LNODEFL": flag(target & (place == NODE)),
            "AVISIT": visit_text(weeks),
            "AVISITN": weeks.astype(np.float64),
            "ADT": date,
            "ADY": relative_day(date, base.date("RANDDT")[subject]),
            "AVAL": np.where(measured, value, np.nan).astype(np.float64),
            "AVALC": text(STATES, np.where(state, value, -1)),
            "ABLFL": flag((visit == 0) & measured),
            "BASE": at_base,
            "CHG": change,
            "PCHG": 100.0 * change / at_base,
            "NADIR": nadir,
            "PCHGNAD": from_nadir,
            "ANL01FL": flag(used),
        },
    )
    new_sequence = np.zeros((size, scans), dtype=np.int64)
    found = lesion == NEW
    new_sequence[subject[found], scan[found]] = sequence[found].astype(np.int64)
    return frame, new_sequence


@dataclass(frozen=True)
class ResponseRows:
    """RSSEQ of the overall responses, shape (subjects, scans); 0 where there was no scan."""

    investigator: Ints
    independent: Ints


RESPONSE_PARAMETERS = {
    "BOR": "Best Overall Response",
    "CBOR": "Confirmed Best Overall Response",
    "CBR24": "Clinical Benefit at 24 Weeks",
    "NEWLFL": "New Lesion",
    "NTRGRESP": "Non-Target Response",
    "OVRBICR": "Overall Response by Independent Review",
    "OVRINV": "Overall Response by Investigator",
    "PD": "Progressive Disease",
    "TRGRESP": "Target Response",
}
_NO, _YES = len(RESPONSES), len(RESPONSES) + 1


def response_dataset(
    base: Base, plan: Plan, follow_up: FollowUp, response: Response, review: Ints, reviewed_progression: Ints
) -> tuple[pd.DataFrame, ResponseRows]:
    """ADRS, and the sequence numbers by which ADTTE names its source records."""
    size, scans = follow_up.scan.shape
    last = _last_adequate(response.overall, response.used)
    last_review = _last_adequate(review, follow_up.attended)
    new = np.where(follow_up.attended, np.where(response.new, _YES, _NO), -1)
    single = (
        (0, response.best, np.where(response.best_at >= 0, response.best_at, last), 0),
        (1, response.confirmed_best, np.where(response.confirmed_at >= 0, response.confirmed_at, last), 0),
        (2, np.where(response.benefit, _YES, _NO), last, 0),
    )
    closing = (
        (
            7,
            np.where(reviewed_progression >= 0, _YES, _NO),
            np.where(reviewed_progression >= 0, reviewed_progression, last_review),
            1,
        ),
        (
            7,
            np.where(response.progression >= 0, _YES, _NO),
            np.where(response.progression >= 0, response.progression, last),
            0,
        ),
    )
    # blocks in the order of PARAMCD and EVAL; ravelled, the rows of a subject are sorted by key
    blocks = [(p, value[:, None], at[:, None], e) for p, value, at, e in single]
    index = np.broadcast_to(np.arange(scans), (size, scans))
    blocks += [
        (3, new, index, 0),
        (4, response.non_target, index, 0),
        (5, review, index, 1),
        (6, response.overall, index, 0),
    ]
    blocks += [(p, value[:, None], at[:, None], e) for p, value, at, e in closing]
    blocks += [(8, response.target, index, 0)]
    widths = [block[1].shape[1] for block in blocks]
    code = np.concatenate([block[1] for block in blocks], axis=1)
    where = np.concatenate([block[2] for block in blocks], axis=1)
    parameter = np.repeat([block[0] for block in blocks], widths)
    evaluator = np.repeat([block[3] for block in blocks], widths)
    keep = code >= 0
    subject, column = np.nonzero(keep)
    code, where, parameter, evaluator = code[keep], where[keep], parameter[column], evaluator[column]
    overall_row = np.isin(parameter, (0, 1, 2, 7))
    at_scan = where >= 0
    scan = np.maximum(where, 0)
    date = base.date("RANDDT")[subject] + np.where(at_scan, follow_up.scan[subject, scan], 0)
    weeks = (scan + 1) * plan.study.scan_interval_weeks
    scheduled = base.date("RANDDT")[subject] + 7.0 * weeks
    sequence = sequence_within(subject)
    reviewed = np.where(reviewed_progression >= 0, reviewed_progression, scans)[subject]
    before_therapy = follow_up.scan[subject, scan] < follow_up.new_therapy[subject]
    used = np.where(evaluator == 1, (scan <= reviewed) & before_therapy, response.used[subject, scan])
    visits = visit_text(weeks)
    visits[overall_row] = "OVERALL"
    frame = base.frame(
        subject,
        {
            "RSSEQ": sequence,
            "PARAMCD": text(tuple(RESPONSE_PARAMETERS), parameter),
            "PARAM": text(tuple(RESPONSE_PARAMETERS.values()), parameter),
            "PARAMN": parameter + 1.0,
            "AVISIT": visits,
            "AVISITN": np.where(overall_row, 999.0, weeks),
            "ADT": date,
            "ADY": relative_day(date, base.date("RANDDT")[subject]),
            "SCHDT": np.where(overall_row | (scheduled > base.date("DCUTDT")[subject]), np.nan, scheduled),
            "EVAL": text(("INVESTIGATOR", "INDEPENDENT ASSESSOR"), evaluator),
            "AVALC": text((*RESPONSES, "N", "Y"), code),
            "AVAL": np.where(code == _NO, 0.0, np.where(code == _YES, 1.0, code + 1.0)),
            "ANL01FL": flag(overall_row | used),
        },
    )
    numbers = np.zeros(keep.shape, dtype=np.int64)
    numbers[keep] = sequence.astype(np.int64)
    starts = np.cumsum([0, *widths])
    return frame, ResponseRows(
        investigator=numbers[:, starts[6] : starts[7]], independent=numbers[:, starts[5] : starts[6]]
    )


def _last_adequate(overall: Ints, used: NDArray[np.bool_]) -> Ints:
    """Index of the last assessment that was adequate and no progression, −1 for none."""
    good = used & (overall >= 0) & (overall != NE) & (overall != PD)
    return np.max(np.where(good, np.arange(overall.shape[1]), -1), axis=1)
