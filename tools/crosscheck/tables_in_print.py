"""Tables of counts in print that the reference cases, the comparison with R and the tests share."""

from __future__ import annotations

from typing import Final

# SAS/STAT PROC FREQ, example "Cochran–Mantel–Haenszel statistics": migraine, active and placebo, better and same.
MIGRAINE: Final = (((16, 11), (5, 20)), ((12, 16), (7, 19)))
# R: UCBAdmissions (Bickel 1975), departments A to F: rows male, female; columns admitted, rejected.
ADMISSIONS: Final = (
    ((512, 313), (89, 19)),
    ((353, 207), (17, 8)),
    ((120, 205), (202, 391)),
    ((138, 279), (131, 244)),
    ((53, 138), (94, 299)),
    ((22, 351), (24, 317)),
)
# R: coin::jobsatisfaction (Agresti 2002, table 7.8): rows income, columns satisfaction; female, male.
JOBS: Final = (
    ((1, 3, 11, 2), (2, 3, 17, 3), (0, 1, 8, 5), (0, 2, 4, 2)),
    ((1, 1, 2, 1), (0, 3, 5, 1), (0, 0, 7, 3), (0, 1, 9, 6)),
)
# SAS/STAT PROC FREQ, "Agreement study": two dermatologists; terrible, poor, marginal, clear.
SKIN: Final = ((10, 4, 1, 0), (5, 10, 12, 2), (2, 4, 12, 5), (0, 2, 6, 13))
