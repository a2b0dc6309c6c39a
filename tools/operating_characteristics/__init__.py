"""Operating characteristics of this trial, by simulation: ``python -m tools.operating_characteristics``."""
