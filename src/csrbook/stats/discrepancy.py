"""Early and late discrepancy rates of two readers of progression (investigator and blinded independent review)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csrbook.errors import StatisticsError
from csrbook.stats._checks import binary, numbers_or_missing, same_length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Discrepancy", "discrepancy_rates"]


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Patients by what the two readers found, and the two rates.

    Attributes
    ----------
    same, earlier, later : int
        Progression by both: at the same time, earlier or later by the first reader than by the second.
    first_only, second_only, neither : int
        Progression by one reader only, or by none.
    early, early_of : int
        Numerator and denominator of the early discrepancy rate.
    late, late_of : int
        Numerator and denominator of the late one.
    early_rate, late_rate : float
        NaN where the denominator is 0.
    """

    same: int
    earlier: int
    later: int
    first_only: int
    second_only: int
    neither: int
    early: int
    early_of: int
    late: int
    late_of: int
    early_rate: float
    late_rate: float


def discrepancy_rates(
    first: ArrayLike, second: ArrayLike, first_time: ArrayLike, second_time: ArrayLike
) -> Discrepancy:
    r"""Early and late discrepancy rate of the first reader, with the second one as the reference.

    With a patients with progression by both, of whom :math:`a_e` earlier and :math:`a_l` later by the first, b by
    the first only and c by the second only,

    .. math:: \mathrm{EDR} = \frac{b + a_e}{a + b}, \qquad \mathrm{LDR} = \frac{c + a_l}{b + c + a_e + a_l}

    Parameters
    ----------
    first, second : array_like
        1 for progression by the first (the investigator) and by the second reader (the independent review).
    first_time, second_time : array_like
        Times (or dates) of the progression; looked at where there is one, NaN elsewhere allowed.

    Returns
    -------
    Discrepancy

    Raises
    ------
    StatisticsError
        On codes other than 0 and 1, unequal lengths, or a progression of both without its times.

    Notes
    -----
    Source: Amit et al., Eur J Cancer 2011. A higher early rate in the control arm than in the test arm, or a lower late
    one, is a sign of bias in favour of the test arm. SAS: no procedure;
    ``proc freq; tables first*second*order;`` counts what the rates are made of. R: no function; ``table(first, second,
    sign(t1 - t2))`` counts it.

    Examples
    --------
    >>> found = discrepancy_rates([1, 1, 1, 0], [1, 1, 0, 1], [2, 3, 4, 0], [2, 5, 0, 6])
    >>> round(found.early_rate, 4), round(found.late_rate, 4)
    (0.6667, 0.3333)
    """
    one, two = binary(first, "first"), binary(second, "second")
    t1, t2 = numbers_or_missing(first_time, "first_time"), numbers_or_missing(second_time, "second_time")
    same_length(len(one), second=two, first_time=t1, second_time=t2)
    both = one & two
    unknown = both & (np.isnan(t1) | np.isnan(t2))
    if bool(unknown.any()):
        raise StatisticsError(
            "a progression by both readers has no time",
            f"arguments 'first_time' and 'second_time', position {int(np.flatnonzero(unknown)[0])}",
            "give both times",
        )
    same, earlier, later = (int((both & found).sum()) for found in (t1 == t2, t1 < t2, t1 > t2))
    first_only, second_only = int((one & ~two).sum()), int((two & ~one).sum())
    early, early_of = first_only + earlier, same + earlier + later + first_only
    late, late_of = second_only + later, first_only + second_only + earlier + later
    return Discrepancy(
        same=same,
        earlier=earlier,
        later=later,
        first_only=first_only,
        second_only=second_only,
        neither=int((~one & ~two).sum()),
        early=early,
        early_of=early_of,
        late=late,
        late_of=late_of,
        early_rate=early / early_of if early_of else math.nan,
        late_rate=late / late_of if late_of else math.nan,
    )
