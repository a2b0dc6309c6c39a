"""Coverage of every confidence interval and type I error of every test, by simulation: ``python -m tools.coverage``."""
