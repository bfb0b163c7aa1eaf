"""Curves that show what a device does: its I-V loop, pulses, and retention.

Devices switch at voltages and within times of their own, from nanoseconds to seconds, and the
protocol doesn't tell which. So a drive is looked for: the weakest and fastest one that moves the
state through most of what the strongest, slowest one can.
"""

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices import Device, State

__all__ = [
    "DURATIONS",
    "ENOUGH",
    "Loop",
    "Retention",
    "Staircase",
    "count_of",
    "loop",
    "mean_of",
    "retention",
    "staircase",
]

Floats = NDArray[np.float64]

_AMPLITUDES = np.array([0.3, 0.45, 0.6, 0.75, 0.9])
DURATIONS = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0)
"""Of drives that are tried [s]."""
ENOUGH = 0.8
"""Share of the largest move that is enough."""
_FULL = np.array([1.0])
_COARSE, _FINE = 8, 100
_PULSES = 30
_TOTALS = np.logspace(-10, 1, 45)
_PATIENCE = 1e-4
_TEMPERATURES = (300.0, 358.0, 398.0, 423.0)
_AGES = np.logspace(0, 10, 41)
# A phase-change cell drifts most where it is amorphous, and what crystallises shows there, too.
_KEPT = {"rram": 0.9, "pcm": 0.3, "mram": 1.0}


@dataclass(frozen=True, kw_only=True, slots=True)
class Loop:
    """One period of a triangular voltage."""

    duration: tuple[float, ...]
    """Of the period, or of its halves where they differ [s]."""
    voltage: Floats
    """Across the device, (n,) [V]."""
    current: Floats
    """Through it, (n,) [A]."""
    state: Floats
    """Normalised state, (n,)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Staircase:
    """Equal SET pulses, then equal RESET pulses, or one."""

    set_voltage: float
    """Of the SET pulses [V]."""
    set_width: float
    """Of each [s]."""
    reset_voltage: float
    """Of the RESET pulses [V]."""
    reset_width: float
    """Of each [s]."""
    sets: int
    """How many SET pulses there are."""
    conductance: Floats
    """Before the first pulse and after each, (n,) [S]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """What becomes of a programmed cell without a voltage."""

    age: Floats
    """Since programming, (n,) [s]."""
    conductance: dict[float, Floats]
    """By temperature [K], each (n,) [S]."""


def count_of(device: Device) -> int:
    """Return over how many cells a curve is averaged: many, where one goes by chance."""
    return 1 if device.technology == "rram" else 200


def mean_of(values: Floats) -> float:
    """Return the mean over all cells."""
    return float(np.mean(values))


def loop(device: Device, rng: np.random.Generator) -> Loop:
    """Return a period of a triangle that begins at the lowest conductance and sets first."""
    # Of what suffices the weakest, and of those the fastest: a threshold shows at its own place.
    amplitudes = _AMPLITUDES
    # A pulse begins anew what goes by chance, so that two halves of it do less than the whole.
    quarter = _FINE if device.technology == "mram" else _COARSE
    moved = _swing(_period(device, rng, amplitudes, DURATIONS[-1], quarter))
    if moved.max() <= 0:
        # What is valid for little more than the pulses that were measured needs all of it.
        amplitudes = _FULL
        moved = _swing(_period(device, rng, amplitudes, DURATIONS[-1], quarter))
    least = ENOUGH * moved.max()
    weakest = int(np.argmax(moved >= least))
    amplitude = amplitudes[weakest : weakest + 1]

    def suffices(duration: float) -> bool:
        return bool(_swing(_period(device, rng, amplitude, duration, quarter))[0] >= least)

    fastest = bisect.bisect_left(DURATIONS, x=True, hi=len(DURATIONS) - 1, key=suffices)
    found = _period(device, rng, amplitude, DURATIONS[fastest], _FINE)
    return Loop(
        duration=(DURATIONS[fastest],),
        voltage=found.voltage[:, 0],
        current=found.current[:, 0],
        state=found.state[:, 0],
    )


