"""What both derivations start from: the subjects with their dates, and the adequate tumour assessments."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from csrbook.plan.models import Plan
    from qc.contract import Data

__all__ = ["INVESTIGATOR", "Sources", "earliest"]

INVESTIGATOR = "OVRINV"
"""Overall response by the investigator, a parameter of ADRS."""

ADEQUATE = ["CR", "PR", "SD", "NON-CR/NON-PD", "PD"]
RESPONSE = ["CR", "PR"]
CONFIRMATION_DAYS = 28
DEVIATION_FLAG = "DVIMPFL"
"""Flag of ADDV for the deviations that the co-primary estimand censors at: the important ones."""
LEFT = ["WITHDRAWAL BY SUBJECT", "LOST TO FOLLOW-UP"]


def earliest(candidates: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Earliest of several dates of each subject as ``DATE``, and which as ``NAME``; of equal dates the first named."""
    dates = pd.DataFrame(dict(candidates))
    first = dates.min(axis="columns")
    name = dates.fillna(float("inf")).idxmin(axis="columns").where(first.notna(), "")
    return pd.DataFrame({"DATE": first, "NAME": name})


@dataclass(frozen=True)
class Sources:
    """Locked datasets other than ADTTE, joined as the plan's definitions of times need them."""

    data: Data
    plan: Plan

    @cached_property
    def who(self) -> pd.DataFrame:
        """ADSL of the randomised subjects by ``USUBJID``, with the dates that stand in other datasets.

        ``LEFT`` tells who withdrew or was lost, ``BASELINE`` who has a baseline tumour assessment. ``DEVDT`` is the
        date of the first important deviation, ``CROSSDT`` of the first dose of another arm's drug.
        """
        adsl = self.data.dataset("ADSL")
        frame = adsl[adsl["RANDDT"].notna()].set_index("USUBJID")
        lesions = self.data.dataset("ADTR")
        return frame.assign(
            LEFT=frame["DCSREAS"].isin(LEFT),
            BASELINE=frame.index.isin(lesions.loc[lesions["AVISITN"].eq(0.0), "USUBJID"]),
            DEVDT=self._deviation(),
            CROSSDT=self._crossover(frame),
        )

    @property
    def last_contact(self) -> pd.Series:
        """Last date known alive, or the data cut-off if that is earlier."""
        return self.who[["LSTALVDT", self.plan.study.data_cut.variable]].min(axis="columns")

    def scans(self, reader: str) -> pd.DataFrame:
        """Adequate assessments by a reader, in order of dates, of subjects with a baseline assessment."""
        adrs = self.data.dataset("ADRS")
        chosen = adrs["PARAMCD"].eq(reader) & adrs["AVALC"].isin(ADEQUATE)
        baseline = self.who.index[self.who["BASELINE"]]
        return adrs[chosen & adrs["USUBJID"].isin(baseline)].sort_values(["USUBJID", "ADT"])

    def progression(self, reader: str) -> pd.Series:
        """Date of the first progression by a reader."""
        scans = self.scans(reader)
        return self._by_subject(scans[scans["AVALC"].eq("PD")].groupby("USUBJID")["ADT"].min())

    def confirmed_response(self) -> pd.Series:
        """Date of the first CR or PR that a second one confirms, before progression and new therapy."""
        scans = self.scans(INVESTIGATOR)
        limits = pd.DataFrame({"PD": self.progression(INVESTIGATOR), "NACTDT": self.who["NACTDT"]}).min(axis="columns")
        counted = scans[scans["AVALC"].isin(RESPONSE) & ~scans["ADT"].ge(scans["USUBJID"].map(limits))]
        last = counted.groupby("USUBJID")["ADT"].transform("max")
        confirmed = counted[last - counted["ADT"] >= CONFIRMATION_DAYS]
        return self._by_subject(confirmed.groupby("USUBJID")["ADT"].min())

    def _by_subject(self, values: pd.Series) -> pd.Series:
        return values.reindex(self.who.index)

    def _deviation(self) -> pd.Series:
        addv = self.data.dataset("ADDV")
        return addv[addv[DEVIATION_FLAG].eq("Y")].groupby("USUBJID")["ASTDT"].min()

    def _crossover(self, frame: pd.DataFrame) -> pd.Series:
        drugs = {arm.code: arm.drugs for arm in self.plan.study.arms}
        doses = self.data.dataset("ADEX").merge(frame["TRT01PN"].rename("PLANNED"), left_on="USUBJID", right_index=True)
        other = [drug not in drugs.get(code, ()) for drug, code in zip(doses["PARCAT1"], doses["PLANNED"], strict=True)]
        return doses[other].groupby("USUBJID")["ASTDT"].min()
