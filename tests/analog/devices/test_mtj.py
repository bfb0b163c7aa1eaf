import re

import numpy as np
import pytest
from device_circuit import driven
from scipy.integrate import solve_ivp

from ohmloom_analog.devices import device
from ohmloom_analog.devices.mtj import Mtj, MtjParameters

CELLS = 100_000


def test_resistances_and_critical_current_are_the_golden_ones():
    p = MtjParameters()
    assert p.r_parallel == pytest.approx(5570.42, rel=1e-6)
    np.testing.assert_allclose(
        p.r_antiparallel([0.0, 0.5, -0.5]), [13926.06, 9748.24, 9748.24], rtol=1e-6
    )
    assert p.critical_current() == pytest.approx(2.51709e-5, rel=1e-5)
    assert p.tau_d == pytest.approx(1.507e-9, rel=1e-3)
    assert p.barrier_at(300.0) == pytest.approx(60.0, rel=1e-12)


def test_hot_junction_has_less_tmr_less_barrier_and_less_critical_current():
    """At 400 K: P = 0.65465 * 0.84 / 0.896077; Delta = 60 * 0.75 * (1020 / 1120)^0.4."""
    p = MtjParameters()
    assert float(p.tmr_at(0.0, 400.0)) == pytest.approx(1.20826, rel=1e-4)
    assert p.barrier_at(400.0) == pytest.approx(43.3476, rel=1e-5)
    assert p.critical_current(400.0) == pytest.approx(2.51709e-5 * (1020 / 1120) ** 0.4, rel=1e-5)


def test_current_is_that_of_the_state_and_the_slope_is_its_derivative():
    subject = device("mtj")
    state = subject.from_normalised([0.0, 1.0])
    np.testing.assert_allclose(
        subject.current(0.5, state), [0.5 / 9748.24, 0.5 / 5570.42], rtol=1e-5
    )
    assert (subject.current(0.0, state) == 0).all()
    for volts in (-0.7, 0.0, 0.1, 0.5):
        _, slope = subject.current_and_slope(volts, state)
        above, below = (subject.current(volts + step, state) for step in (1e-5, -1e-5))
        np.testing.assert_allclose(slope, (above - below) / 2e-5, rtol=1e-7)


def test_states_are_found_by_their_conductance():
    subject = device("mtj")
    low, high = subject.window(0.5)
    assert low == pytest.approx(1 / 9748.24, rel=1e-6)
    assert high == pytest.approx(1 / 5570.42, rel=1e-6)
    state = subject.state_for([[low, high]], 0.5)
    assert state["parallel"].tolist() == [[0.0, 1.0]]
    np.testing.assert_allclose(subject.conductance(state, 0.5), [[low, high]], rtol=1e-12)


def test_state_between_the_two_goes_to_the_nearer():
    state = device("mtj").from_normalised([0.0, 0.4, 0.6, 1.0])
    assert device("mtj").normalised(state).tolist() == [0.0, 0.0, 1.0, 1.0]


def test_cells_switch_as_often_as_the_probability_says():
    subject = device("mtj")
    state = subject.from_normalised(np.zeros(CELLS))
    volts = 0.3
    after = subject.pulse(state, volts, 10e-9, rng=np.random.default_rng(1))
    # 0.3 V over 5570.42 (1 + 1.5 / 1.36) ohm is 25.6 uA, 1.0176 times the critical current.
    chance = float(subject.switching(state, volts, 10e-9)[0])
    assert 0.226 < chance < 0.35
    share = after["parallel"].mean()
    assert abs(share - chance) < 3 * np.sqrt(chance * (1 - chance) / CELLS)


def test_write_voltage_switches_both_ways_and_never_the_wrong_one():
    subject = device("mtj")
    both = subject.from_normalised([0.0, 1.0] * 500)
    rng = np.random.default_rng(2)
    assert subject.normalised(subject.pulse(both, 0.7, 50e-9, rng=rng)).all()
    assert not subject.normalised(subject.pulse(both, -0.7, 50e-9, rng=rng)).any()


def test_way_to_parallel_is_the_easier_one():
    """The critical current the other way is 1.5 times as high."""
    subject = device("mtj")
    current = 30e-6
    volts_anti = current * float(MtjParameters().r_antiparallel(0.34))
    to_parallel = subject.switching(subject.from_normalised([0.0]), volts_anti, 10e-9)[0]
    to_anti = subject.switching(subject.from_normalised([1.0]), -current * 5570.42, 10e-9)[0]
    assert to_parallel > 0.2
    assert to_anti < 0.02


