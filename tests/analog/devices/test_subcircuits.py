"""Each subcircuit in ngspice against the same device in numpy."""

import itertools

import numpy as np
import pytest
from drive import sine, sweep

from ohmloom_analog.devices import device
from ohmloom_analog.engines.simulator import Circuit, simulator
from ohmloom_analog.errors import EngineError

OPTIONS = ".options method=gear reltol=1e-4 abstol=1e-12 vntol=1e-7 chgtol=1e-16"


def spice(subject, x0, source, stop, longest_step, *, series=0.0, frozen=0, options=OPTIONS):
    """Return times, currents into the device, and its normalised state."""
    ngspice = simulator()
    title = ngspice.new_title()
    path = [f"rseries drive top {series!r}"] if series else ["vseries drive top 0"]
    lines = [
        title,
        subject.subcircuit("cell"),
        f"vdrive drive 0 {source}",
        *path,
        f"xcell top 0 state cell x0={x0!r} frozen={frozen}",
        ".save i(vdrive) v(state) v(top)",
        options,
        ".end",
    ]
    vectors = Circuit(ngspice, title, "\n".join(lines) + "\n").transient(stop, longest_step)
    return vectors["time"], -vectors["vdrive#branch"], vectors["state"], vectors["top"]


@pytest.mark.parametrize(
    ("name", "x0", "amplitude", "frequency"),
    [
        ("yakopcic", 0.11, 0.45, 100.0),
        ("vteam", 1.0, -1.0, 50e6),
        ("drift", 0.1, 1.0, 1.0),
        ("drift-biolek", 0.1, 1.0, 1.0),
        ("drift-prodromakis", 0.1, 1.0, 1.0),
    ],
)
def test_whole_loop_of_a_smooth_device_agrees(name, x0, amplitude, frequency):
    subject = device(name)
    period = 1 / frequency
    source = f"sin(0 {amplitude!r} {frequency!r})"
    times, currents, _, _ = spice(subject, x0, source, 2 * period, period / 2000)
    grid = np.linspace(0, 2 * period, 3001)
    begun = subject.from_normalised([x0])
    expected, _, _ = sweep(subject, begun, sine(amplitude, frequency), grid)
    found = np.interp(grid[1:], times, currents)
    assert np.abs(found - expected).max() <= 0.01 * np.abs(expected).max()


@pytest.mark.parametrize(
    ("name", "x0", "volts", "width"),
    [
        ("skywater", 0.0, 2.8, 1e-6),
        ("skywater", 1.0, -2.2, 1e-6),
        ("stanford", 1.0, -1.6, 4e-3),
        ("vteam-b", 0.0, 2.0, 5e-9),
        ("vteam-b", 1.0, -1.0, 2e-9),
    ],
)
def test_plateau_after_a_pulse_agrees(name, x0, volts, width):
    """The state is compared where it rests after the pulse, not on the edge of switching."""
    subject = device(name)
    edge = width / 1000
    source = (
        f"pwl(0 0 {edge!r} {volts!r} {edge + width!r} {volts!r} {width + 2 * edge!r} 0 "
        f"{1.2 * width!r} 0)"
    )
    times, _, state, top = spice(subject, x0, source, 1.2 * width, width / 1000)
    # What numpy is driven with is the voltage that SPICE found across the device.
    begun = subject.from_normalised([x0])
    grid = np.linspace(0, 1.2 * width, 2001)
    _, _, after = sweep(subject, begun, lambda t: float(np.interp(t, times, top)), grid)
    low, high = subject.window(0.2)
    found = subject.conductance(subject.from_normalised([np.clip(state[-1], 0, 1)]), 0.2)
    expected = subject.conductance(after, 0.2)
    assert abs(state[-1] - x0) > 0.05
    assert abs(float(found[0]) - float(expected[0])) <= 0.01 * (high - low)


def test_edge_behind_a_resistor_comes_at_the_same_time():
    subject = device("skywater")
    width, series = 1e-6, 6e3
    source = f"pwl(0 0 1e-9 2.8 {width!r} 2.8)"
    times, _, state, _ = spice(subject, 0.0, source, width, width / 4000, series=series)
    found = float(np.interp(0.5, np.maximum.accumulate(state), times))
    grid = np.linspace(1e-9, width, 4001)
    held, now = subject.from_normalised([0.0]), 0.0
    for start, end in itertools.pairwise(grid):
        volts = across(subject, held, 2.8, series)
        held = subject.pulse(held, volts, end - start)
        if subject.normalised(held)[0] >= 0.5:
            now = end
            break
    assert found == pytest.approx(now, abs=4e-9)


def across(subject, state, volts, series):
    low, high = 0.0, volts
    for _ in range(50):
        middle = (low + high) / 2
        if middle + series * float(subject.current(middle, state)[0]) < volts:
            low = middle
        else:
            high = middle
    return low


@pytest.mark.parametrize("method", ["gear", "trap"])
@pytest.mark.parametrize(
    ("name", "volts", "width", "series"),
    [
        ("skywater-dynamic", 2.8, 1e-6, 1e3),
        ("stanford", 2.4, 1e-6, 100.0),
        ("stanford-hfox-a", 1.8, 1e-6, 1.0),
        ("stanford-hfox-c", 1.8, 1e-6, 1.0),
        ("team", 1.5, 1e-2, 100.0),
        ("vteam-b", 2.5, 1e-7, 1e3),
    ],
)
def test_steep_edges_and_coarse_steps_converge(name, volts, width, series, method):
    """Each of these aborted, or came close to it, while trial points could overflow."""
    edge = width / 1000
    source = (
        f"pwl(0 0 {edge!r} {volts!r} {width!r} {volts!r} {width + edge!r} {-volts!r} 1 {-volts!r})"
    )
    options = f".options method={method} reltol=1e-3 abstol=1e-12 vntol=1e-7 chgtol=1e-16"
    _, currents, state, _ = spice(
        device(name), 0.0, source, 2 * width, width / 500, series=series, options=options
    )
    assert np.isfinite(currents).all()
    assert state.max() > 0.9
    assert state.min() > -0.05
    assert state.max() < 1.06


def test_frozen_subcircuit_keeps_its_state():
    _, _, state, _ = spice(device("skywater"), 0.25, "3.0", 1e-6, 1e-9, frozen=1)
    assert np.abs(state[1:] - 0.25).max() < 1e-9


def test_circuit_that_ngspice_gives_up_is_an_error():
    ngspice = simulator()
    title = ngspice.new_title()
    text = f"{title}\nv1 a 0 1\nv2 a 0 2\nr1 a 0 1\n.save v(a)\n.end\n"
    with pytest.raises(EngineError, match="^ngspice refused "):
        Circuit(ngspice, title, text).transient(1e-6, 1e-9)
