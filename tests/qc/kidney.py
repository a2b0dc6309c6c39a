"""Days to infection at the catheter, two a patient (R: ``survival::kidney``; McGilchrist and Aisbett 1991)."""

from __future__ import annotations

import numpy as np


def _numbers(text: str) -> np.ndarray:
    return np.array([float(item) for item in text.split()])


TIME = _numbers(
    "8 16 23 13 22 28 447 318 30 12 24 245 7 9 511 30 53 196 15 154 7 333 141 8 96 38 149 70 536 25 17 4 185 177 "
    "292 114 22 159 15 108 152 562 402 24 13 66 39 46 12 40 113 201 132 156 34 30 2 25 130 26 27 58 5 43 152 30 "
    "190 5 119 8 54 16 6 78 63 8"
)
STATUS = _numbers(
    "1 1 1 0 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 0 1 1 0 0 1 0 1 0 1 1 1 1 0 0 1 0 1 1 1 0 1 1 1 0 1 1 0 1 1 1 "
    "1 1 1 1 1 1 1 1 0 1 1 1 1 0 1 1 0 0 0 1 1 0"
).astype(bool)
FEMALE = np.repeat(_numbers("0 1 0 1 0 1 0 1 1 0 1 1 1 1 1 0 1 1 1 1 0 1 1 1 0 1 1 1 0 1 1 1 1 1 1 1 1 0"), 2)
AGE = _numbers(
    "28 28 48 48 32 32 31 32 10 10 16 17 51 51 55 56 69 69 51 52 44 44 34 34 35 35 42 42 17 17 60 60 60 60 43 44 "
    "53 53 44 44 46 47 30 30 62 63 42 43 43 43 57 58 10 10 52 52 53 53 54 54 56 56 50 51 57 57 44 45 22 22 42 42 "
    "52 52 60 60"
)
PATIENT = np.repeat(np.arange(1, 39), 2)
