"""Sensitivity and supplementary analyses of the primary endpoint."""