def test_cell_keeps_its_state_for_ten_years_cold_and_loses_it_hot():
    weak = Mtj(MtjParameters(barrier=45.0))
    state = weak.from_normalised(np.ones(1000))
    rng = np.random.default_rng(3)
    assert (
        weak.normalised(weak.pulse(state, 0.0, 3.156e8, rng=rng, temperature=300.0)).mean() > 0.98
    )
    assert weak.normalised(weak.pulse(state, 0.0, 3.156e8, rng=rng, temperature=420.0)).mean() < 0.1


def test_read_disturbs_only_towards_its_own_direction():
    subject = device("mtj")
    both = subject.from_normalised([0.0, 1.0])
    up, held = subject.read_disturb(both, 0.1, 10e-9)
    # i = 0.1 V / 13604.8 ohm / 25.1709 uA = 0.292018; exp(-60 (1 - i)) = 3.5615e-19, times 10.
    assert float(up) == pytest.approx(3.5615e-18, rel=1e-3, abs=0)
    assert float(held) == pytest.approx(10 * np.exp(-60), rel=1e-6, abs=0)


def test_seed_repeats_a_pulse():
    subject = device("mtj")
    state = subject.from_normalised(np.zeros(1000))
    first, second = (
        subject.pulse(state, 0.3, 10e-9, rng=np.random.default_rng(4))["parallel"] for _ in range(2)
    )
    assert first.tolist() == second.tolist()
    assert 0 < first.mean() < 1


@pytest.mark.parametrize("x", [0.0, 1.0])
def test_frozen_subcircuit_carries_the_current_of_numpy(x):
    subject = device("mtj")
    times, currents, state = driven(subject, x, "pwl(0 -0.6 1e-6 0.6)", 1e-6, 1e-9, frozen=1)
    volts = -0.6 + 1.2e6 * times
    expected = subject.current(volts, {"parallel": np.full(times.shape, x)})
    assert np.abs(currents - expected).max() < 1e-4 * np.abs(expected).max()
    assert np.abs(state - x).max() < 1e-9


@pytest.mark.parametrize(("x", "volts"), [(0.0, 0.7), (1.0, -0.7)])
def test_subcircuit_switches_when_the_mean_time_law_says(x, volts):
    subject = device("mtj")
    times, _, state = driven(subject, x, f"pwl(0 0 1e-12 {volts!r})", 12e-9, 2e-12)
    found = float(np.interp(0.0, (state - 0.5) * (1 - 2 * x), times))

    def rate(_, y):
        tmr = 1.5 / (1 + (volts / 0.5) ** 2)
        current = volts / 5570.423 * (y[0] + (1 - y[0]) / (1 + tmr))
        over = abs(current) / 2.51709e-5 / (1.5 if volts < 0 else 1.0) - 1
        return [np.sign(volts) * 2 * max(over, 0) / (1.50656e-9 * (0.57722 + np.log(148.044)))]

    def crossing(_, y):
        return y[0] - 0.5

    # The frame of the subcircuit limits rates to 1e11/s, which takes 0.7 % of this one.
    solved = solve_ivp(rate, (0, 12e-9), [x], events=crossing, rtol=1e-8, atol=1e-10)
    assert found == pytest.approx(float(solved.t_events[0][0]), rel=1e-2)
    assert abs(state[-1] - (1 - x)) < 1e-3


def test_subcircuit_below_the_critical_current_stands_still():
    _, _, state = driven(device("mtj"), 0.0, "0.2", 1e-6, 1e-9)
    assert np.abs(state).max() < 1e-6


def pulsed(**changes):
    arguments = {"voltage": 0.3, "width": 1e-9, "rng": np.random.default_rng(0)} | changes
    subject = device("mtj")
    volts, width = arguments.pop("voltage"), arguments.pop("width")
    return subject.pulse(subject.from_normalised([0.0]), volts, width, **arguments)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rng": None}, "rng must be a Generator for a mtj, which switches by chance, not None"),
        ({"voltage": 1.2}, "voltage across a mtj cell must be from -1 to 1 V, not 1.2"),
        ({"width": -1.0}, "width of a pulse must be finite and at least 0 s, not -1.0"),
        ({"temperature": 500.0}, "temperature of a mtj cell must be from 233 to 423 K, not 500.0"),
    ],
)
def test_pulse_out_of_range_is_refused(changes, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pulsed(**changes)


def test_conductance_of_neither_state_is_refused():
    message = "conductance of a mtj cell must be 7.35041e-05 or 0.00017952 S at 0.1 V, not 0.0001"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        device("mtj").state_for([1e-4], 0.1)


def test_parameter_without_sense_is_refused():
    message = "tmr of a junction must be finite and above 0, not -1.0"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        MtjParameters(tmr=-1.0)
