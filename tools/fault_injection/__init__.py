"""Damages a good database in many ways and shows what validation says of each: ``python -m tools.fault_injection``."""
