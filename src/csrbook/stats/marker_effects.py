"""Markers one by one, prognostic against predictive: main effects, interaction, and the arm's effect within levels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import (
    confidence_level,
    encode,
    numbers_or_missing,
    one_of,
    positive,
    same_length,
    two_arm_times,
)
from csrbook.stats._normal import chi2_sf, two_sided_p, z_critical
from csrbook.stats.cox import COX_TIES, cox
from csrbook.stats.interaction import treatment_by_marker
from csrbook.stats.multiplicity import benjamini_hochberg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from csrbook.stats.cox import CoxFit
    from csrbook.stats.interaction import MarkerLevel

__all__ = ["HazardRatio", "MarkerEffect", "MarkerEffects", "MarkerTest", "marker_effects"]


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """A hazard ratio with Wald limits and two-sided Wald p-value; NaN with the reason in ``status``."""

    hr: float
    lower: float
    upper: float
    p: float
    status: str


@dataclass(frozen=True, slots=True)
class MarkerTest:
    """Likelihood-ratio test, and its Benjamini–Hochberg q-value over the markers that have this test."""

    chi2: float
    df: int
    p: float
    q: float
    status: str


@dataclass(frozen=True, slots=True)
class MarkerEffect:
    """What one marker does.

    Attributes
    ----------
    name, kind : str
        ``"levels"`` (two or more levels) or ``"continuous"``.
    unit : float
        Change of a continuous marker to which the ratios belong; NaN for levels.
    n, missing, events : int
        Complete cases, subjects without a value, events among the complete cases.
    prognostic_control, prognostic_overall : HazardRatio
        The marker's effect in the control arm alone, and in both arms adjusted for the arm: second level over first, or
        one unit. NaN with more than two levels (``levels`` has each in the control arm).
    predictive : HazardRatio
        Ratio of the arm's hazard ratios, second level over first, or one unit.
    control_test, overall_test, interaction_test : MarkerTest
        Of the marker in the control arm, of the marker beside the arm, and of arm × marker.
    levels : tuple of MarkerLevel
        The arm's hazard ratio within each level; empty for a continuous marker.
    """

    name: str
    kind: str
    unit: float
    n: int
    missing: int
    events: int
    prognostic_control: HazardRatio
    prognostic_overall: HazardRatio
    predictive: HazardRatio
    control_test: MarkerTest
    overall_test: MarkerTest
    interaction_test: MarkerTest
    levels: tuple[MarkerLevel, ...]


@dataclass(frozen=True, slots=True)
class MarkerEffects:
    """The markers in the order they were given."""

    markers: tuple[MarkerEffect, ...]
    confidence: float
    ties: str

    def __getitem__(self, name: str) -> MarkerEffect:
        for marker in self.markers:
            if marker.name == name:
                return marker
        raise StatisticsError(
            f"there is no marker {name!r}", "argument 'name'", f"one of {', '.join(m.name for m in self.markers)}"
        )


@dataclass(frozen=True, slots=True)
class _Data:
    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    arm: NDArray[np.bool_]
    strata: NDArray[np.intp]
    ties: str
    z: float

    def where(self, keep: NDArray[np.bool_]) -> _Data:
        """Some of the subjects."""
        return _Data(self.time[keep], self.event[keep], self.arm[keep], self.strata[keep], self.ties, self.z)

    def fit(self, *columns: NDArray[Any]) -> CoxFit:
        """Cox model of these columns."""
        x = np.column_stack(columns).astype(np.float64)
        return cox(self.time, self.event, x, strata=self.strata, ties=self.ties)

    def ratio(self, fit: CoxFit, position: int, unit: float) -> HazardRatio:
        """One coefficient as a hazard ratio of ``unit``."""
        b, half = unit * float(fit.coef[position]), abs(unit) * self.z * float(fit.se[position])
        p = two_sided_p(float(fit.coef[position] / fit.se[position]))
        with np.errstate(over="ignore"):
            hr, lower, upper = np.exp([b, b - half, b + half]).tolist()
        return HazardRatio(hr, lower, upper, p, fit.status)


def marker_effects(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    markers: Mapping[str, ArrayLike],
    *,
    strata: ArrayLike | None = None,
    units: Mapping[str, float] | None = None,
    ties: str = "efron",
    confidence: float = 0.95,
) -> MarkerEffects:
    r"""Prognostic and predictive effect of each marker, side by side.

    A *prognostic* marker changes the hazard whatever the treatment, a *predictive* one changes the hazard ratio of the
    treatments:

    .. math:: h_s(t) = h_{0s}(t) \exp(\beta\,\mathrm{arm} + \gamma\,m) \quad\text{(overall)}, \qquad
        h_s(t) = h_{0s}(t) \exp(\beta\,\mathrm{arm} + \gamma\,m + \theta\,\mathrm{arm}\,m) \quad\text{(predictive)}

    The overall :math:`e^\gamma` of a predictive marker is a mean over the arms; its effect in the control arm, fitted
    in that arm alone, is not.

    Parameters
    ----------
    time, event, arm : array_like, shape (n,)
        As in :func:`csrbook.stats.cox.cox_arm`.
    markers : mapping of str to array_like
        Text is a marker of levels, in their sorted order, and so are numbers of two values; other numbers are
        continuous. None, blank text and NaN are missing: counted, and left out for this marker only.
    strata : array_like, optional
        Strata of the baseline hazard.
    units : mapping of str to float, optional
        Change of a continuous marker to which its ratios belong; 1 by default.
    ties : {"efron", "breslow"}
    confidence : float

    Returns
    -------
    MarkerEffects

    Raises
    ------
    StatisticsError
        On a bad argument, such as an infinite marker or a unit for a marker that is not there.

    Notes
    -----
    Source: Ballman, J Clin Oncol 2015 (the distinction); Polley et al., J Natl Cancer Inst 2013. Markers of levels are
    analysed by :func:`csrbook.stats.interaction.treatment_by_marker`. SAS: ``proc phreg; model t*cnsr(1)=arm m arm*m /
    ties=efron type3(lr);``, and without the interaction, and ``where arm=0``. R: ``coxph(S ~ arm + m + strata(s))``,
    ``coxph(S ~ arm * m + strata(s))``, ``coxph(S ~ m + strata(s), subset = arm == 0)``; ``p.adjust(p, "BH")``.
    """
    t, d, a = two_arm_times(time, event, arm)
    codes, _ = encode(strata, "strata", len(t))
    one_of(ties, "ties", COX_TIES)
    confidence_level(confidence)
    if not markers:
        raise StatisticsError("markers is empty", "argument 'markers'", "name at least one marker")
    unknown = sorted(set(units or {}) - set(markers))
    if unknown:
        raise StatisticsError(f"units names {unknown[0]!r}, which is no marker", "argument 'units'", "name a marker")
    data = _Data(t, d, a, codes, ties, z_critical(confidence))
    found = []
    for name, value in markers.items():
        unit = 1.0 if units is None or name not in units else positive(units[name], f"units[{name!r}]")
        found.append(_effect(data, name, value, unit, confidence))
    for kind in ("control_test", "overall_test", "interaction_test"):
        tests: list[MarkerTest] = [getattr(one, kind) for one in found]
        rates = benjamini_hochberg(np.array([test.p for test in tests], dtype=np.float64)).tolist()
        # Three families of their own: whether markers are prognostic says nothing on how many are predictive.
        rated = [replace(test, q=q) for test, q in zip(tests, rates, strict=True)]
        found = [_with(one, kind, test) for one, test in zip(found, rated, strict=True)]
    return MarkerEffects(markers=tuple(found), confidence=confidence, ties=ties)


def _with(effect: MarkerEffect, kind: str, test: MarkerTest) -> MarkerEffect:
    changes: dict[str, Any] = {kind: test}
    return replace(effect, **changes)


def _effect(data: _Data, name: str, value: ArrayLike, unit: float, confidence: float) -> MarkerEffect:
    known, kind, column = _values(value, name, len(data.time))
    here = data.where(known)
    if kind == "continuous":
        x = column[known].astype(np.float64)
        return _continuous(here, name, x, unit, int((~known).sum()))
    values = column[known]
    codes, labels = encode(values, name, len(values))
    # treatment_by_marker has the interaction and the levels; only the marker's own effect is fitted here.
    result = treatment_by_marker(
        here.time, here.event, here.arm, values, strata=here.strata, ties=data.ties, confidence=confidence
    )
    two = len(labels) == 2
    dummies = np.equal.outer(codes, np.arange(1, len(labels)))
    reason = "more than two levels" if len(labels) > 2 else result.status
    overall, control = _none(reason), _none(reason)
    tests = [_no_test(result.status)] * 2
    if len(labels) > 1:
        alone = here.where(~here.arm)
        overall_test, fit = _test(here, [here.arm], [dummies])
        control_test, control_fit = _test(alone, [], [dummies[~here.arm]])
        tests = [control_test, overall_test]
        if two:
            overall, control = here.ratio(fit, 1, 1.0), here.ratio(control_fit, 0, 1.0)
    wald = math.log(result.ratio) / _se(result.ratio_lower, result.ratio_upper, data.z) if two else math.nan
    return MarkerEffect(
        name=name,
        kind=kind,
        unit=math.nan,
        n=result.n,
        missing=int((~known).sum()),
        events=result.events,
        prognostic_control=control,
        prognostic_overall=overall,
        predictive=HazardRatio(
            result.ratio, result.ratio_lower, result.ratio_upper, two_sided_p(wald), result.status if two else reason
        ),
        control_test=tests[0],
        overall_test=tests[1],
        interaction_test=MarkerTest(result.chi2, result.df, result.p, math.nan, result.status),
        levels=result.levels,
    )


def _continuous(here: _Data, name: str, x: NDArray[np.float64], unit: float, missing: int) -> MarkerEffect:
    alone = here.where(~here.arm)
    control_test, control = _test(alone, [], [x[~here.arm]])
    overall_test, overall = _test(here, [here.arm], [x])
    interaction_test, full = _test(here, [here.arm, x], [here.arm * x])
    return MarkerEffect(
        name=name,
        kind="continuous",
        unit=unit,
        n=len(x),
        missing=missing,
        events=int(here.event.sum()),
        prognostic_control=here.ratio(control, 0, unit),
        prognostic_overall=here.ratio(overall, 1, unit),
        predictive=here.ratio(full, 2, unit),
        control_test=control_test,
        overall_test=overall_test,
        interaction_test=interaction_test,
        levels=(),
    )


def _test(data: _Data, before: list[NDArray[Any]], added: list[NDArray[Any]]) -> tuple[MarkerTest, CoxFit]:
    """Likelihood-ratio test of the added columns beside those before, and the larger model."""
    full = data.fit(*before, *added)
    smaller = data.fit(*before) if before else None
    null = full.loglik_null if smaller is None else smaller.loglik
    status = full.status if smaller is None or smaller.status == "ok" else smaller.status
    df = sum(1 if column.ndim == 1 else column.shape[1] for column in added)
    chi2 = max(2.0 * (full.loglik - null), 0.0) if status == "ok" else math.nan
    return MarkerTest(chi2, df, chi2_sf(chi2, df), math.nan, status), full


def _values(value: ArrayLike, name: str, n: int) -> tuple[NDArray[np.bool_], str, NDArray[Any]]:
    """Where the marker is known, its kind, and its values."""
    array = np.asarray(value)
    if array.ndim != 1:
        raise StatisticsError(
            f"marker {name!r} has {array.ndim} dimensions, not one", "argument 'markers'", "give one value a subject"
        )
    same_length(n, **{name: array})
    if array.dtype.kind in "biuf":
        column = numbers_or_missing(array, name)
        known = ~np.isnan(column)
        return known, "levels" if len(np.unique(column[known])) <= 2 else "continuous", column
    items = array.tolist()
    blank = [item is None or item != item or (isinstance(item, str) and not item.strip()) for item in items]
    return ~np.array(blank, dtype=bool), "levels", array


def _none(status: str) -> HazardRatio:
    nan = math.nan
    return HazardRatio(nan, nan, nan, nan, status)


def _no_test(status: str) -> MarkerTest:
    return MarkerTest(math.nan, 0, math.nan, math.nan, status)


def _se(lower: float, upper: float, z: float) -> float:
    return math.log(upper / lower) / (2.0 * z)
