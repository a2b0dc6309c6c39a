"""Counts at risk and events by arm at each event time: all that a comparison of two arms needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from csrbook.stats._checks import binary, encode, entry_times, same_length, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["ArmCounts", "TwoArms", "arm_counts", "two_arms"]


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """One row for each event time of each stratum, strata in turn, times ascending within a stratum."""

    time: NDArray[np.float64]
    stratum: NDArray[np.intp]
    at_risk_test: NDArray[np.float64]
    at_risk_control: NDArray[np.float64]
    events_test: NDArray[np.float64]
    events_control: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TwoArms:
    """Checked arguments of a comparison of two arms, with the counts that come of them.

    ``uninformative`` names the strata that add nothing to the comparison, each with its reason.
    """

    n_test: int
    n_control: int
    events_test: int
    events_control: int
    strata: int
    uninformative: tuple[str, ...]
    counts: ArmCounts

    @property
    def reason(self) -> str:
        """Why the arms cannot be compared, or ``"ok"``."""
        if self.n_test + self.n_control == 0:
            return "no subjects"
        if self.n_test == 0 or self.n_control == 0:
            return f"no subjects in the {'test' if self.n_test == 0 else 'control'} arm"
        if self.events_test + self.events_control == 0:
            return "no events"
        if not np.dot(self.counts.at_risk_test, self.counts.at_risk_control) > 0.0:
            return "no event time with both arms at risk"
        return "ok"


def two_arms(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    strata: ArrayLike | None,
    strata_levels: Sequence[Any] | None = None,
    entry: ArrayLike | None = None,
) -> TwoArms:
    """Check the arguments of a comparison of two arms and count."""
    t, late = (times(time), None) if entry is None else entry_times(entry, time)
    d = binary(event, "event")
    a = binary(arm, "arm")
    same_length(len(t), event=d, arm=a)
    codes, labels = encode(strata, "strata", len(t), strata_levels)
    n_test, events, events_test = (int(np.count_nonzero(flag)) for flag in (a, d, a & d))
    return TwoArms(
        n_test=n_test,
        n_control=len(a) - n_test,
        events_test=events_test,
        events_control=events - events_test,
        strata=len(labels),
        uninformative=() if strata is None else _uninformative(d, a, codes, labels),
        counts=arm_counts(t, d, a, codes, late),
    )


def arm_counts(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    arm: NDArray[np.bool_],
    codes: NDArray[np.intp],
    entry: NDArray[np.float64] | None = None,
) -> ArmCounts:
    """Count from checked arrays; with ``entry`` a subject is at risk after it only."""
    if not bool(event.any()):
        empty = np.empty(0)
        return ArmCounts(empty, np.empty(0, dtype=np.intp), empty, empty, empty, empty)
    order = time.argsort()
    last_code = codes.max()
    if last_code > 0:
        # Numbers of 16 bits are sorted by their digits.
        sorted_codes = (codes.astype(np.uint16) if last_code < 65536 else codes)[order]
        order = order[sorted_codes.argsort(kind="stable")]
    t, s = time[order], codes[order]
    new = np.ones(len(t), dtype=bool)
    np.not_equal(t[1:], t[:-1], out=new[1:])
    new[1:] |= s[1:] != s[:-1]
    first = np.flatnonzero(new)
    # One sum gives both: events of the test arm are counted above bit 32, too.
    unit = event + ((event & arm).astype(np.int64) << 32)
    counted = np.add.reduceat(unit[order], first)
    keep = counted > 0
    start, counted = first[keep], counted[keep]
    events, events_test = counted & 0xFFFFFFFF, counted >> 32
    end = np.searchsorted(s, s[start], side="right")
    test_before = np.zeros(len(t) + 1, dtype=np.int64)
    np.cumsum(arm[order], out=test_before[1:])
    risk_test = test_before[end] - test_before[start]
    risk = end - start
    if entry is not None:
        later = _later(entry, codes, t[start], s[start])
        later_test = _later(entry[arm], codes[arm], t[start], s[start])
        risk, risk_test = risk - later, risk_test - later_test
    return ArmCounts(
        time=t[start],
        stratum=s[start],
        at_risk_test=risk_test.astype(np.float64),
        at_risk_control=(risk - risk_test).astype(np.float64),
        events_test=events_test.astype(np.float64),
        events_control=(events - events_test).astype(np.float64),
    )


def _later(
    entry: NDArray[np.float64], codes: NDArray[np.intp], time: NDArray[np.float64], stratum: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Subjects of the stratum that enter at or after each time."""
    result = np.zeros(len(time), dtype=np.intp)
    for level in np.unique(stratum).tolist():
        here = stratum == level
        known = np.sort(entry[codes == level])
        result[here] = len(known) - np.searchsorted(known, time[here], side="left")
    return result


def _uninformative(
    event: NDArray[np.bool_], arm: NDArray[np.bool_], codes: NDArray[np.intp], labels: tuple[str, ...]
) -> tuple[str, ...]:
    """Strata without subjects, without one of the arms, or without events, each with its reason."""
    k = len(labels)
    n = np.bincount(codes, minlength=k)
    n_test = np.bincount(codes[arm], minlength=k)
    events = np.bincount(codes[event], minlength=k)
    named = []
    for level in range(k):
        if n[level] == 0:
            named.append(f"{labels[level]}: no subjects")
        elif n_test[level] in (0, n[level]):
            named.append(f"{labels[level]}: no subjects in the {'test' if n_test[level] == 0 else 'control'} arm")
        elif events[level] == 0:
            named.append(f"{labels[level]}: no events")
    return tuple(named)
