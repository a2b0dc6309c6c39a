"""IBM floating point against encodings that others published, and there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csrbook.data.ibm_floats import from_ibm, to_ibm

# Zero, one and the missing value: SAS TS-140. -118.625: the worked example of IBM's "Principles of Operation", also in
# Wikipedia, "IBM hexadecimal floating-point". 0.1 and pi: 0x1.999999999999ap-4 and 0x1.921fb54442d18p+1 shifted by hand
# to a base of 16.
KNOWN = [
    (0.0, "0000000000000000"),
    (-0.0, "0000000000000000"),
    (1.0, "4110000000000000"),
    (-1.0, "c110000000000000"),
    (-118.625, "c276a00000000000"),
    (0.1, "401999999999999a"),
    (3.141592653589793, "413243f6a8885a30"),
    (16.0, "4210000000000000"),
    (0.0625, "4010000000000000"),
    (22000.0, "4455f00000000000"),
    (np.nan, "2e00000000000000"),
]


@pytest.mark.parametrize(("value", "expected"), KNOWN)
def test_known_encodings(value, expected):
    assert f"{int(to_ibm(np.array([value]))[0]):016x}" == expected


@pytest.mark.parametrize(("value", "bits"), KNOWN)
def test_known_decodings(value, bits):
    decoded = from_ibm(np.array([int(bits, 16)], dtype=np.uint64))
    np.testing.assert_array_equal(decoded, [value])
    assert not np.signbit(decoded[0]) or value < 0


@pytest.mark.parametrize("first", [b".", b"_", *(bytes([letter]) for letter in range(ord("A"), ord("Z") + 1))])
def test_each_of_the_28_missing_values_is_missing(first):
    assert np.isnan(from_ibm(np.array([int.from_bytes(first + b"\0" * 7)], dtype=np.uint64)))[0]


@given(
    st.lists(st.floats(min_value=1e-70, max_value=1e70) | st.floats(min_value=-1e70, max_value=-1e-70) | st.just(0.0))
)
def test_there_and_back_nothing_is_lost(values):
    array = np.array(values, dtype=float)
    np.testing.assert_array_equal(from_ibm(to_ibm(array)), array)


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e76, 1e-80])
def test_a_number_outside_the_range_is_refused(value):
    with pytest.raises(OverflowError):
        to_ibm(np.array([1.0, value]))
