"""Events, power and subjects of a trial with a hazard ratio as its endpoint."""

from __future__ import annotations

import math
from dataclasses import dataclass

from csrbook.errors import StatisticsError
from csrbook.stats._checks import positive, probability
from csrbook.stats._normal import normal_cdf, normal_quantile

__all__ = [
    "SampleSize",
    "event_probability",
    "largest_hazard_ratio",
    "schoenfeld_events",
    "schoenfeld_power",
    "subjects_for_events",
]


@dataclass(frozen=True, slots=True)
class SampleSize:
    """Subjects needed for a number of events.

    ``subjects`` is a whole multiple of the allocation, rounded up; the probabilities are those of an event seen by the
    end of follow-up, for a subject of each arm and for one of the trial.
    """

    subjects: int
    subjects_exact: float
    probability_test: float
    probability_control: float
    probability: float


def schoenfeld_events(
    hazard_ratio: float, *, alpha_one_sided: float, power: float, margin: float = 1.0, allocation: float = 1.0
) -> float:
    r"""Events needed to show that a hazard ratio is below a margin.

    .. math:: d = \frac{(z_{1-\alpha} + z_{1-\beta})^2}{w(1-w)\,(\log\delta - \log HR)^2},
        \qquad w = \frac{r}{1 + r}

    Parameters
    ----------
    hazard_ratio : float
        True hazard ratio, test over control, below the margin.
    alpha_one_sided, power : float
    margin : float
        1 for superiority, above 1 for non-inferiority.
    allocation : float
        Subjects in the test arm for one in the control arm.

    Returns
    -------
    float
        Not rounded; take ``math.ceil``.

    Notes
    -----
    Source: Schoenfeld, Biometrika 1981. SAS: ``proc power; twosamplesurvival`` (superiority). R:
    ``rpact::getSampleSizeSurvival(thetaH0 = margin, hazardRatio = )$eventsFixed``.

    Examples
    --------
    >>> math.ceil(schoenfeld_events(11 / 13, alpha_one_sided=0.025, power=0.9, margin=1.3))
    228
    """
    distance = _distance(hazard_ratio, margin)
    z = normal_quantile(1.0 - probability(alpha_one_sided, "alpha_one_sided"))
    z += normal_quantile(probability(power, "power"))
    return (z / distance) ** 2 / _balance(allocation)


def schoenfeld_power(
    hazard_ratio: float, events: float, *, alpha_one_sided: float, margin: float = 1.0, allocation: float = 1.0
) -> float:
    r"""Power to show that a hazard ratio is below a margin.

    .. math:: \Phi(\sqrt{w(1-w)d}\,(\log\delta-\log HR)-z_{1-\alpha})

    The hazard ratio may be at or above the margin; the power is the type I error there. See :func:`schoenfeld_events`.
    """
    distance = math.log(positive(margin, "margin")) - math.log(positive(hazard_ratio, "hazard_ratio"))
    z = normal_quantile(1.0 - probability(alpha_one_sided, "alpha_one_sided"))
    return normal_cdf(math.sqrt(_balance(allocation) * positive(events, "events")) * distance - z)


def largest_hazard_ratio(margin: float, events: float, alpha_one_sided: float, *, allocation: float = 1.0) -> float:
    r"""Largest observed hazard ratio with which the margin is still excluded: :math:`\delta\exp(-z/\sqrt{w(1-w)d})`.

    Examples
    --------
    >>> round(largest_hazard_ratio(1.3, 228, 0.025), 3)
    1.003
    """
    z = normal_quantile(1.0 - probability(alpha_one_sided, "alpha_one_sided"))
    return positive(margin, "margin") * math.exp(-z / math.sqrt(_balance(allocation) * positive(events, "events")))


def event_probability(hazard: float, dropout_hazard: float, accrual: float, follow_up: float) -> float:
    r"""Probability of a seen event with uniform accrual over ``accrual``, then ``follow_up``, constant hazards.

    .. math:: \frac{\lambda}{\lambda+\eta}\left(1 - \frac{e^{-(\lambda+\eta)F} - e^{-(\lambda+\eta)(A+F)}}
        {A(\lambda+\eta)}\right)

    Source: Lachin and Foulkes, Biometrics 1986.
    """
    positive(hazard, "hazard")
    for name, value in (("dropout_hazard", dropout_hazard), ("accrual", accrual), ("follow_up", follow_up)):
        if not (math.isfinite(value) and value >= 0.0):
            raise StatisticsError(f"{name} is {value!r}", f"argument {name!r}", "give a finite number from 0")
    rate = hazard + dropout_hazard
    seen = 1.0 - math.exp(-rate * follow_up)
    if accrual > 0.0:
        seen = 1.0 - math.exp(-rate * follow_up) * -math.expm1(-rate * accrual) / (accrual * rate)
    return hazard / rate * seen


def subjects_for_events(
    events: float,
    control_median: float,
    hazard_ratio: float,
    accrual: float,
    follow_up: float,
    dropout_per_year: float,
    *,
    allocation: float = 1.0,
    months_per_year: float = 12.0,
) -> SampleSize:
    """Subjects needed to see a number of events, exponential times and uniform accrual.

    Parameters
    ----------
    events : float
    control_median : float
        Median of the control arm, in months as ``accrual`` and ``follow_up``.
    hazard_ratio : float
        Hazard ratio under which events are counted.
    accrual, follow_up : float
        Months of accrual, and from the last subject's entry to the analysis.
    dropout_per_year : float
        Share lost to follow-up in a year.
    allocation : float
        Subjects in the test arm for one in the control arm.
    months_per_year : float
        12; 1 where times are in years.

    Notes
    -----
    R: ``rpact::getSampleSizeSurvival`` takes one arm's dropout and rounds differently; it agrees within 1%.

    Examples
    --------
    >>> subjects_for_events(228, 11, 11 / 13, 24, 12, 0.05).subjects
    326
    """
    if not 0.0 <= dropout_per_year < 1.0:
        raise StatisticsError(
            f"dropout_per_year is {dropout_per_year!r}", "argument 'dropout_per_year'", "give a share like 0.05"
        )
    positive(accrual + follow_up, "accrual + follow_up")
    dropout = -math.log1p(-dropout_per_year) / positive(months_per_year, "months_per_year")
    control_hazard = math.log(2.0) / positive(control_median, "control_median")
    control = event_probability(control_hazard, dropout, accrual, follow_up)
    test = event_probability(control_hazard * positive(hazard_ratio, "hazard_ratio"), dropout, accrual, follow_up)
    ratio = positive(allocation, "allocation")
    share = (ratio * test + control) / (1.0 + ratio)
    exact = positive(events, "events") / share
    control_subjects = math.ceil(exact / (1.0 + ratio))
    return SampleSize(
        subjects=control_subjects + math.ceil(control_subjects * ratio),
        subjects_exact=exact,
        probability_test=test,
        probability_control=control,
        probability=share,
    )


def _distance(hazard_ratio: float, margin: float) -> float:
    distance = math.log(positive(margin, "margin")) - math.log(positive(hazard_ratio, "hazard_ratio"))
    if distance <= 0.0:
        raise StatisticsError(
            f"hazard_ratio {hazard_ratio:g} is not below the margin {margin:g}",
            "argument 'hazard_ratio'",
            "no number of events can show it",
        )
    return distance


def _balance(allocation: float) -> float:
    share = positive(allocation, "allocation") / (1.0 + allocation)
    return share * (1.0 - share)
