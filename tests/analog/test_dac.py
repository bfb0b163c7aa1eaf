import re

import numpy as np
import pytest

from ohmloom_analog.dac import Dac
from ohmloom_analog.spec import DacSpec


def _voltages(codes, bits=4, **spec):
    return Dac(DacSpec(**spec), bits).voltages(codes, np.random.default_rng(0))


def test_highest_code_gives_the_read_voltage():
    np.testing.assert_allclose(_voltages([0, 5, 15], v_read=0.3), [0, 0.1, 0.3], rtol=1e-15)


def test_offset_and_gain_error_add_up():
    found = _voltages([0, 15], v_read=0.3, offset=0.01, gain_error=-0.1)
    np.testing.assert_allclose(found, [0.01, 0.28], rtol=1e-14)


def test_bow_is_parabolic_and_zero_at_the_ends():
    # At code 5 of 15 the parabola stands at 4 (1/3) (2/3) = 8/9 of its height.
    found = _voltages([0, 5, 10, 15], v_read=0.15, inl=0.9)
    np.testing.assert_allclose(found, [0, 0.058, 0.108, 0.15], rtol=1e-14)


def test_one_bit_has_no_bow():
    assert _voltages([0, 1], bits=1, v_read=0.2, inl=5.0).tolist() == [0.0, 0.2]


def test_noise_has_the_stated_spread():
    dac = Dac(DacSpec(noise=1e-3), 4)
    drawn = dac.voltages(np.zeros(20_000, dtype=int), np.random.default_rng(1))
    # 5 sigma: the standard error of a deviation is sigma / sqrt(2 n), of a mean sigma / sqrt(n).
    assert drawn.std() == pytest.approx(1e-3, rel=5 / np.sqrt(40_000))
    assert abs(drawn.mean()) < 5e-3 / np.sqrt(20_000)


def test_draws_do_not_depend_on_the_codes():
    dac = Dac(DacSpec(noise=1e-3), 4)
    one, other = np.random.default_rng(2), np.random.default_rng(2)
    dac.voltages([0, 0, 0], one)
    dac.voltages([1, 7, 15], other)
    assert one.random() == other.random()


def test_without_noise_nothing_is_drawn():
    rng = np.random.default_rng(3)
    Dac(DacSpec(), 4).voltages([1, 2], rng)
    assert rng.random() == np.random.default_rng(3).random()


@pytest.mark.parametrize(("code", "bits", "top"), [(16, 4, 15), (-1, 4, 15), (2, 1, 1)])
def test_code_out_of_range_is_refused_with_its_row(code, bits, top):
    message = f"codes[1] must be in [0, {top}], not {code}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        _voltages([0, code], bits=bits)


def test_codes_that_are_no_integers_are_refused():
    message = "codes must be a list of integers, not float64 of shape (1,)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        _voltages([0.5])
