"""Yakopcic's rows, by formulas of one device."""

import math
import re

import numpy as np
import pytest

from ohmloom_analog.devices import device
from ohmloom_analog.devices.yakopcic import YakopcicParameters

# a1, a2, b, Vp, Vn, Ap, An, xp, xn, alp, aln, as the reference sheet lists them.
ROWS = {
    "yakopcic": (0.17, 0.17, 0.05, 0.16, 0.15, 4000, 4000, 0.3, 0.5, 1, 5),
    "yakopcic-boise-triangle": (0.097, 0.097, 0.05, 0.16, 0.15, 4000, 4000, 0.3, 0.5, 1, 5),
    "yakopcic-michigan": (3.7e-7, 4.35e-7, 0.7, 1.5, 0.5, 0.005, 0.08, 0.2, 0.5, 1.2, 3),
    "yakopcic-hp": (0.11, 0.11, 0.5, 0.09, 0.75, 7.5, 2, 0.3, 0.5, 1, 5),
}


def by_hand(row, v, x):
    a1, a2, b, vp, vn, ap, an, xp, xn, alp, aln = row
    current = (a1 if v >= 0 else a2) * x * math.sinh(b * v)
    if v > vp:
        slowed = math.exp(-alp * (x - xp)) * ((xp - x) / (1 - xp) + 1) if x >= xp else 1
        return current, ap * (math.exp(v) - math.exp(vp)) * slowed
    if v < -vn:
        slowed = math.exp(aln * (x + xn - 1)) * x / (1 - xn) if x <= 1 - xn else 1
        return current, -an * (math.exp(-v) - math.exp(vn)) * slowed
    return current, 0.0


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_those_of_the_list(name):
    subject = device(name)
    for part in (-1.0, -0.6, -0.2, 0.1, 0.7, 1.0):
        for x in (0.05, 0.4, 0.8):
            volts = part * subject.valid.voltage[1]
            current, rate = by_hand(ROWS[name], volts, x)
            assert subject.current(volts, {"x": np.array([x])})[0] == pytest.approx(current)
            found = subject.rate_of(np.array([volts]), np.array([x]), 300.0)
            assert found[0] == pytest.approx(rate)


def test_second_branch_conducts_where_the_first_is_shut():
    """SrTiO3: gmin sinh(bmin v) at x = 0, gmax sinh(bmax v) at x = 1, each by the sign of v."""
    subject = device("yakopcic-srtio3")
    low = subject.from_normalised(np.array([0.0]))
    for volts, off, on in (
        (0.5, 1.5e-5 * math.sinh(6.91 * 0.5), 9e-5 * math.sinh(4.96 * 0.5)),
        (-0.5, -4.4e-7 * math.sinh(2.6 * 0.5), -1.7e-4 * math.sinh(3.23 * 0.5)),
    ):
        # Its lowest state is 1e-6 rather than 0.
        assert subject.current(volts, low)[0] == pytest.approx(off + 1e-6 * (on - off))
        assert subject.current(volts, {"x": np.array([0.25])})[0] == pytest.approx(
            0.25 * on + 0.75 * off
        )


def test_second_branch_falls_at_the_state_of_its_own_file():
    """There the window of a RESET begins below x = 0.242, as exp(x - 0.242) x/0.242."""
    subject = device("yakopcic-srtio3")
    speed = 10 / 844.3632 * (math.exp(1.0) - math.exp(0.5))
    found = subject.rate_of(np.full(2, -1.0), np.array([0.3, 0.1]), 300.0)
    slowed = math.exp(0.1 - 0.242) * 0.1 / 0.242
    np.testing.assert_allclose(found, [-speed, -speed * slowed], rtol=1e-9)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"a1": 0.0}, "a1 must be positive, not 0"),
        ({"x_p": 1.0}, "x_p must be between 0 and 1, not 1"),
    ],
)
def test_parameters_without_a_meaning_are_refused(wrong, message):
    row = dict(
        zip(
            ("a1", "a2", "b", "v_p", "v_n", "a_p", "a_n", "x_p", "x_n", "alpha_p", "alpha_n"),
            ROWS["yakopcic"],
            strict=True,
        )
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        YakopcicParameters(**(row | wrong))
