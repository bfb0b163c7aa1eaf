"""Fraction bits between range and resolution."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_analog.spike_scales import StateNeed, fraction_bits

LIMIT = 32766


def bits(**given):
    usual = {"reach": 4.0, "burst": 0.5, "potentials": 1.0, "swing": 1.0, "leak": 0.05, "gain": 0.1}
    return fraction_bits(StateNeed(**usual | given, shares=(5, 2)), LIMIT)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, 12),  # 4 of 8 held: the range is there with fine steps
        ({"reach": 3.9, "potentials": 2.0}, 13),
        ({"reach": 1000.0}, 10),  # 1024 steps to the threshold
        ({"reach": 1000.0, "leak": 0.01}, 12),  # 32 / 0.01 steps
        ({"reach": 1000.0, "leak": 1e-4}, 13),  # no more than a quarter of the range
        ({"reach": inf, "leak": 0.0}, 10),
        ({"reach": 1000.0, "burst": 100.0}, 8),  # one tick of all inputs
        ({"reach": 4.0, "potentials": 100.0}, 8),  # the potentials at any cost
        ({"gain": 1000.0}, 6),  # a multiplier of 16 bits
        ({"reach": 3e5, "burst": 3e5, "potentials": 3e5}, -4),
        ({"reach": 0.0, "potentials": 1e-6, "burst": 0.0, "gain": 0.0}, 34),
        ({"reach": 0.0, "potentials": 0.0, "burst": 0.0, "swing": 0.0, "gain": 0.0}, 60),
    ],
)
def test_range_gives_way_where_steps_would_be_too_coarse(given, expected):
    assert bits(**given) == expected


@given(
    reach=st.floats(1e-6, 1e6) | st.just(inf),
    burst=st.floats(1e-6, 1e6),
    potentials=st.floats(1e-6, 1e6),
    swing=st.floats(1e-6, 1e6),
    leak=st.floats(0, 1),
    gain=st.floats(0, 1e6),
)
def test_potentials_always_fit_and_so_does_one_tick(reach, burst, potentials, swing, leak, gain):
    found = bits(
        reach=max(reach, burst),
        burst=burst,
        potentials=potentials,
        swing=swing,
        leak=leak,
        gain=gain,
    )
    assert potentials * 2.0**found <= LIMIT * (1 + 1e-12)
    assert gain * 2.0**found <= 65535 * (1 + 1e-12)
    assert burst * 2.0**found <= LIMIT * (1 + 1e-12)
