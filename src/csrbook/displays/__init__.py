"""From locked data and a plan row to numbers, and from numbers to a display that any renderer can lay out."""

from __future__ import annotations
