"""Curves of memories that a loop doesn't tell of: phase-change cells and magnetic junctions.

A phase-change cell knows no polarity and two speeds: it crystallises within many pulses and melts
within one, and would crystallise again under an edge that falls slowly. A junction has two states
and switches by chance, so that only many junctions, or many pulses, show what it does.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices import Device, State
from ohmloom_analog.devices.measured import MeasuredDevice
from ohmloom_sim.device_curves import DURATIONS, ENOUGH, Loop, Staircase, count_of, mean_of

__all__ = [
    "OnePulse",
    "Resistances",
    "Switching",
    "measured_staircase",
    "one_pulse",
    "resistances",
    "switching",
    "unipolar_loop",
    "unipolar_staircase",
]

Floats = NDArray[np.float64]

_STRENGTH = 0.9
_COARSE, _FINE = 16, 100
_STEPS = 61
_PULSES = 30
_READ_EDGE = 0.5
_WIDTHS = (2e-9, 1e-8, 1e-7, 1e-6)


@dataclass(frozen=True, kw_only=True, slots=True)
class OnePulse:
    """Conductance after a single pulse, against its amplitude."""

    width: float
    """Of the pulse [s]."""
    voltage: Floats
    """Magnitude, (n,) [V]."""
    from_lowest: Floats
    """Conductance of cells that began at the lowest, (n,) [S]."""
    from_highest: Floats
    """Conductance of cells that began at the highest, (n,) [S]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resistances:
    """Resistance of both states while they stand still."""

    voltage: Floats
    """Across the device, (n,) [V]."""
    lowest: Floats
    """Of the state of the higher conductance, (n,) [ohm]."""
    highest: Floats
    """Of the other, (n,) [ohm]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Switching:
    """Share of cells that leave their state within a pulse."""

    voltage: Floats
    """Across the device; below 0 cells begin at the highest conductance, (n,) [V]."""
    share: dict[float, Floats]
    """By width of the pulse [s], each (n,)."""
    cells: int
    """How many were tried."""


def unipolar_loop(device: Device, rng: np.random.Generator) -> Loop:
    """Return a triangle that sets, then one that resets, each as fast as it does so."""
    state = device.from_normalised(np.zeros(count_of(device)))
    parts, durations = [], []
    for end in reversed(device.valid.voltage):
        begun = float(mean_of(device.normalised(state)))
        moved = []
        for duration in DURATIONS:
            volts = _triangle(_STRENGTH * end, _COARSE)
            shown = _driven(device, state, volts, duration, rng)[0]
            moved.append(abs(float(shown[-1, 2]) - begun))
        chosen = int(np.argmax(np.array(moved) >= ENOUGH * max(moved)))
        durations.append(DURATIONS[chosen])
        volts = _triangle(_STRENGTH * end, 2 * _FINE)
        shown, state = _driven(device, state, volts, DURATIONS[chosen], rng)
        parts.append(shown)
    voltage, current, stored = np.concatenate(parts).T
    return Loop(duration=tuple(durations), voltage=voltage, current=current, state=stored)


def _triangle(end: float, steps: int) -> Floats:
    """Return voltages from 0 to an end and back, (steps + 1,) [V]."""
    return np.asarray(end * (1 - np.abs(np.linspace(-1, 1, steps + 1))))


def _driven(
    device: Device, state: State, volts: Floats, duration: float, rng: np.random.Generator
) -> tuple[Floats, State]:
    """Return voltage, mean current and mean state along a triangle, (n, 3), and the cells."""
    width = duration / (len(volts) - 1)
    shown = [(0.0, 0.0, mean_of(device.normalised(state)))]
    for before, after in itertools.pairwise(volts):
        state = device.pulse(state, (before + after) / 2, width, rng=rng)
        current = mean_of(device.current(after, state))
        shown.append((float(after), current, mean_of(device.normalised(state))))
    return np.array(shown), state


def unipolar_staircase(
    device: Device, v_read: float, shown: Staircase, rng: np.random.Generator
) -> Staircase:
    """Return SET pulses of a staircase, then one RESET pulse as long as one of them."""
    width = shown.set_width
    state = device.from_normalised(np.zeros(count_of(device)))
    found = [mean_of(device.current(v_read, state)) / v_read]
    reset = _STRENGTH * device.valid.voltage[0]
    for volts in (*[shown.set_voltage] * _PULSES, reset):
        state = device.pulse(state, volts, width, rng=rng)
        found.append(mean_of(device.current(v_read, state)) / v_read)
    return Staircase(
        set_voltage=shown.set_voltage,
        set_width=width,
        reset_voltage=reset,
        reset_width=width,
        sets=_PULSES,
        conductance=np.array(found),
    )


def measured_staircase(
    device: MeasuredDevice, v_read: float, rng: np.random.Generator
) -> Staircase:
    """Return the pulses that were measured, first those of the SET branch."""
    counts = (len(branch.conductance) - 1 for branch in (device.pulses.set, device.pulses.reset))
    sets, resets = counts
    state = device.from_normalised(np.zeros(1))
    found = [device.conductance(state, v_read)]
    for volts in (*[device.v_set] * sets, *[-device.v_reset] * resets):
        state = device.pulse(state, volts, device.width, rng=rng)
        found.append(device.conductance(state, v_read))
    return Staircase(
        set_voltage=device.v_set,
        set_width=device.width,
        reset_voltage=-device.v_reset,
        reset_width=device.width,
        sets=sets,
        conductance=np.concatenate(found),
    )


def one_pulse(device: Device, v_read: float, width: float, rng: np.random.Generator) -> OnePulse:
    """Return what single pulses of a width [s] make of both ends of the window."""
    volts = np.linspace(0, _STRENGTH * max(map(abs, device.valid.voltage)), _STEPS)
    ends = []
    for x in (0.0, 1.0):
        state = device.from_normalised(np.full((_STEPS, count_of(device)), x))
        after = device.pulse(state, -volts[:, np.newaxis], width, rng=rng)
        ends.append(np.mean(device.current(v_read, after), axis=1) / v_read)
    return OnePulse(width=width, voltage=volts, from_lowest=ends[0], from_highest=ends[1])


def resistances(device: Device) -> Resistances:
    """Return v/i of both states within half of the valid voltages."""
    least, most = device.valid.voltage
    # An even number of points leaves 0 V out, where v/i says nothing.
    volts = np.linspace(_READ_EDGE * least, _READ_EDGE * most, 2 * _FINE)
    low, high = (
        volts / device.current(volts, device.from_normalised(np.full(volts.shape, x)))
        for x in (1.0, 0.0)
    )
    return Resistances(voltage=volts, lowest=low, highest=high)


def switching(device: Device, rng: np.random.Generator) -> Switching:
    """Return the share of cells that single pulses of several widths switch."""
    cells = count_of(device)
    volts = np.linspace(*device.valid.voltage, 2 * _STEPS - 1)
    begun = np.broadcast_to((volts < 0)[:, np.newaxis], (len(volts), cells)).astype(np.float64)
    share = {}
    for width in _WIDTHS:
        after = device.pulse(device.from_normalised(begun), volts[:, np.newaxis], width, rng=rng)
        share[width] = np.abs(device.normalised(after) - begun).mean(axis=1)
    return Switching(voltage=volts, share=share, cells=cells)
