"""IBM hexadecimal floating point, the number format of SAS XPORT files.

A number is ``sign * fraction * 16 ** (exponent - 64)``: one sign bit, seven bits of exponent, 56 bits of fraction
below the radix point. Missing values are a first byte of ``.``, ``_`` or ``A`` to ``Z`` and zeros after it.

Reference: SAS technical support document TS-140, "The Record Layout of a SAS Transport Data Set".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["from_ibm", "to_ibm"]

MISSING = np.uint64(0x2E) << np.uint64(56)
FRACTION = np.uint64(2**56 - 1)
SCALES = np.ldexp(np.where(np.arange(256) < 128, 1.0, -1.0), 4 * ((np.arange(256) & 0x7F) - 64) - 56)
"""What a fraction is multiplied by, for each first byte: a power of two, so that nothing is rounded."""
ZEROS = np.where([byte in b"._ABCDEFGHIJKLMNOPQRSTUVWXYZ" for byte in range(256)], np.nan, 0.0)
"""What a fraction of zero means, for each first byte."""


def to_ibm(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    """IEEE doubles as IBM doubles, in the machine's byte order.

    The conversion is exact: 53 bits of significand always find room in 56 bits of fraction, of which at most three
    are lost to the base of 16.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        NaN becomes the missing value ``.``; a negative zero becomes zero.

    Returns
    -------
    ndarray of uint64, shape (n,)

    Raises
    ------
    OverflowError
        A value is infinite or outside 16**-65 to 16**63, the range of the format.
    """
    significand, exponent = np.frexp(np.where(np.isnan(values), 0.0, values))
    hexadecimal = -(-exponent.astype(np.int64) // 4)
    spare = 4 * hexadecimal - exponent
    zero = significand == 0.0
    # A subnormal significand is exact here, because frexp scales it to [0.5, 1) first.
    fraction = np.abs(np.ldexp(significand, np.full(len(values), 53, dtype=np.int32)))
    if np.isinf(values).any() or ((hexadecimal < -64) | (hexadecimal > 63))[~zero].any():
        msg = "a number lies outside the range of an IBM double"
        raise OverflowError(msg)
    bits = fraction.astype(np.uint64) << (3 - spare).astype(np.uint64)
    bits |= (hexadecimal + 64).astype(np.uint64) << np.uint64(56)
    bits |= np.signbit(significand).astype(np.uint64) << np.uint64(63)
    bits[zero] = 0
    bits[np.isnan(values)] = MISSING
    return bits


def from_ibm(bits: NDArray[np.uint64]) -> NDArray[np.float64]:
    """IBM doubles, in the machine's byte order, as IEEE doubles.

    Parameters
    ----------
    bits : ndarray of uint64, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN for each of the 28 missing values. Fractions of more than 53 bits, which no IEEE machine writes, are
        rounded to the nearest double.
    """
    first = (bits >> np.uint64(56)).astype(np.uint8)
    fraction = bits & FRACTION
    values: NDArray[np.float64] = fraction.astype(np.float64) * SCALES[first]
    zero = fraction == 0
    values[zero] = ZEROS[first[zero]]
    return values
