"""Biomarkers."""
