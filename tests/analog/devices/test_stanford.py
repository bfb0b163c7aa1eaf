"""Stanford: the gate is a stop, and the sets of films switch."""

import math
import re

import numpy as np
import pytest

from ohmloom_analog.devices import device
from ohmloom_analog.devices.stanford import StanfordParameters


def test_read_below_the_gate_never_moves_the_state():
    """The least field needs 1.4e9 V/m * 12 nm / 15.9936 = 1.0504 V at the smallest gap."""
    subject = device("stanford")
    state = subject.from_normalised(np.linspace(0, 1, 11))
    for volts in (-1.05, 0.2, 1.05):
        assert (subject.pulse(state, volts, 1e9)["gap"] == state["gap"]).all()


def test_reset_stops_where_the_field_has_fallen_to_the_gate():
    """At -1.3 V: 16 - 0.8 g^3 = 16.8/1.3, so g = (3.07692/0.8)^(1/3) nm."""
    after = device("stanford").pulse({"gap": np.array([0.2e-9])}, -1.3, 1.0)
    assert after["gap"][0] == pytest.approx(1.566770e-9, rel=1e-6)


def test_gap_beyond_the_gate_does_not_move_at_all():
    state = {"gap": np.array([1.65e-9])}
    assert device("stanford").pulse(state, -1.3, 1e3)["gap"][0] == 1.65e-9


@pytest.mark.parametrize(
    ("name", "gamma", "beta", "thickness"),
    [
        ("stanford-hfox-a", (16.8, 20.1), (1.1, 12.6), 6.7),
        ("stanford-hfox-b", (17.8, 21.3), (1.2, 14.5), 7.1),
        ("stanford-hfox-c", (20.8, 24.9), (4.8, 19.0), 8.3),
    ],
)
def test_rates_of_films_are_those_of_the_table(name, gamma, beta, thickness):
    subject, gap = device(name), 0.7
    for volts, which in ((1.2, 0), (-1.2, 1)):
        current = 0.2e-3 * math.exp(-gap / 0.15) * math.sinh(abs(volts) / 0.35)
        thermal = 8.617333e-5 * (300 + 5e5 * abs(volts) * current)
        field = (gamma[which] - beta[which] * gap) * 0.25 / thickness * volts / thermal
        expected = -5e6 * math.exp(-1.24 / thermal) * math.sinh(field)
        found = subject.rate_of(np.array([volts]), np.array([gap * 1e-9]), 300.0)
        assert found[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("letter", "abc")
def test_films_set_and_reset_within_a_microsecond(letter):
    subject = device(f"stanford-hfox-{letter}")
    state = subject.from_normalised(np.array([0.0]))
    state = subject.pulse(state, 1.8, 1e-6)
    assert subject.normalised(state)[0] > 0.9
    state = subject.pulse(state, -1.8, 1e-6)
    assert subject.normalised(state)[0] < 0.5


def test_gaps_out_of_order_are_refused():
    message = "g_min, g_max and t_ox must rise from above 0, not 2e-10, 1.7e-09, 1e-09 m"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        StanfordParameters(t_ox=1e-9)
