"""What one pulse does to one memory, and what it costs.

======  ====================================================  ====
symbol  name                                                  unit
======  ====================================================  ====
G       conductance at a voltage at which it is read          S
dG      by how much the pulse moves it by the device's law    S
a       cycle factor                                          1
c       `WriteSpec.cycle_spread`                              1
E       what the driver gives                                 J
======  ====================================================  ====

::

    G <- G + a dG, within the device's window;   ln a ~ N(0, ln(1 + c^2))
    E = V integral of i dt

So a has the median 1 and the standard deviation c of its mean, and a pulse never moves a cell the
other way. What other publications call the cycle-to-cycle spread of an update is this, too. Under the load line the voltage across the memory changes while it moves. A device with
one state and a rate goes its way as `ohmloom_analog.flight` finds it. Any other takes the pulse in
equal parts, at the voltage at the beginning of each, and as many as its mean behaviour needs: until
twice as many change what it stores by less than a thousandth of the window.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices.one_state import OneStateDevice
from ohmloom_analog.devices.protocol import Device, State
from ohmloom_analog.errors import EngineError
from ohmloom_analog.flight import fly
from ohmloom_analog.load_line import LoadLine

__all__ = ["Pulsed", "cycle_factor", "pulsed"]

Floats = NDArray[np.float64]

_MOST_PARTS = 256
_PART = 1e-3
_SCALE = 129


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Pulsed:
    """A memory after a pulse."""

    state: State
    """Each quantity of the shape (1,)."""
    energy: float
    """E [J]."""


def cycle_factor(spread: float, rng: np.random.Generator) -> float:
    """Return a, from one draw where there is a spread."""
    if spread == 0:
        return 1.0
    return float(np.exp(np.sqrt(np.log1p(spread**2)) * rng.standard_normal()))


def pulsed(
    device: Device,
    state: State,
    line: LoadLine,
    width: float,
    *,
    scale: float,
    factor: float,
    v_read: float,
    rng: np.random.Generator,
) -> Pulsed:
    """Return a memory after a pulse, at 300 K.

    Parameters
    ----------
    device
        Its physics.
    state
        Before, each quantity of the shape (1,).
    line
        What is in series with it, and drives it.
    width
        How long [s].
    scale
        Its current over that of the device.
    factor
        a.
    v_read
        Voltage at which it is read [V].
    rng
        Draws what the device itself varies by.

    Raises
    ------
    EngineError
        Where the voltage across it, or its way, isn't found.
    """
    if isinstance(device, OneStateDevice):
        return _flown(
            device, state, line, width, scale=scale, factor=factor, v_read=v_read, rng=rng
        )
    return _in_parts(device, state, line, width, scale=scale, factor=factor, rng=rng)


def _flown(
    device: OneStateDevice,
    state: State,
    line: LoadLine,
    width: float,
    *,
    scale: float,
    factor: float,
    v_read: float,
    rng: np.random.Generator,
) -> Pulsed:
    start = float(state[device.stored][0])
    low, high = sorted((device.lowest, device.highest))
    known = np.array([low, high]), np.full(2, line.voltage), np.zeros(2)

    def rate(stored: Floats) -> Floats:
        nonlocal known

        def carried(voltage: Floats) -> tuple[Floats, Floats]:
            current, slope = device.current_of(voltage, stored)
            return scale * current, scale * slope

        voltage, current = line.across(carried, np.interp(stored, known[0], np.abs(known[1])))
        order = slice(None) if stored[-1] >= stored[0] else slice(None, None, -1)
        known = stored[order], voltage[order], current[order]
        return device.rate_of(voltage, stored, 300.0)

    flight = fly(rate, start, (low, high), width)
    drawn = np.abs(np.interp(flight.places, known[0], known[2]))
    charge = float(np.sum(np.diff(flight.times) * (drawn[1:] + drawn[:-1]) / 2))
    end = float(device.walked(np.array([start]), np.array([flight.end]), rng)[0])
    moved = end if factor == 1 else _scaled(device, start, end, factor, v_read)
    return Pulsed(state={device.stored: np.array([moved])}, energy=line.voltage * charge)


def _scaled(
    device: OneStateDevice, start: float, end: float, factor: float, v_read: float
) -> float:
    """Return the state whose conductance lies `factor` times as far from the start's."""
    goal = device.highest if (end - start) * (device.highest - device.lowest) > 0 else device.lowest
    places = np.linspace(start, goal, _SCALE)
    conductance = device.current_of(np.full(_SCALE, v_read), places)[0] / v_read
    ends = device.current_of(np.full(2, v_read), np.array([start, end]))[0] / v_read
    wanted = ends[0] + factor * (ends[1] - ends[0])
    # The logarithm of a conductance is nearly straight where the conductance is not.
    order = slice(None) if conductance[-1] >= conductance[0] else slice(None, None, -1)
    found = np.interp(
        np.log(max(wanted, float(conductance.min()))), np.log(conductance[order]), places[order]
    )
    return float(found)


def _in_parts(
    device: Device,
    state: State,
    line: LoadLine,
    width: float,
    *,
    scale: float,
    factor: float,
    rng: np.random.Generator,
) -> Pulsed:
    parts, mean = 1, _run(device, state, line, width, parts=1, scale=scale, rng=None)
    while parts <= _MOST_PARTS:
        finer = _run(device, state, line, width, parts=2 * parts, scale=scale, rng=None)
        ends = [device.normalised(run.state) for run in (mean, finer)]
        if np.abs(ends[1] - ends[0]).max() <= _PART:
            break
        parts, mean = 2 * parts, finer
    else:
        msg = f"a pulse on a {device.name} cell must be found in {_MOST_PARTS} parts"
        raise EngineError(msg)
    run = _run(device, state, line, width, parts=parts, scale=scale, rng=rng)
    name = device.state_names[0]
    bounds = device.from_normalised(np.array([0.0, 1.0]))[name]
    moved = state[name] + factor * (run.state[name] - state[name])
    moved = np.clip(moved, bounds.min(), bounds.max())
    return Pulsed(state={**run.state, name: moved}, energy=run.energy)


def _run(
    device: Device,
    state: State,
    line: LoadLine,
    width: float,
    *,
    parts: int,
    scale: float,
    rng: np.random.Generator | None,
) -> Pulsed:
    charge = 0.0
    for _ in range(parts):
        now = state

        def carried(voltage: Floats, now: State = now) -> tuple[Floats, Floats]:
            current, slope = device.current_and_slope(voltage, now)
            return scale * current, scale * slope

        voltage, current = line.across(carried, np.full(1, line.voltage))
        charge += abs(float(current[0])) * width / parts
        state = device.pulse(state, voltage, width / parts, rng=rng)
    return Pulsed(state=state, energy=line.voltage * charge)
