"""ADSL: what is known of each subject after all else is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csrbook.simulate.columns import flag, text
from simulation.biomarkers import Markers, ki67_percent
from simulation.deviations import EXCLUSIONS, Exclusion
from simulation.disease_course import DEATH, NEVER, Course
from simulation.follow_up import REASONS, FollowUp

if TYPE_CHECKING:
    from csrbook.simulate.streams import Streams
    from simulation.parameters import Parameters
    from simulation.subjects import Cohort

__all__ = ["ORDER", "screened_ki67", "subject_level", "subject_level_dataset"]

ORDER = (
    "STUDYID", "USUBJID", "SUBJID", "SITEID", "AGE", "AGEU", "AGEGR1", "AGEGR1N", "SEX", "RACE", "COUNTRY", "RFICDT",
    "RANDDT", "RANDNO", "TRTSDT", "TRTEDT", "TRTDURD", "TRT01P", "TRT01PN", "TRT01A", "TRT01AN", "STRAT1R",
    "STRAT1RN", "STRAT2R", "STRAT2RN", "STRAT1V", "STRAT1VN", "STRAT2V", "STRAT2VN", "STRATAR", "ITTFL", "SAFFL",
    "PPROTFL", "BMEVLFL", "RESEVFL", "QOLEVFL", "PPEXRS", "SCRFREAS", "MENOP", "ECOGBL", "ERPCT", "PRPCT", "HER2IHC",
    "HER2ISH", "KI67", "VISCFL", "DENOVOFL", "DFIMO", "HEIGHTBL", "WEIGHTBL", "BMIBL", "BSABL", "EOTSTT", "DCTREAS",
    "EOT1STT", "EOT2STT", "EOSSTT", "DCSREAS", "EOSDT", "SYMPDT", "NACTDT", "DTHFL", "DTHDT", "DTHCAUS", "LSTALVDT",
    "DCUTDT",
)  # fmt: skip
CAUSES = ("DISEASE PROGRESSION", "ADVERSE EVENT", "OTHER")
STUDY_ENDS = ("DEATH", "LOST TO FOLLOW-UP", "WITHDRAWAL BY SUBJECT")
STATUS = ("DISCONTINUED", "ONGOING")

Columns = dict[str, NDArray[np.generic]]
Flags = NDArray[np.bool_]


def screened_ki67(parameters: Parameters, cohort: Cohort, markers: Markers, streams: Streams) -> NDArray[np.float64]:
    """Ki-67 (%) of all screened subjects; it agrees with the marker's status of the randomised ones."""
    rng, names = streams.generator("subjects", "ki67"), [m.id for m in parameters.biomarkers.markers]
    screened = len(cohort.columns["RFICDT"])
    draw = rng.random(screened)
    high = rng.random(screened) < 0.6
    if "KI67" in names:
        high[cohort.randomised] = markers.positive[:, names.index("KI67")]
    return ki67_percent(high, draw)


def subject_level(
    cohort: Cohort,
    course: Course,
    follow_up: FollowUp,
    exclusion: Exclusion,
    fatal: Flags,
    ki67: NDArray[np.float64],
    markers_evaluable: Flags,
    scores_evaluable: Flags,
    streams: Streams,
) -> Columns:
    """Variables of ADSL over all screened subjects."""
    columns = dict(cohort.columns)
    rows, screened = cohort.randomised, len(columns["RFICDT"])
    day0, treated = cohort.day0, follow_up.treated

    def everyone(values: NDArray[np.generic], other: object) -> NDArray[np.generic]:
        filled = np.full(screened, other, dtype=object if values.dtype == object else np.float64)
        filled[rows] = values
        return filled

    def date(days: NDArray[np.int64]) -> NDArray[np.generic]:
        return everyone(np.where(days < NEVER, day0 + days, np.nan), np.nan)

    per_protocol = exclusion.reason < 0
    columns["TRTSDT"], columns["TRTEDT"] = date(follow_up.start), date(follow_up.end)
    columns["TRTDURD"] = columns["TRTEDT"] - columns["TRTSDT"] + 1.0
    for name, members in (
        ("ITTFL", np.ones(cohort.size, dtype=bool)),
        ("SAFFL", treated),
        ("PPROTFL", per_protocol),
        ("BMEVLFL", markers_evaluable),
        ("RESEVFL", course.measurable),
        ("QOLEVFL", scores_evaluable),
    ):
        columns[name] = everyone(flag(members, "N"), "N")
    columns["PPEXRS"] = everyone(text(EXCLUSIONS, exclusion.reason), "")
    columns["KI67"] = ki67
    ended = np.where(treated, np.where(follow_up.ongoing, 1, 0), -1)
    partner = np.where(follow_up.partner_stop < NEVER, 0, ended)
    columns["EOTSTT"] = columns["EOT1STT"] = everyone(text(STATUS, ended), "")
    columns["EOT2STT"] = everyone(text(STATUS, partner), "")
    columns["DCTREAS"] = everyone(text(REASONS, follow_up.reason), "")
    gone = follow_up.dead | follow_up.lost
    reason = np.where(follow_up.dead, 0, np.where(course.withdrew, 2, 1))
    columns["EOSSTT"] = everyone(text(STATUS, np.where(gone, 0, 1)), "")
    columns["DCSREAS"] = everyone(text(STUDY_ENDS, np.where(gone, reason, -1)), "")
    columns["EOSDT"] = date(np.where(gone, follow_up.last, NEVER))
    columns["SYMPDT"], columns["NACTDT"] = date(follow_up.symptomatic), date(follow_up.new_therapy)
    columns["DTHFL"] = everyone(flag(follow_up.dead), "")
    columns["DTHDT"] = date(np.where(follow_up.dead, follow_up.last, NEVER))
    cause = np.where(fatal, 1, np.where(course.kind == DEATH, 2, 0))
    columns["DTHCAUS"] = everyone(text(CAUSES, np.where(follow_up.dead, cause, -1)), "")
    later = streams.generator("subjects", "screening contact").integers(0, 15, screened)
    consent = np.asarray(columns["RFICDT"], dtype=np.float64)
    alive = np.minimum(consent + later, float(course.cutoff))
    alive[rows] = day0 + follow_up.last
    columns["LSTALVDT"] = alive
    columns["DCUTDT"] = np.full(screened, float(course.cutoff))
    return columns


def subject_level_dataset(columns: Columns) -> pd.DataFrame:
    """ADSL in the order of its variables."""
    return pd.DataFrame({name: columns[name] for name in ORDER}, copy=False)
