"""Screening, randomisation and baseline characteristics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from csrbook.simulate.allocation import permuted_blocks, position_within
from csrbook.simulate.columns import choose, flag, text
from csrbook.simulate.dates import sas_day

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from csrbook.plan.models import Plan
    from csrbook.simulate.streams import Streams
    from simulation.parameters import Parameters

__all__ = ["Cohort", "draw_subjects", "site_effects"]

SCREENING_DAYS = 21
"""Longest time from informed consent to randomisation."""
FAILURES = ("INCLUSION CRITERIA NOT MET", "EXCLUSION CRITERIA MET", "WITHDRAWAL BY SUBJECT", "OTHER")


@dataclass(frozen=True)
class Cohort:
    """Screened subjects in the order of USUBJID, and the randomised ones among them.

    ``columns`` has one array a variable of ADSL over all screened subjects; the other arrays run over the
    randomised subjects in the same order.
    """

    columns: dict[str, NDArray[np.generic]]
    randomised: NDArray[np.int64]
    """Row of each randomised subject among the screened."""
    arm: NDArray[np.int64]
    """Index of the planned arm: 0 test, 1 control."""
    actual: NDArray[np.int64]
    """Index of the arm whose treatment was received; −1 where none was."""
    site: NDArray[np.int64]
    day0: NDArray[np.float64]
    """SAS date of randomisation."""
    consent: NDArray[np.float64]
    visceral: NDArray[np.bool_]
    trastuzumab_metastatic: NDArray[np.bool_]
    ecog_1: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """Number of randomised subjects."""
        return len(self.arm)

    def baseline(self, name: str) -> NDArray[np.float64]:
        """A numeric baseline variable of the randomised subjects."""
        return np.asarray(self.columns[name][self.randomised], dtype=np.float64)


def site_effects(rng: np.random.Generator, sites: int, sd: float) -> NDArray[np.float64]:
    """Log hazard ratio of each site."""
    return rng.normal(0.0, sd, sites)


def draw_subjects(parameters: Parameters, plan: Plan, subjects: int, streams: Streams) -> Cohort:
    """Screen until ``subjects`` are randomised; allocate them by stratified permuted blocks."""
    p = parameters.subjects
    rng = streams.generator("subjects", "screening")
    failures = round(subjects * p.screen_failure_rate / (1.0 - p.screen_failure_rate))
    screened = subjects + failures
    days = p.accrual_months * plan.study.days_per_month
    consent = sas_day(p.first_day) + np.floor(rng.random(screened) * (days - SCREENING_DAYS))
    site = choose(rng, rng.gamma(2.5, 1.0, p.sites).tolist(), screened)
    failed = np.zeros(screened, dtype=bool)
    failed[rng.permutation(screened)[:failures]] = True
    screening = rng.integers(3, SCREENING_DAYS + 1, screened)

    order = np.lexsort((consent, site))
    consent, site, failed, screening = consent[order], site[order], failed[order], screening[order]
    number = position_within(site) + 1
    siteid = text([f"{i + 1:03d}" for i in range(p.sites)], site)
    subjid = np.array(
        [f"{s + 1:03d}-{i:04d}" for s, i in zip(site.tolist(), number.tolist(), strict=True)], dtype=object
    )
    study = plan.study.registry
    columns: dict[str, NDArray[np.generic]] = {
        "STUDYID": np.full(screened, study, dtype=object),
        "USUBJID": np.array([f"{study}-{s}" for s in subjid.tolist()], dtype=object),
        "SUBJID": subjid,
        "SITEID": siteid,
        "RFICDT": consent,
        "SCRFREAS": text(FAILURES, np.where(failed, choose(rng, (0.45, 0.30, 0.15, 0.10), screened), -1)),
    }
    columns |= _characteristics(parameters, streams, screened)
    randomised = np.flatnonzero(~failed)
    visceral, metastatic = (
        columns["VISCFL"] == "Y",
        streams.generator("subjects", "trastuzumab").random(screened) < (p.trastuzumab_metastatic),
    )
    columns["RANDDT"] = np.where(failed, np.nan, consent + screening)
    day0 = np.asarray(columns["RANDDT"][randomised], dtype=np.float64)
    arm = _allocate(parameters, plan, streams, columns, randomised, day0, visceral, metastatic)
    actual = _received(parameters, plan, streams, columns, randomised, arm)
    return Cohort(
        columns=columns,
        randomised=randomised,
        arm=arm,
        actual=actual,
        site=site[randomised],
        day0=day0,
        consent=consent[randomised],
        visceral=visceral[randomised],
        trastuzumab_metastatic=metastatic[randomised],
        ecog_1=np.asarray(columns["ECOGBL"][randomised] == 1),
    )


def _characteristics(parameters: Parameters, streams: Streams, screened: int) -> dict[str, NDArray[np.generic]]:
    """Demography, disease and receptors of all screened subjects."""
    p = parameters.subjects
    rng = streams.generator("subjects", "characteristics")
    low, high = ndtr((p.age.low - p.age.mean) / p.age.sd), ndtr((p.age.high + 1 - p.age.mean) / p.age.sd)
    age = np.floor(p.age.mean + p.age.sd * ndtri(low + (high - low) * rng.random(screened)))
    height = np.round(rng.normal(158.0, 5.5, screened))
    weight = np.round(np.clip(rng.normal(23.6, 3.0, screened), 17.0, 36.0) * (height / 100) ** 2, 1)
    postmenopausal = rng.random(screened) < 1.0 / (1.0 + np.exp(-(age - 49.5) / 2.0))
    er = np.round(np.clip(rng.beta(2.2, 1.1, screened) * 100, 0, 99) / 5) * 5
    pr = (
        np.round(np.where(rng.random(screened) < 0.25, rng.random(screened) * 8, rng.beta(1.2, 1.4, screened) * 95) / 5)
        * 5
    )
    er = np.where((er < 10) & (pr < 10), 10.0, er)
    ihc_3 = rng.random(screened) < 0.82
    ish = np.where(ihc_3, choose(rng, (0.38, 0.02, 0.60), screened), 0)
    de_novo = rng.random(screened) < p.de_novo
    interval = np.round(np.clip(rng.lognormal(np.log(34.0), 0.7, screened), 6.0, 240.0), 1)
    return {
        "AGE": age,
        "AGEU": np.full(screened, "YEARS", dtype=object),
        "AGEGR1": text(["<65", ">=65"], (age >= 65).astype(np.int64)),
        "AGEGR1N": np.where(age >= 65, 2.0, 1.0),
        "SEX": np.full(screened, "F", dtype=object),
        "RACE": np.full(screened, "ASIAN", dtype=object),
        "COUNTRY": np.full(screened, "CHN", dtype=object),
        "MENOP": text(["OVARIAN SUPPRESSION", "POSTMENOPAUSAL"], postmenopausal.astype(np.int64)),
        "ECOGBL": (rng.random(screened) < p.ecog_1).astype(np.float64),
        "ERPCT": er,
        "PRPCT": pr,
        "HER2IHC": text(["2+", "3+"], ihc_3.astype(np.int64)),
        "HER2ISH": text(["POSITIVE", "NEGATIVE", "NOT DONE"], ish),
        "VISCFL": flag(rng.random(screened) < p.visceral, "N"),
        "DENOVOFL": flag(de_novo, "N"),
        "DFIMO": np.where(de_novo, np.nan, interval),
        "HEIGHTBL": height,
        "WEIGHTBL": weight,
        "BMIBL": _rounded(weight / (height / 100) ** 2, 1),
        # Mosteller's formula
        "BSABL": _rounded(np.sqrt(height * weight / 3600), 2),
    }


def _rounded(value: NDArray[np.float64], digits: int) -> NDArray[np.float64]:
    """Half away from zero, where a value that is a half but for the last bits is one."""
    scale = 10.0**digits
    return np.floor(value * scale * (1.0 + 1e-14) + 0.5) / scale


def _allocate(
    parameters: Parameters,
    plan: Plan,
    streams: Streams,
    columns: dict[str, NDArray[np.generic]],
    randomised: NDArray[np.int64],
    day0: NDArray[np.float64],
    visceral: NDArray[np.bool_],
    metastatic: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Fill the stratification factors and the randomisation number; return the arm of each randomised subject."""
    rng = streams.generator("subjects", "allocation")
    size, screened = len(randomised), len(visceral)
    factors = plan.study.strata
    true = (np.where(visceral, 0, 1), np.where(metastatic, 1, 0))
    stratum = np.zeros(size, dtype=np.int64)
    joined = np.full(size, "", dtype=object)
    for factor, codes in zip(factors, true, strict=True):
        given = np.where(rng.random(screened) < parameters.subjects.stratum_discordance, 1 - codes, codes)
        for name, values in ((factor.variable, given), (factor.verified or "", codes)):
            filled = np.full(screened, -1, dtype=np.int64)
            filled[randomised] = values[randomised]
            if name:
                columns[name] = text(factor.levels, filled)
                columns[f"{name}N"] = np.where(filled < 0, np.nan, filled + 1.0)
        level = text(factor.levels, given[randomised])
        joined = level if not joined[0] else joined + "/" + level
        stratum = stratum * len(factor.levels) + given[randomised]
    if plan.study.strata_combined:
        columns[plan.study.strata_combined] = np.full(screened, "", dtype=object)
        columns[plan.study.strata_combined][randomised] = joined
    order = np.lexsort((randomised, day0))
    arm = np.empty(size, dtype=np.int64)
    cells = int(np.prod([len(factor.levels) for factor in factors]))
    arm[order] = permuted_blocks(rng, stratum[order], cells, block=parameters.subjects.block_size)
    columns["RANDNO"] = np.full(screened, "", dtype=object)
    columns["RANDNO"][randomised[order]] = np.array([f"R{i + 1:05d}" for i in range(size)], dtype=object)
    return arm


def _received(
    parameters: Parameters,
    plan: Plan,
    streams: Streams,
    columns: dict[str, NDArray[np.generic]],
    randomised: NDArray[np.int64],
    arm: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Planned and actual treatment; a few are not treated and a few receive the other arm's drug."""
    draws = streams.generator("subjects", "received").random(len(arm))
    p = parameters.treatment
    actual = np.where(draws < p.not_treated, -1, np.where(draws > 1.0 - p.wrong_arm, 1 - arm, arm))
    arms = (plan.study.arm("test"), plan.study.arm("control"))
    for suffix, values in (("P", arm), ("A", actual)):
        codes = np.full(len(columns["RFICDT"]), -1, dtype=np.int64)
        codes[randomised] = values
        columns[f"TRT01{suffix}"] = text([a.label for a in arms], codes)
        columns[f"TRT01{suffix}N"] = np.array([*(float(a.code) for a in arms), np.nan])[codes]
    return actual
