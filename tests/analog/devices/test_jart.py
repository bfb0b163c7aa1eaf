"""JART against its published equations, written for one device and solved by other means."""

import re

import numpy as np
import pytest
from jart_by_hand import published
from scipy.integrate import solve_ivp

from ohmloom_analog.devices import device
from ohmloom_analog.devices.jart import JartParameters


@pytest.mark.parametrize(("vacancies", "expected"), [(0.008, -1.90971e-6), (20.0, -1.258349e-4)])
def test_static_current_is_that_of_the_golden_list(vacancies, expected):
    # The list is in the sign of the publication, in which a negative voltage sets.
    current = device("jart").current(0.2, {"vacancies": np.array([vacancies])})
    assert -float(current[0]) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("volts", [-1.4, -0.57, -0.2, 0.06, 0.3, 0.9, 1.5])
@pytest.mark.parametrize("vacancies", [0.008, 0.1, 3.0, 19.9])
def test_current_and_rate_are_those_of_the_equations(volts, vacancies):
    subject = device("jart")
    current, rate = published(volts, vacancies)
    state = {"vacancies": np.array([vacancies])}
    assert -subject.current(-volts, state)[0] == pytest.approx(current, rel=1e-9)
    found = subject.rate_of(np.array([-volts]), state["vacancies"], 293.0)
    assert found[0] == pytest.approx(rate, rel=1e-7, abs=1e-20)


def test_current_does_not_jump_between_roots_in_a_reset():
    """At v > 0 of the publication the contact has up to three roots; one of them begins at 0."""
    subject = device("jart")
    volts = np.linspace(0, -1.5, 301)
    for vacancies in (0.1, 1.0, 20.0):
        current = subject.current(volts, {"vacancies": np.full(volts.shape, vacancies)})
        slope = np.diff(current) / np.diff(volts)
        assert (slope > 0).all()
        assert (np.abs(np.diff(slope)) <= 0.05 * slope[0]).all()


def test_set_pulse_takes_the_time_that_another_integrator_finds():
    def crossed(t, y):
        return y[0] - 1.0

    crossed.terminal = True
    solved = solve_ivp(
        lambda t, y: [published(-0.9, y[0], 300.0)[1]], (0, 1.0), [0.008],
        method="LSODA", rtol=1e-8, atol=1e-12, events=crossed,
    )  # fmt: skip
    moment = solved.t_events[0][0]
    subject = device("jart")
    before, after = (
        subject.pulse({"vacancies": np.array([0.008])}, 0.9, moment * part)["vacancies"][0]
        for part in (0.999, 1.001)
    )
    assert before < 1.0 < after


def test_slow_sweep_sets_where_the_reference_does():
    """The reference sheet has 0.595 V at 1 V/s and 293 K."""
    subject = device("jart")
    state = {"vacancies": np.array([0.008])}
    for volts in np.arange(0.56, 0.63, 0.005):
        state = subject.pulse(state, volts, 0.005, temperature=293.0)
        if state["vacancies"][0] > 10:
            break
    assert volts == pytest.approx(0.595, abs=0.006)


def test_spice_cannot_write_it():
    assert device("jart").subcircuit("cell") is None


def test_disc_longer_than_the_cell_is_refused():
    message = "l_disc must be above 0 and below 3e-09 m, not 4e-09"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        JartParameters(l_disc=4e-9)
