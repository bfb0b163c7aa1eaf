import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_analog.spike_rounding import rounded_gain, rounded_leak, rounded_potential


@given(st.floats(-127, 127))
def test_a_potential_is_off_by_half_a_step_at_most(wanted):
    rounded = rounded_potential(wanted, 8)
    assert abs(rounded.code / 256 - wanted) <= 1 / 512
    assert rounded.error == rounded.code / 256 - wanted


@given(st.floats(1e-4, 1))
def test_a_leak_is_off_by_one_step_at_most(wanted):
    rounded = rounded_leak(wanted)
    assert abs(rounded.code / 65536 - wanted) <= 1 / 65536
    assert 0 < rounded.code < 65536


@given(st.floats(1e-4, 65535))
def test_a_gain_keeps_fifteen_bits(wanted):
    rounded = rounded_gain(wanted)
    assert 0 < rounded.code < 65536
    assert 0 <= rounded.shift <= 31
    assert abs(rounded.code / 2**rounded.shift - wanted) <= wanted / 2**15 + 2**-32


@pytest.mark.parametrize(
    ("function", "arguments", "words"),
    [
        (rounded_potential, (128.0, 8), r"potential must be in \[-128.0, 127.99609375\]"),
        (rounded_leak, (1.5,), r"dt / tau must be in \[0, 1\], not 1.5"),
        (rounded_leak, (1e-6,), "dt / tau must be 0 or at least"),
        (rounded_gain, (70000.0,), "gain must be 0 or in"),
        (rounded_gain, (-1.0,), "gain must be 0 or in"),
    ],
)
def test_what_the_integers_cannot_hold_is_refused(function, arguments, words):
    with pytest.raises(ValueError, match=words):
        function(*arguments)
