"""What one pulse does to one memory, and what it costs.

======  ====================================================  ====
symbol  name                                                  unit
======  ====================================================  ====
V       voltage between the driven ends                       V
i       current through the cell                              A
E       what the driver gives, V times the integral of i dt   J
======  ====================================================  ====

Under the load line the voltage across the memory changes while it moves. A device with one state
and a rate goes its way as `ohmloom_analog.flight` finds it, its temperature settled. Any other
takes the pulse in equal parts, at the voltage at the beginning of each, and as many as its mean
behaviour needs: until twice as many change what it stores by less than a thousandth of the window.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.devices.one_state import OneStateDevice
from ohmloom_analog.devices.protocol import Device, State
from ohmloom_analog.errors import EngineError
from ohmloom_analog.flight import fly
from ohmloom_analog.load_line import LoadLine

__all__ = ["Pulsed", "pulsed"]

Floats = NDArray[np.float64]

_MOST_PARTS = 256
_PART = 1e-3
_AMBIENT = 300.0


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Pulsed:
    """A memory after a pulse."""

    state: State
    """Each quantity of the shape (1,)."""
    energy: float
    """E [J]."""


def pulsed(
    device: Device,
    state: State,
    line: LoadLine,
    width: float,
    *,
    scale: float,
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
    rng
        Draws what the device itself varies by.

    Raises
    ------
    EngineError
        Where the voltage across it, or its way, isn't found.
    ValueError
        Where that voltage is outside the range of the device.
    """
    if isinstance(device, OneStateDevice):
        return _flown(device, state, line, width, scale=scale, rng=rng)
    return _in_parts(device, state, line, width, scale=scale, rng=rng)


def _flown(
    device: OneStateDevice,
    state: State,
    line: LoadLine,
    width: float,
    *,
    scale: float,
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
        return device.rate_of(voltage, stored, _AMBIENT)

    flight = fly(rate, start, (low, high), width)
    least, most = device.valid.voltage
    worst = float(known[1][np.abs(known[1]).argmax()])
    if not least <= worst <= most:
        msg = f"voltage across a {device.name} cell must be from {least:g} to {most:g} V"
        msg += f", not {worst!r}"
        raise ValueError(msg)
    drawn = np.abs(np.interp(flight.places, known[0], known[2]))
    charge = float(np.sum(np.diff(flight.times) * (drawn[1:] + drawn[:-1]) / 2))
    end = device.walked(np.array([start]), np.array([flight.end]), rng)
    return Pulsed(state={device.stored: end}, energy=line.voltage * charge)


def _in_parts(
    device: Device,
    state: State,
    line: LoadLine,
    width: float,
    *,
    scale: float,
    rng: np.random.Generator,
) -> Pulsed:
    parts, mean = 1, _run(device, state, line, width, parts=1, scale=scale, rng=None)
    while parts <= _MOST_PARTS:
        finer = _run(device, state, line, width, parts=2 * parts, scale=scale, rng=None)
        ends = [device.normalised(run.state) for run in (mean, finer)]
        if np.abs(ends[1] - ends[0]).max() <= _PART:
            return _run(device, state, line, width, parts=parts, scale=scale, rng=rng)
        parts, mean = 2 * parts, finer
    msg = f"a pulse on a {device.name} cell must be found in {_MOST_PARTS} parts"
    raise EngineError(msg)


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
