"""R and :mod:`csrbook.stats` on the same data: named reference data sets and random ones made to be difficult."""
