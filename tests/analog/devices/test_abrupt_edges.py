"""Triangles through abrupt devices in ngspice and numpy: whole traces, edges, and all between."""

import numpy as np
import pytest
from device_circuit import driven
from drive import sweep, triangle

from ohmloom_analog.devices import device
from ohmloom_analog.devices.stanford import PUBLISHED, Stanford

_SPARED = 24e-6


class SoftGate(Stanford):
    """The published set as SPICE has it: its gate opens over 2e7 V/m, written by hand."""

    def __init__(self):
        super().__init__(PUBLISHED, name="soft", source="devices.md", voltage=2.5)

    def rate_of(self, voltage, stored, temperature):
        gap = stored / 1e-9
        current = 1e-3 * np.exp(-gap / 0.25) * np.sinh(voltage / 0.25)
        hot = np.minimum(temperature + 2.1e3 * np.abs(voltage * current), 1500.0)
        thermal = 8.617333262e-5 * hot
        gamma = 16 - 0.8 * gap**3
        gate = 0.5 * (1 + np.tanh((gamma * np.abs(voltage) / 12e-9 - 1.4e9) / 2e7))
        field = gamma * 0.25 / 12 * voltage / thermal
        return -10 * np.exp(-0.6 / thermal) * np.sinh(field) * gate

    def stops_of(self, voltage, stored):
        return np.full(stored.shape, 0.2e-9), np.full(stored.shape, 1.7e-9)


def both(subject, corners, slope, steps):
    """Return times of ngspice, and at them currents and normalised states of numpy and ngspice."""
    wave, at = triangle(slope, corners)
    points = " ".join(f"{float(t)!r} {float(v)!r}" for t, v in zip(at, corners, strict=True))
    found = driven(subject, 0.0, f"pwl({points})", float(at[-1]), float(at[-1]) / steps)
    times, order = np.unique(found[0], return_index=True)
    assert times[0] >= 0
    later = order[times > 0]
    times = times[times > 0]
    grid = np.concatenate([[0.0], times])
    currents, stored, _ = sweep(subject, subject.from_normalised([0.0]), wave, grid)
    states = subject.normalised({subject.state_names[0]: stored})
    return times, currents, states, found[1][later], found[2][later]


@pytest.fixture(scope="module")
def stanford_loop():
    return both(SoftGate(), [0.0, 1.5, -1.5, 0.0], 500.0, 6000)


def edges(times, states):
    """Return when a state passes one half, upwards and then downwards."""
    beyond = np.flatnonzero(np.diff(np.sign(states - 0.5)))
    part = (0.5 - states[beyond]) / (states[beyond + 1] - states[beyond])
    return times[beyond] + part * (times[beyond + 1] - times[beyond])


def test_vteam_triangle_agrees_as_a_whole():
    _, expected, states, found, _ = both(device("vteam-b"), [0.0, 2.0, -1.0, 0.0], 1e8, 6000)
    assert states.max() > 0.99
    assert states[-1] < 0.01
    assert np.abs(found - expected).max() <= 0.01 * np.abs(expected).max()


def test_stanford_sets_and_resets_when_the_reference_does(stanford_loop):
    """Of 12 ms; the sheet has the SET edge 1.1 us early, the RESET within 2 ns, at its own step."""
    times, _, states, _, moved = stanford_loop
    (up, down), (seen_up, seen_down) = edges(times, states), edges(times, moved)
    assert up < 3e-3 < down < 9e-3
    assert seen_up == pytest.approx(up, abs=3e-6)
    assert seen_down == pytest.approx(down, abs=2e-6)


def test_stanford_triangle_agrees_outside_of_its_edges(stanford_loop):
    """To 1 % of the current itself, or of a thousandth of full scale where there is less."""
    times, expected, states, found, _ = stanford_loop
    floor = 1e-3 * np.abs(expected).max()
    error = np.abs(found - expected) / np.maximum(np.abs(expected), floor)
    outside = np.all([np.abs(times - edge) > _SPARED for edge in edges(times, states)], axis=0)
    assert np.percentile(error[outside], 99) <= 0.01
    # The plateaus: before the SET, between the edges, and after the RESET.
    for moment in (1.5e-3, 5e-3, 11e-3):
        assert error[np.argmin(np.abs(times - moment))] <= 0.01
