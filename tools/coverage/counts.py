"""Proportions, rates, tables: intervals and tests whose data are a few counts."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Final

import numpy as np

from csrbook.stats.agreement import kappa
from csrbook.stats.cmh_scores import cmh_scores
from csrbook.stats.contingency import cmh, fisher_exact
from csrbook.stats.proportions import clopper_pearson, wilson
from csrbook.stats.rates import garwood, rate_difference, rate_ratio
from csrbook.stats.risk_difference import (
    farrington_manning,
    miettinen_nurminen,
    miettinen_nurminen_stratified,
    newcombe,
)
from tools.coverage.harness import Scenario, each, inside, interval, rejected, rejection

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tools.coverage.harness import Codes

__all__ = ["SCENARIOS"]

_STRATA: Final = np.array([40, 30, 20])  # subjects an arm in each stratum
_CONTROL: Final = np.array([0.2, 0.35, 0.5])


def _counted(
    one: Callable[..., tuple[int, ...]], means: tuple[tuple[int, float], ...], rng: np.random.Generator, draws: int
) -> Codes:
    """Independent binomials (n, p), or Poisson counts where n is 0; each set of counts is analysed once."""
    columns = [rng.binomial(n, p, draws) if n else rng.poisson(p, draws) for n, p in means]
    known = cache(one)
    return np.array([known(*counts) for counts in zip(*(c.tolist() for c in columns), strict=True)], dtype=np.int8)


def _proportion(x: int) -> tuple[int, ...]:
    a, b = clopper_pearson(x, 50), wilson(x, 50)
    return inside(a.lower, a.upper, 0.2), inside(b.lower, b.upper, 0.2)


def _difference(x1: int, x0: int) -> tuple[int, ...]:
    found = miettinen_nurminen(x1, 60, x0, 60), newcombe(x1, 60, x0, 60)
    return tuple(inside(f.lower, f.upper, 0.15) for f in found)


def _no_difference(x1: int, x0: int) -> tuple[int, ...]:
    table = [[x1, 60 - x1], [x0, 60 - x0]]
    return rejected(miettinen_nurminen(x1, 60, x0, 60).p), rejected(fisher_exact(table).p)


def _inferior(x1: int, x0: int) -> tuple[int, ...]:
    return (rejected(farrington_manning(x1, 100, x0, 100, margin=-0.15).p, 0.025),)


def _rate(x: int) -> tuple[int, ...]:
    found = garwood(x, 20.0)
    return (inside(found.lower, found.upper, 0.5),)


def _two_rates(x1: int, x0: int) -> tuple[int, ...]:
    found = [rate_difference(x1, 50.0, x0, 40.0, method=m) for m in ("score", "wald")]
    ratios = [rate_ratio(x1, 50.0, x0, 40.0, method=m) for m in ("exact", "wald")]
    return (
        *(inside(f.lower, f.upper, 0.1) for f in found),
        *(inside(f.lower, f.upper, 1.25) for f in ratios),
    )


def _equal_rates(x1: int, x0: int) -> tuple[int, ...]:
    return (
        *(rejected(rate_difference(x1, 50.0, x0, 40.0, method=m).p) for m in ("score", "wald")),
        *(rejected(rate_ratio(x1, 50.0, x0, 40.0, method=m).p) for m in ("exact", "wald")),
    )


def _tables(rng: np.random.Generator, test: NDArray[np.float64]) -> NDArray[np.int64]:
    """Three strata of arm (test, control) by response (yes, no)."""
    x1, x0 = rng.binomial(_STRATA, test), rng.binomial(_STRATA, _CONTROL)
    return np.stack((np.stack((x1, _STRATA - x1), axis=1), np.stack((x0, _STRATA - x0), axis=1)), axis=1)


def _odds_ratio(rng: np.random.Generator) -> tuple[int, ...]:
    odds = 2.0 * _CONTROL / (1.0 - _CONTROL)
    found = cmh(_tables(rng, odds / (1.0 + odds)))
    return (
        inside(found.lower, found.upper, 2.0),
        rejected(found.breslow_day_p),
        rejected(found.breslow_day_tarone_p),
    )


def _risk_ratio(rng: np.random.Generator) -> tuple[int, ...]:
    found = cmh(_tables(rng, 1.4 * _CONTROL)).risk_ratio
    return (inside(found.lower, found.upper, 1.4),)


def _risk_difference(rng: np.random.Generator) -> tuple[int, ...]:
    tables = _tables(rng, _CONTROL + 0.15)
    sato = cmh(tables).risk_difference
    x1, x0 = tables[:, 0, 0], tables[:, 1, 0]
    score = [
        miettinen_nurminen_stratified(x1, _STRATA, x0, _STRATA, weights=w)
        for w in ("mantel-haenszel", "miettinen-nurminen")
    ]
    return (inside(sato.lower, sato.upper, 0.15), *(inside(s.lower, s.upper, 0.15) for s in score))


def _no_effect(rng: np.random.Generator) -> tuple[int, ...]:
    tables = _tables(rng, _CONTROL)
    x1, x0 = tables[:, 0, 0], tables[:, 1, 0]
    return (
        rejected(cmh(tables).p),
        rejected(cmh(tables, correct=True).p),
        rejected(miettinen_nurminen_stratified(x1, _STRATA, x0, _STRATA).p),
    )


def _ordered(rng: np.random.Generator) -> tuple[int, ...]:
    """Three arms, four ordered responses, three strata with their own distribution of the response."""
    share = np.array([[0.4, 0.3, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25], [0.1, 0.2, 0.3, 0.4]])
    tables = np.stack([rng.multinomial(20, np.repeat(p[np.newaxis], 3, axis=0)) for p in share])
    found = cmh_scores(tables)
    return tuple(rejected(t.p) for t in (found.general_association, found.row_mean_scores, found.correlation))


# Two raters of three ordered categories; kappas from the cells themselves.
_RATERS: Final = np.array([[0.28, 0.08, 0.02], [0.07, 0.22, 0.06], [0.02, 0.07, 0.18]])
_SKEWED: Final = "symmetric limits of a skewed estimate; 0.948 at n = 2,400"
_KINDS: Final = ("simple", "linear", "quadratic")


def _true_kappa(kind: str) -> float:
    step = np.abs(np.subtract.outer(np.arange(3), np.arange(3))) / 2.0
    weight = {"simple": (step == 0.0) * 1.0, "linear": 1.0 - step, "quadratic": 1.0 - step**2}[kind]
    by_chance = float((weight * np.outer(_RATERS.sum(axis=1), _RATERS.sum(axis=0))).sum())
    return (float((weight * _RATERS).sum()) - by_chance) / (1.0 - by_chance)


def _agreement(rng: np.random.Generator) -> tuple[int, ...]:
    table = rng.multinomial(150, _RATERS.ravel()).reshape(3, 3)
    found = [kappa(table, weights=kind) for kind in _KINDS]
    return tuple(inside(f.lower, f.upper, _true_kappa(kind)) for f, kind in zip(found, _KINDS, strict=True))


def _no_agreement(rng: np.random.Generator) -> tuple[int, ...]:
    cells = np.outer(_RATERS.sum(axis=1), _RATERS.sum(axis=0))
    table = rng.multinomial(150, cells.ravel()).reshape(3, 3)
    return tuple(rejected(kappa(table, weights=kind).p) for kind in _KINDS)


_THREE: Final = "3 strata of 40, 30, 20 an arm, control responds in 20%, 35%, 50%"
_TWO_RATES: Final = "two Poisson rates, exposure 50 and 40"
SCENARIOS: Final = (
    Scenario(
        "proportion",
        "one binomial proportion 0.2",
        "50",
        (interval("Clopper–Pearson", exact=True), interval("Wilson")),
        partial(_counted, _proportion, ((50, 0.2),)),
    ),
    Scenario(
        "difference",
        "two binomial proportions, 0.35 and 0.20",
        "60 an arm",
        (interval("Risk difference, Miettinen–Nurminen"), interval("Risk difference, Newcombe")),
        partial(_counted, _difference, ((60, 0.35), (60, 0.20))),
    ),
    Scenario(
        "no difference",
        "two binomial proportions, both 0.3",
        "60 an arm",
        (
            rejection("Risk difference, score test (Miettinen–Nurminen)"),
            rejection("Fisher's exact test", exact=True),
        ),
        partial(_counted, _no_difference, ((60, 0.3), (60, 0.3))),
    ),
    Scenario(
        "inferior",
        "two binomial proportions at the margin, 0.60 and 0.75, margin −0.15",
        "100 an arm",
        (rejection("Farrington–Manning, one-sided", 0.025),),
        partial(_counted, _inferior, ((100, 0.60), (100, 0.75))),
    ),
    Scenario(
        "rate",
        "one Poisson rate 0.5, exposure 20 (10 events expected)",
        "10 events",
        (interval("Garwood", exact=True),),
        partial(_counted, _rate, ((0, 10.0),)),
    ),
    Scenario(
        "two rates",
        f"{_TWO_RATES}, rates 0.5 and 0.4",
        "25 and 16 events",
        (
            interval("Rate difference, score"),
            interval("Rate difference, Wald"),
            interval("Rate ratio, exact", exact=True),
            interval("Rate ratio, Wald"),
        ),
        partial(_counted, _two_rates, ((0, 25.0), (0, 16.0))),
    ),
    Scenario(
        "equal rates",
        f"{_TWO_RATES}, both rates 0.4",
        "20 and 16 events",
        (
            rejection("Rate difference, score test"),
            rejection("Rate difference, Wald test"),
            rejection("Rate ratio, exact test", exact=True),
            rejection("Rate ratio, Wald test"),
        ),
        partial(_counted, _equal_rates, ((0, 20.0), (0, 16.0))),
    ),
    Scenario(
        "odds ratio",
        f"{_THREE}; common odds ratio 2",
        "90 an arm",
        (
            interval("Mantel–Haenszel odds ratio (Robins–Breslow–Greenland)"),
            rejection("Breslow–Day"),
            rejection("Breslow–Day with Tarone's correction"),
        ),
        each(_odds_ratio),
    ),
    Scenario(
        "risk ratio",
        f"{_THREE}; common risk ratio 1.4",
        "90 an arm",
        (interval("Mantel–Haenszel risk ratio (Greenland–Robins)"),),
        each(_risk_ratio),
    ),
    Scenario(
        "risk difference",
        f"{_THREE}; common risk difference 0.15",
        "90 an arm",
        (
            interval("Mantel–Haenszel risk difference (Sato)"),
            interval("Stratified Miettinen–Nurminen, Mantel–Haenszel weights"),
            interval("Stratified Miettinen–Nurminen, Miettinen–Nurminen weights"),
        ),
        each(_risk_difference),
    ),
    Scenario(
        "no effect",
        f"{_THREE}; equal arms",
        "90 an arm",
        (
            rejection("Cochran–Mantel–Haenszel"),
            rejection("Cochran–Mantel–Haenszel, continuity-corrected", why="the correction makes it conservative"),
            rejection("Stratified Miettinen–Nurminen, score test"),
        ),
        each(_no_effect),
    ),
    Scenario(
        "ordered",
        "3 arms, 4 ordered responses, 3 strata of 20 an arm",
        "60 an arm",
        (
            rejection("CMH, general association", why="6 degrees of freedom and small cells"),
            rejection("CMH, row mean scores"),
            rejection("CMH, correlation"),
        ),
        each(_ordered),
    ),
    Scenario(
        "agreement",
        "two raters, three ordered categories, kappa "
        + ", ".join(f"{_true_kappa(kind):.3f} ({kind})" for kind in _KINDS),
        "150",
        tuple(interval(f"Kappa, {kind} weights", why=_SKEWED) for kind in _KINDS),
        each(_agreement),
    ),
    Scenario(
        "no agreement",
        "two independent raters, three ordered categories",
        "150",
        tuple(rejection(f"Kappa is 0, {kind} weights") for kind in _KINDS),
        each(_no_agreement),
    ),
)
