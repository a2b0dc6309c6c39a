"""Tools for making a trial's data before any patient has been seen: random streams, event times, allocation, dates.

Nothing here knows a trial. Every draw comes from a named stream of one seed (:mod:`csrbook.simulate.streams`), so
that a new dataset never changes the others.
"""
