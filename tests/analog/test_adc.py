import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_analog.adc import Adc
from ohmloom_analog.errors import EngineError
from ohmloom_analog.spec import AdcSpec


def _convert(inputs, **spec):
    codes, over_range = Adc(AdcSpec(**spec)).convert(inputs, np.random.default_rng(0))
    return codes.tolist(), over_range.tolist()


@given(bits=st.integers(1, 16), data=st.data())
def test_exact_codes_stay_exact(bits, data):
    top = (1 << bits) - 1
    codes = data.draw(st.lists(st.integers(0, top), min_size=1, max_size=20))
    assert _convert(np.array(codes) / top, bits=bits) == (codes, [False] * len(codes))


@given(bits=st.integers(1, 12), fraction=st.fractions(0, 1))
def test_code_is_the_nearest_and_a_tie_goes_up(bits, fraction):
    exact = fraction * ((1 << bits) - 1)
    wanted = math.floor(exact + Fraction(1, 2))
    (code,), (clipped,) = _convert([float(fraction)], bits=bits)
    # What is within 1e-9 LSB below a tie counts as the tie.
    just_below_a_tie = 0 < wanted + Fraction(1, 2) - exact < Fraction(2, 10**9)
    assert code == wanted or (just_below_a_tie and code == wanted + 1)
    assert not clipped


def test_ties_go_up():
    assert _convert(np.array([0.5, 1.5, 6.5]) / 7, bits=3)[0] == [1, 2, 7]


def test_tie_missed_by_rounding_counts_as_a_tie():
    assert _convert((np.array([2.5, 2.5]) - [1e-10, 1e-8]) / 7, bits=3)[0] == [3, 2]


def test_codes_outside_are_clipped_and_flagged():
    inputs = np.array([-0.6, -0.5, 0.0, 7.0, 7.4, 7.5, 8.75]) / 7
    assert _convert(inputs, bits=3) == (
        [0, 0, 0, 7, 7, 7, 7],
        [True, False, False, False, False, True, True],
    )


def test_offset_and_gain_error_are_in_steps():
    assert _convert([0.0, 100 / 255], bits=8, offset=3.0, gain_error=0.1) == (
        [3, 113],
        [False, False],
    )


def test_bow_is_parabolic_and_zero_at_the_ends():
    # At a fifth of full scale the parabola stands at 4 (1/5) (4/5) = 0.64 of its height.
    assert _convert([0.0, 0.2, 1.0], bits=8, inl=10.0)[0] == [0, 57, 255]


def test_noise_has_the_stated_spread():
    codes, _ = Adc(AdcSpec(bits=12, noise=20.0)).convert(
        np.full(20_000, 0.5), np.random.default_rng(1)
    )
    # Rounding adds 1/12 to the variance; 5 sigma of the estimate.
    wanted = math.sqrt(400 + 1 / 12)
    assert codes.std() == pytest.approx(wanted, rel=5 / math.sqrt(40_000))


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_draws_do_not_depend_on_the_inputs(noise):
    adc = Adc(AdcSpec(noise=noise))
    one, other = np.random.default_rng(2), np.random.default_rng(2)
    adc.convert([0.0, 0.0], one)
    adc.convert([0.7, 99.0], other)
    assert one.random() == other.random()


def test_input_that_is_no_number_is_an_error():
    with pytest.raises(EngineError, match=r"^input 1 of the ADC must be a number, not nan$"):
        _convert([0.0, np.nan])
