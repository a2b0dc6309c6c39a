"""Statistical methods proved against R, SAS and print.

Plain arrays in (NumPy, lists, pandas Series), frozen dataclasses out, with a ``status`` that is ``"ok"`` or says why
something is not estimable. A wrong argument (negative times, NaN, infinities, object arrays of numbers, unequal
lengths, unknown levels) raises :class:`csrbook.errors.StatisticsError`, a ``ValueError`` that names it; nothing is
dropped in silence. The package knows no trial, no dataset and no display; importing it brings in neither pandas nor
lifelines nor statsmodels.

Import from the modules: :mod:`~csrbook.stats.kaplan_meier`, :mod:`~csrbook.stats.cox`, :mod:`~csrbook.stats.log_rank`,
:mod:`~csrbook.stats.noninferiority`, :mod:`~csrbook.stats.proportions`, :mod:`~csrbook.stats.contingency`, ...
"""

from __future__ import annotations
