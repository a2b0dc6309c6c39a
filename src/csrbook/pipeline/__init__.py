"""The way from a study's folder to its published pages: simulate, lock, run, double-programme, render, publish."""

from __future__ import annotations
