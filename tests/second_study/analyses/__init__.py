"""Analyses of the second study."""
