"""What a trial's design assumes of its subjects (event times, accrual, dropout, strata), and draws of such trials."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import positive

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Accrual", "DrawnTrials", "EventTimeLaw", "Piecewise", "Stratum", "TrialAssumptions", "Weibull"]


class EventTimeLaw(Protocol):
    """A distribution of event times, given by its cumulative hazard."""

    def cumulative(self, time: NDArray[np.float64]) -> NDArray[np.float64]:
        """Cumulative hazard at times."""
        ...

    def inverse(self, hazard: NDArray[np.float64]) -> NDArray[np.float64]:
        """Times at which the cumulative hazard has these values; infinite where it never does."""
        ...


@dataclass(frozen=True, slots=True)
class Piecewise:
    """A constant value in each period: hazards (piecewise exponential times), or hazard ratios.

    Parameters
    ----------
    values : tuple of float
        One for each period, from 0; the last one lasts for ever.
    cuts : tuple of float
        Times between the periods, ascending, one fewer than the values; none for one period (exponential times).

    Notes
    -----
    Cumulative hazard and its inverse are linear between the cuts. R: ``rpact::getPiecewiseSurvivalTime``.

    Examples
    --------
    >>> Piecewise((0.1, 0.2), (5.0,)).cumulative(np.array([5.0, 10.0])).tolist()
    [0.5, 1.5]
    """

    values: tuple[float, ...]
    cuts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.values) != len(self.cuts) + 1:
            raise StatisticsError(
                f"there are {len(self.values)} values and {len(self.cuts)} cuts",
                "arguments 'values' and 'cuts'",
                "give one value more than cuts",
            )
        if not all(math.isfinite(v) and v >= 0.0 for v in self.values):
            raise StatisticsError(f"values are {self.values}", "argument 'values'", "give finite numbers from 0")
        if not all(math.isfinite(c) and c > 0.0 for c in self.cuts) or any(b <= a for a, b in pairwise(self.cuts)):
            raise StatisticsError(f"cuts are {self.cuts}", "argument 'cuts'", "give ascending times above 0")

    def cumulative(self, time: NDArray[np.float64]) -> NDArray[np.float64]:
        """Integral of the values from 0 to each time."""
        value, start, reached = self._knots()
        period = np.searchsorted(start, time, side="right") - 1
        result: NDArray[np.float64] = reached[period] + value[period] * (time - start[period])
        return result

    def inverse(self, hazard: NDArray[np.float64]) -> NDArray[np.float64]:
        """Times at which the integral has these values; infinite where it never does."""
        value, start, reached = self._knots()
        # A period without hazard is passed at once: the last period that begins at or below the value counts.
        period = np.searchsorted(reached, hazard, side="right") - 1
        slope = value[period]
        missing = hazard - reached[period]
        more = np.divide(missing, slope, out=np.where(missing > 0.0, np.inf, 0.0), where=slope > 0.0)
        result: NDArray[np.float64] = start[period] + more
        return result

    def _knots(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        value, start = np.array(self.values), np.array((0.0, *self.cuts))
        return value, start, np.concatenate(([0.0], np.cumsum(value[:-1] * np.diff(start))))


@dataclass(frozen=True, slots=True)
class Weibull:
    r"""Weibull times with a median: :math:`\Lambda(t) = \log 2\,(t/m)^k`; exponential with shape 1.

    SAS: ``rand('WEIBULL', k, m / log(2)**(1/k))``. R: ``rweibull(n, k, m / log(2)^(1/k))``.
    """

    median: float
    shape: float = 1.0

    def __post_init__(self) -> None:
        positive(self.median, "median")
        positive(self.shape, "shape")

    def cumulative(self, time: NDArray[np.float64]) -> NDArray[np.float64]:
        """Cumulative hazard at times."""
        result: NDArray[np.float64] = math.log(2.0) * (time / self.median) ** self.shape
        return result

    def inverse(self, hazard: NDArray[np.float64]) -> NDArray[np.float64]:
        """Times at which the cumulative hazard has these values."""
        result: NDArray[np.float64] = self.median * (hazard / math.log(2.0)) ** (1.0 / self.shape)
        return result


@dataclass(frozen=True, slots=True)
class Accrual:
    """Entry at random over periods, uniform within each.

    Parameters
    ----------
    ends : tuple of float
        End of each period, ascending; the last one ends the accrual.
    rates : tuple of float, optional
        Relative rates of the periods; equal by default (uniform accrual).
    """

    ends: tuple[float, ...]
    rates: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        law = self._law()
        if not law.cumulative(np.array([self.ends[-1]]))[0] > 0.0:
            raise StatisticsError("no period has subjects", "argument 'rates'", "give a rate above 0")

    def entry(self, uniform: NDArray[np.float64]) -> NDArray[np.float64]:
        """Times of entry from uniform draws on [0, 1)."""
        law = self._law()
        return law.inverse(uniform * law.cumulative(np.array([self.ends[-1]])))

    def _law(self) -> Piecewise:
        if not self.ends:
            raise StatisticsError("ends is empty", "argument 'ends'", "give the end of the accrual")
        rates = self.rates or (1.0,) * len(self.ends)
        # Nobody enters after the last end.
        return Piecewise((*rates, 0.0), self.ends)


@dataclass(frozen=True, slots=True)
class Stratum:
    """A stratum: its share of the subjects, and its hazard relative to ``TrialAssumptions.control``."""

    share: float
    hazard_ratio: float = 1.0


@dataclass(frozen=True, slots=True)
class DrawnTrials:
    """Drawn trials, one a row, one column a subject; times from the subject's entry, ``entry`` from the trial's start.

    Attributes
    ----------
    entry, time, dropout : ndarray, shape (trials, n)
    """

    entry: NDArray[np.float64]
    time: NDArray[np.float64]
    dropout: NDArray[np.float64]

    def time_of_event(self, number: int) -> NDArray[np.float64]:
        """Calendar time of event number ``number`` of each trial, infinite where dropout leaves fewer."""
        when = np.where(self.time <= self.dropout, self.entry + self.time, np.inf)
        result: NDArray[np.float64] = np.partition(when, number - 1, axis=1)[:, number - 1]
        return result

    def observed(self, cut_off: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Times and events at each trial's cut-off; before entry time 0 and no event, hence never at risk."""
        limit = cut_off[:, np.newaxis]
        event = (self.entry + self.time <= limit) & (self.time <= self.dropout)
        seen = np.minimum(np.minimum(self.time, self.dropout), np.maximum(limit - self.entry, 0.0))
        return np.where(event, self.time, seen), event


