"""Double programming: what the second programmer is asked for, what comes back, and the verdict on it.

:mod:`contract` holds the keys that go out and the file that comes back, :mod:`package` the data and the plan that go
with them, :mod:`received` the files that came, :mod:`programs` runs a study's programs in ``qc/``, :mod:`derivations`
its second derivations of datasets, and :mod:`checks` compares all of it with production.
"""
