"""Adverse events and other safety data."""