@dataclass(frozen=True, slots=True)
class TrialAssumptions:
    """Subjects of a two-arm trial.

    Parameters
    ----------
    subjects : int
        Randomised subjects.
    control : EventTimeLaw
        Event times in the control arm, where a stratum's hazard ratio is 1: :class:`Weibull` or :class:`Piecewise`.
    accrual : Accrual
    dropout_hazard : float
        Hazard of loss to follow-up, from 0, the same for all.
    allocation : float
        Subjects in the test arm for one in the control arm.
    strata : tuple of Stratum
        Their sizes are fixed (shares rounded), the arms balanced within each, as permuted blocks do.
    """

    subjects: int
    control: EventTimeLaw
    accrual: Accrual
    dropout_hazard: float = 0.0
    allocation: float = 1.0
    strata: tuple[Stratum, ...] = (Stratum(1.0),)

    def __post_init__(self) -> None:
        if isinstance(self.subjects, bool) or not isinstance(self.subjects, int) or self.subjects < 2:
            raise StatisticsError(f"subjects is {self.subjects!r}", "argument 'subjects'", "give a whole number from 2")
        if not (math.isfinite(self.dropout_hazard) and self.dropout_hazard >= 0.0):
            raise StatisticsError(
                f"dropout_hazard is {self.dropout_hazard!r}", "argument 'dropout_hazard'", "give a finite number from 0"
            )
        positive(self.allocation, "allocation")
        for stratum in self.strata:
            positive(stratum.share, "share")
            positive(stratum.hazard_ratio, "hazard_ratio")
        total = math.fsum(s.share for s in self.strata)
        if not math.isclose(total, 1.0, abs_tol=1e-6):
            raise StatisticsError(
                f"the shares add up to {total:g}", "argument 'strata'", "give shares that add up to 1"
            )

    def layout(self) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Stratum and arm (True for test) of each subject, the same in every trial."""
        exact = np.array([s.share for s in self.strata]) * self.subjects
        sizes = np.floor(exact).astype(np.intp)
        # Who is left goes to the largest remainders.
        sizes[np.argsort(sizes - exact, kind="stable")[: self.subjects - int(sizes.sum())]] += 1
        share = self.allocation / (1.0 + self.allocation)
        turn = np.floor((np.arange(self.subjects + 1) + 1e-9) * share)
        return np.repeat(np.arange(len(sizes)), sizes), np.diff(turn) > 0.5

    def draw(self, rng: np.random.Generator, trials: int, hazard_ratio: float | Piecewise) -> DrawnTrials:
        """Draw trials; the same generator gives the same random numbers at every hazard ratio.

        Parameters
        ----------
        rng : numpy.random.Generator
        trials : int
        hazard_ratio : float or Piecewise
            Test over control; piecewise where it changes with time since entry.
        """
        stratum, test = self.layout()
        shape = (trials, self.subjects)
        entry = self.accrual.entry(rng.random(shape))
        hazard = rng.exponential(size=shape) / np.array([s.hazard_ratio for s in self.strata])[stratum]
        dropout = rng.exponential(size=shape)
        if isinstance(hazard_ratio, Piecewise):
            # With u the control arm's cumulative hazard, the test arm's is linear in u between the cuts.
            knots = self.control.cumulative(np.array(hazard_ratio.cuts, dtype=np.float64))
            hazard[:, test] = Piecewise(hazard_ratio.values, tuple(knots.tolist())).inverse(hazard[:, test])
        else:
            hazard[:, test] /= positive(hazard_ratio, "hazard_ratio")
        rate = self.dropout_hazard
        return DrawnTrials(entry, self.control.inverse(hazard), dropout / rate if rate else np.full(shape, np.inf))
