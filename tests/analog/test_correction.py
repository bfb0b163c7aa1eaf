"""The arithmetic of corrections, against fractions and the definition of a median."""

import statistics
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_analog.correction import (
    GAIN_MAXIMUM,
    UNIT_GAIN,
    UNIT_SCALE,
    calibrate_sum,
    combine_reads,
    effective_gain,
    scale_input,
)

GAINS = st.integers(0, 65535)
SUMS = st.integers(-(2**33), 2**33)


def rounded(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


@given(GAINS, GAINS)
def test_an_effective_gain_is_the_rounded_product_with_an_end(gain, factor):
    assert effective_gain(gain, factor) == min(rounded(Fraction(gain * factor, 2**14)), 65535)


@given(SUMS, SUMS, GAINS)
def test_a_factor_of_one_is_no_factor(total, offset, gain):
    expected = rounded(Fraction((total - offset) * gain, 2**14))
    assert calibrate_sum(total, offset=offset, gain=gain) == expected
    assert effective_gain(gain, UNIT_GAIN) == gain


@given(SUMS, SUMS, SUMS, GAINS, GAINS)
def test_a_larger_sum_never_gives_less(first, second, offset, gain, factor):
    low, high = sorted((first, second))
    settings = {"offset": offset, "gain": gain, "factor": factor}
    assert calibrate_sum(low, **settings) <= calibrate_sum(high, **settings)


@given(st.integers(-4096, 4096), st.integers(0, 256))
def test_a_scaled_input_is_the_rounded_product_and_never_larger(value, scale):
    found = scale_input(value, scale)
    assert found == rounded(Fraction(value * scale, 256))
    assert abs(found) <= abs(value)
    assert scale_input(value, UNIT_SCALE) == value


@given(st.lists(st.integers(0, 65535), min_size=8, max_size=8))
def test_the_mean_of_reads_is_rounded(codes):
    assert combine_reads(codes, vote=1) == rounded(Fraction(sum(codes), 8))


@given(st.lists(st.integers(0, 65535), min_size=12, max_size=12))
def test_of_three_means_the_median_is_taken(codes):
    means = [rounded(Fraction(sum(codes[at : at + 4]), 4)) for at in (0, 4, 8)]
    assert combine_reads(codes, vote=3) == statistics.median(means)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: effective_gain(-1, 0), r"gain must be in \[0, 65535\], not -1"),
        (
            lambda: effective_gain(GAIN_MAXIMUM, 65536),
            r"drift factor must be in \[0, 65535\], not 65536",
        ),
        (lambda: scale_input(1, 257), r"row scale must be in \[0, 256\], not 257"),
        (lambda: combine_reads([], vote=1), "reads must be 1 times a power of two, not 0"),
        (lambda: combine_reads([1] * 9, vote=3), "reads must be 3 times a power of two, not 9"),
        (lambda: combine_reads([1] * 4, vote=3), "reads must be 3 times a power of two, not 4"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        call()
