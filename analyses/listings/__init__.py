"""Listings of individual data."""