def _swing(period: Loop) -> Floats:
    """Return by how much the state rises and falls again, the smaller of both, one a column."""
    turned = period.state[len(period.state) // 2]
    swing: Floats = np.minimum(turned - period.state[0], turned - period.state[-1])
    return swing


def _period(
    device: Device, rng: np.random.Generator, amplitudes: Floats, duration: float, quarter: int
) -> Loop:
    """Return periods of several amplitudes, one a column."""
    least, most = device.valid.voltage
    up, down = np.linspace(0, most, quarter + 1), np.linspace(0, least, quarter + 1)
    once = np.concatenate([up, up[-2::-1], down[1:], down[-2::-1]])
    volts = once[:, np.newaxis] * amplitudes
    state = device.from_normalised(np.zeros((len(amplitudes), count_of(device))))
    states = [state]
    width = duration / (4 * quarter)
    for before, after in itertools.pairwise(volts):
        middle = (before + after)[:, np.newaxis] / 2
        state = device.pulse(state, middle, width, rng=rng)
        states.append(state)
    cells = _all_of(device, states)
    return Loop(
        duration=(duration,),
        voltage=volts,
        current=device.current(volts[:, :, np.newaxis], cells).mean(axis=2),
        state=device.normalised(cells).mean(axis=2),
    )


def _all_of(device: Device, states: Sequence[State]) -> State:
    """Return many states as one, stacked, since a current costs as much for all as for one."""
    return {name: np.stack([state[name] for state in states]) for name in device.state_names}


def _read(device: Device, states: Sequence[State], v_read: float) -> Floats:
    """Return the conductance of each state, a mean over its cells [S]."""
    current = device.current(v_read, _all_of(device, states))
    return np.asarray(current.mean(axis=-1) / v_read)


def staircase(device: Device, v_read: float, rng: np.random.Generator) -> Staircase:
    """Return the conductance at `v_read` [V] under SET pulses, then RESET pulses."""
    lowest, highest = (device.from_normalised(np.full(count_of(device), x)) for x in (0.0, 1.0))
    set_voltage, set_width = _pulse_for(device, lowest, device.valid.voltage[1], v_read, rng)
    reset_voltage, reset_width = _pulse_for(device, highest, device.valid.voltage[0], v_read, rng)
    state: State = lowest
    passed: list[State] = [lowest]
    for volts, width in ((set_voltage, set_width), (reset_voltage, reset_width)):
        for _ in range(_PULSES):
            state = device.pulse(state, volts, width, rng=rng)
            passed.append(state)
    return Staircase(
        set_voltage=set_voltage,
        set_width=set_width,
        reset_voltage=reset_voltage,
        reset_width=reset_width,
        sets=_PULSES,
        conductance=_read(device, passed, v_read),
    )


def _pulse_for(
    device: Device, start: State, end_voltage: float, v_read: float, rng: np.random.Generator
) -> tuple[float, float]:
    """Return voltage and width of pulses of which a staircase needs about all.

    It is the weakest voltage that needs no longer than a chip would spend, else the fastest one.
    """
    volts = _AMPLITUDES * end_voltage
    state: State = {name: np.tile(start[name], (len(volts), 1)) for name in device.state_names}
    passed: list[State] = [state]
    for width in np.diff(np.concatenate([[0.0], _TOTALS])):
        state = device.pulse(state, volts[:, np.newaxis], float(width), rng=rng)
        passed.append(state)
    conductances = _read(device, passed, v_read)
    moved = np.abs(conductances[1:] - conductances[0])
    enough = moved >= ENOUGH * moved.max()
    needed = np.where(enough.any(axis=0), _TOTALS[np.argmax(enough, axis=0)], np.inf)
    chosen = int(np.argmax(needed <= max(_PATIENCE, float(needed.min()))))
    return float(volts[chosen]), float(needed[chosen]) / (_PULSES / 2)


def retention(device: Device, v_read: float, rng: np.random.Generator) -> Retention | None:
    """Return conductance against time at some temperatures; None where nothing ever moves."""
    start = device.from_normalised(np.full(count_of(device), _KEPT[device.technology]))
    coldest, hottest = device.valid.temperature
    curves = {}
    for temperature in _TEMPERATURES:
        if not coldest <= temperature <= hottest:
            continue
        state, passed = start, [start]
        for width in np.diff(np.concatenate([[0.0], _AGES])):
            state = device.pulse(state, 0.0, float(width), rng=rng, temperature=temperature)
            passed.append(state)
        curves[temperature] = _read(device, passed, v_read)[1:]
    first = float(_read(device, [start], v_read)[0])
    if all(np.abs(curve - first).max() <= 1e-9 * first for curve in curves.values()):
        return None
    return Retention(age=_AGES, conductance=curves)
